//! Conferences: who is in which, and the mix of each on the common tick. Two
//! parties that hear each other are bridged, so that nothing is decoded for
//! them; everything else is mixed at 8 kHz, each listener's own row.

use super::Engine;
use crate::conference::{Heard, Means, Seats};
use crate::leg::Path;
use crate::limits::{FRAME_SAMPLES, MAX_PARTIES};
use crate::playout::{Frame, Playout, Sound};
use crate::{ConferenceId, ConferenceRole, Event, JoinFailure, LegId, PlaybackEnd};
use std::time::Duration;

/// Room for one conference's sound, used by all in turn.
pub struct Mixer {
    frames: [Frame; MAX_PARTIES],
    /// Seats with something to hear in their frame.
    audible: Seats,
}

impl Engine {
    pub(super) fn open_conference(&mut self, id: ConferenceId) {
        // One too many stays unknown: whoever would join it is told.
        if self.conferences.len() < self.config.max_legs {
            self.conferences.entry(id).or_default();
        }
    }

    pub(super) fn join_conference(&mut self, id: ConferenceId, leg: LegId, role: ConferenceRole, now: Duration) {
        let Some(found) = self.legs.get(&leg) else {
            return; // It is gone; its owner knows or will hear.
        };
        let elsewhere = found.conference != Some(id);
        let Some(conference) = self.conferences.get_mut(&id) else {
            self.tell(Event::JoinRefused { conference: id, leg, cause: JoinFailure::NoConference });
            return;
        };
        if !conference.seat(leg, role) {
            self.tell(Event::JoinRefused { conference: id, leg, cause: JoinFailure::Full });
            return;
        }
        if elsewhere {
            self.end_playback(leg, PlaybackEnd::Stopped);
            self.part(leg, now);
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.conference = Some(id);
                // The silence that counts is that of the conference.
                leg.begin_silence(now);
            }
        }
        self.arrange(id, now);
    }

    pub(super) fn set_hearing(&mut self, id: ConferenceId, speaker: LegId, cell: (LegId, Heard), now: Duration) {
        if let Some(conference) = self.conferences.get_mut(&id) {
            let (listener, heard) = cell;
            conference.set(speaker, listener, heard);
            self.arrange(id, now);
        }
    }

    /// Takes a leg out of its conference; those who stay are arranged anew.
    pub(super) fn leave_conference(&mut self, leg: LegId, now: Duration) {
        let Some(id) = self.legs.get_mut(&leg).and_then(|leg| leg.conference.take()) else {
            return;
        };
        self.stop_hearing(leg);
        if let Some(conference) = self.conferences.get_mut(&id) {
            conference.leave(leg);
            self.arrange(id, now);
        }
    }

    pub(super) fn close_conference(&mut self, id: ConferenceId) {
        let Some(conference) = self.conferences.remove(&id) else {
            return;
        };
        self.mixing.remove(&id);
        for (_, leg, _) in conference.parties() {
            self.stop_hearing(leg);
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.conference = None;
            }
        }
    }

    /// Gives the parties what it takes to hear each other, and no more.
    fn arrange(&mut self, id: ConferenceId, now: Duration) {
        let Some(conference) = self.conferences.get(&id) else {
            return;
        };
        let means = conference.means();
        let mut parties = [None; MAX_PARTIES];
        for (seat, leg, _) in conference.parties() {
            parties[seat] = Some(leg);
        }
        let parties = parties.into_iter().flatten();
        match means {
            Means::Nothing => parties.for_each(|leg| self.stop_hearing(leg)),
            Means::Bridge(left, right) => {
                if self.legs.get(&left).and_then(|leg| leg.peer) != Some(right) {
                    parties.for_each(|leg| self.stop_hearing(leg));
                    self.link(left, right, now);
                }
            }
            Means::Mix => parties.for_each(|leg| self.start_mixing(leg)),
        }
        if means == Means::Mix {
            self.mixing.insert(id);
            self.start_tick(now);
        } else {
            self.mixing.remove(&id);
        }
    }

    fn start_mixing(&mut self, leg: LegId) {
        self.unlink(leg);
        if let Some(leg) = self.legs.get_mut(&leg)
            && leg.says.playout.is_none()
        {
            leg.says.playout = Some(Box::new(Playout::default()));
            leg.hears.numbering.pause();
        }
    }

    /// Ends what a leg hears of its bridge or mix.
    fn stop_hearing(&mut self, leg: LegId) {
        self.unlink(leg);
        if let Some(leg) = self.legs.get_mut(&leg)
            && leg.says.playout.take().is_some()
        {
            leg.hears.numbering.pause();
        }
    }

    /// One tick of every conference that is mixed.
    pub(super) fn mix(&mut self, now: Duration) {
        let instant = self.instant(now);
        let Engine { mixing, conferences, legs, mixer, outbox, restless, .. } = self;
        for conference in mixing.iter().filter_map(|id| conferences.get(id)) {
            mixer.audible = Seats::default();
            for (seat, leg, _) in conference.parties() {
                let playout = legs.get_mut(&leg).and_then(|leg| leg.says.playout.as_mut());
                let sound = playout.map(|playout| playout.next_frame(&mut mixer.frames[seat]));
                if sound == Some(Sound::Audible) {
                    mixer.audible.add(seat);
                }
            }
            for (_, id, hears) in conference.parties() {
                let Some(leg) = legs.get_mut(&id).filter(|leg| leg.hears.is_free()) else {
                    continue;
                };
                leg.say(&mixer.mix(hears), now, instant, outbox);
                if matches!(leg.path, Path::Browser(_)) {
                    restless.push(id);
                }
            }
        }
    }

    /// The streams of mixed legs go on from now: frames were missed.
    pub(super) fn pause_mixes(&mut self) {
        for conference in self.mixing.iter().filter_map(|id| self.conferences.get(id)) {
            for (_, leg, _) in conference.parties() {
                if let Some(leg) = self.legs.get_mut(&leg) {
                    leg.hears.numbering.pause();
                }
            }
        }
    }
}

impl Mixer {
    /// Room for the sound of a full conference.
    pub fn new() -> Box<Mixer> {
        Box::new(Mixer { frames: [[0; FRAME_SAMPLES]; MAX_PARTIES], audible: Seats::default() })
    }

    /// What somebody hears who hears these seats. What is louder than a sample
    /// can say is as loud as it can say.
    fn mix(&self, hears: Seats) -> Frame {
        let mut sum = [0i32; FRAME_SAMPLES];
        for seat in hears.and(self.audible).each() {
            for (sum, sample) in sum.iter_mut().zip(&self.frames[seat]) {
                *sum += i32::from(*sample);
            }
        }
        sum.map(|sample| sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
    }
}
