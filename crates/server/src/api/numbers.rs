//! Phone numbers.

use super::checks;
use super::views::{CreatedNumber, Items, NumberInput, NumberView, OwnNumberView};
use super::wishes::{self, Wish};
use crate::auth::{AdministratorUp, AgentUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::outward::numbers_to_show;
use centre::settings::{Number, Settings, canonical_number};
use centre::{FlowId, SkillGroupId, TrunkId, catalogue};

/// All numbers.
#[utoipa::path(get, operation_id = "numbers_list", path = "/numbers", tag = "settings",
    responses((status = 200, body = Items<NumberView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<SupervisorUp>) -> Result<Json<Items<NumberView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.numbers.values().map(NumberView::from).collect()))
}

/// The numbers that the person who asks may show in calls out: in order, usable now.
#[utoipa::path(get, operation_id = "own_numbers_list", path = "/me/numbers", tag = "desk",
    responses((status = 200, body = Items<OwnNumberView>), Refusals))]
pub async fn own(State(http): State<Http>, who: InApp<AgentUp>) -> Result<Json<Items<OwnNumberView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let person = who.person.staff().and_then(|id| settings.staff.get(&id));
    let shown = person.into_iter().flat_map(|person| numbers_to_show(&settings, person));
    Ok(Json(shown.map(|number| OwnNumberView { number: number.number.clone() }).collect()))
}

/// Adds a number.
#[utoipa::path(post, operation_id = "numbers_create", path = "/numbers", tag = "settings", request_body = NumberInput,
    responses((status = 201, body = CreatedNumber), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<NumberInput>,
) -> Result<(StatusCode, Json<CreatedNumber>), ApiError> {
    let number = checked(input, &http.store().settings(who.app).await?)?;
    let number = http.store().create_number(who.app, &number).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("number.created", &number)).await;
    Ok((StatusCode::CREATED, Json(CreatedNumber { number })))
}

/// Replaces a number's properties.
#[utoipa::path(put, operation_id = "numbers_replace", path = "/numbers/{number}", tag = "settings", params(("number" = String, Path)),
    request_body = NumberInput, responses((status = 200, body = NumberView), Refusals))]
pub async fn replace(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(number): PathOf<String>,
    JsonBody(input): JsonBody<NumberInput>,
) -> Result<Json<NumberView>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let key = canonical_number(&number);
    if !settings.numbers.contains_key(&key) {
        return Err(catalogue::NOT_FOUND.into());
    }
    if !input.number.is_empty() && canonical_number(&input.number) != key {
        return Err(ApiError::field("number", &wishes::SAME_NUMBER));
    }
    let number = checked(NumberInput { number: key, ..input }, &settings)?;
    http.store().update_number(who.app, &number).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("number.changed", &number.number)).await;
    Ok(Json(NumberView::from(&number)))
}

/// Deletes a number.
#[utoipa::path(delete, operation_id = "numbers_delete", path = "/numbers/{number}", tag = "settings", params(("number" = String, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(number): PathOf<String>,
) -> Result<StatusCode, ApiError> {
    let number = canonical_number(&number);
    http.store().delete_number(who.app, &number).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("number.deleted", number)).await;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(input: NumberInput, settings: &Settings) -> Result<Number, ApiError> {
    let fail = |field: &str, wish: &Wish| Err(ApiError::field(field, wish));
    let number = canonical_number(&input.number);
    if !checks::is_number(&number) {
        return fail("number", &wishes::NUMBER);
    }
    if !settings.trunks.contains_key(&TrunkId(input.trunk)) {
        return fail("trunk", &wishes::UNKNOWN);
    }
    if input.flow.is_some_and(|flow| !settings.flows.contains_key(&FlowId(flow))) {
        return fail("flow", &wishes::UNKNOWN);
    }
    if !matches!(input.state, 1 | 2 | 4 | 5) {
        return fail("state", &wishes::NUMBER_STATE);
    }
    let call_out_groups: Vec<SkillGroupId> = input.call_out_groups.iter().copied().map(SkillGroupId).collect();
    if call_out_groups.iter().any(|group| !settings.skill_groups.contains_key(group)) {
        return fail("call_out_groups", &wishes::UNKNOWN_GROUP);
    }
    Ok(Number {
        number,
        trunk: TrunkId(input.trunk),
        flow: input.flow.map(FlowId),
        state: input.state,
        call_out_groups,
        modified_at: 0,
    })
}
