//! Records of calls.

use super::{CallEventShape, EndStatusShape, HungUpSideShape, RecordLegView, TransferKindShape};
use centre::journal::{CallDirection, EndStatus, HungUpSide, JournalEntry};
use centre::record::{KeyPress, Participant, Record, TransferOutcome, Transferring};
use centre::settings::Settings;
use centre::{SkillGroupId, StaffId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which records are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordsQuery {
    /// Calls that started at this wall millisecond or later.
    pub from_ms: Option<i64>,
    /// Calls that started before this wall millisecond.
    pub to_ms: Option<i64>,
    /// Only calls from or to this number.
    pub phone: Option<String>,
    /// Only calls this agent served.
    pub agent: Option<u64>,
    /// From 0; 0 when left out.
    pub page: Option<u64>,
    /// 1 to 200; 20 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub page_size: Option<u32>,
    /// The application, for operators.
    pub sdk_app_id: Option<u64>,
}

/// A page of records, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordPage)]
pub struct RecordPageView {
    /// How many match in all.
    pub total: u64,
    /// This page.
    pub records: Vec<RecordView>,
}

/// The record of a call. Times are wall milliseconds; null where it never came to that.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
pub struct RecordView {
    /// The call.
    pub call: Uuid,
    /// The caller's number.
    pub caller: String,
    /// The called number.
    pub callee: String,
    /// `in`, `out` or `internal`.
    pub direction: String,
    /// When the call came.
    pub started_ms: i64,
    /// When we answered it.
    pub answered_ms: Option<i64>,
    /// When it first entered a queue.
    pub queued_ms: Option<i64>,
    /// When an agent's desk first rang.
    pub ring_ms: Option<i64>,
    /// When the last agent who served it accepted.
    pub accepted_ms: Option<i64>,
    /// When it was over.
    pub ended_ms: Option<i64>,
    /// How long it was talked; 0 if never.
    pub talk_ms: i64,
    /// How long the caller waited until the desk rang that took the call, or until the caller left; 0 if never.
    pub wait_ms: i64,
    /// Keys pressed in branches.
    pub keys: Vec<KeyView>,
    /// First group it queued for.
    pub skill_group: Option<GroupNameView>,
    /// The agent who served it last.
    pub agent: Option<AgentNameView>,
    /// Everyone it was offered to, in order.
    pub participants: Vec<ParticipantView>,
    /// Who gave the call to whom, in order.
    pub transfers: Vec<TransferView>,
    /// How it ended, the vendor's word; null while it goes on.
    #[schema(value_type = Option<EndStatusShape>)]
    pub end_status: Option<String>,
    /// The vendor's number.
    pub end_status_code: Option<i64>,
    /// Who hung up.
    #[schema(value_type = Option<HungUpSideShape>)]
    pub hung_up_by: Option<String>,
    /// Catalogue code or carrier cause.
    pub cause: Option<String>,
    /// Recordings, in order.
    pub recordings: Vec<Uuid>,
    /// The agent's remark.
    pub remark: Option<String>,
}

/// A key pressed in a branch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeyPress)]
pub struct KeyView {
    /// The key.
    #[schema(value_type = String)]
    pub key: char,
    /// The branch's label for it.
    pub label: String,
    /// The node's label.
    pub node_label: String,
    /// When.
    pub at_ms: i64,
}

/// A group as records name it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupName)]
pub struct GroupNameView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// An agent as records name them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentName)]
pub struct AgentNameView {
    /// Internal id.
    pub id: u64,
    /// The account.
    pub user_id: String,
    /// The name; empty for someone who was deleted.
    pub name: String,
}

/// An agent the call was offered to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Participant)]
pub struct ParticipantView {
    /// The agent.
    pub agent: u64,
    /// The agent's account then.
    pub user_id: String,
    /// The agent's name; empty for someone who was deleted.
    pub name: String,
    /// The group for which; 0 for an agent in none.
    pub group: u64,
    /// The group's name; empty for one that was deleted.
    pub group_name: String,
    /// When the desk began to ring.
    pub ring_ms: i64,
    /// When the agent accepted.
    pub accepted_ms: Option<i64>,
    /// When the agent's part was over.
    pub ended_ms: Option<i64>,
    /// How it ended.
    #[schema(value_type = Option<EndStatusShape>)]
    pub end_status: Option<String>,
    /// The recording of the agent's part.
    pub recording: Option<Uuid>,
}

/// A side of the talk that changed hands, or was to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transfer)]
pub struct TransferView {
    /// How.
    pub kind: TransferKindShape,
    /// When it was asked for.
    pub asked_ms: i64,
    /// The extension that gave the call away.
    pub from: String,
    /// The agent who did, if it was one.
    pub by: Option<AgentNameView>,
    /// The number that was to have it.
    pub to: String,
    /// When it was taken; null if it was not.
    pub done_ms: Option<i64>,
    /// The agent who has it now, if it is one.
    pub agent: Option<AgentNameView>,
    /// SIP status of a transfer that failed.
    pub failed_status: Option<u16>,
}

/// A record with its journal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordDetail)]
pub struct RecordDetailView {
    /// The record.
    #[serde(flatten)]
    pub record: RecordView,
    /// How its legs sounded, in the order in which they were closed.
    pub legs: Vec<RecordLegView>,
    /// What happened, in order. Empty for agents.
    pub journal: Vec<JournalView>,
}

/// One line of a call's journal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JournalEntry)]
pub struct JournalView {
    /// 0, 1, 2 …
    pub sequence: u32,
    /// When, in wall milliseconds.
    pub at_ms: i64,
    /// What happened, with its facts.
    #[schema(value_type = CallEventShape)]
    pub event: serde_json::Value,
}

impl RecordView {
    /// With the names that the settings know.
    pub fn of(record: &Record, settings: &Settings) -> RecordView {
        let accepted = record.accepted_ms;
        let talk_ms = accepted.zip(record.ended_ms).map_or(0, |(from, to)| (to - from).max(0));
        RecordView {
            call: record.call.0,
            caller: record.caller.expose().clone(),
            callee: record.callee.clone(),
            direction: match record.direction {
                CallDirection::Inbound => "in",
                CallDirection::Outbound => "out",
                CallDirection::Internal => "internal",
            }
            .to_owned(),
            started_ms: record.started_ms,
            answered_ms: record.answered_ms,
            queued_ms: record.queued_ms,
            ring_ms: record.ring_ms,
            accepted_ms: record.accepted_ms,
            ended_ms: record.ended_ms,
            talk_ms,
            wait_ms: waited_ms(record),
            keys: record.keys.iter().map(KeyView::from).collect(),
            skill_group: record.queued_group.as_ref().map(|(id, name)| GroupNameView { id: id.0, name: name.clone() }),
            agent: record.agent.map(|agent| agent_name(agent, record, settings)),
            participants: record.participants.iter().map(|part| ParticipantView::of(part, settings)).collect(),
            transfers: record.transfers.iter().map(|one| TransferView::of(one, record, settings)).collect(),
            end_status: record.end_status.map(|status| status.word().to_owned()),
            end_status_code: record.end_status.map(EndStatus::code),
            hung_up_by: record.hung_up_by.map(|side| hung_up_word(side).to_owned()),
            cause: record.cause.clone(),
            recordings: record.recordings.iter().map(|recording| recording.0).collect(),
            remark: record.remark.as_ref().map(|remark| remark.expose().clone()),
        }
    }
}

impl TransferView {
    fn of(transfer: &Transferring, record: &Record, settings: &Settings) -> TransferView {
        let (done_ms, agent, failed_status) = match transfer.outcome {
            TransferOutcome::Open => (None, None, None),
            TransferOutcome::Done { at_ms, agent } => (Some(at_ms), agent, None),
            TransferOutcome::Failed { at_ms: _, status } => (None, None, Some(status)),
        };
        TransferView {
            kind: transfer.kind.into(),
            asked_ms: transfer.asked_ms,
            from: transfer.from.clone(),
            by: transfer.agent.map(|agent| agent_name(agent, record, settings)),
            to: transfer.to.expose().clone(),
            done_ms,
            agent: agent.map(|agent| agent_name(agent, record, settings)),
            failed_status,
        }
    }
}

/// As the desk tells it: the time in which no desk rang that ended the waiting.
fn waited_ms(record: &Record) -> i64 {
    let last = record.served_first().filter(|part| !went_back_to_the_line(part));
    let until = last.map(|part| part.ring_ms).or(record.ended_ms);
    record.queued_ms.zip(until).map_or(0, |(from, to)| (to - from).max(0))
}

/// After a ring that the agent did not take, the caller waits on.
fn went_back_to_the_line(part: &Participant) -> bool {
    let given_up = match part.end_status {
        Some(EndStatus::SeatGiveUp | EndStatus::Error) => true,
        Some(
            EndStatus::Ok
            | EndStatus::IvrGiveUp
            | EndStatus::WaitingGiveUp
            | EndStatus::RingingGiveUp
            | EndStatus::NoSeatOnline
            | EndStatus::IvrEnd
            | EndStatus::NotAnswer
            | EndStatus::UserReject
            | EndStatus::PowerOff
            | EndStatus::NumberNotExist
            | EndStatus::Busy
            | EndStatus::OutOfCredit
            | EndStatus::OperatorError
            | EndStatus::CallerCancel
            | EndStatus::NotInService
            | EndStatus::ClientError
            | EndStatus::CarrierBlocked
            | EndStatus::NumberInvalid
            | EndStatus::CallRestricted
            | EndStatus::CallerCancelWhileRing,
        )
        | None => false,
    };
    given_up && part.accepted_ms.is_none()
}

/// The vendor's word for who hung up.
pub fn hung_up_word(side: HungUpSide) -> &'static str {
    match side {
        HungUpSide::Seat => "seat",
        HungUpSide::User => "user",
        HungUpSide::System => "system",
    }
}

fn agent_name(agent: StaffId, record: &Record, settings: &Settings) -> AgentNameView {
    let part = record.participants.iter().rev().find(|part| part.agent == agent);
    named(agent, part.map_or("", |part| &part.user_id), settings)
}

fn named(agent: StaffId, account: &str, settings: &Settings) -> AgentNameView {
    let staff = settings.staff.get(&agent);
    AgentNameView {
        id: agent.0,
        user_id: if account.is_empty() {
            staff.map(|staff| staff.user_id.clone()).unwrap_or_default()
        } else {
            account.to_owned()
        },
        name: staff.map(|staff| staff.name.clone()).unwrap_or_default(),
    }
}

impl From<&KeyPress> for KeyView {
    fn from(key: &KeyPress) -> Self {
        KeyView { key: key.key, label: key.label.clone(), node_label: key.node_label.clone(), at_ms: key.at_ms }
    }
}

impl ParticipantView {
    fn of(part: &Participant, settings: &Settings) -> ParticipantView {
        ParticipantView {
            agent: part.agent.0,
            user_id: part.user_id.clone(),
            name: settings.staff.get(&part.agent).map(|staff| staff.name.clone()).unwrap_or_default(),
            group: part.group.map_or(0, |group| group.0),
            group_name: part.group.map(|group| group_name(group, settings)).unwrap_or_default(),
            ring_ms: part.ring_ms,
            accepted_ms: part.accepted_ms,
            ended_ms: part.ended_ms,
            end_status: part.end_status.map(|status| status.word().to_owned()),
            recording: part.recording.map(|recording| recording.0),
        }
    }
}

/// A group's name now; empty when it was deleted.
pub fn group_name(group: SkillGroupId, settings: &Settings) -> String {
    settings.skill_groups.get(&group).map(|group| group.name.clone()).unwrap_or_default()
}

impl From<&JournalEntry> for JournalView {
    fn from(entry: &JournalEntry) -> Self {
        let event = serde_json::to_value(&entry.event).unwrap_or_default();
        JournalView { sequence: entry.sequence, at_ms: entry.at_ms, event }
    }
}
