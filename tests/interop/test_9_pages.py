"""Telephones in other people's pages: JsSIP in Chromium is called and calls, and its sound
(ICE, DTLS-SRTP) meets that of a telephone with plain RTP."""

import time

from harness.browser import Browser
from harness.waiting import until
from others.baresip import TONE_LEVEL
from others.jssip import Page, Softphone
from others.sound import AGENT_HZ, LEVEL
from others.websocket_phone import WebSocketPhone
from test_5_phones import House, hears, registered
from test_8_websocket import opened

# What the browser of the tests can tell apart in what it hears.
PHONE_HZ = 600


class Office(House):
    """A house that lets a page in."""

    def __init__(self, case, page):
        self.case = case
        self.server, self.admin = opened(case, page, page.origin)


def near(level, wanted, within=2.0):
    assert abs(level - wanted) < within, f"the page hears the tone at {level:.1f} dBFS, not at {wanted}"


def test_a_page_and_a_telephone_talk(case):
    """Both ways of calling; hold by the page; keys by RTP; the end from either side."""
    with Page() as page:
        office = Office(case, page)
        account = office.account("8701")
        with Browser(case.file("browser"), page.origin, AGENT_HZ, LEVEL) as browser, \
                office.baresip("8702", PHONE_HZ) as phone:
            registered(phone)
            soft = Softphone(browser, office.server, account)

            soft.do(f"call('sip:8702@{account['realm']}')")
            phone.wait("CALL_INCOMING")
            phone.accept()
            soft.wait("confirmed")
            near(soft.hears(PHONE_HZ), TONE_LEVEL)
            hears(phone, AGENT_HZ, LEVEL)
            soft.do("session.sendDTMF('42', { transportType: 'RFC2833', duration: 120 })")
            until("the page's keys", lambda: phone.keys_heard() == "42", 8)
            soft.do("session.hold()")
            soft.wait("hold")
            until("silence in the page", soft.silent, 5)
            soft.do("session.unhold()")
            soft.wait("unhold")
            near(soft.hears(PHONE_HZ), TONE_LEVEL)
            soft.do("session.terminate()")
            phone.wait("CALL_CLOSED")

            phone.dial("8701")
            assert soft.wait("called")["from"] == "8702"
            soft.do("pickUp()")
            phone.wait("CALL_ESTABLISHED", 2)
            near(soft.hears(PHONE_HZ), TONE_LEVEL)
            hears(phone, AGENT_HZ, LEVEL)
            phone.hang_up()
            soft.wait("ended", 2)


def test_two_kinds_of_webrtc_talk(case):
    """aiortc with SIP over WebSocket, which is no page, and JsSIP: each calls the other."""
    with Page() as page:
        office = Office(case, page)
        account = office.account("8721")
        with Browser(case.file("browser"), page.origin, AGENT_HZ, LEVEL) as browser, \
                WebSocketPhone(office.server, office.account("8722"), PHONE_HZ, LEVEL) as phone:
            soft = Softphone(browser, office.server, account)
            phone.call_later("8721")
            soft.wait("called")
            soft.do("pickUp()")
            phone.wait_up()
            near(soft.hears(PHONE_HZ), LEVEL)
            phone.hears(AGENT_HZ, LEVEL)
            phone.hang_up()
            soft.wait("ended")

            soft.do(f"call('sip:8722@{account['realm']}')")
            phone.pick_up()
            soft.wait("confirmed", 2)
            near(soft.hears(PHONE_HZ), LEVEL)
            phone.hears(AGENT_HZ, LEVEL)
            soft.do("session.terminate()")
            until("the end at aiortc", lambda: phone.ended == 2, 5)


def test_a_websocket_client_and_a_telephone_talk(case):
    """aiortc alone: it calls and is called, in G.711 and in Opus, holds and comes back."""
    with Page() as page:
        office = Office(case, page)
        # aiortc spreads its one channel over the two of Opus, 3 dB down in each.
        for number, codecs, heard in (("8731", ("PCMU", "PCMA"), LEVEL), ("8733", ("opus",), LEVEL - 3)):
            with WebSocketPhone(office.server, office.account(number), AGENT_HZ, LEVEL, codecs) as client, \
                    office.baresip(str(int(number) + 1), PHONE_HZ) as phone:
                registered(phone)
                client.call_later(str(int(number) + 1))
                phone.wait("CALL_INCOMING")
                phone.accept()
                client.wait_up()
                client.hears(PHONE_HZ, TONE_LEVEL)
                hears(phone, AGENT_HZ, heard)
                client.hold()
                until("silence at aiortc", client.silent, 5)
                client.resume()
                client.hears(PHONE_HZ, TONE_LEVEL)
                client.hang_up()
                phone.wait("CALL_CLOSED")
                phone.dial(number)
                client.pick_up()
                client.hears(PHONE_HZ, TONE_LEVEL)
                hears(phone, AGENT_HZ, heard)
                phone.hang_up()
                until("the end at aiortc", lambda: client.ended == 2, 5)


def test_a_page_that_is_closed_ends_its_call(case):
    """It says no BYE; the telephone is not left alone with silence."""
    with Page() as page:
        office = Office(case, page)
        account = office.account("8711")
        with office.baresip("8712", PHONE_HZ) as phone:
            registered(phone)
            with Browser(case.file("browser"), page.origin, AGENT_HZ, LEVEL) as browser:
                soft = Softphone(browser, office.server, account)
                phone.dial("8711")
                soft.wait("called")
                soft.do("pickUp()")
                phone.wait("CALL_ESTABLISHED")
                soft.hears(PHONE_HZ)
            gone = time.time()
            phone.wait("CALL_CLOSED", seconds=60)
            print(f"the telephone's call ended {time.time() - gone:.1f} s after the page was closed")
