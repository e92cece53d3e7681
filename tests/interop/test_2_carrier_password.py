"""sipp as a carrier that proves a password before its call is let in."""

from harness.desk import Desk
from harness.waiting import until
from others.sipp import Line
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_both_ways
from test_1_sipp_calls import NUMBER, prepared

USER, PASSWORD = "carrier-7", "Their-secret-77"


def calls(case, server, password, **more):
    return Line(case, server, "calls_with_a_password", number=NUMBER, caller=USER, realm="carrier.example", password=password,
                proves=f"{NUMBER}@carrier.example", **more)


def test_a_carrier_that_proves_its_password_is_let_in(case):
    server, admin = prepared(case)
    trunk = admin.items("/trunks")[0]
    admin.put(f"/trunks/{trunk['id']}", {**trunk, "account": {"user": USER, "password": PASSWORD}})
    shown = admin.items("/trunks")[0]
    assert shown["account"] == {"user": USER}, shown
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
        desk.be_ready()
        with calls(case, server, "A-wrong-guess") as line:
            asked = lambda: [m for m in line.signal.messages() if m.start.startswith("SIP/2.0 407")]  # noqa: E731
            until("the guess to be refused", lambda: len(asked()) >= 2, 10)
            assert not any(message.start.startswith("SIP/2.0 200") for message in line.signal.messages())
        with calls(case, server, PASSWORD, tone=CALLER_HZ) as line:
            line.wait_answered()
            desk.accept()
            check_both_ways(line, desk)
            line.cue()
            line.finish()
    assert PASSWORD not in server.log(), "a password is in the log"
