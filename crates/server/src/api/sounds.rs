//! Sound files.

use super::views::{Created, Items, SoundView};
use super::wishes;
use super::{checks, wav};
use crate::auth::{AdministratorUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{PathOf, QueryOf, whole_body};
use crate::http::state::Http;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use centre::{SoundFileId, catalogue};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes; uploads may be larger than other bodies.
pub fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(list, upload))
        .routes(routes!(audio))
        .routes(routes!(delete))
        // One byte more than a sound may have, so that its own message says what is wrong.
        .layer(DefaultBodyLimit::max(wav::MAX_BYTES + 1))
}

/// The name of an upload.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// Its name, unique in the application.
    name: String,
}

/// All sounds.
#[utoipa::path(get, operation_id = "sounds_list", path = "/sounds", tag = "settings", responses((status = 200, body = Items<SoundView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<SupervisorUp>) -> Result<Json<Items<SoundView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.sounds.values().map(SoundView::from).collect()))
}

/// Uploads a WAV file: 16 bit PCM, mono or stereo, 8 to 48 kHz, up to 5 MB.
#[utoipa::path(post, operation_id = "sounds_upload", path = "/sounds", tag = "settings", params(UploadQuery),
    request_body(content = inline(Vec<u8>), content_type = "audio/wav"),
    responses((status = 201, body = Created), (status = 413, body = crate::http::error::ErrorBody), Refusals))]
pub async fn upload(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    QueryOf(query): QueryOf<UploadQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let body = whole_body(body)?;
    if !checks::is_name(&query.name) {
        return Err(ApiError::field("name", &wishes::NAME));
    }
    let converted = tokio::task::spawn_blocking(move || wav::to_8k_mono(&body)).await;
    let samples = converted
        .map_err(|_| catalogue::INTERNAL)?
        .map_err(|why| ApiError::about(catalogue::SOUND_UNREADABLE, format!("({why})")))?;
    let id = http.store().put_sound(who.app, query.name.trim(), &samples).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("sound.uploaded", query.name)).await;
    Ok((StatusCode::CREATED, Json(Created { id: id.0 })))
}

/// A sound as a WAV file.
#[utoipa::path(get, operation_id = "sounds_audio", path = "/sounds/{id}/audio", tag = "settings", params(("id" = u64, Path)),
    responses((status = 200, content_type = "audio/wav", body = inline(Vec<u8>)), Refusals))]
pub async fn audio(
    State(http): State<Http>,
    who: InApp<SupervisorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<Response, ApiError> {
    let samples = http.store().sound_samples(who.app, SoundFileId(id)).await?.ok_or(catalogue::NOT_FOUND)?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], wav::from_8k_mono(&samples)).into_response())
}

/// Deletes a sound that no flow plays.
#[utoipa::path(delete, operation_id = "sounds_delete", path = "/sounds/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<StatusCode, ApiError> {
    http.store().delete_sound(who.app, SoundFileId(id)).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("sound.deleted", id.to_string())).await;
    Ok(StatusCode::NO_CONTENT)
}
