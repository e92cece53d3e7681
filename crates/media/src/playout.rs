//! One speaker's sound on its way into a mix: packets wait until their turn, at
//! least 20 and at most 120 ms, as much as the network's jitter asks for. What
//! is not there when its turn comes is concealed and then silent; it is never
//! noise.

use crate::Codec;
use crate::codec::{Decoder, LINEAR_CLOCK, Samples};
use crate::limits::{
    CONCEALED_SAMPLES, FRAME_SAMPLES, JITTER_LATE_IN_ROW, JITTER_LEAST, JITTER_MOST, JITTER_SHRINKS_EVERY,
    MAX_BYTES_WAITING, MAX_PACKET_SAMPLES, MAX_PACKETS_WAITING, MAX_TIMESTAMP_JUMP,
};
use crate::stream::{Incoming, ticks};
use std::time::Duration;

/// One frame of sound.
pub type Frame = [i16; FRAME_SAMPLES];

/// Whether there is anything to hear in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// There is.
    Audible,
    /// Every sample is zero.
    Silent,
}

/// The sound of one speaker. Places are counted in samples of its own time.
pub struct Playout {
    decoder: Decoder,
    flow: Option<Flow>,
    waiting: Vec<Waiting>,
    /// Where the next packet to be decoded begins.
    cursor: i64,
    /// Where the newest decoded packet ended.
    decoded_to: i64,
    /// Sound that was decoded and not taken yet.
    decoded: Decoded,
    concealer: Concealer,
    pace: Pace,
}

/// A source whose packets follow each other.
#[derive(Clone, Copy)]
struct Flow {
    ssrc: u32,
    clock: u32,
    codec: Codec,
    /// Of its newest packet.
    timestamp: u32,
    place: i64,
}

/// A packet that waits; its room is kept when it is free.
struct Waiting {
    place: Option<i64>,
    payload: Vec<u8>,
}

struct Decoded {
    samples: Box<Samples>,
    from: usize,
    to: usize,
}

impl Default for Playout {
    fn default() -> Playout {
        Playout {
            decoder: Decoder::default(),
            flow: None,
            waiting: Vec::new(),
            cursor: 0,
            decoded_to: 0,
            decoded: Decoded { samples: Box::new([0; MAX_PACKET_SAMPLES]), from: 0, to: 0 },
            concealer: Concealer::default(),
            pace: Pace::default(),
        }
    }
}

impl Playout {
    /// Takes a packet as it arrived.
    pub fn take(&mut self, incoming: Incoming, codec: Codec, payload: &[u8]) {
        let samples = codec.samples_in(payload) as i64;
        if samples == 0 || payload.len() > MAX_BYTES_WAITING {
            return;
        }
        let place = match self.place(incoming, codec) {
            Some(place) => place,
            None => self.start(incoming, codec),
        };
        let mut ahead = place - self.cursor;
        if ahead < 0 {
            match self.pace.late(-ahead) {
                // Nothing after it was played: it only has to be waited for.
                Remedy::Wait if self.decoded_to <= place && self.decoded.is_empty() => {
                    self.cursor = place;
                    self.pace.waited(-ahead);
                    ahead = 0;
                }
                Remedy::Wait => {
                    self.pace.owes = Owes::OneFrameMore;
                    return;
                }
                Remedy::None => return,
                Remedy::Restart => ahead = self.jump_to(place),
            }
        } else if ahead > samples_of(JITTER_MOST) + FRAME_SAMPLES as i64 {
            ahead = self.jump_to(place);
        }
        self.pace.in_time(ahead);
        self.wait(place, payload);
    }

    /// Gives the next frame; call it once a tick.
    pub fn next_frame(&mut self, frame: &mut Frame) -> Sound {
        match self.pace.tick() {
            Owes::Nothing => self.read(frame),
            Owes::OneFrameMore => {
                self.conceal(frame, None);
                self.pace.waited(FRAME_SAMPLES as i64);
            }
            Owes::OneFrameLess => {
                let mut next = [0; FRAME_SAMPLES];
                self.read(frame);
                self.read(&mut next);
                cross_fade(frame, &next);
                self.pace.waited(-(FRAME_SAMPLES as i64));
            }
        }
        if frame.iter().all(|sample| *sample == 0) { Sound::Silent } else { Sound::Audible }
    }

    /// Forgets what waits: its speaker was muted.
    pub fn hush(&mut self) {
        self.flow = None;
        self.forget_waiting();
        self.concealer = Concealer::default();
    }

    fn place(&mut self, incoming: Incoming, codec: Codec) -> Option<i64> {
        let flow = self.flow.as_mut()?;
        if (flow.ssrc, flow.clock, flow.codec) != (incoming.ssrc, incoming.clock, codec) {
            return None;
        }
        let ahead = incoming.timestamp.wrapping_sub(flow.timestamp) as i32;
        let samples = i64::from(ahead) * i64::from(LINEAR_CLOCK) / i64::from(flow.clock.max(1));
        let place = flow.place + samples;
        // Against the cursor, not the newest packet: silence may be long.
        if (place - self.cursor).abs() > samples_of(MAX_TIMESTAMP_JUMP) {
            return None;
        }
        if ahead > 0 {
            flow.timestamp = incoming.timestamp;
            flow.place = place;
        }
        Some(place)
    }

    /// A source begins: its first packet waits for the least time.
    fn start(&mut self, incoming: Incoming, codec: Codec) -> i64 {
        self.decoder.forget();
        let place = self.cursor + samples_of(JITTER_LEAST);
        let Incoming { ssrc, clock, timestamp, .. } = incoming;
        self.flow = Some(Flow { ssrc, clock, codec, timestamp, place });
        self.pace = Pace::default();
        self.forget_waiting();
        self.decoded_to = self.cursor;
        place
    }

    fn jump_to(&mut self, place: i64) -> i64 {
        let ahead = samples_of(JITTER_LEAST);
        self.cursor = place - ahead;
        self.decoded_to = self.cursor;
        self.decoded.to = self.decoded.from;
        self.pace = Pace::default();
        ahead
    }

    fn forget_waiting(&mut self) {
        for waiting in &mut self.waiting {
            waiting.place = None;
        }
        self.decoded.to = self.decoded.from;
    }

    fn wait(&mut self, place: i64, payload: &[u8]) {
        if self.waiting.is_empty() {
            // All at once, so that a running conference allocates nothing.
            self.waiting.resize_with(MAX_PACKETS_WAITING, Waiting::empty);
        }
        let (cursor, known) = (self.cursor, Some(place));
        if self.waiting.iter().any(|waiting| waiting.place == known) {
            return; // The same packet twice.
        }
        // One that was jumped over is as good as free; a crowd loses this one.
        let free = |waiting: &&mut Waiting| waiting.place.is_none_or(|place| place < cursor);
        if let Some(room) = self.waiting.iter_mut().find(free) {
            room.place = known;
            room.payload.clear();
            room.payload.extend_from_slice(payload);
        }
    }

    fn read(&mut self, frame: &mut Frame) {
        let mut rest = &mut frame[..];
        while !rest.is_empty() {
            if self.decoded.is_empty() && !self.decode_next() {
                let next = self.next_waiting();
                let gap = next.map_or(rest.len() as i64, |(_, place)| place - self.cursor);
                let (missing, after) = rest.split_at_mut(gap.clamp(1, rest.len() as i64) as usize);
                self.cursor += missing.len() as i64;
                let following = next.filter(|(_, place)| *place == self.cursor).map(|(index, _)| index);
                self.conceal(missing, following);
                rest = after;
                continue;
            }
            let count = self.decoded.give(rest);
            let (heard, after) = rest.split_at_mut(count);
            self.concealer.heard(heard);
            rest = after;
        }
    }

    /// Decodes the packet whose turn it is, if it is there.
    fn decode_next(&mut self) -> bool {
        let (Some(flow), Some((index, place))) = (self.flow, self.next_waiting()) else {
            return false;
        };
        if place != self.cursor {
            return false;
        }
        let waiting = &mut self.waiting[index];
        waiting.place = None;
        let count = self.decoder.decode(flow.codec, &waiting.payload, &mut self.decoded.samples);
        self.decoded.from = 0;
        self.decoded.to = count;
        self.cursor += count as i64;
        self.decoded_to = self.cursor;
        if let Some(sound) = self.decoded.samples.get_mut(..count) {
            self.concealer.lead_over(sound);
        }
        count > 0
    }

    /// The packet that comes next, which is not before the cursor.
    fn next_waiting(&self) -> Option<(usize, i64)> {
        let places = self.waiting.iter().enumerate().filter_map(|(index, waiting)| Some((index, waiting.place?)));
        places.filter(|(_, place)| *place >= self.cursor).min_by_key(|(_, place)| *place)
    }

    /// Fills a gap; `following` is the packet right after it, if it is there.
    fn conceal(&mut self, gap: &mut [i16], following: Option<usize>) {
        let Some(codec) = self.flow.map(|flow| flow.codec) else {
            return self.concealer.fill(gap);
        };
        if let Some(waiting) = following.and_then(|index| self.waiting.get(index))
            && self.decoder.recover(codec, &waiting.payload, gap) == gap.len()
        {
            // It was really said: there is nothing to fade.
            return self.concealer.heard(gap);
        }
        if self.concealer.missing < CONCEALED_SAMPLES && self.decoder.conceal(codec, gap) == gap.len() {
            return self.concealer.fade(gap);
        }
        self.concealer.fill(gap);
    }
}

impl Waiting {
    fn empty() -> Waiting {
        Waiting { place: None, payload: Vec::with_capacity(MAX_BYTES_WAITING) }
    }
}

impl Decoded {
    fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    fn give(&mut self, room: &mut [i16]) -> usize {
        let source = self.samples.get(self.from..self.to).unwrap_or_default();
        for (sample, source) in room.iter_mut().zip(source) {
            *sample = *source;
        }
        let count = source.len().min(room.len());
        self.from += count;
        count
    }
}

/// How long sound waits: more after a packet that came too late, a frame less
/// after two seconds in which every packet could have waited a frame less.
#[derive(Debug)]
struct Pace {
    /// Least and most that packets of this window waited, before their tick.
    least: i64,
    most: i64,
    /// Most of the window before.
    most_before: i64,
    ticks: u32,
    late_in_row: u32,
    owes: Owes,
}

/// How the next frame is to change the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owes {
    Nothing,
    OneFrameMore,
    OneFrameLess,
}

/// What is to be done about a late packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Everything waits longer from now on.
    Wait,
    /// It is dropped.
    None,
    /// Its source is waited for anew.
    Restart,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { least: i64::MAX, most: 0, most_before: 0, ticks: 0, late_in_row: 0, owes: Owes::Nothing }
    }
}

impl Pace {
    fn late(&mut self, by: i64) -> Remedy {
        self.late_in_row += 1;
        if self.most.max(self.most_before) + by <= samples_of(JITTER_MOST) {
            Remedy::Wait
        } else if self.late_in_row >= JITTER_LATE_IN_ROW {
            Remedy::Restart
        } else {
            Remedy::None
        }
    }

    fn in_time(&mut self, ahead: i64) {
        self.late_in_row = 0;
        self.least = self.least.min(ahead);
        self.most = self.most.max(ahead);
    }

    /// The wait became longer by this much; by a negative number, shorter.
    fn waited(&mut self, by: i64) {
        self.most += by;
        self.most_before += by;
        self.least = self.least.saturating_add(by);
    }

    fn tick(&mut self) -> Owes {
        self.ticks += 1;
        if self.ticks >= JITTER_SHRINKS_EVERY {
            let least_wait = samples_of(JITTER_LEAST) + FRAME_SAMPLES as i64;
            if self.least != i64::MAX && self.least >= least_wait && self.owes == Owes::Nothing {
                self.owes = Owes::OneFrameLess;
            }
            self.ticks = 0;
            self.most_before = self.most;
            self.most = 0;
            self.least = i64::MAX;
        }
        std::mem::replace(&mut self.owes, Owes::Nothing)
    }
}

/// How much of the past a concealer looks at: two periods of the deepest voice.
const HISTORY: usize = 320;
/// Periods of a voice, 66 to 400 Hz.
const PERIODS: std::ops::RangeInclusive<usize> = 20..=120;
/// Samples in which sound that is back takes over.
const LEAD: usize = 40;
/// Samples that are repeated at full level.
const AT_FULL_LEVEL: usize = 80;

/// Repeats the last period of a voice while it fades to silence.
struct Concealer {
    history: [i16; HISTORY],
    /// Samples that were made up since the last real one.
    missing: usize,
    period: usize,
    /// Whether they were made by repetition, not by the codec.
    repeats: bool,
}

impl Default for Concealer {
    fn default() -> Concealer {
        Concealer { history: [0; HISTORY], missing: 0, period: *PERIODS.end(), repeats: false }
    }
}

impl Concealer {
    fn heard(&mut self, sound: &[i16]) {
        self.missing = 0;
        let newest = sound.get(sound.len().saturating_sub(HISTORY)..).unwrap_or_default();
        self.history.copy_within(newest.len().., 0);
        if let Some(tail) = self.history.get_mut(HISTORY - newest.len()..) {
            tail.copy_from_slice(newest);
        }
    }

    fn fill(&mut self, gap: &mut [i16]) {
        if self.missing == 0 {
            self.period = period_of(&self.history);
        }
        self.repeats = true;
        for sample in gap.iter_mut() {
            *sample = self.made_up(self.missing);
            self.missing = self.missing.saturating_add(1);
        }
    }

    /// Fades what the codec has made up.
    fn fade(&mut self, gap: &mut [i16]) {
        self.repeats = false;
        for sample in gap.iter_mut() {
            *sample = faded(*sample, self.missing);
            self.missing = self.missing.saturating_add(1);
        }
    }

    /// Lets real sound take over from what was made up, without a click.
    fn lead_over(&self, sound: &mut [i16]) {
        if !self.repeats || self.missing == 0 || self.missing >= CONCEALED_SAMPLES {
            return;
        }
        for (n, sample) in sound.iter_mut().take(LEAD).enumerate() {
            let (old, new) = (i32::from(self.made_up(self.missing + n)), i32::from(*sample));
            let (part, whole) = (n as i32, LEAD as i32);
            *sample = ((old * (whole - part) + new * part) / whole) as i16;
        }
    }

    fn made_up(&self, n: usize) -> i16 {
        let back = self.period - n % self.period;
        faded(self.history.get(HISTORY - back).copied().unwrap_or(0), n)
    }
}

/// A sample after `missing` others were made up: full at first, then falling.
fn faded(sample: i16, missing: usize) -> i16 {
    let left = CONCEALED_SAMPLES.saturating_sub(missing.max(AT_FULL_LEVEL)) as i32;
    (i32::from(sample) * left / (CONCEALED_SAMPLES - AT_FULL_LEVEL) as i32) as i16
}

/// The shift by which the end of a sound is most like what came before.
fn period_of(history: &[i16; HISTORY]) -> usize {
    const WINDOW: usize = HISTORY - *PERIODS.end();
    let newest = &history[HISTORY - WINDOW..];
    let likeness = |period: &usize| {
        let older = &history[HISTORY - WINDOW - period..HISTORY - period];
        let (mut both, mut power) = (0f64, 1f64);
        for (new, old) in newest.iter().zip(older) {
            both += f64::from(*new) * f64::from(*old);
            power += f64::from(*old) * f64::from(*old);
        }
        both / power.sqrt()
    };
    let best = PERIODS.map(|period| (period, likeness(&period))).max_by(|one, other| one.1.total_cmp(&other.1));
    best.map_or(*PERIODS.end(), |(period, _)| period)
}

fn cross_fade(frame: &mut Frame, next: &Frame) {
    for (n, (sample, next)) in (0i32..).zip(frame.iter_mut().zip(next)) {
        let whole = FRAME_SAMPLES as i32;
        *sample = ((i32::from(*sample) * (whole - n) + i32::from(*next) * n) / whole) as i16;
    }
}

fn samples_of(time: Duration) -> i64 {
    i64::from(ticks(time, LINEAR_CLOCK))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice in pieces of 20 ms.
    fn voice(n: usize) -> Frame {
        // The head of a wave file is 44 bytes.
        let words = &include_bytes!("../../../assets/demo/customer.wav")[44..];
        let at = |sample: usize| [words[2 * sample], words[2 * sample + 1]];
        std::array::from_fn(|sample| i16::from_le_bytes(at((n * FRAME_SAMPLES + sample) % (words.len() / 2))))
    }

    fn tone(n: usize) -> Frame {
        std::array::from_fn(|at| (((n * FRAME_SAMPLES + at) as f64 * 0.3).sin() * 8_000.0) as i16)
    }

    /// A speaker whose packet `n` is a piece of a sound.
    struct Speaker {
        codec: Codec,
        sound: fn(usize) -> Frame,
        encoder: crate::codec::Encoder,
        playout: Playout,
        said: usize,
    }

    impl Speaker {
        fn new(codec: Codec) -> Speaker {
            Speaker {
                codec,
                sound: tone,
                encoder: crate::codec::Encoder::default(),
                playout: Playout::default(),
                said: 0,
            }
        }

        /// The next packet: given to the playout, or lost.
        fn say(&mut self, arrives: bool) {
            let mut room = [0; crate::codec::MAX_ENCODED];
            let length = self.encoder.encode(self.codec, &(self.sound)(self.said), &mut room);
            let incoming = self.incoming(self.said);
            self.said += 1;
            if arrives {
                self.playout.take(incoming, self.codec, &room[..length]);
            }
        }

        fn incoming(&self, n: usize) -> Incoming {
            let clock = self.codec.clock();
            Incoming {
                sequence: n as u64,
                timestamp: (n as u32 * (clock / 50)).wrapping_add(u32::MAX - 5_000),
                ssrc: 3,
                marker: false,
                clock,
                flowing: true,
            }
        }

        /// The loudness of the next frame.
        fn hear(&mut self) -> f64 {
            let mut frame = [0; FRAME_SAMPLES];
            self.playout.next_frame(&mut frame);
            loudness(&frame)
        }
    }

    fn loudness(frame: &Frame) -> f64 {
        (frame.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / FRAME_SAMPLES as f64).sqrt()
    }

    #[test]
    fn one_lost_packet_is_filled_by_repetition() {
        let mut faintest_of = Vec::new();
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
            let mut speaker = Speaker::new(codec);
            let mut faintest = f64::MAX;
            for n in 0..200 {
                speaker.say(n % 20 != 19);
                let loud = speaker.hear();
                if n > 10 {
                    faintest = faintest.min(loud);
                }
            }
            // A tone of 8,000 has 5,657.
            faintest_of.push((codec, faintest));
        }
        assert!(faintest_of.iter().all(|(_, faintest)| *faintest > 4_000.0), "{faintest_of:?}");
    }

    /// With a voice: a lasting tone is a noise to Opus, of which it repeats nothing.
    #[test]
    fn one_lost_packet_of_a_voice_in_opus_is_heard_from_the_next() {
        let speaker = || Speaker { sound: voice, ..Speaker::new(Codec::Opus) };
        let (mut whole, mut lossy) = (speaker(), speaker());
        let mut changes = Vec::new();
        for n in 0..600 {
            whole.say(true);
            lossy.say(n % 20 != 19);
            let (said, heard) = (whole.hear(), lossy.hear());
            if said > 500.0 {
                changes.push(heard / said);
            }
        }
        assert!(changes.len() > 200, "{} loud frames", changes.len());
        let faintest = changes.iter().copied().fold(f64::MAX, f64::min);
        let loudest = changes.iter().copied().fold(0.0, f64::max);
        assert!(faintest > 0.7 && loudest < 1.4, "{faintest} to {loudest}");
    }

    #[test]
    fn a_lost_packet_that_no_other_repeats_fades_and_its_speaker_is_back_soon() {
        let mut speaker = Speaker::new(Codec::Opus);
        let loud: Vec<f64> = (0..60)
            .map(|n| {
                speaker.say(n != 39);
                speaker.hear()
            })
            .collect();
        // The packet is heard a frame after its arrival.
        assert!(loud[40] > 1_500.0 && loud[40] < 5_657.0, "{loud:?}");
        assert!(loud[46..].iter().all(|loud| *loud > 3_900.0), "{loud:?}");
    }

    #[test]
    fn who_falls_silent_fades_within_sixty_milliseconds_and_then_there_is_nothing() {
        for codec in [Codec::Pcmu, Codec::G722, Codec::Opus] {
            let mut speaker = Speaker::new(codec);
            (0..50).for_each(|_| {
                speaker.say(true);
                speaker.hear();
            });
            let mut after: Vec<f64> = (0..60).map(|_| speaker.hear()).collect();
            // What still waited is heard first, two frames at most.
            let last_whole = after.iter().rposition(|loud| *loud > 5_300.0).map_or(0, |at| at + 1);
            assert!(last_whole <= 3, "{codec:?}: {after:?}");
            let rest = after.split_off(last_whole);
            assert!(rest.windows(2).all(|pair| pair[1] <= pair[0]), "{codec:?}: {rest:?}");
            assert!(rest[3..].iter().all(|loud| *loud == 0.0), "{codec:?}: {rest:?}");
        }
    }

    #[test]
    fn a_stall_that_fits_the_buffer_loses_nothing_and_the_wait_shrinks_afterwards() {
        let mut speaker = Speaker::new(Codec::Pcmu);
        let frames = |speaker: &mut Speaker, count: usize| {
            for _ in 0..count {
                speaker.say(true);
                speaker.hear();
            }
        };
        frames(&mut speaker, 100);
        let before = speaker.playout.pace.most;
        // Four packets are late by up to 80 ms, and come together.
        (0..4).for_each(|_| {
            speaker.hear();
        });
        (0..4).for_each(|_| speaker.say(true));
        let grown = speaker.playout.pace.most;
        assert!(grown > before && grown <= 960, "{before} {grown}");
        let mut faintest = f64::MAX;
        for _ in 0..50 {
            speaker.say(true);
            faintest = faintest.min(speaker.hear());
        }
        assert!(faintest > 5_000.0, "nothing is missing: {faintest}");
        frames(&mut speaker, 900);
        let most = speaker.playout.pace.most.max(speaker.playout.pace.most_before);
        assert!(most <= 320, "{most}");
    }

    #[test]
    fn a_source_that_restarts_its_clock_or_changes_its_codec_is_heard_at_once() {
        let mut speaker = Speaker::new(Codec::Pcmu);
        (0..20).for_each(|_| {
            speaker.say(true);
            speaker.hear();
        });
        for (codec, n) in [(Codec::Pcmu, 900_000), (Codec::Pcma, 900_020), (Codec::Pcma, 5)] {
            speaker.codec = codec;
            speaker.said = n;
            (0..20).for_each(|_| {
                speaker.say(true);
                speaker.hear();
            });
            assert!(speaker.hear() > 5_000.0, "{codec:?} {n}");
        }
    }

    #[test]
    fn any_packets_in_any_order_never_panic_nor_grow() {
        let mut playout = Playout::default();
        let mut seed = 9u64;
        let mut luck = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut frame = [0; FRAME_SAMPLES];
        for _ in 0..50_000 {
            let codec = [Codec::Pcmu, Codec::G722, Codec::Opus][luck(3) as usize];
            let payload: Vec<u8> = (0..luck(1_500)).map(|_| luck(256) as u8).collect();
            let incoming = Incoming {
                sequence: luck(1 << 40),
                timestamp: if luck(4) == 0 { luck(1 << 32) as u32 } else { luck(4_000) as u32 },
                ssrc: luck(50) as u32 / 49,
                marker: false,
                clock: codec.clock(),
                flowing: true,
            };
            playout.take(incoming, codec, &payload);
            if luck(2) == 0 {
                playout.next_frame(&mut frame);
            }
            assert!(playout.waiting.len() <= MAX_PACKETS_WAITING);
            assert!(playout.waiting.iter().all(|waiting| waiting.payload.capacity() <= MAX_BYTES_WAITING));
        }
        playout.hush();
        (0..5).for_each(|_| {
            playout.next_frame(&mut frame);
        });
        assert_eq!(playout.next_frame(&mut frame), Sound::Silent);
    }
}
