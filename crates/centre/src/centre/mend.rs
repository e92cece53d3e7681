//! The reconciler: every few seconds it compares what agents, offers, talks,
//! queues and legs say of each other, and repairs what cannot be. Each repair
//! is counted and logged. The number to see is zero.
//!
//! A big house is compared piece by piece, so that calls never wait for it and its
//! cost does not grow with the house; what is wrong there is found a little later.

use super::Centre;
use crate::catalogue;
use crate::floor::CallStage;
use crate::journal::OfferEnd;
use crate::journals::Ending;
use crate::leg::{LegState, Owner};
use crate::limits::{LATE, RECONCILE, RECONCILE_GOES_ON, RECONCILED_AT_ONCE};
use crate::node::LogLevel;
use crate::presence::{Change, Presence};
use crate::timers::Timer;
use crate::transfer::Giver;
use crate::{AgentKey, CallId, Now, SdkAppId};
use media::LegId;
use std::ops::Bound;
use std::time::Duration;

/// How far the comparison has come: it goes on behind what it looked at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Among the agents.
    Agents(Option<AgentKey>),
    /// Among the calls.
    Calls(Option<CallId>),
    /// Among the legs.
    Legs(Option<LegId>),
}

impl Default for Compared {
    fn default() -> Compared {
        Compared::Agents(None)
    }
}

impl Centre {
    pub(super) fn reconcile(&mut self, now: Now) {
        let mut room = RECONCILED_AT_ONCE;
        while room > 0 {
            let looked = self.compare_next(room, now);
            if looked < room && self.compared == Compared::default() {
                let unmeasured = self.soundings.give_up();
                self.never_measured(unmeasured);
                return self.timers.set(Timer::Reconcile, now.mono + RECONCILE);
            }
            room -= looked;
        }
        self.timers.set(Timer::Reconcile, now.mono + RECONCILE_GOES_ON);
    }

    /// Compares at most this many, and says how many; fewer are the last of their kind.
    fn compare_next(&mut self, room: usize, now: Now) -> usize {
        match self.compared {
            Compared::Agents(after) => {
                let keys = self.agents_after(after, room);
                keys.iter().for_each(|key| self.reconcile_agent(*key, now));
                let last = keys.last().filter(|_| keys.len() == room);
                self.compared = last.map_or(Compared::Calls(None), |last| Compared::Agents(Some(*last)));
                keys.len()
            }
            Compared::Calls(after) => {
                let calls: Vec<CallId> = self.journals.after(after).map(|(call, _)| call).take(room).collect();
                calls.iter().for_each(|call| self.reconcile_call(*call, now));
                let last = calls.last().filter(|_| calls.len() == room);
                self.compared = last.map_or(Compared::Legs(None), |last| Compared::Calls(Some(*last)));
                calls.len()
            }
            Compared::Legs(after) => {
                let legs: Vec<(LegId, Owner)> =
                    self.legs.after(after).map(|leg| (leg.id, leg.owner)).take(room).collect();
                legs.iter().for_each(|leg| self.reconcile_leg(*leg));
                let last = legs.last().filter(|_| legs.len() == room);
                self.compared = last.map_or(Compared::default(), |(last, _)| Compared::Legs(Some(*last)));
                legs.len()
            }
        }
    }

    fn agents_after(&self, after: Option<AgentKey>, room: usize) -> Vec<AgentKey> {
        let first = after.map_or(SdkAppId(0), |key| key.app);
        let all = self.yards.range(first..).flat_map(|(app, yard)| {
            let from = after.filter(|key| key.app == *app).map_or(Bound::Unbounded, |key| Bound::Excluded(key.agent));
            let agents = yard.agents.range((from, Bound::Unbounded));
            agents.map(move |(agent, _)| AgentKey { app: *app, agent: *agent })
        });
        all.take(room).collect()
    }

    fn reconcile_call(&mut self, call: CallId, now: Now) {
        if let Some(fault) = self.fault_of(call, now) {
            self.repaired(fault, &call.to_string());
            self.end_call(call, Ending::failure(catalogue::REPAIRED), now);
        }
    }

    fn reconcile_leg(&mut self, (leg, owner): (LegId, Owner)) {
        if self.is_orphan(owner, leg) {
            self.repaired("a leg belonged to nobody", &leg.0.to_string());
            self.close_leg(leg);
        }
    }

    fn reconcile_agent(&mut self, key: AgentKey, now: Now) {
        let Some(agent) = self.agent(key) else { return };
        let standing = agent.standing();
        let late = |until: Duration| until + LATE < now.mono;
        match agent.presence().clone() {
            Presence::Offered { offer, call, until } => {
                let rings = self.offers.get(offer).is_some_and(|known| known.agent == key && known.call == call);
                if !rings {
                    self.repaired("an agent was offered a call that did not ring", &key.agent.to_string());
                    let _late = self.change(key, Change::OfferOver(OfferEnd::Withdrawn), now);
                } else if late(until) {
                    self.repaired("an offer outlived its time", &offer.to_string());
                    self.end_offer(offer, OfferEnd::RangOut, now);
                }
            }
            Presence::Dialling { call, .. } => {
                let waits = self.waiting_agents.get(&call) == Some(&key) || self.transfers.calls(call, key);
                if !waits && self.dials.get(call).is_none_or(|dial| !dial.people.has(key)) {
                    self.repaired("an agent dialled a call that was over", &key.agent.to_string());
                    let _late = self.change(key, Change::DialOver, now);
                }
            }
            Presence::Called { call, .. } => {
                if self.dials.get(call).is_none_or(|dial| dial.people.far != Some(key)) {
                    self.repaired("an agent was called by nobody", &key.agent.to_string());
                    let _late = self.change(key, Change::DialOver, now);
                }
            }
            Presence::Talking { call, .. } => {
                if self.talks.get(call).is_none_or(|talk| !talk.people.has(key)) {
                    self.repaired("an agent talked in a call that was over", &key.agent.to_string());
                    let _late = self.change(key, Change::CallOver { wrap_up: Duration::ZERO }, now);
                }
            }
            Presence::WrapUp { until, .. } => {
                if late(until) {
                    self.repaired("a wrap-up outlived its time", &key.agent.to_string());
                    let _late = self.change(key, Change::WrapUpOver, now);
                }
            }
            Presence::SignedOut | Presence::Ready { .. } | Presence::Away { .. } => {}
        }
        let shown = self.yards.get(&key.app).and_then(|yard| yard.board.standing(key.agent));
        if self.agent(key).is_some_and(|agent| agent.standing() == standing) && shown != Some(standing) {
            self.repaired("the routing board was out of date", &key.agent.to_string());
            self.refresh(key, now);
        }
    }

    /// What is wrong with a call, if anything: its journal says where it is, and
    /// exactly that machine must hold it.
    fn fault_of(&self, call: CallId, now: Now) -> Option<&'static str> {
        let journal = self.journals.get(call)?;
        let talk = self.talks.get(call);
        let leg = self.legs.of_call(call);
        // A desk's leg is lost and found again while the agent's page is loaded anew.
        let by_desk = talk.and_then(|talk| talk.people.far).is_some_and(|far| !self.is_on_phone(far));
        let transfer = self.transfers.get(call);
        let is_given = transfer.is_some_and(|transfer| transfer.giver == Giver::Gone);
        if leg.is_none() && !by_desk && !is_given {
            return Some("a call had no leg");
        }
        let dial = self.dials.get(call);
        let offer = self.offers.of_call(call);
        let queues = self.yards.get(&journal.record.app).map(|yard| &yard.queues);
        let waiting = queues.and_then(|queues| queues.waiting(call));
        let cursor = self.cursors.get(&call);
        let joined = usize::from(talk.is_some()) + usize::from(dial.is_some());
        let apart = joined == 0 || (offer.is_none() && waiting.is_none() && cursor.is_none());
        if !apart || joined > 1 {
            return Some("a call was in a talk and elsewhere");
        }
        if offer.map(|offer| offer.id) != waiting.and_then(|waiting| waiting.offered) {
            return Some("an offer and the queue disagreed");
        }
        let held = match journal.progress.stage {
            CallStage::Arriving => leg.is_some_and(|leg| leg.state == LegState::Opening) && cursor.is_some(),
            CallStage::Ivr => cursor.is_some_and(|cursor| !cursor.is_queued()) && waiting.is_none(),
            CallStage::Queued => waiting.is_some() && offer.is_none(),
            CallStage::Ringing => offer.is_some(),
            // Whoever of the house calls a group has no flow before the leg is open.
            CallStage::Dialling if dial.is_none() => cursor.is_some_and(|cursor| !cursor.is_queued()),
            CallStage::Dialling => dial.is_some_and(|dial| {
                let holds = |agent: &crate::agent::Agent| agent.dialling().or(agent.called().map(|(call, _)| call));
                let dials = |key| self.agent(key).is_some_and(|agent| holds(agent) == Some(call));
                dial.people.iter().all(dials) && dial.until + LATE >= now.mono
            }),
            CallStage::Talking => talk.is_some_and(|talk| {
                let talks = |key| self.agent(key).is_some_and(|agent| agent.talking() == Some(call));
                let waits = transfer.is_none_or(|transfer| transfer.until + LATE >= now.mono);
                waits && talk.people.iter().all(talks) && talk.until + LATE >= now.mono
            }),
        };
        if held { None } else { Some("a call was held by nobody") }
    }

    fn is_orphan(&self, owner: Owner, leg: LegId) -> bool {
        match owner {
            Owner::Call(call) | Owner::Seat(call) => self.journals.get(call).is_none(),
            Owner::Newcomer(call) => self.transfers.get(call).is_none_or(|transfer| transfer.newcomer != leg),
            Owner::Agent(key) => self.agent(key).is_none_or(|agent| !agent.reach.legs().contains(&leg)),
        }
    }

    fn repaired(&mut self, what: &'static str, which: &str) {
        self.figures.repairs += 1;
        self.log(LogLevel::Error, what, &[("which", &which)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centre::{Input, Output};
    use crate::leg::{Direction, Kind, Leg};

    #[test]
    fn a_big_house_is_compared_piece_by_piece_and_to_its_end() {
        let at = |seconds| Now { mono: Duration::from_secs(seconds), wall_ms: 0 };
        let mut centre = Centre::new([1; 32], at(0));
        for id in 1..=600 {
            let owner = Owner::Call(CallId(uuid::Uuid::from_u128(id.into())));
            let (direction, kind, state) = (Direction::In, Kind::Virtual, LegState::Open);
            centre.legs.insert(Leg { id: LegId(id), direction, kind, owner, state, playing: None });
        }
        let mut repaired_at = |seconds| {
            centre.handle(Input::Tick, at(seconds));
            while let Some(Output::Media(_) | Output::Log(_)) = centre.poll_output() {}
            centre.figures().repairs
        };
        assert_eq!([9, 10, 11, 12, 13].map(&mut repaired_at), [0, 256, 512, 600, 600]);
        assert_eq!(centre.poll_timeout().map(|(at, _)| at), Some(Duration::from_secs(22)));
    }
}
