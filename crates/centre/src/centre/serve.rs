//! From the queue to the talk: waiting, offers, answers.

use super::{ANSWERED_ELSEWHERE, Centre, GroupKey};
use crate::agent::{Seat, Sound};
use crate::catalogue::{self, Code};
use crate::decide::{Decision, Event, Snapshot, decide};
use crate::ivr::{self, Wanted};
use crate::journal::{CallEvent, Considered, LeftQueue, OfferEnd};
use crate::limits::{RING, TALK};
use crate::node::LogLevel;
use crate::offer::Offer;
use crate::presence::Change;
use crate::queue::After;
use crate::recording::Ears;
use crate::talk::{People, Talk};
use crate::timers::Timer;
use crate::{AgentKey, CallId, Now, OfferId, RecordingId, SkillGroupId};
use media::LegId;
use std::time::Duration;

impl Centre {
    /// A flow sends its caller to a queue. What comes back at once is the queue's refusal.
    pub(super) fn enqueue(&mut self, call: CallId, wanted: Wanted, now: Now) -> Option<ivr::Input> {
        let app = self.app_of(call)?;
        let group = wanted.group;
        let settings = &self.directories.get(&app)?.settings;
        let group_name = settings.skill_groups.get(&group).map(|group| group.name.clone()).unwrap_or_default();
        self.append(call, CallEvent::Queued { group, group_name }, now);
        let yard = self.yards.get_mut(&app)?;
        let joined = match yard.board.online(group) {
            0 => Err(LeftQueue::NobodySignedIn),
            _ => yard.queues.join(call, group, now.mono, now.mono + wanted.max_wait),
        };
        if let Err(why) = joined {
            self.append(call, CallEvent::LeftQueue { why }, now);
            return Some(ivr::Input::LeftQueue(why));
        }
        self.timers.set(Timer::Wait(call), now.mono + wanted.max_wait);
        self.queue_changed(GroupKey { app, group }, now);
        match wanted.music {
            Some(music) => self.play(call, &[music], (0, false)),
            None => self.hush(call),
        }
        None
    }

    pub(super) fn wait_over(&mut self, call: CallId, now: Now) {
        let Some(yard) = self.app_of(call).and_then(|app| self.yards.get_mut(&app)) else { return };
        let group = yard.queues.waiting(call).map(|waiting| waiting.group);
        let after = yard.queues.time_up(call, now.mono);
        self.after_wait(call, (group, after), now);
    }

    /// A caller whose wait or offer ended waits on, or goes back to the flow.
    fn after_wait(&mut self, call: CallId, (group, after): (Option<SkillGroupId>, After), now: Now) {
        match after {
            After::Left(why) => {
                self.timers.stop(Timer::Wait(call));
                if let (Some(app), Some(group)) = (self.app_of(call), group) {
                    self.queue_changed(GroupKey { app, group }, now);
                }
                self.append(call, CallEvent::LeftQueue { why }, now);
                self.flow(call, ivr::Input::LeftQueue(why), now);
            }
            After::Waits | After::Unknown => {}
        }
    }

    /// An agent became ready: the caller who came first among the agent's groups.
    pub(super) fn serve_agent(&mut self, key: AgentKey, now: Now) {
        self.decide_and_offer(key.app, Event::AgentReady(key.agent), now);
    }

    /// A group's queue or staffing changed: offer as long as somebody can be
    /// offered, or send everyone back when nobody is at work.
    pub(super) fn serve_group(&mut self, key: GroupKey, now: Now) {
        let Some(yard) = self.yards.get(&key.app) else { return };
        if yard.board.online(key.group) == 0 {
            return self.nobody_left(key, now);
        }
        while self.decide_and_offer(key.app, Event::CallerWaits(key.group), now) == Offered::Yes {}
    }

    fn nobody_left(&mut self, key: GroupKey, now: Now) {
        let Some(yard) = self.yards.get_mut(&key.app) else { return };
        let calls: Vec<CallId> = yard
            .queues
            .group(key.group)
            .into_iter()
            .flat_map(|queue| queue.iter())
            // Whose desk rings may still be answered; the end of the ring comes back here.
            .filter(|waiting| waiting.offered.is_none())
            .map(|waiting| waiting.call)
            .collect();
        for call in calls {
            let Some(yard) = self.yards.get_mut(&key.app) else { return };
            let after = yard.queues.evict(call, LeftQueue::NobodySignedIn);
            self.after_wait(call, (Some(key.group), after), now);
        }
    }

    fn decide_and_offer(&mut self, app: crate::SdkAppId, event: Event, now: Now) -> Offered {
        let Some(yard) = self.yards.get(&app) else { return Offered::No };
        let (decision, trace) = decide(Snapshot { board: &yard.board, queues: &yard.queues }, event);
        match decision {
            Decision::Offer { call, group, agent } => {
                self.offer(call, (AgentKey { app, agent }, group), trace, now);
                Offered::Yes
            }
            Decision::NoCaller | Decision::NoAgent => Offered::No,
        }
    }

    fn offer(&mut self, call: CallId, (key, group): (AgentKey, SkillGroupId), trace: Vec<Considered>, now: Now) {
        let id = OfferId(self.fresh_uuid());
        let Some(directory) = self.directories.get(&key.app) else { return };
        let ring = directory.settings.application.desk_rules.ring_timeout();
        let until = now.mono + if ring.is_zero() { RING } else { ring };
        let user_id = directory.settings.staff.get(&key.agent).map(|s| s.user_id.clone()).unwrap_or_default();
        if let Some(yard) = self.yards.get_mut(&key.app) {
            yard.queues.offered(call, id);
        }
        self.offers.open(Offer { id, call, agent: key, group, since: now.mono, until });
        self.timers.set(Timer::Offer(id), until);
        self.figures.offers += 1;
        self.append(call, CallEvent::Offered { offer: id, agent: key.agent, user_id, group, trace }, now);
        self.log(LogLevel::Info, "call offered", &[("call", &call), ("agent", &key.agent), ("offer", &id)]);
        self.change(key, Change::Offer { offer: id, call, until }, now)
            .expect("the board shows only ready agents as ready, and it follows every change");
        if let Some(Seat::Phone(phone)) = self.agent(key).and_then(|agent| agent.reach.seat()) {
            self.ring_seat(call, (key, phone));
        }
    }

    pub(super) fn rang_out(&mut self, id: OfferId, now: Now) {
        if self.offers.get(id).is_some_and(|offer| offer.until <= now.mono) {
            self.end_offer(id, OfferEnd::RangOut, now);
        }
    }

    /// An offer ends without an answer, and the caller waits on at the same place.
    pub(super) fn end_offer(&mut self, id: OfferId, why: OfferEnd, now: Now) {
        let Some(offer) = self.offers.close(id) else { return };
        self.timers.stop(Timer::Offer(id));
        self.release_seat(offer.call);
        self.append(offer.call, CallEvent::OfferEnded { offer: id, why }, now);
        self.log(LogLevel::Info, "offer ended", &[("call", &offer.call), ("offer", &id), ("why", &end_word(why))]);
        let passed = match why {
            OfferEnd::RangOut | OfferEnd::Declined => Some(offer.agent.agent),
            OfferEnd::Unreachable | OfferEnd::CallerLeft | OfferEnd::Withdrawn => None,
        };
        let Some(yard) = self.yards.get_mut(&offer.agent.app) else { return };
        let after = yard.queues.offer_over(offer.call, passed);
        self.work.groups.insert(GroupKey { app: offer.agent.app, group: offer.group });
        // The agent cannot have moved on: only the end of this offer leads out of it.
        let _late = self.change(offer.agent, Change::OfferOver(why), now);
        self.after_wait(offer.call, (Some(offer.group), after), now);
    }

    /// The agent answers. A compare-and-set on the lease decides.
    pub(super) fn accept(&mut self, key: AgentKey, id: OfferId, now: Now) -> Result<(), &'static Code> {
        if let Some((call, _lease)) = self.called_by(key, id) {
            return self.answer_called(key, call, now);
        }
        let rings = self.offers.get(id).is_some_and(|offer| offer.agent == key);
        let agent = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        let seat = match agent.reach.sound {
            Sound::Connected { leg } => leg,
            Sound::None | Sound::Connecting { .. } if rings => return Err(catalogue::NO_SOUND_PATH),
            Sound::None | Sound::Connecting { .. } => return Err(catalogue::OFFER_GONE),
        };
        let offer = self.offers.accept(id, key, now.mono).ok_or(catalogue::OFFER_GONE)?;
        // Answered on the page: the telephone that rang beside it stops.
        self.let_seat_go(offer.call, ANSWERED_ELSEWHERE);
        if let Some(agent) = self.agent_mut(key) {
            agent.reach.phone_call = None;
        }
        self.serve(offer, seat, now)
    }

    /// An offer was answered, and is closed: the two are joined.
    pub(super) fn serve(&mut self, offer: Offer, seat: LegId, now: Now) -> Result<(), &'static Code> {
        let (id, key, call) = (offer.id, offer.agent, offer.call);
        self.timers.stop(Timer::Offer(id));
        self.timers.stop(Timer::Wait(call));
        self.timers.stop(Timer::Flow(call));
        self.leave_flow(call);
        if let Some(yard) = self.yards.get_mut(&key.app) {
            yard.queues.leave(call);
        }
        self.queue_changed(GroupKey { app: key.app, group: offer.group }, now);
        self.append(call, CallEvent::Accepted { offer: id, agent: key.agent }, now);
        self.log(LogLevel::Info, "call answered by an agent", &[("call", &call), ("agent", &key.agent)]);
        let customer = self.legs.of_call(call).map(|leg| leg.id).ok_or(catalogue::OFFER_GONE)?;
        self.hush(call);
        let until = now.mono + TALK;
        self.timers.set(Timer::Talk(call), until);
        // A caller of the house who waited in the queue is an agent of it, too.
        let people = People { seat: Some(key), far: self.waiting_agents.remove(&call) };
        let bridge = self.talks.begin(Talk { call, people, customer, seat, muted: false, far_muted: false, until });
        self.media_command(bridge);
        self.measure_talk(call);
        self.hear_hold(call);
        self.record(call, Ears { customer, seat, agent: key.agent }, now);
        if let Some(caller) = people.far {
            // Whoever waits is in that state: the reconciler watches that it is so.
            let _late = self.change(caller, Change::Connected, now);
        }
        // The lease was this agent's, so the agent was in that state.
        self.change(key, Change::Accept, now).map_err(|_late| catalogue::OFFER_GONE)
    }

    pub(super) fn decline(&mut self, key: AgentKey, id: OfferId, now: Now) -> Result<(), &'static Code> {
        if let Some((call, _lease)) = self.called_by(key, id) {
            self.decline_called(call, now);
            return Ok(());
        }
        self.offers.get(id).filter(|offer| offer.agent == key).ok_or(catalogue::OFFER_GONE)?;
        self.end_offer(id, OfferEnd::Declined, now);
        Ok(())
    }

    /// Begins a recording of a talk.
    pub(super) fn record(&mut self, call: CallId, ears: Ears, now: Now) {
        let recording = RecordingId(self.fresh_uuid());
        let (event, command) = self.recordings.start(call, recording, ears);
        self.append(call, event, now);
        self.media_command(command);
    }

    /// Ends the recording of a call, if one runs.
    pub(super) fn stop_recording(&mut self, call: CallId, now: Now) {
        if let Some((event, command)) = self.recordings.stop(call) {
            self.append(call, event, now);
            self.media_command(command);
        }
    }

    /// How long an agent of this application writes up a call.
    pub(super) fn wrap_up(&self, app: crate::SdkAppId) -> Duration {
        self.directories.get(&app).map_or(Duration::ZERO, |d| d.settings.application.desk_rules.wrap_up())
    }
}

/// Whether a decision led to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    Yes,
    No,
}

fn end_word(why: OfferEnd) -> &'static str {
    match why {
        OfferEnd::RangOut => "rang_out",
        OfferEnd::Declined => "declined",
        OfferEnd::Unreachable => "unreachable",
        OfferEnd::CallerLeft => "caller_left",
        OfferEnd::Withdrawn => "withdrawn",
    }
}
