//! Applications: operators make them, administrators set their desk rules.

use super::checks;
use super::views::{ApplicationInput, ApplicationView, Items, LicencesInput, NewApplicationInput};
use super::wishes;
use crate::auth::{AdministratorUp, AgentUp, InApp, OnPlatform};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::limits::OUTSIDE_BEGINNINGS;
use centre::settings::{Application, DeskRules, OutsideCalls, Role, canonical_number};
use centre::{SdkAppId, catalogue};
use store::{NewAudit, NewStaff};

/// All applications of the platform.
#[utoipa::path(get, operation_id = "applications_list", path = "/applications", tag = "platform",
    responses((status = 200, body = Items<ApplicationView>), Refusals))]
pub async fn list(State(http): State<Http>, _who: OnPlatform) -> Result<Json<Items<ApplicationView>>, ApiError> {
    let applications = http.store().applications().await?;
    Ok(Json(applications.iter().map(ApplicationView::from).collect()))
}

/// Creates an application, with its first administrator if one is given.
#[utoipa::path(post, operation_id = "applications_create", path = "/applications", tag = "platform", request_body = NewApplicationInput,
    responses((status = 201, body = ApplicationView), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: OnPlatform,
    JsonBody(input): JsonBody<NewApplicationInput>,
) -> Result<(StatusCode, Json<ApplicationView>), ApiError> {
    if !checks::is_application_name(&input.name) {
        return Err(ApiError::field("name", &wishes::APPLICATION_NAME));
    }
    // Everything is checked first: an application without its administrator helps nobody.
    if let Some(first) = &input.administrator {
        if !checks::is_account(&first.user_id) || !checks::is_name(&first.name) {
            return Err(ApiError::field("administrator", &wishes::ADMINISTRATOR));
        }
        if !checks::is_password(&first.password, &first.user_id) {
            return Err(catalogue::WEAK_PASSWORD.into());
        }
    }
    let application = http.store().create_application(input.name.trim()).await?;
    if let Some(first) = &input.administrator {
        let new = NewStaff { role: Role::Administrator, ..NewStaff::agent(&first.user_id, &first.name) };
        http.store().create_staff(application.id, new, Some(&first.password)).await?;
    }
    http.changed(application.id).await?;
    http.audit(NewAudit {
        app: None,
        who: who.operator.user_id,
        what: "application.created".to_owned(),
        detail: format!("{} {}", application.id, application.name),
    })
    .await;
    Ok((StatusCode::CREATED, Json(ApplicationView::from(&application))))
}

/// Sets how many telephones of an application may be registered at once. Whoever is
/// registered when there are fewer of them is refused with 402 when it comes back.
#[utoipa::path(put, operation_id = "applications_license", path = "/applications/{id}/licences", tag = "platform", params(("id" = u64, Path)),
    request_body = LicencesInput, responses((status = 200, body = ApplicationView), Refusals))]
pub async fn license(
    State(http): State<Http>,
    who: OnPlatform,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<LicencesInput>,
) -> Result<Json<ApplicationView>, ApiError> {
    if input.phones.is_some_and(|phones| phones > 100_000) {
        return Err(ApiError::field("phones", &wishes::LICENCES));
    }
    let app = SdkAppId(id);
    http.store().set_phone_licences(app, input.phones).await?;
    http.changed(app).await?;
    let granted = input.phones.map_or("any number".to_owned(), |phones| phones.to_string());
    http.audit(NewAudit {
        app: None,
        who: who.operator.user_id,
        what: "application.licensed".to_owned(),
        detail: format!("{app} phones: {granted}"),
    })
    .await;
    Ok(Json(ApplicationView::from(&http.store().application(app).await?)))
}

/// The application one is signed in to.
#[utoipa::path(get, operation_id = "application", path = "/application", tag = "settings",
    responses((status = 200, body = ApplicationView), Refusals))]
pub async fn own(State(http): State<Http>, who: InApp<AgentUp>) -> Result<Json<ApplicationView>, ApiError> {
    Ok(Json(ApplicationView::from(&http.store().application(who.app).await?)))
}

/// Sets the application's name and desk rules.
#[utoipa::path(put, operation_id = "application_replace", path = "/application", tag = "settings", request_body = ApplicationInput,
    responses((status = 200, body = ApplicationView), Refusals))]
pub async fn replace(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<ApplicationInput>,
) -> Result<Json<ApplicationView>, ApiError> {
    if !checks::is_application_name(&input.name) {
        return Err(ApiError::field("name", &wishes::APPLICATION_NAME));
    }
    let rules = &input.desk_rules;
    if !(5..=120).contains(&rules.ring_timeout_s) {
        return Err(ApiError::field("desk_rules.ring_timeout_s", &wishes::RING_TIMEOUT));
    }
    if rules.wrap_up_s > 3_600 {
        return Err(ApiError::field("desk_rules.wrap_up_s", &wishes::WRAP_UP));
    }
    if rules.rest_reasons.len() > 50 || !rules.rest_reasons.iter().all(|reason| checks::is_name(reason)) {
        return Err(ApiError::field("desk_rules.rest_reasons", &wishes::REST_REASONS));
    }
    let old = http.store().application(who.app).await?;
    let outside_calls = match input.outside_calls {
        Some(rules) => OutsideCalls {
            allowed: beginnings(&rules.allowed, "outside_calls.allowed")?,
            refused: beginnings(&rules.refused, "outside_calls.refused")?,
        },
        None => old.outside_calls,
    };
    let (name, desk_rules) = (input.name.trim().to_owned(), DeskRules::from(input.desk_rules));
    let application = Application { name, desk_rules, outside_calls, ..old };
    http.store().update_application(&application).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("application.changed", &application.name)).await;
    Ok(Json(ApplicationView::from(&application)))
}

/// Beginnings of numbers, each with its country code: `0086`, `+44` is taken, too.
fn beginnings(texts: &[String], field: &str) -> Result<Vec<String>, ApiError> {
    if texts.len() > OUTSIDE_BEGINNINGS {
        return Err(ApiError::field(field, &wishes::TOO_MANY_BEGINNINGS));
    }
    let mut kept: Vec<String> = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let beginning = if text.trim() == "+" { "00".to_owned() } else { canonical_number(text) };
        if !checks::is_beginning(&beginning) {
            return Err(ApiError::field(&format!("{field}[{at}]"), &wishes::BEGINNING));
        }
        if !kept.contains(&beginning) {
            kept.push(beginning);
        }
    }
    Ok(kept)
}
