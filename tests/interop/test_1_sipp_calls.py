"""sipp as a carrier's switch: calls, and what a carrier does inside a call."""

import re
import time

import features
from harness.api import Refused
from harness.case import group_named, number_with_flow, sound_named, straight_to
from harness.desk import Desk
from harness.rtp import RtpPeer
from harness.tones import is_tone
from harness.waiting import until
from others.sipp import Line, Scenario, say
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_both_ways, check_recording

NUMBER = "0086075500000001"


def prepared(case):
    """A server with a number that leads to the sales agents at once: (server, administrator)."""
    server = case.server()
    admin = server.admin()
    admin.desk_rules(wrap_up_s=0)
    straight_to(admin, group_named(admin, "Sales"), NUMBER)
    return server, admin


def queue_open(server):
    """An agent who is here but answers nobody: one call rings, the others wait."""
    desk = Desk(server.agent())
    desk.be_ready()
    return desk


def answered(desk, line):
    """The agent takes the call of this line; both then hear each other."""
    line.wait_answered()
    desk.accept()
    line.sound.wait_for_tone(AGENT_HZ)


def test_plain_calls_over_udp_and_tcp(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
        for transport in ("udp", "tcp"):
            desk.be_ready()
            with Line(case, server, "plain", number=NUMBER, tone=CALLER_HZ, transport=transport, hold_ms=4_000) as line:
                answer = line.wait_answered()
                desk.accept()
                check_both_ways(line, desk)
                line.finish()
            assert f"transport={transport}" in answer.header("Contact").lower() or transport == "udp", answer.header("Contact")
            record = admin.record_of(line.call_id)
            assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record
            check_recording(admin, record, 1.0)


def test_hold_and_retrieve(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Line(case, server, "hold", number=NUMBER, tone=CALLER_HZ) as line:
        desk.be_ready()
        answered(desk, line)
        versions = [_version(line.signal.first("SIP/2.0 200").body)]
        for number, sent, expected in ((2, "sendonly", "recvonly"), (3, "inactive", "inactive")):
            line.sound.play(CALLER_HZ if sent == "sendonly" else None)
            line.cue()
            body = line.answer_to("INVITE", number).body
            assert f"a={expected}" in body, f"{sent} was answered with\n{body}"
            versions.append(_version(body))
            # Whoever is held hears nothing from us; what is played to us arrives.
            since = time.time() + 0.3
            time.sleep(1.2)
            assert not line.sound.samples(since), f"sound went to a caller who is {sent}"
            if sent == "sendonly":
                rate, heard = desk.samples(since)
                assert is_tone(heard, CALLER_HZ, rate), "the music on hold does not reach the agent"
        line.sound.play(CALLER_HZ)
        line.cue()
        body = line.answer_to("INVITE", 4).body
        assert not any(f"a={word}" in body for word in ("recvonly", "inactive", "sendonly")), body
        versions.append(_version(body))
        check_both_ways(line, desk)
        # RFC 3264 §8: the version rises by one with each change, the session's id stays.
        assert len({session for session, _ in versions}) == 1, versions
        numbers = [version for _, version in versions]
        assert all(after - before in (0, 1) for before, after in zip(numbers, numbers[1:])), versions
        line.cue()
        line.finish()
        assert admin.record_of(line.call_id)["end_status"] == "ok"


def _version(description):
    origin = next(line for line in description.splitlines() if line.startswith("o=")).split()
    return origin[1], int(origin[2])


def test_an_invite_without_an_offer(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Line(case, server, "late_offer", number=NUMBER, tone=CALLER_HZ) as line:
        desk.be_ready()
        offer = line.wait_answered().body
        assert "m=audio" in offer and "telephone-event" in offer, offer
        desk.accept()
        check_both_ways(line, desk)
        line.cue()
        again = line.answer_to("INVITE", 2).body
        assert "m=audio" in again, again
        check_both_ways(line, desk)
        line.cue()
        line.finish()
        assert admin.record_of(line.call_id)["end_status"] == "ok"


def test_video_and_fax_beside_the_sound(case):
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Line(case, server, "streams", number=NUMBER, tone=CALLER_HZ) as line:
        desk.be_ready()
        media = _media(line.wait_answered().body)
        assert [kind for kind, _ in media] == ["video", "audio", "image"], media
        assert media[0][1] == 0 and media[1][1] > 0 and media[2][1] == 0, media
        desk.accept()
        check_both_ways(line, desk)
        line.cue()
        media = _media(line.answer_to("INVITE", 2).body)
        assert [kind for kind, _ in media] == ["video", "audio", "image", "application"], media
        assert [port > 0 for _, port in media] == [False, True, False, False], media
        check_both_ways(line, desk)
        line.cue()
        line.finish()
        assert admin.record_of(line.call_id)["end_status"] == "ok"


def _media(description):
    """[(kind, port) …] of a description's streams."""
    lines = [line[2:].split() for line in description.splitlines() if line.startswith("m=")]
    return [(line[0], int(line[1])) for line in lines]


def test_callers_who_cancel_at_once(case):
    """The CANCEL may meet the 200: whichever wins, both sides agree and nothing stays."""
    server, admin = prepared(case)
    sound = RtpPeer()
    with queue_open(server), Scenario(case.folder, server, "cancelled", number=NUMBER, rtp_port=sound.port, calls=60, rate=60) as calls:
        calls.finish(30)
    sound.close()
    print("of 60 calls", sum(m.start.startswith("SIP/2.0 487") for m in calls.messages()), "ended as 487")
    until("the floor to be empty", lambda: not admin.get("/floor")["calls"], 10)
    records = until("a record of each call", lambda: (found := admin.records()) and len(found) == 60 and found, 10)
    assert all(record["ended_ms"] and not record["agent"] for record in records)


def with_a_menu(case):
    """A server whose number asks for the key 2, and ends the call when it was pressed."""
    server = case.server()
    admin = server.admin()
    menu_only(admin, NUMBER)
    return server, admin


def menu_only(admin, number):
    menu = sound_named(admin, "menu")["id"]
    steps = {"menu": {"label": "Menu", "kind": "branch", "prompt": menu, "timeout_s": 20, "timeout_prompt": None,
                      "invalid_prompt": None, "max_errors": 3, "keys": [{"key": "2", "label": "Service", "next": "end"}]},
             "end": {"label": "End", "kind": "end", "prompt": sound_named(admin, "goodbye")["id"]}}
    number_with_flow(admin, number, {"name": "Menu only", "start": "menu", "nodes": steps})


def test_a_key_by_info(case):
    server, admin = with_a_menu(case)
    with Line(case, server, "digit_by_info", number=NUMBER, key="2") as line:
        answer = line.wait_answered()
        assert "telephone-event" not in answer.body, "events were agreed that were not offered"
        line.sound.wait_for_sound()
        line.cue()
        assert line.answer_to("INFO", 2).start == "SIP/2.0 200 OK"
        line.finish()
        record = admin.record_of(line.call_id)
        assert [key["key"] for key in record["keys"]] == ["2"] and line.ended_by == "server", record


def test_two_proxies_stay_in_the_path(case):
    """The 200 gives the Record-Route back as it came; our BYE takes the routes in that
    order, and goes where the first of them is."""
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Line(case, server, "record_route", number=NUMBER, proxy="10.8.8.8:5062") as line:
        desk.be_ready()
        answer = line.wait_answered()
        first = line.signal.first("INVITE")
        assert _routes(answer, "Record-Route") == _routes(first, "Record-Route"), answer.text
        desk.accept()
        desk.ask("hang_up", call=desk.now["call"]["call"])
        line.finish()
        bye = line.signal.first("BYE")
        contact = first.header("Contact").strip("<>")
        assert bye.start == f"BYE {contact} SIP/2.0", bye.start
        assert _routes(bye, "Route") == _routes(first, "Record-Route"), bye.text
        assert admin.record_of(line.call_id)["hung_up_by"] == "seat"


def _routes(message, name):
    """All values of a header that may come in several lines, commas outside quotes and brackets."""
    values = []
    for line in re.findall(rf"^{name}[ \t]*:[ \t]*(.*?)\r?$", message.text, re.I | re.M):
        values += [part.strip() for part in re.findall(r'(?:"[^"]*"|<[^>]*>|[^,<"])+', line)]
    return values


def test_requests_inside_a_call(case):
    """Harmless ones, ones of another world and broken ones: each gets its own answer, the
    call and its sound go on."""
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, \
            Line(case, server, "inside", number=NUMBER, tone=CALLER_HZ, bad_offer=488, unknown_body=415) as line:
        desk.be_ready()
        line.wait_answered()
        assert line.answer_to("INFO", 9, 20).start.startswith("SIP/2.0 415")
        options = line.answer_to("OPTIONS", 2)
        assert "UPDATE" in options.header("Allow"), options.text
        assert "m=audio" in line.answer_to("UPDATE", 4).body
        for text in _strangers(line):
            assert [answer.split("\r\n")[0] for answer in say(server.sip_udp, text)] == ["SIP/2.0 481 Call/Transaction Does Not Exist"]
        desk.accept()
        check_both_ways(line, desk)
        line.cue()
        line.finish()
        assert admin.record_of(line.call_id)["end_status"] == "ok"


def _strangers(line):
    """BYEs that know the call, but not the tag of one of its sides."""
    answer = line.signal.first("SIP/2.0 200")
    ours, theirs = answer.header("To"), answer.header("From")
    for to, sender in ((re.sub("tag=.*", "tag=stranger", ours), theirs), (ours, re.sub("tag=.*", "tag=stranger", theirs))):
        yield (f"BYE sip:{line.signal.process.pid}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:PORT;branch=z9hG4bK{time.time_ns()};rport\r\n"
               f"From: {sender}\r\nTo: {to}\r\nCall-ID: {line.call_id}\r\nCSeq: 99 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")


def test_both_hang_up_at_once(case):
    """BYE crosses BYE, twenty times: both get 200, each call has one record."""
    server, admin = prepared(case)
    sound = RtpPeer()
    with queue_open(server), Scenario(case.folder, server, "bye_race", number=NUMBER, rtp_port=sound.port, calls=20, rate=20) as calls:
        until("all calls", lambda: len(admin.get("/floor")["calls"]) == 20, 15)
        for number, call in enumerate(admin.get("/floor")["calls"], 1):
            calls.cue(number)
            _hang_up(admin, call["call"])
        calls.finish(40)
    sound.close()
    records = until("a record of each call", lambda: (found := admin.records()) and len(found) == 20 and found, 10)
    assert len({record["call"] for record in records}) == 20


def _hang_up(admin, call):
    try:
        admin.post(f"/floor/calls/{call}/hang-up")
    except Refused as refused:
        assert refused.status in (404, 409), refused  # the caller was faster


def test_session_timers(case):
    """A caller who refreshes is kept; what is promised in the answer is allowed by the question."""
    server, admin = prepared(case)
    for transport in ("udp", "tcp"):
        with queue_open(server), Line(case, server, "timers", number=NUMBER, transport=transport, expires=1800) as line:
            answer = line.wait_answered()
            line.finish()
            timer = answer.header("Session-Expires")
            if timer:
                assert 90 <= int(timer.split(";")[0]) <= 1800 and "refresher=uac" in timer, timer
                assert "timer" in (answer.header("Require") or ""), "a timer with a refresher needs Require: timer"
            assert admin.record_of(line.call_id)["end_status"] in ("waitingGiveUp", "ringingGiveUp")


def test_a_session_that_would_be_too_short(case):
    """A timer below 90 seconds is refused with the least that is taken. (RFC 4028 §5)"""
    server, _ = prepared(case)
    with queue_open(server), Line(case, server, "timers", number=NUMBER, expires=1800) as line:
        if not line.wait_answered().header("Session-Expires"):
            features.absent("session timers", "the answer promises none")
        line.finish()
        extra = "Supported: timer\nSession-Expires: 30;refresher=uac"
        with Line(case, server, "refused", number=NUMBER, status=422, extra=extra) as short:
            short.finish()
            assert int(short.signal.first("SIP/2.0 422").header("Min-SE")) >= 90


def test_an_extension_that_nobody_knows(case):
    server, _ = prepared(case)
    with Line(case, server, "refused", number=NUMBER, status=420, extra="Require: warp-drive, 100rel") as line:
        line.finish()
        assert "warp-drive" in line.signal.first("SIP/2.0 420").header("Unsupported")


def test_options_outside_calls(case):
    server, _ = prepared(case)
    for transport in ("udp", "tcp"):
        with Scenario(case.folder, server, "asks", transport=transport, calls=50, rate=50) as asked:
            asked.finish(20)
            answer = asked.first("SIP/2.0 200")
            assert "INVITE" in answer.header("Allow") and "application/sdp" in answer.header("Accept"), answer.text
