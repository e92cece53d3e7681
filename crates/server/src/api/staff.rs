//! Staff.

use super::checks;
use super::skill_groups::has_room;
use super::views::{Created, Items, PasswordInput, RoleView, StaffInput, StaffView};
use super::wishes::{self, Wish};
use crate::auth::endings::Ending;
use crate::auth::{AdministratorUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::desk::DeskPresence;
use centre::settings::{ForwardingTarget, Role, Settings, Staff};
use centre::{SdkAppId, StaffId, catalogue};
use store::NewStaff;

/// All people of the application.
#[utoipa::path(get, operation_id = "staff_list", path = "/staff", tag = "settings",
    responses((status = 200, body = Items<StaffView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<SupervisorUp>) -> Result<Json<Items<StaffView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.staff.values().map(StaffView::from).collect()))
}

/// Creates a person.
#[utoipa::path(post, operation_id = "staff_create", path = "/staff", tag = "settings", request_body = StaffInput,
    responses((status = 201, body = Created), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(mut input): JsonBody<StaffInput>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let password = input.password.take();
    let new = input.into_new();
    check(&new, &http.store().settings(who.app).await?)?;
    if let Some(password) = &password
        && !checks::is_password(password, &new.user_id)
    {
        return Err(catalogue::WEAK_PASSWORD.into());
    }
    let account = new.user_id.clone();
    let id = http.store().create_staff(who.app, new, password.as_deref()).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("staff.created", account)).await;
    Ok((StatusCode::CREATED, Json(Created { id: id.0 })))
}

/// Replaces all that can be changed of a person, except the password; groups only if they are given.
#[utoipa::path(put, operation_id = "staff_replace", path = "/staff/{id}", tag = "settings", params(("id" = u64, Path)), request_body = StaffInput,
    responses((status = 200, body = StaffView), Refusals))]
pub async fn replace(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<StaffInput>,
) -> Result<Json<StaffView>, ApiError> {
    if input.password.is_some() {
        return Err(ApiError::field("password", &wishes::PASSWORD_ELSEWHERE));
    }
    let settings = http.store().settings(who.app).await?;
    let own = who.person.staff() == Some(StaffId(id));
    let mut account = String::new();
    let changed = http.store().change_staff(who.app, StaffId(id), |old| {
        account.clone_from(&old.user_id);
        let role = input.role.unwrap_or(RoleView::from(old.role));
        if own && Role::from(role) != old.role {
            return Err(ApiError::from(catalogue::OWN_ACCOUNT));
        }
        let keeps_groups = input.groups.is_none();
        let mut new = StaffInput { role: Some(role), ..input }.into_new();
        if keeps_groups {
            new.groups.clone_from(&old.groups);
        }
        check(&new, &settings)?;
        *old = replaced(old, new);
        Ok(())
    });
    let now = changed.await??;
    http.changed(who.app).await?;
    http.audit(who.audit("staff.changed", &account)).await;
    Ok(Json(StaffView::from(&now)))
}

/// Deletes a person who is signed out.
#[utoipa::path(delete, operation_id = "staff_delete", path = "/staff/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<StatusCode, ApiError> {
    let staff = http.store().staff(who.app, StaffId(id)).await?;
    if who.person.staff() == Some(staff.id) {
        return Err(catalogue::OWN_ACCOUNT.into());
    }
    if is_online(&http, who.app, staff.id).await {
        return Err(catalogue::AGENT_ONLINE.into());
    }
    http.store().delete_staff(who.app, staff.id).await?;
    http.endings.tell(Ending::Account(who.app, staff.id));
    http.changed(who.app).await?;
    http.audit(who.audit("staff.deleted", staff.user_id)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets a person's password. Ends the person's sessions.
#[utoipa::path(post, operation_id = "staff_set_password", path = "/staff/{id}/password", tag = "settings", params(("id" = u64, Path)),
    request_body = PasswordInput, responses((status = 204), Refusals))]
pub async fn set_password(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<PasswordInput>,
) -> Result<StatusCode, ApiError> {
    let staff = http.store().staff(who.app, StaffId(id)).await?;
    if !checks::is_password(&input.password, &staff.user_id) {
        return Err(catalogue::WEAK_PASSWORD.into());
    }
    http.store().set_password(who.app, staff.id, &input.password).await?;
    http.endings.tell(Ending::Account(who.app, staff.id));
    http.audit(who.audit("staff.password_set", staff.user_id)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether an agent is signed in at the desk.
pub async fn is_online(http: &Http, app: SdkAppId, agent: StaffId) -> bool {
    match http.control().desk_state(app, agent).await.map(|desk| desk.presence) {
        None | Some(DeskPresence::SignedOut) => false,
        Some(
            DeskPresence::Ready { .. }
            | DeskPresence::Offered { .. }
            | DeskPresence::Dialling { .. }
            | DeskPresence::Talking { .. }
            | DeskPresence::WrapUp { .. }
            | DeskPresence::Away { .. },
        ) => true,
    }
}

fn replaced(old: &Staff, new: NewStaff) -> Staff {
    Staff {
        id: old.id,
        user_id: new.user_id,
        name: new.name,
        nick: new.nick,
        staff_number: new.staff_number,
        phone: new.phone,
        role: new.role,
        extension: new.extension,
        mobile_call_out: new.mobile_call_out,
        mobile_accept: new.mobile_accept,
        forwarding: new.forwarding,
        groups: new.groups,
        modified_at: old.modified_at,
    }
}

fn check(new: &NewStaff, settings: &Settings) -> Result<(), ApiError> {
    let fail = |field: &str, wish: &Wish| Err(ApiError::field(field, wish));
    if !checks::is_account(&new.user_id) {
        return fail("user_id", &wishes::ACCOUNT);
    }
    if !checks::is_name(&new.name) {
        return fail("name", &wishes::NAME);
    }
    if !checks::is_optional_name(&new.nick) {
        return fail("nick", &wishes::OPTIONAL_NAME);
    }
    if !checks::is_optional_name(&new.staff_number) {
        return fail("staff_number", &wishes::OPTIONAL_NAME);
    }
    if !checks::is_staff_phone(new.phone.expose()) {
        return fail("phone", &wishes::STAFF_PHONE);
    }
    if new.role == Role::Operator {
        return fail("role", &wishes::NO_OPERATOR);
    }
    if new.extension.as_deref().is_some_and(|extension| !checks::is_extension(extension)) {
        return fail("extension", &wishes::EXTENSION);
    }
    if new.mobile_accept > 2 {
        return fail("mobile_accept", &wishes::MOBILE_ACCEPT);
    }
    if new.groups.len() > checks::MAX_GROUPS_OF_STAFF {
        return fail("groups", &wishes::TOO_MANY_GROUPS);
    }
    let before = settings.staff.values().find(|staff| staff.user_id.eq_ignore_ascii_case(&new.user_id));
    for (id, priority) in &new.groups {
        let Some(group) = settings.skill_groups.get(id) else {
            return fail(&format!("groups.{id}"), &wishes::UNKNOWN_GROUP);
        };
        let already = before.is_some_and(|staff| staff.groups.contains_key(id));
        if !already && !has_room(group, settings) {
            return fail(&format!("groups.{id}"), &wishes::RING_ALL_FULL);
        }
        if !checks::is_priority(*priority) {
            return fail("groups", &wishes::PRIORITY);
        }
    }
    check_forwarding(new, settings)
}

fn check_forwarding(new: &NewStaff, settings: &Settings) -> Result<(), ApiError> {
    let Some(forwarding) = &new.forwarding else { return Ok(()) };
    if !matches!(forwarding.condition, 1 | 2) {
        return Err(ApiError::field("forwarding.condition", &wishes::ONE_OR_TWO));
    }
    let known = match &forwarding.target {
        ForwardingTarget::Agent(account) => settings.staff.values().any(|staff| staff.user_id == *account),
        ForwardingTarget::SkillGroup(group) => settings.skill_groups.contains_key(group),
        ForwardingTarget::Extension(extension) => !extension.is_empty() && extension.len() <= 128,
    };
    if known { Ok(()) } else { Err(ApiError::field("forwarding.target", &wishes::UNKNOWN)) }
}
