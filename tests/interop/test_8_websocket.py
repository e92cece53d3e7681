"""JsSIP in Chromium: other people's pages speak SIP over WebSocket with us. (RFC 7118)"""

import features
from harness.browser import Browser
from harness.case import Skipped
from harness.server import Server
from harness.waiting import until
from others.jssip import BUNDLE, Page, begin, said


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
