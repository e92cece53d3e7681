//! The error shape of our own API. A handler returns an [`ApiError`]; a layer
//! around all routes writes its text, because only there the client's language
//! is known.

use super::language::Language;
use super::taken::{self, Taken};
use crate::api::wishes::Wish;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use centre::catalogue::{self, Code};
use serde::Serialize;
use store::StoreError;
use utoipa::{IntoResponses, ToSchema};

/// Why a request was refused.
#[derive(Debug, Clone)]
pub struct ApiError {
    code: &'static Code,
    about: Option<String>,
    field: Option<(String, Wish)>,
    taken: Option<Box<Taken>>,
    details: Vec<ErrorDetail>,
}

impl ApiError {
    /// Says what exactly it is about: a key's path and what is wrong there.
    pub fn about(code: &'static Code, about: impl Into<String>) -> ApiError {
        ApiError { about: Some(about.into()), ..ApiError::from(code) }
    }

    /// A value that is not allowed, by the key's path.
    pub fn field(path: &str, wish: &Wish) -> ApiError {
        ApiError { field: Some((path.to_owned(), *wish)), ..ApiError::from(catalogue::BAD_FIELD) }
    }

    /// A value that has no effect yet, by the key's path.
    pub fn not_yet(path: &str, wish: &Wish) -> ApiError {
        ApiError { field: Some((path.to_owned(), *wish)), ..ApiError::from(catalogue::NOT_YET) }
    }

    /// Adds all faults that were found.
    pub fn with_details(mut self, details: Vec<ErrorDetail>) -> ApiError {
        self.details = details;
        self
    }

    /// The catalogue's code.
    pub fn code(&self) -> &'static Code {
        self.code
    }

    fn body(&self, language: Language) -> ErrorBody {
        let (text, mend) = match language {
            Language::Chinese => (self.code.zh, self.code.mend_zh),
            Language::English => (self.code.en, self.code.mend_en),
        };
        let mut message = text.to_owned();
        let mut details = self.details.clone();
        if let Some(about) = &self.about {
            message = format!("{text} {about}");
        }
        if let Some((path, wish)) = &self.field {
            let wish = match language {
                Language::Chinese => wish.zh,
                Language::English => wish.en,
            };
            message = format!("{text} `{path}`: {wish}");
            details.push(ErrorDetail::of_field(path, wish, self.code));
        }
        if let Some(taken) = &self.taken {
            message = taken.says(language);
            details.push(ErrorDetail::of_field(taken.field, &message, self.code));
        }
        ErrorBody { error: ErrorView { code: self.code.id.to_owned(), message, mend: mend.to_owned(), details } }
    }

    /// The code, message and mend, for a channel other than HTTP.
    pub fn view(&self, language: Language) -> ErrorView {
        self.body(language).error
    }
}

impl From<&'static Code> for ApiError {
    fn from(code: &'static Code) -> Self {
        ApiError { code, about: None, field: None, taken: None, details: Vec::new() }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = error.code();
        // What broke inside is for the log; what the client did is for the client.
        if code.http >= 500 {
            tracing::error!(%error, "the store failed");
            return code.into();
        }
        if let Some(taken) = taken::named(&error) {
            return ApiError { taken: Some(Box::new(taken)), ..ApiError::from(code) };
        }
        ApiError::about(code, format!("({error})"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert("retry-after", HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The layer that writes an error's body in the client's language.
pub async fn write_in_language(request: Request, next: Next) -> Response {
    let language = Language::accepted(request.headers());
    let mut response = next.run(request).await;
    let Some(error) = response.extensions_mut().remove::<ApiError>() else { return response };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove("content-length");
    parts.headers.remove("content-type");
    let written = Json(error.body(language)).into_response();
    let (mut own, body) = written.into_parts();
    own.status = parts.status;
    own.headers.extend(parts.headers);
    Response::from_parts(own, body)
}

/// A known address, the wrong method.
pub async fn method_not_allowed() -> ApiError {
    catalogue::METHOD_NOT_ALLOWED.into()
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Why.
    pub error: ErrorView,
}

/// Why a request was refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorView {
    /// Stable code of the catalogue, `area.what`.
    pub code: String,
    /// What happened, in the language of `Accept-Language` (zh or en).
    pub message: String,
    /// What to do about it.
    pub mend: String,
    /// All faults, where there can be several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<ErrorDetail>,
}

/// One of several faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// The flow's node; left out for a field of the whole form.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub node: String,
    /// The field.
    pub field: String,
    /// `error` or `warning`; only errors refuse.
    pub severity: Severity,
    /// Stable code of the fault.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

impl ErrorDetail {
    fn of_field(path: &str, wish: &str, code: &Code) -> ErrorDetail {
        ErrorDetail {
            node: String::new(),
            field: path.to_owned(),
            severity: Severity::Error,
            code: code.id.to_owned(),
            message: wish.to_owned(),
        }
    }
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Must be mended.
    Error,
    /// Should be looked at.
    Warning,
}

/// The refusals that every route may answer with.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "read by the API description only")]
pub enum Refusals {
    /// A value is missing or wrong.
    #[response(status = 400)]
    Bad(ErrorBody),
    /// Not signed in.
    #[response(status = 401)]
    SignedOut(ErrorBody),
    /// The role does not permit it.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// There is no such thing in the application.
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// It conflicts with what is there.
    #[response(status = 409)]
    Conflict(ErrorBody),
    /// Too much at once.
    #[response(status = 429)]
    TooMany(ErrorBody),
}
