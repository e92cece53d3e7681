//! RTCP of plain legs: reading the peer's reports, writing ours. Browser legs
//! have their own by the WebRTC library.

use super::{Engine, Output, Socket};
use crate::leg::{Arrival, Leg, Path, Plain};
use crate::rtcp::{self, Ending, MAX_REPORT, Statement};
use crate::{LegId, PacketBuf, Reports, reporting};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

impl Engine {
    /// Takes a report from either socket of a plain leg.
    pub(super) fn receive_report(&mut self, id: LegId, arrival: &Arrival<'_>) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return; // The leg was closed while the packet was on its way.
        };
        let clock = leg.voice(None).map_or(8_000, |(codec, _)| codec.clock());
        let ours = leg.hears.numbering.ssrc;
        let Path::Plain(plain) = &mut leg.path else {
            return;
        };
        match plain.read_report(arrival, ours, &mut self.opened) {
            Some(heard) => plain.reporting.hear(&heard, clock, arrival.now),
            None => leg.says.refused += 1,
        }
    }
}

impl Plain {
    /// Reads a report if it is the peer's: from the host that the sound comes
    /// from, and made with its key if the leg is protected.
    fn read_report(&mut self, arrival: &Arrival<'_>, ours: u32, room: &mut [u8]) -> Option<rtcp::Heard> {
        let sound = self.latch.target()?;
        if !reporting::is_same_host(arrival.from.ip(), sound.ip()) || !rtcp::looks_right(arrival.packet) {
            return None;
        }
        let packet = match &mut self.guard {
            None => arrival.packet,
            Some(guard) => guard.opener.open_report(arrival.packet, room)?,
        };
        let heard = rtcp::parse(packet, ours)?;
        if arrival.from != sound {
            self.reporting.from = Some(arrival.from);
        }
        Some(heard)
    }

    /// By which socket reports leave, and to where.
    fn report_way(&self, id: LegId) -> Option<(Socket, SocketAddr)> {
        let sound = self.latch.target()?;
        match self.params.transport.reports {
            Reports::Muxed => Some((Socket::Plain(id), sound)),
            Reports::Apart(signalled) => self.reporting.target(sound, signalled).map(|to| (Socket::Reports(id), to)),
        }
    }
}

impl Leg {
    /// Reports to the peer of a plain leg, if it is time.
    pub(super) fn report_if_due(&mut self, luck: &mut ChaCha20Rng, now: Duration, outbox: &mut VecDeque<Output>) {
        let Path::Plain(plain) = &mut self.path else {
            return;
        };
        if now >= plain.reporting.due {
            plain.reporting.put_off(luck.next_u32(), now);
            self.report(Ending::GoesOn, now, outbox);
        }
    }

    /// Reports to the peer of a plain leg now.
    pub(super) fn report(&mut self, ending: Ending, now: Duration, outbox: &mut VecDeque<Output>) {
        let clock = self.voice(None).map_or(8_000, |(codec, _)| codec.clock());
        let Leg { id, path, says, hears, .. } = self;
        let Path::Plain(plain) = path else {
            return;
        };
        let Some((socket, to)) = plain.report_way(*id) else {
            return;
        };
        let numbering = &hears.numbering;
        // rfc3550:6.4 — who sent nothing since the last report only listens.
        let spoke = numbering.sent > plain.reporting.sent_before;
        plain.reporting.sent_before = numbering.sent;
        let statement = Statement {
            ssrc: numbering.ssrc,
            sent: numbering.report(reporting::time_of(now), clock, now).filter(|_| spoke),
            block: plain.reporting.block(&mut says.reception, now),
            name: plain.reporting.name,
            ending,
        };
        let mut room = [0; MAX_REPORT];
        let length = rtcp::write(&statement, &mut room);
        let report = room.get(..length).unwrap_or_default();
        let packet = match &mut plain.guard {
            None => Some(PacketBuf::joined(report, &[])),
            Some(guard) => guard.sealer.seal_report(report),
        };
        outbox.extend(packet.map(|packet| Output::Transmit { socket, to, packet }));
    }
}
