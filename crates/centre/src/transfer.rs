//! Transfers under way: somebody is to take one side of a talk, and has not answered
//! yet. The talk goes on meanwhile, even without the one who gives its side away.

use crate::journal::TransferKind;
use crate::talk::Side;
use crate::{AgentKey, CallId};
use media::LegId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A side of a talk that is to change hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The call. One transfer at a time.
    pub call: CallId,
    /// How.
    pub kind: TransferKind,
    /// Which side.
    pub side: Side,
    /// Who gives it away.
    pub giver: Giver,
    /// The leg of whoever is to have it.
    pub newcomer: LegId,
    /// Whose state follows that leg.
    pub agent: Option<AgentKey>,
    /// When nobody waits any longer.
    pub until: Duration,
}

/// Who gives a side of a talk away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Giver {
    /// Talks until somebody answers, by this leg.
    Talks(LegId),
    /// Has hung up already.
    Gone,
}

/// What part a leg has in a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It gives its side away.
    Giver,
    /// It is to have it.
    Newcomer,
}

/// What a telephone that asked for a transfer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// There is none.
    Declined,
    /// It is tried.
    Tried,
    /// How far the new call is: a SIP status. A final one is the last word.
    Status(u16),
}

/// The transfers under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfers {
    by_call: BTreeMap<CallId, Transfer>,
}

impl Transfers {
    /// Somebody is called for a side of a talk.
    pub fn begin(&mut self, transfer: Transfer) {
        self.by_call.insert(transfer.call, transfer);
    }

    /// The transfer of a call.
    pub fn get(&self, call: CallId) -> Option<&Transfer> {
        self.by_call.get(&call)
    }

    /// What part a leg has in the transfer of its call.
    pub fn part_of(&self, call: CallId, leg: LegId) -> Option<Part> {
        let transfer = self.by_call.get(&call)?;
        match transfer.giver {
            _ if transfer.newcomer == leg => Some(Part::Newcomer),
            Giver::Talks(giver) if giver == leg => Some(Part::Giver),
            Giver::Talks(_) | Giver::Gone => None,
        }
    }

    /// Whether an agent is called for a side of this call.
    pub fn calls(&self, call: CallId, agent: AgentKey) -> bool {
        self.by_call.get(&call).is_some_and(|transfer| transfer.agent == Some(agent))
    }

    /// Who gave the side away has hung up.
    pub fn giver_gone(&mut self, call: CallId) {
        if let Some(transfer) = self.by_call.get_mut(&call) {
            transfer.giver = Giver::Gone;
        }
    }

    /// Somebody has taken it, nobody will, or the call is over.
    pub fn end(&mut self, call: CallId) -> Option<Transfer> {
        self.by_call.remove(&call)
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
