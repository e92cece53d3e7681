//! Reading bodies and queries: a mistake is answered with the key's path.

use super::error::ApiError;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use centre::catalogue;
use serde::de::DeserializeOwned;

/// A JSON body.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::about(catalogue::BAD_JSON, "(Content-Type must be application/json)"));
        }
        let body = whole_body(Bytes::from_request(request, state).await)?;
        read_json(&body).map(JsonBody)
    }
}

/// Reads JSON; the error names the path.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    // serde would take a list for a struct, field by field.
    if body.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(ApiError::about(catalogue::BAD_JSON, "(it must be an object)"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let why = error.into_inner();
        match path.as_str() {
            "." => ApiError::about(catalogue::BAD_JSON, format!("({why})")),
            path => ApiError::about(catalogue::BAD_JSON, format!("(`{path}`: {why})")),
        }
    })?;
    json.end().map_err(|error| ApiError::about(catalogue::BAD_JSON, format!("({error})")))?;
    Ok(value)
}

/// A body of any kind, within the route's limit.
pub fn whole_body(body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => catalogue::TOO_LARGE.into(),
        _ => ApiError::about(catalogue::BAD_JSON, "(the body could not be read)"),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// A query.
#[derive(Debug)]
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(QueryOf(value)),
            Err(rejection) => Err(ApiError::about(catalogue::BAD_FIELD, format!("({})", rejection.body_text()))),
        }
    }
}

/// A part of the path. What cannot be an id names nothing that exists.
#[derive(Debug)]
pub struct PathOf<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(PathOf(value)),
            Err(_) => Err(catalogue::NOT_FOUND.into()),
        }
    }
}
