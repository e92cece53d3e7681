"""A second Callyard as the carrier, with everything encrypted between the two: TLS by
certificates that both check, sound as SRTP only."""

import time

from harness import tones
from harness.case import group_named, straight_to
from harness.desk import Desk
from harness.waiting import until
from others.baresip import TONE_LEVEL, Baresip
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_recording
from test_1_sipp_calls import menu_only
from test_3_baresip import only_record
from test_5_phones import registered
from test_6_calls_out import CALLED, call_out, lead_out
from test_7_protected import Secured

AT_THE_MENU = "13800138222"
BOTH_PROVE = 'tls_client_ca = "{authority}"\ntls_trusted_ca = "{authority}"\n'


class Pair:
    """`here` calls out over a trunk that leads to `there`; either refuses sound in the clear."""

    def __init__(self, case):
        self.there = Secured(case, more=BOTH_PROVE, name="there")
        self.here = Secured(case, more=BOTH_PROVE, name="here", authority=self.there.authority)
        for one in (self.here, self.there):
            demand_srtp(one.admin)
        straight_to(self.there.admin, group_named(self.there.admin, "Sales"), f"0086{CALLED}")
        menu_only(self.there.admin, f"0086{AT_THE_MENU}")
        lead_out(self.here.admin, self.there.address, transport="tls")


def demand_srtp(admin):
    trunk = admin.items("/trunks")[0]
    kept = {name: value for name, value in trunk.items() if name not in ("id", "modified_at", "outward")}
    admin.put(f"/trunks/{trunk['id']}", {**kept, "protection": "demanded"})


def hears(desk, hertz, level=LEVEL):
    """The agent hears this tone at its level and nothing else, from now on."""
    until(f"{hertz} Hz", lambda: is_heard(desk, hertz), 10, every=0.2)
    since = time.time()
    time.sleep(1)
    rate, heard = desk.samples(since)
    tones.check_tone(heard, hertz, level, rate, what=f"the agent who should hear {hertz} Hz")


def is_heard(desk, hertz, seconds=0.5):
    rate, heard = desk.samples(time.time() - seconds)
    return len(heard) > rate * seconds * 0.7 and tones.is_tone(heard, hertz, rate)


def test_two_servers_talk_protected(case):
    """An agent here calls an agent there, who hangs up; then a number with a menu there, which
    understands the keys that are pressed here."""
    pair = Pair(case)
    with Desk(pair.here.server.agent(), CALLER_HZ, LEVEL) as caller, Desk(pair.there.server.agent(), AGENT_HZ, LEVEL) as called:
        called.be_ready()
        call_out(caller)
        called.accept()
        caller.wait_state("talking")
        hears(caller, AGENT_HZ)
        hears(called, CALLER_HZ)
        called.ask("hang_up", call=called.now["call"]["call"])
        caller.wait_state("ready", "wrap_up")
        out, into = only_record(pair.here.admin), only_record(pair.there.admin)
        assert (out["hung_up_by"], into["hung_up_by"]) == ("user", "seat"), (out, into)
        check_recording(pair.here.admin, out, 1.0, left=AGENT_HZ, right=CALLER_HZ)
        check_recording(pair.there.admin, into, 1.0)
        caller.be_ready()
        call_out(caller, to=AT_THE_MENU)
        caller.wait_state("talking")
        since = time.time()
        until("the menu", lambda: tones.loudness(caller.samples(since)[1]) > -45, 10)
        assert caller.ask("send_digits", digits="2")["kind"] == "done"
        caller.wait_state("ready", "wrap_up")
        record = until("the record there", lambda: next((one for one in pair.there.admin.records()
                                                         if one["ended_ms"] and one["callee"].endswith(AT_THE_MENU)), None), 10)
        assert [key["key"] for key in pair.there.admin.get(f"/records/{record['call']}")["keys"]] == ["2"], record
    for one in (pair.here, pair.there):
        assert "inline:" not in one.server.log(), "a key of the sound stands in the log"


def test_a_telephone_here_holds_an_agent_there(case):
    """The telephone of an agent here calls out to an agent there: it holds and comes back, keys
    from there arrive, it hangs up."""
    pair = Pair(case)
    here = pair.here
    agent = next(person for person in here.admin.items("/staff") if person["user_id"] == here.server.demo["agents"][0]["user_id"])
    account = here.admin.post("/phones", {"extension": "8901", "name": "Desk 8901", "agent": agent["id"]})
    text = f"auth_user={account['user']};auth_pass={account['password']};regint=120;outbound=\"sip:{here.server.sip_udp}\""
    with Baresip(case, hertz=CALLER_HZ, account=text, user=account["user"], domain=account["realm"]) as phone, \
            Desk(pair.there.server.agent(), AGENT_HZ, LEVEL) as called:
        registered(phone)
        called.be_ready()
        phone.dial(CALLED)
        called.accept()
        phone.wait("CALL_ESTABLISHED")
        phone.hears(AGENT_HZ, LEVEL)
        hears(called, CALLER_HZ, TONE_LEVEL)
        phone.tell("hold")
        until("the telephone's tone to stop there", lambda: not is_heard(called, CALLER_HZ), 5, every=0.2)
        phone.tell("resume")
        hears(called, CALLER_HZ, TONE_LEVEL)
        assert called.ask("send_digits", digits="19")["kind"] == "done"
        until("the keys from there", lambda: phone.keys_heard() == "19", 5)
        phone.hang_up()
        called.wait_state("ready", "wrap_up")
        assert only_record(pair.there.admin)["hung_up_by"] == "user"
