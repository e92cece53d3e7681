//! Transfers that telephones ask for: somebody is called, or calls, to take one side of
//! a talk. Only telephones of ours may ask: a carrier that could would call the world at
//! our cost. Two calls that become one are in `joining`.

use super::dialling::{Callee, Plan};
use super::{Centre, Far, Invitation, Left, Output, PhoneCall};
use crate::catalogue::{self, Code};
use crate::dial::Tone;
use crate::journal::{CallDirection, CallEvent, EndStatus, HungUpSide, TransferKind};
use crate::journals::{Cause, Ending};
use crate::leg::{Direction, Kind, Leg, LegState, Owner};
use crate::limits::DIAL;
use crate::node::LogLevel;
use crate::outward;
use crate::presence::{Change, Denied};
use crate::recording::Ears;
use crate::settings::canonical_number;
use crate::talk::Side;
use crate::timers::Timer;
use crate::transfer::{Giver, News, Part, Transfer};
use crate::{AgentKey, CallId, Now, PhoneId, Pii, SdkAppId, SkillGroupId, StaffId};
use media::LegId;

/// A telephone in a talk wants somebody else to have its side of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferWish {
    /// The telephone's leg.
    pub leg: LegId,
    /// Whom to call, as if the telephone had dialled it.
    pub to: String,
    /// The leg of its other call, if both are to become one.
    pub other: Option<LegId>,
}

/// A telephone that may give away its side of a talk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Giving {
    pub(super) call: CallId,
    pub(super) app: SdkAppId,
    pub(super) side: Side,
    pub(super) leg: LegId,
    pub(super) phone: PhoneId,
}

/// Who takes a side of a talk, as the journal writes it.
pub(super) struct Taker {
    pub(super) agent: Option<AgentKey>,
    pub(super) user_id: String,
    pub(super) group: Option<SkillGroupId>,
}

impl Centre {
    /// A telephone asks for a transfer.
    pub(super) fn transfer_asked(&mut self, wish: &TransferWish, now: Now) {
        let done = match (self.giving(wish.leg), wish.other) {
            (Err(why), _) => Err(why),
            (Ok(giving), Some(other)) => self.join_calls((giving, other), now),
            (Ok(giving), None) => {
                self.transfer(giving, &wish.to, now);
                Ok(())
            }
        };
        if let Err(why) = done {
            self.log(LogLevel::Info, "transfer declined", &[("leg", &wish.leg.0), ("cause", &why.id)]);
            self.outputs.push_back(Output::Transfer { leg: wish.leg, news: News::Declined });
        }
    }

    /// Whether a leg may give away its side of a talk.
    pub(super) fn giving(&self, leg: LegId) -> Result<Giving, &'static Code> {
        let known = self.legs.get(leg).ok_or(catalogue::NOT_IN_CALL)?;
        let phone = match known.kind {
            Kind::Phone(phone) => phone,
            Kind::Trunk(_) | Kind::Browser | Kind::Virtual => return Err(catalogue::TRANSFER_NOT_PERMITTED),
        };
        let call = match known.owner {
            Owner::Call(call) | Owner::Seat(call) => call,
            Owner::Newcomer(_) | Owner::Agent(_) => return Err(catalogue::NOT_IN_CALL),
        };
        let side = self.talks.get(call).and_then(|talk| talk.side_of(leg)).ok_or(catalogue::NOT_IN_CALL)?;
        if self.transfers.get(call).is_some() {
            return Err(catalogue::TRANSFER_UNDER_WAY);
        }
        let app = self.app_of(call).ok_or(catalogue::NOT_IN_CALL)?;
        Ok(Giving { call, app, side, leg, phone })
    }

    /// Calls somebody for a side of a talk. What stands in the way is told like a refused call.
    fn transfer(&mut self, giving: Giving, to: &str, now: Now) {
        self.outputs.push_back(Output::Transfer { leg: giving.leg, news: News::Tried });
        let asked = self.asked(giving, TransferKind::Blind, canonical_number(to));
        self.append(giving.call, asked, now);
        match self.plan_transfer(giving, to, now) {
            Ok(plan) => self.begin_transfer(giving, plan, now),
            Err(why) => {
                self.log(LogLevel::Info, "transfer refused", &[("call", &giving.call), ("cause", &why.id)]);
                let status = why.sip.unwrap_or(480);
                self.append(giving.call, CallEvent::TransferFailed { status }, now);
                self.outputs.push_back(Output::Transfer { leg: giving.leg, news: News::Status(status) });
            }
        }
    }

    /// Finds whom the number means, by the rights of the telephone that asks.
    fn plan_transfer(&mut self, giving: Giving, to: &str, now: Now) -> Result<Plan, &'static Code> {
        self.is_open()?;
        let (app, phone) = self.phone(giving.phone).ok_or(catalogue::PHONE_OFFLINE)?;
        let owner = phone.agent;
        let settings = &self.directories.get(&app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        match outward::inside(settings, to) {
            Some(inside) if inside.phone == Some(giving.phone) => Err(catalogue::OWN_EXTENSION),
            // Who is called inside sees who will be at the other side.
            Some(inside) => {
                let plan = self.plan_inside(app, (self.stays(giving), inside), now)?;
                match plan.far {
                    Callee::Trunk(_) | Callee::Phone(_) => Ok(plan),
                    // A side of a talk goes to a telephone: a desk is not rung for it.
                    Callee::Desk(_) => Err(catalogue::PHONE_OFFLINE),
                }
            }
            None => self.plan((app, owner.ok_or(catalogue::NO_NUMBER_TO_SHOW)?), (to, None), now),
        }
    }

    /// The number of whoever stays in the talk.
    pub(super) fn stays(&self, giving: Giving) -> String {
        let Some(journal) = self.journals.get(giving.call) else { return String::new() };
        let record = &journal.record;
        match (giving.side, record.direction) {
            (Side::Seat, CallDirection::Outbound | CallDirection::Internal) => record.callee.clone(),
            (Side::Seat, CallDirection::Inbound) | (Side::Customer, _) => record.caller.expose().clone(),
        }
    }

    fn begin_transfer(&mut self, giving: Giving, plan: Plan, now: Now) {
        let newcomer = self.reserve_leg();
        let (call, until, agent) = (giving.call, now.mono + DIAL, plan.people.far);
        let (far, kind) = match plan.far {
            Callee::Trunk(trunk) => (Far::Trunk(trunk), Kind::Trunk(trunk)),
            Callee::Phone(phone) => (Far::Phone(phone), Kind::Phone(phone)),
            // The plan was refused for it.
            Callee::Desk(_) => return,
        };
        let (direction, owner, state) = (Direction::Out, Owner::Newcomer(call), LegState::Opening);
        self.legs.insert(Leg { id: newcomer, direction, kind, owner, state, playing: None });
        self.start_transfer(Transfer {
            call,
            kind: TransferKind::Blind,
            side: giving.side,
            giver: Giver::Talks(giving.leg),
            newcomer,
            agent,
            until,
        });
        if let Some(key) = agent {
            // It was asked before whether it is possible.
            let _checked = self.change(key, Change::Dial { call }, now);
        }
        let referred_by = self.phone(giving.phone).map(|(_, phone)| phone.extension.clone());
        let caller_id = self.caller_id(&plan);
        let (to, from) = (Pii::new(plan.dialled), Pii::new(plan.shown));
        self.log(LogLevel::Info, "transfer begun", &[("call", &call), ("phone", &giving.phone)]);
        let invitation = Invitation { leg: newcomer, far, to, from, caller_id, referred_by };
        self.outputs.push_back(Output::Dial(invitation));
    }

    /// A telephone calls to take the place of another one in a talk. (RFC 3891)
    pub(super) fn phone_takes(&mut self, phone: &PhoneCall, taken: LegId, now: Now) {
        let leg = phone.leg;
        match self.plan_taking(phone.phone, taken, now) {
            Ok((giving, agent)) => {
                let call = giving.call;
                let (direction, kind, owner) = (Direction::In, Kind::Phone(phone.phone), Owner::Newcomer(call));
                self.legs.insert(Leg { id: leg, direction, kind, owner, state: LegState::Opening, playing: None });
                let extension = self.phone(phone.phone).map(|(_, phone)| phone.extension.clone());
                let asked = self.asked(giving, TransferKind::Taken, extension.unwrap_or_default());
                self.append(call, asked, now);
                self.start_transfer(Transfer {
                    call,
                    kind: TransferKind::Taken,
                    side: giving.side,
                    giver: Giver::Talks(giving.leg),
                    newcomer: leg,
                    agent,
                    until: now.mono + DIAL,
                });
                if let Some(key) = agent.filter(|key| !self.talks_in(*key, call)) {
                    // It was asked before whether it is possible.
                    let _checked = self.change(key, Change::Dial { call }, now);
                }
                self.outputs.push_back(Output::Open { leg });
            }
            Err(why) => {
                self.log(LogLevel::Info, "call refused", &[("phone", &phone.phone), ("cause", &why.id)]);
                self.outputs.push_back(Output::LetGo { leg, status: why.sip.unwrap_or(481) });
            }
        }
    }

    /// Whose side a telephone may take: that of another telephone of its own application.
    fn plan_taking(&self, phone: PhoneId, taken: LegId, now: Now) -> Result<(Giving, Option<AgentKey>), &'static Code> {
        self.is_open()?;
        let (app, known) = self.phone(phone).ok_or(catalogue::PHONE_OFFLINE)?;
        let agent = known.agent.map(|agent| AgentKey { app, agent });
        let giving = self.giving(taken)?;
        if giving.app != app {
            // Whoever guessed the tags of another application's call learns nothing.
            return Err(catalogue::NOT_IN_CALL);
        }
        let agent = match agent.map(|key| (key, self.may_dial(key, now))) {
            Some((key, Ok(()))) => Some(key),
            // An agent who goes from one telephone to another.
            Some((key, Err(_))) if self.talks_in(key, giving.call) => Some(key),
            Some((_, Err(Denied::Busy))) => return Err(catalogue::EXTENSION_BUSY),
            Some((_, Err(Denied::SignedOut | Denied::Late))) | None => None,
        };
        Ok((giving, agent))
    }

    fn start_transfer(&mut self, transfer: Transfer) {
        if let Some(agent) = transfer.agent.and_then(|key| self.agent_mut(key)) {
            agent.reach.phone_call = Some(transfer.call);
        }
        self.timers.set(Timer::Transfer(transfer.call), transfer.until);
        self.transfers.begin(transfer);
    }

    /// The first line of a transfer in the journal.
    pub(super) fn asked(&self, giving: Giving, kind: TransferKind, to: String) -> CallEvent {
        let from = self.phone(giving.phone).map(|(_, phone)| phone.extension.clone()).unwrap_or_default();
        let agent = self.talks.get(giving.call).and_then(|talk| talk.people.at(giving.side)).map(|key| key.agent);
        CallEvent::TransferAsked { kind, from, agent, to: Pii::new(to) }
    }

    /// What part a leg has in a transfer, and in whose call.
    pub(super) fn part_in_transfer(&self, leg: LegId) -> Option<(CallId, Part)> {
        let call = match self.legs.get(leg)?.owner {
            Owner::Call(call) | Owner::Seat(call) | Owner::Newcomer(call) => call,
            Owner::Agent(_) => return None,
        };
        Some((call, self.transfers.part_of(call, leg)?))
    }

    /// Whoever is called for a side of a talk makes progress.
    pub(super) fn newcomer_progress(&mut self, call: CallId, signs: super::Signs) {
        if let (Some(Giver::Talks(leg)), true) = (self.transfers.get(call).map(|transfer| transfer.giver), signs.rings)
        {
            self.outputs.push_back(Output::Transfer { leg, news: News::Status(180) });
        }
    }

    /// The newcomer's sound is open: one that calls by itself takes its side at once.
    pub(super) fn newcomer_opened(&mut self, leg: LegId, now: Now) {
        let Some(known) = self.legs.get_mut(leg).filter(|leg| leg.state == LegState::Opening) else { return };
        match (known.direction, known.owner) {
            (Direction::In, Owner::Newcomer(call)) => {
                known.state = LegState::Open;
                self.outputs.push_back(Output::Answer { leg });
                self.newcomer_joins(call, now);
            }
            (Direction::Out, _) => known.state = LegState::Calling,
            (Direction::In, Owner::Call(_) | Owner::Seat(_) | Owner::Agent(_)) => {}
        }
    }

    /// Whoever was called for a side of a talk answered, and has it from now on.
    pub(super) fn newcomer_joins(&mut self, call: CallId, now: Now) {
        let Some(transfer) = self.transfers.end(call) else { return };
        self.timers.stop(Timer::Transfer(call));
        self.log(LogLevel::Info, "call transferred", &[("call", &call)]);
        let Transfer { call: _, kind, side, giver, newcomer, agent, until: _ } = transfer;
        let before = self.hand_over((call, side), (newcomer, agent), now);
        match giver {
            Giver::Talks(leg) => {
                match kind {
                    TransferKind::Blind | TransferKind::Attended => {
                        self.outputs.push_back(Output::Transfer { leg, news: News::Status(200) });
                    }
                    // It never asked for that.
                    TransferKind::Taken => {}
                }
                self.measure_last(leg);
                self.legs.remove(leg);
                self.outputs.push_back(Output::LetGo { leg, status: 480 });
            }
            Giver::Gone => {}
        }
        if before == agent {
            return;
        }
        if let Some(key) = before {
            self.free_agent(key, now);
        }
        if let Some(key) = agent {
            // The transfer had reserved the agent: the reconciler watches that it is so.
            let _late = self.change(key, Change::Connected, now);
        }
    }

    /// Writes down who has a side of a talk now, joins the legs, and gives the agent who had it.
    pub(super) fn hand_over(
        &mut self,
        (call, side): (CallId, Side),
        (leg, agent): (LegId, Option<AgentKey>),
        now: Now,
    ) -> Option<AgentKey> {
        let taker = self.taker(agent);
        let Taker { agent: key, user_id, group } = taker;
        let who = key.map(|key| key.agent);
        self.append(call, CallEvent::Transferred { side, agent: who, user_id, group }, now);
        if let Some(talk) = self.talks.get(call).copied() {
            self.measured_talk(&talk);
        }
        let before = self.talks.leave(call, side);
        let owner = match side {
            Side::Customer => Owner::Call(call),
            Side::Seat => Owner::Seat(call),
        };
        match self.legs.get(leg).map(|leg| leg.kind) {
            // A page's sound outlives the call.
            Some(Kind::Browser) | None => {}
            Some(Kind::Trunk(_) | Kind::Phone(_) | Kind::Virtual) => self.legs.give(leg, owner),
        }
        let talk = self.talks.take(call, side, (leg, agent))?;
        let (customer, seat) = (talk.customer, talk.seat);
        self.media_command(media::Command::Bridge { left: customer, right: seat });
        for command in talk.mutes() {
            self.media_command(command);
        }
        self.assign(leg);
        self.measure_talk(call);
        self.hear_hold(call);
        let speaks = talk.people.iter().next().map_or(StaffId(0), |key| key.agent);
        let ears = Ears { customer, seat, agent: speaks };
        match self.recordings.turn(call, ears) {
            Some(command) => self.media_command(command),
            None if talk.people.iter().next().is_some() => self.record(call, ears, now),
            None => {}
        }
        before
    }

    fn taker(&self, agent: Option<AgentKey>) -> Taker {
        let staff = agent.and_then(|key| self.directories.get(&key.app)?.settings.staff.get(&key.agent));
        Taker {
            agent,
            user_id: staff.map(|staff| staff.user_id.clone()).unwrap_or_default(),
            group: staff.and_then(|staff| staff.groups.keys().next().copied()),
        }
    }

    /// Whoever was called for a side of a talk is gone, or does not want it.
    pub(super) fn newcomer_left(&mut self, call: CallId, how: &Left, now: Now) {
        let status = match how {
            Left::Refused { status, cause: _ } => *status,
            Left::HungUp { cause: _ } => 487,
            // Whoever is asked to take a side does not send it on.
            Left::Redirected { users: _ } => 302,
            Left::Vanished => 503,
        };
        self.transfer_fails(call, status, now);
    }

    /// Nobody takes the side: the talk goes on as it was, unless nobody is there any more.
    pub(super) fn transfer_fails(&mut self, call: CallId, status: u16, now: Now) {
        if self.transfers.get(call).is_none() {
            return;
        }
        self.append(call, CallEvent::TransferFailed { status }, now);
        self.log(LogLevel::Info, "transfer failed", &[("call", &call), ("status", &status)]);
        let Some(transfer) = self.drop_transfer(call, now) else { return };
        match transfer.giver {
            Giver::Talks(leg) => self.outputs.push_back(Output::Transfer { leg, news: News::Status(status) }),
            Giver::Gone => {
                let cause = Some(Cause::Code(catalogue::TRANSFER_FAILED));
                self.end_call(call, Ending::ordinary(HungUpSide::System).because(cause), now);
            }
        }
    }

    pub(super) fn transfer_too_long(&mut self, call: CallId, now: Now) {
        if self.transfers.get(call).is_some_and(|transfer| transfer.until <= now.mono) {
            self.transfer_fails(call, crate::dial::told(EndStatus::NotAnswer), now);
        }
    }

    /// Who gives the side away hangs up before anybody answered: the other side waits.
    pub(super) fn giver_left(&mut self, call: CallId, leg: LegId, now: Now) {
        let Some(talk) = self.talks.get(call).copied() else { return };
        let Some(side) = talk.side_of(leg) else { return };
        self.transfers.giver_gone(call);
        self.measure_last(leg);
        self.legs.remove(leg);
        self.outputs.push_back(Output::LetGo { leg, status: 480 });
        let stays = talk.leg(side.other());
        if self.legs.get(stays).is_some_and(|leg| leg.playing.is_none()) {
            self.play_tone(stays, Tone::RingBack);
        }
        let stays = talk.people.at(side).is_some_and(|key| self.transfers.calls(call, key));
        if !stays && let Some(key) = self.talks.leave(call, side) {
            self.free_agent(key, now);
        }
    }

    /// Takes a transfer back; the newcomer is let go.
    pub(super) fn drop_transfer(&mut self, call: CallId, now: Now) -> Option<Transfer> {
        let transfer = self.transfers.end(call)?;
        self.timers.stop(Timer::Transfer(call));
        self.legs.remove(transfer.newcomer);
        self.outputs.push_back(Output::LetGo { leg: transfer.newcomer, status: 487 });
        if let Some(key) = transfer.agent.filter(|key| !self.talks_in(*key, call)) {
            // Whoever was called is in that state: the reconciler watches that it is so.
            let _late = self.change(key, Change::DialOver, now);
        }
        Some(transfer)
    }

    /// Whether an agent talks in this call.
    fn talks_in(&self, key: AgentKey, call: CallId) -> bool {
        self.agent(key).is_some_and(|agent| agent.talking() == Some(call))
    }
}
