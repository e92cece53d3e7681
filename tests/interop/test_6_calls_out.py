"""Calls that an agent makes: to sipp as the carrier's far end, through kamailio that asks
for a password, to a telephone, and to a second server."""

import re
import time

import features
from harness import tones
from harness.case import group_named, straight_to
from harness.desk import Desk
from harness.waiting import Late, until
from others.baresip import TONE_LEVEL, Baresip
from others.kamailio import Kamailio
from others.names import Names
from others.program import free_port_for_both
from others.sipp import Answerer
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_both_ways, check_recording
from test_1_sipp_calls import prepared

CALLED = "13800138000"


def prepared_for(case, gateway, **outward):
    """A server whose carrier takes calls at `gateway`; Sales may show its number."""
    features.need("calls out")
    server = case.server()
    admin = server.admin()
    admin.desk_rules(wrap_up_s=0)
    lead_out(admin, gateway, **outward)
    return server, admin


def lead_out(admin, gateway, **outward):
    host, port = gateway.rsplit(":", 1)
    number = admin.items("/numbers")[0]
    trunk = next(trunk for trunk in admin.items("/trunks") if trunk["id"] == number["trunk"])
    kept = {name: value for name, value in trunk.items() if name not in ("id", "modified_at")}
    admin.put(f"/trunks/{trunk['id']}", {**kept, "outward": {"host": host, "port": int(port), "transport": "udp", **outward}})
    kept = {name: value for name, value in number.items() if name != "modified_at"}
    admin.put(f"/numbers/{number['number']}", {**kept, "call_out_groups": [group_named(admin, "Sales")["id"]]})


def call_out(desk, to=CALLED):
    """The agent asks for a call, and dials."""
    desk.be_ready()
    answer = desk.ask("call", to=to)
    assert answer["kind"] == "done", answer


def only_record(admin):
    view = until("the record", lambda: [record for record in admin.records() if record["ended_ms"]], 15)[-1]
    return admin.get(f"/records/{view['call']}")


def test_an_agent_calls_and_is_answered(case):
    features.need("calls out")
    with Answerer(case, "uas_answers", tone=CALLER_HZ) as far:
        server, admin = prepared_for(case, far.address)
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            invite = far.invited()
            assert CALLED[-8:] in invite.start, invite.start
            assert server.demo["number"].lstrip("0")[-8:] in invite.header("From"), invite.text
            assert int(invite.header("Max-Forwards")) >= 60 and invite.header("Allow"), invite.text
            desk.wait_state("talking")
            check_both_ways(far, desk)
            assert desk.ask("send_digits", digits="12")["kind"] == "done"
            until("the keys", lambda: far.sound.digits() == "12", 5)
            assert desk.ask("hang_up", call=desk.now["call"]["call"])["kind"] == "done"
            far.finish(10)
            record = only_record(admin)
            assert (record["end_status"], record["hung_up_by"]) == ("ok", "seat"), record
            check_recording(admin, record, 1.0)


def test_the_called_side_hangs_up(case):
    features.need("calls out")
    with Answerer(case, "uas_answers", tone=CALLER_HZ) as far:
        server, admin = prepared_for(case, far.address)
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            far.invited()
            desk.wait_state("talking")
            check_both_ways(far, desk)
            far.cue()
            far.finish(10)
            desk.wait_state("ready", "wrap_up")
            record = only_record(admin)
            assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record


def test_the_network_sounds_before_the_answer(case):
    """183 with sound: the agent hears it while the call is still dialled."""
    features.need("calls out")
    with Answerer(case, "uas_early", tone=600, ring_ms=4_000) as far:
        server, admin = prepared_for(case, far.address)
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            far.invited()
            until("early sound in the agent's ear", lambda: desk.state == "dialling" and _is_tone(desk, 600), 4, every=0.1)
            desk.wait_state("talking")
            far.sound.play(CALLER_HZ)
            check_both_ways(far, desk)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            far.finish(10)
        assert only_record(admin)["end_status"] == "ok"


def _is_tone(desk, hertz, seconds=0.5):
    rate, heard = desk.samples(time.time() - seconds)
    return len(heard) > rate * seconds * 0.7 and tones.is_tone(heard, hertz, rate)


def test_refusals_have_their_own_ends(case):
    """Busy, unknown, declined and broken carriers: the desk is free again, the record says why."""
    features.need("calls out")
    ends = {}
    for status, cause in ((486, 17), (404, 1), (603, 21), (503, 38)):
        with Answerer(case, "uas_refuses", status=status, cause=cause) as far:
            server, admin = prepared_for(case, far.address)
            with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
                call_out(desk)
                far.finish(15)
                desk.wait_state("ready", seconds=15)
            record = only_record(admin)
            assert not record["recordings"], record
            ends[status] = record["end_status"]
            server.stop()
    assert "ok" not in ends.values() and len(set(ends.values())) >= 3, ends
    assert "busy" in ends[486].lower(), ends


def test_nobody_answers_and_the_agent_gives_up(case):
    """The CANCEL reaches the carrier, the agent hears ringing until then."""
    features.need("calls out")
    with Answerer(case, "uas_rings") as far:
        server, admin = prepared_for(case, far.address)
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            far.wait_for("INVITE", sent=False)
            until("the ring-back tone", lambda: _is_tone(desk, 450), 8, every=0.1)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            far.finish(10)
            desk.wait_state("ready")
        assert only_record(admin)["end_status"] != "ok"


def test_two_telephones_answer_one_call(case):
    features.need("calls out")
    with Answerer(case, "uas_forks", tone=CALLER_HZ) as far:
        server, admin = prepared_for(case, far.address)
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            far.invited()
            desk.wait_state("talking")
            bye = far.wait_for("BYE", sent=False)
            assert bye.start.startswith("BYE sip:b@"), f"the wrong one was hung up: {bye.start}"
            assert desk.state == "talking", "the call that stands was ended with the other"
            check_both_ways(far, desk)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            far.finish(10)
        record = only_record(admin)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "seat"), record


def test_a_network_that_wants_its_progress_acknowledged(case):
    features.need("calls out")
    with Answerer(case, "uas_reliable", tone=600, ring_ms=2_000) as far:
        server, admin = prepared_for(case, far.address)
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            invite = far.invited()
            if "100rel" not in (invite.header("Supported") or ""):
                features.absent("100rel", "the INVITE does not say that it knows it")
            prack = far.wait_for("PRACK", sent=False)
            assert prack.header("RAck").split()[0] == "77", prack.text
            desk.wait_state("talking")
            far.sound.play(CALLER_HZ)
            check_both_ways(far, desk)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            far.finish(10)
        assert only_record(admin)["end_status"] == "ok"


CHALLENGE = """
    if (is_method("INVITE")) {{
        if (!pv_proxy_authenticate("carrier.example", "pw-of-the-trunk", "0")) {{
            xlog("L_NOTICE", "CHALLENGE $au $rm\\n");
            proxy_challenge("carrier.example", "0");
            exit;
        }}
        xlog("L_NOTICE", "PROVEN $au\\n");
        consume_credentials();
    }}
    $du = "sip:{far}";
    t_relay();
    exit;
"""


def test_a_carrier_asks_for_the_password(case):
    """kamailio challenges the INVITE; the right password gets through, the wrong one does not,
    and neither is seen in our log."""
    features.need("calls out")
    with Answerer(case, "uas_answers", tone=CALLER_HZ) as far, \
            Kamailio(case, modules=["auth"], route=CHALLENGE.format(far=far.address), more="") as proxy:
        server, admin = prepared_for(case, proxy.address, user="trunk7", password="pw-of-the-trunk")
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            far.invited(15)
            desk.wait_state("talking")
            check_both_ways(far, desk)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            far.finish(10)
            assert "PROVEN trunk7" in proxy.log()
            assert only_record(admin)["end_status"] == "ok"
            desk.wait_state("ready", "wrap_up")
            lead_out(admin, proxy.address, user="trunk7", password="wrong")
            desk.be_ready()
            before = len(desk.snapshots)
            desk.ask("call", to=CALLED)
            until("the call to be tried", lambda: "dialling" in [one["presence"]["state"] for one in desk.snapshots[before:]], 10)
            desk.wait_state("ready", seconds=15)
            tries = proxy.log().count("CHALLENGE")
            assert 2 <= tries <= 5, f"{tries} tries with a wrong password"
        assert "pw-of-the-trunk" not in server.log()


def test_an_agent_calls_a_telephone(case):
    """baresip is called, rings, answers, holds, and hangs up."""
    features.need("calls out")
    # baresip answers to its own name only.
    with Baresip(case, hertz=CALLER_HZ, user=CALLED) as phone:
        server, admin = prepared_for(case, f"127.0.0.1:{phone.port}")
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
            call_out(desk)
            phone.wait("CALL_INCOMING")
            phone.accept()
            desk.wait_state("talking")
            phone.hears(AGENT_HZ, LEVEL)
            until("the telephone's tone", lambda: _is_tone(desk, CALLER_HZ), 5, every=0.2)
            rate, heard = desk.samples(time.time() - 0.5)
            tones.check_tone(heard, CALLER_HZ, TONE_LEVEL, rate, what="the agent")
            phone.hang_up()
            desk.wait_state("ready", "wrap_up")
        record = only_record(admin)
        assert (record["end_status"], record["hung_up_by"]) == ("ok", "user"), record


def test_two_servers_are_each_others_carrier(case):
    """An agent here calls a number there; both records tell the same call."""
    features.need("calls out")
    there, admin_there = prepared(case)
    straight_to(admin_there, group_named(admin_there, "Sales"), f"0086{CALLED}")
    here, admin_here = prepared_for(case, there.sip_udp)
    with Desk(here.agent(), CALLER_HZ, LEVEL) as caller, Desk(there.agent(), AGENT_HZ, LEVEL) as called:
        called.be_ready()
        call_out(caller)
        called.accept()
        caller.wait_state("talking")
        for desk, hertz in ((caller, AGENT_HZ), (called, CALLER_HZ)):
            until(f"{hertz} Hz", lambda desk=desk, hertz=hertz: _is_tone(desk, hertz), 10, every=0.2)
        time.sleep(1.5)
        caller.ask("hang_up", call=caller.now["call"]["call"])
        called.wait_state("ready", "wrap_up")
    out, into = only_record(admin_here), only_record(admin_there)
    assert (out["end_status"], into["end_status"]) == ("ok", "ok")
    assert abs(out["ended_ms"] - into["ended_ms"]) < 1_000
    check_recording(admin_here, out, 1.0, left=AGENT_HZ, right=CALLER_HZ)
    check_recording(admin_there, into, 1.0, left=CALLER_HZ, right=AGENT_HZ)


REGISTRAR = """
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("carrier.example", "pw-of-the-trunk", "0")) {{
            xlog("L_NOTICE", "CHALLENGE $au $rm\\n");
            www_challenge("carrier.example", "0");
            exit;
        }}
        xlog("L_NOTICE", "REGISTERED $au $ct expires $hdr(Expires)\\n");
        consume_credentials();
        save("location");
        exit;
    }}
    $ru = "sip:trunk7@carrier.example";
    if (!lookup("location")) {{
        sl_send_reply("480", "Not registered");
        exit;
    }}
    {number}
    t_relay();
    exit;
"""


def registrar(case, number=None, name="kamailio"):
    """kamailio as a carrier at which one registers as trunk7; calls go to whoever did."""
    return Kamailio(case, name=name, modules=["auth", "usrloc", "registrar"], route=REGISTRAR.format(number=f'$rU = "{number}";' if number else ""), more="",
                    settings='modparam("registrar", "min_expires", 60)\nmodparam("usrloc", "db_mode", 0)')


def test_we_register_at_a_carrier(case):
    """kamailio as the carrier's registrar: we prove ourselves, and its calls find us; when the
    trunk is switched off the registration is taken back."""
    features.need("calls out")
    with registrar(case, "0086075512345678") as carrier:
        server, admin = prepared_for(case, carrier.address, user="trunk7", password="pw-of-the-trunk", registers=True)
        try:
            until("the registration", lambda: "REGISTERED trunk7" in carrier.log(), 10)
        except Late:
            features.absent("trunks register", "no REGISTER came")
        with Baresip(case) as phone:
            phone.dial(f"sip:{server.demo['number']}@{carrier.address}")
            phone.wait("CALL_ESTABLISHED")
            phone.hang_up()
        trunk = admin.items("/trunks")[0]
        kept = {name: value for name, value in trunk.items() if name not in ("id", "modified_at")}
        admin.put(f"/trunks/{trunk['id']}", {**kept, "enabled": False})
        taken_back = re.compile("expires[= ]0\\b")
        until("the registration to be taken back", lambda: taken_back.search(carrier.log().split("REGISTERED")[-1]), 10)


OVERLOADED = """
    xlog("L_NOTICE", "TURNED AWAY $rm\\n");
    sl_send_reply("503", "Too busy");
    exit;
"""


def test_a_carrier_with_two_registrars(case):
    """The name service gives two, in an order. The first takes no connection (TCP), or says 503
    (UDP): we register at the second at once, and its calls find us."""
    with Kamailio(case, name="overloaded", route=OVERLOADED, more="") as busy:
        for transport, first in (("tcp", free_port_for_both()), ("udp", busy.port)):
            with registrar(case, "0086075512345678", f"second-{transport}") as second, \
                    Names("carrier.example", [(10, first), (20, second.port)]) as names:
                server = case.server(sip=f'name_servers = "{names.address}"\n')
                admin = server.admin()
                lead_out(admin, "carrier.example:0", port=None, user="trunk7", password="pw-of-the-trunk", registers=True,
                         transport=transport)
                until("the registration at the second", lambda: "REGISTERED trunk7" in second.log(), 10)
                with Baresip(case, transport) as phone:
                    phone.dial(f"sip:{server.demo['number']}@{second.address}")
                    phone.wait("CALL_ESTABLISHED")
                    phone.hang_up()
                server.stop()
        assert "TURNED AWAY REGISTER" in busy.log()
