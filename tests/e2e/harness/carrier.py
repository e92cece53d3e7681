"""One caller: sipp for what is said in SIP, an RTP peer for what is heard."""

from .rtp import RtpPeer
from .sipp import Sipp

PCMU = dict(codecs="0", codec_lines="a=rtpmap:0 PCMU/8000")
PCMA = dict(codecs="8", codec_lines="a=rtpmap:8 PCMA/8000")


class Caller:
    """Calls at once; `with` hangs up and cleans away."""

    def __init__(self, case, server, *, number=None, caller="13012345678", tone=None, level_db=-12.0, hold=120.0,
                 codec=PCMU, transport="udp"):
        self.number = caller
        self.sound = RtpPeer(payload_type=int(codec["codecs"]), tone=tone, level_db=level_db)
        self.signal = Sipp(case.folder, server, "caller", number=number, caller=caller, rtp_port=self.sound.port,
                           transport=transport, hold_ms=int(hold * 1000), **codec)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.signal.stop()
        self.sound.close()

    @property
    def call_id(self):
        return self.signal.call_id()

    def wait_answered(self, seconds=15.0):
        """Until the 200; returns it. Sound then goes where its session description says."""
        answer = self.signal.wait_for("SIP/2.0 200", sent=False, seconds=seconds)
        self.sound.remote = self.sound.remote or media_address(answer.body)
        return answer

    def hang_up(self):
        self.signal.hang_up()
        self.signal.finish(15)

    def wait_hung_up_on(self, seconds=30.0):
        """Until the server ends the call."""
        self.signal.wait_for("BYE", sent=False, seconds=seconds)
        self.signal.finish(15)

    @property
    def ended_by(self):
        """Who sent BYE, as sipp saw it."""
        bye = self.signal.first("BYE")
        return bye and ("caller" if bye.sent else "server")


def media_address(description):
    """(address, port) of a session description's sound."""
    lines = description.replace("\r", "").split("\n")
    address = next(line.split()[-1] for line in lines if line.startswith("c="))
    port = next(line.split()[1] for line in lines if line.startswith("m=audio"))
    return address, int(port)
