"""sipp behind stunnel, which gives it the TLS that Debian's build lacks: a carrier whose
every message is encrypted, both ways. The scenarios are those of UDP and TCP."""

import time

from harness.desk import Desk
from harness.tones import is_tone
from harness.waiting import until
from others.certificates import Authority
from others.sipp import Answerer, Line, Scenario
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_both_ways, check_recording
from others.stunnel import Stunnel
from test_1_sipp_calls import NUMBER
from test_3_baresip import only_record
from test_6_calls_out import call_out, lead_out
from test_7_protected import Secured

# A cue cannot reach sipp over a stream: it goes on by the clock.
CUE_MS = 3_500


class Carrier:
    """A server with TLS, and a carrier of the same authority."""

    def __init__(self, case):
        self.secured = Secured(case, more='tls_trusted_ca = "{authority}"\n')
        self.server, self.admin = self.secured.server, self.secured.admin
        self.tunnel = Stunnel(case, self.secured.authority, self.secured.address, demo=self.server.demo)


def test_calls_over_tls(case):
    """A call with sound and its record; OPTIONS, fifty over one connection."""
    carrier = Carrier(case)
    with carrier.tunnel as tunnel, Desk(carrier.server.agent(), AGENT_HZ, LEVEL) as desk:
        desk.be_ready()
        with Line(case, tunnel, "plain", number=NUMBER, tone=CALLER_HZ, front=tunnel, hold_ms=4_000) as line:
            answer = line.wait_answered()
            assert f"{carrier.secured.port};transport=tls" in answer.header("Contact").lower(), answer.text
            desk.accept()
            check_both_ways(line, desk)
            line.finish()
        record = carrier.admin.record_of(line.call_id)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record
        check_recording(carrier.admin, record, 1.0)
        assert any("TLSv1.3" in line for line in tunnel.versions()), tunnel.log()
        with Scenario(case.folder, tunnel, "asks", front=tunnel, calls=50, rate=50) as asked:
            asked.finish(20)


def test_hold_over_tls(case):
    carrier = Carrier(case)
    with carrier.tunnel as tunnel, Desk(carrier.server.agent(), AGENT_HZ, LEVEL) as desk:
        desk.be_ready()
        with Line(case, tunnel, "hold", number=NUMBER, tone=CALLER_HZ, front=tunnel, cue_ms=CUE_MS) as line:
            line.wait_answered()
            desk.accept()
            check_both_ways(line, desk)
            for number, expected in ((2, "a=recvonly"), (3, "a=inactive")):
                assert expected in line.answer_to("INVITE", number).body
                since = time.time() + 0.3
                time.sleep(1.2)
                assert not line.sound.samples(since, since + 0.9), "sound went to a caller who does not want any"
            assert "a=recvonly" not in line.answer_to("INVITE", 4).body
            check_both_ways(line, desk)
            line.finish()
        assert carrier.admin.record_of(line.call_id)["end_status"] == "ok"


def test_the_carrier_is_called_over_tls(case):
    """We check its certificate, keys reach it, our BYE too; then one that hangs up itself."""
    carrier = Carrier(case)
    with carrier.tunnel as tunnel, Desk(carrier.server.agent(), AGENT_HZ, LEVEL) as desk:
        lead_out(carrier.admin, tunnel.address, transport="tls")
        with Answerer(case, "uas_answers", tone=CALLER_HZ, front=tunnel) as far:
            call_out(desk)
            invite = far.invited()
            assert "SIP/2.0/TLS" in invite.header("Via") and "transport=tls" in invite.header("Contact").lower(), invite.text
            desk.wait_state("talking")
            check_both_ways(far, desk)
            assert desk.ask("send_digits", digits="90#")["kind"] == "done"
            until("the keys", lambda: far.sound.digits() == "90#", 5)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            far.finish(10)
        record = only_record(carrier.admin)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "seat"), record
        check_recording(carrier.admin, record, 1.0)
        desk.wait_state("ready", "wrap_up")
        with Answerer(case, "uas_answers", tone=CALLER_HZ, front=tunnel, hold_ms=3_000) as far:
            call_out(desk)
            far.invited()
            desk.wait_state("talking")
            until("the caller's tone", lambda: _hears(desk, CALLER_HZ), 3, every=0.2)
            far.finish(15)
            desk.wait_state("ready", "wrap_up")


def _hears(desk, hertz, seconds=0.5):
    rate, heard = desk.samples(time.time() - seconds)
    return len(heard) > rate * seconds * 0.7 and is_tone(heard, hertz, rate)


def test_a_carrier_that_nobody_vouches_for(case):
    """A gateway whose certificate comes from elsewhere hears nothing of the call."""
    carrier = Carrier(case)
    with carrier.tunnel, Stunnel(case, Authority(case.folder / "elsewhere", "nobody"), name="stranger") as stranger, \
            Desk(carrier.server.agent()) as desk, Answerer(case, "uas_answers", front=stranger) as far:
        lead_out(carrier.admin, stranger.address, transport="tls")
        call_out(desk)
        until("our alert", lambda: "unknown ca" in stranger.log(), 10)
        desk.wait_state("ready", seconds=20)
        assert not far.messages(), far.messages()[0].text
        assert only_record(carrier.admin)["end_status"] != "ok"
