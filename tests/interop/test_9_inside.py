"""Calls inside the house: several telephones of one account, the desk that rings, and
skill groups with a number of their own."""

from harness.case import group_named
from harness.desk import Desk
from harness.waiting import until
from others.baresip import TONE_LEVEL, Baresip
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL
from test_5_phones import House, hears, registered
from test_6_calls_out import only_record

THIRD_HZ = 700


def twin(house, account, name, hertz):
    """One more telephone with an account that has one already."""
    text = f"auth_user={account['user']};auth_pass={account['password']};regint=120;outbound=\"sip:{house.server.sip_udp};transport=udp\""
    return Baresip(house.case, name, hertz=hertz, account=text, user=account["user"], domain=account["realm"])


def agent_of(house, at=0):
    account = house.server.demo["agents"][at]["user_id"]
    return next(person for person in house.admin.items("/staff") if person["user_id"] == account)


def test_telephones_of_one_account_ring_together(case):
    """The first that answers has the call; the other hears that it was answered elsewhere."""
    house = House(case)
    account = house.account("8701")
    with twin(house, account, "desk", AGENT_HZ) as desk, twin(house, account, "kitchen", THIRD_HZ) as kitchen, \
            house.baresip("8702", CALLER_HZ) as caller:
        for phone in (desk, kitchen, caller):
            registered(phone)
        caller.dial("8701")
        desk.wait("CALL_INCOMING", seconds=6)
        kitchen.wait("CALL_INCOMING", seconds=6)
        kitchen.accept()
        caller.wait("CALL_ESTABLISHED")
        desk.wait("CALL_CLOSED")
        cancel = until("the CANCEL", lambda: [text for _, text in desk.trace() if text.startswith("CANCEL ")], 5)[0]
        assert 'SIP;cause=200;text="Call completed elsewhere"' in cancel.replace("; ", ";"), cancel
        hears(caller, THIRD_HZ, TONE_LEVEL)
        hears(kitchen, CALLER_HZ, TONE_LEVEL)
        caller.hang_up()
        kitchen.wait("CALL_CLOSED")


def test_one_telephone_that_declines_leaves_the_other_ringing(case):
    house = House(case)
    account = house.account("8701")
    with twin(house, account, "desk", AGENT_HZ) as desk, twin(house, account, "kitchen", THIRD_HZ) as kitchen, \
            house.baresip("8702", CALLER_HZ) as caller:
        for phone in (desk, kitchen, caller):
            registered(phone)
        caller.dial("8701")
        desk.wait("CALL_INCOMING", seconds=6)
        kitchen.wait("CALL_INCOMING", seconds=6)
        desk.hang_up()
        desk.wait("CALL_CLOSED")
        kitchen.accept()
        caller.wait("CALL_ESTABLISHED")
        hears(caller, THIRD_HZ, TONE_LEVEL)
        caller.hang_up()
        kitchen.wait("CALL_CLOSED")
        # Both decline: the caller hears so, once nobody is left.
        caller.dial("8701")
        desk.wait("CALL_INCOMING", 2)
        kitchen.wait("CALL_INCOMING", 2)
        desk.hang_up()
        kitchen.hang_up()
        closed = caller.wait("CALL_CLOSED", 2)["param"]
        assert any(code in closed for code in ("486", "603")), closed


def test_a_telephone_calls_an_agent_at_the_desk(case):
    """The agent's own telephone is not there: the page rings, and is answered."""
    house = House(case)
    alice = agent_of(house)
    house.account("8703", alice["id"])
    with house.baresip("8702", CALLER_HZ) as caller, Desk(house.server.agent(), AGENT_HZ, LEVEL) as desk:
        registered(caller)
        desk.be_ready()
        caller.dial("8703")
        desk.wait_state("offered")
        caller.wait("CALL_RINGING")
        desk.accept()
        caller.wait("CALL_ESTABLISHED")
        hears(caller, AGENT_HZ, LEVEL)
        caller.hang_up()
        desk.wait_state("ready", "wrap_up")
        record = only_record(house.admin)
        assert record["direction"] == "internal" and record["end_status"] == "ok", record
        assert [part["agent"] for part in record["participants"]] == [alice["id"]], record["participants"]
        assert record["participants"][0]["recording"], record["participants"]


def test_a_telephone_calls_a_skill_group(case):
    """It waits like any caller, and hears something meanwhile."""
    house = House(case)
    sales = group_named(house.admin, "Sales")
    kept = {name: value for name, value in sales.items() if name not in ("id", "modified_at", "members")}
    house.admin.put(f"/skill-groups/{sales['id']}", {**kept, "alias": "700"})
    with house.baresip("8702", CALLER_HZ) as caller, Desk(house.server.agent(), AGENT_HZ, LEVEL) as desk:
        registered(caller)
        desk.ask("be_away", rest=None)
        caller.dial("700")
        caller.wait("CALL_ESTABLISHED")
        waits = lambda: max((abs(sample) for sample in caller.heard()[1][-8_000:]), default=0) > 0.01
        until("music or a tone in the queue", waits, 10, every=0.2)
        desk.be_ready()
        desk.accept()
        hears(caller, AGENT_HZ, LEVEL)
        caller.hang_up()
        desk.wait_state("ready", "wrap_up")
        record = only_record(house.admin)
        assert (record["direction"], record["end_status"], record["callee"]) == ("internal", "ok", "700"), record
        assert record["skill_group"]["name"] == sales["name"], record
