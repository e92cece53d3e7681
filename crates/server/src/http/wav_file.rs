//! Sends a finished recording, whole or in the range that a player asks for.

use super::error::ApiError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use centre::catalogue;
use std::path::Path;
use tower_http::services::ServeFile;

/// The file, or the part of it that `Range` names.
pub async fn answer(path: &Path, headers: &HeaderMap) -> Result<Response, ApiError> {
    let mut request = Request::new(Body::empty());
    if let Some(range) = headers.get(header::RANGE) {
        request.headers_mut().insert(header::RANGE, range.clone());
    }
    let sent = ServeFile::new(path).try_call(request).await;
    let mut response = sent.map_err(|_| catalogue::NOT_FOUND)?.into_response();
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => {
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
            Ok(response)
        }
        StatusCode::RANGE_NOT_SATISFIABLE => Err(catalogue::RANGE_REFUSED.into()),
        _ => Err(catalogue::NOT_FOUND.into()),
    }
}

/// Whether the request is for the beginning of a file, not for a later part of it.
pub fn is_beginning(headers: &HeaderMap) -> bool {
    headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok())
        .is_none_or(|range| range.trim_start().starts_with("bytes=0-"))
}
