"""Callers leave at each stage, agents do not answer, pages are reloaded: what
the record says, and who is offered next."""

import time

from harness import cloud
from harness.browser import Browser
from harness.carrier import Caller
from harness.case import group_named, straight_to
from harness.desk import Desk
from harness.waiting import until


def check_end(server, admin, caller, status, code, by="user"):
    """The record in both APIs."""
    record = admin.record_of(caller.call_id)
    assert (record["end_status"], record["end_status_code"], record["hung_up_by"]) == (status, code, by), record
    assert not record["agent"] and not record["recordings"], record
    seen = cloud.call_record(server, record["call"])
    assert (seen.EndStatus, seen.EndStatusString, seen.HungUpSide, seen.Duration) == (code, status, by, 0), seen
    return record


def stage(admin, wanted, seconds=20):
    """Until the one call stands at this stage."""
    return until(f"the call to be {wanted}",
                 lambda: next((call for call in admin.get("/floor")["calls"] if call["stage"] == wanted), None), seconds)


def test_the_caller_leaves_in_the_menu(case):
    server = case.server()
    admin = server.admin()
    with Caller(case, server) as caller:
        caller.wait_answered()
        caller.sound.wait_for_sound()
        stage(admin, "ivr")
        caller.hang_up()
    record = check_end(server, admin, caller, "ivrGiveUp", 102)
    assert record["queued_ms"] is None and record["keys"] == []


def test_the_caller_leaves_in_the_queue(case):
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent()) as desk, Caller(case, server, number=number) as caller:
        desk.wait(lambda now: now["sound"] == "connected", "the sound path")
        # Busy agents keep a queue open: this one is at the desk, but takes no calls.
        if desk.state == "offered":
            desk.ask("decline", offer=desk.now["presence"]["offer"])
        else:
            desk.ask("be_away", rest=None)
        caller.wait_answered()
        stage(admin, "queued")
        caller.sound.wait_for_sound()  # the music
        caller.hang_up()
    record = admin.record_of(caller.call_id)
    assert record["queued_ms"] and not record["accepted_ms"]
    check_end(server, admin, caller, "waitingGiveUp", 103)


def test_the_caller_leaves_while_the_desk_rings(case):
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent()) as desk, Caller(case, server, number=number) as caller:
        desk.be_ready()
        caller.wait_answered()
        offer = desk.wait_state("offered")["presence"]["offer"]
        caller.hang_up()
        desk.wait_state("ready")
        # The click that came too late is told so, and nothing else happens.
        answer = desk.ask("accept", offer=offer)
        assert answer["kind"] == "refused" and answer["error"]["code"] == "desk.offer_gone", answer
        assert desk.state == "ready"
    record = admin.record_of(caller.call_id)
    assert [one["end_status"] for one in record["participants"]], record
    check_end(server, admin, caller, "ringingGiveUp", 104)


def test_nobody_is_signed_in(case):
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Caller(case, server, number=number) as caller:
        caller.wait_answered()
        caller.wait_hung_up_on()
    check_end(server, admin, caller, "noSeatOnline", 105, by="system")


def test_a_ring_that_times_out_goes_to_the_next_agent(case):
    server = case.server()
    admin = server.admin()
    admin.desk_rules(ring_timeout_s=5)
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent(0)) as alice, Desk(server.agent(1)) as bob:
        alice.be_ready()
        bob.be_ready()
        with Caller(case, server, number=number, tone=440) as caller:
            caller.wait_answered()
            first = until("an offer", lambda: next((d for d in (alice, bob) if d.state == "offered"), None))
            second = bob if first is alice else alice
            offered = time.monotonic()
            assert second.state == "ready", "two desks rang for one call"
            second.wait_state("offered", seconds=10)
            assert 3.5 <= time.monotonic() - offered <= 7, f"{time.monotonic() - offered:.1f} s of 5"
            first.wait(lambda now: now["presence"].get("reason") == "missed_offer", "to be taken for away")
            second.accept()
            caller.sound.wait_for_tone(1000)
            caller.hang_up()
        record = admin.record_of(caller.call_id)
        assert [one["end_status"] for one in record["participants"]] == ["seatGiveUp", "ok"], record["participants"]
        first.be_ready()


def test_a_declined_call_goes_to_the_next_agent(case):
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent(0)) as alice, Desk(server.agent(1)) as bob:
        alice.be_ready()
        bob.be_ready()
        with Caller(case, server, number=number) as caller:
            caller.wait_answered()
            first = until("an offer", lambda: next((d for d in (alice, bob) if d.state == "offered"), None))
            assert first.ask("decline", offer=first.now["presence"]["offer"])["kind"] == "done"
            second = bob if first is alice else alice
            second.accept()
            caller.hang_up()
        assert admin.record_of(caller.call_id)["end_status"] == "ok"


def test_a_lost_page_does_not_hold_the_offer(case):
    """The desk rings, the agent's machine dies: the next agent is offered at once, not after the ring timeout."""
    server = case.server()
    admin = server.admin()
    admin.desk_rules(ring_timeout_s=60)
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent(0)) as alice, Desk(server.agent(1)) as bob:
        alice.be_ready()
        bob.be_ready()
        with Caller(case, server, number=number) as caller:
            caller.wait_answered()
            first = until("an offer", lambda: next((d for d in (alice, bob) if d.state == "offered"), None))
            second = bob if first is alice else alice
            first.close()
            second.accept()
            caller.hang_up()


def test_a_reload_in_mid_call_keeps_the_call(case):
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Browser(case.file("browser"), server.http_url) as browser:
        browser.sign_in(**server.demo["agents"][0])
        browser.open_desk()
        with Caller(case, server, number=number, tone=440) as caller:
            caller.wait_answered()
            browser.click("Answer")
            caller.sound.wait_for_tone(1000)
            browser.do("reload")
            reloaded = time.time()
            browser.do("seeButton", name="Hang up")
            until("the caller to hear the agent again", lambda: caller.sound.tone_since(1000, 0.5, reloaded + 0.3), 15)
            browser.first_heard(440, reloaded, seconds=15)
            browser.click("Hang up")
            caller.wait_hung_up_on()
        record = admin.record_of(caller.call_id)
        assert (record["end_status"], record["hung_up_by"], len(record["recordings"])) == ("ok", "seat", 1), record


def test_the_carrier_that_never_says_goodbye(case):
    """A caller whose machine died: the talk is ended by hand, and leaves a record."""
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent()) as desk, Caller(case, server, number=number, tone=440) as caller:
        desk.be_ready()
        caller.wait_answered()
        desk.accept()
        caller.signal.stop()
        call = desk.now["call"]["call"]
        admin.post(f"/floor/calls/{call}/hang-up")
        desk.wait_state("wrap_up", "ready")
    assert admin.record_of(caller.call_id)["hung_up_by"] == "system"
