"""The walk: a carrier, a menu, a queue, an agent in a browser, a record. Every
number is measured on the side that would notice it."""

import io
import time

from harness import cloud, tones
from harness.browser import Browser
from harness.carrier import PCMA, Caller, media_address
from harness.case import group_named, straight_to
from harness.desk import Desk
from harness.tones import check_tone
from harness.waiting import until

CALLER_HZ, AGENT_HZ, LEVEL = 440, 1000, -12.0


def press_until_queued(caller, floor, digit):
    """Hears the menu, presses a key, and again if the welcome swallowed it."""
    caller.sound.wait_for_sound()
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        caller.sound.press(digit)
        pressed = time.monotonic()
        while time.monotonic() < pressed + 4:
            stages = [call["stage"] for call in floor.get("/floor")["calls"]]
            if any(stage in ("queued", "ringing", "talking") for stage in stages):
                return
            time.sleep(0.05)
    raise AssertionError("the menu did not hear the key")


def check_recording(api, record, talked):
    """Two channels, each with its own side's tone and without the other's."""
    [recording] = record["recordings"]
    status, headers, data = api.raw("GET", f"/api/v1/recordings/{recording}/audio")
    assert status == 200 and headers["Content-Type"] == "audio/wav", (status, headers["Content-Type"])
    rate, channels = tones.read_wav(io.BytesIO(data))
    assert rate == 8_000 and len(channels) == 2
    length = len(channels[0]) / rate
    assert abs(length - talked) <= 1.0, f"the recording lasts {length:.2f} s, the talk lasted {talked:.2f} s"
    for name, channel, own, other in (("left", channels[0], CALLER_HZ, AGENT_HZ), ("right", channels[1], AGENT_HZ, CALLER_HZ)):
        start, end = tones.longest_run(channel, own)
        assert end - start >= talked - 1.5, f"{name}: {own} Hz for {end - start:.2f} s of {talked:.2f} s"
        middle = channel[int((start + 0.5) * rate):int((end - 0.3) * rate)]
        check_tone(middle, own, LEVEL, what=f"recording, {name}")
        crosstalk = tones.level_at(middle, other)
        assert crosstalk < -45, f"recording, {name}: the other side at {crosstalk:.1f} dBFS"
    return data


def check_cloud_record(server, record, caller, answered, ended):
    """What the vendor's SDK reads equals what sipp saw."""
    seen = cloud.call_record(server, record["call"])
    invite = caller.signal.first("INVITE")
    assert seen.Caller == f"0086{caller.number}", seen.Caller
    assert seen.Callee == server.demo["number"], seen.Callee
    assert seen.Direction == 0, seen.Direction
    for name, ours, theirs in (("Time", seen.Time, invite.at), ("StartTimestamp", seen.StartTimestamp, invite.at),
                               ("AcceptTimestamp", seen.AcceptTimestamp, answered), ("EndedTimestamp", seen.EndedTimestamp, ended)):
        assert abs(ours - theirs) <= 1.5, f"{name}: {ours}, sipp saw {theirs:.2f}"
    assert abs(seen.Duration - (ended - answered)) <= 1.5, f"Duration {seen.Duration}, talked {ended - answered:.2f} s"
    assert (seen.EndStatus, seen.EndStatusString, seen.HungUpSide) == (1, "ok", "user")
    assert [key.Key for key in seen.IVRKeyPressedEx] == ["1"], seen.IVRKeyPressedEx
    assert seen.SeatUser.Mail == server.demo["agents"][0]["user_id"], seen.SeatUser
    assert len(seen.ServeParticipants) == 1 and seen.ServeParticipants[0].EndStatusString == "ok"
    return seen


def test_the_walk_in_a_browser(case):
    server = case.server()
    admin = server.admin()
    admin.desk_rules(wrap_up_s=4)
    with Browser(case.file("browser"), server.http_url, AGENT_HZ, LEVEL) as browser:
        browser.sign_in(**server.demo["agents"][0])
        browser.open_desk()
        with Caller(case, server, tone=CALLER_HZ, level_db=LEVEL) as caller:
            answer = caller.wait_answered()
            assert "a=rtpmap:0 PCMU/8000" in answer.body and "telephone-event/8000" in answer.body, answer.body
            press_until_queued(caller, admin, "1")
            browser.do("seeButton", name="Answer")
            clicked = browser.click("Answer")

            # Both hear each other, soon after the click.
            caller_hears = caller.sound.wait_for_tone(AGENT_HZ) - clicked
            agent_hears = browser.first_heard(CALLER_HZ, clicked) - clicked
            print(f"after the click: the caller hears in {caller_hears * 1000:.0f} ms, the agent in {agent_hears * 1000:.0f} ms")
            assert caller.sound.packets[0].source == media_address(answer.body), "sound comes from where the answer says"

            time.sleep(4)  # the talk itself: what is measured below is its sound
            now = time.time()
            check_tone(caller.sound.samples(now - 3, now), AGENT_HZ, LEVEL, what="RTP at the carrier")
            heard = browser.level_of(CALLER_HZ, now - 3, now)
            assert abs(heard - LEVEL) <= 2.0, f"the browser hears 440 Hz at {heard:.1f} dBFS, sent at {LEVEL}"
            caller.hang_up()
            ended = caller.signal.first("BYE").at

        # Wrap-up, then ready by itself.
        browser.do("see", text="Write up the call")
        wrapped = time.time()
        browser.do("see", text="Waiting for the next call", timeout=10_000)
        assert 2.0 <= time.time() - wrapped <= 6.0, f"wrap-up took {time.time() - wrapped:.1f} s of 4"

        record = admin.record_of(caller.call_id)
        assert record["end_status"] == "ok" and record["hung_up_by"] == "user", record
        data = check_recording(admin, record, ended - clicked)
        seen = check_cloud_record(server, record, caller, clicked, ended)
        check_recording_link(server, seen, data)
        check_record_page(browser, server)
        assert caller_hears < 0.2, f"the caller hears the agent {caller_hears * 1000:.0f} ms after the click"
        assert agent_hears < 0.2, f"the agent hears the caller {agent_hears * 1000:.0f} ms after the click"


def check_recording_link(server, seen, data):
    """The record's link plays without any cookie: it carries its own right."""
    assert seen.RecordURL.startswith(server.http_url), seen.RecordURL
    status, _, linked = server.api().raw("GET", seen.RecordURL.removeprefix(server.http_url))
    assert status == 200 and linked == data, f"{status}, {len(linked)} bytes of {len(data)}"


def check_record_page(browser, server):
    """The agent finds the call in the console."""
    browser.do("goto", url=server.http_url + "/records")
    browser.do("see", text="13012345678".removeprefix("1301234"))
    browser.do("screenshot", path=str(browser.folder / "records.png"))


def test_a_call_over_tcp_and_a_law(case):
    """The same walk by the other transport and the other law, answered by a desk client."""
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
        desk.be_ready()
        with Caller(case, server, number=number, tone=CALLER_HZ, level_db=LEVEL, codec=PCMA, transport="tcp", hold=9) as caller:
            answer = caller.wait_answered()
            assert "PCMA/8000" in answer.body and "PCMU" not in answer.body, answer.body
            desk.accept()
            caller.sound.wait_for_tone(AGENT_HZ)
            time.sleep(2)  # the talk
            now = time.time()
            check_tone(caller.sound.samples(now - 1.5, now), AGENT_HZ, LEVEL, what="A-law at the carrier")
            rate, heard = desk.samples(now - 1.5, now)
            check_tone(heard, CALLER_HZ, LEVEL, rate, what="the agent")
            caller.signal.finish(20)
            assert caller.ended_by == "caller"
        assert admin.record_of(caller.call_id)["end_status"] == "ok"


def test_digits_of_the_agent_reach_the_carrier(case):
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    with Desk(server.agent()) as desk, Caller(case, server, number=number) as caller:
        desk.be_ready()
        caller.wait_answered()
        desk.accept()
        assert desk.ask("send_digits", digits="42#")["kind"] == "done"
        until("the digits", lambda: caller.sound.digits() == "42#", 5)
        call = desk.now["call"]["call"]
        assert desk.ask("hang_up", call=call)["kind"] == "done"
        caller.wait_hung_up_on()
        record = admin.record_of(caller.call_id)
        assert (record["hung_up_by"], record["end_status"]) == ("seat", "ok"), record
