//! Recordings: who speaks on which channel, and giving their blocks away.

use super::{Engine, Output};
use crate::limits::MAX_TAPS;
use crate::recording::{Channel, Recording};
use crate::{Event, LegId, RecordingId};
use std::time::Duration;

impl Engine {
    /// Starts a recording, or gives a running one new speakers.
    pub(super) fn record(&mut self, id: RecordingId, legs: [LegId; 2], now: Duration) {
        let room = self.recordings.len() < self.config.max_legs;
        if !self.recordings.contains_key(&id) {
            if !room {
                self.tell(Event::RecordingStopped { recording: id, samples: 0 });
                return;
            }
            self.recordings.insert(id, Recording::new(id, now));
        }
        for (channel, leg) in [Channel::Left, Channel::Right].into_iter().zip(legs) {
            let seated = self.legs.contains_key(&leg).then_some(leg);
            let before = self.recordings.get_mut(&id).and_then(|recording| recording.seat(channel, seated));
            if let Some(before) = before {
                self.untap(before, id, channel);
            }
            if let Some(leg) = seated {
                self.put_tap(leg, id, channel);
            }
        }
    }

    /// Ends a recording; its last samples come first.
    pub(super) fn stop_record(&mut self, id: RecordingId, now: Duration) {
        let Some(recording) = self.recordings.remove(&id) else {
            return;
        };
        for leg in recording.legs() {
            self.untap(leg, id, Channel::Left);
            self.untap(leg, id, Channel::Right);
        }
        let (blocks, samples) = recording.finish(now);
        self.outbox.extend(blocks.into_iter().map(Output::Recording));
        self.tell(Event::RecordingStopped { recording: id, samples });
    }

    /// Takes a leg out of its recordings; one that nobody speaks on ends.
    pub(super) fn leave_recordings(&mut self, leg: LegId, now: Duration) {
        let Some(taps) = self.legs.get(&leg).map(|leg| leg.says.taps) else {
            return;
        };
        for (id, channel) in taps.into_iter().flatten() {
            let Some(recording) = self.recordings.get_mut(&id) else {
                continue;
            };
            recording.seat(channel, None);
            if recording.is_deserted() {
                self.stop_record(id, now);
            }
        }
    }

    /// Gives away what no late packet can change any more.
    pub(super) fn empty_recordings(&mut self, now: Duration) {
        for recording in self.recordings.values_mut() {
            while let Some(block) = recording.take_settled(now) {
                self.outbox.push_back(Output::Recording(block));
            }
        }
    }

    fn put_tap(&mut self, leg: LegId, id: RecordingId, channel: Channel) {
        if let Some(leg) = self.legs.get_mut(&leg)
            && let Some(free) = leg.says.taps.iter_mut().find(|tap| tap.is_none())
        {
            *free = Some((id, channel));
        }
        const { assert!(MAX_TAPS > 0) }
    }

    fn untap(&mut self, leg: LegId, id: RecordingId, channel: Channel) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            for tap in &mut leg.says.taps {
                if *tap == Some((id, channel)) {
                    *tap = None;
                }
            }
        }
    }
}
