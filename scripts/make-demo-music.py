#!/usr/bin/env python3
"""Composes the music that waiting callers of the demo hear: a soft pad under a
plucked figure, eight bars in C. Every note's tail wraps round to the start, so
that the file loops without a seam. Only the standard library is used, and the
result is the same on every machine."""

import array
import math
import sys
import wave

RATE = 8_000
BEAT = 0.625  # seconds; 96 beats a minute
BARS = 8
LENGTH = int(RATE * BEAT * 4 * BARS)
PEAK = 0.35  # -9 dBFS: music stays below the voices

# One chord a bar: bass note, then the notes of the figure (MIDI numbers).
CHORDS = [
    (48, (64, 67, 71, 76)),  # Cmaj7
    (45, (64, 67, 72, 76)),  # Am7
    (41, (65, 69, 72, 76)),  # Fmaj7
    (43, (65, 67, 71, 74)),  # G7
    (40, (64, 67, 71, 74)),  # Em7
    (45, (64, 67, 72, 79)),  # Am7
    (50, (65, 69, 72, 77)),  # Dm7
    (43, (65, 69, 71, 74)),  # G9
]
FIGURE = (0, 2, 1, 3, 2, 1, 3, 1)  # eighths of a bar, as indices into the chord
MELODY = [  # (beat from the start, MIDI number, beats)
    (0, 79, 3), (3, 76, 1), (4, 79, 2), (6, 81, 2), (8, 84, 3), (11, 81, 1), (12, 79, 4),
    (16, 76, 3), (19, 79, 1), (20, 81, 2), (22, 79, 2), (24, 77, 2), (26, 76, 2), (28, 74, 4),
]


def hertz(note):
    return 440.0 * 2.0 ** ((note - 69) / 12.0)


def add(mix, at, seconds, sample):
    """Adds sample(t) for t in [0, seconds) at the time `at`, wrapping round the end."""
    start = int(at * RATE)
    for n in range(int(seconds * RATE)):
        mix[(start + n) % LENGTH] += sample(n / RATE)


def pluck(note, level):
    f = 2 * math.pi * hertz(note)
    return lambda t: level * min(1, t / 0.004) * math.exp(-3.2 * t) * (
        math.sin(f * t) + 0.35 * math.exp(-4 * t) * math.sin(2 * f * t) + 0.12 * math.exp(-8 * t) * math.sin(3 * f * t))


def pad(note, seconds, level):
    f = 2 * math.pi * hertz(note)

    def sample(t):
        envelope = math.sin(math.pi * t / seconds) ** 0.7
        return level * envelope * (math.sin(f * t) + 0.5 * math.sin(f * 1.003 * t) + 0.2 * math.sin(2 * f * t))
    return sample


def flute(note, seconds, level):
    f = 2 * math.pi * hertz(note)

    def sample(t):
        envelope = min(1, t / 0.06) * min(1, max(0, (seconds - t) / 0.12))
        vibrato = 0.006 * math.sin(2 * math.pi * 5 * t) * min(1, t / 0.4) * hertz(note) / 5
        return level * envelope * (math.sin(f * t + vibrato) + 0.15 * math.sin(2 * f * t))
    return sample


def compose():
    mix = [0.0] * LENGTH
    for bar, (bass, notes) in enumerate(CHORDS):
        at = bar * 4 * BEAT
        add(mix, at, 4.6 * BEAT, pad(bass + 12, 4.6 * BEAT, 0.16))
        for note in notes[:3]:
            add(mix, at, 4.6 * BEAT, pad(note, 4.6 * BEAT, 0.06))
        for eighth, index in enumerate(FIGURE):
            add(mix, at + eighth * BEAT / 2, 1.4, pluck(notes[index], 0.22))
    for beat, note, beats in MELODY:
        add(mix, beat * BEAT, beats * BEAT, flute(note, beats * BEAT, 0.13))
    return mix


def main(path):
    mix = compose()
    loudest = max(abs(x) for x in mix)
    samples = array.array("h", (round(x / loudest * PEAK * 32767) for x in mix))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


if __name__ == "__main__":
    main(sys.argv[1])
