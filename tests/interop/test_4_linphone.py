"""linphone, driven at its prompt: behind the carrier, and as a telephone of the house. It
calls, is called, holds, presses keys, with the tones of both sides."""

import time

from harness import tones
from harness.desk import Desk
from harness.waiting import until
from others.baresip import TONE_LEVEL
from others.linphone import Linphone
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, agent_hears, check_recording
from test_1_sipp_calls import NUMBER, prepared, with_a_menu
from test_3_baresip import only_record
from test_5_phones import House, registered


def talk(desk, phone):
    """Both hear each other's tone, from now on; the agent at its level. (linphone's mixer
    begins softly after each change: there the frequency counts.)"""
    phone.hears(AGENT_HZ, LEVEL, within=12)
    agent_hears(desk, CALLER_HZ)


def _hears(desk, hertz, seconds=0.5):
    rate, heard = desk.samples(time.time() - seconds)
    return len(heard) > rate * seconds * 0.7 and tones.is_tone(heard, hertz, rate)


def test_linphone_calls_in(case):
    """It holds and comes back; the agent's keys are heard."""
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Linphone(case) as phone:
        desk.be_ready()
        phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
        phone.wait_talking()
        desk.accept()
        talk(desk, phone)
        phone.hold()
        phone.hears_nothing()
        # What it says into a held call is its file too: music on hold.
        until("linphone's music on hold", lambda: _hears(desk, CALLER_HZ), 5, every=0.2)
        phone.resume()
        talk(desk, phone)
        assert desk.ask("send_digits", digits="71#")["kind"] == "done"
        until("the agent's keys", lambda: phone.keys_heard() == "71#", 5)
        phone.hang_up()
        desk.wait_state("ready", "wrap_up")
        record = only_record(admin)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record
        # Its music on hold is softer than its voice.
        check_recording(admin, record, 1.0, within=8.0)


def test_linphone_presses_keys(case):
    server, admin = with_a_menu(case)
    with Linphone(case) as phone:
        phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
        phone.wait_talking()
        until("the menu", lambda: tones.loudness(phone.heard()[1]) > -45, 10)
        # linphone names the machine's address and sends from loopback's: it is heard once the
        # address that it named has been silent for a second.
        time.sleep(1.2)
        phone.press("2")
        phone.wait("Call 1 with .* ended")
        assert [key["key"] for key in only_record(admin)["keys"]] == ["2"]


def test_linphone_registers_and_is_called(case):
    """By an agent, then by baresip: tones both ways, hold, keys, the end by either side."""
    house = House(case)
    with Linphone(case, answers=True, account=house.account("8501"), server=house.server) as phone:
        with Desk(house.server.agent(), AGENT_HZ, LEVEL) as desk:
            desk.be_ready()
            assert desk.ask("call", to="8501")["kind"] == "done"
            desk.wait_state("talking")
            talk(desk, phone)
            phone.hold()
            phone.hears_nothing()
            phone.resume()
            talk(desk, phone)
            assert desk.ask("send_digits", digits="36")["kind"] == "done"
            until("the agent's keys", lambda: phone.keys_heard() == "36", 5)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            phone.wait("Call 1 with .* ended")
            desk.wait_state("ready", "wrap_up")
        with house.baresip("8502", AGENT_HZ) as baresip:
            registered(baresip)
            baresip.dial("8501")
            baresip.wait("CALL_ESTABLISHED")
            baresip.hears(CALLER_HZ, LEVEL)
            phone.hears(AGENT_HZ, TONE_LEVEL, within=12)
            phone.press("05")
            until("linphone's keys", lambda: baresip.keys_heard() == "05", 5)
            baresip.press("8")
            until("baresip's key", lambda: phone.keys_heard() == "368", 5)
            baresip.hang_up()
            phone.wait("Call 2 with .* ended")


def test_linphone_calls_a_telephone(case):
    house = House(case)
    account = house.account("8511")
    with Linphone(case, account=account, server=house.server) as phone, house.baresip("8512", AGENT_HZ) as baresip:
        registered(baresip)
        phone.dial(f"sip:8512@{account['realm']}")
        baresip.wait("CALL_INCOMING")
        baresip.accept()
        phone.wait_talking()
        baresip.hears(CALLER_HZ, LEVEL)
        phone.hears(AGENT_HZ, TONE_LEVEL, within=12)
        phone.hold()
        phone.hears_nothing()
        phone.resume()
        phone.hears(AGENT_HZ, TONE_LEVEL, within=12)
        phone.hang_up()
        baresip.wait("CALL_CLOSED")
