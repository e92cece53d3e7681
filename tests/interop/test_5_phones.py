"""Telephones of the house: baresip registers with its extension and password,
is called, call each other and call out."""

import time

import features
from harness import tones
from harness.api import Refused
from harness.desk import Desk
from harness.waiting import Late, until
from others.baresip import TONE_LEVEL, Baresip
from others.sipp import Answerer, Line
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL
from test_1_sipp_calls import NUMBER, prepared
from test_6_calls_out import CALLED, lead_out


class House:
    """A server and the accounts of new telephones."""

    def __init__(self, case):
        features.need("phones")
        self.case = case
        self.server, self.admin = prepared(case)

    def account(self, extension, agent=None):
        return self.admin.post("/phones", {"extension": extension, "name": f"Desk {extension}", "agent": agent})

    def baresip(self, extension, hertz=CALLER_HZ, agent=None, password=None, transport="udp"):
        """A telephone that wants to be registered; not waited for."""
        account = self.account(extension, agent)
        text = (f"auth_user={account['user']};auth_pass={password or account['password']};regint=120;"
                f"outbound=\"sip:{self.server.sip_udp};transport={transport}\"")
        return Baresip(self.case, f"phone{extension}", hertz=hertz, account=text, user=account["user"], domain=account["realm"])


def registered(phone):
    """Until the telephone is registered; a build without that part of the feature is skipped."""
    try:
        phone.wait_registered()
    except Late:
        features.absent("phones", "the registrar refuses a right password")


def hears(phone, hertz, level):
    phone.hears(hertz, level)


def test_telephones_register_with_their_password_only(case):
    house = House(case)
    with house.baresip("8101") as phone:
        registered(phone)
    with house.baresip("8103", transport="tcp") as phone:
        registered(phone)
    # It tries again and again, with each challenge anew, until its address is banned: so it comes last.
    with house.baresip("8102", password="wrong") as phone:
        until("the refusal in the log", lambda: "why=BadCredentials" in house.server.log(), 5)
        assert not phone.seen("REGISTER_OK"), "registered with a wrong password"


def test_a_telephone_calls_another(case):
    """Extension to extension: it rings, both hear each other, keys and the end arrive."""
    house = House(case)
    with house.baresip("8201", CALLER_HZ) as one, house.baresip("8202", AGENT_HZ) as other:
        registered(one)
        registered(other)
        one.dial("8202")
        try:
            other.wait("CALL_INCOMING", seconds=6)
        except Late:
            features.absent("phones call", f"the call ended: {[event['param'] for event in one.seen('CALL_CLOSED')]}")
        other.accept()
        one.wait("CALL_ESTABLISHED")
        hears(one, AGENT_HZ, TONE_LEVEL)
        hears(other, CALLER_HZ, TONE_LEVEL)
        one.press("42")
        until("the keys", lambda: other.keys_heard() == "42", 5)
        other.hang_up()
        one.wait("CALL_CLOSED")
        one.dial("8209")
        assert any(code in one.wait("CALL_CLOSED", 2)["param"] for code in ("403", "404", "480")), one.seen("CALL_CLOSED")


def test_a_busy_telephone_says_so(case):
    house = House(case)
    with house.baresip("8201", CALLER_HZ) as one, house.baresip("8202", AGENT_HZ) as other:
        registered(one)
        registered(other)
        one.dial("8202")
        try:
            other.wait("CALL_INCOMING", seconds=6)
        except Late:
            features.absent("phones call", "the other telephone does not ring")
        other.hang_up()
        assert any(code in one.wait("CALL_CLOSED")["param"] for code in ("486", "603", "480")), one.seen("CALL_CLOSED")


def test_a_customer_is_answered_at_the_agents_telephone(case):
    """An agent without sound in the page: the offer rings at the telephone, picking up accepts it."""
    house = House(case)
    alice = next(person for person in house.admin.items("/staff") if person["user_id"] == house.server.demo["agents"][0]["user_id"])
    with house.baresip("8301", AGENT_HZ, agent=alice["id"]) as phone:
        registered(phone)
        with Desk(house.server.agent(), sound=False) as desk:
            answer = desk.ask("be_ready")
            if answer["kind"] != "done":
                features.absent("phones ring", f"a page without sound may not be ready: {answer}")
            with Line(case, house.server, "cued", number=NUMBER, tone=CALLER_HZ) as line:
                line.wait_answered()
                try:
                    phone.wait("CALL_INCOMING", seconds=6)
                except Late:
                    features.absent("phones ring", f"the desk is {desk.state}")
                phone.accept()
                desk.wait_state("talking")
                line.sound.wait_for_tone(AGENT_HZ)
                now = time.time()
                time.sleep(1)
                tones.check_tone(line.sound.samples(now, now + 1), AGENT_HZ, TONE_LEVEL, what="the caller")
                line.cue()
                line.finish()
                phone.wait("CALL_CLOSED")
            assert house.admin.record_of(line.call_id)["end_status"] == "ok"


def test_a_telephone_calls_outside(case):
    house = House(case)
    features.need("calls out")
    alice = next(person for person in house.admin.items("/staff") if person["user_id"] == house.server.demo["agents"][0]["user_id"])
    with Answerer(case, "uas_answers", tone=AGENT_HZ) as far, house.baresip("8401", CALLER_HZ, agent=alice["id"]) as phone:
        lead_out(house.admin, far.address)
        registered(phone)
        phone.dial(CALLED)
        try:
            far.invited(6)
        except Late:
            features.absent("phones call", f"the call ended: {[event['param'] for event in phone.seen('CALL_CLOSED')]}")
        phone.wait("CALL_ESTABLISHED")
        hears(phone, AGENT_HZ, LEVEL)
        far.sound.wait_for_tone(CALLER_HZ)
        phone.hang_up()
        far.finish(10)


def test_an_extension_belongs_to_one(case):
    """What a person types twice is refused, so that two telephones never answer to one name."""
    house = House(case)
    house.account("8601")
    try:
        house.account("8601")
    except Refused as refused:
        assert refused.status in (400, 409), refused
    else:
        raise AssertionError("two telephones have one extension")
