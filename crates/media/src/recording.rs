//! Two-channel recordings. Each channel is a line of samples since the start;
//! a packet is placed on it by its timestamp, anchored once to when the first
//! packet arrived, so that jitter, reordering and stalls move nothing; what
//! never arrives, or arrives too late, is silence.

use crate::limits::{RECORDING_DRIFT, RECORDING_HOLD, RECORDING_LATE, RECORDING_ROOM};
use crate::stream::ticks;
use crate::{LegId, RecordingBlock, RecordingId};
use std::ops::Range;
use std::time::Duration;

const CLOCK: u32 = 8_000;

/// Which channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The customer.
    Left,
    /// The agent.
    Right,
}

/// A piece of sound as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// Who says it.
    pub ssrc: u32,
    /// Timestamp of its first sample.
    pub timestamp: u32,
    /// The clock of the timestamp.
    pub clock: u32,
    /// The samples at 8 kHz.
    pub samples: &'a [i16],
}

/// One recording in progress.
#[derive(Debug)]
pub struct Recording {
    id: RecordingId,
    started: Duration,
    left: Line,
    right: Line,
    /// Samples already given away.
    written: i64,
}

#[derive(Debug)]
struct Line {
    leg: Option<LegId>,
    /// Samples from `written` on; sample `n` stands at `n % RECORDING_ROOM`.
    ring: Box<[i16]>,
    anchor: Option<Anchor>,
    /// Arrival of the first of the packets that were all late until now.
    late_since: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Anchor {
    ssrc: u32,
    clock: u32,
    timestamp: u32,
    index: i64,
}

impl Recording {
    /// A recording that starts now.
    #[must_use]
    pub fn new(id: RecordingId, now: Duration) -> Recording {
        Recording { id, started: now, left: Line::new(), right: Line::new(), written: 0 }
    }

    /// Who speaks on which channel from now on; gives who did before.
    pub fn seat(&mut self, channel: Channel, leg: Option<LegId>) -> Option<LegId> {
        let line = self.line(channel);
        line.anchor = None;
        line.late_since = None;
        std::mem::replace(&mut line.leg, leg)
    }

    /// Whether no leg speaks on it any more.
    #[must_use]
    pub fn is_deserted(&self) -> bool {
        self.left.leg.is_none() && self.right.leg.is_none()
    }

    /// The legs that speak on it.
    pub fn legs(&self) -> impl Iterator<Item = LegId> {
        [self.left.leg, self.right.leg].into_iter().flatten()
    }

    /// Places a piece of sound.
    pub fn place(&mut self, channel: Channel, piece: &Piece<'_>, now: Duration) {
        // The piece lasted until it arrived.
        let arrival = self.index_at(now) - piece.samples.len() as i64;
        let written = self.written;
        self.line(channel).place(piece, arrival, written);
    }

    /// Gives away what a packet that arrives now needs the room of. Normally
    /// that is nothing; after a stall of the thread it is as little as can be,
    /// because older packets still come.
    pub fn take_crowded(&mut self, now: Duration) -> Option<RecordingBlock> {
        let end = self.index_at(now) + samples_of(RECORDING_DRIFT);
        self.take_until(end - RECORDING_ROOM as i64)
    }

    /// Gives away what no late packet can change any more.
    pub fn take_settled(&mut self, now: Duration) -> Option<RecordingBlock> {
        let settled = self.index_at(now.saturating_sub(RECORDING_HOLD));
        self.take_until(settled)
    }

    /// Gives away everything up to now: the recording is over.
    pub fn finish(mut self, now: Duration) -> (Vec<RecordingBlock>, u64) {
        let end = self.index_at(now).max(self.written);
        let mut blocks = Vec::new();
        while let Some(block) = self.take_until(end) {
            blocks.push(block);
        }
        match blocks.last_mut() {
            Some(block) => block.last = true,
            None => blocks.push(RecordingBlock {
                recording: self.id,
                first_sample: self.written.unsigned_abs(),
                samples: Vec::new(),
                last: true,
            }),
        }
        (blocks, self.written.unsigned_abs())
    }

    fn line(&mut self, channel: Channel) -> &mut Line {
        match channel {
            Channel::Left => &mut self.left,
            Channel::Right => &mut self.right,
        }
    }

    fn index_at(&self, now: Duration) -> i64 {
        let micros = now.saturating_sub(self.started).as_micros();
        i64::try_from(micros * u128::from(CLOCK) / 1_000_000).unwrap_or(i64::MAX)
    }

    fn take_until(&mut self, end: i64) -> Option<RecordingBlock> {
        let count = (end - self.written).clamp(0, RECORDING_ROOM as i64);
        if count == 0 {
            return None;
        }
        let mut samples = vec![0; count.unsigned_abs() as usize * 2];
        let (mut frames, _) = samples.as_chunks_mut::<2>();
        for span in spans(self.written, frames.len()) {
            let (part, rest) = frames.split_at_mut(span.len());
            let (left, right) = (&mut self.left.ring[span.clone()], &mut self.right.ring[span]);
            for (frame, (left, right)) in part.iter_mut().zip(left.iter().zip(right.iter())) {
                *frame = [*left, *right];
            }
            // What never arrives there is silence.
            left.fill(0);
            right.fill(0);
            frames = rest;
        }
        let first_sample = self.written.unsigned_abs();
        self.written += count;
        Some(RecordingBlock { recording: self.id, first_sample, samples, last: false })
    }
}

impl Line {
    fn new() -> Line {
        Line { leg: None, ring: vec![0; RECORDING_ROOM].into(), anchor: None, late_since: None }
    }

    fn place(&mut self, piece: &Piece<'_>, arrival: i64, written: i64) {
        let first = self.index_of(piece, arrival);
        // What is given away already, or beyond the room, is left out.
        let length = piece.samples.len() as i64;
        let from = (written - first).clamp(0, length);
        let to = (written + RECORDING_ROOM as i64 - first).clamp(from, length);
        let samples = &piece.samples[from.unsigned_abs() as usize..to.unsigned_abs() as usize];
        let [head, tail] = spans(first + from, samples.len());
        let (before, behind) = samples.split_at(head.len());
        self.ring[head].copy_from_slice(before);
        self.ring[tail].copy_from_slice(behind);
    }

    fn index_of(&mut self, piece: &Piece<'_>, arrival: i64) -> i64 {
        if let Some(anchor) = self.anchor
            && anchor.ssrc == piece.ssrc
            && anchor.clock == piece.clock
        {
            let ahead = piece.timestamp.wrapping_sub(anchor.timestamp) as i32;
            let samples = i64::from(ahead) * i64::from(CLOCK) / i64::from(piece.clock.max(1));
            let index = anchor.index + samples;
            if index - arrival <= samples_of(RECORDING_DRIFT) && !self.is_late_for_long(index, arrival) {
                // Move the anchor along, so that it never wraps behind.
                if ahead > 0 {
                    self.anchor = Some(Anchor { timestamp: piece.timestamp, index, ..anchor });
                }
                return index;
            }
        }
        self.late_since = None;
        self.anchor = Some(Anchor { ssrc: piece.ssrc, clock: piece.clock, timestamp: piece.timestamp, index: arrival });
        arrival
    }

    /// Whether a source lags by more than a stall explains: its clock has stood
    /// still. A burst after a stall is late too, but soon over.
    fn is_late_for_long(&mut self, index: i64, arrival: i64) -> bool {
        if arrival - index <= samples_of(RECORDING_DRIFT) {
            self.late_since = None;
            return false;
        }
        let since = *self.late_since.get_or_insert(arrival);
        arrival - since >= samples_of(RECORDING_LATE)
    }
}

fn samples_of(time: Duration) -> i64 {
    i64::from(ticks(time, CLOCK))
}

/// Where samples stand in a ring, at most a whole one of them: up to its end, and on from its
/// beginning. Copied in two pieces, because one by one they cost more than all else of a recording.
fn spans(first: i64, count: usize) -> [Range<usize>; 2] {
    let start = first.rem_euclid(RECORDING_ROOM as i64).unsigned_abs() as usize;
    let straight = count.min(RECORDING_ROOM - start);
    [start..start + straight, 0..count - straight]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SWEEP_EVERY;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A line whose every sample says where it belongs.
    fn piece_of(n: u64, samples: &mut [i16; 160]) -> u32 {
        let first = n as u32 * 160;
        for (offset, sample) in (0u32..).zip(samples.iter_mut()) {
            *sample = ((first + offset) % 30_000 + 1) as i16;
        }
        first
    }

    /// Records 10 s of a source whose packet `n` arrives at `arrives(n)`.
    fn recorded(arrives: impl Fn(u64) -> u64) -> Vec<i16> {
        recorded_by(arrives, |_| false)
    }

    /// The same on a thread that is away at some times: what arrives then is
    /// taken when it comes back, before anything is given away.
    fn recorded_by(arrives: impl Fn(u64) -> u64, away: impl Fn(u64) -> bool) -> Vec<i16> {
        let mut recording = Recording::new(RecordingId(1), at(1_000));
        recording.seat(Channel::Left, Some(LegId(1)));
        let mut waiting: Vec<(u64, u64)> = (0..500).map(|n| (arrives(n), n)).collect();
        waiting.sort_unstable();
        waiting.reverse();
        let mut left = Vec::new();
        for time in (1_000..11_200).filter(|time| !away(*time)) {
            while let Some((_, n)) = waiting.pop_if(|(due, _)| *due <= time) {
                left.extend(recording.take_crowded(at(time)).into_iter().flat_map(lefts));
                let mut samples = [0; 160];
                let timestamp = piece_of(n, &mut samples).wrapping_add(u32::MAX - 40_000);
                let piece = Piece { ssrc: 5, timestamp, clock: 8_000, samples: &samples };
                recording.place(Channel::Left, &piece, at(time));
            }
            if time % SWEEP_EVERY.as_millis() as u64 == 0 {
                left.extend(recording.take_settled(at(time)).into_iter().flat_map(lefts));
            }
        }
        let (blocks, total) = recording.finish(at(11_200));
        left.extend(blocks.into_iter().flat_map(lefts));
        assert_eq!(left.len() as u64, total);
        left
    }

    /// Packets of a source that have their whole sound in the right place.
    fn in_place(heard: &[i16]) -> Vec<u64> {
        let is_there = |n: &u64| {
            let mut samples = [0; 160];
            let first = piece_of(*n, &mut samples) as usize;
            heard[first..first + 160] == samples
        };
        (0..500).filter(is_there).collect()
    }

    fn sound_elsewhere(heard: &[i16]) -> usize {
        let belongs = |(index, sample): &(usize, &i16)| **sample != 0 && **sample != (index % 30_000 + 1) as i16;
        heard.iter().enumerate().filter(belongs).count()
    }

    fn lefts(block: RecordingBlock) -> Vec<i16> {
        let (frames, _) = block.samples.as_chunks::<2>();
        assert!(frames.iter().all(|[_, right]| *right == 0));
        frames.iter().map(|[left, _]| *left).collect()
    }

    fn is_one_unbroken_line(heard: &[i16]) -> bool {
        let sound: Vec<i16> = heard.iter().copied().skip_while(|s| *s == 0).take(79_000).collect();
        sound.len() == 79_000 && sound.windows(2).all(|pair| pair[1] == pair[0] % 30_000 + 1)
    }

    #[test]
    fn even_packets_make_one_unbroken_line() {
        assert!(is_one_unbroken_line(&recorded(|n| 1_020 + n * 20)));
    }

    #[test]
    fn jitter_and_reordering_leave_no_trace() {
        let jitter = |n: u64| (n * 7_919 % 13) * 15;
        assert!(is_one_unbroken_line(&recorded(|n| 1_020 + n * 20 + jitter(n))));
    }

    #[test]
    fn a_stall_of_the_network_leaves_no_trace() {
        let stalled = |n: u64| if (100..115).contains(&n) { 1_020 + 115 * 20 } else { 1_020 + n * 20 };
        assert!(is_one_unbroken_line(&recorded(stalled)));
    }

    #[test]
    fn a_long_stall_of_the_network_costs_its_own_sound_and_moves_nothing() {
        for stall in [500, 1_000, 3_000] {
            let from = 3_000;
            let stalled = |n: u64| {
                let sent = 1_020 + n * 20;
                if (from..from + stall).contains(&sent) { from + stall } else { sent }
            };
            let heard = recorded(stalled);
            let there = in_place(&heard);
            assert_eq!(sound_elsewhere(&heard), 0, "{stall} ms");
            // All but what was given away while nothing came.
            let hold = RECORDING_HOLD.as_millis() as u64;
            assert!(there.len() as u64 >= 500 - stall.saturating_sub(hold).div_ceil(20) - 2, "{stall} ms: {there:?}");
            assert!((from + stall - 1_020) / 20 <= 499 && (250..500).all(|n| there.contains(&n)), "{stall} ms");
        }
    }

    #[test]
    fn a_stall_of_our_own_thread_leaves_no_trace() {
        for stall in [500, 1_000, 1_500] {
            let heard = recorded_by(|n| 1_020 + n * 20, |time| (3_001..3_001 + stall).contains(&time));
            assert_eq!(in_place(&heard), (0..500).collect::<Vec<_>>(), "{stall} ms");
        }
    }

    #[test]
    fn what_is_lost_is_silence_and_what_follows_keeps_its_place() {
        let lost = |n: u64| if n == 200 { 60_000 } else { 1_020 + n * 20 };
        let heard = recorded(lost);
        assert_eq!(heard[200 * 160..201 * 160], [0; 160]);
        assert_eq!(heard[201 * 160], ((201 * 160) % 30_000 + 1) as i16);
    }

    #[test]
    fn a_source_whose_clock_stood_still_is_placed_where_it_is_after_a_second() {
        let mut recording = Recording::new(RecordingId(1), at(0));
        let mut blocks = Vec::new();
        let samples = [9; 160];
        let piece = |timestamp| Piece { ssrc: 1, timestamp, clock: 8_000, samples: &samples };
        recording.place(Channel::Right, &piece(0), at(20));
        // It said nothing for three seconds.
        for n in 0..100 {
            let now = at(3_020 + u64::from(n) * 20);
            blocks.extend(std::iter::from_fn(|| recording.take_settled(now)));
            recording.place(Channel::Right, &piece(160 + n * 160), now);
        }
        let (last, total) = recording.finish(at(5_000));
        blocks.extend(last);
        assert_eq!(total, 40_000);
        let all: Vec<i16> = blocks.iter().flat_map(|block| block.samples.as_chunks::<2>().0).map(|s| s[1]).collect();
        let is = |from: usize, to: usize, sample| all[from * 8..to * 8].iter().all(|found| *found == sample);
        assert!(is(0, 20, 9) && is(20, 4_000, 0) && is(4_000, 5_000, 9));
        assert!(blocks.last().is_some_and(|block| block.last));
    }
}
