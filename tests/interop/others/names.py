"""A name server for one test: it knows one carrier and the order of its gateways. (RFC 2782)"""

import socket
import struct
import threading

A, SRV = 1, 33


class Names:
    """Answers on loopback until `with` ends. `gateways`: (priority, port), all at 127.0.0.1."""

    def __init__(self, domain, gateways):
        self.domain, self.gateways, self.asked = domain, gateways, []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A datagram of nothing ends the reading.
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(2)
        self._socket.close()

    def _serve(self):
        while True:
            question, who = self._socket.recvfrom(4_096)
            if not question:
                return
            self._socket.sendto(self._answer(question), who)

    def _answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack("!H", question[at + 1:at + 3])[0]
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        records = self._records(name, kind)
        # The question comes back, and no more: what was added to it is not repeated.
        head = question[:2] + struct.pack("!HHHHH", 0x8580 if records is not None else 0x8583, 1, len(records or ()), 0, 0)
        body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 1, len(data)) + data for data in records or ())
        return head + question[12:at + 5] + body

    def _records(self, name, kind):
        """None: there is no such name."""
        if name in (f"_sip._udp.{self.domain}", f"_sip._tcp.{self.domain}"):
            host = b"".join(bytes([len(part)]) + part.encode() for part in ("gateway", *self.domain.split("."))) + b"\0"
            return [struct.pack("!HHH", priority, 0, port) + host for priority, port in self.gateways] if kind == SRV else []
        if name == f"gateway.{self.domain}":
            return [socket.inet_aton("127.0.0.1")] if kind == A else []
        return [] if name == self.domain else None
