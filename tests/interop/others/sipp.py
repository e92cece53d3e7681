"""sipp with the scenarios of tests/interop/sipp. What they have in common is written
once here: in a scenario file `<?word …?>` stands for one of the pieces below."""

import re
import socket
import time
from pathlib import Path

from harness.carrier import PCMU, Caller, media_address
from harness.rtp import RtpPeer
from harness.sipp import Sipp
from harness.waiting import until

SCENARIOS = Path(__file__).resolve().parent.parent / "sipp"

HEAD = """{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
[routes]
From: "A caller" <sip:${{caller}}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {number} {method}
Contact: <sip:${{caller}}@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70"""

# The head of the first INVITE: no tag yet, and it goes where the called number is.
FIRST = (HEAD.replace("[next_url]", "sip:[service]@[remote_ip]:[remote_port]").replace("[peer_tag_param]", "")
         .replace("[routes]\n", "").format(method="INVITE", number=1))

SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=carrier 7 {version} IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio ${{rtp_port}} RTP/AVP ${{codecs}} 101
${{codec_lines}}
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a={direction}
"""

ANSWERED = """<recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>"""

OK = """<send>
    <![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

    ]]>
  </send>"""


def _send(text, retransmit=True):
    start = '<send retrans="500">' if retransmit else "<send>"
    return f"{start}\n    <![CDATA[\n{text}\n    ]]>\n  </send>"


def _head(method, number):
    return HEAD.format(method=method, number=number)


def _request(method, number, status="200"):
    """A request without a body inside the dialog, and its answer."""
    return _send(_head(method, number) + "\nContent-Length: 0\n") + f'\n  <recv response="{status}"/>'


PIECES = {
    "first": lambda: FIRST,
    "head": _head,
    "sdp": lambda version, direction: SDP.format(version=version, direction=direction),
    "invite": lambda: _send(FIRST + "\n" + SDP.format(version=1, direction="sendrecv")),
    "answered": lambda: ANSWERED,
    "ack": lambda number: _send(_head("ACK", number) + "\nContent-Length: 0\n", retransmit=False),
    "request": _request,
    "ok": lambda: OK,
    # Until the test says `cue()`.
    "cue": lambda: '<recv request="MESSAGE" timeout="60000"/>',
}


def expand(text):
    """A scenario with its pieces in place."""
    return re.sub(r"<\?(?!xml)(\w+)((?: [\w.]+)*)\?>", lambda found: PIECES[found[1]](*found[2].split()), text)


class Scenario(Sipp):
    """One run of sipp with a scenario of ours; `with` ends it. A scenario goes on at
    `<?cue?>` when the test says so."""

    scenarios = SCENARIOS

    def __init__(self, folder, server, scenario, *, front=None, proves=None, **given):
        """`front`: the tunnel in front of this sipp, by which it speaks TLS. `proves`: what
        it asks for when it proves its password, without "sip:"."""
        given = {**PCMU, **given, **({"more": ("-auth_uri", proves)} if proves else {})}
        self.transport, self.front = given.get("transport", "udp"), front
        if front:
            self.transport = given["transport"] = "tcp"
            given["port"] = front.behind
        super().__init__(folder, server, scenario, **given)

    def _scenario(self, scenario, values):
        text = (self.scenarios / f"{scenario}.xml").read_text(encoding="utf-8")
        filled = self.folder / f"{self.name}.xml"
        # Over a stream nothing but the call itself reaches sipp: there a cue is a pause.
        cue_ms = values.pop("cue_ms", None)
        if cue_ms:
            text = text.replace("<?cue?>", f'<pause milliseconds="{cue_ms}"/>')
        text = expand(text)
        if self.front:
            # The world sees the tunnel's end.
            text = text.replace("[transport]", "TLS").replace("[local_port]", str(self.front.port))
        for name, value in values.items():
            text = text.replace("${" + name + "}", str(value))
        filled.write_text(text, encoding="utf-8")
        return filled

    def cue(self, call=1):
        """Lets the scenario go on: sipp takes any message of the call, so we send it one."""
        self.hang_up(call)


class Line(Caller):
    """A caller whose signalling is one of our scenarios and whose sound is measured."""

    def __init__(self, case, server, scenario, *, number=None, caller="13012345678", tone=None, level_db=-12.0, codec=PCMU,
                 transport="udp", **values):
        self.number = caller
        self.sound = RtpPeer(payload_type=int(codec["codecs"].split()[0]), tone=tone, level_db=level_db)
        self.signal = Scenario(case.folder, server, scenario, number=number, caller=caller, rtp_port=self.sound.port,
                               transport=transport, **{**codec, **values})

    def cue(self):
        self.signal.cue()

    def finish(self, seconds=20):
        self.signal.finish(seconds)

    def answer_to(self, method, number, seconds=10):
        """The final answer that sipp saw to a request of its own."""
        return until(f"the answer to {method} {number}", lambda: self._answer_to(method, number), seconds)

    def _answer_to(self, method, number):
        wanted = f"{number} {method}"
        return next((m for m in self.signal.messages() if not m.sent and m.start.startswith("SIP/2.0 ")
                     and not m.start.startswith("SIP/2.0 1") and m.header("CSeq") == wanted), None)


def say(target, text, seconds=2.0):
    """One datagram from a port of its own, and every answer to it within a time."""
    host, port = target.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.sendto(text.replace("PORT", str(peer.getsockname()[1])).encode(), (host, int(port)))
        peer.settimeout(seconds)
        answers, until_then = [], time.monotonic() + seconds
        while time.monotonic() < until_then:
            try:
                answers.append(peer.recv(65_535).decode(errors="replace"))
                peer.settimeout(0.2)
            except TimeoutError:
                break
        return answers


class Answerer(Scenario):
    """The called side: sipp waits for one call. Its sound is measured as a caller's is."""

    def __init__(self, case, scenario, *, tone=None, level_db=-12.0, transport="udp", **values):
        self.sound = RtpPeer(tone=tone, level_db=level_db)
        nobody = _Nobody()
        super().__init__(case.folder, nobody, scenario, rtp_port=self.sound.port, transport=transport,
                         **{"ring_ms": 500, "hold_ms": 60_000, **values})
        self.address = self.front.address if self.front else f"127.0.0.1:{self.port}"
        until("sipp to listen", self._listens, 5)

    def _listens(self):
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", self.port))
                return False
            except OSError:
                return True

    def invited(self, seconds=10):
        """The INVITE; from then on the sound goes where it says."""
        invite = self.wait_for("INVITE", sent=False, seconds=seconds)
        self.sound.remote = self.sound.remote or media_address(invite.body)
        return invite

    def call_id(self, call=1):
        return self.invited().header("Call-ID")

    def stop(self):
        super().stop()
        self.sound.close()


class _Nobody:
    """sipp wants a target even when it only waits."""

    sip_udp = sip_tcp = "127.0.0.1:9"
    demo = {"number": "nobody"}
