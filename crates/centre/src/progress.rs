//! Where a call stands: a fold over its journal, as the record is. How a call
//! that ends now is to be called follows from it, in a live call and after a
//! restart alike.

use crate::floor::CallStage;
use crate::journal::{CallEvent, EndStatus, HungUpSide, JournalEntry, LeftQueue};
use crate::talk::Side;
use crate::{OfferId, RecordingId, SkillGroupId, StaffId};
use serde::{Deserialize, Serialize};

/// Where a call stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which part of call control holds it.
    pub stage: CallStage,
    /// Since when, in wall milliseconds.
    pub since_ms: i64,
    /// The group it waits or waited for last.
    pub group: Option<SkillGroupId>,
    /// The agent who rings or talks.
    pub agent: Option<StaffId>,
    /// The offer that is open.
    pub offer: Option<OfferId>,
    /// The recording that runs.
    pub recording: Option<RecordingId>,
    /// Whether the far end that is called rings.
    pub rang: bool,
    /// Why it left the last queue without an agent; the flow goes on after that.
    pub left_queue: Option<LeftQueue>,
    /// Whether the journal has its last entry.
    pub ended: bool,
}

impl Progress {
    /// A call of which nothing is known yet.
    pub fn new(since_ms: i64) -> Progress {
        Progress {
            stage: CallStage::Arriving,
            since_ms,
            group: None,
            agent: None,
            offer: None,
            recording: None,
            rang: false,
            left_queue: None,
            ended: false,
        }
    }

    /// Folds the next entry in.
    // tidy: table
    pub fn apply(&mut self, entry: &JournalEntry) {
        match &entry.event {
            CallEvent::Arrived { .. } => self.enter(CallStage::Arriving, entry.at_ms),
            CallEvent::Dialled { direction: _, trunk: _, agent, user_id: _, group, caller: _, callee: _ } => {
                self.enter(CallStage::Dialling, entry.at_ms);
                self.agent = *agent;
                self.group = *group;
            }
            CallEvent::Called { .. } | CallEvent::Redirected { .. } => {}
            CallEvent::Rang => self.rang = true,
            CallEvent::Connected => self.enter(CallStage::Talking, entry.at_ms),
            CallEvent::Answered => self.enter(CallStage::Ivr, entry.at_ms),
            CallEvent::FlowStarted { .. } | CallEvent::NodeEntered { .. } | CallEvent::KeyPressed { .. } => {}
            CallEvent::Queued { group, group_name: _ } => {
                self.enter(CallStage::Queued, entry.at_ms);
                self.group = Some(*group);
                self.left_queue = None;
            }
            CallEvent::LeftQueue { why } => {
                self.enter(CallStage::Ivr, entry.at_ms);
                self.left_queue = Some(*why);
            }
            CallEvent::Offered { offer, agent, user_id: _, group: _, trace: _ } => {
                self.enter(CallStage::Ringing, entry.at_ms);
                self.agent = Some(*agent);
                self.offer = Some(*offer);
            }
            CallEvent::OfferEnded { .. } => {
                self.enter(CallStage::Queued, entry.at_ms);
                self.agent = None;
                self.offer = None;
            }
            CallEvent::Accepted { offer: _, agent } => {
                self.enter(CallStage::Talking, entry.at_ms);
                self.agent = Some(*agent);
                self.offer = None;
            }
            CallEvent::TransferAsked { .. } | CallEvent::TransferFailed { .. } => {}
            CallEvent::Transferred { side: Side::Seat, agent, user_id: _, group: _ } => self.agent = *agent,
            CallEvent::Transferred { side: Side::Customer, .. } => {}
            CallEvent::RecordingStarted { recording, agent: _ } => self.recording = Some(*recording),
            CallEvent::RecordingStopped { .. } => self.recording = None,
            CallEvent::NoSound { .. }
            | CallEvent::SoundAgain { .. }
            | CallEvent::Measured { .. }
            | CallEvent::Remarked { .. } => {}
            CallEvent::Ended { .. } => self.ended = true,
        }
    }

    fn enter(&mut self, stage: CallStage, at_ms: i64) {
        self.stage = stage;
        self.since_ms = at_ms;
    }

    /// How the call ends if `by` ends it now, and nothing has failed. (ref. 13.2)
    pub fn status_if_ended(&self, by: HungUpSide) -> EndStatus {
        match self.stage {
            CallStage::Talking => EndStatus::Ok,
            CallStage::Dialling => match (by, self.rang) {
                (HungUpSide::Seat, true) => EndStatus::CallerCancelWhileRing,
                (HungUpSide::Seat, false) => EndStatus::CallerCancel,
                (HungUpSide::User | HungUpSide::System, _) => EndStatus::Error,
            },
            // Give-ups are the caller's: a wait that somebody else cuts short is none.
            CallStage::Ringing => by_caller(by, EndStatus::RingingGiveUp, EndStatus::Error),
            CallStage::Queued => by_caller(by, EndStatus::WaitingGiveUp, EndStatus::Error),
            CallStage::Ivr | CallStage::Arriving => match self.left_queue {
                // The queue's verdict stands, however far the flow went on after it.
                Some(LeftQueue::NobodySignedIn) => EndStatus::NoSeatOnline,
                Some(LeftQueue::WaitedTooLong | LeftQueue::Full) => EndStatus::WaitingGiveUp,
                None => by_caller(by, EndStatus::IvrGiveUp, EndStatus::IvrEnd),
            },
        }
    }

    /// How the call ends if something failed: who was served was served.
    pub fn status_if_failed(&self) -> EndStatus {
        match self.stage {
            CallStage::Talking => EndStatus::Ok,
            CallStage::Dialling | CallStage::Ringing | CallStage::Queued | CallStage::Ivr | CallStage::Arriving => {
                EndStatus::Error
            }
        }
    }
}

fn by_caller(by: HungUpSide, caller: EndStatus, others: EndStatus) -> EndStatus {
    match by {
        HungUpSide::User => caller,
        HungUpSide::System | HungUpSide::Seat => others,
    }
}
