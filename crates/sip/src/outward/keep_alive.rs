//! Asks trunks whether they are there, each of their addresses by itself: OPTIONS at an even
//! pace (RFC 3261 §11). Any answer is a sign of life, whatever its status; three questions
//! without one are a sign of death.

use super::Thread;
use crate::api::{AddressState, Event, Flow, KeepAlive, TrunkKey};
use crate::deadlines::Wake;
use crate::dialog::{Turn, contact};
use crate::limits::{KEEP_ALIVE_PACE, KEEP_ALIVES, MISSED_KEEP_ALIVES};
use crate::message::{Method, write};
use crate::transaction::store::{ClientKey, Owner, Request};
use std::collections::BTreeMap;
use std::time::Duration;

/// Whom we ask: a trunk may have several addresses, and two trunks the same one.
type Place = (TrunkKey, Flow);

/// The keep-alives of all trunks.
#[derive(Debug, Default)]
pub(crate) struct KeepAlives {
    places: BTreeMap<Place, Asking>,
}

#[derive(Debug)]
struct Asking {
    every: Duration,
    thread: Thread,
    open: Option<ClientKey>,
    /// When the last question was asked.
    asked: Duration,
    missed: u32,
    /// Whether its silence was told.
    silent: bool,
}

impl KeepAlives {
    /// Replaces the set. An address that is asked as often as before goes on undisturbed.
    pub(crate) fn set(&mut self, wishes: Vec<KeepAlive>, turn: &mut Turn<'_>) {
        let pace = |wish: &KeepAlive| wish.every.clamp(*KEEP_ALIVE_PACE.start(), *KEEP_ALIVE_PACE.end());
        let wishes = wishes.into_iter().take(KEEP_ALIVES);
        let wishes: BTreeMap<Place, Duration> = wishes.map(|wish| ((wish.trunk, wish.flow), pace(&wish))).collect();
        let kept = |place: &Place, asking: &Asking| wishes.get(place) == Some(&asking.every);
        let gone: Vec<Place> =
            self.places.iter().filter(|(place, asking)| !kept(place, asking)).map(|(place, _)| *place).collect();
        for place in gone {
            self.drop(place, turn);
        }
        for (place, every) in wishes {
            if self.places.contains_key(&place) {
                continue;
            }
            let (thread, asked) = (Thread::new(turn.wire), turn.now);
            self.places.insert(place, Asking { every, thread, open: None, asked, missed: 0, silent: false });
            self.ask(place, turn);
        }
    }

    /// It is time for the next question.
    pub(crate) fn ask(&mut self, (trunk, flow): Place, turn: &mut Turn<'_>) {
        let asking = self.places.get_mut(&(trunk, flow)).filter(|asking| asking.open.is_none());
        let Some(asking) = asking else { return };
        let branch = turn.wire.new_branch();
        let (uri, own) = (format!("sip:{}", flow.remote), format!("sip:{}", flow.local));
        let writer = asking.thread.request((Method::Options, &uri), (&own, &uri), (flow, &branch.1), turn.wire);
        let frame = writer.header("Contact", contact(flow)).header("Accept", write::SDP).finish(None);
        asking.open = Some(branch.0);
        asking.asked = turn.now;
        turn.wire.open_client(branch, Request { flow, owner: Owner::KeepAlive(trunk, flow), frame }, turn.now);
    }

    /// The address answered.
    pub(crate) fn on_answer(&mut self, place: Place, turn: &mut Turn<'_>) {
        let Some(asking) = self.places.get_mut(&place) else { return };
        asking.open = None;
        asking.missed = 0;
        asking.silent = false;
        let round_trip = turn.now.saturating_sub(asking.asked);
        tell(place, AddressState::Answers { round_trip }, turn);
        asking.wait(place, turn);
    }

    /// It did not, or cannot be reached.
    pub(crate) fn on_silence(&mut self, place: Place, turn: &mut Turn<'_>) {
        let Some(asking) = self.places.get_mut(&place) else { return };
        asking.open = None;
        asking.missed = asking.missed.saturating_add(1);
        if asking.missed >= MISSED_KEEP_ALIVES && !asking.silent {
            asking.silent = true;
            tell(place, AddressState::Silent, turn);
        }
        asking.wait(place, turn);
    }

    fn drop(&mut self, place: Place, turn: &mut Turn<'_>) {
        let Some(asking) = self.places.remove(&place) else { return };
        turn.wire.deadlines.clear(Wake::KeepAlive(place.0, place.1));
        if let Some(open) = asking.open {
            turn.wire.drop_client(open);
        }
    }
}

impl Asking {
    fn wait(&self, (trunk, flow): Place, turn: &mut Turn<'_>) {
        turn.wire.deadlines.set(Wake::KeepAlive(trunk, flow), (self.asked + self.every).max(turn.now));
    }
}

fn tell((trunk, flow): Place, state: AddressState, turn: &mut Turn<'_>) {
    turn.wire.tell(Event::AddressState { trunk, flow, state });
}
