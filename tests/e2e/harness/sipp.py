"""The carrier's signalling: sipp with scenarios of our own. What sipp saw is
read from its message log, so that tests compare with the other side's truth."""

import datetime
import os
import re
import signal
import socket
import string
import subprocess
import time
from pathlib import Path

from .waiting import until

SCENARIOS = Path(__file__).resolve().parent.parent / "sipp"


class Message:
    """One SIP message of the log."""

    def __init__(self, at, sent, text):
        self.at, self.sent, self.text = at, sent, text
        self.start = text.split("\r\n", 1)[0].split("\n", 1)[0].strip()

    def header(self, name):
        match = re.search(rf"^{re.escape(name)}[ \t]*:[ \t]*(.*?)\r?$", self.text, re.I | re.M)
        return match and match.group(1).strip()

    @property
    def body(self):
        parts = re.split(r"\r?\n\r?\n", self.text, maxsplit=1)
        return parts[1] if len(parts) > 1 else ""


class Sipp:
    """One run of sipp: one caller, or many with the same scenario."""

    scenarios = SCENARIOS

    def __init__(self, folder, server, scenario, *, number=None, caller="13012345678", calls=1, rate=1, rtp_port=9,
                 transport="udp", port=None, host="127.0.0.1", more=(), **values):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = f"{scenario}-{time.time_ns()}"
        self.port = port or _free_port()
        filled = self._scenario(scenario, dict(values, rtp_port=rtp_port, caller=caller))
        self.cid = f"{scenario}-{time.time_ns():x}"
        self.messages_file = self.folder / f"{self.name}.messages.log"
        mode = {"udp": "u1", "tcp": "t1"}[transport]
        target = server.sip_udp if transport == "udp" else server.sip_tcp
        self.command = [
            "sipp", target, "-sf", str(filled), "-s", number or server.demo["number"], "-i", host, "-p", str(self.port),
            "-t", mode, "-m", str(calls), "-r", str(rate), "-l", str(max(calls, 1)), "-cid_str", f"{self.cid}-%u",
            "-trace_msg", "-message_file", str(self.messages_file), "-trace_err", "-error_file",
            str(self.folder / f"{self.name}.errors.log"), "-mp", str(_free_port()), "-nostdin", "-timeout", "180s",
            "-timeout_error", "-recv_timeout", "120000", *more,
        ]
        self.output = open(self.folder / f"{self.name}.output.log", "wb")
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
                                        cwd=self.folder, env=dict(os.environ, TERM="dumb"))

    def _scenario(self, scenario, values):
        text = (self.scenarios / f"{scenario}.xml").read_text(encoding="utf-8")
        filled = self.folder / f"{self.name}.xml"
        # sipp's own [keywords] stay; ours are ${words}.
        filled.write_text(string.Template(text).substitute(values), encoding="utf-8")
        return filled

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def call_id(self, call=1):
        return f"{self.cid}-{call}"

    def hang_up(self, call=1):
        """Has the caller hang up now. sipp takes any message of the call as a
        cue, so we send it one; its scenario answers a MESSAGE with BYE."""
        cue = (f"MESSAGE sip:cue@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKcue{time.time_ns()}\r\n"
               f"From: <sip:cue@127.0.0.1>;tag=cue\r\nTo: <sip:cue@127.0.0.1>\r\nCall-ID: {self.call_id(call)}\r\n"
               "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as cue_socket:
            cue_socket.sendto(cue.encode(), ("127.0.0.1", self.port))

    def finish(self, seconds=60.0, expect=0):
        """Until sipp ends by itself; its exit status must be `expect`."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"sipp did not finish in {seconds:g} s\n{self.tail()}") from None
        assert status == expect, f"sipp ended with {status}, not {expect}\n{self.tail()}"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
        self.output.close()

    def tail(self):
        parts = []
        for end in ("errors.log", "messages.log"):
            path = self.folder / f"{self.name}.{end}"
            if path.exists():
                parts.append(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}")
        return "\n".join(parts)

    # -- what sipp saw

    def messages(self):
        """All messages so far, in order."""
        if not self.messages_file.exists():
            return []
        text = self.messages_file.read_text(errors="replace")
        parts = re.split(r"^-{20,} (\d{4}-\d\d-\d\d)[ T\t]+(\d\d:\d\d:\d\d\.\d+).*$", text, flags=re.M)
        found = []
        for day, clock, rest in zip(parts[1::3], parts[2::3], parts[3::3]):
            head = re.match(r"\s*\w+ message (sent|received) .*?\n\s*\n", rest)
            if head:
                at = datetime.datetime.fromisoformat(f"{day} {clock[:15]}").timestamp()
                found.append(Message(at, head.group(1) == "sent", rest[head.end():].lstrip("\n")))
        return found

    def first(self, start, sent=None):
        """The first message whose first line begins so, or None."""
        return next((m for m in self.messages() if m.start.startswith(start) and sent in (None, m.sent)), None)

    def wait_for(self, start, sent=None, seconds=15.0):
        return until(f"sipp to see {start!r}", lambda: self.first(start, sent), seconds)


def _free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
