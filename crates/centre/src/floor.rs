//! The live floor of one application: what a supervisor's page and the cloud
//! API's live lists read. A view, computed when asked.

use crate::desk::{DeskPresence, SoundPath};
use crate::journal::CallDirection;
use crate::sounding::Party;
use crate::{CallId, SdkAppId, SkillGroupId, StaffId};
use media::LegFigures;
use serde::{Deserialize, Serialize};

/// The floor at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// The application.
    pub app: SdkAppId,
    /// The server's wall clock.
    pub server_ms: i64,
    /// Calls in progress, oldest first.
    pub calls: Vec<LiveCall>,
    /// Everyone who is not signed out.
    pub agents: Vec<LiveAgent>,
    /// Every skill group.
    pub queues: Vec<LiveQueue>,
}

/// A call in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCall {
    /// Which.
    pub call: CallId,
    /// Who called whom.
    pub direction: CallDirection,
    /// The caller's number, unmasked: whoever shows it decides.
    pub caller: String,
    /// The called number.
    pub callee: String,
    /// Where the call is.
    pub stage: CallStage,
    /// The agent who rings or talks.
    pub agent: Option<StaffId>,
    /// The group it waits or waited for.
    pub group: Option<SkillGroupId>,
    /// When it came.
    pub started_ms: i64,
    /// When this stage began.
    pub stage_since_ms: i64,
    /// How its legs sound.
    pub legs: Vec<LiveLeg>,
}

/// How a leg of a call in progress sounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveLeg {
    /// Whose sound.
    pub party: Party,
    /// The newest figures, some seconds old; none before the first.
    pub figures: Option<LegFigures>,
    /// For how long nothing has been heard from it, once that is too long.
    pub silent_ms: Option<i64>,
}

/// Where a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStage {
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveAgent {
    /// Who.
    pub agent: StaffId,
    /// The account.
    pub user_id: String,
    /// The name.
    pub name: String,
    /// What the agent is doing.
    pub presence: DeskPresence,
    /// Whether a page is connected.
    pub reachable: bool,
    /// The page's sound path.
    pub sound: SoundPath,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveQueue {
    /// The group.
    pub group: SkillGroupId,
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
