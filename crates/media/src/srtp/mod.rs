//! SRTP and SRTCP of plain legs (RFC 3711, RFC 7714), with keys that came by
//! signalling. One [`Sealer`] for what leaves, one [`Opener`] for what arrives.
//! What cannot be proven to come from the peer gives nothing.

mod keys;
mod window;

use crate::limits::MAX_SRTP_SOURCES;
use crate::packet::PacketBuf;
use crate::{Srtp, rtp};
use keys::{Keys, Stream};
use window::Window;

/// Both directions of a protected leg.
pub struct Guard {
    terms: Srtp,
    /// What leaves.
    pub sealer: Sealer,
    /// What arrives.
    pub opener: Opener,
}

impl Guard {
    /// A leg's protection by what was agreed.
    #[must_use]
    pub fn new(terms: &Srtp) -> Guard {
        Guard { terms: *terms, sealer: Sealer::new(terms), opener: Opener::new(terms) }
    }

    /// A new offer and answer: a direction whose key stays goes on as it was, so
    /// that no number is used twice under one key and nothing can be replayed.
    pub fn renew(&mut self, terms: &Srtp) {
        if (terms.suite, terms.ours) != (self.terms.suite, self.terms.ours) {
            self.sealer = Sealer::new(terms);
        }
        if (terms.suite, terms.theirs) != (self.terms.suite, self.terms.theirs) {
            // rfc3711:3.3.1 — a new key does not set the roll-over counter back.
            self.opener.keys = Keys::derive(terms.suite, &terms.theirs);
        }
        self.terms = *terms;
    }
}

/// Protects what leaves. One source speaks on a leg, so there is one window.
pub struct Sealer {
    keys: Keys,
    sent: Window,
    next_report: u32,
}

impl Sealer {
    fn new(terms: &Srtp) -> Sealer {
        Sealer { keys: Keys::derive(terms.suite, &terms.ours), sent: Window::default(), next_report: 1 }
    }

    /// Protects a packet of sound whose number without wraps is `index`; nothing
    /// for a number that was used before: its key stream is spent. (rfc3711:9.1)
    pub fn seal(&mut self, head: &[u8; rtp::HEADER_LENGTH], payload: &[u8], index: u64) -> Option<PacketBuf> {
        if !self.sent.is_new(index) {
            return None;
        }
        let mut packet = PacketBuf::with_tail(head, payload, self.keys.tail(Stream::Sound));
        let [.., s0, s1, s2, s3] = *head;
        let source = u32::from_be_bytes([s0, s1, s2, s3]);
        self.keys.seal_sound(packet.as_mut_bytes(), head.len(), (source, index))?;
        self.sent.note(index);
        Some(packet)
    }

    /// Protects a report.
    pub fn seal_report(&mut self, report: &[u8]) -> Option<PacketBuf> {
        let (head, body) = report.split_first_chunk::<REPORT_HEAD>()?;
        let index = self.next_report;
        // rfc3711:9.2 — after 2^31 reports the key is spent; that is in 300 years.
        self.next_report = index.checked_add(1).filter(|next| *next < 1 << 31)?;
        let mut packet = PacketBuf::with_tail(head, body, self.keys.tail(Stream::Reports));
        let [.., s0, s1, s2, s3] = *head;
        self.keys.seal_report(packet.as_mut_bytes(), u32::from_be_bytes([s0, s1, s2, s3]), index)?;
        Some(packet)
    }
}

/// Bytes of a report that stay readable: its first header and the sender's source.
const REPORT_HEAD: usize = 8;

/// Reads what arrives.
pub struct Opener {
    keys: Keys,
    sources: [Option<Source>; MAX_SRTP_SOURCES],
}

/// What is known of one source of the peer.
#[derive(Debug, Clone, Copy)]
struct Source {
    ssrc: u32,
    sound: Window,
    reports: Window,
}

impl Source {
    fn new(ssrc: u32) -> Source {
        Source { ssrc, sound: Window::default(), reports: Window::default() }
    }
}

impl Opener {
    fn new(terms: &Srtp) -> Opener {
        Opener { keys: Keys::derive(terms.suite, &terms.theirs), sources: [None; MAX_SRTP_SOURCES] }
    }

    /// Reads a protected packet of sound into `room`. Nothing for one that was
    /// not made with the peer's key, or was read before.
    pub fn open<'a>(&mut self, packet: &[u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
        let head = rtp::header_length(packet)?;
        let (sequence, ssrc) = rtp::sequence_and_source(packet)?;
        let mut source = self.source(ssrc)?;
        let index = source.sound.nearest(sequence);
        if !source.sound.is_new(index) {
            return None;
        }
        let length = self.keys.open_sound(packet, (head, ssrc, index), room)?;
        source.sound.note(index);
        self.keep(source);
        room.get(..length)
    }

    /// Reads a protected report into `room`.
    pub fn open_report<'a>(&mut self, packet: &[u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
        let [_, _, _, _, s0, s1, s2, s3, ..] = *packet else {
            return None;
        };
        let mut source = self.source(u32::from_be_bytes([s0, s1, s2, s3]))?;
        let index = self.keys.report_index(packet)?;
        if !source.reports.is_new(index.into()) {
            return None;
        }
        let length = self.keys.open_report(packet, (source.ssrc, index), room)?;
        source.reports.note(index.into());
        self.keep(source);
        room.get(..length)
    }

    /// What is known of a source; nothing for one too many. Forgetting one to
    /// make room would let its packets be played again.
    fn source(&self, ssrc: u32) -> Option<Source> {
        let known = self.sources.iter().flatten().find(|source| source.ssrc == ssrc).copied();
        known.or_else(|| self.sources.iter().any(Option::is_none).then(|| Source::new(ssrc)))
    }

    /// Only a packet with a right tag changes what is known.
    fn keep(&mut self, source: Source) {
        let place = self.sources.iter_mut().find(|place| place.is_none_or(|known| known.ssrc == source.ssrc));
        if let Some(place) = place {
            *place = Some(source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_DATAGRAM;
    use crate::{SrtpKey, SrtpSuite};

    // The key and packets of libsrtp's own test; the other rows were written by
    // libsrtp 2 (through pylibsrtp) from the same key.
    const KEY: &str = "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";
    const SOUND: &str = "800f1234decafbadcafebabeabababababababababababababababab";
    const REPORT: &str = "81c8000bcafebabeabababababababababababababababab";
    const ALL: [SrtpSuite; 3] = [SrtpSuite::AesCm128Sha1Tag80, SrtpSuite::AesCm128Sha1Tag32, SrtpSuite::AeadAes128Gcm];

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal")).collect()
    }

    fn key(hex: &str) -> SrtpKey {
        SrtpKey::new(bytes(hex).try_into().expect("30 bytes"))
    }

    fn terms(suite: SrtpSuite) -> Srtp {
        Srtp { suite, ours: key(KEY), theirs: key(KEY) }
    }

    fn sealed(sealer: &mut Sealer, plain: &str, index: u64) -> String {
        let plain = bytes(plain);
        let (head, payload) = plain.split_first_chunk::<12>().expect("a header");
        let packet = sealer.seal(head, payload, index).expect("a fresh number");
        packet.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn opened(opener: &mut Opener, packet: &[u8]) -> Option<Vec<u8>> {
        opener.open(packet, &mut [0; MAX_DATAGRAM]).map(<[u8]>::to_vec)
    }

    fn speak(sealer: &mut Sealer, index: u64) -> Vec<u8> {
        let sequence = index as u16;
        let head = rtp::write(&rtp::Header { marker: false, payload_type: 8, sequence, timestamp: 1, ssrc: 77 });
        sealer.seal(&head, &[0x55; 160], index).expect("a fresh number").to_vec()
    }

    #[test]
    fn what_libsrtp_seals_we_seal_and_open() {
        let rows = [
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc",
            "800f1234decafbadcafebabe0eca0cf95ee955b26cd3d288b49f6ca959171450975f4144da9cdd7ae989a277",
        ];
        for (suite, row) in ALL.into_iter().zip(rows) {
            let mut guard = Guard::new(&terms(suite));
            assert_eq!(sealed(&mut guard.sealer, SOUND, 0x1234), row, "{suite:?}");
            assert_eq!(opened(&mut guard.opener, &bytes(row)), Some(bytes(SOUND)), "{suite:?}");
        }
    }

    #[test]
    fn what_libsrtp_sends_after_the_first_turn_of_the_sequence_is_understood() {
        let rows = [
            "800f0000decafbadcafebabe24ecf92d9c97bf2ac679b796fdfd365a267beecdc56456590e62",
            "800f0000decafbadcafebabe24ecf92d9c97bf2ac679b796fdfd365a267beecd",
            "800f0000decafbadcafebabe84438743da5ca97253c8ea9c900c654aad5eedf195961df0a3938bb1b0960539",
        ];
        for (suite, row) in ALL.into_iter().zip(rows) {
            let mut guard = Guard::new(&terms(suite));
            let plain = SOUND.replace("1234", "0000");
            assert_eq!(sealed(&mut guard.sealer, &plain, 0x1_0000), row, "{suite:?}");
            assert_eq!(opened(&mut guard.opener, &bytes(row)), None, "it is the second turn");
            let last = bytes(&sealed(&mut Guard::new(&terms(suite)).sealer, &SOUND.replace("1234", "ffff"), 0xffff));
            assert!(opened(&mut guard.opener, &last).is_some());
            assert_eq!(opened(&mut guard.opener, &bytes(row)), Some(bytes(&plain)), "{suite:?}");
        }
    }

    #[test]
    fn sources_and_extension_stay_readable_as_libsrtp_leaves_them() {
        let plain = "920f1235decafbadcafebabe0000000100000002bede000110aa0000abababababababababababababababab";
        let row = "920f1235decafbadcafebabe0000000100000002bede000110aa0000\
                   11399ff951c3e036f8de27e9c27ee3e039866aa5ba710211327a";
        let mut guard = Guard::new(&terms(SrtpSuite::AesCm128Sha1Tag80));
        assert_eq!(opened(&mut guard.opener, &bytes(row)), Some(bytes(plain)));
    }

    #[test]
    fn reports_are_sealed_and_opened_as_by_libsrtp() {
        let cm = "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798";
        let gcm = "81c8000bcafebabeea6e5eb3c75c462000f59ebf9e4ebd4e934239488f02f9ca1580174557117e3780000001";
        for (suite, row) in ALL.into_iter().zip([cm, cm, gcm]) {
            let mut guard = Guard::new(&terms(suite));
            let packet = guard.sealer.seal_report(&bytes(REPORT)).expect("a report");
            assert_eq!(packet.to_vec(), bytes(row), "{suite:?}");
            let mut room = [0; MAX_DATAGRAM];
            assert_eq!(guard.opener.open_report(&packet, &mut room), Some(&bytes(REPORT)[..]));
            assert_eq!(guard.opener.open_report(&packet, &mut room), None, "it is a repetition");
            for at in 0..packet.len() {
                let mut bent = packet.to_vec();
                bent[at] ^= 1;
                let mut fresh = Guard::new(&terms(suite)).opener;
                assert_eq!(fresh.open_report(&bent, &mut room), None, "{suite:?} byte {at}");
            }
        }
    }

    #[test]
    fn a_packet_that_was_changed_anywhere_is_not_the_peers() {
        for suite in ALL {
            let mut guard = Guard::new(&terms(suite));
            let packet = speak(&mut guard.sealer, 5);
            for at in 0..packet.len() {
                let mut bent = packet.clone();
                bent[at] ^= 0x10;
                assert_eq!(opened(&mut guard.opener, &bent), None, "{suite:?} byte {at}");
            }
            for length in 0..packet.len() {
                assert_eq!(opened(&mut guard.opener, &packet[..length]), None);
            }
            assert!(opened(&mut guard.opener, &packet).is_some(), "and nothing was learnt from the forgeries");
        }
    }

    #[test]
    fn sound_that_was_heard_is_not_heard_again() {
        let mut guard = Guard::new(&terms(SrtpSuite::AesCm128Sha1Tag80));
        let packets: Vec<_> = (0..200).map(|index| speak(&mut guard.sealer, index)).collect();
        let order =
            (0..200).filter(|index| index % 7 != 0).chain((0..200).filter(|index| index % 7 == 0 && *index > 71));
        for index in order {
            assert!(opened(&mut guard.opener, &packets[index]).is_some(), "{index}");
        }
        for packet in &packets {
            assert_eq!(opened(&mut guard.opener, packet), None);
        }
    }

    #[test]
    fn loss_and_disorder_around_three_turns_of_the_sequence_cost_nothing() {
        let mut guard = Guard::new(&terms(SrtpSuite::AesCm128Sha1Tag32));
        for turn in 1..4u64 {
            let edge = turn << 16;
            let near = [edge - 3, edge + 1, edge - 2, edge, edge - 1, edge + 2];
            // What lies between is lost, but never half a turn at once.
            for index in [edge - 30_000, edge - 100].into_iter().chain(near).chain([edge + 30_000]) {
                let packet = speak(&mut guard.sealer, index);
                assert!(opened(&mut guard.opener, &packet).is_some(), "{index}");
            }
        }
    }

    #[test]
    fn a_number_is_never_used_twice_under_one_key() {
        let mut sealer = Guard::new(&terms(SrtpSuite::AesCm128Sha1Tag80)).sealer;
        speak(&mut sealer, 9);
        assert!(sealer.seal(&[0x80; 12], &[1], 9).is_none());
        assert!(sealer.seal(&[0x80; 12], &[1], 8).is_some());
    }

    #[test]
    fn a_stranger_with_many_sources_takes_no_room_and_the_peers_count_is_bounded() {
        let mut guard = Guard::new(&terms(SrtpSuite::AesCm128Sha1Tag80));
        let mut opener_of_other_key = Guard::new(&Srtp { ours: key(&KEY.replace('e', "f")), ..terms(ALL[0]) });
        let from = |sealer: &mut Sealer, ssrc: u32, sequence: u16| {
            let head = rtp::write(&rtp::Header { marker: false, payload_type: 8, sequence, timestamp: 1, ssrc });
            sealer.sent = Window::default();
            sealer.seal(&head, &[1, 2, 3], sequence.into()).expect("fresh").to_vec()
        };
        for ssrc in 0..1_000 {
            let forged = from(&mut opener_of_other_key.sealer, ssrc, 1);
            assert_eq!(opened(&mut guard.opener, &forged), None);
        }
        let heard = (0..1_000u32).filter(|ssrc| {
            let packet = from(&mut guard.sealer, *ssrc, 1);
            opened(&mut guard.opener, &packet).is_some()
        });
        assert_eq!(heard.count(), MAX_SRTP_SOURCES);
        assert!(opened(&mut guard.opener, &from(&mut guard.sealer, 0, 2)).is_some(), "the first is still heard");
    }

    #[test]
    fn a_refresh_keeps_the_count_and_a_new_key_needs_the_new_key() {
        let old = terms(SrtpSuite::AesCm128Sha1Tag80);
        let mut guard = Guard::new(&old);
        let first = speak(&mut guard.sealer, 3);
        assert!(opened(&mut guard.opener, &first).is_some());
        guard.renew(&old);
        assert_eq!(opened(&mut guard.opener, &first), None, "a refresh opens no door for repetitions");
        let other = key(&KEY.replace('0', "1"));
        let mut far = Guard::new(&Srtp { ours: other, ..old }).sealer;
        guard.renew(&Srtp { theirs: other, ..old });
        assert!(opened(&mut guard.opener, &speak(&mut far, 4)).is_some());
        assert_eq!(opened(&mut guard.opener, &speak(&mut guard.sealer, 5)), None, "the old key is over");
    }
}
