//! The record of a call: a fold over its journal, nothing else.

use crate::journal::{CallDirection, CallEvent, EndStatus, HungUpSide, JournalEntry, OfferEnd, TransferKind};
use crate::talk::Side;
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
    /// Who called whom. Records from before there were other calls are inbound.
    #[serde(default)]
    pub direction: CallDirection,
    /// The caller's number; in a call out, the number that was shown.
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
    /// When an agent's desk first rang; in a call out, when the far end did.
    pub ring_ms: Option<i64>,
    /// When the last agent whom it was offered to accepted; in a call out, when the far end answered.
    pub accepted_ms: Option<i64>,
    /// When it was over.
    pub ended_ms: Option<i64>,
    /// Keys pressed in branches, in order.
    pub keys: Vec<KeyPress>,
    /// First group it queued for.
    pub queued_group: Option<(SkillGroupId, String)>,
    /// Everyone who made it, or to whom it was offered, in order.
    pub participants: Vec<Participant>,
    /// The agent who served it last.
    pub agent: Option<StaffId>,
    /// Who gave the call to whom, in order.
    #[serde(default)]
    pub transfers: Vec<Transferring>,
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

/// An agent who made the call, or to whom it was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The agent.
    pub agent: StaffId,
    /// The agent's account then.
    pub user_id: String,
    /// The group for which; inside the house one that the agent is in, if there is one.
    pub group: Option<SkillGroupId>,
    /// When the desk began to ring; for whoever makes the call, when that began.
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

/// A side of the talk that changed hands, or was to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transferring {
    /// How.
    pub kind: TransferKind,
    /// When it was asked for.
    pub asked_ms: i64,
    /// The extension that gave it away.
    pub from: String,
    /// The agent who did.
    pub agent: Option<StaffId>,
    /// The number that was to have it.
    pub to: Pii<String>,
    /// What became of it.
    pub outcome: TransferOutcome,
}

/// What became of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TransferOutcome {
    /// The call was over before anybody answered, or goes on still.
    Open,
    /// It was taken.
    Done {
        /// When.
        at_ms: i64,
        /// By this agent, if it was one.
        agent: Option<StaffId>,
    },
    /// Nobody took it.
    Failed {
        /// When.
        at_ms: i64,
        /// SIP status that says why.
        status: u16,
    },
}

impl Record {
    /// The record that a journal tells, finished or not. `None` when the
    /// journal does not begin with [`CallEvent::Arrived`] or [`CallEvent::Dialled`].
    pub fn from_journal(entries: &[JournalEntry]) -> Option<Record> {
        let (first, rest) = entries.split_first()?;
        let mut record = Record::begin(first)?;
        for entry in rest {
            record.apply(entry);
        }
        Some(record)
    }

    /// The agent who took the call out of the line, or rang for it last: a transfer is no wait.
    pub fn served_first(&self) -> Option<&Participant> {
        self.participants.iter().find(|part| part.accepted_ms.is_some()).or(self.participants.last())
    }

    /// The record after a journal's first entry.
    pub fn begin(entry: &JournalEntry) -> Option<Record> {
        match &entry.event {
            CallEvent::Arrived { trunk: _, caller, callee, sip_call_id, user_to_user } => Some(Record {
                sip_call_id: sip_call_id.clone(),
                user_to_user: user_to_user.clone(),
                ..Record::empty(entry, (CallDirection::Inbound, caller.clone(), callee.clone()))
            }),
            CallEvent::Dialled { direction, trunk: _, agent, user_id, group, caller, callee } => {
                let mut record = Record::empty(entry, (*direction, caller.clone(), callee.expose().clone()));
                record.agent = *agent;
                if let Some(agent) = *agent {
                    record.participants.push(Participant::new((agent, user_id), *group, entry.at_ms));
                }
                Some(record)
            }
            CallEvent::Called { .. }
            | CallEvent::Redirected { .. }
            | CallEvent::Rang
            | CallEvent::Connected
            | CallEvent::Answered
            | CallEvent::FlowStarted { .. }
            | CallEvent::NodeEntered { .. }
            | CallEvent::KeyPressed { .. }
            | CallEvent::Queued { .. }
            | CallEvent::LeftQueue { .. }
            | CallEvent::Offered { .. }
            | CallEvent::OfferEnded { .. }
            | CallEvent::Accepted { .. }
            | CallEvent::TransferAsked { .. }
            | CallEvent::TransferFailed { .. }
            | CallEvent::Transferred { .. }
            | CallEvent::RecordingStarted { .. }
            | CallEvent::RecordingStopped { .. }
            | CallEvent::NoSound { .. }
            | CallEvent::SoundAgain { .. }
            | CallEvent::Measured { .. }
            | CallEvent::Remarked { .. }
            | CallEvent::Ended { .. } => None,
        }
    }

    /// A call of which only the numbers are known.
    fn empty(entry: &JournalEntry, (direction, caller, callee): (CallDirection, Pii<String>, String)) -> Record {
        Record {
            app: entry.app,
            call: entry.call,
            direction,
            caller,
            callee,
            sip_call_id: String::new(),
            user_to_user: None,
            started_ms: entry.at_ms,
            answered_ms: None,
            queued_ms: None,
            ring_ms: None,
            accepted_ms: None,
            ended_ms: None,
            keys: Vec::new(),
            queued_group: None,
            participants: Vec::new(),
            agent: None,
            transfers: Vec::new(),
            recordings: Vec::new(),
            remark: None,
            hung_up_by: None,
            end_status: None,
            cause: None,
        }
    }

    /// Folds the next entry in. A second first entry changes nothing.
    // tidy: table
    pub fn apply(&mut self, entry: &JournalEntry) {
        let at_ms = entry.at_ms;
        match &entry.event {
            CallEvent::Arrived { .. }
            | CallEvent::Dialled { .. }
            | CallEvent::FlowStarted { .. }
            | CallEvent::NodeEntered { .. } => {}
            CallEvent::Called { agent, user_id, group } => {
                self.participants.push(Participant::new((*agent, user_id), *group, at_ms));
            }
            CallEvent::Redirected { callee } => {
                self.callee = callee.expose().clone();
                let caller = self.agent;
                self.end_parts(|part| Some(part.agent) != caller, (at_ms, EndStatus::NotAnswer));
            }
            CallEvent::Rang => {
                self.ring_ms.get_or_insert(at_ms);
            }
            CallEvent::Connected => {
                self.answered_ms = Some(at_ms);
                self.accepted_ms = Some(at_ms);
                for part in self.participants.iter_mut().filter(|part| part.ended_ms.is_none()) {
                    part.accepted_ms = Some(at_ms);
                }
            }
            CallEvent::Answered => self.answered_ms = Some(at_ms),
            CallEvent::KeyPressed { key, label, node_label } => {
                self.keys.push(KeyPress { key: *key, label: label.clone(), node_label: node_label.clone(), at_ms });
            }
            CallEvent::Queued { group, group_name } => {
                self.queued_ms.get_or_insert(at_ms);
                self.queued_group.get_or_insert_with(|| (*group, group_name.clone()));
            }
            CallEvent::LeftQueue { .. } => {}
            CallEvent::Offered { offer: _, agent, user_id, group, trace: _ } => {
                self.ring_ms.get_or_insert(at_ms);
                self.participants.push(Participant::new((*agent, user_id), Some(*group), at_ms));
            }
            CallEvent::OfferEnded { offer: _, why } => {
                if let Some(part) = self.participants.last_mut() {
                    part.end((at_ms, part_status(*why)));
                }
            }
            CallEvent::Accepted { offer: _, agent } => {
                self.accepted_ms = Some(at_ms);
                self.agent = Some(*agent);
                // Somebody of the house who waited has a part of their own.
                for part in self.participants.iter_mut().filter(|part| part.ended_ms.is_none()) {
                    part.accepted_ms = Some(at_ms);
                }
            }
            CallEvent::TransferAsked { kind, from, agent, to } => {
                let (kind, asked_ms, outcome) = (*kind, at_ms, TransferOutcome::Open);
                let (from, agent, to) = (from.clone(), *agent, to.clone());
                self.transfers.push(Transferring { kind, asked_ms, from, agent, to, outcome });
            }
            CallEvent::TransferFailed { status } => {
                self.transfer_ends(TransferOutcome::Failed { at_ms, status: *status });
            }
            CallEvent::Transferred { side, agent, user_id, group } => {
                self.transfer_ends(TransferOutcome::Done { at_ms, agent: *agent });
                self.taken_over((*agent, user_id), *group, at_ms);
                if *side == Side::Seat {
                    self.agent = agent.or(self.agent);
                }
            }
            CallEvent::RecordingStarted { recording, agent: _ } => {
                self.recordings.push(*recording);
                let talks = |part: &&mut Participant| part.accepted_ms.is_some() && part.ended_ms.is_none();
                for part in self.participants.iter_mut().filter(talks) {
                    part.recording.get_or_insert(*recording);
                }
            }
            CallEvent::RecordingStopped { .. } => {}
            // Kept beside the record: the last ones come after it.
            CallEvent::NoSound { .. } | CallEvent::SoundAgain { .. } | CallEvent::Measured { .. } => {}
            CallEvent::Remarked { text } => self.remark = Some(text.clone()),
            CallEvent::Ended { by, status, cause } => {
                self.end_parts(|_all| true, (at_ms, *status));
                self.ended_ms = Some(at_ms);
                self.hung_up_by = Some(*by);
                self.end_status = Some(*status);
                self.cause = cause.clone();
            }
        }
    }

    fn transfer_ends(&mut self, outcome: TransferOutcome) {
        if let Some(transfer) = self.transfers.last_mut() {
            transfer.outcome = outcome;
        }
    }

    /// Somebody took a side of the talk; the recording goes on.
    fn taken_over(&mut self, (agent, user_id): (Option<StaffId>, &str), group: Option<SkillGroupId>, at_ms: i64) {
        if let Some(giver) = self.transfers.last().and_then(|transfer| transfer.agent) {
            self.end_parts(|part| part.agent == giver, (at_ms, EndStatus::Ok));
        }
        let Some(agent) = agent else { return };
        let recording = self.recordings.last().copied();
        let part = Participant::new((agent, user_id), group, at_ms);
        self.participants.push(Participant { accepted_ms: Some(at_ms), recording, ..part });
    }

    /// Ends the parts that are not over yet: inside the house there may be one at either end.
    fn end_parts(&mut self, which: impl Fn(&Participant) -> bool, (at_ms, status): (i64, EndStatus)) {
        for part in self.participants.iter_mut().filter(|part| which(part)) {
            part.end((at_ms, status));
        }
    }
}

impl Participant {
    /// Ends the part, if it is not over yet.
    fn end(&mut self, (at_ms, status): (i64, EndStatus)) {
        if self.ended_ms.is_none() {
            self.ended_ms = Some(at_ms);
            self.end_status = Some(status);
        }
    }

    /// Somebody who rings or calls since then.
    fn new((agent, user_id): (StaffId, &str), group: Option<SkillGroupId>, ring_ms: i64) -> Participant {
        Participant {
            agent,
            user_id: user_id.to_owned(),
            group,
            ring_ms,
            accepted_ms: None,
            ended_ms: None,
            end_status: None,
            recording: None,
        }
    }
}

/// How an agent's part ended when the call went on. (ref. 7.4)
fn part_status(why: OfferEnd) -> EndStatus {
    match why {
        OfferEnd::RangOut | OfferEnd::Declined => EndStatus::SeatGiveUp,
        OfferEnd::CallerLeft => EndStatus::RingingGiveUp,
        OfferEnd::Unreachable | OfferEnd::Withdrawn => EndStatus::Error,
    }
}
