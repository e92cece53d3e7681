//! What the media engine tells of the sound of legs: figures, silence, and legs
//! of which nothing comes any more. It goes into the journal of the call that
//! the leg carries, and into the sums for `/metrics`.

use super::Centre;
use crate::catalogue;
use crate::journal::CallEvent;
use crate::journals::{Ending, KeptFor};
use crate::leg::{Kind, LegState, Owner};
use crate::limits::SILENCES_TOLD;
use crate::node::LogLevel;
use crate::sounding::{Party, Side};
use crate::talk::Talk;
use crate::{AgentKey, CallId, Now};
use media::{LegFigures, LegId};
use std::time::Duration;

impl Centre {
    /// A talk begins: an agent's page is measured for it from here on.
    pub(super) fn measure_talk(&mut self, call: CallId) {
        let Some(talk) = self.talks.get(call).copied() else { return };
        for (leg, side) in [(talk.customer, Side::Customer), (talk.seat, Side::Seat)] {
            if let Some((key, kind)) = self.page_of(leg) {
                let party = Party { side, kind, agent: Some(key.agent) };
                self.soundings.begin(leg, (call, party));
                self.media_command(media::Command::Measure { leg });
            }
        }
    }

    /// A talk is over, or goes on over another leg: what was counted of a page is its figures.
    pub(super) fn measured_talk(&mut self, talk: &Talk) {
        for leg in [talk.customer, talk.seat] {
            // A page that moved to another call is measured for that one already.
            let of_this = self.soundings.call_on(leg).is_some_and(|(call, _)| call == talk.call);
            if of_this && self.page_of(leg).is_some() && self.soundings.end(leg) {
                self.media_command(media::Command::Measure { leg });
            }
        }
    }

    fn page_of(&self, leg: LegId) -> Option<(AgentKey, Kind)> {
        let leg = self.legs.get(leg)?;
        match leg.owner {
            Owner::Agent(key) => Some((key, leg.kind)),
            Owner::Call(_) | Owner::Seat(_) | Owner::Newcomer(_) => None,
        }
    }

    /// A call is over: what was counted of its legs is their figures.
    pub(super) fn measure_call(&mut self, call: CallId) {
        let legs = [self.legs.of_call(call), self.legs.seat_of(call)].map(|leg| leg.map(|leg| leg.id));
        for leg in legs.into_iter().flatten() {
            // A page's sound outlives the call.
            if self.page_of(leg).is_none() {
                self.measure_last(leg);
            }
        }
        if let Some(talk) = self.talks.get(call).copied() {
            self.measured_talk(&talk);
        }
    }

    /// A leg is about to be closed.
    pub(super) fn measure_last(&mut self, leg: LegId) {
        self.assign(leg);
        self.soundings.close(leg);
    }

    /// The media engine tells how a leg sounds.
    pub(super) fn sounds(&mut self, leg: LegId, figures: LegFigures) {
        if self.legs.get(leg).is_some() {
            self.assign(leg);
            self.soundings.note(leg, figures);
        }
    }

    /// A leg that lives for one call is measured for that.
    pub(super) fn assign(&mut self, leg: LegId) {
        match self.legs.get(leg).map(|leg| leg.owner) {
            Some(Owner::Call(_) | Owner::Seat(_)) => {
                if let Some(of) = self.heard_on(leg) {
                    let done = self.soundings.assign(leg, of);
                    self.never_measured(done.into_iter().collect());
                }
            }
            Some(Owner::Newcomer(_) | Owner::Agent(_)) | None => {}
        }
    }

    /// The media engine has measured a leg.
    pub(super) fn measured(&mut self, leg: LegId, figures: &LegFigures, now: Now) {
        let gone = self.legs.get(leg).is_none();
        if gone {
            self.soundings.close(leg);
        }
        let Some(measured) = self.soundings.measured(leg, figures) else { return };
        self.figures.sound.count(&measured.sound);
        let (call, event) = (measured.call, CallEvent::Measured { sound: measured.sound });
        if let Some(journal) = self.journals.ended_mut(call, KeptFor::Figures) {
            let entry = journal.append(event, now.wall_ms);
            self.outputs.push_back(super::Output::Journal(entry));
        } else {
            self.append(call, event, now);
        }
        if measured.last {
            self.journals.forget(call, KeptFor::Figures);
        }
    }

    /// The media engine has no such leg (any more), or never answered for one.
    pub(super) fn never_measured(&mut self, calls: Vec<CallId>) {
        for call in calls {
            self.journals.forget(call, KeptFor::Figures);
        }
    }

    /// Nothing is heard from a leg that nobody holds.
    pub(super) fn no_sound(&mut self, leg: LegId, lasted: Duration, now: Now) {
        let Some((call, party)) = self.heard_on(leg) else { return };
        let Some(nth) = self.soundings.silent(leg, lasted) else { return };
        self.figures.sound.silent(party.kind);
        let seconds = lasted.as_secs();
        self.log(
            LogLevel::Warn,
            "nothing is heard from a leg",
            &[("call", &call), ("leg", &leg.0), ("seconds", &seconds)],
        );
        if nth <= SILENCES_TOLD {
            self.append(call, CallEvent::NoSound { party, lasted_ms: millis(lasted) }, now);
        }
        self.silence_changed(call);
    }

    pub(super) fn sound_again(&mut self, leg: LegId, now: Now) {
        let Some((call, party)) = self.heard_on(leg) else { return };
        let Some((nth, lasted)) = self.soundings.heard(leg) else { return };
        if nth <= SILENCES_TOLD {
            self.append(call, CallEvent::SoundAgain { party, lasted_ms: millis(lasted) }, now);
        }
        self.silence_changed(call);
    }

    /// Neither sound nor reports come from a leg, for long: its far end is gone
    /// without a word, and nobody else would ever end the call.
    pub(super) fn leg_dead(&mut self, leg: LegId, lasted: Duration, now: Now) {
        let Some((call, party)) = self.heard_on(leg) else { return };
        self.figures.sound.dead(party.kind);
        let seconds = lasted.as_secs();
        self.log(LogLevel::Warn, "a leg is dead", &[("call", &call), ("leg", &leg.0), ("seconds", &seconds)]);
        self.end_call(call, Ending::failure(catalogue::LEG_DEAD), now);
    }

    /// Desks show who is not heard.
    fn silence_changed(&mut self, call: CallId) {
        let people = self.talks.get(call).map(|talk| talk.people);
        self.work.desks.extend(people.iter().flat_map(|people| people.iter()));
    }

    /// Whose sound a leg carries, and in which call: none while it is no part of
    /// one, or while nothing is to be expected from it.
    pub(super) fn heard_on(&self, id: LegId) -> Option<(CallId, Party)> {
        let leg = self.legs.get(id)?;
        let agent_of = |call, side| {
            let people = self.talks.get(call).map(|talk| talk.people)?;
            let agent = match side {
                Side::Customer => people.far,
                Side::Seat => people.seat,
            };
            agent.map(|agent| agent.agent)
        };
        let (call, side) = match leg.owner {
            Owner::Call(call) => (call, Side::Customer),
            // A telephone that waits for an answer has nothing to say yet.
            Owner::Seat(call) if self.dials.get(call).is_some() => return None,
            Owner::Seat(call) => (call, Side::Seat),
            Owner::Newcomer(_) => return None,
            Owner::Agent(_) => return self.soundings.call_on(id),
        };
        match leg.state {
            LegState::Open => Some((call, Party { side, kind: leg.kind, agent: agent_of(call, side) })),
            LegState::Opening | LegState::Calling => None,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
