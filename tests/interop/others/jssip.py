"""JsSIP in a page of its own origin: other people's pages that speak SIP over WebSocket with us."""

import http.server
import json
import threading
import time
from pathlib import Path

from harness.waiting import until

from .program import free_port_for_both

BUNDLE = Path(__file__).resolve().parent.parent / "node_modules/.jssip.js"

PAGE = """<!doctype html><meta charset="utf-8"><title>A customer's page</title><body>A customer's page<script src="jssip.js"></script>
<script>
globalThis.said = []
const Native = globalThis.RTCPeerConnection
globalThis.RTCPeerConnection = class extends Native {
  constructor(...given) {
    super(...given)
    // Chromium fetches the far end's sound only for somebody who plays it.
    this.addEventListener('track', (event) => { const ear = new Audio(); ear.srcObject = new MediaStream([event.track]); ear.play(); globalThis.ear = ear })
    this.addEventListener('connectionstatechange', () => said.push({ word: 'connection', state: this.connectionState }))
  }
}
const watch = (session) => {
  globalThis.session = session
  for (const word of ['progress', 'accepted', 'confirmed', 'ended', 'failed', 'hold', 'unhold'])
    session.on(word, (event) => said.push({ word, by: event?.originator ?? null, cause: event?.cause ?? null }))
  session.on('newDTMF', (event) => said.push({ word: 'key', by: event.originator, tone: event.dtmf.tone }))
}
const sound = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } }
globalThis.begin = (given) => {
  const ua = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(given.address)], uri: `sip:${given.user}@${given.realm}`,
    password: given.password, register_expires: 120, connection_recovery_min_interval: 2, session_timers: true })
  for (const word of ['connected', 'disconnected', 'registered', 'unregistered', 'registrationFailed'])
    ua.on(word, (event) => said.push({ word, cause: event.cause ?? null, status: event.response?.status_code ?? null }))
  ua.on('newRTCSession', ({ session, originator }) => {
    watch(session)
    if (originator === 'remote') said.push({ word: 'called', from: session.remote_identity.uri.user })
  })
  ua.start()
  globalThis.ua = ua
}
globalThis.call = (target) => { ua.call(target, sound) }
globalThis.pickUp = () => session.answer(sound)
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


def begin(browser, server, user, realm, password):
    address = server.http_url.replace("http", "ws", 1) + "/sip"
    given = json.dumps({"address": address, "user": user, "realm": realm, "password": password})
    browser.do("evaluate", script=f"begin({given})")


def said(browser, *words):
    return [one for one in browser.do("evaluate", script="said") if one["word"] in words]


class Softphone:
    """A telephone in such a page: registered with an account of the house."""

    def __init__(self, browser, server, account):
        self.browser = browser
        begin(browser, server, account["user"], account["realm"], account["password"])
        self.wait("registered")

    def do(self, script):
        """Without waiting for what comes of it."""
        self.browser.do("evaluate", script=f"void ({script})")

    def said(self, *words):
        return said(self.browser, *words)

    def wait(self, word, count=1, seconds=10):
        """Until the page has said a word so often; gives the last time."""
        return until(f"the page to say {word} (it said {self.browser.do('evaluate', script='said')})",
                     lambda: self.said(word)[count - 1:], seconds, every=0.1)[0]

    def hears(self, hertz, seconds=8.0):
        """Until it hears a tone (440 or 600 Hz) from now on; gives its level."""
        self.browser.first_heard(hertz, time.time(), seconds)
        since = time.time()
        time.sleep(1)
        return self.browser.level_of(hertz, since, since + 1)

    def silent(self, seconds=0.6):
        """Whether it hears nothing for so long, from now on."""
        since = time.time()
        time.sleep(seconds)
        return all(one["level"] < -60 for one in self.browser.do("heard", after=since * 1000))
