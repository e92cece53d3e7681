//! What machines ask for: the API's description, health, figures.

use super::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

/// How long call control and the database may take to say that they live.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/openapi.json`.
pub async fn document(document: utoipa::openapi::OpenApi) -> Json<utoipa::openapi::OpenApi> {
    Json(document)
}

#[derive(Serialize)]
struct Health {
    /// Call control answers.
    control: bool,
    /// The media thread takes commands.
    media: bool,
    /// The database answers. Calls go on without it.
    store: bool,
}

/// `/healthz`: 200 while calls can be taken. A database that is away is told,
/// but does not take the node out of service.
pub async fn healthz(State(http): State<Http>) -> Response {
    let control = tokio::time::timeout(PATIENCE, http.control().try_figures()).await.is_ok_and(|all| all.is_some());
    let store = tokio::time::timeout(PATIENCE, http.store().ping()).await.is_ok_and(|answer| answer.is_ok());
    let media = (http.state.media_alive)();
    let status = if control && media { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { control, media, store })).into_response()
}

/// `/metrics`, in Prometheus' text format.
pub async fn metrics(State(http): State<Http>) -> Response {
    let figures = http.control().figures().await;
    let text = (http.state.metrics)(figures);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
