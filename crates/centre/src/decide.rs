//! Who gets which call: a pure function over a snapshot, with its explanation.
//! The snapshot is kept indexed (ready agents by idle time, callers by place),
//! so that a decision costs the same with ten agents and with a thousand.

use crate::journal::{Considered, Verdict};
use crate::limits::TRACE_AGENTS;
use crate::queue::{Queue, Queues};
use crate::{CallId, SkillGroupId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What routing sees of an agent: presence and reachability in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Takes calls, and they get through.
    Ready {
        /// Since when.
        since: Duration,
    },
    /// Takes calls, but the page or its sound path cannot be reached.
    Unreachable,
    /// A desk rings.
    Offered,
    /// In a call.
    Talking,
    /// Writes up a call.
    WrapUp,
    /// Not ready, or away after a missed offer: still at work.
    NotReady,
    /// On a break. A group whose members all rest counts as unattended. (ref. 7.1)
    Resting,
    /// Not at work.
    SignedOut,
}

impl Standing {
    /// Whether the agent counts as being at work for callers who wait.
    pub fn is_online(self) -> bool {
        match self {
            Standing::Ready { .. }
            | Standing::Unreachable
            | Standing::Offered
            | Standing::Talking
            | Standing::WrapUp
            | Standing::NotReady => true,
            Standing::Resting | Standing::SignedOut => false,
        }
    }

    fn verdict(self) -> Verdict {
        match self {
            Standing::Ready { .. } => Verdict::IdleForLess,
            Standing::Unreachable => Verdict::Unreachable,
            Standing::Offered => Verdict::Offered,
            Standing::Talking => Verdict::Talking,
            Standing::WrapUp => Verdict::WrapUp,
            Standing::NotReady | Standing::Resting => Verdict::Away,
            Standing::SignedOut => Verdict::SignedOut,
        }
    }
}

/// The members of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupBoard {
    members: BTreeMap<StaffId, Standing>,
    /// Ready members: longest idle first, then by staff id, so that a tie has one answer.
    ready: BTreeSet<(Duration, StaffId)>,
    online: u32,
}

impl GroupBoard {
    /// Members who are at work.
    pub fn online(&self) -> u32 {
        self.online
    }

    /// Members who could take a call now.
    pub fn ready(&self) -> u32 {
        self.ready.len() as u32
    }

    /// Everyone, with their standing.
    pub fn members(&self) -> impl Iterator<Item = (StaffId, Standing)> {
        self.members.iter().map(|(agent, standing)| (*agent, *standing))
    }

    fn set(&mut self, agent: StaffId, standing: Standing) {
        self.remove(agent);
        if let Standing::Ready { since } = standing {
            self.ready.insert((since, agent));
        }
        self.online += u32::from(standing.is_online());
        self.members.insert(agent, standing);
    }

    fn remove(&mut self, agent: StaffId) {
        let Some(before) = self.members.remove(&agent) else { return };
        if let Standing::Ready { since } = before {
            self.ready.remove(&(since, agent));
        }
        self.online -= u32::from(before.is_online());
    }
}

/// All agents of an application, by group. An index over presence and reach:
/// whoever changes those calls [`Board::set`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    groups: BTreeMap<SkillGroupId, GroupBoard>,
    groups_of: BTreeMap<StaffId, BTreeSet<SkillGroupId>>,
    standings: BTreeMap<StaffId, Standing>,
}

impl Board {
    /// Says which groups an agent belongs to. Gives those that gained or lost the agent.
    pub fn assign(&mut self, agent: StaffId, groups: BTreeSet<SkillGroupId>) -> BTreeSet<SkillGroupId> {
        let standing = *self.standings.entry(agent).or_insert(Standing::SignedOut);
        let before = self.groups_of.insert(agent, groups.clone()).unwrap_or_default();
        let changed: BTreeSet<SkillGroupId> = before.symmetric_difference(&groups).copied().collect();
        for group in &changed {
            let board = self.groups.entry(*group).or_default();
            if groups.contains(group) { board.set(agent, standing) } else { board.remove(agent) }
        }
        changed
    }

    /// Takes an agent off the board. Gives the groups that lost the agent.
    pub fn remove(&mut self, agent: StaffId) -> BTreeSet<SkillGroupId> {
        let lost = self.assign(agent, BTreeSet::new());
        self.groups_of.remove(&agent);
        self.standings.remove(&agent);
        lost
    }

    /// Sets an agent's standing; true if it changed.
    pub fn set(&mut self, agent: StaffId, standing: Standing) -> bool {
        if self.standings.insert(agent, standing) == Some(standing) {
            return false;
        }
        for group in self.groups_of.get(&agent).into_iter().flatten() {
            self.groups.entry(*group).or_default().set(agent, standing);
        }
        true
    }

    /// What the board says of an agent.
    pub fn standing(&self, agent: StaffId) -> Option<Standing> {
        self.standings.get(&agent).copied()
    }

    /// A group; `None` when it has no members.
    pub fn group(&self, group: SkillGroupId) -> Option<&GroupBoard> {
        self.groups.get(&group)
    }

    /// Members of a group who are at work.
    pub fn online(&self, group: SkillGroupId) -> u32 {
        self.groups.get(&group).map_or(0, GroupBoard::online)
    }

    /// The groups of an agent.
    pub fn groups_of(&self, agent: StaffId) -> impl Iterator<Item = SkillGroupId> {
        self.groups_of.get(&agent).into_iter().flatten().copied()
    }
}

/// All that a decision looks at.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The agents.
    pub board: &'a Board,
    /// The callers.
    pub queues: &'a Queues,
}

/// Why somebody must decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A caller of this group may be served.
    CallerWaits(SkillGroupId),
    /// This agent may serve somebody.
    AgentReady(StaffId),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let this agent's desk ring for this call.
    Offer {
        /// The call.
        call: CallId,
        /// Its group.
        group: SkillGroupId,
        /// The agent.
        agent: StaffId,
    },
    /// Nobody waits who is not being offered already.
    NoCaller,
    /// Somebody waits, but no agent can take the call.
    NoAgent,
}

/// Decides. First come first served among callers; among agents the longest
/// idle, and of equals the lower staff id. Agents who let this very call go by
/// come after all others. The trace is empty unless an offer is made; it names
/// the chosen agent first and at most [`TRACE_AGENTS`] in all.
pub fn decide(snapshot: Snapshot<'_>, event: Event) -> (Decision, Vec<Considered>) {
    let group = match event {
        Event::CallerWaits(group) => Some(group),
        Event::AgentReady(agent) => oldest_head(snapshot, agent),
    };
    let Some((group, head)) = group.and_then(|group| Some((group, snapshot.queues.group(group)?.head()?.1))) else {
        return (Decision::NoCaller, Vec::new());
    };
    let Some(board) = snapshot.board.group(group) else { return (Decision::NoAgent, Vec::new()) };
    let fresh = board.ready.iter().find(|(_, agent)| !head.passed.contains(agent));
    let Some((_, agent)) = fresh.or_else(|| board.ready.first()) else {
        return (Decision::NoAgent, Vec::new());
    };
    let trace = explain(board, *agent, &head.passed);
    (Decision::Offer { call: head.call, group, agent: *agent }, trace)
}

/// Of an agent's groups, the one whose first caller came earliest.
fn oldest_head(snapshot: Snapshot<'_>, agent: StaffId) -> Option<SkillGroupId> {
    let heads = snapshot.board.groups_of(agent).filter_map(|group| {
        let (place, _) = snapshot.queues.group(group).and_then(Queue::head)?;
        Some((place, group))
    });
    heads.min().map(|(_, group)| group)
}

/// Why this agent: first the chosen one, then the ready by idle time, then the others by id.
fn explain(board: &GroupBoard, chosen: StaffId, passed: &BTreeSet<StaffId>) -> Vec<Considered> {
    let ready = board.ready.iter().map(|(_, agent)| *agent).filter(|agent| *agent != chosen).map(|agent| {
        let verdict = if passed.contains(&agent) { Verdict::PassedBefore } else { Verdict::IdleForLess };
        Considered { agent, verdict }
    });
    let others = board
        .members
        .iter()
        .filter(|(_, standing)| !matches!(standing, Standing::Ready { .. }))
        .map(|(agent, standing)| Considered { agent: *agent, verdict: standing.verdict() });
    std::iter::once(Considered { agent: chosen, verdict: Verdict::Chosen })
        .chain(ready)
        .chain(others)
        .take(TRACE_AGENTS)
        .collect()
}
