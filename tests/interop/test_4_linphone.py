"""linphone as a telephone behind the carrier."""

import time

from harness import tones
from harness.desk import Desk
from harness.waiting import until
from others.linphone import Linphone
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL
from test_1_sipp_calls import NUMBER, prepared
from test_3_baresip import only_record


def test_linphone_calls_in(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Linphone(case) as phone:
        desk.be_ready()
        phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
        phone.wait("connected|Connected")
        desk.accept()
        since = time.time() + 1
        phone.hears(AGENT_HZ, LEVEL)
        until("a second of talk", lambda: time.time() > since + 1.2, 5)
        rate, heard = desk.samples(since)
        tones.check_tone(heard, CALLER_HZ, LEVEL, rate, what="the agent")
        phone.tell("pause 1")
        phone.wait("paused|Paused|held")
        phone.tell("resume 1")
        mark = time.time() + 1.5
        until("the tone to come back", lambda: time.time() > mark and _is_tone(desk, mark), 10, every=0.3)
        phone.hang_up()
        desk.wait_state("ready", "wrap_up")
        record = only_record(admin)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record


def _is_tone(desk, since):
    rate, heard = desk.samples(since)
    return len(heard) > rate * 0.4 and tones.is_tone(heard, CALLER_HZ, rate)
