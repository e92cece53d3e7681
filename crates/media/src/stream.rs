//! The two directions of one leg's packets: what arrives is counted, what
//! leaves is numbered. A leg's outgoing stream keeps one source, one sequence
//! and one clock, whoever speaks on it: prompts, digits or the other leg.

use crate::limits::{FRAME, MAX_SEQUENCE_JUMP, MAX_TIMESTAMP_JUMP};
use crate::rtcp::{Block, Sent};
use crate::rtp::Header;
use std::time::Duration;

/// Ticks of a clock in a time.
#[must_use]
pub fn ticks(time: Duration, clock: u32) -> u32 {
    let ticks = time.as_micros() * u128::from(clock) / 1_000_000;
    // Timestamps wrap; only the low 32 bits matter.
    (ticks & u128::from(u32::MAX)) as u32
}

/// Counts what arrives. (rfc3550:A.1, A.3, A.8)
#[derive(Debug, Default)]
pub struct Reception {
    source: Option<Source>,
    /// Packets of all sources so far.
    pub received: u64,
    lost_before: u64,
}

#[derive(Debug)]
struct Source {
    ssrc: u32,
    base: u64,
    highest: u64,
    received: u64,
    transit: Option<i64>,
    /// In the source's clock, times 16.
    jitter: i64,
    clock: u32,
    /// Packets expected and received by the last report.
    reported: (u64, u64),
    /// What would follow a packet that came from far behind.
    stray: Option<u16>,
}

impl Reception {
    /// Takes a packet into account; gives its sequence number without wraps, or
    /// nothing for a packet that is out of all order.
    pub fn note(&mut self, header: &Header, clock: u32, now: Duration) -> Option<u64> {
        let source = match self.source.take() {
            Some(source) if source.ssrc == header.ssrc => source,
            other => {
                self.lost_before += other.map_or(0, |source| source.lost());
                Source::new(header, clock)
            }
        };
        let source = self.source.insert(source);
        let sequence = source.extend(header.sequence)?;
        self.received += 1;
        if sequence > source.highest + MAX_SEQUENCE_JUMP {
            // The source has restarted its sequence: nothing was lost between.
            self.lost_before += source.lost();
            source.base = sequence;
            source.received = 0;
            source.reported = (0, 0);
        }
        source.highest = source.highest.max(sequence);
        source.received += 1;
        source.clock = clock;
        source.note_transit(header.timestamp, now);
        Some(sequence)
    }

    /// How the present source is heard, since the last time this was asked, and in
    /// all. (rfc3550:A.3)
    pub fn report(&mut self) -> Option<Block> {
        let source = self.source.as_mut().filter(|source| source.received > 0)?;
        let expected = (source.highest + 1).saturating_sub(source.base);
        let (expected_before, received_before) = source.reported;
        source.reported = (expected, source.received);
        let lately = expected.saturating_sub(expected_before);
        let missed = lately.saturating_sub(source.received.saturating_sub(received_before));
        let lost = expected as i64 - source.received as i64;
        Some(Block {
            ssrc: source.ssrc,
            fraction: u8::try_from((missed << 8).checked_div(lately).unwrap_or(0)).unwrap_or(u8::MAX),
            lost: i32::try_from(lost).unwrap_or(i32::MAX),
            // The turn below the first packet is not the wire's.
            highest: (source.highest - (1 << 16)) as u32,
            jitter: u32::try_from(source.jitter >> 4).unwrap_or(u32::MAX),
            last_report: 0,
            since_last: 0,
        })
    }

    /// Packets missing by sequence number.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost_before + self.source.as_ref().map_or(0, Source::lost)
    }

    /// Interarrival jitter in microseconds.
    #[must_use]
    pub fn jitter_us(&self) -> u32 {
        let Some(source) = &self.source else {
            return 0;
        };
        let us = (source.jitter >> 4) * 1_000_000 / i64::from(source.clock.max(1));
        u32::try_from(us).unwrap_or(u32::MAX)
    }
}

impl Source {
    fn new(header: &Header, clock: u32) -> Source {
        // One turn of the sequence below the first packet stays free, so that
        // packets that arrive before it in order still have a number.
        let first = (1 << 16) + u64::from(header.sequence);
        Source {
            ssrc: header.ssrc,
            base: first,
            highest: first,
            received: 0,
            transit: None,
            jitter: 0,
            clock,
            reported: (0, 0),
            stray: None,
        }
    }

    fn extend(&mut self, sequence: u16) -> Option<u64> {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        if ahead < 0x8000 {
            self.stray = None;
            return Some(self.highest + u64::from(ahead));
        }
        let behind = u64::from(ahead.wrapping_neg());
        if behind <= MAX_SEQUENCE_JUMP {
            return self.highest.checked_sub(behind);
        }
        // rfc3550:A.1 — one packet far behind is a stray; two in a row are a
        // source that has restarted, which goes on two turns ahead.
        if self.stray.replace(sequence.wrapping_add(1)) != Some(sequence) {
            return None;
        }
        self.stray = None;
        let turn = self.highest & !0xffff;
        Some(turn + (2 << 16) + u64::from(sequence))
    }

    fn lost(&self) -> u64 {
        (self.highest + 1).saturating_sub(self.base).saturating_sub(self.received)
    }

    fn note_transit(&mut self, timestamp: u32, now: Duration) {
        let arrival = ticks(now, self.clock);
        let transit = i64::from(arrival.wrapping_sub(timestamp) as i32);
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit - before).abs();
            // A restarted clock is not jitter.
            if difference < i64::from(self.clock) {
                self.jitter += difference - ((self.jitter + 8) >> 4);
            }
        }
    }
}

/// A packet of another leg, as far as its number goes.
#[derive(Debug, Clone, Copy)]
pub struct Incoming {
    /// Its sequence number without wraps.
    pub sequence: u64,
    /// Its timestamp.
    pub timestamp: u32,
    /// Who says it.
    pub ssrc: u32,
    /// Start of a talkspurt.
    pub marker: bool,
    /// The clock of its timestamp.
    pub clock: u32,
    /// Whether its timestamp moves with time; that of a pressed key stands.
    pub flowing: bool,
}

/// The number of a packet that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Start of a talkspurt.
    pub marker: bool,
    /// Its sequence number without wraps.
    pub sequence: u64,
    /// Its timestamp.
    pub timestamp: u32,
}

/// Numbers what leaves.
#[derive(Debug)]
pub struct Numbering {
    /// Our source.
    pub ssrc: u32,
    next_sequence: u64,
    /// Timestamp of the newest packet.
    timestamp: u32,
    sent_at: Option<Duration>,
    speaker: Speaker,
    /// Packets sent.
    pub sent: u64,
    /// Bytes of sound in them.
    pub octets: u64,
}

#[derive(Debug, Clone, Copy)]
enum Speaker {
    Nobody,
    Ourselves,
    Peer(Mapping),
}

/// How the numbers of a relayed source become ours.
#[derive(Debug, Clone, Copy)]
struct Mapping {
    ssrc: u32,
    clock: u32,
    from_sequence: u64,
    from_timestamp: u32,
    newest: u64,
    to_sequence: u64,
    to_timestamp: u32,
    since: Duration,
}

impl Numbering {
    /// A stream that has not spoken. `sequence` must be below 2^16, because the
    /// roll-over count of SRTP starts at zero. (rfc3711:3.3.1)
    #[must_use]
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Numbering {
        Numbering {
            ssrc,
            next_sequence: u64::from(sequence),
            timestamp,
            sent_at: None,
            speaker: Speaker::Nobody,
            sent: 0,
            octets: 0,
        }
    }

    /// What a sender report says of the stream; `time` is `now` as it writes it.
    #[must_use]
    pub fn report(&self, time: u64, clock: u32, now: Duration) -> Option<Sent> {
        let since = now.saturating_sub(self.sent_at?);
        Some(Sent {
            time,
            timestamp: self.timestamp.wrapping_add(ticks(since, clock)),
            // rfc3550:6.4.1 — both wrap.
            packets: self.sent as u32,
            octets: self.octets as u32,
        })
    }

    /// The speaker stops; whoever speaks next starts a talkspurt.
    pub fn pause(&mut self) {
        self.speaker = Speaker::Nobody;
    }

    /// Numbers a packet of our own making.
    pub fn own(&mut self, clock: u32, now: Duration) -> Number {
        let starts = !matches!(self.speaker, Speaker::Ourselves);
        let timestamp = if starts {
            self.speaker = Speaker::Ourselves;
            self.resume(clock, now)
        } else {
            self.timestamp.wrapping_add(ticks(FRAME, clock))
        };
        let number = Number { marker: starts, sequence: self.next_sequence, timestamp };
        self.note(number, now);
        number
    }

    /// Numbers a packet that repeats the timestamp of the newest: a key that
    /// stays down.
    pub fn own_again(&mut self, now: Duration) -> Number {
        let number = Number { marker: false, sequence: self.next_sequence, timestamp: self.timestamp };
        let began = self.sent_at;
        self.note(number, now);
        // The clock went on while the timestamp stood.
        self.sent_at = began;
        number
    }

    /// Numbers a relayed packet; `None` for one from before the relay began.
    pub fn relayed(&mut self, incoming: Incoming, clock: u32, now: Duration) -> Option<Number> {
        let (mapping, fresh) = self.mapping(&incoming, clock, now);
        let ahead = incoming.sequence.checked_sub(mapping.from_sequence)?;
        let number = Number {
            marker: fresh || incoming.marker,
            sequence: mapping.to_sequence + ahead,
            timestamp: mapping.timestamp(&incoming, clock),
        };
        self.note(number, now);
        Some(number)
    }

    /// Numbers a packet that carries relayed sound in a framing of our own:
    /// the clock is the source's, the sequence ours.
    pub fn reframed(&mut self, incoming: Incoming, clock: u32, now: Duration) -> Number {
        let (mapping, fresh) = self.mapping(&incoming, clock, now);
        let number =
            Number { marker: fresh, sequence: self.next_sequence, timestamp: mapping.timestamp(&incoming, clock) };
        self.note(number, now);
        number
    }

    /// How a source's numbers become ours, and whether that has just begun.
    fn mapping(&mut self, incoming: &Incoming, clock: u32, now: Duration) -> (Mapping, bool) {
        if let Speaker::Peer(mapping) = &mut self.speaker
            && mapping.continues(incoming, now)
        {
            mapping.newest = mapping.newest.max(incoming.sequence);
            return (*mapping, false);
        }
        let mapping = Mapping {
            ssrc: incoming.ssrc,
            clock: incoming.clock,
            from_sequence: incoming.sequence,
            from_timestamp: incoming.timestamp,
            newest: incoming.sequence,
            to_sequence: self.next_sequence,
            to_timestamp: self.resume(clock, now),
            since: now,
        };
        self.speaker = Speaker::Peer(mapping);
        (mapping, true)
    }

    /// The timestamp of a talkspurt that starts now: the clock went on.
    fn resume(&self, clock: u32, now: Duration) -> u32 {
        let silent = self.sent_at.map_or(FRAME, |sent_at| now.saturating_sub(sent_at).max(FRAME));
        self.timestamp.wrapping_add(ticks(silent, clock))
    }

    fn note(&mut self, number: Number, now: Duration) {
        self.sent += 1;
        if number.sequence >= self.next_sequence {
            self.next_sequence = number.sequence + 1;
            self.timestamp = number.timestamp;
            self.sent_at = Some(now);
        }
    }
}

impl Mapping {
    /// Whether a packet belongs to the same flow of the same source.
    fn continues(&self, incoming: &Incoming, now: Duration) -> bool {
        if self.ssrc != incoming.ssrc || self.clock != incoming.clock {
            return false;
        }
        if incoming.sequence > self.newest + MAX_SEQUENCE_JUMP {
            return false;
        }
        if !incoming.flowing {
            return true;
        }
        let by_clock = i64::from(incoming.timestamp.wrapping_sub(self.from_timestamp));
        let by_arrival = i64::from(ticks(now.saturating_sub(self.since), self.clock));
        let apart = i64::from((by_clock - by_arrival) as i32).abs();
        apart < i64::from(ticks(MAX_TIMESTAMP_JUMP, self.clock))
    }

    fn timestamp(&self, incoming: &Incoming, clock: u32) -> u32 {
        let ahead = incoming.timestamp.wrapping_sub(self.from_timestamp) as i32;
        let scaled = i64::from(ahead) * i64::from(clock) / i64::from(self.clock.max(1));
        self.to_timestamp.wrapping_add(scaled as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn header(sequence: u16) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp: u32::from(sequence).wrapping_mul(160), ssrc: 1 }
    }

    fn incoming(sequence: u64, timestamp: u32) -> Incoming {
        Incoming { sequence, timestamp, ssrc: 9, marker: false, clock: 8_000, flowing: true }
    }

    fn numbered(packets: &[u16]) -> (Vec<Option<u64>>, u64) {
        let mut reception = Reception::default();
        let numbers = packets
            .iter()
            .enumerate()
            .map(|(at_20ms, sequence)| reception.note(&header(*sequence), 8_000, at(at_20ms as u64 * 20)))
            .collect();
        (numbers, reception.lost())
    }

    #[test]
    fn a_gap_is_counted_until_the_late_packet_comes() {
        assert_eq!(numbered(&[1, 2, 4, 5]).1, 1);
        assert_eq!(numbered(&[1, 2, 4, 5, 3]).1, 0);
    }

    #[test]
    fn the_sequence_goes_on_over_its_wrap() {
        let (numbers, lost) = numbered(&[65_534, 65_535, 0, 1]);
        let first = numbers[0].expect("a number");
        let expected: Vec<_> = (0..4).map(|ahead| Some(first + ahead)).collect();
        assert_eq!((numbers, lost), (expected, 0));
    }

    #[test]
    fn a_source_that_restarts_its_sequence_is_heard_again_and_lost_nothing() {
        let (numbers, lost) = numbered(&[30_000, 30_001, 5, 6, 7, 40_000, 40_001]);
        assert_eq!(numbers[2], None, "one stray packet is no restart");
        assert!(numbers[3].expect("a number") > numbers[1].expect("a number"));
        assert_eq!(lost, 0);
    }

    #[test]
    fn even_arrivals_have_no_jitter_and_uneven_ones_do() {
        let mut even = Reception::default();
        let mut uneven = Reception::default();
        for n in 0..200u16 {
            let time = u64::from(n) * 20;
            even.note(&header(n), 8_000, at(time));
            uneven.note(&header(n), 8_000, at(time + u64::from(n % 2) * 10));
        }
        assert_eq!(even.jitter_us(), 0);
        assert!((8_000..11_000).contains(&uneven.jitter_us()), "{}", uneven.jitter_us());
    }

    #[test]
    fn a_prompt_then_a_bridge_are_one_stream_with_two_talkspurts() {
        let mut numbering = Numbering::new(7, 100, 5_000);
        let prompt: Vec<Number> = (0..3).map(|n| numbering.own(8_000, at(n * 20))).collect();
        assert_eq!(prompt[0], Number { marker: true, sequence: 100, timestamp: 5_160 });
        assert_eq!(prompt[2], Number { marker: false, sequence: 102, timestamp: 5_480 });
        let first = numbering.relayed(incoming(900, 77_000), 8_000, at(140));
        // 100 ms after the last frame of the prompt.
        assert_eq!(first, Some(Number { marker: true, sequence: 103, timestamp: 6_280 }));
        let third = numbering.relayed(incoming(902, 77_320), 8_000, at(180));
        assert_eq!(third, Some(Number { marker: false, sequence: 105, timestamp: 6_600 }));
        let late = numbering.relayed(incoming(901, 77_160), 8_000, at(181));
        assert_eq!(late, Some(Number { marker: false, sequence: 104, timestamp: 6_440 }));
        assert_eq!(numbering.relayed(incoming(899, 76_840), 8_000, at(182)), None);
    }

    #[test]
    fn a_source_that_restarts_its_clock_starts_a_talkspurt() {
        let mut numbering = Numbering::new(7, 0, 0);
        numbering.relayed(incoming(10, 1_000), 8_000, at(0));
        let jump = numbering.relayed(incoming(11, 900_000_000), 8_000, at(20));
        assert_eq!(jump, Some(Number { marker: true, sequence: 1, timestamp: 320 }));
    }

    #[test]
    fn clocks_of_eight_and_forty_eight_kilohertz_are_scaled() {
        let mut numbering = Numbering::new(7, 0, 0);
        numbering.relayed(incoming(10, 1_000), 48_000, at(0));
        let next = numbering.relayed(incoming(11, 1_160), 48_000, at(20));
        assert_eq!(next, Some(Number { marker: false, sequence: 1, timestamp: 1_920 }));
    }
}
