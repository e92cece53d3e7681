"""G.711, written from the recommendation's segments: µ-law and A-law, both ways."""


def _mu_decode(byte):
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 0x84) << ((byte >> 4) & 0x07)
    return (0x84 - magnitude) if byte & 0x80 else (magnitude - 0x84)


def _a_decode(byte):
    byte ^= 0x55
    segment, mantissa = (byte >> 4) & 0x07, byte & 0x0F
    magnitude = (mantissa << 4) + 8 if segment == 0 else ((mantissa << 4) + 0x108) << (segment - 1)
    return magnitude if byte & 0x80 else -magnitude


DECODE = {0: [_mu_decode(b) / 32768.0 for b in range(256)], 8: [_a_decode(b) / 32768.0 for b in range(256)]}


def _nearest(table):
    """For each of 4,096 levels of a sample the code whose value is nearest."""
    ordered = sorted((value, code) for code, value in enumerate(table))
    codes, at = [], 0
    for level in range(4096):
        wanted = (level - 2048) / 2048.0
        while at + 1 < len(ordered) and abs(ordered[at + 1][0] - wanted) <= abs(ordered[at][0] - wanted):
            at += 1
        codes.append(ordered[at][1])
    return codes


_ENCODE = {payload_type: _nearest(table) for payload_type, table in DECODE.items()}


def decode(payload_type, payload):
    """Bytes → floats."""
    table = DECODE[payload_type]
    return [table[b] for b in payload]


def encode(payload_type, samples):
    """Floats → bytes."""
    codes = _ENCODE[payload_type]
    return bytes(codes[max(0, min(4095, round(x * 2048) + 2048))] for x in samples)
