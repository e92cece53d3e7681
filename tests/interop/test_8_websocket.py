"""JsSIP in Chromium: other people's pages speak SIP over WebSocket with us. (RFC 7118)"""

import http.server
import json
import threading
from pathlib import Path

import features
from harness.browser import Browser
from harness.case import Skipped
from harness.server import Server
from harness.waiting import until
from others.program import free_port_for_both

BUNDLE = Path(__file__).resolve().parent / "node_modules/.jssip.js"

PAGE = """<!doctype html><meta charset="utf-8"><title>A customer's page</title><body>A customer's page<script src="jssip.js"></script>
<script>
globalThis.said = []
globalThis.begin = (given) => {
  const ua = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(given.address)], uri: `sip:${given.user}@${given.realm}`,
    password: given.password, register_expires: 120, connection_recovery_min_interval: 2, session_timers: true })
  for (const word of ['connected', 'disconnected', 'registered', 'unregistered', 'registrationFailed'])
    ua.on(word, (event) => said.push({ word, cause: event.cause ?? null, status: event.response?.status_code ?? null }))
  ua.start()
  globalThis.ua = ua
}
globalThis.askOptions = (target) => ua.sendOptions(target, null, { eventHandlers: {
  succeeded: (event) => said.push({ word: 'options', status: event.response.status_code, allow: event.response.getHeader('Allow') ?? '' }),
  failed: (event) => said.push({ word: 'options failed', cause: event.cause, status: event.response?.status_code ?? null }) } })
</script>
"""


class Page:
    """A web server with one page, at an origin of its own."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                script = self.path.startswith("/jssip.js")
                body = BUNDLE.read_bytes() if script else PAGE.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port_for_both()), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def opened(case, page, allowed):
    """A server that lets these origins in: (server, administrator)."""
    features.need("sip over websocket")
    if not BUNDLE.exists():
        raise Skipped("JsSIP is not installed (scripts/install-test-tools.sh installs it)")
    server = Server(case.folder / "server")
    server.config.write_text(server.config.read_text().replace("[http]\n", f'[http]\nsip_origins = "{allowed}"\n'))
    case.servers.append(server)
    server.start()
    return server, server.admin()


def begin(browser, server, user, realm, password):
    address = server.http_url.replace("http", "ws", 1) + "/sip"
    given = json.dumps({"address": address, "user": user, "realm": realm, "password": password})
    browser.do("evaluate", script=f"begin({given})")


def said(browser, *words):
    return [one for one in browser.do("evaluate", script="said") if one["word"] in words]


def test_a_page_connects_and_asks(case):
    with Page() as page:
        server, _ = opened(case, page, page.origin)
        with Browser(case.file("browser"), page.origin) as browser:
            begin(browser, server, "8701", f"{server.demo['sdk_app_id']}.callyard", "whatever it is")
            until("the connection", lambda: said(browser, "connected"), 10)
            browser.do("evaluate", script="void askOptions('sip:callyard@127.0.0.1')")
            answer = until("an answer to OPTIONS", lambda: said(browser, "options", "options failed"), 10)[0]
            assert answer["word"] == "options" and answer["status"] == 200, answer


def test_a_page_of_another_origin_stays_outside(case):
    with Page() as page:
        server, _ = opened(case, page, "https://elsewhere.example")
        with Browser(case.file("browser"), page.origin) as browser:
            begin(browser, server, "8701", "x.callyard", "x")
            until("the refusal", lambda: said(browser, "disconnected"), 10)
            assert not said(browser, "connected")


def test_a_page_registers_with_its_password(case):
    with Page() as page:
        features.need("phones")
        server, admin = opened(case, page, page.origin)
        account = admin.post("/phones", {"extension": "8701", "name": "A page", "agent": None})
        with Browser(case.file("browser"), page.origin) as browser:
            begin(browser, server, account["user"], account["realm"], account["password"])
            until("the connection", lambda: said(browser, "connected"), 10)
            answer = until("an answer", lambda: said(browser, "registered", "registrationFailed"), 10)[0]
            if answer["word"] != "registered":
                features.absent("phones", f"JsSIP says {answer}")
            browser.do("evaluate", script="ua.unregister()")
            until("the end of it", lambda: said(browser, "unregistered"), 10)
        with Browser(case.file("stranger"), page.origin) as browser:
            begin(browser, server, account["user"], account["realm"], "wrong")
            answer = until("an answer", lambda: said(browser, "registered", "registrationFailed"), 10)[0]
            assert answer["word"] == "registrationFailed", answer
