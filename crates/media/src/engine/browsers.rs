//! The shared port of the browsers: finding the leg of a datagram, and driving
//! each leg's connection until it has nothing more to say.

use super::{Engine, Output, Socket};
use crate::browser::{Browser, Connection, Datagram};
use crate::limits::MAX_BROWSER_ADDRESSES;
use crate::rtp::Header;
use crate::{Event, LegId, PacketBuf, stun};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::IceConnectionState;
use str0m::rtp::RtpPacket;

/// The least time until a connection is woken again: one that asks for the
/// past must not keep the thread busy.
const SHORTEST_NAP: Duration = Duration::from_millis(1);

impl Engine {
    pub(super) fn receive_browser(&mut self, from: SocketAddr, bytes: &[u8], now: Duration) {
        let is_stun = stun::is_stun(bytes);
        let known = self.addresses.get(&from).copied();
        let meant = if is_stun {
            // The name goes before the address: a browser that was reloaded
            // may come from the same port with a new connection.
            stun::our_fragment(bytes).and_then(|name| self.fragments.get(name).copied())
        } else {
            known
        };
        let Some(id) = meant else {
            return; // Nobody we know; nobody is answered.
        };
        let datagram = Datagram { from, to: self.local_address(from), bytes, instant: self.instant(now) };
        let Some(browser) = self.browser_mut(id) else {
            return;
        };
        match browser.receive(&datagram) {
            Ok(true) if is_stun && known != Some(id) => self.learn_address(id, from),
            Ok(true) => {}
            Ok(false) => {
                self.refuse(id);
                return;
            }
            Err(_) => self.lose(id),
        }
        let heard = self.drive(id, now);
        // What looked like sound and was not is a packet with a wrong key.
        let sound = matches!(bytes, [128..=191, second, ..] if !(192..=223).contains(second));
        if sound && heard == 0 {
            self.refuse(id);
        }
    }

    /// Lets a leg do what is due by now.
    pub(super) fn wake(&mut self, id: LegId, now: Duration) {
        let instant = self.instant(now);
        let Some(browser) = self.browser_mut(id) else {
            return;
        };
        browser.alarm = None;
        if browser.pass_time(instant).is_err() {
            self.lose(id);
        }
        self.drive(id, now);
    }

    /// Drives every leg that has something to send until all are quiet.
    pub(super) fn settle(&mut self, now: Duration) {
        while let Some(id) = self.restless.pop() {
            let instant = self.instant(now);
            let Some(browser) = self.browser_mut(id) else {
                continue;
            };
            if browser.unsent && browser.pass_time(instant).is_err() {
                self.lose(id);
            }
            self.drive(id, now);
        }
    }

    /// Takes what a connection wants until it only wants to wait; gives how
    /// many packets of sound it had.
    fn drive(&mut self, id: LegId, now: Duration) -> usize {
        let mut heard = 0;
        loop {
            let Some(browser) = self.browser_mut(id) else {
                return heard;
            };
            match browser.poll() {
                Ok(str0m::Output::Timeout(at)) => {
                    self.set_alarm(id, at, now);
                    return heard;
                }
                Ok(str0m::Output::Transmit(transmit)) => {
                    self.outbox.push_back(Output::Transmit {
                        socket: Socket::Browser,
                        to: transmit.destination,
                        packet: PacketBuf::from(Vec::from(transmit.contents)),
                    });
                }
                Ok(str0m::Output::Event(event)) => heard += self.browser_said(id, event, now),
                Err(_) => {
                    self.lose(id);
                    return heard;
                }
            }
        }
    }

    /// Gives how many packets of sound the event was: one or none.
    fn browser_said(&mut self, id: LegId, event: str0m::Event, now: Duration) -> usize {
        match event {
            str0m::Event::RtpPacket(packet) => {
                self.heard(id, &header_of(&packet), &packet.payload, now);
                return 1;
            }
            str0m::Event::IceConnectionStateChange(IceConnectionState::Disconnected) | str0m::Event::Closed => {
                self.lose(id)
            }
            // It may come back by itself after a lost network.
            str0m::Event::Connected | str0m::Event::IceConnectionStateChange(_) => self.gain(id),
            str0m::Event::MediaEgressStats(stats) => {
                if let Some(browser) = self.browser_mut(id) {
                    browser.note_far_end(&stats);
                }
            }
            // Reports and other statistics; the library's list is open.
            _ => {}
        }
        0
    }

    fn gain(&mut self, id: LegId) {
        if let Some(browser) = self.browser_mut(id)
            && browser.connection != Connection::Up
            && browser.is_connected()
        {
            browser.connection = Connection::Up;
            self.tell(Event::BrowserConnected { leg: id });
        }
    }

    fn lose(&mut self, id: LegId) {
        if let Some(browser) = self.browser_mut(id)
            && browser.connection != Connection::Lost
        {
            browser.connection = Connection::Lost;
            self.tell(Event::BrowserLost { leg: id });
        }
    }

    fn refuse(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.says.refused += 1;
        }
    }

    fn learn_address(&mut self, id: LegId, address: SocketAddr) {
        let Some(browser) = self.browser_mut(id) else {
            return;
        };
        browser.addresses.retain(|known| *known != address);
        browser.addresses.push(address);
        let oldest = (browser.addresses.len() > MAX_BROWSER_ADDRESSES).then(|| browser.addresses.remove(0));
        if let Some(oldest) = oldest {
            self.addresses.remove(&oldest);
        }
        self.addresses.insert(address, id);
    }

    /// Which of our candidates a peer has reached, as far as one can tell from
    /// where it is.
    fn local_address(&self, from: SocketAddr) -> SocketAddr {
        let near =
            |ours: &&SocketAddr| ours.is_ipv4() == from.is_ipv4() && ours.ip().is_loopback() == from.ip().is_loopback();
        let ours = &self.config.browser_addresses;
        ours.iter().find(near).or(ours.iter().find(|ours| ours.is_ipv4() == from.is_ipv4())).copied().unwrap_or(from)
    }

    fn set_alarm(&mut self, id: LegId, at: Instant, now: Duration) {
        let at = at.saturating_duration_since(self.config.origin);
        let at = at.max(now + SHORTEST_NAP);
        let Some(browser) = self.browser_mut(id) else {
            return;
        };
        let before = browser.alarm.replace(at);
        if before == Some(at) {
            return;
        }
        if let Some(before) = before {
            self.alarms.remove(&(before, id));
        }
        self.alarms.insert((at, id));
    }

    /// Forgets a browser leg, after telling the browser.
    pub(super) fn say_good_bye(&mut self, id: LegId, mut browser: Browser) {
        self.fragments.remove(&browser.fragment);
        for address in &browser.addresses {
            if self.addresses.get(address) == Some(&id) {
                self.addresses.remove(address);
            }
        }
        if let Some(alarm) = browser.alarm {
            self.alarms.remove(&(alarm, id));
        }
        if browser.close().is_err() {
            return; // It was closed before.
        }
        while let Ok(output) = browser.poll() {
            match output {
                str0m::Output::Transmit(transmit) => self.outbox.push_back(Output::Transmit {
                    socket: Socket::Browser,
                    to: transmit.destination,
                    packet: PacketBuf::from(Vec::from(transmit.contents)),
                }),
                str0m::Output::Event(_) => {}
                str0m::Output::Timeout(_) => return,
            }
        }
    }
}

fn header_of(packet: &RtpPacket) -> Header {
    Header {
        marker: packet.header.marker,
        payload_type: *packet.header.payload_type,
        sequence: packet.header.sequence_number,
        timestamp: packet.header.timestamp,
        ssrc: *packet.header.ssrc,
    }
}
