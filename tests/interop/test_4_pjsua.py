"""pjsua2, a telephone of another make: behind the carrier, and as a telephone of the house.
It calls, is called, holds, presses keys, with the tones of both sides."""

import time

import features
from harness import tones
from harness.desk import Desk
from harness.waiting import until
from others.baresip import TONE_LEVEL
from others.pjsua import Pjsua
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_recording
from test_1_sipp_calls import NUMBER, prepared, with_a_menu
from test_3_baresip import only_record
from test_5_phones import House, registered
from test_7_protected import Secured


def talk(desk, phone, call=0):
    """Both hear each other's tone, at its level and nothing else, from now on."""
    phone.hears(AGENT_HZ, LEVEL)
    since = time.time()
    time.sleep(1)
    rate, heard = desk.samples(since)
    tones.check_tone(heard, CALLER_HZ, LEVEL, rate, what="the agent")


def silent(desk, hertz, seconds=0.5):
    """Whether this tone is not in the last half second of the agent's ear."""
    rate, heard = desk.samples(time.time() - seconds)
    return tones.level_at(heard, hertz, rate) < -50


def test_pjsua_calls_in_and_holds(case):
    """Over UDP and TCP; the agent's keys are heard."""
    server, admin = prepared(case)
    for transport in ("udp", "tcp"):
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Pjsua(case, f"pjsua-{transport}", transport=transport) as phone:
            desk.be_ready()
            phone.dial(f"sip:{NUMBER}@{server.sip_udp};transport={transport}")
            phone.wait_talking()
            desk.accept()
            talk(desk, phone)
            phone.tell("hold", call=0)
            phone.wait("sound", sound="held by us")
            phone.hears_nothing()
            until("the caller's tone to stop", lambda: silent(desk, CALLER_HZ), 5, every=0.2)
            phone.tell("resume", call=0)
            phone.wait("sound", count=2, sound="active")
            talk(desk, phone)
            assert desk.ask("send_digits", digits="27#")["kind"] == "done"
            until("the agent's keys", lambda: phone.keys_heard() == "27#", 5)
            phone.hang_up()
            desk.wait_state("ready", "wrap_up")
            record = only_record(admin)
            assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record
            check_recording(admin, record, 1.0)


def test_pjsua_presses_keys(case):
    """In a menu, as events of RFC 4733 and by INFO: each is understood once."""
    server, admin = with_a_menu(case)
    with Pjsua(case) as phone:
        for call, by in enumerate(("events", "info")):
            phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
            phone.wait_talking(call)
            since = phone.mark()
            until("the menu", lambda since=since: tones.loudness(phone.heard(since)) > -45, 10)
            phone.press("2", call, by)
            phone.wait_over(call)
            record = until("the record", lambda call=call: (found := admin.records()) and len(found) == call + 1 and found[0], 10)
            assert [key["key"] for key in admin.get(f"/records/{record['call']}")["keys"]] == ["2"], record


class Account:
    """A telephone of the house on pjsua2."""

    def __init__(self, house, extension, agent=None):
        self.house, self.extension = house, extension
        self.given = house.account(extension, agent)

    def phone(self, **options):
        return Pjsua(self.house.case, f"pjsua{self.extension}", account=self.given, server=self.house.server.sip_udp, **options)


def test_pjsua_registers_and_is_called_by_an_agent(case):
    """The agent calls its extension; it holds, both press keys, it hangs up."""
    house = House(case)
    for extension, transport in (("8811", "udp"), ("8812", "tcp")):
        with Account(house, extension).phone(transport=transport) as phone, Desk(house.server.agent(), AGENT_HZ, LEVEL) as desk:
            phone.wait_registered()
            desk.be_ready()
            assert desk.ask("call", to=extension)["kind"] == "done"
            phone.wait("incoming")
            phone.accept()
            desk.wait_state("talking")
            talk(desk, phone)
            phone.tell("hold", call=0)
            phone.wait("sound", sound="held by us")
            phone.hears_nothing()
            phone.tell("resume", call=0)
            phone.wait("sound", count=2, sound="active")
            talk(desk, phone)
            assert desk.ask("send_digits", digits="5*")["kind"] == "done"
            until("the agent's keys", lambda: phone.keys_heard() == "5*", 5)
            phone.hang_up()
            phone.wait_over()
            desk.wait_state("ready", "wrap_up")


def test_pjsua_and_baresip_call_each_other(case):
    """Each way once: tones and keys both ways, hold by either, the called one hangs up."""
    house = House(case)
    with Account(house, "8821").phone(hertz=AGENT_HZ) as pjsua, house.baresip("8822", CALLER_HZ) as baresip:
        pjsua.wait_registered()
        registered(baresip)
        pjsua.dial("8822")
        baresip.wait("CALL_INCOMING")
        baresip.accept()
        pjsua.wait_talking()
        pjsua.hears(CALLER_HZ, TONE_LEVEL)
        baresip.hears(AGENT_HZ, LEVEL)
        pjsua.press("31")
        until("pjsua2's keys", lambda: baresip.keys_heard() == "31", 5)
        baresip.press("90")
        until("baresip's keys", lambda: pjsua.keys_heard() == "90", 5)
        baresip.tell("hold")
        pjsua.hears_no(CALLER_HZ)
        baresip.tell("resume")
        pjsua.hears(CALLER_HZ, TONE_LEVEL)
        baresip.hang_up()
        pjsua.wait_over()
        baresip.dial("8821")
        pjsua.wait("incoming")
        pjsua.accept(1)
        baresip.wait("CALL_ESTABLISHED", 2)
        baresip.hears(AGENT_HZ, LEVEL)
        pjsua.hears(CALLER_HZ, TONE_LEVEL)
        pjsua.tell("hold", call=1)
        pjsua.wait("sound", call=1, sound="held by us")
        baresip.hears_no(AGENT_HZ)
        pjsua.tell("resume", call=1)
        pjsua.hears(CALLER_HZ, TONE_LEVEL)
        baresip.hears(AGENT_HZ, LEVEL)
        pjsua.hang_up(1)
        baresip.wait("CALL_CLOSED", 2)


def test_pjsua_with_a_wrong_password(case):
    house = House(case)
    account = Account(house, "8831")
    account.given = {**account.given, "password": "wrong"}
    with account.phone() as phone:
        assert phone.wait("registration")["status"] in (401, 403), phone.events()


def test_pjsua_over_tls_with_srtp_and_wideband(case):
    """Nothing is readable on the wire: signalling over TLS, sound demanded as SRTP; G.722.
    pjmedia counts the full scale of G.722 as 14 bits where others count 15: its ear is 6 dB
    louder than the wire, its voice 6 dB softer."""
    secured = Secured(case)
    with Desk(secured.server.agent(), AGENT_HZ, LEVEL) as desk, \
            Pjsua(case, transport="tls", srtp="demanded", codec="g722", authority=secured.authority.certificate) as phone:
        desk.be_ready()
        phone.dial(f"sip:{NUMBER}@{secured.address};transport=tls")
        phone.wait_talking()
        desk.accept()
        phone.hears(AGENT_HZ, LEVEL + 6, within=2.0)
        since = time.time()
        time.sleep(1)
        rate, heard = desk.samples(since)
        tones.check_tone(heard, CALLER_HZ, LEVEL - 6, rate, within=2.0, what="the agent")
        desk.ask("hang_up", call=desk.now["call"]["call"])
        phone.wait_over()
        assert only_record(secured.admin)["hung_up_by"] == "seat"
    sent = (phone.folder / "pjsua.log").read_text(errors="replace")
    assert "m=audio" in sent and "RTP/SAVP 9" in sent, "the offer was not as meant"


def test_pjsua_transfers(case):
    """A telephone with a call sends the other side on: blind, and after a talk of its own."""
    house = House(case)
    with Account(house, "8841").phone(hertz=700) as boss, house.baresip("8842", CALLER_HZ) as customer, \
            Account(house, "8843").phone(hertz=AGENT_HZ) as expert:
        for one in (boss, expert):
            one.wait_registered()
        registered(customer)
        for way, number in (("blind", 0), ("attended", 1)):
            customer.dial("8841")
            boss.wait("incoming", count=number + 1)
            own = boss.events("incoming")[-1]["call"]
            boss.accept(own)
            customer.hears(700, LEVEL)
            if way == "blind":
                boss.tell("transfer", call=own, to=f"sip:8843@{boss.realm}")
                answer = boss.wait("transfer", call=own)
                if answer["status"] >= 300:
                    features.absent("phones transfer", f"REFER was answered {answer['status']}")
                expert.wait("incoming", count=number + 1)
                expert.accept(number)
            else:
                boss.tell("hold", call=own)
                boss.dial("8843")
                expert.wait("incoming", count=number + 1)
                expert.accept(number)
                boss.wait_talking(own + 1)
                expert.hears(700, LEVEL)
                boss.tell("join", call=own, other=own + 1)
            boss.wait("transfer", call=own, final=True, status=200)
            boss.wait_over(own)
            customer.hears(AGENT_HZ, LEVEL)
            expert.hears(CALLER_HZ, TONE_LEVEL)
            expert.hang_up(number)
            customer.wait("CALL_CLOSED", number + 1)
