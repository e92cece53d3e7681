"""A file of RTP packets for sipp to play: a tone in µ-law, 20 ms a packet."""

import struct

from harness import g711, tones


def write_tone(path, hertz, seconds, level_db=-12.0):
    """Ethernet, IP, UDP and RTP; sipp puts in its own addresses and ports."""
    samples = tones.sine(hertz, seconds, level_db)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))
        for number in range(len(samples) // 160):
            payload = g711.encode(0, samples[number * 160:(number + 1) * 160])
            rtp = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * 160, 0x5A5A5A5A) + payload
            udp = struct.pack("!HHHH", 4_000, 4_000, 8 + len(rtp), 0) + rtp
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xFFFF, 0, 64, 17, 0, bytes((127, 0, 0, 1)), bytes((127, 0, 0, 1)))
            frame = b"\0" * 12 + b"\x08\0" + ip + udp
            at = number * 20_000
            out.write(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(frame), len(frame)) + frame)
    return path
