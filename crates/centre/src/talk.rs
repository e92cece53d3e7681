//! Talks: a customer and an agent who hear each other. What else happens to
//! the call (recording, hang-up, wrap-up) is the business of others.

use crate::{AgentKey, CallId};
use media::LegId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The agents of a call. A telephone may be nobody's, so that there may be none;
/// inside the house there may be one at either end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Who serves or makes the call.
    pub seat: Option<AgentKey>,
    /// Who is on the customer's side, inside the house.
    pub far: Option<AgentKey>,
}

impl People {
    /// One agent and somebody from outside.
    pub fn one(agent: AgentKey) -> People {
        People { seat: Some(agent), far: None }
    }

    /// The agent at a side.
    pub fn at(&self, side: Side) -> Option<AgentKey> {
        match side {
            Side::Customer => self.far,
            Side::Seat => self.seat,
        }
    }

    /// The same with somebody else, or nobody, at a side.
    pub fn with(self, side: Side, agent: Option<AgentKey>) -> People {
        match side {
            Side::Customer => People { far: agent, ..self },
            Side::Seat => People { seat: agent, ..self },
        }
    }

    /// Whether this agent is one of them.
    pub fn has(&self, agent: AgentKey) -> bool {
        self.iter().any(|one| one == agent)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = AgentKey> + use<> {
        self.seat.into_iter().chain(self.far)
    }
}

/// One side of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer's, or whoever was called.
    Customer,
    /// The agent's, or whoever called.
    Seat,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::Customer => Side::Seat,
            Side::Seat => Side::Customer,
        }
    }
}

/// A customer and an agent who hear each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// The call.
    pub call: CallId,
    /// The agents.
    pub people: People,
    /// The customer's leg.
    pub customer: LegId,
    /// The agent's leg: another one after the page was reloaded.
    pub seat: LegId,
    /// The agent switched the own voice off.
    pub muted: bool,
    /// So did the agent on the customer's side.
    pub far_muted: bool,
    /// When a talk is taken for a handset off the hook.
    pub until: Duration,
}

impl Talk {
    /// The leg at a side.
    pub fn leg(&self, side: Side) -> LegId {
        match side {
            Side::Customer => self.customer,
            Side::Seat => self.seat,
        }
    }

    /// At which side a leg is.
    pub fn side_of(&self, leg: LegId) -> Option<Side> {
        [Side::Customer, Side::Seat].into_iter().find(|side| self.leg(*side) == leg)
    }
}

/// The talks in progress.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talks {
    by_call: BTreeMap<CallId, Talk>,
}

impl Talk {
    /// The leg by which an agent hears the talk.
    pub fn leg_of(&self, agent: AgentKey) -> LegId {
        if self.is_far(agent) { self.customer } else { self.seat }
    }

    /// The leg of whom an agent talks to.
    pub fn leg_beyond(&self, agent: AgentKey) -> LegId {
        if self.is_far(agent) { self.seat } else { self.customer }
    }

    /// Whether an agent switched the own voice off.
    pub fn is_muted(&self, agent: AgentKey) -> bool {
        if self.is_far(agent) { self.far_muted } else { self.muted }
    }

    /// What a new bridge must be told: it begins with both voices on.
    pub fn mutes(&self) -> impl Iterator<Item = media::Command> + use<> {
        let off = [(self.muted, self.seat), (self.far_muted, self.customer)].into_iter();
        off.filter(|(muted, _)| *muted).map(|(_, leg)| media::Command::Mute { leg, muted: true })
    }

    fn is_far(&self, agent: AgentKey) -> bool {
        self.people.far == Some(agent)
    }
}

impl Talks {
    /// Joins two legs.
    pub fn begin(&mut self, talk: Talk) -> media::Command {
        self.by_call.insert(talk.call, talk);
        media::Command::Bridge { left: talk.customer, right: talk.seat }
    }

    /// Moves a talk to an agent's new leg: what the media engine must be told, in order.
    pub fn move_agent(&mut self, call: CallId, (agent, leg): (AgentKey, LegId)) -> Vec<media::Command> {
        let Some(talk) = self.by_call.get_mut(&call) else { return Vec::new() };
        if talk.is_far(agent) {
            talk.customer = leg;
        } else {
            talk.seat = leg;
        }
        // By the other's leg: the agent's old one may be gone already.
        let mut commands = vec![
            media::Command::Unbridge { leg: talk.leg_beyond(agent) },
            media::Command::Bridge { left: talk.customer, right: talk.seat },
        ];
        commands.extend(talk.mutes());
        commands
    }

    /// Nobody's state follows this side of a talk any more.
    pub fn leave(&mut self, call: CallId, side: Side) -> Option<AgentKey> {
        let talk = self.by_call.get_mut(&call)?;
        let left = talk.people.at(side);
        talk.people = talk.people.with(side, None);
        left
    }

    /// Somebody else takes a side of a talk; a voice that was switched off was another's.
    pub fn take(&mut self, call: CallId, side: Side, (leg, agent): (LegId, Option<AgentKey>)) -> Option<Talk> {
        let talk = self.by_call.get_mut(&call)?;
        match side {
            Side::Customer => {
                talk.customer = leg;
                talk.far_muted = false;
            }
            Side::Seat => {
                talk.seat = leg;
                talk.muted = false;
            }
        }
        talk.people = talk.people.with(side, agent);
        Some(*talk)
    }

    /// Switches an agent's voice off or on.
    pub fn mute(&mut self, call: CallId, (agent, muted): (AgentKey, bool)) -> Option<media::Command> {
        let talk = self.by_call.get_mut(&call)?;
        if talk.is_far(agent) {
            talk.far_muted = muted;
        } else {
            talk.muted = muted;
        }
        Some(media::Command::Mute { leg: talk.leg_of(agent), muted })
    }

    /// Ends a talk.
    pub fn end(&mut self, call: CallId) -> Option<Talk> {
        self.by_call.remove(&call)
    }

    /// A call's talk.
    pub fn get(&self, call: CallId) -> Option<&Talk> {
        self.by_call.get(&call)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Talk> {
        self.by_call.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_call.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_call.is_empty()
    }
}
