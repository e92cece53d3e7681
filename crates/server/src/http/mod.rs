//! The HTTP side: one router for the console, the REST API, the desk socket and
//! the vendor-compatible cloud API. It asks call control and the store; it
//! decides nothing about a call.

pub mod error;
pub mod extract;
pub mod language;
pub mod limiter;
pub mod listener;
pub mod source;
pub mod state;

mod body_limit;
mod console;
mod headers;
mod health;
mod links;
mod taken;
pub mod wav_file;

pub use links::recording_link;
pub use state::{AppState, CallMe, DemoHandle, HttpSettings, MetricsHandle};

use crate::{api, cloud_api};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use state::Http;

/// Everything that is served over HTTP. The listener hands in the peer's
/// address (as [`listener::serve`] does), because
/// rate limits count by it.
pub fn router(state: AppState) -> Router {
    let http = Http::new(state);
    let (api, document) = api::routes();
    Router::new()
        .merge(api)
        .route("/openapi.json", get(move || health::document(document)))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .route("/recordings/{file}", get(links::audio))
        .route("/", get(console::root).post(cloud_api::answer))
        .fallback(console::file)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(state::MAX_BODY_BYTES))
        .layer(from_fn(body_limit::refuse_too_large))
        .layer(from_fn(error::write_in_language))
        .layer(from_fn_with_state(http.clone(), headers::secure))
        .with_state(http)
}

/// The description of the REST API, for `callyard openapi` and the TypeScript client.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::routes().1
}
