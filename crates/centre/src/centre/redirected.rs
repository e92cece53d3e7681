//! Calls that whoever is called sends elsewhere (RFC 3261 §8.1.3.4): where they may
//! go on, and by whose right. A telephone sends a call only where it may call
//! itself; a carrier only to a number of its own.

use super::Centre;
use super::dialling::{Callee, Plan};
use crate::catalogue::{self, Code};
use crate::dial::Hears;
use crate::journal::CallEvent;
use crate::leg::Kind;
use crate::limits::REDIRECTIONS;
use crate::node::LogLevel;
use crate::presence::Change;
use crate::settings::canonical_number;
use crate::talk::People;
use crate::{CallId, Now, PhoneId, Pii, SdkAppId, TrunkId, outward};
use std::collections::VecDeque;

/// Where a call may still go, and where it has been.
#[derive(Debug, Default)]
pub(super) struct Trail {
    left: VecDeque<Onward>,
    /// Numbers that were called already, canonical: a call does not come back to one.
    seen: Vec<String>,
    /// How many were added since.
    sent: usize,
}

/// A place that somebody named.
#[derive(Debug)]
struct Onward {
    by: Sender,
    user: String,
}

/// Who named it.
#[derive(Debug, Clone, Copy)]
enum Sender {
    Trunk(TrunkId),
    Phone(PhoneId),
}

impl Centre {
    /// Whoever is called sends the call elsewhere. Where nobody may follow, it ends as refused.
    pub(super) fn redirected(&mut self, call: CallId, users: Vec<String>, now: Now) {
        let far = self.dials.get(call).and_then(|dial| self.legs.get(dial.far));
        let by = match far.map(|leg| leg.kind) {
            Some(Kind::Trunk(trunk)) => Sender::Trunk(trunk),
            Some(Kind::Phone(phone)) => Sender::Phone(phone),
            // Nobody else is invited, so nobody else can answer so.
            Some(Kind::Browser | Kind::Virtual) | None => return,
        };
        let Some(record) = self.journals.get(call).map(|journal| &journal.record) else { return };
        let trail = self.trails.entry(call).or_default();
        trail.seen.extend([record.callee.clone(), record.caller.expose().clone()]);
        for user in users {
            let number = canonical_number(&user);
            if trail.sent < REDIRECTIONS && !trail.seen.contains(&number) {
                trail.sent += 1;
                trail.seen.push(number);
                trail.left.push_back(Onward { by, user });
            }
        }
        if !self.goes_on(call, now) {
            self.far_refused(call, (FOUND_ELSEWHERE, None), now);
        }
    }

    /// Calls the next place that a call was sent to; false when none is left that may be called.
    pub(super) fn goes_on(&mut self, call: CallId, now: Now) -> bool {
        while let Some(onward) = self.trails.get_mut(&call).and_then(|trail| trail.left.pop_front()) {
            self.leave_far(call, now);
            match self.plan_onward(call, &onward, now) {
                Ok(plan) => {
                    self.call_onward(call, plan, now);
                    return true;
                }
                Err(why) => {
                    self.log(LogLevel::Info, "a call was not sent on", &[("call", &call), ("cause", &why.id)]);
                }
            }
        }
        false
    }

    /// Whoever was called until now has nothing to do with the call any more.
    fn leave_far(&mut self, call: CallId, now: Now) {
        let Some(dial) = self.dials.get(call).copied() else { return };
        if self.legs.remove(dial.far).is_some() {
            self.outputs.push_back(super::Output::Release { leg: dial.far, why: None });
        }
        self.dials.turn_far(call, (dial.far, None));
        if let Some(key) = dial.people.far {
            // Whoever is called is in that state: the reconciler watches that it is so.
            let _late = self.change(key, Change::DialOver, now);
        }
        match dial.hears {
            // It went with the leg that made it.
            Hears::FarEnd => {
                self.dials.turn(call, Hears::Nothing);
            }
            Hears::Nothing | Hears::Tone => {}
        }
    }

    fn call_onward(&mut self, call: CallId, plan: Plan, now: Now) {
        let callee = Pii::new(plan.called.clone());
        self.append(call, CallEvent::Redirected { callee }, now);
        self.log(LogLevel::Info, "a call was sent on", &[("call", &call)]);
        let leg = self.far_leg(&plan);
        self.dials.turn_far(call, (leg, plan.people.far));
        self.call_far(&plan, (call, leg), now);
    }

    fn plan_onward(&mut self, call: CallId, onward: &Onward, now: Now) -> Result<Plan, &'static Code> {
        let journal = self.journals.get(call).ok_or(catalogue::CALL_UNKNOWN)?;
        let (app, shown) = (journal.record.app, journal.record.caller.expose().clone());
        let seat = self.dials.get(call).and_then(|dial| dial.people.seat);
        let plan = match onward.by {
            Sender::Trunk(trunk) => self.plan_at_carrier((app, trunk), (shown, &onward.user), now)?,
            Sender::Phone(phone) => self.plan_by_phone((app, phone), (shown, &onward.user), now)?,
        };
        // Nobody is sent back to oneself.
        plan.made_by(seat)
    }

    /// A carrier names another number of its own.
    fn plan_at_carrier(
        &mut self,
        (app, trunk): (SdkAppId, TrunkId),
        (shown, user): (String, &str),
        now: Now,
    ) -> Result<Plan, &'static Code> {
        let called = outward::callable(user)?;
        let settings = &self.directories.get(&app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        outward::permitted(&settings.application.outside_calls, &called)?;
        self.room_on(trunk, app, now)?;
        let (far, people, dialled) = (Callee::Trunk(trunk), People::default(), user.to_owned());
        Ok(Plan { app, far, caller: None, callee: None, people, group: None, shown, called, dialled })
    }

    /// A telephone sends a call where it might call itself: inside the house, or outside by
    /// the right of the agent whose it is, who is shown there, too.
    fn plan_by_phone(
        &mut self,
        (app, phone): (SdkAppId, PhoneId),
        (shown, user): (String, &str),
        now: Now,
    ) -> Result<Plan, &'static Code> {
        let (_, known) = self.phone(phone).ok_or(catalogue::PHONE_OFFLINE)?;
        let owner = known.agent;
        let settings = &self.directories.get(&app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        match outward::inside(settings, user) {
            Some(inside) if inside.phone == Some(phone) => Err(catalogue::OWN_EXTENSION),
            Some(inside) => self.plan_inside(app, (shown, inside), now),
            None => self.plan((app, owner.ok_or(catalogue::NO_NUMBER_TO_SHOW)?), (user, None), now),
        }
    }
}

/// 302 Moved Temporarily: what a call ends with that nobody may follow.
const FOUND_ELSEWHERE: u16 = 302;
