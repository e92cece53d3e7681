//! Telephones: which can be reached, and the calls they make. A telephone that
//! is an agent's takes that agent's state along.

use super::inside::{GroupCall, Handset};
use super::{Centre, Far, Invitation, Left, Output, PhoneCall};
use crate::catalogue::{self, Code};
use crate::dial;
use crate::journal::{EndStatus, OfferEnd};
use crate::leg::{Direction, Kind, Leg, LegState, Owner};
use crate::node::LogLevel;
use crate::outward;
use crate::presence::Denied;
use crate::settings::{CallerId, Phone, canonical_number};
use crate::{AgentKey, CallId, Now, PhoneId, Pii, SdkAppId, StaffId};
use media::LegId;

impl Centre {
    pub(super) fn phone_at(&mut self, phone: PhoneId, reached: bool, now: Now) {
        let changed = if reached { self.phones.insert(phone) } else { self.phones.remove(&phone) };
        if !changed {
            return;
        }
        let state = if reached { "registered" } else { "gone" };
        self.log(LogLevel::Info, "telephone", &[("phone", &phone), ("state", &state)]);
        if let Some((app, Phone { agent: Some(agent), .. })) = self.phone(phone) {
            self.follow_phone(AgentKey { app, agent: *agent }, now);
        }
    }

    /// Looks up anew which telephone of an agent can be reached.
    pub(super) fn follow_phone(&mut self, key: AgentKey, now: Now) {
        let Some(directory) = self.directories.get(&key.app) else { return };
        let own = |phone: &&Phone| phone.enabled && phone.agent == Some(key.agent) && self.phones.contains(&phone.id);
        let phone = directory.settings.phones.values().find(own).map(|phone| phone.id);
        let Some(agent) = self.agent_mut(key) else { return };
        if agent.reach.phone != phone {
            agent.reach.phone = phone;
            self.refresh(key, now);
        }
    }

    pub(super) fn use_phone(&mut self, key: AgentKey, on: bool, now: Now) -> Result<(), &'static Code> {
        let agent = self.agent_mut(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        if on && agent.reach.phone.is_none() {
            return Err(catalogue::PHONE_OFFLINE);
        }
        agent.reach.prefers_phone = on;
        self.refresh(key, now);
        Ok(())
    }

    /// An offer rings the agent's telephone.
    pub(super) fn ring_seat(&mut self, call: CallId, (key, phone): (AgentKey, PhoneId)) {
        let leg = self.reserve_leg();
        let (direction, owner, state) = (Direction::Out, Owner::Seat(call), LegState::Opening);
        self.legs.insert(Leg { id: leg, direction, kind: Kind::Phone(phone), owner, state, playing: None });
        if let Some(agent) = self.agent_mut(key) {
            agent.reach.phone_call = Some(call);
        }
        let extension = self.phone(phone).map(|(_, phone)| phone.extension.clone()).unwrap_or_default();
        let from = self.journals.get(call).map(|journal| journal.record.caller.clone()).unwrap_or_default();
        let (far, to, caller_id) = (Far::Phone(phone), Pii::new(extension), CallerId::From);
        self.outputs.push_back(Output::Dial(Invitation { leg, far, to, from, caller_id, referred_by: None }));
    }

    /// The agent answered the telephone: the same as answering at the desk.
    pub(super) fn seat_picked_up(&mut self, call: CallId, leg: LegId, now: Now) {
        let Some((id, key)) = self.offers.of_call(call).map(|offer| (offer.id, offer.agent)) else { return };
        let Some(offer) = self.offers.accept(id, key, now.mono) else { return };
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.state = LegState::Open;
        }
        // The offer was this agent's, and it is closed by this very answer.
        let _served = self.serve(offer, leg, now);
    }

    /// The telephone did not take the offer. One that cannot be reached counts as one
    /// that nobody answers: its agent must not be offered the same call again and again.
    pub(super) fn seat_refused(&mut self, call: CallId, how: &Left, now: Now) {
        let Some(offer) = self.offers.of_call(call).map(|offer| offer.id) else { return };
        let why = match how {
            Left::Refused { status: 486 | 600 | 603, cause: _ } => OfferEnd::Declined,
            Left::Refused { .. } | Left::Redirected { .. } | Left::HungUp { .. } | Left::Vanished => OfferEnd::RangOut,
        };
        self.end_offer(offer, why, now);
    }

    /// Nobody rings at the telephone of a call any more.
    pub(super) fn release_seat(&mut self, call: CallId) {
        self.let_seat_go(call, dial::told(EndStatus::CallerCancel));
    }

    /// Ends the telephone's leg of a call, if there is one.
    pub(super) fn let_seat_go(&mut self, call: CallId, status: u16) {
        if let Some(leg) = self.legs.seat_of(call).map(|leg| leg.id) {
            self.measure_last(leg);
            self.legs.remove(leg);
            self.outputs.push_back(Output::LetGo { leg, status });
        }
    }

    /// A telephone calls an extension, or somebody outside.
    pub(super) fn phone_calls(&mut self, phone: PhoneCall, now: Now) {
        let leg = phone.leg;
        match self.group_of_phone(&phone, now) {
            Ok(Some(wish)) => return self.call_group(wish, Handset::Phone(phone.phone, leg), now),
            Ok(None) => {}
            Err(why) => return self.turn_away(&phone, why),
        }
        match self.plan_of_phone(&phone, now) {
            Ok((plan, caller)) => {
                let call = CallId(self.fresh_uuid());
                let (direction, kind) = (Direction::In, Kind::Phone(phone.phone));
                let (owner, state) = (Owner::Seat(call), LegState::Opening);
                self.legs.insert(Leg { id: leg, direction, kind, owner, state, playing: None });
                if let Some(agent) = caller.and_then(|key| self.agent_mut(key)) {
                    agent.reach.phone_call = Some(call);
                }
                self.outputs.push_back(Output::Open { leg });
                self.begin_dial(plan, (call, leg, None), now);
            }
            Err(why) => self.turn_away(&phone, why),
        }
    }

    fn turn_away(&mut self, phone: &PhoneCall, why: &'static Code) {
        self.log(LogLevel::Info, "call refused", &[("phone", &phone.phone), ("cause", &why.id)]);
        let status = why.sip.unwrap_or(dial::told(EndStatus::NotAnswer));
        self.outputs.push_back(Output::LetGo { leg: phone.leg, status });
    }

    /// What a telephone wishes that dialled a group's own number.
    fn group_of_phone(&self, phone: &PhoneCall, now: Now) -> Result<Option<GroupCall>, &'static Code> {
        let (app, known) = self.phone(phone.phone).ok_or(catalogue::PHONE_OFFLINE)?;
        let Some(group) = self.group_called(app, &phone.called)? else { return Ok(None) };
        let waits = self.follows(app, known.agent, now)?;
        let (shown, called) = (known.extension.clone(), canonical_number(&phone.called));
        Ok(Some(GroupCall { app, group, caller: known.agent, waits, shown, called }))
    }

    /// The agent whose state follows a call that a telephone of theirs makes.
    fn follows(&self, app: SdkAppId, owner: Option<StaffId>, now: Now) -> Result<Option<AgentKey>, &'static Code> {
        let caller = owner.map(|agent| AgentKey { app, agent });
        match caller.map(|key| self.may_dial(key, now)) {
            Some(Ok(())) => Ok(caller),
            Some(Err(Denied::Busy)) => Err(catalogue::EXTENSION_BUSY),
            // Whoever is not at work may use the telephone; there is no state to follow then.
            Some(Err(Denied::SignedOut | Denied::Late)) | None => Ok(None),
        }
    }

    /// The media engine opened a telephone's leg.
    pub(super) fn seat_opened(&mut self, leg: LegId) {
        if let Some(leg) = self.legs.get_mut(leg)
            && leg.state == LegState::Opening
        {
            leg.state = match leg.direction {
                Direction::In => LegState::Open,
                Direction::Out => LegState::Calling,
            };
        }
    }

    fn plan_of_phone(
        &mut self,
        phone: &PhoneCall,
        now: Now,
    ) -> Result<(super::dialling::Plan, Option<AgentKey>), &'static Code> {
        self.is_open()?;
        let (app, known) = self.phone(phone.phone).ok_or(catalogue::PHONE_OFFLINE)?;
        let (extension, owner) = (known.extension.clone(), known.agent);
        let caller = owner.map(|agent| AgentKey { app, agent });
        let follows = match self.follows(app, owner, now) {
            // Whoever holds a call at this telephone may ask somebody else meanwhile.
            Err(_) if self.consults(caller, phone.phone) => None,
            other => other?,
        };
        let settings = &self.directories.get(&app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        let plan = match outward::inside(settings, &phone.called) {
            Some(inside) if inside.phone == Some(phone.phone) => return Err(catalogue::OWN_EXTENSION),
            Some(inside) => {
                let group = owner.and_then(|owner| settings.staff.get(&owner)?.groups.keys().next().copied());
                let plan = self.plan_inside(app, (extension, inside), now)?;
                super::dialling::Plan { caller: owner, group, ..plan }
            }
            // Numbers are shown by right of a skill group, and only agents have those.
            None => self.plan((app, owner.ok_or(catalogue::NO_NUMBER_TO_SHOW)?), (&phone.called, None), now)?,
        };
        Ok((plan.made_by(follows)?, follows))
    }

    /// Whether a telephone holds the call that its agent is in.
    fn consults(&self, agent: Option<AgentKey>, phone: PhoneId) -> bool {
        let call = agent.and_then(|key| self.agent(key)?.talking());
        let Some(talk) = call.and_then(|call| self.talks.get(call)) else { return false };
        // One to ask, not as many as there are lines.
        if self.legs.after(None).filter(|leg| leg.kind == Kind::Phone(phone)).count() > 1 {
            return false;
        }
        let held_by = |leg: LegId| {
            let own = self.legs.get(leg).is_some_and(|leg| leg.kind == Kind::Phone(phone));
            own && self.legs.holds(leg)
        };
        held_by(talk.seat) || held_by(talk.customer)
    }

    pub(super) fn phone(&self, id: PhoneId) -> Option<(SdkAppId, &Phone)> {
        let known = |(app, directory): (&SdkAppId, &'_ crate::route::Directory)| {
            directory.settings.phones.contains_key(&id).then_some(*app)
        };
        let app = self.directories.iter().find_map(known)?;
        let phone = self.directories.get(&app)?.settings.phones.get(&id)?;
        phone.enabled.then_some((app, phone))
    }
}
