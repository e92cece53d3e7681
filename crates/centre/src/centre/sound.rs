//! Agents' sound paths: one browser leg each, opened at sign-in and kept. A
//! reloaded page brings a new leg; a talk moves to it without ending.

use super::{Centre, Output};
use crate::agent::Sound;
use crate::catalogue::{self, Code};
use crate::journal::OfferEnd;
use crate::leg::{Direction, Kind, Leg, LegState, Owner};
use crate::limits::SOUND_SETUP;
use crate::node::LogLevel;
use crate::presence::{Change, Presence};
use crate::recording::Ears;
use crate::settings::AfterSignIn;
use crate::{AgentKey, Now};
use media::{Event, LegId};

impl Centre {
    /// What the media engine tells.
    pub(super) fn media(&mut self, event: Event, now: Now) {
        match event {
            Event::LegOpened { leg, answer } => match self.legs.get(leg).map(|leg| leg.owner) {
                Some(Owner::Call(call)) => self.call_leg_opened(call, leg, now),
                Some(Owner::Agent(key)) => self.browser_answered(key, leg, answer),
                Some(Owner::Seat(_)) => self.seat_opened(leg),
                Some(Owner::Newcomer(_)) => self.newcomer_opened(leg, now),
                // Closed again before it was open.
                None => {}
            },
            Event::LegFailed { leg, cause: _ } => match self.legs.get(leg).map(|leg| leg.owner) {
                Some(Owner::Call(_) | Owner::Seat(_) | Owner::Newcomer(_)) => {
                    self.not_opened(leg, catalogue::MEDIA_FAILED, now)
                }
                Some(Owner::Agent(key)) => {
                    // It does not exist at the engine, so there is nothing to close.
                    let unmeasured = self.soundings.forget(leg);
                    self.never_measured(unmeasured);
                    self.forget_leg(leg);
                    self.sound_lost(key, leg, now);
                }
                None => {}
            },
            Event::BrowserConnected { leg } => self.browser_connected(leg, now),
            Event::BrowserLost { leg } => {
                if let Some(Owner::Agent(key)) = self.legs.get(leg).map(|leg| leg.owner) {
                    self.close_leg(leg);
                    self.sound_lost(key, leg, now);
                }
            }
            Event::Digit { leg, digit } => self.digit(leg, digit, now),
            Event::PlaybackEnded { leg, playback, how } => self.playback_ended(leg, (playback, how), now),
            // Whoever holds us says nothing, and means it.
            Event::NoSound { leg: _, lasted: _, held: true } => {}
            Event::NoSound { leg, lasted, held: false } => self.no_sound(leg, lasted, now),
            Event::SoundAgain { leg, lasted: _ } => self.sound_again(leg, now),
            Event::Dead { leg, lasted } => self.leg_dead(leg, lasted, now),
            Event::Figures { leg, figures } => self.sounds(leg, figures),
            Event::Measured { leg, figures } => self.measured(leg, &figures, now),
            // Descriptions are the node's.
            Event::Negotiated { .. }
            | Event::FirstSound { .. }
            | Event::RecordingStopped { .. }
            | Event::Levels { .. }
            | Event::JoinRefused { .. } => {}
        }
    }

    /// The page offers sound. A first offer signs the agent in.
    pub(super) fn offer_sound(
        &mut self,
        key: AgentKey,
        (ticket, sdp): (u64, String),
        now: Now,
    ) -> Result<(), &'static Code> {
        let agent = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        if !agent.reach.has_page() {
            return Err(catalogue::SIGNED_OUT);
        }
        if let Some(offer) = self.offer_of(key).filter(|_| !self.is_on_phone(key)) {
            self.end_offer(offer, OfferEnd::Unreachable, now);
        }
        // A page that begins anew has lost the sound that the far end would answer to.
        self.give_up_dial(key, now);
        let keeps = self.make_way(key);
        let leg = self.reserve_leg();
        self.legs.insert(Leg {
            id: leg,
            direction: Direction::In,
            kind: Kind::Browser,
            owner: Owner::Agent(key),
            state: LegState::Opening,
            playing: None,
        });
        self.sound_tickets.insert(leg, ticket);
        let mut first = false;
        if let Some(agent) = self.agent_mut(key) {
            agent.reach.sound = Sound::Connecting { leg, until: now.mono + SOUND_SETUP, keeps };
            first = agent.reach.take_first_offer();
        }
        self.media_command(media::Command::OpenBrowser { leg, offer: sdp });
        if first {
            let rules = self.directories.get(&key.app).map(|d| &d.settings.application.desk_rules);
            let begin = rules.map_or(AfterSignIn::NotReady, |rules| rules.after_sign_in);
            // Nothing denies a sign-in: whoever is signed in already stays as they are.
            let _signed_in = self.change(key, Change::SignIn(begin), now);
        }
        self.refresh(key, now);
        Ok(())
    }

    /// Closes what a new sound path replaces; gives the leg that a talk must keep meanwhile.
    fn make_way(&mut self, key: AgentKey) -> Option<LegId> {
        let agent = self.agent(key)?;
        let talking = agent.talking().is_some();
        match agent.reach.sound {
            Sound::None => None,
            Sound::Connected { leg } if talking => Some(leg),
            Sound::Connected { leg } => {
                self.close_leg(leg);
                None
            }
            Sound::Connecting { leg, until: _, keeps } => {
                self.close_leg(leg);
                keeps
            }
        }
    }

    fn browser_answered(&mut self, key: AgentKey, leg: LegId, answer: Option<String>) {
        let Some(ticket) = self.sound_tickets.remove(&leg) else { return };
        if let Some(sdp) = answer {
            self.outputs.push_back(Output::SoundAnswer { key, sdp });
        }
        self.outputs.push_back(Output::DeskAnswer { ticket, result: Ok(()) });
    }

    fn browser_connected(&mut self, leg: LegId, now: Now) {
        let Some(Owner::Agent(key)) = self.legs.get(leg).map(|leg| leg.owner) else { return };
        let Some(agent) = self.agent_mut(key) else { return };
        let keeps = match agent.reach.sound {
            Sound::Connecting { leg: connecting, until: _, keeps } if connecting == leg => keeps,
            // Replaced by a newer path, or connected already.
            Sound::Connecting { .. } | Sound::Connected { .. } | Sound::None => return,
        };
        agent.reach.sound = Sound::Connected { leg };
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.state = LegState::Open;
        }
        self.move_talk(key, leg);
        if let Some(old) = keeps {
            self.close_leg(old);
        }
        self.refresh(key, now);
    }

    /// The talk of an agent goes on over another leg, and so does its recording.
    fn move_talk(&mut self, key: AgentKey, seat: LegId) {
        let Some(call) = self.agent(key).and_then(|agent| agent.talking()) else { return };
        let Some(talk) = self.talks.get(call).copied() else { return };
        if talk.leg_of(key) == seat || self.is_on_phone(key) {
            return;
        }
        self.measured_talk(&talk);
        for command in self.talks.move_agent(call, (key, seat)) {
            self.media_command(command);
        }
        self.measure_talk(call);
        self.hear_hold(call);
        let Some(moved) = self.talks.get(call).copied() else { return };
        let agent = moved.people.iter().next().map_or(key.agent, |first| first.agent);
        let ears = Ears { customer: moved.customer, seat: moved.seat, agent };
        if let Some(command) = self.recordings.turn(call, ears) {
            self.media_command(command);
        }
        if moved.people.far == Some(key) {
            self.legs.lend(seat, call);
        }
        self.log(LogLevel::Info, "a call moved to the agent's new page", &[("call", &call), ("agent", &key.agent)]);
    }

    /// A leg of an agent is gone (and forgotten already).
    fn sound_lost(&mut self, key: AgentKey, lost: LegId, now: Now) {
        let Some(agent) = self.agent_mut(key) else { return };
        agent.reach.sound = match agent.reach.sound {
            Sound::Connected { leg } if leg == lost => Sound::None,
            Sound::Connecting { leg, until: _, keeps } if leg == lost => match keeps {
                Some(old) => Sound::Connected { leg: old },
                None => Sound::None,
            },
            Sound::Connecting { leg, until, keeps } if keeps == Some(lost) => {
                Sound::Connecting { leg, until, keeps: None }
            }
            other @ (Sound::None | Sound::Connecting { .. } | Sound::Connected { .. }) => other,
        };
        let rings = matches!(agent.presence(), Presence::Offered { .. });
        let silent = !agent.reach.has_sound();
        if rings
            && silent
            && let Some(offer) = self.offer_of(key).filter(|_| !self.is_on_phone(key))
        {
            self.end_offer(offer, OfferEnd::Unreachable, now);
        }
        if silent {
            self.give_up_dial(key, now);
        }
        self.refresh(key, now);
    }

    pub(super) fn sound_too_slow(&mut self, key: AgentKey, now: Now) {
        let Some(agent) = self.agent(key) else { return };
        match agent.reach.sound {
            Sound::Connecting { leg, until, keeps: _ } if until <= now.mono => {
                self.log(LogLevel::Warn, "a browser's sound path was never made", &[("agent", &key.agent)]);
                self.close_leg(leg);
                self.sound_lost(key, leg, now);
            }
            Sound::None | Sound::Connecting { .. } | Sound::Connected { .. } => {}
        }
    }

    /// Whether an agent's call runs over a telephone, whatever becomes of the page.
    pub(super) fn is_on_phone(&self, key: AgentKey) -> bool {
        let Some(agent) = self.agent(key) else { return false };
        agent.call().is_some_and(|call| agent.reach.phone_call == Some(call))
    }

    /// Closes every leg of an agent.
    pub(super) fn drop_sound(&mut self, key: AgentKey) {
        let Some(agent) = self.agent_mut(key) else { return };
        let legs = agent.reach.legs();
        agent.reach.sound = Sound::None;
        for leg in legs {
            self.close_leg(leg);
        }
    }

    /// Closes a leg at the media engine, and forgets it.
    pub(super) fn close_leg(&mut self, leg: LegId) {
        self.measure_last(leg);
        self.forget_leg(leg);
        self.media_command(media::Command::Close { leg });
    }

    /// Forgets a leg; an SDP offer that waits for it is refused.
    fn forget_leg(&mut self, leg: LegId) {
        self.legs.remove(leg);
        if let Some(ticket) = self.sound_tickets.remove(&leg) {
            self.outputs.push_back(Output::DeskAnswer { ticket, result: Err(catalogue::NO_SOUND_PATH) });
        }
    }
}
