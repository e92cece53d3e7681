"""What a stranger on the wire must not read: signalling over TLS, sound as SRTP; and the
wideband codec. baresip and kamailio are the other side."""

import ssl
import socket
import time

import features
from harness import tones
from harness.case import group_named, straight_to
from harness.desk import Desk
from harness.server import Server
from harness.waiting import Late, until
from others.baresip import TONE_LEVEL, Baresip
from others.certificates import Authority
from others.kamailio import Kamailio
from others.program import free_port_for_both
from others.sipp import Line
from others.sound import AGENT_HZ, CALLER_HZ, LEVEL, check_both_ways
from test_1_sipp_calls import NUMBER, prepared
from test_2_kamailio import Behind
from test_3_baresip import both_hear, only_record


class Secured:
    """A server that also speaks TLS, and the authority that signed for it."""

    def __init__(self, case, more="", name="server", authority=None):
        features.need("tls")
        self.authority = authority or Authority(case.folder / "certificates")
        certificate, key = self.authority.sign(f"callyard-{name}")
        self.port = free_port_for_both()
        self.server = Server(case.folder / name)
        lines = f'tls = "127.0.0.1:{self.port}"\ntls_certificate = "{certificate}"\ntls_key = "{key}"\n'
        lines += more.format(authority=self.authority.certificate)
        config = self.server.config
        config.write_text(config.read_text().replace("[sip]\n", "[sip]\n" + lines))
        case.servers.append(self.server)
        self.server.start()
        self.address = f"127.0.0.1:{self.port}"
        self.admin = self.server.admin()
        self.admin.desk_rules(wrap_up_s=0)
        straight_to(self.admin, group_named(self.admin, "Sales"), NUMBER)

    def baresip(self, case, name="phone", **options):
        return Baresip(case, name, config=f"sip_cafile {self.authority.certificate}\nsip_verify_server yes\n", **options)


def test_a_telephone_calls_in_over_tls(case):
    secured = Secured(case)
    with Desk(secured.server.agent(), AGENT_HZ, LEVEL) as desk, secured.baresip(case) as phone:
        desk.be_ready()
        phone.dial(f"sip:{NUMBER}@{secured.address};transport=tls")
        phone.wait("CALL_ESTABLISHED")
        desk.accept()
        both_hear(desk, phone)
        desk.ask("hang_up", call=desk.now["call"]["call"])
        phone.wait("CALL_CLOSED")
        assert only_record(secured.admin)["hung_up_by"] == "seat"


TLS_OF_KAMAILIO = """[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = {key}
certificate = {certificate}
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = {key}
certificate = {certificate}
ca_list = {authority}
"""


def kamailio_with_tls(case, authority, target):
    """A carrier's proxy that speaks plainly to the caller and TLS to us, with its own certificate."""
    certificate, key = authority.sign("carrier")
    written = case.folder / "kamailio-tls.cfg"
    written.write_text(TLS_OF_KAMAILIO.format(key=key, certificate=certificate, authority=authority.certificate))
    return Kamailio(case, targets=[target], transport="tls", modules=["tls"], settings=f'modparam("tls", "config", "{written}")',
                    listen=f"enable_tls=yes\nlisten=tls:127.0.0.1:{free_port_for_both()}")


def test_a_carrier_that_both_sides_prove(case):
    """Mutual TLS: kamailio shows a certificate of the authority and gets in; whoever shows none
    does not."""
    secured = Secured(case, more='tls_client_ca = "{authority}"\n')
    with kamailio_with_tls(case, secured.authority, secured.address) as proxy, \
            Desk(secured.server.agent(), AGENT_HZ, LEVEL) as desk, \
            Line(case, Behind(proxy, secured.server), "cued", number=NUMBER, tone=CALLER_HZ) as line:
        desk.be_ready()
        line.wait_answered()
        desk.accept()
        check_both_ways(line, desk)
        line.cue()
        line.finish()
        assert secured.admin.record_of(line.call_id)["end_status"] == "ok"
    context = ssl.create_default_context(cafile=str(secured.authority.certificate))
    try:
        with socket.create_connection(("127.0.0.1", secured.port), 5) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as peer:
            peer.settimeout(5)
            peer.sendall(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n")
            assert peer.recv(100) == b"", "somebody without a certificate was heard"
    except (ssl.SSLError, ConnectionError):
        pass  # turned away: the right end


def test_old_tls_is_refused(case):
    secured = Secured(case)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(secured.authority.certificate)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with socket.create_connection(("127.0.0.1", secured.port), 5) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1"):
            raise AssertionError("TLS 1.1 was accepted")
    except (ssl.SSLError, ConnectionError):
        pass
    context = ssl.create_default_context(cafile=str(secured.authority.certificate))
    with socket.create_connection(("127.0.0.1", secured.port), 5) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as peer:
        assert peer.version() in ("TLSv1.2", "TLSv1.3")


def _established(phone, feature):
    """Until the call stands; a build whose side of it is missing refuses with 488."""
    try:
        phone.wait("CALL_ESTABLISHED", seconds=6)
    except Late:
        closed = [event["param"] for event in phone.seen("CALL_CLOSED")]
        if any("488" in why for why in closed):
            features.absent(feature, str(closed))
        raise


def test_sound_as_srtp(case):
    """By the profile (RTP/SAVP), and as an offer that leaves it open (AVP with a key): tones both
    ways, also after a hold, which brings new keys."""
    server, admin = prepared(case)
    for name, mode in (("demanded", "srtp-mand"), ("offered", "srtp")):
        with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Baresip(case, name, account=f"regint=0;mediaenc={mode}") as phone:
            desk.be_ready()
            phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
            _established(phone, "srtp")
            desk.accept()
            both_hear(desk, phone)
            phone.tell("hold")
            time.sleep(0.5)
            phone.tell("resume")
            until("the caller's tone after the hold", lambda: _hears(desk, CALLER_HZ), 5, every=0.3)
            phone.hang_up()
            desk.wait_state("ready", "wrap_up")
            answer = next(text for port, text in phone.trace() if text.startswith("SIP/2.0 200") and "m=audio" in text)
            if mode == "srtp-mand":
                assert "RTP/SAVP" in answer and "a=crypto:" in answer, answer
    assert "inline:" not in server.log()


def _hears(desk, hertz, seconds=0.5):
    rate, heard = desk.samples(time.time() - seconds)
    return len(heard) > rate * seconds * 0.7 and tones.is_tone(heard, hertz, rate)


def test_a_trunk_that_demands_srtp(case):
    features.need("srtp")
    server, admin = prepared(case)
    trunk = admin.items("/trunks")[0]
    kept = {name: value for name, value in trunk.items() if name not in ("id", "modified_at", "outward")}
    admin.put(f"/trunks/{trunk['id']}", {**kept, "protection": "demanded"})
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk:
        desk.be_ready()
        with Baresip(case, "plain") as phone:
            phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
            assert "488" in phone.wait("CALL_CLOSED")["param"]
        with Baresip(case, "protected", account="regint=0;mediaenc=srtp-mand") as phone:
            phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
            phone.wait("CALL_ESTABLISHED")
            desk.accept()
            both_hear(desk, phone)


def test_wideband_sound(case):
    """G.722 from the telephone, G.711 to the agent: the tone comes through the change of codec
    at its level, and a recording is made."""
    server, admin = prepared(case)
    with Desk(server.agent(), AGENT_HZ, LEVEL) as desk, Baresip(case, codecs="G722/16000/1") as phone:
        desk.be_ready()
        phone.dial(f"sip:{NUMBER}@{server.sip_udp}")
        _established(phone, "g722")
        desk.accept()
        both_hear(desk, phone, within=2.0)
        answer = next(text for port, text in phone.trace() if text.startswith("SIP/2.0 200") and "m=audio" in text)
        assert " RTP/AVP 9 " in answer, answer
        phone.hang_up()
        desk.wait_state("ready", "wrap_up")
        assert only_record(admin)["recordings"]
