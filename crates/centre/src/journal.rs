//! What happened to a call, in order, never edited. The record, the page of
//! live calls and the explanation of a wait are folds over it.

use crate::sounding::{LegSound, Party};
use crate::talk::Side;
use crate::{CallId, FlowId, NodeName, OfferId, Pii, RecordingId, SdkAppId, SkillGroupId, StaffId, TrunkId};
use serde::{Deserialize, Serialize};

/// One line of a call's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The application.
    pub app: SdkAppId,
    /// The call.
    pub call: CallId,
    /// 0, 1, 2 … without gaps within the call.
    pub sequence: u32,
    /// Wall time in milliseconds; never less than that of the entry before.
    pub at_ms: i64,
    /// What happened.
    pub event: CallEvent,
}

/// What can happen to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CallEvent {
    /// A call came in for one of our numbers.
    Arrived {
        /// The trunk.
        trunk: TrunkId,
        /// The caller's number, canonical.
        caller: Pii<String>,
        /// The called number, canonical.
        callee: String,
        /// Call-ID header, to match the carrier's records.
        sip_call_id: String,
        /// User-to-User content.
        user_to_user: Option<String>,
    },
    /// Somebody of the house began to call. The first entry of such a call.
    Dialled {
        /// Outside, or to another extension.
        direction: CallDirection,
        /// The trunk; none inside the house.
        trunk: Option<TrunkId>,
        /// The agent who calls; none for a telephone that is nobody's.
        agent: Option<StaffId>,
        /// The agent's account then.
        user_id: String,
        /// The group for which, if the agent belongs to one.
        group: Option<SkillGroupId>,
        /// The number that is shown, or the extension that calls.
        caller: Pii<String>,
        /// The number that was called, canonical.
        callee: Pii<String>,
    },
    /// An agent of the house is called, at a telephone or at the desk.
    Called {
        /// The agent.
        agent: StaffId,
        /// The agent's account then.
        user_id: String,
        /// A group of the agent, if there is one.
        group: Option<SkillGroupId>,
    },
    /// The far end that was called sent the call elsewhere, and that is called now.
    Redirected {
        /// Whither: an extension, or a number, canonical.
        callee: Pii<String>,
    },
    /// The far end that was called rings.
    Rang,
    /// The far end that was called answered; both are joined.
    Connected,
    /// We answered the caller.
    Answered,
    /// The flow began.
    FlowStarted {
        /// Which.
        flow: FlowId,
        /// Which version of it.
        version: u32,
    },
    /// The flow entered a node.
    NodeEntered {
        /// Its name.
        node: NodeName,
        /// Its label.
        label: String,
    },
    /// The caller pressed a key of a branch.
    KeyPressed {
        /// The key.
        key: char,
        /// The branch's label for it.
        label: String,
        /// The node's label.
        node_label: String,
    },
    /// The caller entered a queue.
    Queued {
        /// The group.
        group: SkillGroupId,
        /// Its name then.
        group_name: String,
    },
    /// The caller left the queue without an agent.
    LeftQueue {
        /// Why.
        why: LeftQueue,
    },
    /// An agent's desk began to ring.
    Offered {
        /// The lease.
        offer: OfferId,
        /// The agent.
        agent: StaffId,
        /// The agent's account then.
        user_id: String,
        /// The group.
        group: SkillGroupId,
        /// Who was eligible and who was passed over, with the cause.
        trace: Vec<Considered>,
    },
    /// The offer ended without an answer.
    OfferEnded {
        /// The lease.
        offer: OfferId,
        /// Why.
        why: OfferEnd,
    },
    /// The agent answered; both are joined.
    Accepted {
        /// The lease.
        offer: OfferId,
        /// The agent.
        agent: StaffId,
    },
    /// A telephone gives its side of the talk to somebody else, who has not answered yet.
    TransferAsked {
        /// How.
        kind: TransferKind,
        /// The extension of that telephone.
        from: String,
        /// Its agent, if its calls are an agent's.
        agent: Option<StaffId>,
        /// Who is to take its place: the number, canonical.
        to: Pii<String>,
    },
    /// Nobody took that place: the talk goes on as it was.
    TransferFailed {
        /// SIP status that says why, 300 to 699.
        status: u16,
    },
    /// The place was taken; the telephone that gave it away is out of the call.
    Transferred {
        /// Which side of the talk it is.
        side: Side,
        /// The agent there now; none outside, or at a telephone that is nobody's.
        agent: Option<StaffId>,
        /// The agent's account then.
        user_id: String,
        /// The group for which, if the agent belongs to one.
        group: Option<SkillGroupId>,
    },
    /// A recording began.
    RecordingStarted {
        /// Which.
        recording: RecordingId,
        /// Right channel: this agent.
        agent: StaffId,
    },
    /// A recording ended.
    RecordingStopped {
        /// Which.
        recording: RecordingId,
    },
    /// Nothing has been heard from one side for a while.
    NoSound {
        /// Whom.
        party: Party,
        /// For how long already, in milliseconds.
        lasted_ms: u64,
    },
    /// It is heard again.
    SoundAgain {
        /// Whom.
        party: Party,
        /// How long nothing was heard, in milliseconds.
        lasted_ms: u64,
    },
    /// A leg was closed, or left the call: how it sounded.
    Measured {
        /// The figures.
        sound: LegSound,
    },
    /// The agent wrote a remark.
    Remarked {
        /// The text.
        text: Pii<String>,
    },
    /// The call is over. The last entry, save for the figures of its last legs
    /// and for a remark written in wrap-up.
    Ended {
        /// Who ended it.
        by: HungUpSide,
        /// How it ended.
        status: EndStatus,
        /// Catalogue code or carrier cause that explains it, if there is one.
        cause: Option<String>,
    },
}

/// Who called whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// Somebody outside called us.
    #[default]
    Inbound,
    /// We called somebody outside.
    Outbound,
    /// One of us called another.
    Internal,
}

/// How a side of a talk changes hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Somebody is called for it. (RFC 5589 §6)
    Blind,
    /// Whoever gives it away has called somebody before: both calls become one. (RFC 5589 §7)
    Attended,
    /// Another telephone takes it by itself. (RFC 3891)
    Taken,
}

/// One agent in a routing decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// The agent.
    pub agent: StaffId,
    /// What became of it.
    pub verdict: Verdict,
}

/// Why an agent was chosen or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Gets the offer.
    Chosen,
    /// Eligible, but idle for less time than the chosen one.
    IdleForLess,
    /// Rings for another call.
    Offered,
    /// In another call.
    Talking,
    /// In wrap-up.
    WrapUp,
    /// On a break or not ready.
    Away,
    /// Signed out.
    SignedOut,
    /// Signed in, but the page or its sound path cannot be reached.
    Unreachable,
    /// Already let this call ring out, or declined it.
    PassedBefore,
}

/// Why a caller left the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftQueue {
    /// No agent of the group is signed in.
    NobodySignedIn,
    /// The longest wait is over.
    WaitedTooLong,
    /// The queue's limit is reached.
    Full,
}

/// Why an offer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// The agent did not answer in time.
    RangOut,
    /// The agent declined.
    Declined,
    /// The page or its sound path was lost.
    Unreachable,
    /// The caller left.
    CallerLeft,
    /// The system ended the call or the agent was signed out.
    Withdrawn,
}

/// Who ended a call. (ref. 1.6)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HungUpSide {
    /// The agent.
    Seat,
    /// The customer.
    User,
    /// The platform.
    System,
}

/// How a call ended: the vendor's table. (ref. 13.2)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndStatus {
    /// Abnormal end.
    Error,
    /// Normal.
    Ok,
    /// The agent did not answer (participants only).
    SeatGiveUp,
    /// The caller left in the IVR.
    IvrGiveUp,
    /// The caller left in the queue.
    WaitingGiveUp,
    /// The caller left while an agent rang.
    RingingGiveUp,
    /// No agent signed in.
    NoSeatOnline,
    /// The IVR ended the call without an agent.
    IvrEnd,
    /// Who was called did not answer.
    NotAnswer,
    /// Who was called rejected the call.
    UserReject,
    /// The telephone that was called is off.
    PowerOff,
    /// Nobody has the number that was called.
    NumberNotExist,
    /// The telephone that was called is busy.
    Busy,
    /// The carrier wants money first.
    OutOfCredit,
    /// The carrier failed.
    OperatorError,
    /// Whoever called gave up before it rang.
    CallerCancel,
    /// The telephone that was called is out of coverage.
    NotInService,
    /// The agent's page or its sound failed.
    ClientError,
    /// The carrier blocked the call.
    CarrierBlocked,
    /// The number that was called is none.
    NumberInvalid,
    /// The carrier does not let this line call there.
    CallRestricted,
    /// Whoever called gave up while it rang.
    CallerCancelWhileRing,
}

impl EndStatus {
    /// The vendor's number.
    // tidy: table
    pub fn code(self) -> i64 {
        match self {
            EndStatus::Error => 0,
            EndStatus::Ok => 1,
            EndStatus::SeatGiveUp => 17,
            EndStatus::IvrGiveUp => 102,
            EndStatus::WaitingGiveUp => 103,
            EndStatus::RingingGiveUp => 104,
            EndStatus::NoSeatOnline => 105,
            EndStatus::IvrEnd => 107,
            EndStatus::NotAnswer => 202,
            EndStatus::UserReject => 203,
            EndStatus::PowerOff => 204,
            EndStatus::NumberNotExist => 205,
            EndStatus::Busy => 206,
            EndStatus::OutOfCredit => 207,
            EndStatus::OperatorError => 208,
            EndStatus::CallerCancel => 209,
            EndStatus::NotInService => 210,
            EndStatus::ClientError => 211,
            EndStatus::CarrierBlocked => 212,
            EndStatus::NumberInvalid => 215,
            EndStatus::CallRestricted => 216,
            EndStatus::CallerCancelWhileRing => 220,
        }
    }

    /// The vendor's word.
    // tidy: table
    pub fn word(self) -> &'static str {
        match self {
            EndStatus::Error => "error",
            EndStatus::Ok => "ok",
            EndStatus::SeatGiveUp => "seatGiveUp",
            EndStatus::IvrGiveUp => "ivrGiveUp",
            EndStatus::WaitingGiveUp => "waitingGiveUp",
            EndStatus::RingingGiveUp => "ringingGiveUp",
            EndStatus::NoSeatOnline => "noSeatOnline",
            EndStatus::IvrEnd => "ivrEnd",
            EndStatus::NotAnswer => "notAnswer",
            EndStatus::UserReject => "userReject",
            EndStatus::PowerOff => "powerOff",
            EndStatus::NumberNotExist => "numberNotExist",
            EndStatus::Busy => "busy",
            EndStatus::OutOfCredit => "outOfCredit",
            EndStatus::OperatorError => "operatorError",
            EndStatus::CallerCancel => "callerCancel",
            EndStatus::NotInService => "notInService",
            EndStatus::ClientError => "clientError",
            EndStatus::CarrierBlocked => "carrierBlocked",
            EndStatus::NumberInvalid => "numberInvalid",
            EndStatus::CallRestricted => "callRestricted",
            EndStatus::CallerCancelWhileRing => "callerCancelWhileRing",
        }
    }
}
