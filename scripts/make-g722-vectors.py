#!/usr/bin/env python3
"""Makes crates/media/tests/vectors/g722.*: sound, and what another G.722 makes
of it. The other one is spandsp (Debian: libspandsp2), called by ctypes.

    scripts/make-g722-vectors.py crates/media/tests/vectors
"""

import array
import ctypes
import math
import pathlib
import random
import sys

LIBRARY = "libspandsp.so.2"
RATE, BITS = 16_000, 64_000


def sound():
    """A sweep, noise, a square and silence: an eighth of a second each. The square stays
    within what that decoder can say: past full scale it wraps, where G.722 limits."""
    luck = random.Random(722)
    samples = []
    for n in range(2_000):
        time = n / RATE
        samples.append(int(12_000 * math.sin(2 * math.pi * (50 * time + 29_800 * time * time))))
    samples += [luck.randint(-20_000, 20_000) for _ in range(2_000)]
    samples += [20_000 if n // 18 % 2 else -20_000 for n in range(2_000)]
    samples += [0] * 2_000
    return array.array("h", samples)


def main(folder):
    spandsp = ctypes.CDLL(LIBRARY)
    spandsp.g722_encode_init.restype = spandsp.g722_decode_init.restype = ctypes.c_void_p
    samples = sound()
    encoded = (ctypes.c_uint8 * (len(samples) // 2))()
    decoded = (ctypes.c_int16 * len(samples))()
    encoder = ctypes.c_void_p(spandsp.g722_encode_init(None, BITS, 0))
    decoder = ctypes.c_void_p(spandsp.g722_decode_init(None, BITS, 0))
    raw = (ctypes.c_int16 * len(samples))(*samples)
    length = spandsp.g722_encode(encoder, encoded, raw, len(samples))
    assert length == len(encoded), length
    assert spandsp.g722_decode(decoder, decoded, encoded, length) == len(samples)
    for name, content in [("input", raw), ("encoded", encoded), ("decoded", decoded)]:
        (folder / f"g722.{name}").write_bytes(bytes(content))


main(pathlib.Path(sys.argv[1]))
