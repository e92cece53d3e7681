//! Whose packets a plain leg believes. Sound is taken from the address in the
//! peer's SDP. If its packets come from elsewhere (a NAT, a carrier's media
//! farm), the first address to send four packets in a row becomes the peer,
//! once; from another host only while the signalled one says nothing. So nobody
//! takes a call over by sending to our ports. What cannot be told apart is a
//! stranger who is faster than a peer whose SDP names a private address.

use crate::limits::{LATCH_AFTER, LATCH_QUIET};
use crate::rtp::Header;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The peer's address and how sure we are of it.
#[derive(Debug, Clone, Copy)]
pub struct Latch {
    signalled: Option<SocketAddr>,
    /// Who is believed: the signalled address until another has proven itself.
    peer: Option<SocketAddr>,
    /// Whether nobody but the signalled address may take the peer's place.
    firm: bool,
    /// When the peer was last heard before it was firm, or the latch opened.
    quiet_since: Duration,
    /// The peer's packets until it is firm.
    proof: Run,
    /// The signalled address's packets while another is the peer.
    back: Run,
    /// Whoever else sends.
    other: Option<(SocketAddr, Run)>,
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
    pub fn new(signalled: Option<SocketAddr>, now: Duration) -> Latch {
        // rfc3264:8.4 — the unspecified address is an old way to say "hold".
        let signalled = signalled.filter(|address| !address.ip().is_unspecified());
        Latch {
            signalled,
            peer: signalled,
            firm: false,
            quiet_since: now,
            proof: Run::default(),
            back: Run::default(),
            other: None,
        }
    }

    /// The peer has said in a new SDP where it listens: it may have moved. If
    /// it names the same address as before, whoever was the peer is still heard
    /// until another has proven itself, so that a refresh costs no sound.
    pub fn signal(&mut self, signalled: Option<SocketAddr>, now: Duration) {
        let fresh = Latch::new(signalled, now);
        let peer = if fresh.signalled == self.signalled { self.peer } else { fresh.peer };
        *self = Latch { peer, ..fresh };
    }

    /// Where to send: never to an address that is neither signalled nor proven.
    #[must_use]
    pub fn target(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Whether a packet from there can matter at all. Changes nothing, so that it
    /// can be asked before a packet has proven its key.
    #[must_use]
    pub fn considers(&self, from: SocketAddr, now: Duration) -> bool {
        self.peer == Some(from) || self.signalled == Some(from) || (!self.firm && self.may_be_the_peer(from, now))
    }

    /// Whether a packet is the peer's.
    pub fn admit(&mut self, from: SocketAddr, header: &Header, now: Duration) -> bool {
        if self.peer == Some(from) {
            if !self.firm {
                self.quiet_since = now;
                self.other = None;
                self.proof = self.proof.extended(header);
                self.firm = self.proof.proves_a_source();
            }
            return true;
        }
        let run = if self.signalled == Some(from) {
            // Another was faster, and may have been a stranger.
            self.other = None;
            self.back = self.back.extended(header);
            self.back
        } else if self.firm || !self.may_be_the_peer(from, now) {
            return false;
        } else {
            let before = self.other.filter(|(address, _)| *address == from).map(|(_, run)| run);
            let run = before.unwrap_or_default().extended(header);
            self.other = Some((from, run));
            run
        };
        if run.proves_a_source() {
            self.peer = Some(from);
            self.firm = true;
            self.other = None;
            return true;
        }
        false
    }

    /// Whether packets from elsewhere count at all.
    fn may_be_the_peer(&self, from: SocketAddr, now: Duration) -> bool {
        let Some(signalled) = self.signalled.map(|signalled| signalled.ip().to_canonical()) else {
            return true;
        };
        let from = from.ip().to_canonical();
        signalled == from
            || (is_private(signalled) && !is_private(from))
            || now.saturating_sub(self.quiet_since) >= LATCH_QUIET
    }
}

/// Whether an address means nothing outside its own network, so that whoever
/// names it and comes from elsewhere is behind a NAT.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            // rfc6598:7 — 100.64.0.0/10 is shared by carriers' NATs.
            v4.is_private() || v4.is_link_local() || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "192.0.2.1:4000";
    const SAME_HOST: &str = "192.0.2.1:9000";
    const FARM: &str = "192.0.2.99:4000";
    const PRIVATE: &str = "192.168.1.5:4000";
    const NAT: &str = "198.51.100.7:61000";
    const THIEF: &str = "203.0.113.66:666";

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn latch(signalled: &str) -> Latch {
        Latch::new(Some(address(signalled)), at(0))
    }

    /// Sends one packet; each address is a source of its own.
    fn sent(latch: &mut Latch, from: &str, sequence: u16, now: u64) -> bool {
        let timestamp = u32::from(sequence).wrapping_mul(160);
        let ssrc = u32::from(address(from).port());
        let header = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc };
        latch.admit(address(from), &header, at(now))
    }

    /// Sends packets that stand in a row, all at once.
    fn burst(latch: &mut Latch, from: &str, count: u16, now: u64) -> Vec<bool> {
        (0..count).map(|n| sent(latch, from, 65_534u16.wrapping_add(n), now)).collect()
    }

    #[test]
    fn the_signalled_address_is_heard_at_once() {
        let mut latch = latch(SDP);
        assert_eq!(burst(&mut latch, SDP, 2, 0), [true, true]);
    }

    #[test]
    fn a_thief_who_starts_with_the_peer_gets_nothing() {
        let mut latch = latch(SDP);
        for n in 0..10u16 {
            let now = u64::from(n) * 20;
            assert!(!burst(&mut latch, THIEF, 8, now).contains(&true));
            assert!(sent(&mut latch, SDP, n, now + 1));
            assert_eq!(latch.target(), Some(address(SDP)));
        }
    }

    #[test]
    fn a_thief_who_sprays_before_the_peer_speaks_gets_nothing() {
        let mut latch = latch(SDP);
        for now in (0..1_000).step_by(50) {
            assert!(!burst(&mut latch, THIEF, 8, now).contains(&true));
        }
        assert_eq!(latch.target(), Some(address(SDP)));
        assert_eq!(burst(&mut latch, SDP, 4, 999), [true; 4]);
        assert!(!burst(&mut latch, THIEF, 8, 9_000).contains(&true));
    }

    #[test]
    fn a_peer_that_speaks_now_and_then_is_not_taken_over() {
        let mut latch = latch(SDP);
        for n in 0..10u16 {
            // Never two in a row, as on a very bad line.
            let now = u64::from(n) * 600;
            assert!(sent(&mut latch, SDP, n * 2, now));
            assert!(!burst(&mut latch, THIEF, 3, now + 1).contains(&true));
            assert!(!burst(&mut latch, THIEF, 8, now + 500).contains(&true));
        }
        assert_eq!(latch.target(), Some(address(SDP)));
    }

    #[test]
    fn a_peer_that_speaks_late_takes_its_call_back_for_good() {
        let mut latch = latch(SDP);
        assert_eq!(burst(&mut latch, THIEF, 5, 1_000), [false, false, false, true, true]);
        assert_eq!(latch.target(), Some(address(THIEF)));
        for n in 0..3u16 {
            assert!(!sent(&mut latch, SDP, n, 5_000));
            assert!(sent(&mut latch, THIEF, 100 + n, 5_000));
        }
        assert!(sent(&mut latch, SDP, 3, 5_060));
        assert_eq!(latch.target(), Some(address(SDP)));
        assert!(!burst(&mut latch, THIEF, 8, 9_000).contains(&true));
    }

    #[test]
    fn a_caller_behind_a_nat_is_heard_after_four_packets_and_moves_once() {
        for private in [PRIVATE, "10.1.2.3:4000", "100.64.0.9:4000", "[fd00::1]:4000"] {
            let mut latch = latch(private);
            assert_eq!(burst(&mut latch, NAT, 5, 20), [false, false, false, true, true]);
            assert_eq!(latch.target(), Some(address(NAT)));
            assert!(!burst(&mut latch, THIEF, 8, 9_000).contains(&true));
        }
        for signalled in [None, Some(address("0.0.0.0:4000"))] {
            let mut latch = Latch::new(signalled, at(0));
            assert_eq!(latch.target(), None);
            assert_eq!(burst(&mut latch, NAT, 4, 20), [false, false, false, true]);
        }
    }

    #[test]
    fn another_port_of_the_signalled_host_is_heard_after_four_packets() {
        let mut latch = latch(SDP);
        assert_eq!(burst(&mut latch, SAME_HOST, 4, 20), [false, false, false, true]);
        assert_eq!(latch.target(), Some(address(SAME_HOST)));
    }

    #[test]
    fn a_media_farm_is_heard_after_a_second_of_silence() {
        let mut latch = latch(SDP);
        assert_eq!(burst(&mut latch, FARM, 4, 999), [false; 4]);
        assert_eq!(burst(&mut latch, FARM, 4, 1_000), [false, false, false, true]);
    }

    #[test]
    fn guessed_packets_that_are_not_in_a_row_prove_nothing() {
        let mut latch = Latch::new(None, at(0));
        for n in 0..6 {
            assert!(!sent(&mut latch, THIEF, n * 2, 0));
        }
        assert_eq!(latch.target(), None);
    }

    #[test]
    fn a_new_offer_opens_the_latch_and_a_refresh_costs_no_sound() {
        let mut latch = latch(PRIVATE);
        burst(&mut latch, NAT, 4, 20);
        latch.signal(Some(address(PRIVATE)), at(5_000));
        assert_eq!(latch.target(), Some(address(NAT)));
        assert_eq!(burst(&mut latch, NAT, 1, 5_010), [true]);
        // Its NAT has given it another port, which is why it has offered again.
        latch.signal(Some(address(PRIVATE)), at(6_000));
        assert_eq!(burst(&mut latch, "198.51.100.7:61002", 4, 6_100), [false, false, false, true]);
        latch.signal(Some(address(SDP)), at(9_000));
        assert_eq!(latch.target(), Some(address(SDP)));
        assert_eq!(burst(&mut latch, NAT, 1, 9_001), [false]);
    }
}
