//! What others see: an agent's desk, an application's floor, the node's
//! figures. Computed when asked; nothing here changes a call.

use super::{Centre, GroupKey, Output};
use crate::desk::{Desk, DeskCall, DeskKey, DeskPresence};
use crate::floor::{Floor, LiveAgent, LiveCall, LiveLeg, LiveQueue};
use crate::journals::Journal;
use crate::limits::DIAL;
use crate::node::NodeFigures;
use crate::presence::{AwayReason, Presence};
use crate::settings::SkillGroup;
use crate::sounding::Side;
use crate::{AgentKey, CallId, Now, SdkAppId};
use std::time::Duration;

impl Centre {
    /// Tells every page whose world has changed.
    pub(super) fn tell_desks(&mut self, now: Now) {
        for key in std::mem::take(&mut self.work.desks) {
            let Some(agent) = self.agent_mut(key) else { continue };
            if !agent.reach.has_page() {
                continue;
            }
            agent.sequence += 1;
            if let Some(desk) = self.desk(key, now) {
                if let Some(agent) = self.agent_mut(key) {
                    agent.told_waiting = desk.waiting;
                }
                self.desk_shows_waiting(key);
                self.outputs.push_back(Output::Desk { key, desk: Box::new(desk) });
            }
        }
    }

    /// An agent's world.
    pub fn desk(&self, key: AgentKey, now: Now) -> Option<Desk> {
        let yard = self.yards.get(&key.app)?;
        let agent = yard.agents.get(&key.agent)?;
        Some(Desk {
            sequence: agent.sequence,
            server_ms: now.wall_ms,
            agent: key.agent,
            presence: self.desk_presence(key, agent.presence(), now),
            sound: agent.reach.sound_path(),
            call: agent.call().and_then(|call| self.journals.any(call)).map(|journal| self.desk_call(journal)),
            waiting: yard.waiting_for(key.agent),
        })
    }

    fn desk_call(&self, journal: &Journal) -> DeskCall {
        let record = &journal.record;
        let queued_ms = record.queued_ms.unwrap_or(record.started_ms);
        let last_ring_ms = record.served_first().map_or(queued_ms, |part| part.ring_ms);
        DeskCall {
            call: record.call,
            direction: record.direction,
            caller: record.caller.expose().clone(),
            callee: record.callee.clone(),
            group: self.group_name(journal).unwrap_or_default(),
            started_ms: record.started_ms,
            waited_ms: last_ring_ms - queued_ms,
            keys: record.keys.iter().map(|press| DeskKey { key: press.key, label: press.label.clone() }).collect(),
            unheard: self.unheard(record.call),
        }
    }

    /// From whom nothing has been heard for too long.
    fn unheard(&self, call: CallId) -> Vec<Side> {
        let Some(talk) = self.talks.get(call) else { return Vec::new() };
        let silent = |leg| self.soundings.now(leg).is_some_and(|now| now.silent_since.is_some());
        let sides = [(talk.customer, Side::Customer), (talk.seat, Side::Seat)];
        sides.into_iter().filter(|(leg, _)| silent(*leg)).map(|(_, side)| side).collect()
    }

    /// The group that a call waits or waited for last: after an overflow not the one it was queued for first.
    fn group_name(&self, journal: &Journal) -> Option<String> {
        let group = journal.progress.group?;
        let settings = &self.directories.get(&journal.record.app)?.settings;
        let named = settings.skill_groups.get(&group).map(|group| group.name.clone());
        // A group that was deleted meanwhile has its name in the record, if it was the first.
        let remembered = || journal.record.queued_group.clone().filter(|(id, _)| *id == group).map(|(_, name)| name);
        named.or_else(remembered)
    }

    fn desk_presence(&self, key: AgentKey, presence: &Presence, now: Now) -> DeskPresence {
        match presence {
            Presence::SignedOut => DeskPresence::SignedOut,
            Presence::Ready { since } => DeskPresence::Ready { since_ms: wall_ms(*since, now) },
            Presence::Offered { offer, call: _, until } => {
                let ring =
                    self.offers.get(*offer).map_or(Duration::ZERO, |offer| offer.until.saturating_sub(offer.since));
                DeskPresence::Offered {
                    offer: *offer,
                    until_ms: wall_ms(*until, now),
                    ring_ms: ring.as_millis() as i64,
                }
            }
            Presence::Dialling { call: _, since, back: _ } => DeskPresence::Dialling { since_ms: wall_ms(*since, now) },
            // A desk answers or declines it as it does an offer.
            Presence::Called { lease, call: _, until, back: _ } => DeskPresence::Offered {
                offer: *lease,
                until_ms: wall_ms(*until, now),
                ring_ms: DIAL.as_millis() as i64,
            },
            Presence::Talking { call, since, then: _ } => DeskPresence::Talking {
                since_ms: wall_ms(*since, now),
                muted: self.talks.get(*call).is_some_and(|talk| talk.is_muted(key)),
            },
            Presence::WrapUp { call: _, until, then: _ } => DeskPresence::WrapUp {
                until_ms: wall_ms(*until, now),
                wrap_up_ms: self.wrap_up(key.app).as_millis() as i64,
            },
            Presence::Away { reason, since } => {
                let (reason, text) = match reason {
                    AwayReason::Rest(text) => ("rest", Some(text.clone())),
                    AwayReason::NotReady => ("not_ready", None),
                    AwayReason::MissedOffer => ("missed_offer", None),
                };
                DeskPresence::Away { reason: reason.to_owned(), text, since_ms: wall_ms(*since, now) }
            }
        }
    }

    /// The live floor of an application.
    pub fn floor(&self, app: SdkAppId, now: Now) -> Option<Floor> {
        let settings = &self.directories.get(&app)?.settings;
        let yard = self.yards.get(&app)?;
        let mut calls: Vec<LiveCall> = self
            .journals
            .iter()
            .map(|(_, journal)| journal)
            .filter(|j| j.record.app == app)
            .map(|j| self.live_call(j, now))
            .collect();
        calls.sort_by_key(|call| (call.started_ms, call.call));
        let agents = yard.agents.iter().filter(|(_, agent)| *agent.presence() != Presence::SignedOut);
        let agents = agents.map(|(id, agent)| {
            let staff = settings.staff.get(id);
            LiveAgent {
                agent: *id,
                user_id: staff.map(|staff| staff.user_id.clone()).unwrap_or_default(),
                name: staff.map(|staff| staff.name.clone()).unwrap_or_default(),
                presence: self.desk_presence(AgentKey { app, agent: *id }, agent.presence(), now),
                reachable: agent.reach.has_page(),
                sound: agent.reach.sound_path(),
            }
        });
        let queues = settings.skill_groups.values().map(|group| self.live_queue(app, group, now));
        Some(Floor { app, server_ms: now.wall_ms, calls, agents: agents.collect(), queues: queues.collect() })
    }

    fn live_call(&self, journal: &Journal, now: Now) -> LiveCall {
        let (record, progress) = (&journal.record, &journal.progress);
        LiveCall {
            call: record.call,
            direction: record.direction,
            caller: record.caller.expose().clone(),
            callee: record.callee.clone(),
            stage: progress.stage,
            agent: progress.agent,
            group: progress.group,
            started_ms: record.started_ms,
            stage_since_ms: progress.since_ms,
            legs: self.live_legs(record.call, now),
        }
    }

    /// How the legs of a call sound, the customer's first.
    fn live_legs(&self, call: CallId, now: Now) -> Vec<LiveLeg> {
        let customer = self.legs.of_call(call).map(|leg| leg.id);
        let seat = self.legs.seat_of(call).map(|leg| leg.id).or(self.talks.get(call).map(|talk| talk.seat));
        let live = |leg| {
            let (_, party) = self.heard_on(leg)?;
            let sounding = self.soundings.now(leg)?;
            let silent = sounding.silent_since.map(|since| now.mono.saturating_sub(since));
            let silent_ms = silent.map(|silent| silent.as_millis() as i64);
            Some(LiveLeg { party, figures: sounding.figures, silent_ms })
        };
        customer.into_iter().chain(seat).filter_map(live).collect()
    }

    fn live_queue(&self, app: SdkAppId, group: &SkillGroup, now: Now) -> LiveQueue {
        let key = GroupKey { app, group: group.id };
        let yard = self.yards.get(&key.app);
        let queue = yard.and_then(|yard| yard.queues.group(key.group));
        let board = yard.and_then(|yard| yard.board.group(key.group));
        let longest = queue.and_then(|queue| queue.longest_since()).map(|since| now.mono.saturating_sub(since));
        LiveQueue {
            group: group.id,
            name: group.name.clone(),
            waiting: queue.map_or(0, |queue| queue.len()) as u32,
            longest_wait_ms: longest.unwrap_or_default().as_millis() as i64,
            ready: board.map_or(0, |board| board.ready()),
            signed_in: board.map_or(0, |board| {
                board.members().filter(|(_, standing)| *standing != crate::decide::Standing::SignedOut).count()
            }) as u32,
        }
    }

    /// Counters and gauges.
    pub fn figures(&self) -> NodeFigures {
        let signed_in = |yard: &super::Yard| {
            yard.agents.values().filter(|agent| *agent.presence() != Presence::SignedOut).count() as u64
        };
        NodeFigures {
            calls: self.journals.len() as u64,
            waiting: self.yards.values().map(|yard| yard.queues.len() as u64).sum(),
            agents_signed_in: self.yards.values().map(signed_in).sum(),
            legs: self.legs.len() as u64,
            ..self.figures
        }
    }

    /// What is still held, for a referee: all zero when no call and no agent is left.
    pub fn holdings(&self) -> Holdings {
        Holdings {
            calls: self.journals.len(),
            legs: self.legs.len(),
            cursors: self.cursors.len(),
            waiting: self.yards.values().map(|yard| yard.queues.len()).sum(),
            offers: self.offers.len(),
            dials: self.dials.len() + self.waiting_agents.len() + self.trails.len(),
            talks: self.talks.len(),
            transfers: self.transfers.len(),
            recordings: self.recordings.calls().count(),
            kept: self.journals.kept(),
            soundings: self.soundings.len(),
            sound_tickets: self.sound_tickets.len(),
            timers: self.timers.len(),
        }
    }
}

/// What call control holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holdings {
    /// Calls in progress.
    pub calls: usize,
    /// Legs, of callers and of agents.
    pub legs: usize,
    /// Calls in their flow.
    pub cursors: usize,
    /// Callers waiting.
    pub waiting: usize,
    /// Desks that ring.
    pub offers: usize,
    /// Calls of ours that nobody has answered yet.
    pub dials: usize,
    /// Talks.
    pub talks: usize,
    /// Transfers that nobody has answered yet.
    pub transfers: usize,
    /// Recordings that run.
    pub recordings: usize,
    /// Ended calls that something is still to be written to.
    pub kept: usize,
    /// Legs of which figures are known or awaited.
    pub soundings: usize,
    /// SDP offers without an answer yet.
    pub sound_tickets: usize,
    /// Timers; one is always the reconciler's.
    pub timers: usize,
}

/// A monotonic moment on the wall clock, as it stands now.
fn wall_ms(moment: Duration, now: Now) -> i64 {
    now.wall_ms + moment.as_millis() as i64 - now.mono.as_millis() as i64
}
