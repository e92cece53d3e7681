//! Recordings. Every byte is given out only after the tenant and the role were
//! checked, and every listening is in the audit. The path is made of our ids.

use crate::auth::{AgentUp, InApp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::PathOf;
use crate::http::state::Http;
use crate::http::wav_file;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use centre::{RecordingId, SdkAppId, catalogue};
use store::recordings::RecordingPaths;
use store::{RecordingRow, RecordingState};
use uuid::Uuid;

/// A recording as a two-channel WAV file: the customer left, the agent right.
#[utoipa::path(get, operation_id = "recordings_audio", path = "/recordings/{id}/audio", tag = "records", params(("id" = Uuid, Path)),
    responses(
        (status = 200, content_type = "audio/wav", body = inline(Vec<u8>)),
        (status = 206, description = "The range that was asked for.", content_type = "audio/wav", body = inline(Vec<u8>)),
        (status = 416, body = crate::http::error::ErrorBody),
        Refusals,
    ))]
pub async fn audio(
    State(http): State<Http>,
    who: InApp<AgentUp>,
    PathOf(id): PathOf<Uuid>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let row = permitted(&http, &who, id).await?;
    // A player asks for many ranges; the first of them is the listening.
    if wav_file::is_beginning(&headers) {
        http.audit(who.audit("recording.played", id.to_string())).await;
    }
    wav_file::answer(&paths(&http, &row).wav, &headers).await
}

/// A recording's waveform.
#[utoipa::path(get, operation_id = "recordings_peaks", path = "/recordings/{id}/peaks", tag = "records", params(("id" = Uuid, Path)),
    responses((status = 200, body = Peaks), Refusals))]
pub async fn peaks(
    State(http): State<Http>,
    who: InApp<AgentUp>,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, ApiError> {
    let row = permitted(&http, &who, id).await?;
    let text = tokio::fs::read(paths(&http, &row).peaks).await.map_err(|_| catalogue::NOT_FOUND)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// A waveform: the loudest sample of each stretch, 0 to 1 (or -1 to 1).
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by the API description only; the file is sent as it is")]
pub struct Peaks {
    /// Samples behind each value.
    samples_per_peak: u64,
    /// The customer.
    left: Vec<f32>,
    /// The agent.
    right: Vec<f32>,
}

/// Where a recording's files are.
pub fn paths(http: &Http, row: &RecordingRow) -> RecordingPaths {
    let dir = http.state.settings.data_dir.join("recordings");
    RecordingPaths::of(&dir, row.app, row.recording, row.started_ms)
}

/// A finished recording of an application.
pub async fn finished(http: &Http, app: SdkAppId, id: Uuid) -> Result<RecordingRow, ApiError> {
    let row = http.store().recording(app, RecordingId(id)).await?.ok_or(catalogue::NOT_FOUND)?;
    match row.state {
        RecordingState::Complete | RecordingState::Partial => Ok(row),
        RecordingState::Live => Err(catalogue::RECORDING_NOT_READY.into()),
    }
}

async fn permitted(http: &Http, who: &InApp<AgentUp>, id: Uuid) -> Result<RecordingRow, ApiError> {
    let row = finished(http, who.app, id).await?;
    if let Some(own) = who.only_own() {
        let record = http.store().record(who.app, row.call).await?;
        let took_part = record.is_some_and(|record| {
            record.agent == Some(own)
                || record.participants.iter().any(|part| part.agent == own && part.recording == Some(row.recording))
        });
        if !took_part {
            return Err(catalogue::NOT_FOUND.into());
        }
    }
    Ok(row)
}
