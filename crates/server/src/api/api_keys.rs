//! Keys of the cloud API.

use super::checks;
use super::views::{ApiKeyInput, ApiKeySwitch, ApiKeyView, Items, NewApiKeyView};
use super::wishes;
use crate::auth::{AdministratorUp, InApp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

/// All keys, without their secrets.
#[utoipa::path(get, operation_id = "api_keys_list", path = "/api-keys", tag = "settings",
    responses((status = 200, body = Items<ApiKeyView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<AdministratorUp>) -> Result<Json<Items<ApiKeyView>>, ApiError> {
    let rows = http.store().api_keys(who.app).await?;
    Ok(Json(rows.iter().map(ApiKeyView::from).collect()))
}

/// Makes a key. Its secret is in this answer and never again.
#[utoipa::path(post, operation_id = "api_keys_create", path = "/api-keys", tag = "settings", request_body = ApiKeyInput,
    responses((status = 201, body = NewApiKeyView), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<ApiKeyInput>,
) -> Result<(StatusCode, Json<NewApiKeyView>), ApiError> {
    if !checks::is_optional_name(&input.note) {
        return Err(ApiError::field("note", &wishes::OPTIONAL_NAME));
    }
    let key = http.store().create_api_key(who.app, &input.note).await?;
    http.audit(who.audit("api_key.created", &key.secret_id)).await;
    Ok((StatusCode::CREATED, Json(NewApiKeyView::of(&key, input.note))))
}

/// Switches a key on or off.
#[utoipa::path(put, operation_id = "api_keys_switch", path = "/api-keys/{secret_id}", tag = "settings", params(("secret_id" = String, Path)),
    request_body = ApiKeySwitch, responses((status = 204), Refusals))]
pub async fn switch(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<String>,
    JsonBody(input): JsonBody<ApiKeySwitch>,
) -> Result<StatusCode, ApiError> {
    if input.enabled {
        http.store().enable_api_key(who.app, &id).await?;
        http.audit(who.audit("api_key.enabled", id)).await;
    } else {
        http.store().disable_api_key(who.app, &id).await?;
        http.audit(who.audit("api_key.disabled", id)).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a key.
#[utoipa::path(delete, operation_id = "api_keys_delete", path = "/api-keys/{secret_id}", tag = "settings", params(("secret_id" = String, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, ApiError> {
    http.store().delete_api_key(who.app, &id).await?;
    http.audit(who.audit("api_key.deleted", id)).await;
    Ok(StatusCode::NO_CONTENT)
}
