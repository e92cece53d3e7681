"""sipp as a telephone of the house: it registers with its password, calls, is called. And
as somebody who guesses passwords, or who sends what no telephone sends."""

import random
import socket
import time

from harness.desk import Desk
from harness.waiting import until
from others.program import free_port_for_both
from others.sipp import Answerer, Line, Scenario
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_both_ways
from test_1_sipp_calls import NUMBER
from test_5_phones import House, registered


def register(house, account, contact, *, password=None, status=200, expires=300, **options):
    """One registration by sipp, until it has its answer."""
    with Scenario(house.case.folder, house.server, "registers", user=account["user"], realm=account["realm"],
                  password=password or account["password"], contact=contact, status=status, expires=expires,
                  proves=account["realm"], **options) as one:
        one.finish(10)
        return one


def test_sipp_registers_and_is_called(case):
    """An agent calls its extension: tones both ways, a key. Signed off, it is not in service."""
    house = House(case)
    account, port = house.account("8111"), free_port_for_both()
    with Desk(house.server.agent(), AGENT_HZ, LEVEL) as desk:
        # One port for both: calls come to where the registration came from.
        register(house, account, f"127.0.0.1:{port}", port=port)
        with Answerer(case, "uas_answers", tone=CALLER_HZ, port=port) as far:
            desk.be_ready()
            assert desk.ask("call", to="8111")["kind"] == "done"
            far.invited()
            desk.wait_state("talking")
            check_both_ways(far, desk)
            assert desk.ask("send_digits", digits="4")["kind"] == "done"
            until("the key", lambda: far.sound.digits() == "4", 5)
            desk.ask("hang_up", call=desk.now["call"]["call"])
            far.finish(10)
            desk.wait_state("ready", "wrap_up")
        register(house, account, f"127.0.0.1:{port}", port=port, expires=0)
        with Answerer(case, "uas_answers", port=port) as far:
            desk.be_ready()
            answer = desk.ask("call", to="8111")
            assert answer["kind"] == "refused" and answer["error"]["code"] == "phone.offline", answer
            assert not far.messages(), "a telephone that signed off was called"


def test_sipp_calls_as_a_telephone(case):
    """Its INVITE is challenged and proven; tones and keys both ways."""
    house = House(case)
    account, port = house.account("8121"), free_port_for_both()
    with house.baresip("8122", AGENT_HZ) as other:
        registered(other)
        register(house, account, f"127.0.0.1:{port}", port=port)
        with Line(case, house.server, "calls_with_a_password", number="8122", caller=account["user"], tone=CALLER_HZ, port=port,
                  realm=account["realm"], password=account["password"], proves=f"8122@{account['realm']}") as line:
            other.wait("CALL_INCOMING")
            other.accept()
            line.wait_answered()
            other.hears(CALLER_HZ, LEVEL)
            line.sound.wait_for_tone(AGENT_HZ)
            line.sound.press("63")
            until("its keys", lambda: other.keys_heard() == "63", 5)
            other.press("7")
            until("the other's key", lambda: line.sound.digits() == "7", 5)
            line.cue()
            line.finish()
            other.wait("CALL_CLOSED")


def test_who_guesses_is_shut_out_and_the_owner_is_not(case):
    """Somebody at another address guesses the password of a telephone that exists until he is
    no longer answered. Its owner stays registered, is called, and registers anew."""
    house = House(case)
    account, port = house.account("8131"), free_port_for_both()
    register(house, account, f"127.0.0.1:{port}", port=port)
    with house.baresip("8132", AGENT_HZ) as caller, Answerer(case, "uas_answers", tone=CALLER_HZ, port=port) as owner:
        registered(caller)
        guesser = "127.77.7.7"
        with Scenario(case.folder, house.server, "registers", user=account["user"], realm=account["realm"], password="guess",
                      contact=f"{guesser}:5060", status=200, expires=300, host=guesser, calls=60, rate=30,
                      proves=account["realm"]) as guesses:
            until("the ban", lambda: _refused(guesses) >= 10, 15)
            time.sleep(1.5)
            before = len(guesses.messages())
            answered = sum(not m.sent for m in guesses.messages())
            until("more tries", lambda: len(guesses.messages()) > before + 5, 5)
            assert sum(not m.sent for m in guesses.messages()) == answered, "somebody who guessed is still answered"
        assert not [m for m in guesses.messages() if m.start.startswith("SIP/2.0 200")]
        caller.dial("8131")
        owner.invited()
        caller.wait("CALL_ESTABLISHED")
        caller.hears(CALLER_HZ, LEVEL)
        caller.hang_up()
        owner.finish(10)
    register(house, account, f"127.0.0.1:{port}", port=port)


def _refused(run):
    """How many proofs were refused: an answer to CSeq 2."""
    return sum(not m.sent and m.header("CSeq") == "2 REGISTER" for m in run.messages())


def test_bent_messages_while_a_call_goes_on(case):
    """Ten thousand messages of a real call, each bent somewhere, from the carrier's own
    address: the call that goes on keeps its sound, and the server answers the next one."""
    house = House(case)
    server, luck = house.server, random.Random(4711)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
        desk.be_ready()
        with Line(case, server, "cued", number=NUMBER, tone=CALLER_HZ) as line:
            line.wait_answered()
            desk.accept()
            check_both_ways(line, desk)
            own = [m.text.replace("\r\n", "\n").replace("\n", "\r\n").encode() for m in line.signal.messages() if m.sent]
            # Of other calls, so that no bent BYE ends this one by right, and no other call's
            # music reaches this one's ear.
            port = f"m=audio {line.sound.port}".encode()
            own = [text.replace(line.call_id.encode(), b"another-call").replace(port, b"m=audio 9") for text in own]
            host, port = server.sip_udp.split(":")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind(("127.0.0.1", 0))
                for number in range(10_000):
                    stranger.sendto(bent(luck, luck.choice(own)), (host, int(port)))
                    if number % 50 == 49:
                        time.sleep(0.01)
            check_both_ways(line, desk)
            assert desk.state == "talking"
            line.cue()
            line.finish()
        assert house.admin.record_of(line.call_id)["end_status"] == "ok"
        desk.wait_state("ready", "wrap_up")
    assert server.healthy()
    until("the floor to be empty", lambda: not house.admin.get("/floor")["calls"], 90, every=0.5)


def bent(luck, text):
    """One message with one to four faults."""
    text = bytearray(text)
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(text))
        match luck.randrange(6):
            case 0:
                text[at] = luck.randrange(256)
            case 1:
                del text[at:at + luck.randint(1, 40)]
            case 2:
                text[at:at] = luck.randbytes(luck.randint(1, 20))
            case 3:
                piece = text[at:at + luck.randint(1, 60)]
                text[at:at] = piece * luck.randint(1, 20)
            case 4:
                text[at:at] = luck.choice((b"\r\n", b"\0", b"%00", b";;", b"<", b">", b'"', b":", b"999999999999", b"\xff\xfe"))
            case _:
                del text[at:]
        if not text:
            return b"\r\n"
    return bytes(text[:60_000])
