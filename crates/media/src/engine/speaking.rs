//! What we say ourselves, on a common tick of 20 ms: prompts and music, keys,
//! silence in place of a muted peer, and what conferences mix.

use super::{Engine, Output};
use crate::codec::MAX_ENCODED;
use crate::leg::{Leg, Ready};
use crate::limits::{FRAME, FRAME_SAMPLES, MAX_FRAMES_BEHIND};
use crate::stream::ticks;
use crate::telephone_event::Step;
use crate::{Event, LegId};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Whether a leg goes on being spoken to.
#[derive(PartialEq, Eq)]
enum Speech {
    GoesOn,
    Over,
}

impl Engine {
    /// Puts a leg on the tick; it leaves by itself when there is nothing to say.
    pub(super) fn start_speaking(&mut self, leg: LegId, now: Duration) {
        self.speaking.insert(leg);
        self.start_tick(now);
    }

    /// Lets the common tick run.
    pub(super) fn start_tick(&mut self, now: Duration) {
        self.next_tick.get_or_insert_with(|| next_tick_after(now));
    }

    /// Does the ticks that are due.
    pub(super) fn catch_up(&mut self, now: Duration) {
        while let Some(tick) = self.next_tick.filter(|tick| *tick <= now) {
            if now.saturating_sub(tick) > FRAME * MAX_FRAMES_BEHIND {
                // We were away for long. What was missed is not made up for:
                // the clocks of the streams go on from now.
                for leg in &self.speaking {
                    if let Some(leg) = self.legs.get_mut(leg) {
                        leg.hears.numbering.pause();
                    }
                }
                self.pause_mixes();
                self.next_tick = Some(next_tick_after(now));
                self.tick(now);
                break;
            }
            self.next_tick = Some(tick + FRAME);
            self.tick(now);
        }
        if self.speaking.is_empty() && self.mixing.is_empty() {
            self.next_tick = None;
        }
    }

    fn tick(&mut self, now: Duration) {
        let instant = self.instant(now);
        let Engine { speaking, legs, outbox, restless, .. } = self;
        speaking.retain(|id| {
            let Some(leg) = legs.get_mut(id) else {
                return false;
            };
            let speech = leg.speak(now, instant, outbox);
            restless.push(*id);
            speech == Speech::GoesOn
        });
        self.mix(now);
    }
}

fn next_tick_after(now: Duration) -> Duration {
    let frames = now.as_micros() / FRAME.as_micros() + 1;
    let micros = frames * FRAME.as_micros();
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

impl Leg {
    fn speak(&mut self, now: Duration, instant: Instant, outbox: &mut VecDeque<Output>) -> Speech {
        if !self.hears.digits.is_idle() {
            self.press_key(now, instant, outbox);
            return Speech::GoesOn;
        }
        let mut frame = [0; FRAME_SAMPLES];
        if let Some(playback) = &mut self.hears.playback {
            if let Some(how) = playback.fill(&mut frame) {
                let playback = playback.id;
                self.hears.playback = None;
                self.hears.numbering.pause();
                let event = Event::PlaybackEnded { leg: self.id, playback, how };
                outbox.push_back(Output::Event(event));
                return Speech::GoesOn;
            }
        } else if !self.hears.silence {
            return Speech::Over;
        }
        self.say(&frame, now, instant, outbox);
        Speech::GoesOn
    }

    /// Sends one frame of linear sound.
    pub(super) fn say(
        &mut self,
        frame: &[i16; FRAME_SAMPLES],
        now: Duration,
        instant: Instant,
        outbox: &mut VecDeque<Output>,
    ) {
        let Some((codec, payload_type)) = self.voice(None).filter(|_| self.can_send()) else {
            return;
        };
        if let Some(meters) = &mut self.meters {
            meters.heard.take(frame);
        }
        let mut room = [0; MAX_ENCODED];
        let length = self.hears.encoder.encode(codec, frame, &mut room);
        let number = self.hears.numbering.own(codec.clock(), now);
        let payload = room.get(..length).unwrap_or_default();
        self.send(&Ready { number, payload_type, payload }, instant, outbox);
    }

    fn press_key(&mut self, now: Duration, instant: Instant, outbox: &mut VecDeque<Output>) {
        let clock = self.voice(None).map_or(8_000, |(codec, _)| codec.clock());
        let Some((clock, payload_type)) = self.digits(clock) else {
            // The peer understands no keys. They are dropped, not kept for later.
            self.hears.digits = Default::default();
            return;
        };
        let frame = u16::try_from(ticks(FRAME, clock)).unwrap_or(u16::MAX);
        let (report, number) = match self.hears.digits.tick(frame) {
            Some(Step::Down(report)) => {
                self.hears.numbering.pause();
                (report, self.hears.numbering.own(clock, now))
            }
            Some(Step::Goes(report)) => (report, self.hears.numbering.own_again(now)),
            Some(Step::Pause) | None => {
                self.hears.numbering.pause();
                return;
            }
        };
        if self.can_send() {
            let payload = &report.write();
            self.send(&Ready { number, payload_type, payload }, instant, outbox);
        }
    }
}
