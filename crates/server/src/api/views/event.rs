//! What can happen to a call, as the API describes it. The journal itself is
//! sent as call control wrote it; this is its description, and a test holds the
//! two together.

use super::{LegSoundShape, PartyShape};
use centre::journal::{CallDirection, TransferKind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What can happen to a call.
#[derive(ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
#[schema(as = CallEvent)]
#[allow(missing_docs, dead_code, reason = "read by the API description only; documented in call control")]
pub enum CallEventShape {
    Arrived {
        trunk: u64,
        caller: String,
        callee: String,
        sip_call_id: String,
        user_to_user: Option<String>,
    },
    Dialled {
        direction: CallDirectionShape,
        trunk: Option<u64>,
        agent: Option<u64>,
        user_id: String,
        group: Option<u64>,
        caller: String,
        callee: String,
    },
    Called {
        agent: u64,
        user_id: String,
        group: Option<u64>,
    },
    Redirected {
        callee: String,
    },
    Rang,
    Connected,
    Answered,
    FlowStarted {
        flow: u64,
        version: u32,
    },
    NodeEntered {
        node: String,
        label: String,
    },
    KeyPressed {
        key: String,
        label: String,
        node_label: String,
    },
    Queued {
        group: u64,
        group_name: String,
    },
    LeftQueue {
        why: LeftQueueShape,
    },
    Offered {
        offer: Uuid,
        agent: u64,
        user_id: String,
        group: u64,
        trace: Vec<ConsideredShape>,
    },
    OfferEnded {
        offer: Uuid,
        why: OfferEndShape,
    },
    Accepted {
        offer: Uuid,
        agent: u64,
    },
    TransferAsked {
        kind: TransferKindShape,
        from: String,
        agent: Option<u64>,
        to: String,
    },
    TransferFailed {
        status: u16,
    },
    Transferred {
        side: SideShape,
        agent: Option<u64>,
        user_id: String,
        group: Option<u64>,
    },
    RecordingStarted {
        recording: Uuid,
        agent: u64,
    },
    RecordingStopped {
        recording: Uuid,
    },
    NoSound {
        party: PartyShape,
        lasted_ms: u64,
    },
    SoundAgain {
        party: PartyShape,
        lasted_ms: u64,
    },
    Measured {
        sound: LegSoundShape,
    },
    Remarked {
        text: String,
    },
    Ended {
        by: HungUpSideShape,
        status: EndStatusShape,
        cause: Option<String>,
    },
}

/// Who called whom.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CallDirection)]
pub enum CallDirectionShape {
    /// Somebody outside called us.
    Inbound,
    /// We called somebody outside.
    Outbound,
    /// One of us called another.
    Internal,
}

impl From<CallDirection> for CallDirectionShape {
    fn from(direction: CallDirection) -> Self {
        match direction {
            CallDirection::Inbound => CallDirectionShape::Inbound,
            CallDirection::Outbound => CallDirectionShape::Outbound,
            CallDirection::Internal => CallDirectionShape::Internal,
        }
    }
}

/// How a side of a talk changes hands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TransferKind)]
pub enum TransferKindShape {
    /// Somebody is called for it.
    Blind,
    /// Two calls of a telephone become one.
    Attended,
    /// Another telephone takes it by itself.
    Taken,
}

impl From<TransferKind> for TransferKindShape {
    fn from(kind: TransferKind) -> Self {
        match kind {
            TransferKind::Blind => TransferKindShape::Blind,
            TransferKind::Attended => TransferKindShape::Attended,
            TransferKind::Taken => TransferKindShape::Taken,
        }
    }
}

/// One side of a talk.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Side)]
#[allow(missing_docs, dead_code, reason = "read by the API description only")]
pub enum SideShape {
    Customer,
    Seat,
}

/// Why a caller left the queue.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LeftQueue)]
#[allow(missing_docs, dead_code, reason = "read by the API description only")]
pub enum LeftQueueShape {
    NobodySignedIn,
    WaitedTooLong,
    Full,
}

/// Why an offer ended.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OfferEnd)]
#[allow(missing_docs, dead_code, reason = "read by the API description only")]
pub enum OfferEndShape {
    RangOut,
    Declined,
    Unreachable,
    CallerLeft,
    Withdrawn,
}

/// One agent in a routing decision.
#[derive(ToSchema)]
#[schema(as = Considered)]
#[allow(missing_docs, dead_code, reason = "read by the API description only")]
pub struct ConsideredShape {
    agent: u64,
    verdict: VerdictShape,
}

/// Why an agent was chosen or not.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Verdict)]
#[allow(missing_docs, dead_code, reason = "read by the API description only")]
pub enum VerdictShape {
    Chosen,
    IdleForLess,
    Offered,
    Talking,
    WrapUp,
    Away,
    SignedOut,
    Unreachable,
    PassedBefore,
}

/// Who ended a call.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HungUpSide)]
#[allow(missing_docs, dead_code, reason = "read by the API description only")]
pub enum HungUpSideShape {
    Seat,
    User,
    System,
}

/// How a call ended: the vendor's words.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EndStatus)]
#[allow(missing_docs, dead_code, reason = "read by the API description only")]
pub enum EndStatusShape {
    Error,
    Ok,
    SeatGiveUp,
    IvrGiveUp,
    WaitingGiveUp,
    RingingGiveUp,
    NoSeatOnline,
    IvrEnd,
    NotAnswer,
    UserReject,
    PowerOff,
    NumberNotExist,
    Busy,
    OutOfCredit,
    OperatorError,
    CallerCancel,
    NotInService,
    ClientError,
    CarrierBlocked,
    NumberInvalid,
    CallRestricted,
    CallerCancelWhileRing,
}
