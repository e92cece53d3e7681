//! Telephones: which can be reached, and the calls they make. A telephone that
//! is an agent's takes that agent's state along.

use super::{Centre, Output, PhoneCall};
use crate::catalogue::{self, Code};
use crate::dial;
use crate::leg::{Direction, Kind, Leg, LegState, Owner};
use crate::node::LogLevel;
use crate::outward;
use crate::presence::Denied;
use crate::settings::Phone;
use crate::talk::People;
use crate::{AgentKey, CallId, Now, PhoneId, SdkAppId};
use media::LegId;

impl Centre {
    pub(super) fn phone_at(&mut self, phone: PhoneId, reached: bool) {
        let changed = if reached { self.phones.insert(phone) } else { self.phones.remove(&phone) };
        if changed {
            let state = if reached { "registered" } else { "gone" };
            self.log(LogLevel::Info, "telephone", &[("phone", &phone), ("state", &state)]);
        }
    }

    /// A telephone calls an extension, or somebody outside.
    pub(super) fn phone_calls(&mut self, phone: PhoneCall, now: Now) {
        let leg = phone.leg;
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
            Err(why) => {
                self.log(LogLevel::Info, "call refused", &[("phone", &phone.phone), ("cause", &why.id)]);
                let status = why.sip.unwrap_or(dial::told(crate::journal::EndStatus::NotAnswer));
                self.outputs.push_back(Output::LetGo { leg, status });
            }
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
        // Whoever is not at work may use the telephone; there is no state to follow then.
        let caller = owner.map(|agent| AgentKey { app, agent });
        let follows = match caller.map(|key| self.may_dial(key, now)) {
            Some(Ok(())) => caller,
            Some(Err(Denied::Busy)) => return Err(catalogue::EXTENSION_BUSY),
            Some(Err(Denied::SignedOut | Denied::Late)) | None => None,
        };
        let settings = &self.directories.get(&app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        let plan = match outward::inside(settings, &phone.called)? {
            Some(inside) if inside.phone == phone.phone => return Err(catalogue::OWN_EXTENSION),
            Some(inside) => {
                let group = owner.and_then(|owner| settings.staff.get(&owner)?.groups.keys().next().copied());
                let plan = self.plan_inside(app, (extension, inside), now)?;
                super::dialling::Plan { caller: owner, group, ..plan }
            }
            // Numbers are shown by right of a skill group, and only agents have those.
            None => self.plan((app, owner.ok_or(catalogue::NO_NUMBER_TO_SHOW)?), (&phone.called, None), now)?,
        };
        let people = People { seat: follows, ..plan.people };
        Ok((super::dialling::Plan { people, ..plan }, follows))
    }

    fn phone(&self, id: PhoneId) -> Option<(SdkAppId, &Phone)> {
        let known = |(app, directory): (&SdkAppId, &'_ crate::route::Directory)| {
            directory.settings.phones.contains_key(&id).then_some(*app)
        };
        let app = self.directories.iter().find_map(known)?;
        let phone = self.directories.get(&app)?.settings.phones.get(&id)?;
        phone.enabled.then_some((app, phone))
    }
}
