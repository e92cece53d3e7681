//! Agents: CreateStaff, DescribeStaffInfoList, ModifyStaff, DeleteStaff,
//! SetStaffStatus.

use super::error::CloudError;
use super::request::{Field, Fields};
use super::{Answer, Asked, answered};
use crate::api::checks;
use crate::api::skill_groups::has_room;
use crate::auth::endings::Ending;
use crate::http::language::Language;
use centre::catalogue::{self, Code};
use centre::desk::{DeskCommand, DeskPresence};
use centre::limits::TEXT_BYTES;
use centre::settings::{Forwarding, ForwardingTarget, Role, Settings, Staff};
use centre::{Pii, SkillGroupId};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{NewStaff, StoreError};

const MAX_CREATE: usize = 10;
const MAX_DELETE: usize = 200;
const MAX_STATUS: usize = 10;
const MAX_PAGE: i64 = 9_999;

// ---- CreateStaff

const SEAT_USER: [&str; 9] =
    ["Name", "Mail", "StaffNumber", "Phone", "Nick", "UserId", "SkillGroupNameList", "Role", "ExtensionNumber"];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    error_staff_list: Vec<NotCreated>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NotCreated {
    staff_email: String,
    code: &'static str,
    message: String,
}

pub async fn create(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "Staffs", "SendPassword"])?;
    // Accounts are made without a password: an administrator sets it, or the agent
    // comes in by CreateSDKLoginToken. There is no mail to send one with. The
    // vendor's default is to send one; who leaves it out did not ask for it.
    if let Some(field) = fields.optional("SendPassword")
        && field.flag()?
    {
        return Err(CloudError::parameter(catalogue::NOT_YET, field.path())
            .expected("no mail is sent; an administrator sets the password", "不发送邮件；请由管理员设置密码"));
    }
    let rows = fields.required("Staffs")?.filled_list(MAX_CREATE)?;
    // What is malformed refuses the whole request before anything is made.
    let rows: Vec<Fields<'_>> = rows.iter().map(|row| row.object(&SEAT_USER)).collect::<Result<_, _>>()?;
    for row in &rows {
        for name in ["Name", "Mail", "StaffNumber"] {
            row.required(name)?.text()?;
        }
    }
    let mut error_staff_list = Vec::new();
    for row in &rows {
        // Read for each: the row before may have taken the last place of a group.
        let settings = asked.settings().await?;
        if let Err(error) = create_one(asked, row, &settings).await {
            error_staff_list.push(NotCreated {
                staff_email: row.required("Mail")?.text()?.to_owned(),
                code: error.word(),
                message: error.message(asked.language),
            });
        }
    }
    if error_staff_list.len() < rows.len() {
        asked.changed().await?;
    }
    answered(Created { error_staff_list })
}

async fn create_one(asked: &Asked<'_>, row: &Fields<'_>, settings: &Settings) -> Result<(), CloudError> {
    let mut new =
        NewStaff::agent(&account(&row.required("Mail")?)?, row.required("Name")?.name(checks::MAX_NAME_CHARS)?);
    if let Some(field) = row.optional("UserId") {
        // An account has one name, the mail's.
        let user_id = field.text()?.trim();
        if !user_id.is_empty() && !user_id.eq_ignore_ascii_case(&new.user_id) {
            return Err(field.wrong_value("must be left out or the same as Mail", "应省略或与 Mail 相同"));
        }
    }
    new.staff_number = optional_name(&row.required("StaffNumber")?)?;
    new.phone = row.optional("Phone").map(|field| phone(&field)).transpose()?.unwrap_or_default();
    new.nick = row.optional("Nick").map(|field| optional_name(&field)).transpose()?.unwrap_or_default();
    new.extension = row.optional("ExtensionNumber").map(|field| extension(&field)).transpose()?.flatten();
    new.role = row.optional("Role").map(|field| role(&field)).transpose()?.unwrap_or(Role::Agent);
    if let Some(names) = row.optional("SkillGroupNameList") {
        for name in names.list(checks::MAX_GROUPS_OF_STAFF)? {
            let text = name.text()?;
            let group = settings.skill_groups.values().find(|group| group.name == text);
            let group = group.ok_or_else(|| CloudError::parameter(catalogue::CLOUD_GROUP_UNKNOWN, name.path()))?;
            if !has_room(group, settings) {
                return Err(catalogue::CLOUD_RING_ALL_FULL.into());
            }
            new.groups.insert(group.id, checks::DEFAULT_PRIORITY);
        }
    }
    match asked.http.store().create_staff(asked.app, new, None).await {
        Ok(_) => Ok(()),
        Err(StoreError::Exists { .. }) => Err(catalogue::CLOUD_ACCOUNT_EXISTS.into()),
        Err(other) => Err(other.into()),
    }
}

// ---- DescribeStaffInfoList

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StaffPage {
    total_count: usize,
    staff_list: Vec<StaffInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StaffInfo {
    name: String,
    mail: String,
    phone: String,
    nick: String,
    staff_number: String,
    /// Deprecated, still returned. `RoleIdList` is not: its type contradicts its example. (ref. 20.3)
    role_id: u64,
    role_list: Vec<u64>,
    skill_group_list: Vec<SkillGroupItem>,
    last_modify_timestamp: i64,
    extension_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarding_config: Option<ForwardingConfig>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SkillGroupItem {
    skill_group_id: u64,
    skill_group_name: String,
    priority: u8,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ForwardingConfig {
    enabled: bool,
    condition: u8,
    target: Target,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    r#type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skill_group_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<String>,
}

pub async fn describe(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&[
        "SdkAppId",
        "PageSize",
        "PageNumber",
        "StaffMail",
        "ModifiedTime",
        "SkillGroupId",
    ])?;
    let page = Page::read(&fields, MAX_PAGE)?;
    let mail = fields.optional("StaffMail").map(|field| field.text()).transpose()?.filter(|mail| !mail.is_empty());
    let since = fields.optional("ModifiedTime").map(|field| field.integer(0..=i64::MAX)).transpose()?;
    let group = fields.optional("SkillGroupId").map(|field| field.integer(0..=i64::MAX)).transpose()?;
    let group = group.map(|group| SkillGroupId(group.unsigned_abs()));
    let settings = asked.settings().await?;
    let wanted: Vec<&Staff> = settings
        .staff
        .values()
        .filter(|staff| mail.is_none_or(|mail| staff.user_id.eq_ignore_ascii_case(mail)))
        .filter(|staff| since.is_none_or(|since| staff.modified_at >= since))
        .filter(|staff| group.is_none_or(|group| staff.groups.contains_key(&group)))
        .collect();
    let staff_list = page.of(&wanted).iter().map(|staff| info(staff, &settings)).collect();
    answered(StaffPage { total_count: wanted.len(), staff_list })
}

fn info(staff: &Staff, settings: &Settings) -> StaffInfo {
    let item = |(group, priority): (&SkillGroupId, &u8)| {
        let group = settings.skill_groups.get(group)?;
        Some(SkillGroupItem {
            skill_group_id: group.id.0,
            skill_group_name: group.name.clone(),
            priority: *priority,
            r#type: super::skill_groups::old_type(group.kind),
        })
    };
    StaffInfo {
        name: staff.name.clone(),
        mail: staff.user_id.clone(),
        phone: staff.phone.expose().clone(),
        nick: staff.nick.clone(),
        staff_number: staff.staff_number.clone(),
        role_id: role_number(staff.role),
        role_list: vec![role_number(staff.role)],
        skill_group_list: staff.groups.iter().filter_map(item).collect(),
        last_modify_timestamp: staff.modified_at,
        extension_number: staff.extension.clone().unwrap_or_default(),
        forwarding_config: staff.forwarding.as_ref().map(forwarding_config),
    }
}

fn forwarding_config(forwarding: &Forwarding) -> ForwardingConfig {
    let none = Target { r#type: 0, staff_user_id: None, skill_group_id: None, extension: None };
    let target = match &forwarding.target {
        ForwardingTarget::Agent(account) => Target { r#type: 1, staff_user_id: Some(account.clone()), ..none },
        ForwardingTarget::SkillGroup(group) => Target { r#type: 2, skill_group_id: Some(group.0), ..none },
        ForwardingTarget::Extension(extension) => Target { r#type: 3, extension: Some(extension.clone()), ..none },
    };
    ForwardingConfig { enabled: forwarding.enabled, condition: forwarding.condition, target }
}

// ---- ModifyStaff

pub async fn modify(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&[
        "SdkAppId",
        "Email",
        "Name",
        "Phone",
        "Nick",
        "StaffNo",
        "SkillGroupIds",
        "UseMobileCallOut",
        "UseMobileAccept",
        "ExtensionNumber",
        "ForwardingConfig",
    ])?;
    let email = fields.required("Email")?;
    let settings = asked.settings().await?;
    let id = find(&settings, &email)?.id;
    match asked.http.store().change_staff(asked.app, id, |staff| change(staff, &fields, &settings)).await {
        Err(StoreError::Exists { .. }) => {
            return Err(CloudError::parameter(catalogue::CLOUD_INVALID_VALUE, "ExtensionNumber")
                .expected("belongs to someone else", "已被他人使用"));
        }
        other => other??,
    };
    asked.changed().await?;
    Ok(Answer::new())
}

/// Only what the request names.
fn change(staff: &mut Staff, fields: &Fields<'_>, settings: &Settings) -> Result<(), CloudError> {
    if let Some(name) = fields.optional("Name") {
        staff.name = name.name(checks::MAX_NAME_CHARS)?.to_owned();
    }
    if let Some(field) = fields.optional("Phone") {
        staff.phone = phone(&field)?;
    }
    if let Some(nick) = fields.optional("Nick") {
        staff.nick = optional_name(&nick)?;
    }
    if let Some(number) = fields.optional("StaffNo") {
        staff.staff_number = optional_name(&number)?;
    }
    if let Some(groups) = fields.optional("SkillGroupIds") {
        staff.groups = replaced_groups(&groups, (staff, settings))?;
    }
    if let Some(flag) = fields.optional("UseMobileCallOut") {
        staff.mobile_call_out = flag.flag()?;
    }
    if let Some(mode) = fields.optional("UseMobileAccept") {
        staff.mobile_accept = mode.integer(0..=2)? as u8;
    }
    if let Some(field) = fields.optional("ExtensionNumber") {
        staff.extension = extension(&field)?;
    }
    if let Some(config) = fields.optional("ForwardingConfig") {
        staff.forwarding = forwarding(&config, (staff, settings))?;
    }
    Ok(())
}

fn replaced_groups(
    ids: &Field<'_>,
    (staff, settings): (&Staff, &Settings),
) -> Result<BTreeMap<SkillGroupId, u8>, CloudError> {
    let mut groups = BTreeMap::new();
    for id in ids.list(checks::MAX_GROUPS_OF_STAFF)? {
        let group = super::skill_groups::known_group(&id, settings)?;
        super::skill_groups::room_for(group, (staff, settings))?;
        let priority = staff.groups.get(&group.id).copied().unwrap_or(checks::DEFAULT_PRIORITY);
        groups.insert(group.id, priority);
    }
    Ok(groups)
}

/// An absent target keeps the old one; switching it off needs none.
fn forwarding(config: &Field<'_>, (staff, settings): (&Staff, &Settings)) -> Result<Option<Forwarding>, CloudError> {
    let fields = config.object(&["Enabled", "Condition", "Target"])?;
    let old = staff.forwarding.clone();
    let enabled = fields.optional("Enabled").map(|field| field.flag()).transpose()?.unwrap_or(false);
    let condition = fields.optional("Condition").map(|field| field.integer(1..=2)).transpose()?;
    let condition = condition.map_or(old.as_ref().map_or(1, |old| old.condition), |condition| condition as u8);
    let target = match fields.optional("Target") {
        Some(target) => Some(forwarding_target(&target, settings)?),
        None => old.map(|old| old.target),
    };
    match target {
        Some(target) => Ok(Some(Forwarding { enabled, condition, target })),
        None if enabled => {
            fields.required("Target")?;
            Ok(None)
        }
        None => Ok(None),
    }
}

fn forwarding_target(field: &Field<'_>, settings: &Settings) -> Result<ForwardingTarget, CloudError> {
    let target = field.object(&["Type", "StaffUserId", "SkillGroupId", "Extension"])?;
    match target.required("Type")?.integer(1..=3)? {
        1 => Ok(ForwardingTarget::Agent(find(settings, &target.required("StaffUserId")?)?.user_id.clone())),
        2 => {
            let group = super::skill_groups::known_group(&target.required("SkillGroupId")?, settings)?;
            Ok(ForwardingTarget::SkillGroup(group.id))
        }
        _ => Ok(ForwardingTarget::Extension(target.required("Extension")?.name(128)?.to_owned())),
    }
}

// ---- DeleteStaff

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted {
    online_staff_list: Vec<String>,
    delete_status_info: &'static str,
}

pub async fn delete(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "StaffList"])?;
    let list = fields.required("StaffList")?.filled_list(MAX_DELETE)?;
    let settings = asked.settings().await?;
    // All are looked up first: a misspelt account deletes nobody.
    let wanted: Vec<&Staff> = list.iter().map(|field| find(&settings, field)).collect::<Result<_, _>>()?;
    let mut online_staff_list = Vec::new();
    for staff in &wanted {
        if crate::api::staff::is_online(asked.http, asked.app, staff.id).await {
            online_staff_list.push(staff.user_id.clone());
            continue;
        }
        match asked.http.store().delete_staff(asked.app, staff.id).await {
            // Named twice, or deleted meanwhile: gone is gone.
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(other) => return Err(other.into()),
        }
        asked.http.endings.tell(Ending::Account(asked.app, staff.id));
    }
    if online_staff_list.len() < wanted.len() {
        asked.changed().await?;
    }
    let delete_status_info = match (online_staff_list.is_empty(), asked.language) {
        (true, Language::English) => "All members have been deleted",
        (true, Language::Chinese) => "已全部删除",
        (false, Language::English) => "Members who are online were not deleted",
        (false, Language::Chinese) => "在线的座席未被删除",
    };
    answered(Deleted { online_staff_list, delete_status_info })
}

// ---- SetStaffStatus

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusesSet {
    staff_status_list: Vec<StatusSet>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct StatusSet {
    staff_user_id: String,
    error_code: &'static str,
    error_message: String,
    status: &'static str,
    reason: String,
    previous_status: &'static str,
    previous_reason: String,
}

pub async fn set_status(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "StaffStatusList"])?;
    let rows = fields.required("StaffStatusList")?.filled_list(MAX_STATUS)?;
    let rows: Vec<Fields<'_>> =
        rows.iter().map(|row| row.object(&["StaffUserId", "Status", "Reason"])).collect::<Result<_, _>>()?;
    for row in &rows {
        row.required("StaffUserId")?.text()?;
        row.required("Status")?.text()?;
    }
    let settings = asked.settings().await?;
    let mut staff_status_list = Vec::new();
    for row in &rows {
        staff_status_list.push(set_one(asked, row, &settings).await?);
    }
    answered(StatusesSet { staff_status_list })
}

async fn set_one(asked: &Asked<'_>, row: &Fields<'_>, settings: &Settings) -> Result<StatusSet, CloudError> {
    let account = row.required("StaffUserId")?;
    let mut answer = StatusSet { staff_user_id: account.text()?.to_owned(), ..StatusSet::default() };
    let refuse = |mut answer: StatusSet, error: CloudError| {
        answer.error_code = error.word();
        answer.error_message = error.message(asked.language);
        answer
    };
    let staff = match find(settings, &account) {
        Ok(staff) => staff,
        Err(error) => return Ok(refuse(answer, error)),
    };
    let before = asked.http.control().desk_state(asked.app, staff.id).await.map(|desk| desk.presence);
    (answer.previous_status, answer.previous_reason) = status_of(before.as_ref());
    (answer.status, answer.reason) = (answer.previous_status, answer.previous_reason.clone());
    let command = match command(row) {
        Ok(command) => command,
        Err(error) => return Ok(refuse(answer, error)),
    };
    if answer.previous_status == OFFLINE {
        return Ok(refuse(answer, catalogue::SIGNED_OUT.into()));
    }
    let done: Result<(), &'static Code> = asked.http.control().desk(asked.app, staff.id, command).await;
    if let Err(code) = done {
        return Ok(refuse(answer, code.into()));
    }
    let after = asked.http.control().desk_state(asked.app, staff.id).await.map(|desk| desk.presence);
    (answer.status, answer.reason) = status_of(after.as_ref());
    Ok(answer)
}

fn command(row: &Fields<'_>) -> Result<DeskCommand, CloudError> {
    let status = row.required("Status")?;
    let reason = row.optional("Reason").map(|field| field.text()).transpose()?.unwrap_or_default();
    if reason.len() > TEXT_BYTES {
        return Err(CloudError::parameter(catalogue::CLOUD_INVALID_VALUE, "Reason").expected("is too long", "过长"));
    }
    match status.text()? {
        "free" => Ok(DeskCommand::BeReady),
        "notReady" => Ok(DeskCommand::BeAway { rest: None }),
        "rest" => Ok(DeskCommand::BeAway { rest: Some(reason.to_owned()) }),
        _ => Err(status.wrong_value("must be free, notReady or rest", "应为 free、notReady 或 rest")),
    }
}

const OFFLINE: &str = "offline";

/// The API's word for what an agent is doing, and the reason of a rest. (ref. 3.1)
fn status_of(presence: Option<&DeskPresence>) -> (&'static str, String) {
    match presence {
        None | Some(DeskPresence::SignedOut) => (OFFLINE, String::new()),
        Some(DeskPresence::Ready { .. }) => ("free", String::new()),
        Some(DeskPresence::Offered { .. } | DeskPresence::Dialling { .. } | DeskPresence::Talking { .. }) => {
            ("busy", String::new())
        }
        Some(DeskPresence::WrapUp { .. }) => ("afterCallWork", String::new()),
        Some(DeskPresence::Away { reason, text, .. }) => match reason.as_str() {
            "not_ready" => ("notReady", String::new()),
            // An agent who missed an offer is taken for one on a break. (ref. 3.4)
            _ => ("rest", text.clone().unwrap_or_default()),
        },
    }
}

// ---- shared readers

/// An agent by account; accounts are the same in upper and lower case.
pub fn find<'a>(settings: &'a Settings, field: &Field<'_>) -> Result<&'a Staff, CloudError> {
    let account = field.text()?;
    settings
        .staff
        .values()
        .find(|staff| staff.user_id.eq_ignore_ascii_case(account))
        .ok_or_else(|| CloudError::parameter(catalogue::CLOUD_ACCOUNT_UNKNOWN, field.path()))
}

/// The API's number of a role. (ref. 1.3)
pub fn role_number(role: Role) -> u64 {
    match role {
        Role::Administrator | Role::Operator => 1,
        Role::Supervisor => 2,
        Role::Agent => 3,
    }
}

fn role(field: &Field<'_>) -> Result<Role, CloudError> {
    match field.integer(0..=i64::MAX)? {
        1 => Ok(Role::Administrator),
        2 => Ok(Role::Supervisor),
        3 => Ok(Role::Agent),
        _ => Err(field.wrong_value("there are the roles 1, 2 and 3", "角色应为 1、2 或 3")),
    }
}

fn account(field: &Field<'_>) -> Result<String, CloudError> {
    let text = field.text()?.trim();
    if checks::is_account(text) {
        Ok(text.to_owned())
    } else {
        Err(field.wrong_value("must look like an e-mail address", "应为邮箱格式"))
    }
}

fn optional_name(field: &Field<'_>) -> Result<String, CloudError> {
    let text = field.text()?;
    if checks::is_optional_name(text) {
        Ok(text.to_owned())
    } else {
        Err(field.wrong_value("at most 64 characters", "最多 64 个字符"))
    }
}

fn phone(field: &Field<'_>) -> Result<Pii<String>, CloudError> {
    let text = field.text()?;
    if checks::is_staff_phone(text) {
        Ok(Pii::new(text.to_owned()))
    } else {
        Err(field.wrong_value("must have the 0086 prefix", "须带 0086 前缀"))
    }
}

fn extension(field: &Field<'_>) -> Result<Option<String>, CloudError> {
    let text = field.text()?;
    if text.is_empty() {
        Ok(None)
    } else if checks::is_extension(text) {
        Ok(Some(text.to_owned()))
    } else {
        Err(field.wrong_value("must be 4 to 6 digits, the first 1 to 8", "应为 4 到 6 位数字，且以 1 到 8 开头"))
    }
}

/// A page counted from 0.
pub struct Page {
    /// Elements before it.
    pub offset: u64,
    /// Elements in it.
    pub size: u32,
}

impl Page {
    /// Both parameters are required.
    pub fn read(fields: &Fields<'_>, most: i64) -> Result<Page, CloudError> {
        let size = fields.required("PageSize")?.integer(1..=most)?;
        let number = fields.required("PageNumber")?.integer(0..=1_000_000)?;
        Ok(Page { offset: number.unsigned_abs() * size.unsigned_abs(), size: size as u32 })
    }

    /// The elements of it.
    pub fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let from = usize::try_from(self.offset).unwrap_or(usize::MAX).min(all.len());
        let to = from.saturating_add(self.size as usize).min(all.len());
        all.get(from..to).unwrap_or_default()
    }
}
