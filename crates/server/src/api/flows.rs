//! Flows. A flow with a fault is not published; the answer lists all faults.

use super::flow_check::{self, Known};
use super::views::{FlowInput, FlowView, Items, PublishedFlow};
use crate::auth::{AdministratorUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, ErrorDetail, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::language::Language;
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::settings::{Flow, Settings};
use centre::{FlowId, NodeName, SdkAppId, catalogue};
use store::NewFlow;

/// All flows, as published.
#[utoipa::path(get, operation_id = "flows_list", path = "/flows", tag = "settings", responses((status = 200, body = Items<FlowView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<SupervisorUp>) -> Result<Json<Items<FlowView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.flows.values().map(FlowView::from).collect()))
}

/// One flow.
#[utoipa::path(get, operation_id = "flows_one", path = "/flows/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 200, body = FlowView), Refusals))]
pub async fn one(
    State(http): State<Http>,
    who: InApp<SupervisorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<Json<FlowView>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.flows.get(&FlowId(id)).map(FlowView::from).ok_or(catalogue::NOT_FOUND)?))
}

/// Checks a flow without publishing it; answers with all its faults.
#[utoipa::path(post, operation_id = "flows_check", path = "/flows/check", tag = "settings", request_body = FlowInput,
    responses((status = 200, body = Items<ErrorDetail>), Refusals))]
pub async fn check(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<FlowInput>,
) -> Result<Json<Items<ErrorDetail>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let known = Known { settings: &settings, language: who.language };
    Ok(Json(flow_check::faults(&input, &known).into_iter().collect()))
}

/// Creates and publishes a flow.
#[utoipa::path(post, operation_id = "flows_create", path = "/flows", tag = "settings", request_body = FlowInput,
    responses((status = 201, body = PublishedFlow), (status = 422, description = "The flow has faults; all of them are in details.", body = crate::http::error::ErrorBody), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<FlowInput>,
) -> Result<(StatusCode, Json<PublishedFlow>), ApiError> {
    let settings = http.store().settings(who.app).await?;
    let warnings = checked(&input, &settings, who.language)?;
    let new = NewFlow { name: input.name.clone(), start: NodeName(input.start.clone()), nodes: input.nodes() };
    let id = http.store().create_flow(who.app, new).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("flow.created", input.name)).await;
    let version = version_of(&http, who.app, id).await?;
    Ok((StatusCode::CREATED, Json(PublishedFlow { id: id.0, version, warnings })))
}

/// Publishes a new version of a flow. Calls in progress keep theirs. With `base_version`
/// it is refused (409) when somebody else has published a newer version since.
#[utoipa::path(put, operation_id = "flows_publish", path = "/flows/{id}", tag = "settings", params(("id" = u64, Path)), request_body = FlowInput,
    responses((status = 200, body = PublishedFlow), (status = 422, description = "The flow has faults; all of them are in details.", body = crate::http::error::ErrorBody), Refusals))]
pub async fn publish(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<FlowInput>,
) -> Result<Json<PublishedFlow>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let old = settings.flows.get(&FlowId(id)).ok_or(catalogue::NOT_FOUND)?;
    let warnings = checked(&input, &settings, who.language)?;
    let flow = Flow {
        id: old.id,
        name: input.name.trim().to_owned(),
        version: old.version,
        start: NodeName(input.start.clone()),
        nodes: input.nodes(),
        modified_at: old.modified_at,
    };
    let version = http.store().publish_flow(who.app, &flow, input.base_version).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("flow.published", format!("{} version {version}", flow.name))).await;
    Ok(Json(PublishedFlow { id, version, warnings }))
}

/// Deletes a flow that no number uses.
#[utoipa::path(delete, operation_id = "flows_delete", path = "/flows/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<StatusCode, ApiError> {
    http.store().delete_flow(who.app, FlowId(id)).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("flow.deleted", id.to_string())).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The warnings of a flow that has no errors.
fn checked(input: &FlowInput, settings: &Settings, language: Language) -> Result<Vec<ErrorDetail>, ApiError> {
    let faults = flow_check::faults(input, &Known { settings, language });
    if flow_check::refuses(&faults) {
        return Err(ApiError::from(catalogue::FLOW_FAULTY).with_details(faults));
    }
    Ok(faults)
}

async fn version_of(http: &Http, app: SdkAppId, id: FlowId) -> Result<u32, ApiError> {
    let settings = http.store().settings(app).await?;
    Ok(settings.flows.get(&id).map_or(1, |flow| flow.version))
}
