//! The live floor.

use super::{CallDirectionShape, DeskPresenceView, LiveLegView, SoundPathView};
use centre::floor::{CallStage, Floor, LiveAgent, LiveCall, LiveQueue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The floor at one moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Floor)]
pub struct FloorView {
    /// The application.
    pub app: u64,
    /// The server's wall clock in milliseconds.
    pub server_ms: i64,
    /// Calls in progress, oldest first. Agents see their own.
    pub calls: Vec<LiveCallView>,
    /// Everyone who is not signed out. Agents see themselves.
    pub agents: Vec<LiveAgentView>,
    /// Skill groups. Agents see theirs.
    pub queues: Vec<LiveQueueView>,
}

/// A call in progress.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveCall)]
pub struct LiveCallView {
    /// Which.
    pub call: Uuid,
    /// Who called whom.
    pub direction: CallDirectionShape,
    /// The caller's number.
    pub caller: String,
    /// The called number.
    pub callee: String,
    /// Where the call is.
    pub stage: CallStageView,
    /// The agent who rings or talks.
    pub agent: Option<u64>,
    /// The group it waits or waited for.
    pub group: Option<u64>,
    /// When it came.
    pub started_ms: i64,
    /// When this stage began.
    pub stage_since_ms: i64,
    /// How its legs sound, the customer's first.
    pub legs: Vec<LiveLegView>,
}

/// Where a call is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CallStage)]
pub enum CallStageView {
    /// Being answered.
    Arriving,
    /// In the flow.
    Ivr,
    /// Waiting for an agent.
    Queued,
    /// An agent's desk rings.
    Ringing,
    /// Somebody of the house calls, and nobody has answered yet.
    Dialling,
    /// Talking.
    Talking,
}

/// An agent on the floor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveAgent)]
pub struct LiveAgentView {
    /// Who.
    pub agent: u64,
    /// The account.
    pub user_id: String,
    /// The name.
    pub name: String,
    /// What the agent is doing.
    pub presence: DeskPresenceView,
    /// Whether a page is connected.
    pub reachable: bool,
    /// The page's sound path.
    pub sound: SoundPathView,
}

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveQueue)]
pub struct LiveQueueView {
    /// The group.
    pub group: u64,
    /// Its name.
    pub name: String,
    /// Callers waiting.
    pub waiting: u32,
    /// How long the first of them has waited.
    pub longest_wait_ms: i64,
    /// Members that are ready now.
    pub ready: u32,
    /// Members that are signed in.
    pub signed_in: u32,
}

impl From<&Floor> for FloorView {
    fn from(floor: &Floor) -> Self {
        FloorView {
            app: floor.app.0,
            server_ms: floor.server_ms,
            calls: floor.calls.iter().map(LiveCallView::from).collect(),
            agents: floor.agents.iter().map(LiveAgentView::from).collect(),
            queues: floor.queues.iter().map(LiveQueueView::from).collect(),
        }
    }
}

impl From<&LiveCall> for LiveCallView {
    fn from(call: &LiveCall) -> Self {
        LiveCallView {
            call: call.call.0,
            direction: call.direction.into(),
            caller: call.caller.clone(),
            callee: call.callee.clone(),
            stage: match call.stage {
                CallStage::Arriving => CallStageView::Arriving,
                CallStage::Ivr => CallStageView::Ivr,
                CallStage::Queued => CallStageView::Queued,
                CallStage::Ringing => CallStageView::Ringing,
                CallStage::Dialling => CallStageView::Dialling,
                CallStage::Talking => CallStageView::Talking,
            },
            agent: call.agent.map(|agent| agent.0),
            group: call.group.map(|group| group.0),
            started_ms: call.started_ms,
            stage_since_ms: call.stage_since_ms,
            legs: call.legs.iter().map(LiveLegView::from).collect(),
        }
    }
}

impl From<&LiveAgent> for LiveAgentView {
    fn from(agent: &LiveAgent) -> Self {
        LiveAgentView {
            agent: agent.agent.0,
            user_id: agent.user_id.clone(),
            name: agent.name.clone(),
            presence: DeskPresenceView::from(&agent.presence),
            reachable: agent.reachable,
            sound: agent.sound.into(),
        }
    }
}

impl From<&LiveQueue> for LiveQueueView {
    fn from(queue: &LiveQueue) -> Self {
        LiveQueueView {
            group: queue.group.0,
            name: queue.name.clone(),
            waiting: queue.waiting,
            longest_wait_ms: queue.longest_wait_ms,
            ready: queue.ready,
            signed_in: queue.signed_in,
        }
    }
}

/// The state a supervisor gives an agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceInput {
    /// Which state.
    pub state: PresenceWish,
    /// The text of a rest.
    pub text: Option<String>,
}

/// A state that can be wished for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceWish {
    /// Takes calls.
    Ready,
    /// A break.
    Rest,
    /// Takes no calls.
    NotReady,
}

/// A call of the demo's virtual customer.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallMeInput {
    /// The menu key to press: `1` or `2`.
    pub skill: Option<String>,
}
