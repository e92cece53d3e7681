//! Legs: each is one party's way into the media engine. A leg is a leg;
//! direction and kind are fields. Its SIP dialog, if it has one, is the
//! node's affair: call control names a leg by its media id only.

use crate::{AgentKey, CallId, PhoneId, TrunkId};
use media::{LegId, PlaybackId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// One party's way into the media engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Its id, the same at the media engine.
    pub id: LegId,
    /// Who began it.
    pub direction: Direction,
    /// What is at its far end.
    pub kind: Kind,
    /// Whose it is.
    pub owner: Owner,
    /// How far it is.
    pub state: LegState,
    /// What it hears, if we play something.
    pub playing: Option<PlaybackId>,
}

/// Who began a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The far end.
    In,
    /// We.
    Out,
}

/// What is at a leg's far end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A carrier.
    Trunk(TrunkId),
    /// A registered phone.
    Phone(PhoneId),
    /// An agent's page.
    Browser,
    /// A party inside this process.
    Virtual,
}

/// Whose a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The customer's side of a call: it ends with the call.
    Call(CallId),
    /// A telephone on our side of a call: it ends with the call, too.
    Seat(CallId),
    /// Somebody who is to take a side of a talk by a transfer: not part of it yet.
    Newcomer(CallId),
    /// An agent's sound path: it outlives calls.
    Agent(AgentKey),
}

/// Whether a leg's far end wants to hear anything. (RFC 3264 §8.4)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// From now on it wants to hear nothing: it holds whoever is at the other side.
    Begins,
    /// The same, but it goes on sending: its music, or an open microphone.
    Sounds,
    /// It listens again.
    Ends,
}

/// How far a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// The media engine was asked to open it.
    Opening,
    /// We call its far end, which has not answered yet.
    Calling,
    /// It can send and receive (a browser's, once it is connected).
    Open,
}

/// All legs.
#[derive(Debug, Clone, Default)]
pub struct Legs {
    by_id: BTreeMap<LegId, Leg>,
    of_call: BTreeMap<CallId, LegId>,
    seats: BTreeMap<CallId, LegId>,
    of_trunk: BTreeMap<TrunkId, BTreeSet<LegId>>,
    /// Agents' legs that stand on the customer's side of a call.
    lent: BTreeMap<LegId, CallId>,
    /// Those whose far end holds the other side.
    holding: BTreeSet<LegId>,
}

impl Legs {
    /// Adds a leg.
    pub fn insert(&mut self, leg: Leg) {
        match leg.owner {
            Owner::Call(call) => {
                self.of_call.insert(call, leg.id);
            }
            Owner::Seat(call) => {
                self.seats.insert(call, leg.id);
            }
            Owner::Newcomer(_) | Owner::Agent(_) => {}
        }
        if let Kind::Trunk(trunk) = leg.kind {
            self.of_trunk.entry(trunk).or_default().insert(leg.id);
        }
        self.by_id.insert(leg.id, leg);
    }

    /// Takes a leg out.
    pub fn remove(&mut self, id: LegId) -> Option<Leg> {
        let leg = self.by_id.remove(&id)?;
        self.holding.remove(&id);
        match leg.owner {
            // A transfer may have given its place to another leg already.
            Owner::Call(call) if self.of_call.get(&call) == Some(&id) => {
                self.of_call.remove(&call);
            }
            Owner::Seat(call) if self.seats.get(&call) == Some(&id) => {
                self.seats.remove(&call);
            }
            Owner::Call(_) | Owner::Seat(_) | Owner::Newcomer(_) => {}
            Owner::Agent(_) => self.take_back(id),
        }
        if let Kind::Trunk(trunk) = leg.kind
            && let Some(legs) = self.of_trunk.get_mut(&trunk)
        {
            legs.remove(&id);
            if legs.is_empty() {
                self.of_trunk.remove(&trunk);
            }
        }
        Some(leg)
    }

    /// An agent's leg stands on the customer's side of a call inside the house, until it is
    /// taken back or gone: it outlives the call.
    pub fn lend(&mut self, leg: LegId, call: CallId) {
        self.lent.insert(leg, call);
        self.of_call.insert(call, leg);
    }

    /// An agent's leg is that agent's own again.
    pub fn take_back(&mut self, leg: LegId) {
        if let Some(call) = self.lent.remove(&leg)
            && self.of_call.get(&call) == Some(&leg)
        {
            self.of_call.remove(&call);
        }
    }

    /// The call on whose customer's side an agent's leg stands.
    pub fn lent_to(&self, leg: LegId) -> Option<CallId> {
        self.lent.get(&leg).copied()
    }

    /// A leg.
    pub fn get(&self, id: LegId) -> Option<&Leg> {
        self.by_id.get(&id)
    }

    /// A leg's state or playback, to change it.
    pub fn get_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.by_id.get_mut(&id)
    }

    /// A leg that can send and receive becomes somebody else's.
    pub fn give(&mut self, id: LegId, owner: Owner) {
        let holds = self.holds(id);
        let Some(leg) = self.remove(id) else { return };
        self.insert(Leg { owner, state: LegState::Open, ..leg });
        if holds {
            self.holding.insert(id);
        }
    }

    /// Notes that a leg's far end holds the other side, or does no more. False when that is known.
    pub fn hold(&mut self, id: LegId, hold: Hold) -> bool {
        match hold {
            Hold::Begins | Hold::Sounds => self.by_id.contains_key(&id) && self.holding.insert(id),
            Hold::Ends => self.holding.remove(&id),
        }
    }

    /// Whether a leg's far end holds the other side.
    pub fn holds(&self, id: LegId) -> bool {
        self.holding.contains(&id)
    }

    /// The customer's leg of a call.
    pub fn of_call(&self, call: CallId) -> Option<&Leg> {
        self.by_id.get(self.of_call.get(&call)?)
    }

    /// The telephone on our side of a call, if there is one.
    pub fn seat_of(&self, call: CallId) -> Option<&Leg> {
        self.by_id.get(self.seats.get(&call)?)
    }

    /// Calls that a trunk carries now.
    pub fn on_trunk(&self, trunk: TrunkId) -> usize {
        self.of_trunk.get(&trunk).map_or(0, BTreeSet::len)
    }

    /// Those behind one, by id; from the first one on without.
    pub fn after(&self, leg: Option<LegId>) -> impl Iterator<Item = &Leg> {
        let from = leg.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_id.range((from, Bound::Unbounded)).map(|(_, leg)| leg)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}
