//! The record of a call: a fold over its journal, nothing else.

use crate::journal::{EndStatus, HungUpSide};
use crate::{CallId, Pii, RecordingId, SdkAppId, SkillGroupId, StaffId};
use serde::{Deserialize, Serialize};

/// What is known of a call when it is over (or so far). Times are wall
/// milliseconds; `None` where it never came to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The application.
    pub app: SdkAppId,
    /// The call.
    pub call: CallId,
    /// The caller's number.
    pub caller: Pii<String>,
    /// The called number.
    pub callee: String,
    /// Call-ID header of the caller's dialog.
    pub sip_call_id: String,
    /// User-to-User content.
    pub user_to_user: Option<String>,
    /// When the call came.
    pub started_ms: i64,
    /// When we answered it (the IVR began).
    pub answered_ms: Option<i64>,
    /// When it first entered a queue.
    pub queued_ms: Option<i64>,
    /// When an agent's desk first rang.
    pub ring_ms: Option<i64>,
    /// When the last agent who served it accepted.
    pub accepted_ms: Option<i64>,
    /// When it was over.
    pub ended_ms: Option<i64>,
    /// Keys pressed in branches, in order.
    pub keys: Vec<KeyPress>,
    /// First group it queued for.
    pub queued_group: Option<(SkillGroupId, String)>,
    /// Everyone it was offered to, in order.
    pub participants: Vec<Participant>,
    /// The agent who served it last.
    pub agent: Option<StaffId>,
    /// Recordings, in order.
    pub recordings: Vec<RecordingId>,
    /// The agent's remark.
    pub remark: Option<Pii<String>>,
    /// Who ended it.
    pub hung_up_by: Option<HungUpSide>,
    /// How it ended; `None` while it goes on.
    pub end_status: Option<EndStatus>,
    /// Catalogue code or carrier cause.
    pub cause: Option<String>,
}

/// A key pressed in a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPress {
    /// The key.
    pub key: char,
    /// The branch's label for it.
    pub label: String,
    /// The node's label.
    pub node_label: String,
    /// When.
    pub at_ms: i64,
}

/// An agent the call was offered to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The agent.
    pub agent: StaffId,
    /// The agent's account then.
    pub user_id: String,
    /// The group for which.
    pub group: SkillGroupId,
    /// When the desk began to ring.
    pub ring_ms: i64,
    /// When the agent accepted.
    pub accepted_ms: Option<i64>,
    /// When the agent's part was over.
    pub ended_ms: Option<i64>,
    /// How the agent's part ended.
    pub end_status: Option<EndStatus>,
    /// The recording of the agent's part.
    pub recording: Option<RecordingId>,
}
