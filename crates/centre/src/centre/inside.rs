//! Calls inside the house that reach a person or a group rather than a telephone
//! alone: the desk that rings, its answer, and skill groups that are called by
//! their own number.

use super::dialling::{Callee, Plan};
use super::{ANSWERED_ELSEWHERE, Centre, Output, Signs};
use crate::agent::{Seat, Sound};
use crate::catalogue::{self, Code};
use crate::dial::{Hears, Tone};
use crate::ivr::{self, Cursor};
use crate::journal::{CallDirection, CallEvent, EndStatus, HungUpSide};
use crate::journals::{EndKind, Ending};
use crate::leg::{Direction, Kind, Leg, LegState, Owner};
use crate::limits::{GROUP_WAIT, LEG_SETUP};
use crate::outward::Inside;
use crate::presence::{Change, Presence};
use crate::route::Directory;
use crate::settings::{Flow, FlowNode, Step};
use crate::timers::Timer;
use crate::{
    AgentKey, CallId, FlowId, NodeName, Now, OfferId, PhoneId, Pii, SdkAppId, SkillGroupId, SoundFileId, StaffId,
};
use media::LegId;
use std::sync::Arc;

/// A call to a skill group by its own number.
#[derive(Debug)]
pub(super) struct GroupCall {
    pub(super) app: SdkAppId,
    pub(super) group: SkillGroupId,
    /// Who calls, whatever the state of that agent.
    pub(super) caller: Option<StaffId>,
    /// Whose state follows the call.
    pub(super) waits: Option<AgentKey>,
    pub(super) shown: String,
    pub(super) called: String,
}

/// Where the one stands who calls a group.
#[derive(Debug, Clone, Copy)]
pub(super) enum Handset {
    /// At a telephone, whose leg is not open yet.
    Phone(PhoneId, LegId),
    /// At the desk, whose leg stands.
    Desk(LegId),
}

impl Centre {
    /// Where an extension rings now: at its telephone; else where its agent hears calls.
    pub(super) fn place_of(&self, app: SdkAppId, inside: &Inside) -> Option<Callee> {
        if let Some(phone) = inside.phone.filter(|phone| self.phones.contains(phone)) {
            return Some(Callee::Phone(phone));
        }
        let agent = self.agent(AgentKey { app, agent: inside.agent? })?;
        match agent.reach.seat()? {
            Seat::Phone(phone) => Some(Callee::Phone(phone)),
            Seat::Page(leg) if agent.reach.has_page() && *agent.presence() != Presence::SignedOut => {
                Some(Callee::Desk(leg))
            }
            Seat::Page(_) => None,
        }
    }

    /// Whoever is called begins to ring.
    pub(super) fn call_far(&mut self, plan: &Plan, (call, leg): (CallId, LegId), now: Now) {
        if let Some(agent) = plan.callee {
            let staff = self.directories.get(&plan.app).and_then(|known| known.settings.staff.get(&agent));
            let user_id = staff.map(|staff| staff.user_id.clone()).unwrap_or_default();
            let group = staff.and_then(|staff| staff.groups.keys().next().copied());
            self.append(call, CallEvent::Called { agent, user_id, group }, now);
        }
        if let Some(key) = plan.people.far {
            let on_phone = matches!(plan.far, Callee::Phone(_));
            if let Some(agent) = self.agent_mut(key) {
                agent.reach.phone_call = on_phone.then_some(call);
            }
            let lease = OfferId(self.fresh_uuid());
            let until = self.dials.get(call).map_or(now.mono, |dial| dial.until);
            // It was asked before whether this is possible.
            let _checked = self.change(key, Change::Called { lease, call, until }, now);
        }
        let kind = match plan.far {
            Callee::Trunk(trunk) => Kind::Trunk(trunk),
            Callee::Phone(phone) => Kind::Phone(phone),
            Callee::Desk(desk) => {
                self.legs.lend(desk, call);
                return self.far_progress(call, Signs { rings: true, sounds: false }, now);
            }
        };
        let (direction, owner, state) = (Direction::Out, Owner::Call(call), LegState::Opening);
        self.legs.insert(Leg { id: leg, direction, kind, owner, state, playing: None });
        self.invite_far(plan, leg);
    }

    /// The call inside the house that rings for an agent by this lease.
    pub(super) fn called_by(&self, key: AgentKey, id: OfferId) -> Option<(CallId, OfferId)> {
        self.agent(key)?.called().filter(|(_call, lease)| *lease == id)
    }

    /// The agent answers at the desk a call inside the house; a telephone that rang for it stops.
    pub(super) fn answer_called(&mut self, key: AgentKey, call: CallId, now: Now) -> Result<(), &'static Code> {
        let agent = self.agent(key).ok_or(catalogue::STAFF_UNKNOWN)?;
        let desk = match agent.reach.sound {
            Sound::Connected { leg } => leg,
            Sound::None | Sound::Connecting { .. } => return Err(catalogue::NO_SOUND_PATH),
        };
        let far = self.dials.get(call).ok_or(catalogue::OFFER_GONE)?.far;
        if far != desk {
            self.legs.remove(far);
            self.outputs.push_back(Output::LetGo { leg: far, status: ANSWERED_ELSEWHERE });
            self.legs.lend(desk, call);
            // Whatever the telephone let hear before the answer went with it.
            self.dials.turn_far(call, (desk, Some(key)));
            self.dials.turn(call, Hears::Nothing);
            if let Some(agent) = self.agent_mut(key) {
                agent.reach.phone_call = None;
            }
        }
        self.connect(call, now);
        Ok(())
    }

    /// The agent does not want a call inside the house.
    pub(super) fn decline_called(&mut self, call: CallId, now: Now) {
        let kind = EndKind::Unreached(EndStatus::UserReject);
        self.end_call(call, Ending { by: HungUpSide::User, kind, cause: None }, now);
    }

    /// On which side of a call an agent is who hangs up.
    pub(super) fn side_of(&self, key: AgentKey, call: CallId) -> HungUpSide {
        let far = self.talks.get(call).is_some_and(|talk| talk.people.far == Some(key));
        if far || self.waiting_agents.get(&call) == Some(&key) { HungUpSide::User } else { HungUpSide::Seat }
    }

    /// Somebody of the house calls a skill group, and waits like any caller.
    pub(super) fn call_group(&mut self, wish: GroupCall, from: Handset, now: Now) {
        let Some(directory) = self.directories.get(&wish.app) else { return };
        let (flow, sounds) = way_to(directory, wish.group);
        let call = CallId(self.fresh_uuid());
        let dialled = self.group_dialled(&wish);
        self.begin_journal((wish.app, call), dialled, now);
        self.cursors.insert(call, Cursor::new(Arc::new(flow), sounds));
        if let Some(key) = wish.waits {
            self.waiting_agents.insert(call, key);
            // It was asked before whether this is possible.
            let _checked = self.change(key, Change::Dial { call }, now);
        }
        // Where no flow has music for the group, the ring-back tone says that the call goes on.
        self.load_tones();
        match from {
            Handset::Phone(phone, leg) => {
                if let Some(agent) = wish.waits.and_then(|key| self.agent_mut(key)) {
                    agent.reach.phone_call = Some(call);
                }
                let (direction, kind, owner) = (Direction::In, Kind::Phone(phone), Owner::Call(call));
                self.legs.insert(Leg { id: leg, direction, kind, owner, state: LegState::Opening, playing: None });
                self.timers.set(Timer::Arriving(call), now.mono + LEG_SETUP);
                self.outputs.push_back(Output::Open { leg });
            }
            Handset::Desk(leg) => {
                self.legs.lend(leg, call);
                self.append(call, CallEvent::Answered, now);
                self.flow(call, ivr::Input::Start, now);
            }
        }
    }

    fn group_dialled(&self, wish: &GroupCall) -> CallEvent {
        let settings = self.directories.get(&wish.app).map(|directory| &directory.settings);
        let staff = settings.zip(wish.caller).and_then(|(settings, caller)| settings.staff.get(&caller));
        CallEvent::Dialled {
            direction: CallDirection::Internal,
            trunk: None,
            agent: wish.caller,
            user_id: staff.map(|staff| staff.user_id.clone()).unwrap_or_default(),
            group: staff.and_then(|staff| staff.groups.keys().next().copied()),
            caller: Pii::new(wish.shown.clone()),
            callee: Pii::new(wish.called.clone()),
        }
    }
}

/// A flow of one step: to the group, with the prompts, music and patience of the
/// first flow that leads there.
fn way_to(directory: &Directory, group: SkillGroupId) -> (Flow, Arc<ivr::Sounds>) {
    let flows = directory.settings.flows.values();
    let leads = |node: &&FlowNode| matches!(node.step, Step::ToAgent { group: to, .. } if to == group);
    let known = flows.flat_map(|flow| flow.nodes.values()).find(leads);
    let ring_back = SoundFileId(Tone::RingBack.sound().0);
    let step = match known.map(|node| node.step.clone()) {
        Some(Step::ToAgent { group, prompt, music, max_wait_s, timeout_prompt, nobody_prompt, failure: _ }) => {
            let music = music.or(Some(ring_back));
            Step::ToAgent { group, prompt, music, max_wait_s, timeout_prompt, nobody_prompt, failure: None }
        }
        Some(Step::Prompt { .. } | Step::Branch { .. } | Step::End { .. }) | None => Step::ToAgent {
            group,
            prompt: None,
            music: Some(ring_back),
            max_wait_s: GROUP_WAIT.as_secs() as u32,
            timeout_prompt: None,
            nobody_prompt: None,
            failure: None,
        },
    };
    let name = NodeName("group".to_owned());
    let node = FlowNode { label: String::new(), step };
    let (id, version) = (FlowId(0), UNPUBLISHED);
    let nodes = [(name.clone(), node)].into();
    (Flow { id, name: String::new(), version, start: name, nodes, modified_at: 0 }, directory.sounds())
}

/// The version of a flow that nobody drew: it is not told in journals.
pub(super) const UNPUBLISHED: u32 = 0;
