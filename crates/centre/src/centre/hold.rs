//! Hold: a far end that wants to hear nothing for a while. Whoever talks with it
//! hears the application's music meanwhile, or silence where there is none. A telephone's
//! own sound is not passed on then: many leave the microphone open. A carrier that goes on
//! sending is heard: that is the music of the network behind it.

use super::Centre;
use crate::dial::Tone;
use crate::leg::{Hold, Kind, Owner};
use crate::node::{LogLevel, media_sound};
use crate::settings::{Flow, Step};
use crate::talk::{Side, Talk};
use crate::{CallId, SoundFileId};
use media::LegId;

impl Centre {
    /// The far end of a leg holds the other side, or does no more.
    pub(super) fn hold(&mut self, leg: LegId, hold: Hold) {
        let call = match self.legs.get(leg).map(|leg| leg.owner) {
            Some(Owner::Call(call) | Owner::Seat(call)) => call,
            Some(Owner::Newcomer(_) | Owner::Agent(_)) | None => return,
        };
        let hold = match (hold, self.legs.get(leg).map(|leg| leg.kind)) {
            (Hold::Sounds, Some(Kind::Trunk(_))) => Hold::Ends,
            (Hold::Sounds, Some(Kind::Phone(_) | Kind::Browser | Kind::Virtual) | None) => Hold::Begins,
            (Hold::Begins | Hold::Ends, _) => hold,
        };
        if !self.legs.hold(leg, hold) {
            return;
        }
        let what = match hold {
            Hold::Begins | Hold::Sounds => "a call is held",
            Hold::Ends => "a call is held no more",
        };
        self.log(LogLevel::Info, what, &[("call", &call), ("leg", &leg.0)]);
        let talk = self.talks.get(call).copied();
        if let Some((talk, side)) = talk.and_then(|talk| Some((talk, talk.side_of(leg)?))) {
            self.hear_side(&talk, side.other());
        }
    }

    /// Joining two legs ends what they were played: each side that is held hears it anew.
    pub(super) fn hear_hold(&mut self, call: CallId) {
        let Some(talk) = self.talks.get(call).copied() else { return };
        self.hear_side(&talk, Side::Customer);
        self.hear_side(&talk, Side::Seat);
    }

    /// Lets one side of a talk hear what it should: the other side, or music while that holds it.
    fn hear_side(&mut self, talk: &Talk, side: Side) {
        let (leg, other) = (talk.leg(side), talk.leg(side.other()));
        let played = self.legs.get(leg).is_some_and(|leg| leg.playing.is_some());
        match (self.legs.holds(other), played) {
            (true, _) => match self.hold_music(talk.call) {
                Some(music) => self.play_on(leg, (media_sound(music), 0)),
                None => self.play_tone(leg, Tone::Silence),
            },
            (false, true) => self.hush_leg(leg),
            (false, false) => {}
        }
    }

    /// The music of the queues that the called number leads to, else of any queue of the application.
    fn hold_music(&self, call: CallId) -> Option<SoundFileId> {
        let record = &self.journals.get(call)?.record;
        let settings = &self.directories.get(&record.app)?.settings;
        let own = settings.numbers.get(&record.callee).and_then(|number| settings.flows.get(&number.flow?));
        let known = |flow: &Flow| music_of(flow).find(|music| settings.sounds.contains_key(music));
        own.into_iter().chain(settings.flows.values()).find_map(known)
    }
}

fn music_of(flow: &Flow) -> impl Iterator<Item = SoundFileId> {
    flow.nodes.values().filter_map(|node| match &node.step {
        Step::ToAgent { music, .. } => *music,
        Step::Prompt { .. } | Step::Branch { .. } | Step::End { .. } => None,
    })
}
