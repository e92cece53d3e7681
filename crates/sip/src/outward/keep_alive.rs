//! Asks trunks whether they are there: OPTIONS at an even pace (RFC 3261 §11). Any answer
//! is a sign of life, whatever its status; three questions without one are a sign of death.

use super::Thread;
use crate::api::{Event, KeepAlive, TrunkKey, TrunkState};
use crate::deadlines::Wake;
use crate::dialog::{Turn, contact};
use crate::limits::{KEEP_ALIVE_PACE, KEEP_ALIVES, MISSED_KEEP_ALIVES};
use crate::message::{Method, write};
use crate::transaction::store::{ClientKey, Owner, Request};
use std::collections::BTreeMap;
use std::time::Duration;

/// The keep-alives of all trunks.
#[derive(Debug, Default)]
pub(crate) struct KeepAlives {
    trunks: BTreeMap<TrunkKey, Asking>,
}

#[derive(Debug)]
struct Asking {
    wish: KeepAlive,
    thread: Thread,
    open: Option<ClientKey>,
    /// When the last question was asked.
    asked: Duration,
    missed: u32,
    told: TrunkState,
}

impl KeepAlives {
    /// Replaces the set. A trunk whose wish is the same goes on undisturbed.
    pub(crate) fn set(&mut self, wishes: Vec<KeepAlive>, turn: &mut Turn<'_>) {
        let mut wishes: BTreeMap<TrunkKey, KeepAlive> =
            wishes.into_iter().take(KEEP_ALIVES).map(|wish| (wish.trunk, wish)).collect();
        let kept =
            |asking: &Asking, wishes: &BTreeMap<_, KeepAlive>| wishes.get(&asking.wish.trunk) == Some(&asking.wish);
        let gone: Vec<TrunkKey> =
            self.trunks.values().filter(|asking| !kept(asking, &wishes)).map(|asking| asking.wish.trunk).collect();
        for trunk in gone {
            self.drop(trunk, turn);
        }
        wishes.retain(|trunk, _| !self.trunks.contains_key(trunk));
        for (trunk, wish) in wishes {
            let thread = Thread::new(turn.wire);
            let asked = turn.now;
            self.trunks.insert(trunk, Asking { wish, thread, open: None, asked, missed: 0, told: TrunkState::Unknown });
            self.ask(trunk, turn);
        }
    }

    /// It is time for the next question.
    pub(crate) fn ask(&mut self, trunk: TrunkKey, turn: &mut Turn<'_>) {
        let Some(asking) = self.trunks.get_mut(&trunk).filter(|asking| asking.open.is_none()) else { return };
        let flow = asking.wish.flow;
        let branch = turn.wire.new_branch();
        let (uri, own) = (format!("sip:{}", flow.remote), format!("sip:{}", flow.local));
        let writer = asking.thread.request((Method::Options, &uri), (&own, &uri), (flow, &branch.1), turn.wire);
        let frame = writer.header("Contact", contact(flow)).header("Accept", write::SDP).finish(None);
        asking.open = Some(branch.0);
        asking.asked = turn.now;
        turn.wire.open_client(branch, Request { flow, owner: Owner::KeepAlive(trunk), frame }, turn.now);
    }

    /// The trunk answered.
    pub(crate) fn on_answer(&mut self, trunk: TrunkKey, turn: &mut Turn<'_>) {
        let Some(asking) = self.trunks.get_mut(&trunk) else { return };
        asking.open = None;
        asking.missed = 0;
        asking.tell(TrunkState::Reachable, turn);
        asking.wait(turn);
    }

    /// It did not, or cannot be reached.
    pub(crate) fn on_silence(&mut self, trunk: TrunkKey, turn: &mut Turn<'_>) {
        let Some(asking) = self.trunks.get_mut(&trunk) else { return };
        asking.open = None;
        asking.missed = asking.missed.saturating_add(1);
        if asking.missed >= MISSED_KEEP_ALIVES {
            asking.tell(TrunkState::Unreachable, turn);
        }
        asking.wait(turn);
    }

    fn drop(&mut self, trunk: TrunkKey, turn: &mut Turn<'_>) {
        let Some(asking) = self.trunks.remove(&trunk) else { return };
        turn.wire.deadlines.clear(Wake::KeepAlive(trunk));
        if let Some(open) = asking.open {
            turn.wire.drop_client(open);
        }
    }
}

impl Asking {
    fn wait(&self, turn: &mut Turn<'_>) {
        let pace = self.wish.every.clamp(*KEEP_ALIVE_PACE.start(), *KEEP_ALIVE_PACE.end());
        turn.wire.deadlines.set(Wake::KeepAlive(self.wish.trunk), (self.asked + pace).max(turn.now));
    }

    fn tell(&mut self, state: TrunkState, turn: &mut Turn<'_>) {
        if self.told != state {
            self.told = state;
            turn.wire.tell(Event::TrunkState { trunk: self.wish.trunk, state });
        }
    }
}
