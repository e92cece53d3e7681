"""The carrier's sound: an RTP endpoint that sends a tone and digits every 20 ms
and keeps every packet that comes back, with its time of arrival. (RFC 3550, 4733)"""

import random
import socket
import struct
import threading
import time

from . import g711, tones
from .waiting import until

FRAME = 160  # samples in 20 ms
EVENTS = "0123456789*#ABCD"


class Packet:
    """One packet that came back."""

    __slots__ = ("at", "sequence", "timestamp", "payload_type", "payload", "source")

    def __init__(self, at, data, source):
        _, second, self.sequence, self.timestamp, _ = struct.unpack("!BBHII", data[:12])
        self.at, self.source = at, source
        self.payload_type = second & 0x7F
        self.payload = data[12:]


class RtpPeer:
    """Listens on a loopback port from the start; sends once it knows where to."""

    def __init__(self, payload_type=0, tone=None, level_db=-12.0, event_type=101):
        self.payload_type, self.event_type = payload_type, event_type
        self.socket = _even_port()
        self.port = self.socket.getsockname()[1]
        self.packets, self.remote = [], None
        self.tone, self.level_db = tone, level_db
        self._digits, self._lock, self._open = [], threading.Lock(), True
        self._threads = [threading.Thread(target=self._receive, daemon=True), threading.Thread(target=self._send, daemon=True)]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._open = False
        for thread in self._threads:
            thread.join(2)
        self.socket.close()

    # -- sending

    def play(self, hertz, level_db=-12.0):
        """Says a tone from now on; `None` for silence."""
        self.tone, self.level_db = hertz, level_db

    def press(self, digits):
        """Presses keys, 100 ms each with 100 ms between, as telephone-events."""
        with self._lock:
            self._digits.extend(digits)

    def _send(self):
        sequence, timestamp, source = random.getrandbits(16), random.getrandbits(32), random.getrandbits(32)
        phase, event, next_at = 0, None, time.monotonic()
        while self._open:
            next_at += 0.02
            if self.remote:
                if event is None:
                    event = self._next_event(timestamp)
                if event is not None:
                    packets = event.packets()
                    event = None if event.over else event
                else:
                    samples, phase = self._frame(phase)
                    packets = [(0, self.payload_type, timestamp, g711.encode(self.payload_type, samples))]
                for marker, kind, stamp, payload in packets:
                    header = struct.pack("!BBHII", 0x80, marker << 7 | kind, sequence, stamp & 0xFFFFFFFF, source)
                    sequence = sequence + 1 & 0xFFFF
                    try:
                        self.socket.sendto(header + payload, self.remote)
                    except OSError:
                        pass  # the other side is gone; a carrier would not notice either
                timestamp += FRAME
            time.sleep(max(0.0, next_at - time.monotonic()))

    def _next_event(self, timestamp):
        with self._lock:
            if self._digits:
                return _Event(EVENTS.index(self._digits.pop(0)), self.event_type, timestamp)
        return None

    def _frame(self, phase):
        if not self.tone:
            return [0.0] * FRAME, 0
        period = tones.sine(self.tone, (phase + FRAME) / 8_000, self.level_db)
        return period[phase:], (phase + FRAME) % 8_000

    # -- receiving

    def _receive(self):
        self.socket.settimeout(0.2)
        while self._open:
            try:
                data, source = self.socket.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                if not self._open:
                    return
                continue  # an ICMP error of an earlier send
            at = time.time()
            if len(data) >= 12 and data[0] >> 6 == 2 and not 200 <= data[1] <= 211:
                self.packets.append(Packet(at, data, source))
                if self.remote is None:
                    self.remote = source

    def wait_for_sound(self, seconds=10.0):
        """Until the first packet came."""
        until("the first RTP packet from the server", lambda: self.packets, seconds)

    def samples(self, since=0.0, to=float("inf")):
        """What was heard between two times of the wall clock, in order of arrival."""
        heard = []
        for packet in list(self.packets):
            if since <= packet.at < to and packet.payload_type in g711.DECODE:
                heard.extend(g711.decode(packet.payload_type, packet.payload))
        return heard

    def wait_for_tone(self, hertz, seconds=15.0, lasting=0.4):
        """Until this tone is heard for so long; returns the time of its first packet."""
        return until(f"{hertz} Hz in the received RTP", lambda: self.tone_since(hertz, lasting), seconds, every=0.02)

    def tone_since(self, hertz, lasting=0.1, after=0.0):
        """The arrival of the first packet of the first run of the tone, or None."""
        start, length = None, 0.0
        for packet in list(self.packets):
            if packet.at < after or packet.payload_type not in g711.DECODE:
                continue
            if tones.is_tone(g711.decode(packet.payload_type, packet.payload), hertz):
                start = packet.at if start is None else start
                length += len(packet.payload) / 8_000
                if length >= lasting:
                    return start
            else:
                start, length = None, 0.0
        return None

    def digits(self):
        """Digits that came back as telephone-events, each once."""
        found, stamps = [], set()
        for packet in list(self.packets):
            if packet.payload_type == self.event_type and packet.timestamp not in stamps:
                stamps.add(packet.timestamp)
                found.append(EVENTS[packet.payload[0] & 0x0F])
        return "".join(found)


class _Event:
    """One key: five packets of rising duration, the last sent three times, then a pause."""

    def __init__(self, code, kind, timestamp):
        self.code, self.kind, self.timestamp, self.sent = code, kind, timestamp, 0

    @property
    def over(self):
        return self.sent >= 10

    def packets(self):
        self.sent += 1
        if self.sent > 5:
            return []
        end = self.sent == 5
        payload = struct.pack("!BBH", self.code, 0x80 * end | 10, self.sent * FRAME)
        return [(int(self.sent == 1), self.kind, self.timestamp, payload)] * (3 if end else 1)


def _even_port():
    """RTP takes even ports. (RFC 3550 §11)"""
    while True:
        candidate = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        candidate.bind(("127.0.0.1", 0))
        if candidate.getsockname()[1] % 2 == 0:
            return candidate
        candidate.close()
