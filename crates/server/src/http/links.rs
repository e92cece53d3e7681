//! Recording links for the cloud API: absolute, signed, good for a day, without
//! a session. The signature covers the application, the recording and the end.

use super::error::ApiError;
use super::extract::{PathOf, QueryOf};
use super::state::{Http, unix_now};
use super::wav_file;
use crate::api::recordings;
use crate::cloud_api::signature::{hex, hmac, unhex};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use centre::{RecordingId, SdkAppId, catalogue};
use serde::Deserialize;
use store::NewAudit;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long a link is good: as long as the vendor's. (ref. 13.1)
const LIFE_S: i64 = 24 * 3_600;

/// What a link carries.
#[derive(Debug, Deserialize)]
pub struct LinkQuery {
    app: u64,
    expires: i64,
    signature: String,
}

/// A link to a recording.
pub fn recording_link(http: &Http, app: SdkAppId, recording: RecordingId) -> String {
    let expires = unix_now() + LIFE_S;
    let signature = hex(&seal(http, app, (recording, expires)));
    let url = &http.state.settings.public_url;
    format!("{url}/recordings/{recording}.wav?app={app}&expires={expires}&signature={signature}")
}

/// Gives out what a link names.
pub async fn audio(
    State(http): State<Http>,
    PathOf(file): PathOf<String>,
    QueryOf(link): QueryOf<LinkQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = file.strip_suffix(".wav").and_then(|id| Uuid::try_parse(id).ok()).ok_or(catalogue::NOT_FOUND)?;
    let app = SdkAppId(link.app);
    let expected = seal(&http, app, (RecordingId(id), link.expires));
    let shown = unhex(&link.signature).ok_or(catalogue::LINK_INVALID)?;
    if !bool::from(expected.ct_eq(&shown)) || link.expires < unix_now() {
        return Err(catalogue::LINK_INVALID.into());
    }
    let row = recordings::finished(&http, app, id).await?;
    if wav_file::is_beginning(&headers) {
        http.audit(NewAudit {
            app: Some(app),
            who: "link".to_owned(),
            what: "recording.played".to_owned(),
            detail: id.to_string(),
        })
        .await;
    }
    let mut response = wav_file::answer(&recordings::paths(&http, &row).wav, &headers).await?.into_response();
    let open = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(open, axum::http::HeaderValue::from_static("cross-origin"));
    Ok(response)
}

fn seal(http: &Http, app: SdkAppId, (recording, expires): (RecordingId, i64)) -> [u8; 32] {
    hmac(&http.link_key, format!("{app}/{recording}/{expires}").as_bytes())
}
