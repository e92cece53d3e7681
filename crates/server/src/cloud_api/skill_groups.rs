//! Skill groups: CreateCCCSkillGroup, DescribeSkillGroupInfoList,
//! BindStaffSkillGroupList, UnbindStaffSkillGroupList.

use super::error::CloudError;
use super::request::{Field, Fields};
use super::staff::{Page, find};
use super::{Answer, Asked, answered};
use crate::api::skill_groups::has_room;
use crate::api::{checks, wishes};
use centre::settings::{Settings, SkillGroup, Staff};
use centre::{SkillGroupId, catalogue};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{NewSkillGroup, StoreError};

const MAX_PAGE: i64 = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    skill_group_id: u64,
}

pub async fn create(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&[
        "SdkAppId",
        "SkillGroupName",
        "SkillGroupType",
        "MaxConcurrency",
        "RingAll",
        "UsingLastSeat",
    ])?;
    refuse_what_routing_lacks(&fields)?;
    let name = fields.required("SkillGroupName")?.name(checks::MAX_NAME_CHARS)?;
    let kind_field = fields.required("SkillGroupType")?;
    let kind = kind_field.integer(0..=4)? as u8;
    if !checks::is_group_kind(kind) {
        return Err(kind_field.wrong_value("must be 0, 1, 3 or 4", "应为 0、1、3 或 4"));
    }
    let mut group = NewSkillGroup { kind, ..NewSkillGroup::phone(name) };
    if let Some(field) = fields.optional("MaxConcurrency") {
        group.max_concurrency = field.integer(1..=100)? as u32;
        if !checks::is_concurrency(kind, group.max_concurrency) {
            return Err(field.wrong_value("must be 1 except for online groups", "仅在线技能组可大于 1"));
        }
    }
    let id = match asked.http.store().create_skill_group(asked.app, group).await {
        Err(StoreError::Exists { .. }) => return Err(catalogue::CLOUD_GROUP_EXISTS.into()),
        other => other?,
    };
    asked.changed().await?;
    answered(Created { skill_group_id: id.0 })
}

/// The two can be read of a group, and are set elsewhere with the vendor. Their
/// defaults may be named; what would have no effect is not taken.
fn refuse_what_routing_lacks(fields: &Fields<'_>) -> Result<(), CloudError> {
    if let Some(field) = fields.optional("RingAll")
        && field.flag()?
    {
        return Err(CloudError::parameter(catalogue::NOT_YET, field.path())
            .expected(wishes::NO_RING_ALL.en, wishes::NO_RING_ALL.zh));
    }
    if let Some(field) = fields.optional("UsingLastSeat")
        && field.integer(0..=1)? == 1
    {
        return Err(CloudError::parameter(catalogue::NOT_YET, field.path())
            .expected(wishes::NO_LAST_AGENT.en, wishes::NO_LAST_AGENT.zh));
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupPage {
    total_count: usize,
    skill_group_list: Vec<SkillGroupInfoItem>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SkillGroupInfoItem {
    skill_group_id: u64,
    skill_group_name: String,
    r#type: &'static str,
    route_policy: &'static str,
    using_last_seat: u8,
    max_concurrency: u32,
    last_modify_timestamp: i64,
    skill_group_type: u8,
    alias: String,
    ring_all: bool,
}

pub async fn describe(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&[
        "SdkAppId",
        "PageSize",
        "PageNumber",
        "SkillGroupId",
        "ModifiedTime",
        "SkillGroupName",
    ])?;
    let page = Page::read(&fields, MAX_PAGE)?;
    let id = fields.optional("SkillGroupId").map(|field| field.integer(0..=i64::MAX)).transpose()?;
    let since = fields.optional("ModifiedTime").map(|field| field.integer(0..=i64::MAX)).transpose()?;
    let name = fields.optional("SkillGroupName").map(|field| field.text()).transpose()?.filter(|name| !name.is_empty());
    let settings = asked.settings().await?;
    let wanted: Vec<&SkillGroup> = settings
        .skill_groups
        .values()
        .filter(|group| id.is_none_or(|id| group.id.0 == id.unsigned_abs()))
        .filter(|group| since.is_none_or(|since| group.modified_at >= since))
        .filter(|group| name.is_none_or(|name| group.name == name))
        .collect();
    let skill_group_list = page.of(&wanted).iter().map(|group| item(group)).collect();
    answered(GroupPage { total_count: wanted.len(), skill_group_list })
}

fn item(group: &SkillGroup) -> SkillGroupInfoItem {
    SkillGroupInfoItem {
        skill_group_id: group.id.0,
        skill_group_name: group.name.clone(),
        r#type: old_type(group.kind),
        route_policy: "fifo",
        using_last_seat: u8::from(group.last_agent_first),
        max_concurrency: group.max_concurrency,
        last_modify_timestamp: group.modified_at,
        skill_group_type: group.kind,
        alias: group.alias.clone(),
        ring_all: group.ring_all,
    }
}

/// The deprecated text of a group's type, still returned. (ref. 1.4)
pub fn old_type(kind: u8) -> &'static str {
    match kind {
        0 => "TEL",
        1 => "IM",
        _ => "ALL",
    }
}

pub async fn bind(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "StaffEmail", "StaffSkillGroupList", "SkillGroupList"])?;
    let email = fields.required("StaffEmail")?;
    let settings = asked.settings().await?;
    let staff = find(&settings, &email)?;
    let groups = bindings(&fields, &settings)?;
    for group in groups.keys().filter_map(|id| settings.skill_groups.get(id)) {
        room_for(group, (staff, &settings))?;
    }
    asked.http.store().bind_groups(asked.app, staff.id, &groups).await?;
    asked.changed().await?;
    Ok(Answer::new())
}

/// From the list with priorities; from the deprecated one only if that is left out. (ref. 20.5)
fn bindings(fields: &Fields<'_>, settings: &Settings) -> Result<BTreeMap<SkillGroupId, u8>, CloudError> {
    let mut groups = BTreeMap::new();
    if let (None, Some(old)) = (fields.optional("StaffSkillGroupList"), fields.optional("SkillGroupList")) {
        for id in old.filled_list(checks::MAX_GROUPS_OF_STAFF)? {
            groups.insert(known_group(&id, settings)?.id, checks::DEFAULT_PRIORITY);
        }
        return Ok(groups);
    }
    for row in fields.required("StaffSkillGroupList")?.filled_list(checks::MAX_GROUPS_OF_STAFF)? {
        let row = row.object(&["SkillGroupId", "Priority"])?;
        let group = known_group(&row.required("SkillGroupId")?, settings)?;
        let priority = row.optional("Priority").map(|field| field.integer(1..=5)).transpose()?;
        groups.insert(group.id, priority.map_or(checks::DEFAULT_PRIORITY, |priority| priority as u8));
    }
    Ok(groups)
}

pub async fn unbind(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "StaffEmail", "SkillGroupList"])?;
    let email = fields.required("StaffEmail")?;
    let list = fields.required("SkillGroupList")?.filled_list(checks::MAX_GROUPS_OF_STAFF)?;
    let settings = asked.settings().await?;
    let staff = find(&settings, &email)?;
    let groups: Vec<SkillGroupId> =
        list.iter().map(|id| known_group(id, &settings).map(|group| group.id)).collect::<Result<_, _>>()?;
    asked.http.store().unbind_groups(asked.app, staff.id, &groups).await?;
    asked.changed().await?;
    Ok(Answer::new())
}

/// A group by the id in a parameter.
pub fn known_group<'a>(field: &Field<'_>, settings: &'a Settings) -> Result<&'a SkillGroup, CloudError> {
    let id = SkillGroupId(field.integer(0..=i64::MAX)?.unsigned_abs());
    settings.skill_groups.get(&id).ok_or_else(|| CloudError::parameter(catalogue::CLOUD_GROUP_UNKNOWN, field.path()))
}

/// A group in which all ring holds two members at most. (ref. 1.4)
pub fn room_for(group: &SkillGroup, (staff, settings): (&Staff, &Settings)) -> Result<(), CloudError> {
    if staff.groups.contains_key(&group.id) || has_room(group, settings) {
        Ok(())
    } else {
        Err(catalogue::CLOUD_RING_ALL_FULL.into())
    }
}
