//! Skill groups.

use super::checks;
use super::views::{Created, Items, SkillGroupInput, SkillGroupView};
use super::wishes::{self, Wish};
use crate::auth::{AdministratorUp, AgentUp, InApp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::settings::{Settings, SkillGroup};
use centre::{SkillGroupId, catalogue};
use store::NewSkillGroup;

/// Members of a group in which all ring at once. (ref. 1.4)
pub const MAX_RING_ALL: usize = 2;

/// All skill groups. Every role may see their names.
#[utoipa::path(get, operation_id = "skill_groups_list", path = "/skill-groups", tag = "settings",
    responses((status = 200, body = Items<SkillGroupView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<AgentUp>) -> Result<Json<Items<SkillGroupView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let view = |group: &SkillGroup| SkillGroupView::of(group, members(&settings, group.id));
    Ok(Json(settings.skill_groups.values().map(view).collect()))
}

/// Creates a skill group.
#[utoipa::path(post, operation_id = "skill_groups_create", path = "/skill-groups", tag = "settings", request_body = SkillGroupInput,
    responses((status = 201, body = Created), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<SkillGroupInput>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    check(&input, (None, 0))?;
    let name = input.name.trim().to_owned();
    let new = NewSkillGroup {
        name: name.clone(),
        kind: input.kind,
        max_concurrency: input.max_concurrency,
        alias: input.alias,
        last_agent_first: input.last_agent_first,
        ring_all: input.ring_all,
    };
    let id = http.store().create_skill_group(who.app, new).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("skill_group.created", name)).await;
    Ok((StatusCode::CREATED, Json(Created { id: id.0 })))
}

/// Replaces a skill group's properties.
#[utoipa::path(put, operation_id = "skill_groups_replace", path = "/skill-groups/{id}", tag = "settings", params(("id" = u64, Path)),
    request_body = SkillGroupInput, responses((status = 200, body = SkillGroupView), Refusals))]
pub async fn replace(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<SkillGroupInput>,
) -> Result<Json<SkillGroupView>, ApiError> {
    let id = SkillGroupId(id);
    let settings = http.store().settings(who.app).await?;
    let old = settings.skill_groups.get(&id).ok_or(catalogue::NOT_FOUND)?;
    check(&input, (Some(old), members(&settings, id)))?;
    let group = SkillGroup {
        id,
        name: input.name.trim().to_owned(),
        kind: input.kind,
        max_concurrency: input.max_concurrency,
        alias: input.alias,
        last_agent_first: input.last_agent_first,
        ring_all: input.ring_all,
        modified_at: old.modified_at,
    };
    http.store().update_skill_group(who.app, &group).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("skill_group.changed", &group.name)).await;
    Ok(Json(SkillGroupView::of(&group, members(&settings, id))))
}

/// Deletes a skill group; its members stay.
#[utoipa::path(delete, operation_id = "skill_groups_delete", path = "/skill-groups/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<StatusCode, ApiError> {
    http.store().delete_skill_group(who.app, SkillGroupId(id)).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("skill_group.deleted", id.to_string())).await;
    Ok(StatusCode::NO_CONTENT)
}

/// How many people are in a group.
pub fn members(settings: &Settings, group: SkillGroupId) -> usize {
    settings.staff.values().filter(|staff| staff.groups.contains_key(&group)).count()
}

/// Whether someone new may join: a group in which all ring holds two. (ref. 1.4)
pub fn has_room(group: &SkillGroup, settings: &Settings) -> bool {
    !group.ring_all || members(settings, group.id) < MAX_RING_ALL
}

/// What routing does not do yet cannot be switched on; a group that has it may be sent back as it is.
fn check(input: &SkillGroupInput, (old, members): (Option<&SkillGroup>, usize)) -> Result<(), ApiError> {
    let fail = |field: &str, wish: &Wish| Err(ApiError::field(field, wish));
    if !checks::is_name(&input.name) {
        return fail("name", &wishes::NAME);
    }
    if !checks::is_group_kind(input.kind) {
        return fail("kind", &wishes::GROUP_KIND);
    }
    if !checks::is_concurrency(input.kind, input.max_concurrency) {
        return fail("max_concurrency", &wishes::CONCURRENCY);
    }
    if !checks::is_alias(&input.alias) {
        return fail("alias", &wishes::ALIAS);
    }
    if input.ring_all && !old.is_some_and(|old| old.ring_all) {
        return Err(ApiError::not_yet("ring_all", &wishes::NO_RING_ALL));
    }
    if input.last_agent_first && !old.is_some_and(|old| old.last_agent_first) {
        return Err(ApiError::not_yet("last_agent_first", &wishes::NO_LAST_AGENT));
    }
    if input.ring_all && members > MAX_RING_ALL {
        return Err(catalogue::CLOUD_RING_ALL_FULL.into());
    }
    Ok(())
}
