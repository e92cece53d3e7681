"""Telephones of the house hold calls, give them away and join two of them: baresip and
linphone as the telephones, with the tones of all sides."""

import time

import features
from harness import tones
from harness.desk import Desk
from harness.waiting import until
from others.baresip import TONE_LEVEL
from others.linphone import Linphone
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL
from others.sipp import Line
from test_1_sipp_calls import NUMBER
from test_5_phones import House, registered

# baresip says it louder than the other two: the frequency counts.
THIRD_HZ, THIRD_WITHIN = 1_700, 3.0


class Yard(House):
    def __init__(self, case):
        super().__init__(case)
        features.need("transfers")

    def uri(self, extension):
        return f"sip:{extension}@{self.server.sip_udp}"

    def record(self, callee):
        """The record of the call to this number, when it is over."""
        def probe():
            return [record for record in self.admin.records() if record["callee"] == callee and record["ended_ms"]]
        return until(f"the record of the call to {callee}", probe, 15)[0]


def talking(one, other, extension):
    """One telephone calls another, and both hear each other."""
    one.dial(extension)
    other.wait("CALL_INCOMING")
    other.accept()
    one.wait("CALL_ESTABLISHED")
    one.hears(AGENT_HZ, TONE_LEVEL)
    other.hears(CALLER_HZ, TONE_LEVEL)


def check_transfer(record, kind, given, to, done=True):
    """The last transfer of a record."""
    transfer = record["transfers"][-1]
    assert (transfer["kind"], transfer["from"], transfer["to"]) == (kind, given, to), transfer
    assert bool(transfer["done_ms"]) == done and bool(transfer["failed_status"]) != done, transfer


def test_a_held_telephone_hears_music(case):
    house = Yard(case)
    with house.baresip("8901", CALLER_HZ) as one, house.baresip("8902", AGENT_HZ) as other:
        registered(one)
        registered(other)
        talking(one, other, "8902")
        other.tell("hold")
        def music():
            mark = one.mark()
            time.sleep(1)
            rate, heard = one.heard(mark)
            return len(heard) > rate / 2 and tones.loudness(heard) > -50 and not tones.is_tone(heard, AGENT_HZ, rate)
        until("music in the held ear", music, 10)
        other.tell("resume")
        one.hears(AGENT_HZ, TONE_LEVEL)
        one.hang_up()
        other.wait("CALL_CLOSED")


def test_a_telephone_gives_its_call_to_another(case):
    house = Yard(case)
    with house.baresip("8911", CALLER_HZ) as one, house.baresip("8912", AGENT_HZ) as two, \
            house.baresip("8913", THIRD_HZ) as three:
        for phone in (one, two, three):
            registered(phone)
        talking(one, two, "8912")
        two.tell("transfer", house.uri("8913"))
        three.wait("CALL_INCOMING")
        three.accept()
        two.wait("CALL_CLOSED")
        one.hears(THIRD_HZ, TONE_LEVEL, THIRD_WITHIN)
        three.hears(CALLER_HZ, TONE_LEVEL)
        one.hang_up()
        three.wait("CALL_CLOSED")
        record = house.record("8912")
        assert record["end_status"] == "ok", record
        check_transfer(record, "blind", "8912", "8913")
        says = [text for _, text in two.trace() if "sipfrag" in text]
        assert any("SIP/2.0 180" in text for text in says) and any("SIP/2.0 200" in text for text in says), says


def test_a_refused_transfer_is_told(case):
    """baresip ends its call by itself then; that ours would have gone on is tried without it."""
    house = Yard(case)
    with house.baresip("8921", CALLER_HZ) as one, house.baresip("8922", AGENT_HZ) as two, \
            house.baresip("8923", THIRD_HZ) as three:
        for phone in (one, two, three):
            registered(phone)
        talking(one, two, "8922")
        two.tell("transfer", house.uri("8923"))
        three.wait("CALL_INCOMING")
        three.hang_up()
        assert "486" in two.wait("TRANSFER_FAILED")["param"], two.seen("TRANSFER_FAILED")
        one.wait("CALL_CLOSED")
        record = house.record("8922")
        check_transfer(record, "blind", "8922", "8923", done=False)
        assert (record["transfers"][0]["failed_status"], record["end_status"]) == (486, "ok"), record


def test_an_agent_gives_a_customer_to_a_colleague(case):
    """The customer talks on, the agent writes up or is ready, the record names both."""
    house = Yard(case)
    accounts = house.server.demo["agents"]
    people = {person["user_id"]: person["id"] for person in house.admin.items("/staff")}
    alice = people[accounts[0]["user_id"]]
    with house.baresip("8931", AGENT_HZ, agent=alice) as hers, house.baresip("8932", THIRD_HZ) as other:
        registered(hers)
        registered(other)
        with Desk(house.server.agent(), sound=False) as desk:
            assert desk.ask("be_ready")["kind"] == "done"
            with Line(case, house.server, "cued", number=NUMBER, tone=CALLER_HZ) as line:
                line.wait_answered()
                hers.wait("CALL_INCOMING")
                hers.accept()
                desk.wait_state("talking")
                line.sound.wait_for_tone(AGENT_HZ)
                hers.tell("transfer", house.uri("8932"))
                other.wait("CALL_INCOMING")
                other.accept()
                desk.wait_state("ready", "wrap_up")
                line.sound.wait_for_tone(THIRD_HZ)
                now = time.time()
                time.sleep(1)
                tones.check_tone(line.sound.samples(now, now + 1), THIRD_HZ, TONE_LEVEL, within=THIRD_WITHIN, what="the caller")
                other.hears(CALLER_HZ, LEVEL)
                line.cue()
                line.finish()
                other.wait("CALL_CLOSED")
            record = house.admin.record_of(line.call_id)
            assert record["end_status"] == "ok", record
            check_transfer(record, "blind", "8931", "8932")
            assert record["transfers"][0]["by"]["id"] == alice, record["transfers"]


def test_linphone_joins_two_calls(case):
    """An attended transfer: it is called, calls somebody else, and joins both."""
    house = Yard(case)
    account = house.account("8942")
    with Linphone(case, hertz=AGENT_HZ, answers=True, account=account, server=house.server) as two, \
            house.baresip("8941", CALLER_HZ) as one, house.baresip("8943", THIRD_HZ) as three:
        registered(one)
        registered(three)
        one.dial("8942")
        one.wait("CALL_ESTABLISHED")
        one.hears(AGENT_HZ, LEVEL)
        two.hold(1)
        two.dial(f"sip:8943@{account['realm']}")
        three.wait("CALL_INCOMING")
        three.accept()
        three.hears(AGENT_HZ, LEVEL)
        two.tell("transfer 1 --to-call 2")
        two.wait("Call 1 with .* ended")
        two.wait("Call 2 with .* ended")
        one.hears(THIRD_HZ, TONE_LEVEL, THIRD_WITHIN)
        three.hears(CALLER_HZ, TONE_LEVEL)
        one.hang_up()
        three.wait("CALL_CLOSED")
        record = house.record("8942")
        check_transfer(record, "attended", "8942", "8943")
        assert house.record("8943")["cause"] == "transfer.joined"
