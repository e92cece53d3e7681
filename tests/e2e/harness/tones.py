"""Tones: making them, and measuring them by frequency and level. Levels are
dBFS of a sine: a full-scale sine is 0."""

import array
import math
import sys
import wave


def sine(hertz, seconds, level_db, rate=8_000):
    """Samples of a tone, as floats in [-1, 1]."""
    amplitude = 10.0 ** (level_db / 20.0)
    step = 2.0 * math.pi * hertz / rate
    return [amplitude * math.sin(step * n) for n in range(round(seconds * rate))]


def write_wav(path, samples, rate, channels=1):
    """Writes floats as 16-bit PCM."""
    data = array.array("h", (max(-32768, min(32767, round(x * 32767))) for x in samples))
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(data.tobytes())


def read_wav(source):
    """A path or a file object of 16-bit PCM → (rate, [channel, …]) of floats."""
    with wave.open(source if hasattr(source, "read") else str(source), "rb") as file:
        assert file.getsampwidth() == 2, f"{file.getsampwidth() * 8} bits"
        count = file.getnchannels()
        data = array.array("h")
        data.frombytes(file.readframes(file.getnframes()))
        if sys.byteorder == "big":
            data.byteswap()
        rate = file.getframerate()
    return rate, [[x / 32768.0 for x in data[channel::count]] for channel in range(count)]


def power_at(samples, hertz, rate):
    """Goertzel: the power of one frequency, as amplitude squared."""
    coefficient = 2.0 * math.cos(2.0 * math.pi * hertz / rate)
    one = two = 0.0
    for x in samples:
        one, two = x + coefficient * one - two, one
    power = one * one + two * two - coefficient * one * two
    return 4.0 * power / (len(samples) ** 2) if samples else 0.0


def level_at(samples, hertz, rate=8_000):
    """The level of one frequency in dBFS."""
    return 10.0 * math.log10(power_at(samples, hertz, rate) + 1e-12)


def loudness(samples):
    """The level of everything, in dBFS of a sine of the same power."""
    if not samples:
        return -120.0
    return 10.0 * math.log10(2.0 * sum(x * x for x in samples) / len(samples) + 1e-12)


def is_tone(samples, hertz, rate=8_000):
    """Whether this tone is nearly all that is heard, and it is heard."""
    return loudness(samples) > -45.0 and level_at(samples, hertz, rate) > loudness(samples) - 1.5


def loudest(samples, rate=8_000, low=200, high=3_600, step=20):
    """The loudest frequency on a grid, for messages of failed tests and for checks."""
    return max(range(low, high + 1, step), key=lambda hertz: power_at(samples, hertz, rate))


def runs_of_tone(samples, hertz, rate=8_000, window=0.02):
    """[(start, end) …] in seconds where the tone is heard, gaps under 100 ms closed."""
    size = int(rate * window)
    runs = []
    for at in range(0, len(samples) - size + 1, size):
        if is_tone(samples[at:at + size], hertz, rate):
            start, end = at / rate, (at + size) / rate
            if runs and start - runs[-1][1] < 0.1:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
    return runs


def longest_run(samples, hertz, rate=8_000):
    """The longest stretch with the tone, as (start, end); (0, 0) if it is never heard."""
    return max(runs_of_tone(samples, hertz, rate), key=lambda run: run[1] - run[0], default=(0.0, 0.0))


def check_tone(samples, hertz, level, rate=8_000, within=1.5, what=""):
    """The tone, at its level, and nothing else of note."""
    measured = level_at(samples, hertz, rate)
    assert abs(measured - level) <= within, f"{what}: {hertz} Hz at {measured:.1f} dBFS, sent at {level:.1f}"
    loud = loudest(samples[:rate], rate)
    assert abs(loud - hertz) <= 20, f"{what}: loudest is {loud} Hz, not {hertz}"
