//! Calls that agents make: from the wish on the desk until somebody answers or
//! nobody does. Once answered, a call out is a talk like any other.

use super::inside::{GroupCall, Handset};
use super::{Admission, Centre, Output};
use crate::agent::Sound;
use crate::catalogue::{self, Code};
use crate::dial::{self, Dial, Hears, Tone};
use crate::journal::{CallDirection, CallEvent, EndStatus, HungUpSide};
use crate::journals::{Cause, EndKind, Ending, Journal};
use crate::leg::{LegState, Owner};
use crate::limits::{CALLS, DIAL, TALK};
use crate::node::LogLevel;
use crate::outward::{self, Inside, Way};
use crate::presence::{Change, Denied};
use crate::recording::Ears;
use crate::settings::{CallerId, canonical_number};
use crate::talk::{People, Talk};
use crate::timers::Timer;
use crate::{AgentKey, CallId, Now, PhoneId, Pii, SdkAppId, SkillGroupId, StaffId, TrunkId};
use media::{LegId, PlaybackId};

/// What is shown of an agent who calls from a desk and has no number in the house.
const DESK: &str = "desk";

/// A call that is to be made: what the SIP side needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its leg, to be opened first.
    pub leg: LegId,
    /// Whom.
    pub far: Far,
    /// The called number as the far end wants it.
    pub to: Pii<String>,
    /// The number to show.
    pub from: Pii<String>,
    /// Where a carrier wants to read it.
    pub caller_id: CallerId,
    /// The extension that gives its call away, if this is for a transfer.
    pub referred_by: Option<String>,
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Far {
    /// Somebody outside, over this trunk.
    Trunk(TrunkId),
    /// A telephone of ours.
    Phone(PhoneId),
}

/// Who is called, and where: a desk rings without anything that leaves the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callee {
    /// Somebody outside, over this trunk.
    Trunk(TrunkId),
    /// A telephone of ours.
    Phone(PhoneId),
    /// An agent's desk, by the leg that it has already.
    Desk(LegId),
}

/// What an agent wishes to call.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) ticket: u64,
    pub(super) to: String,
    pub(super) from: Option<String>,
}

/// A call that may be made: all that its beginning needs.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) app: SdkAppId,
    pub(super) far: Callee,
    /// Who calls, whatever the state of that agent.
    pub(super) caller: Option<StaffId>,
    /// Who is called inside the house, whatever the state of that agent.
    pub(super) callee: Option<StaffId>,
    /// Whose states follow the call.
    pub(super) people: People,
    pub(super) group: Option<SkillGroupId>,
    pub(super) shown: String,
    pub(super) called: String,
    /// The called number as the far end wants it.
    pub(super) dialled: String,
}

impl Centre {
    /// An agent calls somebody.
    pub(super) fn call_out(&mut self, key: AgentKey, wish: Wish, now: Now) -> Result<(), &'static Code> {
        let agent = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        let repeated = agent.dialling().and_then(|call| self.dials.get(call));
        if repeated.is_some_and(|dial| dial.ticket == Some(wish.ticket)) {
            return Ok(());
        }
        self.may_dial(key, now).map_err(super::people::denied)?;
        let Sound::Connected { leg: seat } = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?.reach.sound else {
            return Err(catalogue::NO_SOUND_PATH);
        };
        if let Some(group) = self.group_called(key.app, &wish.to)? {
            let shown = self.extension_of(key).unwrap_or_else(|| DESK.to_owned());
            let (called, waits) = (canonical_number(&wish.to), Some(key));
            let wish = GroupCall { app: key.app, group, caller: Some(key.agent), waits, shown, called };
            self.call_group(wish, Handset::Desk(seat), now);
            return Ok(());
        }
        let plan = self.plan((key.app, key.agent), (&wish.to, wish.from.as_deref()), now)?;
        let plan = plan.made_by(Some(key))?;
        let call = CallId(self.fresh_uuid());
        self.begin_dial(plan, (call, seat, Some(wish.ticket)), now);
        Ok(())
    }

    /// Whether an agent is in a state from which a call can be made.
    pub(super) fn may_dial(&self, key: AgentKey, now: Now) -> Result<(), Denied> {
        let agent = self.agent(key).ok_or(Denied::SignedOut)?;
        let call = CallId(uuid::Uuid::nil());
        agent.presence().after(Change::Dial { call }, now.mono, now.mono).map(|_after| ())
    }

    /// Finds whom a number means and how to get there: inside the house first.
    pub(super) fn plan(
        &mut self,
        (app, caller): (SdkAppId, StaffId),
        (to, from): (&str, Option<&str>),
        now: Now,
    ) -> Result<Plan, &'static Code> {
        self.is_open()?;
        let settings = &self.directories.get(&app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        let staff = settings.staff.get(&caller).ok_or(catalogue::STAFF_UNKNOWN)?;
        if let Some(inside) = outward::inside(settings, to) {
            let shown = self.extension_of(AgentKey { app, agent: caller });
            let group = staff.groups.keys().next().copied();
            let plan = self.plan_inside(app, (shown.unwrap_or_else(|| DESK.to_owned()), inside), now)?;
            return Ok(Plan { caller: Some(caller), group, ..plan });
        }
        // Whoever may call a group was put into its queue before; a call is not sent on there.
        if outward::group(settings, to).is_some() {
            return Err(catalogue::TRANSFER_NOT_PERMITTED);
        }
        let Way { trunk, shown, group, called, dialled } = outward::way(settings, (staff, from), to)?;
        self.room_on(trunk, app, now)?;
        let (caller, group, people) = (Some(caller), Some(group), People::default());
        let (far, callee) = (Callee::Trunk(trunk), None);
        Ok(Plan { app, far, caller, callee, people, group, shown, called, dialled })
    }

    /// The group that somebody of the house calls by its own number, if it is one.
    pub(super) fn group_called(&self, app: SdkAppId, to: &str) -> Result<Option<SkillGroupId>, &'static Code> {
        self.is_open()?;
        let settings = &self.directories.get(&app).ok_or(catalogue::APPLICATION_GONE)?.settings;
        if outward::inside(settings, to).is_some() {
            return Ok(None);
        }
        let group = outward::group(settings, to);
        if group.is_some() && self.journals.len() >= CALLS {
            return Err(catalogue::TOO_MANY_CALLS);
        }
        Ok(group)
    }

    /// The number that an agent has inside the house.
    fn extension_of(&self, key: AgentKey) -> Option<String> {
        let settings = &self.directories.get(&key.app)?.settings;
        let own = settings.phones.values().find(|phone| phone.agent == Some(key.agent));
        let extension = settings.staff.get(&key.agent)?.extension.clone();
        extension.or_else(|| own.map(|phone| phone.extension.clone()))
    }

    /// A call to somebody of the house, who must be there and not busy.
    pub(super) fn plan_inside(
        &self,
        app: SdkAppId,
        (shown, inside): (String, Inside),
        now: Now,
    ) -> Result<Plan, &'static Code> {
        let place = self.place_of(app, &inside).ok_or(catalogue::PHONE_OFFLINE)?;
        if self.journals.len() >= CALLS {
            return Err(catalogue::TOO_MANY_CALLS);
        }
        let key = inside.agent.map(|agent| AgentKey { app, agent });
        let far = match key.map(|key| self.may_dial(key, now)) {
            Some(Ok(())) => key,
            Some(Err(Denied::Busy)) => return Err(catalogue::EXTENSION_BUSY),
            // Whoever is not at work is called all the same; there is no state to follow.
            Some(Err(Denied::SignedOut | Denied::Late)) | None => None,
        };
        let people = People { seat: None, far };
        let (called, dialled, callee) = (inside.extension.clone(), inside.extension, inside.agent);
        Ok(Plan { app, far: place, caller: None, callee, people, group: None, shown, called, dialled })
    }

    pub(super) fn is_open(&self) -> Result<(), &'static Code> {
        match self.admission {
            Admission::Open => Ok(()),
            Admission::Draining => Err(catalogue::DRAINING),
        }
    }

    /// Whether a trunk takes one more call, in or out.
    pub(super) fn room_on(&mut self, trunk: TrunkId, app: SdkAppId, now: Now) -> Result<(), &'static Code> {
        let known = self.directories.get(&app).and_then(|directory| directory.settings.trunks.get(&trunk));
        let known = known.ok_or(catalogue::NO_WAY_OUT)?;
        let full = known.max_calls.is_some_and(|limit| self.legs.on_trunk(trunk) >= limit as usize);
        if full || self.journals.len() >= CALLS {
            return Err(catalogue::TOO_MANY_CALLS);
        }
        match known.rules.max_calls_per_second {
            Some(rate) if !self.rates.take(trunk, rate, now.mono) => Err(catalogue::CALLS_TOO_FAST),
            Some(_) | None => Ok(()),
        }
    }

    /// Everything is checked: the journal begins, the agents are reserved, and the far end is called.
    pub(super) fn begin_dial(&mut self, plan: Plan, (call, seat, ticket): (CallId, LegId, Option<u64>), now: Now) {
        let far = self.far_leg(&plan);
        let until = now.mono + DIAL;
        self.begin_journal((plan.app, call), self.dialled(&plan), now);
        self.dials.begin(Dial { call, people: plan.people, ticket, seat, far, hears: Hears::Nothing, until });
        self.timers.set(Timer::Dial(call), until);
        if let Some(key) = plan.people.seat {
            // It was asked before whether this is possible.
            let _checked = self.change(key, Change::Dial { call }, now);
        }
        self.call_far(&plan, (call, far), now);
    }

    /// The leg of whoever is called: a desk has its own.
    pub(super) fn far_leg(&mut self, plan: &Plan) -> LegId {
        match plan.far {
            Callee::Trunk(_) | Callee::Phone(_) => self.reserve_leg(),
            Callee::Desk(leg) => leg,
        }
    }

    /// The far end's leg is opened, and the far end invited.
    pub(super) fn invite_far(&mut self, plan: &Plan, leg: LegId) {
        let far = match plan.far {
            Callee::Trunk(trunk) => Far::Trunk(trunk),
            Callee::Phone(phone) => Far::Phone(phone),
            Callee::Desk(_) => return,
        };
        let caller_id = self.caller_id(plan);
        let (to, from) = (Pii::new(plan.dialled.clone()), Pii::new(plan.shown.clone()));
        self.outputs.push_back(Output::Dial(Invitation { leg, far, to, from, caller_id, referred_by: None }));
    }

    fn dialled(&self, plan: &Plan) -> CallEvent {
        let staff = self.directories.get(&plan.app).zip(plan.caller);
        let staff = staff.and_then(|(directory, caller)| directory.settings.staff.get(&caller));
        let (direction, trunk) = match plan.far {
            Callee::Trunk(trunk) => (CallDirection::Outbound, Some(trunk)),
            Callee::Phone(_) | Callee::Desk(_) => (CallDirection::Internal, None),
        };
        CallEvent::Dialled {
            direction,
            trunk,
            agent: plan.caller,
            user_id: staff.map(|staff| staff.user_id.clone()).unwrap_or_default(),
            group: plan.group,
            caller: Pii::new(plan.shown.clone()),
            callee: Pii::new(plan.called.clone()),
        }
    }

    /// A call that somebody of the house makes has its first entry.
    pub(super) fn begin_journal(&mut self, (app, call): (SdkAppId, CallId), dialled: CallEvent, now: Now) {
        let (journal, entry) = Journal::begin(app, call, dialled, now.wall_ms).expect("the first entry is a Dialled");
        let agent = journal.record.agent.unwrap_or(StaffId(0));
        self.journals.insert(journal);
        self.outputs.push_back(Output::Journal(entry));
        self.figures.calls_made += 1;
        self.log(LogLevel::Info, "call made", &[("call", &call), ("app", &app), ("agent", &agent)]);
    }

    pub(super) fn caller_id(&self, plan: &Plan) -> CallerId {
        let Callee::Trunk(trunk) = plan.far else { return CallerId::From };
        let settings = self.directories.get(&plan.app).map(|directory| &directory.settings);
        let outward = settings.and_then(|settings| settings.trunks.get(&trunk)?.outward.as_ref());
        outward.map(|outward| outward.caller_id).unwrap_or_default()
    }

    /// The far end makes progress: it rings, or sounds before it answers (early media).
    pub(super) fn progress(&mut self, leg: LegId, signs: super::Signs, now: Now) {
        match self.legs.get(leg).map(|leg| leg.owner) {
            Some(Owner::Call(call)) => self.far_progress(call, signs, now),
            Some(Owner::Newcomer(call)) => self.newcomer_progress(call, signs),
            Some(Owner::Seat(_) | Owner::Agent(_)) | None => {}
        }
    }

    /// Lets whoever calls know how far the call is.
    pub(super) fn far_progress(&mut self, call: CallId, signs: super::Signs, now: Now) {
        let Some(dial) = self.dials.get(call).copied() else { return };
        let rang = self.journals.get(call).is_some_and(|journal| journal.progress.rang);
        if signs.rings && !rang {
            self.append(call, CallEvent::Rang, now);
        }
        let phone = self.legs.seat_of(call).is_some();
        if phone {
            // A telephone makes its own ring-back tone.
            self.outputs.push_back(Output::Ring { leg: dial.seat, signs });
        }
        match dial.hears {
            Hears::FarEnd => {}
            Hears::Nothing | Hears::Tone if signs.sounds => {
                self.hush_leg(dial.seat);
                self.media_command(media::Command::Bridge { left: dial.far, right: dial.seat });
                self.dials.turn(call, Hears::FarEnd);
            }
            Hears::Nothing if signs.rings && !phone => {
                self.play_tone(dial.seat, Tone::RingBack);
                self.dials.turn(call, Hears::Tone);
            }
            Hears::Nothing | Hears::Tone => {}
        }
    }

    /// The far end answered: from here on it is a talk.
    pub(super) fn picked_up(&mut self, leg: LegId, now: Now) {
        let call = match self.legs.get(leg).map(|leg| leg.owner) {
            Some(Owner::Call(call)) => call,
            Some(Owner::Seat(call)) => return self.seat_picked_up(call, leg, now),
            Some(Owner::Newcomer(call)) => return self.newcomer_joins(call, now),
            Some(Owner::Agent(_)) | None => return,
        };
        self.connect(call, now);
    }

    /// Whoever is called answered, at the leg that the dial names.
    pub(super) fn connect(&mut self, call: CallId, now: Now) {
        let Some(dial) = self.dials.end(call) else { return };
        self.timers.stop(Timer::Dial(call));
        self.trails.remove(&call);
        if let Some(leg) = self.legs.get_mut(dial.far) {
            leg.state = LegState::Open;
        }
        self.append(call, CallEvent::Connected, now);
        self.log(LogLevel::Info, "call answered", &[("call", &call)]);
        if let Some(phone) = self.legs.seat_of(call).map(|leg| leg.id) {
            self.outputs.push_back(Output::Answer { leg: phone });
        }
        self.hush_leg(dial.seat);
        let until = now.mono + TALK;
        self.timers.set(Timer::Talk(call), until);
        let (customer, seat, people) = (dial.far, dial.seat, dial.people);
        let bridge = self.talks.begin(Talk { call, people, customer, seat, muted: false, far_muted: false, until });
        match dial.hears {
            Hears::FarEnd => {}
            Hears::Nothing | Hears::Tone => self.media_command(bridge),
        }
        self.measure_talk(call);
        self.hear_hold(call);
        if let Some(key) = people.iter().next() {
            self.record(call, Ears { customer, seat, agent: key.agent }, now);
        }
        for key in people.iter() {
            // Whoever dials is in that state: the reconciler watches that it is so.
            let _late = self.change(key, Change::Connected, now);
        }
    }

    /// The carrier refused a call of ours, or says that it cannot be put through.
    pub(super) fn far_refused(&mut self, call: CallId, (status, cause): (u16, Option<&str>), now: Now) {
        let network = cause.and_then(|cause| cause.strip_prefix("Q.850;")).and_then(|cause| cause.parse().ok());
        let unreached = dial::refused(status, network);
        let people = matches!(unreached, EndStatus::UserReject | EndStatus::Busy);
        let by = if people { HungUpSide::User } else { HungUpSide::System };
        let said = cause.map_or_else(|| format!("SIP;{status}"), str::to_owned);
        let ending = Ending { by, kind: EndKind::Unreached(unreached), cause: Some(Cause::Carrier(said)) };
        self.end_call(call, ending, now);
    }

    /// A call of ours came to nothing for this reason.
    pub(super) fn dial_failed(&mut self, call: CallId, (status, why): (EndStatus, &'static Code), now: Now) {
        let ending = Ending { by: HungUpSide::System, kind: EndKind::Unreached(status), cause: Some(Cause::Code(why)) };
        self.end_call(call, ending, now);
    }

    pub(super) fn rang_too_long(&mut self, call: CallId, now: Now) {
        if self.dials.get(call).is_some_and(|dial| dial.until <= now.mono) {
            self.dial_failed(call, (EndStatus::NotAnswer, catalogue::NOT_ANSWERED), now);
        }
    }

    /// The agent's page or its sound is gone: nobody is left to talk to whoever answers.
    pub(super) fn give_up_dial(&mut self, key: AgentKey, now: Now) {
        let agent = self.agent(key);
        let call = agent.and_then(|agent| agent.dialling().or(agent.called().map(|(call, _lease)| call)));
        if let Some(call) = call.filter(|_| !self.is_on_phone(key)) {
            self.dial_failed(call, (EndStatus::ClientError, catalogue::PAGE_LOST), now);
        }
    }

    /// A dial is over without an answer: what the agent hears, and who they were.
    pub(super) fn drop_dial(&mut self, call: CallId, status: EndStatus) -> Option<People> {
        let dial = self.dials.end(call)?;
        self.trails.remove(&call);
        self.timers.stop(Timer::Dial(call));
        self.hush_leg(dial.seat);
        // Everything else is told on the desk.
        let by_tone = matches!(status, EndStatus::Busy | EndStatus::UserReject | EndStatus::NotAnswer);
        if by_tone && dial.hears != Hears::FarEnd && self.legs.seat_of(call).is_none() {
            self.play_tone(dial.seat, Tone::Busy);
        }
        Some(dial.people)
    }

    pub(super) fn play_tone(&mut self, seat: LegId, tone: Tone) {
        self.load_tones();
        self.play_on(seat, (tone.sound(), tone.times()));
    }

    /// Plays one sound to any leg, this often; 0 until it is stopped.
    pub(super) fn play_on(&mut self, leg: LegId, (sound, times): (media::SoundId, u32)) {
        let playback = PlaybackId(self.next_playback);
        self.next_playback += 1;
        let Some(known) = self.legs.get_mut(leg) else { return };
        known.playing = Some(playback);
        self.media_command(media::Command::Play { leg, playback, sounds: vec![sound], times, interruptible: false });
    }

    /// The media engine gets our tones before the first of them is played.
    pub(super) fn load_tones(&mut self) {
        if !std::mem::replace(&mut self.tones_loaded, true) {
            for tone in Tone::ALL {
                self.media_command(media::Command::LoadSound { sound: tone.sound(), samples: tone.samples() });
            }
        }
    }
}

impl Plan {
    /// The same with the agent whose state follows the caller's side; nobody calls oneself.
    pub(super) fn made_by(self, key: Option<AgentKey>) -> Result<Plan, &'static Code> {
        if key.is_some() && self.people.far == key {
            return Err(catalogue::OWN_EXTENSION);
        }
        Ok(Plan { people: People { seat: key, ..self.people }, ..self })
    }
}
