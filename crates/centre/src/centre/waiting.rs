//! How desks hear that only the number of waiting callers changed. Looking at every
//! desk each second would cost a big house more for each call than a small one, so
//! the look begins with the groups: a group whose number is the one that its desks
//! show already is passed over, however many members it has.

use super::{Centre, GroupKey};
use crate::limits::{WAITING_DESK, WAITING_FIGURE};
use crate::timers::Timer;
use crate::{AgentKey, Now, SdkAppId, StaffId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What desks show of the queues, and which of them may be behind.
#[derive(Debug, Default)]
pub(super) struct WaitingFigures {
    /// Groups whose queue changed since the last look.
    changed: BTreeSet<GroupKey>,
    /// Callers of a group as all its desks were shown them at the last look; without an entry: none.
    shown: BTreeMap<GroupKey, usize>,
    /// Desks that were told something else since a queue changed. Each shows the number of
    /// that moment, which is perhaps neither the one before nor the one now.
    between: BTreeSet<AgentKey>,
    /// When the next look may be at the earliest.
    rests_until: Duration,
}

impl WaitingFigures {
    /// Whether the number of a group is another one than its desks were shown; from now on it is theirs.
    fn show(&mut self, key: GroupKey, waiting: usize) -> bool {
        let before = match waiting {
            0 => self.shown.remove(&key),
            _ => self.shown.insert(key, waiting),
        };
        before.unwrap_or(0) != waiting
    }

    /// An application is gone, and its desks with it.
    pub(super) fn forget(&mut self, app: SdkAppId) {
        self.changed.retain(|key| key.app != app);
        self.shown.retain(|key, _| key.app != app);
        self.between.retain(|key| key.app != app);
    }
}

impl Centre {
    /// Somebody joined or left a queue: look at it, and let desks hear the number soon.
    pub(super) fn queue_changed(&mut self, key: GroupKey, now: Now) {
        self.work.groups.insert(key);
        self.waiting_figures.changed.insert(key);
        if !self.timers.runs(Timer::WaitingFigure) {
            let at = (now.mono + WAITING_FIGURE).max(self.waiting_figures.rests_until);
            self.timers.set(Timer::WaitingFigure, at);
        }
    }

    /// A desk was told how many wait, because something else changed.
    pub(super) fn desk_shows_waiting(&mut self, key: AgentKey) {
        if self.timers.runs(Timer::WaitingFigure) {
            self.waiting_figures.between.insert(key);
        }
    }

    /// The second is over: desks that show another number than is true now are told.
    pub(super) fn waiting_figure_due(&mut self, now: Now) {
        let mut behind = std::mem::take(&mut self.waiting_figures.between);
        for key in std::mem::take(&mut self.waiting_figures.changed) {
            let Some(yard) = self.yards.get(&key.app) else { continue };
            if !self.waiting_figures.show(key, yard.queues.len_of(key.group)) {
                continue;
            }
            let members = yard.board.group(key.group).into_iter().flat_map(|board| board.members());
            behind.extend(members.map(|(agent, _)| AgentKey { app: key.app, agent }));
        }
        behind.retain(|key| self.shows_another_number(key.app, key.agent));
        self.waiting_figures.rests_until = now.mono + WAITING_DESK * behind.len() as u32;
        self.work.desks.extend(behind);
    }

    fn shows_another_number(&self, app: SdkAppId, agent: StaffId) -> bool {
        let Some(yard) = self.yards.get(&app) else { return false };
        let told = yard.agents.get(&agent).filter(|agent| agent.reach.has_page()).map(|agent| agent.told_waiting);
        told.is_some_and(|told| told != yard.waiting_for(agent))
    }
}
