"""Bad input of every kind: each gets a clear answer, and the server goes on."""

import json
import os
import socket
import sqlite3
import struct
import time

from harness import cloud
from harness.api import Refused
from harness.carrier import PCMU, Caller
from harness.case import Skipped, group_named, number_with_flow, sound_named, straight_to
from harness.desk import Desk, run
from harness.sipp import Sipp
from harness.waiting import until
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

OPTIONS = ("OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1:{port};branch=z9hG4bK{mark};rport\r\n"
           "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:ping@127.0.0.1>\r\nCall-ID: {mark}\r\nCSeq: 1 OPTIONS\r\n"
           "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n")

GARBAGE = [
    b"", b"\r\n\r\n", b"\0" * 1500, os.urandom(1400), b"INVITE", b"INVITE sip:x SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n",
    b"INVITE sip:1 SIP/2.0\r\nContent-Length: -5\r\n\r\n", b"INVITE sip:1 SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"INVITE " + b"a" * 30_000 + b" SIP/2.0\r\n\r\n", b"INVITE sip:1 SIP/2.0\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
    b"INVITE sip:1 SIP/2.0\r\nVia: \r\nFrom: \r\nTo: \r\nCall-ID: \r\nCSeq: 4294967296 INVITE\r\n\r\n",
    b"INVITE sip:1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: \xff\xfe\r\nTo: <<<>>>\r\nCall-ID: x\r\nCSeq: 1 BYE\r\n\r\n",
    b"ACK sip:1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKy\r\n" + b"(" * 4_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
]


def udp_answers(server):
    """Whether an OPTIONS on UDP is answered."""
    host, port = server.sip_udp.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        peer.sendto(OPTIONS.format(transport="UDP", port=peer.getsockname()[1], mark=f"p{time.time_ns()}").encode(), (host, int(port)))
        return peer.recv(65_535).startswith(b"SIP/2.0 200")


def tcp_answers(server):
    host, port = server.sip_tcp.split(":")
    with socket.create_connection((host, int(port)), 5) as peer:
        peer.sendall(OPTIONS.format(transport="TCP", port=peer.getsockname()[1], mark=f"t{time.time_ns()}").encode())
        return peer.recv(65_535).startswith(b"SIP/2.0 200")


def check_alive(server):
    assert server.process.poll() is None, "the server ended"
    assert server.healthy() and udp_answers(server) and tcp_answers(server)


def test_malformed_sip_on_udp(case):
    server = case.server()
    host, port = server.sip_udp.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        for piece in GARBAGE + [os.urandom(size) for size in range(1, 1_400, 7)]:
            peer.sendto(piece, (host, int(port)))
    check_alive(server)


def test_malformed_sip_on_tcp(case):
    server = case.server()
    host, port = server.sip_tcp.split(":")
    for piece in GARBAGE:
        with socket.create_connection((host, int(port)), 5) as peer:
            try:
                peer.sendall(piece)
                peer.shutdown(socket.SHUT_WR)
                peer.settimeout(5)
                while peer.recv(65_535):
                    pass
            except (ConnectionError, TimeoutError):
                pass  # being cut off is a clear answer to garbage
    # One that says nothing, one that never ends its header, one that never sends its body.
    lazy = [socket.create_connection((host, int(port)), 5) for _ in range(3)]
    lazy[1].sendall(b"INVITE sip:1 SIP/2.0\r\nX: ")
    lazy[2].sendall(b"INVITE sip:1 SIP/2.0\r\nContent-Length: 60000\r\n\r\n")
    check_alive(server)
    # A message that is too long is cut off before it fills the memory.
    with socket.create_connection((host, int(port)), 5) as peer:
        peer.settimeout(5)
        try:
            for _ in range(400):
                peer.sendall(b"X: " + b"y" * 9_997)
            peer.recv(100)  # a refusal, or the end
        except ConnectionError:
            pass
        except TimeoutError:
            raise AssertionError("4 MB of header were taken") from None
    for peer in lazy:
        peer.close()
    check_alive(server)


def test_garbage_on_sound_ports(case):
    """Noise toward a call's RTP port and the browsers' port does not reach anybody's ear."""
    server = case.server()
    admin = server.admin()
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001")
    browser_port = int(server.config.read_text().split("browser_port = ")[1])
    with Desk(server.agent()) as desk, Caller(case, server, number=number, tone=440) as caller:
        desk.be_ready()
        caller.wait_answered()
        desk.accept()
        caller.sound.wait_for_tone(1000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for size in range(0, 1_400, 3):
                for port in (caller.sound.remote[1], browser_port):
                    header = struct.pack("!BBHII", 0x80, 0, size, size, 7) if size % 2 else b""
                    stranger.sendto(header + os.urandom(size), ("127.0.0.1", port))
        after = time.time()
        until("the tone to go on", lambda: caller.sound.tone_since(1000, 0.5, after), 5)
        assert desk.state == "talking"
        caller.hang_up()
    check_alive(server)


def test_malformed_http(case):
    """Every POST and PUT of the published API, with bodies that are no JSON, the
    wrong JSON, or too much of it: an error with code, message and mend."""
    server = case.server()
    admin = server.admin()
    status, _, data = admin.raw("GET", "/openapi.json")
    assert status == 200
    paths = json.loads(data)["paths"]
    tried = 0
    for path, operations in sorted(paths.items()):
        for method in sorted(set(operations) & {"post", "put"}):
            # What takes no body reads none.
            if path.endswith("/sounds") or "requestBody" not in operations[method]:
                continue
            filled = path.replace("{number}", "0086").replace("{call}", "00000000-0000-0000-0000-000000000000")
            while "{" in filled:
                filled = filled[:filled.index("{")] + "1" + filled[filled.index("}") + 1:]
            for body in (b"{", b"[1", b"\xff\xfe", b"null", b"[]", b'"x"', b'{"name":' + b"[" * 5_000, b"[" * 200_000):
                check_refusal(admin, method.upper(), filled, body)
                tried += 1
    assert tried > 50, tried
    # The WAV of a sound is checked too.
    for body in (b"", b"RIFF", b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + b"\0" * 40, os.urandom(10_000)):
        check_refusal(admin, "POST", "/api/v1/sounds?name=x", body, "audio/wav")
    check_refusal(admin, "POST", "/", b"{", "application/json")
    huge = socket.create_connection(tuple(admin.host.split(":")), 5)
    huge.sendall(b"POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{")
    huge.settimeout(10)
    assert huge.recv(200).startswith(b"HTTP/1.1 4")
    huge.close()
    check_alive(server)


def check_refusal(client, method, path, body, kind="application/json"):
    status, _, data = client.raw(method, path, body, {"Content-Type": kind, "X-Callyard": "1"})
    assert 400 <= status < 500 or (status == 200 and path == "/"), f"{method} {path} {body[:20]!r}: {status} {data[:300]!r}"
    answer = json.loads(data)
    if path == "/":
        assert answer["Response"]["Error"]["Code"], answer
        return
    error = answer["error"]
    assert error["code"] and error["message"] and error["mend"], (method, path, error)


def test_rights_and_tickets(case):
    """No session, a foreign page, an old ticket, a wrong password, too little right."""
    server = case.server()
    nobody = server.api()
    refused(401, nobody.get, "/me")
    refused(401, nobody.get, "/desk/ticket")
    refused(401, nobody.post, "/sign-in", {"user_id": "nobody@demo.callyard", "password": "x"})
    refused(401, nobody.post, "/sign-in", {"user_id": server.demo["admin"]["user_id"], "password": "x"})
    refused(401, nobody.post, "/sign-in/token", {"token": "expired"})
    agent = server.agent()
    refused(403, agent.get, "/staff")
    refused(403, agent.post, "/skill-groups", {"name": "x"})
    # A form of another site cannot act in a signed-in browser: it cannot set our header.
    status, _, _ = agent.raw("POST", "/api/v1/sign-out", b"{}", {"Content-Type": "application/json"})
    assert status == 403, status
    # A ticket opens one page, once, from our own pages only.
    ticket = agent.get("/desk/ticket")["ticket"]
    assert websocket_status(server, ticket, "http://evil.example") == 403
    assert websocket_status(server, "nonsense") == 401
    ticket = agent.get("/desk/ticket")["ticket"]
    assert websocket_status(server, ticket) == 101
    assert websocket_status(server, ticket) == 401
    check_alive(server)


def test_nonsense_on_the_desk_socket(case):
    server = case.server()
    with Desk(server.agent()) as desk:
        desk.be_ready()
        for text in ("", "{", "[]", '{"do":"fly"}', '{"do":"accept","offer":"x"}', '{"id":"a","do":"be_ready"}', "\0" * 1000):
            run(desk.socket.send(text))
        assert desk.ask("accept", offer="00000000-0000-0000-0000-000000000000")["kind"] == "refused"
        answer = desk.ask("hang_up", call="00000000-0000-0000-0000-000000000000")
        assert answer["kind"] == "refused" and answer["error"]["mend"], answer
        assert desk.ask("be_away", rest="tea")["kind"] == "done"
    check_alive(server)


def test_wrong_signatures(case):
    server = case.server()
    cloud.call_records(server)  # the right key works
    for secret_id, secret_key, code in (
        (server.demo["secret_id"], "wrong", "AuthFailure.SignatureFailure"),
        ("AKIDnobody", "wrong", "AuthFailure."),
    ):
        try:
            cloud.client(server, secret_id, secret_key).DescribeStaffInfoList(staff_request(server))
            raise AssertionError("a wrong key was taken")
        except TencentCloudSDKException as error:
            assert error.code.startswith(code) and error.requestId, error
    request = staff_request(server)
    request.SdkAppId = 1499999999
    try:
        cloud.client(server).DescribeStaffInfoList(request)
        raise AssertionError("another application's id was taken")
    except TencentCloudSDKException as error:
        assert error.code and error.requestId, error
    check_alive(server)


def staff_request(server):
    request = cloud.models.DescribeStaffInfoListRequest()
    request.SdkAppId, request.PageNumber, request.PageSize = int(server.demo["sdk_app_id"]), 0, 10
    return request


def test_an_unknown_number_is_not_found(case):
    server = case.server()
    with Sipp(case.folder, server, "refused", number="0086099999999999", status=404, rtp_port=9, **PCMU) as call:
        call.finish(20)
    assert not server.admin().records(), "a call for nobody left a record"
    check_alive(server)


def test_no_common_codec(case):
    server = case.server()
    with Sipp(case.folder, server, "refused", status=488, codecs="18", codec_lines="a=rtpmap:18 G729/8000") as call:
        call.finish(20)
    check_alive(server)


def test_a_flow_with_a_missing_target(case):
    """The API refuses it and lists every fault; forced into the database, the call ends cleanly."""
    server = case.server()
    admin = server.admin()
    welcome = sound_named(admin, "welcome")["id"]
    flow = {"name": "Broken", "start": "hello", "nodes": {
        "hello": {"label": "Hello", "kind": "prompt", "sound": welcome, "times": 1, "interruptible": True, "next": "nowhere"}}}
    error = refused(None, admin.post, "/flows", flow).body
    assert "nowhere" in json.dumps(error) and error["error"]["mend"], error

    flow["nodes"]["hello"]["next"] = "end"
    flow["nodes"]["end"] = {"label": "End", "kind": "end", "prompt": None}
    number = number_with_flow(admin, "0086075500000009", flow)
    server.stop()
    assert spoil(server.data / "callyard.db") == 1
    server.start()
    with Caller(case, server, number=number, hold=60) as caller:
        caller.signal.wait_for("SIP/2.0", sent=False)
        answered = until("an answer", lambda: caller.signal.first("SIP/2.0 200") or caller.signal.first("SIP/2.0 4"), 20)
        if answered.start.startswith("SIP/2.0 200"):
            caller.wait_hung_up_on(40)
    if answered.start.startswith("SIP/2.0 200"):
        record = server.admin().record_of(caller.call_id)
        assert record["hung_up_by"] == "system" and record["cause"] == "route.flow_missing", record
    check_alive(server)


def spoil(path):
    """Takes the node "end" out of the flow "Broken", wherever the table keeps it."""
    changed = 0
    with sqlite3.connect(path) as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in database.execute(f'select rowid, * from "{table}"').fetchall():
                for value, column in zip(row[1:], [c[1] for c in database.execute(f'pragma table_info("{table}")')]):
                    text = value.decode(errors="ignore") if isinstance(value, bytes) else value
                    if isinstance(text, str) and '"hello"' in text and '"end"' in text and text.startswith("{"):
                        new = rename_end(json.loads(text))
                        if new:
                            kept = json.dumps(new) if isinstance(value, str) else json.dumps(new).encode()
                            database.execute(f'update "{table}" set "{column}" = ? where rowid = ?', (kept, row[0]))
                            changed += 1
    database.close()
    return changed


def rename_end(value):
    """The document with the key "end" of its nodes renamed; None when it has none."""
    nodes = value.get("nodes", value)
    if isinstance(nodes, dict) and "end" in nodes and "hello" in nodes:
        nodes["gone"] = nodes.pop("end")
        return value
    return None


def test_a_full_disk(case):
    """Calls go on, nothing crashes; records come when there is room again."""
    mount = case.file("small-disk")
    mount.mkdir()
    wrapper = case.file("on-a-small-disk.sh")
    data = case.folder / "server" / "data"
    data.mkdir(parents=True)
    wrapper.write_text(f'#!/bin/sh\nset -e\nmount -t tmpfs -o size=24m tmpfs "{data}"\nexec "$@"\n')
    wrapper.chmod(0o755)
    unshare = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if os.system(" ".join([*unshare, "mount -t tmpfs -o size=1m tmpfs", f'"{mount}"', ">/dev/null 2>&1"])) != 0:
        raise Skipped("it allows no private mounts")
    server = case.server(wrapper=[*unshare, str(wrapper)])
    number = straight_to(server.admin(), group_named(server.admin(), "Sales"), "0086075500000001")
    inside = f"/proc/{server.process.pid}/root{server.data}"
    with Desk(server.agent()) as desk:
        desk.be_ready()
        fill(f"{inside}/ballast")
        ids = []
        for _ in range(2):
            with Caller(case, server, number=number, tone=440) as caller:
                caller.wait_answered()
                desk.wait_state("offered")
                assert desk.ask("accept", offer=desk.now["presence"]["offer"])["kind"] == "done"
                caller.sound.wait_for_tone(1000)
                time.sleep(2)  # the recording wants room meanwhile
                caller.hang_up()
                ids.append(caller.call_id)
            desk.ask("be_ready")
            desk.wait_state("ready")
        assert server.process.poll() is None and udp_answers(server)
        os.remove(f"{inside}/ballast")
        admin = server.admin()
        for call_id in ids:
            assert admin.record_of(call_id, seconds=60)["end_status"] == "ok"
    until("health", server.healthy, 30)


def fill(path):
    """Writes until not one byte more fits."""
    with open(path, "wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    ballast.write(b"x" * size)
            except OSError:
                continue


def refused(status, function, *arguments):
    """Calls and expects a refusal; returns it."""
    try:
        value = function(*arguments)
    except Refused as error:
        assert status in (None, error.status), f"{error.status}, not {status}: {error.body}"
        assert error.body["error"]["code"] and error.body["error"]["mend"], error.body
        return error
    raise AssertionError(f"{arguments[0]} was not refused: {value}")


def websocket_status(server, ticket, origin=None):
    """The status line's number of a WebSocket handshake."""
    host = server.http_url.removeprefix("http://")
    with socket.create_connection(tuple(host.split(":")), 5) as peer:
        peer.sendall((f"GET /api/v1/desk?ticket={ticket} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin or server.http_url}\r\n"
                      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
        return int(peer.recv(200).split()[1])
