"""What a talk sounds like to both sides, and what its recording says."""

import io
import time

from harness import tones
from harness.waiting import until, until_passes

CALLER_HZ, AGENT_HZ, LEVEL = 440, 1000, -12.0


def check_both_ways(caller, desk, seconds=1.0, within=1.5):
    """Each side hears the other's tone, at its level and nothing else, for a while that begins soon."""
    def check():
        since = time.time() + 0.3
        time.sleep(0.3 + seconds)
        heard = caller.sound.samples(since, since + seconds)
        assert len(heard) > 8_000 * seconds * 0.8, f"the caller hears only {len(heard) / 8_000:.2f} s of {seconds:g}"
        tones.check_tone(heard, AGENT_HZ, LEVEL, within=within, what="the caller")
        rate, heard = desk.samples(since, since + seconds)
        tones.check_tone(heard, CALLER_HZ, LEVEL, rate, within=within, what="the agent")
    until_passes(check, 8)


def check_ear(ear, hertz, level, within=1.5, lasting=0.6, seconds=10.0):
    """A telephone that writes down what it hears: this tone at its level and nothing else, from
    now on. `ear` gives (rate, samples) since now, and its name."""
    name, heard = ear
    def check():
        rate, samples = heard()
        last = samples[-int(lasting * rate):]
        assert len(last) >= lasting * rate, f"{name} hears {len(samples) / rate:.2f} s of anything"
        tones.check_tone(last, hertz, level, rate, within, name)
    until_passes(check, seconds, every=0.1)


def agent_hears(desk, hertz, level=LEVEL, within=1.5, lasting=0.8):
    """An agent hears this tone at its level and nothing else, for a while that begins soon."""
    def check():
        since = time.time()
        time.sleep(lasting)
        rate, heard = desk.samples(since)
        tones.check_tone(heard, hertz, level, rate, within, f"the agent who should hear {hertz} Hz")
    until_passes(check, 8)


def recording(api, record):
    """The record's one recording: (rate, [left, right])."""
    [name] = record["recordings"]
    # Just after a call it says 409: not ready yet.
    status, _, data = until("the recording", lambda: (a := api.raw("GET", f"/api/v1/recordings/{name}/audio"))[0] != 409 and a, 10)
    assert status == 200, status
    rate, channels = tones.read_wav(io.BytesIO(data))
    assert len(channels) == 2, len(channels)
    return rate, channels


def check_recording(api, record, at_least, left=CALLER_HZ, right=AGENT_HZ, within=2.0):
    """Left is the customer's tone, right the agent's, without the other's, for so long."""
    rate, channels = recording(api, record)
    for name, channel, own, other in (("left", channels[0], left, right), ("right", channels[1], right, left)):
        start, end = tones.longest_run(channel, own, rate)
        assert end - start >= at_least, f"{name}: {own} Hz for {end - start:.2f} s; {at_least:.2f} s were talked"
        middle = channel[int((start + 0.2) * rate):int((end - 0.1) * rate)]
        tones.check_tone(middle, own, LEVEL, rate, within=within, what=f"recording, {name}")
        crosstalk = tones.level_at(middle, other, rate)
        assert crosstalk < -45, f"recording, {name}: the other side at {crosstalk:.1f} dBFS"
