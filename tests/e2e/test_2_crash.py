"""A power cut in mid-call: one final record, a playable recording that lacks at
most the last second, agents free again."""

import io
import time

from harness import tones
from harness.carrier import Caller
from harness.case import group_named, straight_to
from harness.desk import Desk


def test_kill_in_mid_call_leaves_one_record_and_its_recording(case):
    server = case.server()
    number = straight_to(server.admin(), group_named(server.admin(), "Sales"), "0086075500000001")
    desk = Desk(server.agent(), hertz=1000)
    desk.be_ready()
    with Caller(case, server, number=number, tone=440, hold=60) as caller:
        caller.wait_answered()
        desk.accept()
        joined = caller.sound.wait_for_tone(1000)
        time.sleep(6.3)  # the talk that must survive
        killed = time.time()
        server.kill()
        desk.close()
        caller.signal.stop()
    last_heard = max(packet.at for packet in caller.sound.packets)
    talked = last_heard - joined
    assert talked > 5, f"sound flowed for {talked:.1f} s only"

    server.start()
    admin = server.admin()
    record = admin.record_of(caller.call_id)
    assert len(admin.records()) == 1, admin.records()
    assert [entry["event"]["event"] for entry in record["journal"]].count("ended") == 1, record["journal"]
    assert record["end_status"] and record["hung_up_by"] == "system", record
    assert joined * 1000 - 1_000 <= record["ended_ms"] <= (killed + 2) * 1000, (killed, record)
    assert killed * 1000 - record["accepted_ms"] > 5_000, record

    [recording] = record["recordings"]
    status, _, data = admin.raw("GET", f"/api/v1/recordings/{recording}/audio")
    assert status == 200, status
    rate, channels = tones.read_wav(io.BytesIO(data))
    for name, channel, hertz in (("left", channels[0], 440), ("right", channels[1], 1000)):
        start, end = tones.longest_run(channel, hertz, rate)
        assert end - start >= talked - 1.0, f"{name}: {end - start:.2f} s of {talked:.2f} s are kept"

    # The agent is free: signs in and takes a call.
    with Desk(server.agent()) as again, Caller(case, server, number=number) as next_caller:
        again.be_ready()
        next_caller.wait_answered()
        again.accept()
        next_caller.hang_up()
    assert admin.record_of(next_caller.call_id)["end_status"] == "ok"
    assert len(admin.records()) == 2


def test_a_second_restart_changes_nothing(case):
    """Mending is done once: records of ended calls stay as they are."""
    server = case.server()
    number = straight_to(server.admin(), group_named(server.admin(), "Sales"), "0086075500000001")
    with Desk(server.agent()) as desk, Caller(case, server, number=number, hold=60) as caller:
        desk.be_ready()
        caller.wait_answered()
        desk.wait_state("offered")
        server.kill()
    before = None
    for _ in range(2):
        server.start()
        record = server.admin().record_of(caller.call_id)
        assert before in (None, record), (before, record)
        before = record
        server.kill()


def test_an_orderly_stop_says_goodbye(case):
    """SIGTERM: the caller gets BYE, the record is written, the exit status is 0."""
    server = case.server()
    number = straight_to(server.admin(), group_named(server.admin(), "Sales"), "0086075500000001")
    with Desk(server.agent()) as desk, Caller(case, server, number=number, hold=90) as caller:
        desk.be_ready()
        caller.wait_answered()
        desk.accept()
        assert server.stop() == 0
        caller.wait_hung_up_on()
    server.start()
    record = server.admin().record_of(caller.call_id)
    assert record["hung_up_by"] == "system", record
