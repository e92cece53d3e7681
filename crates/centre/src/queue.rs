//! The callers who wait, group by group, first come first served. A caller who
//! is being offered keeps the place; it is given up only by an answer, by
//! leaving, or when the longest wait is over.

use crate::journal::LeftQueue;
use crate::limits::{QUEUE, QUEUED_PER_APPLICATION};
use crate::{CallId, OfferId, SkillGroupId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A place in the queues of an application: lower came earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place(pub u64);

/// A caller who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The call.
    pub call: CallId,
    /// The group it waits for.
    pub group: SkillGroupId,
    /// Since when.
    pub since: Duration,
    /// When the longest wait is over.
    pub until: Duration,
    /// The offer that rings for it.
    pub offered: Option<OfferId>,
    /// Agents who let it ring out or declined it: they come after all others.
    pub passed: BTreeSet<StaffId>,
    /// The longest wait ended while a desk rang: the ring is the last chance.
    pub overdue: bool,
}

/// What became of a caller whose offer or wait ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Waits on, at the same place.
    Waits,
    /// Leaves the queue; it is out already.
    Left(LeftQueue),
    /// Does not wait here: a late event.
    Unknown,
}

/// One group's queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    waiting: BTreeMap<Place, Waiting>,
    /// Those of them that are not being offered.
    unoffered: BTreeSet<Place>,
}

impl Queue {
    /// The first caller who is not being offered.
    pub fn head(&self) -> Option<(Place, &Waiting)> {
        let place = *self.unoffered.first()?;
        Some((place, self.waiting.get(&place)?))
    }

    /// How many wait, those being offered included.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Since when the first of them waits.
    pub fn longest_since(&self) -> Option<Duration> {
        self.waiting.values().next().map(|first| first.since)
    }

    /// Everyone, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.values()
    }
}

/// All queues of an application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queues {
    groups: BTreeMap<SkillGroupId, Queue>,
    places: BTreeMap<CallId, (SkillGroupId, Place)>,
    next_place: u64,
}

impl Queues {
    /// A caller joins at the end. `Err` when the limit is reached.
    pub fn join(
        &mut self,
        call: CallId,
        group: SkillGroupId,
        since: Duration,
        until: Duration,
    ) -> Result<(), LeftQueue> {
        let queue = self.groups.entry(group).or_default();
        if queue.len() >= QUEUE || self.places.len() >= QUEUED_PER_APPLICATION {
            return Err(LeftQueue::Full);
        }
        let place = Place(self.next_place);
        self.next_place += 1;
        let waiting = Waiting { call, group, since, until, offered: None, passed: BTreeSet::new(), overdue: false };
        queue.waiting.insert(place, waiting);
        queue.unoffered.insert(place);
        self.places.insert(call, (group, place));
        Ok(())
    }

    /// A desk rings for a caller.
    pub fn offered(&mut self, call: CallId, offer: OfferId) {
        if let Some((queue, place)) = self.place_mut(call)
            && let Some(waiting) = queue.waiting.get_mut(&place)
        {
            waiting.offered = Some(offer);
            queue.unoffered.remove(&place);
        }
    }

    /// The ring ended without an answer; `passed` names the agent who let it go by.
    pub fn offer_over(&mut self, call: CallId, passed: Option<StaffId>) -> After {
        let Some((queue, place)) = self.place_mut(call) else { return After::Unknown };
        let Some(waiting) = queue.waiting.get_mut(&place) else { return After::Unknown };
        waiting.offered = None;
        waiting.passed.extend(passed);
        let overdue = waiting.overdue;
        queue.unoffered.insert(place);
        if overdue { self.evict(call, LeftQueue::WaitedTooLong) } else { After::Waits }
    }

    /// The longest wait is over. A caller whom a desk rings for right now may still be answered.
    pub fn time_up(&mut self, call: CallId, now: Duration) -> After {
        let Some((queue, place)) = self.place_mut(call) else { return After::Unknown };
        let Some(waiting) = queue.waiting.get_mut(&place) else { return After::Unknown };
        if waiting.until > now {
            return After::Waits;
        }
        if waiting.offered.is_some() {
            waiting.overdue = true;
            return After::Waits;
        }
        self.evict(call, LeftQueue::WaitedTooLong)
    }

    /// Takes a caller out for a reason of ours.
    pub fn evict(&mut self, call: CallId, why: LeftQueue) -> After {
        match self.leave(call) {
            Some(_) => After::Left(why),
            None => After::Unknown,
        }
    }

    /// Takes a caller out: answered, or gone.
    pub fn leave(&mut self, call: CallId) -> Option<Waiting> {
        let (group, place) = self.places.remove(&call)?;
        let queue = self.groups.get_mut(&group)?;
        queue.unoffered.remove(&place);
        let waiting = queue.waiting.remove(&place);
        if queue.is_empty() {
            self.groups.remove(&group);
        }
        waiting
    }

    /// A group's queue; `None` when nobody waits.
    pub fn group(&self, group: SkillGroupId) -> Option<&Queue> {
        self.groups.get(&group)
    }

    /// A caller's entry.
    pub fn waiting(&self, call: CallId) -> Option<&Waiting> {
        let (group, place) = self.places.get(&call)?;
        self.groups.get(group)?.waiting.get(place)
    }

    /// Groups in which somebody waits.
    pub fn occupied(&self) -> impl Iterator<Item = SkillGroupId> {
        self.groups.keys().copied()
    }

    /// How many wait for a group.
    pub fn len_of(&self, group: SkillGroupId) -> usize {
        self.groups.get(&group).map_or(0, Queue::len)
    }

    /// How many wait in all.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nobody waits at all.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn place_mut(&mut self, call: CallId) -> Option<(&mut Queue, Place)> {
        let (group, place) = *self.places.get(&call)?;
        Some((self.groups.get_mut(&group)?, place))
    }
}
