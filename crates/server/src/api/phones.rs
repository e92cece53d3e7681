//! Telephones.

use super::checks;
use super::views::{Items, PhoneAccountView, PhoneInput, PhoneView};
use super::wishes;
use crate::auth::{AdministratorUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::settings::{Phone, Settings};
use centre::{PhoneId, StaffId, catalogue};
use store::NewPhone;

/// All telephones, without their passwords.
#[utoipa::path(get, operation_id = "phones_list", path = "/phones", tag = "settings",
    responses((status = 200, body = Items<PhoneView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<SupervisorUp>) -> Result<Json<Items<PhoneView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.phones.values().map(PhoneView::from).collect()))
}

/// Creates a telephone, with a password of its own.
#[utoipa::path(post, operation_id = "phones_create", path = "/phones", tag = "settings", request_body = PhoneInput,
    responses((status = 201, body = PhoneAccountView), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<PhoneInput>,
) -> Result<(StatusCode, Json<PhoneAccountView>), ApiError> {
    let settings = http.store().settings(who.app).await?;
    let new = checked(input, &settings)?;
    let licences = settings.application.phone_licences;
    if licences.is_some_and(|licences| settings.phones.len() >= usize::try_from(licences).unwrap_or(usize::MAX)) {
        return Err(catalogue::NO_PHONE_LICENCE.into());
    }
    let phone = http.store().create_phone(who.app, new).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("phone.created", &phone.extension)).await;
    let account = PhoneAccountView::of(&phone, who.app, &http.state.settings.sip_address);
    Ok((StatusCode::CREATED, Json(account)))
}

/// Replaces a telephone's properties, except the password.
#[utoipa::path(put, operation_id = "phones_replace", path = "/phones/{id}", tag = "settings", params(("id" = u64, Path)), request_body = PhoneInput,
    responses((status = 200, body = PhoneView), Refusals))]
pub async fn replace(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<PhoneInput>,
) -> Result<Json<PhoneView>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let old = settings.phones.get(&PhoneId(id)).ok_or(catalogue::NOT_FOUND)?;
    let new = checked(input, &settings)?;
    http.store().update_phone(who.app, old.id, &new).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("phone.changed", &new.extension)).await;
    Ok(Json(PhoneView::from(&phone(&http, &who, id).await?)))
}

/// Deletes a telephone. It cannot register any more.
#[utoipa::path(delete, operation_id = "phones_delete", path = "/phones/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<StatusCode, ApiError> {
    let gone = phone(&http, &who, id).await?;
    http.store().delete_phone(who.app, gone.id).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("phone.deleted", gone.extension)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows what is typed into a telephone, password included. The audit says who looked.
#[utoipa::path(get, operation_id = "phones_show_password", path = "/phones/{id}/password", tag = "settings", params(("id" = u64, Path)),
    responses((status = 200, body = PhoneAccountView), Refusals))]
pub async fn show_password(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<Json<PhoneAccountView>, ApiError> {
    let phone = phone(&http, &who, id).await?;
    http.audit(who.audit("phone.password_shown", &phone.extension)).await;
    Ok(Json(PhoneAccountView::of(&phone, who.app, &http.state.settings.sip_address)))
}

/// Gives a telephone a new password. The old one is over.
#[utoipa::path(post, operation_id = "phones_renew_password", path = "/phones/{id}/password", tag = "settings", params(("id" = u64, Path)),
    responses((status = 200, body = PhoneAccountView), Refusals))]
pub async fn renew_password(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<Json<PhoneAccountView>, ApiError> {
    http.store().renew_phone_password(who.app, PhoneId(id)).await?;
    http.changed(who.app).await?;
    let phone = phone(&http, &who, id).await?;
    http.audit(who.audit("phone.password_renewed", &phone.extension)).await;
    Ok(Json(PhoneAccountView::of(&phone, who.app, &http.state.settings.sip_address)))
}

async fn phone(http: &Http, who: &InApp<AdministratorUp>, id: u64) -> Result<Phone, ApiError> {
    let mut settings = http.store().settings(who.app).await?;
    settings.phones.remove(&PhoneId(id)).ok_or(catalogue::NOT_FOUND.into())
}

fn checked(input: PhoneInput, settings: &Settings) -> Result<NewPhone, ApiError> {
    if !checks::is_extension(&input.extension) {
        return Err(ApiError::field("extension", &wishes::EXTENSION));
    }
    if !checks::is_name(&input.name) {
        return Err(ApiError::field("name", &wishes::NAME));
    }
    let agent = input.agent.map(StaffId);
    if agent.is_some_and(|agent| !settings.staff.contains_key(&agent)) {
        return Err(ApiError::field("agent", &wishes::UNKNOWN));
    }
    let PhoneInput { extension, name, enabled, .. } = input;
    Ok(NewPhone { extension, name: name.trim().to_owned(), agent, enabled })
}
