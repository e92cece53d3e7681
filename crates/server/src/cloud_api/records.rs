//! Records: DescribeTelCdr. A record here is the same fold over the journal that
//! the console shows, in the vendor's words.

use super::error::CloudError;
use super::request::Field;
use super::staff::{Page, role_number};
use super::{Answer, Asked, answered};
use crate::api::views::{group_name, hung_up_word};
use crate::http::recording_link;
use crate::http::state::unix_now;
use centre::journal::CallDirection;
use centre::record::{KeyPress, Participant, Record};
use centre::settings::{Settings, Staff, international_number};
use centre::{CallId, RecordingId, StaffId};
use serde::Serialize;
use store::RecordQuery;
use uuid::Uuid;

const MAX_PAGE: i64 = 100;
const MAX_FILTER: usize = 100;
const DAY_S: i64 = 86_400;
/// Start and end lie less than this apart. (ref. 13.1)
const MAX_WINDOW_S: i64 = 90 * DAY_S;
/// How far back records are given, with a day for clients whose day ends elsewhere.
const MAX_AGE_S: i64 = 181 * DAY_S;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CdrPage {
    total_count: u64,
    /// Deprecated; the reference allows it to be empty.
    tel_cdrs: Vec<TelCdrInfo>,
    tel_cdr_list: Vec<TelCdrInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TelCdrInfo {
    caller: String,
    callee: String,
    time: i64,
    /// 0: inbound.
    direction: u8,
    /// 2: inbound.
    call_type: u8,
    duration: i64,
    #[serde(rename = "RecordURL")]
    record_url: String,
    record_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seat_user: Option<SeatUserInfo>,
    end_status: i64,
    end_status_string: &'static str,
    skill_group: String,
    skill_group_id: u64,
    caller_location: &'static str,
    #[serde(rename = "IVRDuration")]
    ivr_duration: i64,
    ring_timestamp: i64,
    accept_timestamp: i64,
    ended_timestamp: i64,
    #[serde(rename = "IVRKeyPressed")]
    ivr_key_pressed: Vec<String>,
    #[serde(rename = "IVRKeyPressedEx")]
    ivr_key_pressed_ex: Vec<KeyPressed>,
    hung_up_side: &'static str,
    serve_participants: Vec<ServeParticipant>,
    start_timestamp: i64,
    queued_timestamp: i64,
    #[serde(rename = "PostIVRKeyPressed")]
    post_ivr_key_pressed: [u8; 0],
    #[serde(rename = "PostIVRKeyPressedEx")]
    post_ivr_key_pressed_ex: [u8; 0],
    queued_skill_group_id: u64,
    queued_skill_group_name: String,
    session_id: String,
    protected_caller: &'static str,
    protected_callee: &'static str,
    uui: String,
    #[serde(rename = "UUI")]
    uui_upper: String,
    asr_url: &'static str,
    asr_status: &'static str,
    #[serde(rename = "CustomRecordURL")]
    custom_record_url: &'static str,
    remark: String,
    #[serde(rename = "VoicemailRecordURL")]
    voicemail_record_url: [u8; 0],
    #[serde(rename = "VoicemailAsrURL")]
    voicemail_asr_url: [u8; 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SeatUserInfo {
    name: String,
    mail: String,
    staff_number: String,
    phone: String,
    nick: String,
    user_id: String,
    skill_group_name_list: Vec<String>,
    role: u64,
    extension_number: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyPressed {
    key: String,
    label: String,
    /// Milliseconds, unlike every other time here. (ref. 20.3)
    timestamp: i64,
    node_label: String,
    original_content: String,
    #[serde(rename = "TTSPrompt")]
    tts_prompt: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServeParticipant {
    mail: String,
    phone: String,
    ring_timestamp: i64,
    accept_timestamp: i64,
    ended_timestamp: i64,
    record_id: String,
    r#type: &'static str,
    transfer_from: &'static str,
    transfer_from_type: &'static str,
    transfer_to: &'static str,
    transfer_to_type: &'static str,
    skill_group_id: u64,
    end_status_string: &'static str,
    #[serde(rename = "RecordURL")]
    record_url: String,
    sequence: usize,
    start_timestamp: i64,
    skill_group_name: String,
    #[serde(rename = "CustomRecordURL")]
    custom_record_url: &'static str,
}

pub async fn describe_tel_cdr(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&[
        "SdkAppId",
        "StartTimeStamp",
        "EndTimeStamp",
        "PageSize",
        "PageNumber",
        "InstanceId",
        "Limit",
        "Offset",
        "Phones",
        "SessionIds",
    ])?;
    let start = fields.required("StartTimeStamp")?;
    let end = fields.required("EndTimeStamp")?;
    let (from, to) = window(&start, &end)?;
    let page = Page::read(&fields, MAX_PAGE)?;
    for deprecated in ["InstanceId", "Limit", "Offset"] {
        fields.optional(deprecated).map(|field| field.integer(i64::MIN..=i64::MAX)).transpose()?;
    }
    let phones = texts(fields.optional("Phones"))?;
    let sessions = texts(fields.optional("SessionIds"))?;
    // An id that is no UUID is the id of no session; if none is left, nothing matches.
    let calls: Vec<CallId> = sessions.iter().filter_map(|id| Uuid::try_parse(id).ok()).map(CallId).collect();
    if calls.is_empty() && !sessions.is_empty() {
        return answered(CdrPage { total_count: 0, tel_cdrs: Vec::new(), tel_cdr_list: Vec::new() });
    }
    let query = RecordQuery {
        from_ms: Some(from.saturating_mul(1_000)),
        // The end's whole second is included.
        to_ms: Some((to + 1).saturating_mul(1_000)),
        phones,
        calls,
        agent: None,
        limit: page.size,
        offset: page.offset,
    };
    let found = asked.http.store().records(asked.app, &query).await?;
    let settings = asked.settings().await?;
    let link = |recording| recording_link(asked.http, asked.app, recording);
    let tel_cdr_list = found.records.iter().map(|record| cdr(record, &settings, &link)).collect();
    answered(CdrPage { total_count: found.total, tel_cdrs: Vec::new(), tel_cdr_list })
}

fn window(start: &Field<'_>, end: &Field<'_>) -> Result<(i64, i64), CloudError> {
    // Later than this no record can be; the bound keeps milliseconds within their type.
    let latest = unix_now() + 366 * DAY_S;
    let from = start.integer(0..=latest)?;
    let to = end.integer(0..=latest)?;
    if to < from {
        return Err(end.wrong_value("must not be before StartTimeStamp", "不能早于 StartTimeStamp"));
    }
    if to - from >= MAX_WINDOW_S {
        return Err(
            end.wrong_value("must be less than 90 days after StartTimeStamp", "与 StartTimeStamp 的间隔须小于 90 天")
        );
    }
    if from < unix_now() - MAX_AGE_S {
        return Err(start.wrong_value("must be within the last 180 days", "须在最近 180 天内"));
    }
    Ok((from, to))
}

fn texts(field: Option<Field<'_>>) -> Result<Vec<String>, CloudError> {
    let Some(field) = field else { return Ok(Vec::new()) };
    field.list(MAX_FILTER)?.iter().map(|one| one.text().map(str::to_owned)).collect()
}

/// 0 in, 1 out. (ref. 13.1)
fn direction(direction: CallDirection) -> u8 {
    match direction {
        CallDirection::Inbound => 0,
        CallDirection::Outbound | CallDirection::Internal => 1,
    }
}

/// 1 out, 2 in, 6 internal. (ref. 13.3)
fn call_type(direction: CallDirection) -> u8 {
    match direction {
        CallDirection::Outbound => 1,
        CallDirection::Inbound => 2,
        CallDirection::Internal => 6,
    }
}

/// One record in the vendor's words. Pure.
fn cdr(record: &Record, settings: &Settings, link: &dyn Fn(RecordingId) -> String) -> TelCdrInfo {
    let served = record.agent.and_then(|agent| served_part(record, agent));
    let recording = served.and_then(|part| part.recording).or_else(|| record.recordings.last().copied());
    let ended = seconds(record.ended_ms);
    let accepted = seconds(record.accepted_ms);
    let ivr_end = record.queued_ms.or(record.ended_ms);
    let queued = record.queued_group.clone();
    let uui = record.user_to_user.clone().unwrap_or_default();
    TelCdrInfo {
        // The vendor's numbers all carry their country's code.
        caller: international_number(record.caller.expose()),
        callee: international_number(&record.callee),
        time: record.started_ms.div_euclid(1_000),
        direction: direction(record.direction),
        call_type: call_type(record.direction),
        duration: if record.accepted_ms.is_some() { (ended - accepted).max(0) } else { 0 },
        record_url: recording.map(link).unwrap_or_default(),
        record_id: recording.map(|recording| recording.to_string()).unwrap_or_default(),
        seat_user: record.agent.map(|agent| seat_user(agent, record, settings)),
        end_status: record.end_status.map_or(0, centre::journal::EndStatus::code),
        end_status_string: record.end_status.map_or("", centre::journal::EndStatus::word),
        skill_group: served.and_then(|part| part.group).map(|group| group_name(group, settings)).unwrap_or_default(),
        skill_group_id: served.and_then(|part| part.group).map_or(0, |group| group.0),
        caller_location: "",
        ivr_duration: match record.direction {
            CallDirection::Inbound => {
                record.answered_ms.zip(ivr_end).map_or(0, |(from, to)| (to - from).max(0) / 1_000)
            }
            CallDirection::Outbound | CallDirection::Internal => 0,
        },
        ring_timestamp: seconds(record.ring_ms),
        accept_timestamp: accepted,
        ended_timestamp: ended,
        ivr_key_pressed: record.keys.iter().map(|key| key.key.to_string()).collect(),
        ivr_key_pressed_ex: record.keys.iter().map(key_pressed).collect(),
        hung_up_side: record.hung_up_by.map_or("", hung_up_word),
        serve_participants: record
            .participants
            .iter()
            .enumerate()
            .map(|(at, part)| participant((at, part), settings, link))
            .collect(),
        start_timestamp: record.started_ms.div_euclid(1_000),
        queued_timestamp: seconds(record.queued_ms),
        post_ivr_key_pressed: [],
        post_ivr_key_pressed_ex: [],
        queued_skill_group_id: queued.as_ref().map_or(0, |(id, _)| id.0),
        queued_skill_group_name: queued.map(|(_, name)| name).unwrap_or_default(),
        session_id: record.call.to_string(),
        protected_caller: "",
        protected_callee: "",
        uui: uui.clone(),
        uui_upper: uui,
        asr_url: "",
        asr_status: "NotExists",
        custom_record_url: "",
        remark: record.remark.as_ref().map(|remark| remark.expose().clone()).unwrap_or_default(),
        voicemail_record_url: [],
        voicemail_asr_url: [],
    }
}

fn served_part(record: &Record, agent: StaffId) -> Option<&Participant> {
    record.participants.iter().rev().find(|part| part.agent == agent && part.accepted_ms.is_some())
}

/// Unix seconds; 0 where it never came to that.
fn seconds(ms: Option<i64>) -> i64 {
    ms.map_or(0, |ms| ms.div_euclid(1_000))
}

/// The agent as they are now; of someone who was deleted, the account that the record kept.
fn seat_user(agent: StaffId, record: &Record, settings: &Settings) -> SeatUserInfo {
    let staff: Option<&Staff> = settings.staff.get(&agent);
    let kept = record.participants.iter().rev().find(|part| part.agent == agent);
    let mail = match (staff, kept) {
        (Some(staff), _) => staff.user_id.clone(),
        (None, Some(part)) => part.user_id.clone(),
        (None, None) => String::new(),
    };
    SeatUserInfo {
        name: staff.map(|staff| staff.name.clone()).unwrap_or_default(),
        user_id: mail.clone(),
        mail,
        staff_number: staff.map(|staff| staff.staff_number.clone()).unwrap_or_default(),
        phone: staff.map(|staff| staff.phone.expose().clone()).unwrap_or_default(),
        nick: staff.map(|staff| staff.nick.clone()).unwrap_or_default(),
        skill_group_name_list: staff
            .map(|staff| staff.groups.keys().map(|group| group_name(*group, settings)).collect())
            .unwrap_or_default(),
        role: staff.map_or(0, |staff| role_number(staff.role)),
        extension_number: staff.and_then(|staff| staff.extension.clone()).unwrap_or_default(),
    }
}

fn key_pressed(key: &KeyPress) -> KeyPressed {
    KeyPressed {
        key: key.key.to_string(),
        label: key.label.clone(),
        timestamp: key.at_ms,
        node_label: key.node_label.clone(),
        original_content: key.key.to_string(),
        tts_prompt: "",
    }
}

fn participant(
    (sequence, part): (usize, &Participant),
    settings: &Settings,
    link: &dyn Fn(RecordingId) -> String,
) -> ServeParticipant {
    let staff = settings.staff.get(&part.agent);
    ServeParticipant {
        mail: part.user_id.clone(),
        phone: staff.map(|staff| staff.phone.expose().clone()).unwrap_or_default(),
        ring_timestamp: part.ring_ms.div_euclid(1_000),
        accept_timestamp: seconds(part.accepted_ms),
        ended_timestamp: seconds(part.ended_ms),
        record_id: part.recording.map(|recording| recording.to_string()).unwrap_or_default(),
        r#type: "staffSeat",
        transfer_from: "",
        transfer_from_type: "",
        transfer_to: "",
        transfer_to_type: "",
        skill_group_id: part.group.map_or(0, |group| group.0),
        end_status_string: part.end_status.map_or("", centre::journal::EndStatus::word),
        record_url: part.recording.map(link).unwrap_or_default(),
        sequence,
        start_timestamp: part.ring_ms.div_euclid(1_000),
        skill_group_name: part.group.map(|group| group_name(group, settings)).unwrap_or_default(),
        custom_record_url: "",
    }
}
