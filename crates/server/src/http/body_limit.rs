//! A body that is announced too large is refused before a byte of it is read,
//! and one that stops arriving does not hold its request for ever.

use super::error::ApiError;
use super::state::MAX_BODY_BYTES;
use crate::api::wav;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use centre::catalogue;
use std::time::Duration;
use tower_http::timeout::TimeoutBody;

/// Longest pause between two pieces of a body.
const PAUSE: Duration = Duration::from_secs(15);

/// The layer.
pub async fn refuse_too_large(request: Request, next: Next) -> Response {
    let most = if request.uri().path() == "/api/v1/sounds" { wav::MAX_BYTES + 1 } else { MAX_BODY_BYTES };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    // The cloud API counts for itself, and refuses in its own shape.
    if announced > most as u64 && request.uri().path() != "/" {
        return ApiError::from(catalogue::TOO_LARGE).into_response();
    }
    next.run(request.map(|body| Body::new(TimeoutBody::new(PAUSE, body)))).await
}
