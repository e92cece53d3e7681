"""baresip as a telephone behind the carrier: it calls in, holds, presses keys, and both
sides hear each other's tone."""

import time

from harness import tones
from harness.desk import Desk
from harness.waiting import until
from others.baresip import TONE_LEVEL, Baresip
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, recording
from test_1_sipp_calls import NUMBER, prepared


def talking(desk, phone, server, transport="udp"):
    """The telephone calls, the agent answers, both hear each other."""
    desk.be_ready()
    phone.dial(f"sip:{NUMBER}@{server.sip_udp}" + (f";transport={transport}" if transport != "udp" else ""))
    phone.wait("CALL_ESTABLISHED")
    desk.accept()
    both_hear(desk, phone)


def both_hear(desk, phone, hertz=CALLER_HZ, within=1.5):
    since = time.time() + 0.3
    phone.hears(AGENT_HZ, LEVEL, within)
    until("a second of talk", lambda: time.time() > since + 1, 3)
    rate, heard = desk.samples(since)
    tones.check_tone(heard, hertz, TONE_LEVEL, rate, within, "the agent")


def only_record(admin):
    """The record of the one call of the test, in full."""
    view = until("the record", lambda: [record for record in admin.records() if record["ended_ms"]], 15)[-1]
    return admin.get(f"/records/{view['call']}")


def test_a_telephone_calls_in_holds_and_hangs_up(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Baresip(case) as phone:
        talking(desk, phone, server)
        phone.tell("hold")
        until("the server to stop its sound", lambda: _silent(phone), 5)
        phone.tell("resume")
        phone.wait_played()
        until("the caller's tone", lambda: _agent_hears(desk, CALLER_HZ), 5, every=0.3)
        assert desk.ask("send_digits", digits="7")["kind"] == "done"
        until("the agent's key in baresip", lambda: phone.keys_heard() == "7", 5)
        phone.hang_up()
        desk.wait_state("ready", "wrap_up")
        record = only_record(admin)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record
        check_tones_of(admin, record)


def check_tones_of(admin, record, left=CALLER_HZ, right=AGENT_HZ):
    """The recording's two channels: baresip's tone is louder than ours."""
    rate, channels = recording(admin, record)
    for channel, hertz, level in ((channels[0], left, TONE_LEVEL), (channels[1], right, LEVEL)):
        start, end = tones.longest_run(channel, hertz, rate)
        assert end - start > 1, f"{hertz} Hz only for {end - start:.2f} s"
        tones.check_tone(channel[int((start + 0.1) * rate):int((end - 0.1) * rate)], hertz, level, rate, 2.0, "the recording")


def _agent_hears(desk, hertz, seconds=0.5):
    """Whether the last half second in the agent's ear is this tone."""
    rate, heard = desk.samples(time.time() - seconds)
    return len(heard) > rate * seconds * 0.7 and tones.is_tone(heard, hertz, rate)


def _silent(phone):
    """Whether nothing new reached the ear for half a second."""
    before = phone.mark()
    time.sleep(0.6)
    return phone.mark() == before


def test_keys_both_ways(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Baresip(case) as phone:
        talking(desk, phone, server)
        assert desk.ask("send_digits", digits="159#")["kind"] == "done"
        until("the agent's keys in baresip", lambda: phone.keys_heard() == "159#", 5)
        desk.ask("hang_up", call=desk.now["call"]["call"])
        phone.wait("CALL_CLOSED")
        assert only_record(admin)["hung_up_by"] == "seat"


def test_a_telephone_walks_through_the_menu(case):
    server = case.server()
    admin = server.admin()
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Baresip(case) as phone:
        desk.be_ready()
        phone.dial(f"sip:{server.demo['number']}@{server.sip_udp}")
        phone.wait("CALL_ESTABLISHED")
        until("the menu to hear a key", lambda: phone.press("1") or desk.state == "offered", 40, every=3)
        desk.accept()
        both_hear(desk, phone)
        phone.hang_up()
        assert "1" in [key["key"] for key in only_record(admin)["keys"]]


def test_a_telephone_over_tcp_and_a_law(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Baresip(case, codecs="PCMA/8000/1") as phone:
        talking(desk, phone, server, "tcp")
        desk.ask("hang_up", call=desk.now["call"]["call"])
        phone.wait("CALL_CLOSED")
        assert only_record(admin)["end_status"] == "ok"


def test_a_caller_who_gives_up_in_the_queue(case):
    server, admin = prepared(case)
    with Desk(server.agent()) as desk, Baresip(case) as phone:
        desk.be_ready()
        phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
        phone.wait("CALL_ESTABLISHED")
        desk.wait_state("offered")
        phone.hang_up()
        desk.wait_state("ready")
        assert only_record(admin)["end_status"] in ("ringingGiveUp", "waitingGiveUp")


def test_a_number_that_leads_nowhere(case):
    server, _ = prepared(case)
    with Baresip(case) as phone:
        phone.dial(f"sip:0086075599999999@{server.sip_udp}")
        assert "404" in phone.wait("CALL_CLOSED")["param"]
