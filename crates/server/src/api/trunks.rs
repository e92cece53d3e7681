//! Trunks.

use super::checks;
use super::views::{Created, Items, TrunkInput, TrunkView};
use super::wishes;
use crate::auth::{AdministratorUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::TrunkId;
use centre::catalogue;
use centre::limits::CALLS;
use centre::settings::Trunk;
use ipnet::IpNet;
use std::net::IpAddr;
use store::NewTrunk;

/// All trunks.
#[utoipa::path(get, operation_id = "trunks_list", path = "/trunks", tag = "settings",
    responses((status = 200, body = Items<TrunkView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<SupervisorUp>) -> Result<Json<Items<TrunkView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.trunks.values().map(TrunkView::from).collect()))
}

/// Creates a trunk.
#[utoipa::path(post, operation_id = "trunks_create", path = "/trunks", tag = "settings", request_body = TrunkInput,
    responses((status = 201, body = Created), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<TrunkInput>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let new = checked(input)?;
    let name = new.name.clone();
    let id = http.store().create_trunk(who.app, new).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("trunk.created", name)).await;
    Ok((StatusCode::CREATED, Json(Created { id: id.0 })))
}

/// Replaces a trunk's properties.
#[utoipa::path(put, operation_id = "trunks_replace", path = "/trunks/{id}", tag = "settings", params(("id" = u64, Path)), request_body = TrunkInput,
    responses((status = 200, body = TrunkView), Refusals))]
pub async fn replace(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<TrunkInput>,
) -> Result<Json<TrunkView>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let old = settings.trunks.get(&TrunkId(id)).ok_or(catalogue::NOT_FOUND)?;
    let NewTrunk { name, sources, max_calls, enabled } = checked(input)?;
    let trunk = Trunk { id: old.id, name, sources, max_calls, enabled, ..old.clone() };
    http.store().update_trunk(who.app, &trunk).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("trunk.changed", &trunk.name)).await;
    Ok(Json(TrunkView::from(&trunk)))
}

/// Deletes a trunk that carries no number.
#[utoipa::path(delete, operation_id = "trunks_delete", path = "/trunks/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<StatusCode, ApiError> {
    http.store().delete_trunk(who.app, TrunkId(id)).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("trunk.deleted", id.to_string())).await;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(input: TrunkInput) -> Result<NewTrunk, ApiError> {
    if !checks::is_name(&input.name) {
        return Err(ApiError::field("name", &wishes::NAME));
    }
    if input.max_calls.is_some_and(|most| most as usize > CALLS) {
        return Err(ApiError::field("max_calls", &wishes::MAX_CALLS));
    }
    let mut sources = Vec::new();
    for (at, text) in input.sources.iter().enumerate() {
        let network = text.trim().parse::<IpNet>().ok();
        let network = network.or_else(|| text.trim().parse::<IpAddr>().ok().map(IpNet::from));
        let network = network.ok_or_else(|| ApiError::field(&format!("sources[{at}]"), &wishes::NETWORK))?;
        sources.push(network.trunc());
    }
    Ok(NewTrunk { name: input.name.trim().to_owned(), sources, max_calls: input.max_calls, enabled: input.enabled })
}
