//! Whose packets a plain leg believes. Sound is taken from the address in the
//! peer's SDP; if its packets come from elsewhere (a NAT, a carrier's media
//! farm), the first address to send four packets in a row becomes the peer,
//! once. After that nobody can take the call over by sending to our port.

use crate::limits::LATCH_AFTER;
use crate::rtp::Header;
use std::net::SocketAddr;

/// The peer's address and how sure we are of it.
#[derive(Debug, Clone, Copy)]
pub struct Latch {
    signalled: Option<SocketAddr>,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Either address may still win.
    Open { signalled: Run, other: Option<(SocketAddr, Run)> },
    /// Only this address is the peer.
    Latched(SocketAddr),
}

/// Packets in a row of one source.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    count: u8,
    ssrc: u32,
    next: u16,
}

impl Run {
    fn extended(self, header: &Header) -> Run {
        let follows = self.count > 0 && self.ssrc == header.ssrc && self.next == header.sequence;
        Run {
            count: if follows { self.count.saturating_add(1) } else { 1 },
            ssrc: header.ssrc,
            next: header.sequence.wrapping_add(1),
        }
    }

    fn proves_a_source(self) -> bool {
        self.count >= LATCH_AFTER
    }
}

impl Latch {
    /// Nothing heard yet; `signalled` is what the peer's SDP said.
    #[must_use]
    pub fn new(signalled: Option<SocketAddr>) -> Latch {
        Latch { signalled, state: State::Open { signalled: Run::default(), other: None } }
    }

    /// The peer has said in a new SDP where it listens. Only a changed address
    /// opens the latch again.
    pub fn signal(&mut self, signalled: Option<SocketAddr>) {
        if self.signalled != signalled {
            *self = Latch::new(signalled);
        }
    }

    /// Where to send: never to an address that is neither signalled nor proven.
    #[must_use]
    pub fn target(&self) -> Option<SocketAddr> {
        match self.state {
            State::Open { .. } => self.signalled,
            State::Latched(peer) => Some(peer),
        }
    }

    /// Whether a packet is the peer's.
    pub fn admit(&mut self, from: SocketAddr, header: &Header) -> bool {
        match &mut self.state {
            State::Latched(peer) => *peer == from,
            State::Open { signalled, other } => {
                if self.signalled == Some(from) {
                    *signalled = signalled.extended(header);
                    if signalled.proves_a_source() {
                        self.state = State::Latched(from);
                    }
                    return true;
                }
                let before = match other {
                    Some((address, run)) if *address == from => *run,
                    Some(_) | None => Run::default(),
                };
                let run = before.extended(header);
                *other = Some((from, run));
                if run.proves_a_source() {
                    self.state = State::Latched(from);
                    return true;
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "192.0.2.1:4000";
    const NAT: &str = "198.51.100.7:61000";
    const THIEF: &str = "203.0.113.66:666";

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn packet(ssrc: u32, sequence: u16) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp: u32::from(sequence) * 160, ssrc }
    }

    fn admitted(latch: &mut Latch, from: &str, sequences: &[u16]) -> Vec<bool> {
        sequences.iter().map(|sequence| latch.admit(address(from), &packet(from.len() as u32, *sequence))).collect()
    }

    #[test]
    fn the_signalled_address_is_heard_at_once() {
        let mut latch = Latch::new(Some(address(SDP)));
        assert_eq!(admitted(&mut latch, SDP, &[1, 2]), [true, true]);
    }

    #[test]
    fn four_in_a_row_from_behind_a_nat_move_the_peer_once() {
        let mut latch = Latch::new(Some(address(SDP)));
        assert_eq!(latch.target(), Some(address(SDP)));
        assert_eq!(admitted(&mut latch, NAT, &[65_534, 65_535, 0]), [false; 3]);
        assert_eq!(latch.target(), Some(address(SDP)));
        assert_eq!(admitted(&mut latch, NAT, &[1, 2]), [true, true]);
        assert_eq!(latch.target(), Some(address(NAT)));
        assert_eq!(admitted(&mut latch, THIEF, &[1, 2, 3, 4, 5, 6]), [false; 6]);
        assert_eq!(latch.target(), Some(address(NAT)));
    }

    #[test]
    fn a_thief_cannot_take_a_call_that_speaks() {
        let mut latch = Latch::new(Some(address(SDP)));
        admitted(&mut latch, SDP, &[1, 2, 3, 4]);
        assert_eq!(admitted(&mut latch, THIEF, &[1, 2, 3, 4, 5, 6]), [false; 6]);
        assert_eq!(latch.target(), Some(address(SDP)));
    }

    #[test]
    fn guessed_packets_that_are_not_in_a_row_prove_nothing() {
        let mut latch = Latch::new(None);
        assert_eq!(admitted(&mut latch, THIEF, &[1, 3, 5, 7, 9, 11]), [false; 6]);
        assert_eq!(latch.target(), None);
    }

    #[test]
    fn only_a_changed_address_in_a_new_offer_opens_the_latch() {
        let mut latch = Latch::new(Some(address(SDP)));
        admitted(&mut latch, NAT, &[1, 2, 3, 4]);
        latch.signal(Some(address(SDP)));
        assert_eq!(latch.target(), Some(address(NAT)));
        latch.signal(Some(address(THIEF)));
        assert_eq!(latch.target(), Some(address(THIEF)));
    }
}
