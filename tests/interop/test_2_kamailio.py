"""kamailio in front of the server, as a carrier's proxy that stays in the path."""

from harness.desk import Desk
from harness.waiting import until
from others.baresip import Baresip
from others.kamailio import Kamailio
from others.sipp import Line
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_both_ways, check_recording
from test_1_sipp_calls import NUMBER, prepared
from test_3_baresip import both_hear, only_record


class Behind:
    """What a scenario takes for the server: the proxy in front of it."""

    def __init__(self, proxy, server):
        self.sip_udp = self.sip_tcp = proxy.address
        self.demo = server.demo


def test_a_call_through_a_proxy(case):
    """sipp behind kamailio: the call, a hold and the end go through the proxy both ways, and
    the caller is whom the proxy asserts."""
    server, admin = prepared(case)
    with Kamailio(case, targets=[server.sip_udp]) as proxy, Desk(server.agent(), AGENT_HZ, LEVEL) as desk, \
            Line(case, Behind(proxy, server), "hold", number=NUMBER, tone=CALLER_HZ) as line:
        desk.be_ready()
        answer = line.wait_answered()
        assert f"127.0.0.1:{proxy.port};lr" in answer.header("Record-Route"), answer.text
        desk.accept()
        check_both_ways(line, desk)
        for number in (2, 3, 4):
            line.cue()
            assert line.answer_to("INVITE", number).start == "SIP/2.0 200 OK"
        check_both_ways(line, desk)
        line.cue()
        line.finish()
        assert proxy.log().count("INSIDE INVITE") == 3 and "INSIDE BYE" in proxy.log(), proxy.log()[-2000:]
        record = admin.record_of(line.call_id)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "user")
        assert "13088887777" in record["caller"], record["caller"]


def test_our_hang_up_goes_through_the_proxy(case):
    """Loose routing of a request of ours, to a telephone behind the proxy, by both transports."""
    server, admin = prepared(case)
    for transport in ("udp", "tcp"):
        with Kamailio(case, targets=[server.sip_udp], transport=transport, name=f"kamailio-{transport}") as proxy, \
                Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Baresip(case, f"phone-{transport}") as phone:
            desk.be_ready()
            phone.dial(f"sip:{NUMBER}@{proxy.address}")
            phone.wait("CALL_ESTABLISHED")
            desk.accept()
            both_hear(desk, phone)
            assert desk.ask("hang_up", call=desk.now["call"]["call"])["kind"] == "done"
            phone.wait("CALL_CLOSED")
            bye = next(text for port, text in phone.trace() if text.startswith("BYE"))
            assert bye.count("Via:") >= 2, bye
            assert f"INSIDE BYE {server.sip_udp}" in proxy.log() or transport == "tcp", proxy.log()[-1500:]
            desk.wait_state("ready", "wrap_up")
    records = until("both records", lambda: (found := admin.records()) and len(found) == 2 and found, 10)
    assert {record["hung_up_by"] for record in records} == {"seat"}


def test_the_second_server_takes_over(case):
    """Two servers behind one proxy: the first is gone, then it drains; new calls go to the second."""
    first, _ = prepared(case)
    second, admin = prepared(case)
    with Kamailio(case, targets=[first.sip_udp, second.sip_udp]) as proxy, Desk(second.agent(), AGENT_HZ, LEVEL) as desk:
        first.kill()
        desk.be_ready()
        with Line(case, Behind(proxy, second), "cued", number=NUMBER, tone=CALLER_HZ) as line:
            line.wait_answered(20)
            desk.accept()
            check_both_ways(line, desk)
            line.cue()
            line.finish()
            assert "NEXT" in proxy.log()
            record = admin.record_of(line.call_id)
            assert record["end_status"] == "ok"
            check_recording(admin, record, 1.0)


def test_a_draining_server_sends_callers_on(case):
    """Told to stop, a server finishes its call and refuses new ones with 503, so that the
    proxy tries the next one."""
    first, _ = prepared(case)
    second, _ = prepared(case)
    with Kamailio(case, targets=[first.sip_udp, second.sip_udp]) as proxy, Desk(first.agent(), AGENT_HZ, LEVEL) as here, \
            Desk(second.agent(), AGENT_HZ, LEVEL) as there:
        here.be_ready()
        there.be_ready()
        with Line(case, Behind(proxy, first), "cued", number=NUMBER, tone=CALLER_HZ) as old:
            old.wait_answered()
            here.accept()
            check_both_ways(old, here, 0.5)
            first.process.terminate()
            until("the server to drain", lambda: "new calls are refused" in first.log(), 5)
            with Line(case, Behind(proxy, second), "cued", number=NUMBER, tone=CALLER_HZ) as new:
                new.wait_answered()
                there.accept()
                assert "after 503" in proxy.log(), proxy.log()[-1500:]
                check_both_ways(new, there, 0.5)
                assert old.signal.process.poll() is None, "the old call was cut off"
                old.cue()
                old.finish()
                assert old.ended_by == "caller"
                new.cue()
                new.finish()
    assert first.process.wait(20) == 0

