//! The console's pages, which are inside the binary. Files with a hash in their
//! name are cached for ever; every unknown page address shows the console,
//! which finds its own way.

use super::error::ApiError;
use super::state::Http;
use crate::cloud_api;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use centre::catalogue;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/console/dist"]
#[allow_missing = true]
struct Console;

/// What is shown when the web was not built.
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Callyard</title>\
    <p>The server runs, but the console was not built into it. Run <code>make build</code> and start it again.</p>\
    <p>服务器正在运行，但未包含控制台页面。请执行 <code>make build</code> 后重新启动。</p>";

/// `GET /`: a signed request of the cloud API, or the console.
pub async fn root(State(http): State<Http>, request: Request) -> Response {
    if cloud_api::is_meant(request.headers(), request.uri().query().unwrap_or_default()) {
        return cloud_api::answer(State(http), request).await;
    }
    index()
}

/// Any other address: a file, or the console for what a person typed.
pub async fn file(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::from(catalogue::NO_SUCH_ROUTE).into_response();
    }
    if let Some(found) = Console::get(path) {
        let mut response = sent(path, &found, request.headers());
        if path.starts_with("sdk/") {
            // Other people's pages load the desk SDK.
            for (name, value) in
                [("cross-origin-resource-policy", "cross-origin"), ("access-control-allow-origin", "*")]
            {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
        }
        return response;
    }
    if path.starts_with("api/") || !wants_page(request.headers()) {
        return ApiError::from(catalogue::NO_SUCH_ROUTE).into_response();
    }
    index()
}

fn index() -> Response {
    let page = match Console::get("index.html") {
        Some(page) => Html(page.data).into_response(),
        None => Html(NOT_BUILT).into_response(),
    };
    ([(header::CACHE_CONTROL, "no-cache")], page).into_response()
}

fn sent(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = cloud_api::signature::hex(&file.metadata.sha256_hash()[..16]);
    let tag = format!("\"{hash}\"");
    // Vite puts everything that carries a hash in its name below assets/.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::ETAG, HeaderValue::from_str(&tag).expect("hexadecimal is fine in a header")),
    ];
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, kind.to_string())], file.data.to_vec()).into_response()
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}
