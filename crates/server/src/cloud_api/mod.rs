//! The vendor-compatible cloud API on `/`: the gate every request passes
//! (signature, replay, rate, tenant) and the list of actions. One file a group
//! of actions; nothing of it is mixed with the product's own API.

pub mod signature;
pub mod request;
pub mod error;
pub mod replay;

mod calls;
mod numbers;
mod records;
mod sdk;
mod skill_groups;
mod staff;

use crate::http::language::Language;
use crate::http::state::{Http, unix_now};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use centre::settings::Settings;
use centre::{SdkAppId, catalogue};
use error::{CloudError, Envelope, Refusal, RefusalError};
use request::Parameters;
use serde::Serialize;
use serde_json::{Map, Value};
use signature::Arrived;
use std::time::Instant;
use store::{ApiKey, NewAudit, StoreError};
use uuid::Uuid;

/// The only version.
const VERSION: &str = "2020-02-10";
/// Bytes of a request. 200 accounts to delete are below 30 KiB.
const MAX_BODY_BYTES: usize = 1 << 20;
/// Bytes of a signed GET's query.
const MAX_QUERY_BYTES: usize = 32 << 10;
/// Stands in for the secret of an unknown id, so that both take the same time. As long as a real one.
const NO_SECRET: &str = "00000000000000000000000000000000";

/// An action of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    CreateStaff,
    DescribeStaffInfoList,
    ModifyStaff,
    DeleteStaff,
    SetStaffStatus,
    CreateSkillGroup,
    DescribeSkillGroups,
    BindSkillGroups,
    UnbindSkillGroups,
    DescribeNumbers,
    CreateSdkLoginToken,
    DescribeTelCdr,
    HangUpCall,
}

/// The names of all actions.
pub const ACTIONS: &[&str] = &[
    "CreateStaff",
    "DescribeStaffInfoList",
    "ModifyStaff",
    "DeleteStaff",
    "SetStaffStatus",
    "CreateCCCSkillGroup",
    "DescribeSkillGroupInfoList",
    "BindStaffSkillGroupList",
    "UnbindStaffSkillGroupList",
    "DescribeNumbers",
    "CreateSDKLoginToken",
    "DescribeTelCdr",
    "HangUpCall",
];

impl Action {
    fn named(name: &str) -> Option<Action> {
        Some(match name {
            "CreateStaff" => Action::CreateStaff,
            "DescribeStaffInfoList" => Action::DescribeStaffInfoList,
            "ModifyStaff" => Action::ModifyStaff,
            "DeleteStaff" => Action::DeleteStaff,
            "SetStaffStatus" => Action::SetStaffStatus,
            "CreateCCCSkillGroup" => Action::CreateSkillGroup,
            "DescribeSkillGroupInfoList" => Action::DescribeSkillGroups,
            "BindStaffSkillGroupList" => Action::BindSkillGroups,
            "UnbindStaffSkillGroupList" => Action::UnbindSkillGroups,
            "DescribeNumbers" => Action::DescribeNumbers,
            "CreateSDKLoginToken" => Action::CreateSdkLoginToken,
            "DescribeTelCdr" => Action::DescribeTelCdr,
            "HangUpCall" => Action::HangUpCall,
            _ => return None,
        })
    }

    /// Whether the use of the key is written into the audit: everything that
    /// changes something, and the reading of recordings' links.
    fn is_audited(self) -> bool {
        match self {
            Action::DescribeStaffInfoList | Action::DescribeSkillGroups | Action::DescribeNumbers => false,
            Action::CreateStaff
            | Action::ModifyStaff
            | Action::DeleteStaff
            | Action::SetStaffStatus
            | Action::CreateSkillGroup
            | Action::BindSkillGroups
            | Action::UnbindSkillGroups
            | Action::CreateSdkLoginToken
            | Action::DescribeTelCdr
            | Action::HangUpCall => true,
        }
    }

    async fn carry_out(self, asked: &Asked<'_>) -> Result<Answer, CloudError> {
        match self {
            Action::CreateStaff => staff::create(asked).await,
            Action::DescribeStaffInfoList => staff::describe(asked).await,
            Action::ModifyStaff => staff::modify(asked).await,
            Action::DeleteStaff => staff::delete(asked).await,
            Action::SetStaffStatus => staff::set_status(asked).await,
            Action::CreateSkillGroup => skill_groups::create(asked).await,
            Action::DescribeSkillGroups => skill_groups::describe(asked).await,
            Action::BindSkillGroups => skill_groups::bind(asked).await,
            Action::UnbindSkillGroups => skill_groups::unbind(asked).await,
            Action::DescribeNumbers => numbers::describe(asked).await,
            Action::CreateSdkLoginToken => sdk::create_login_token(asked).await,
            Action::DescribeTelCdr => records::describe_tel_cdr(asked).await,
            Action::HangUpCall => calls::hang_up(asked).await,
        }
    }
}

/// The fields of an answer; the request id is added at the end.
type Answer = Map<String, Value>;

/// The fields of an answer from a struct.
fn answered(fields: impl Serialize) -> Result<Answer, CloudError> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) | Err(_) => Err(error::internal()),
    }
}

/// A request that passed the gate.
struct Asked<'a> {
    http: &'a Http,
    app: SdkAppId,
    language: Language,
    parameters: &'a Parameters,
}

impl Asked<'_> {
    /// Everything the application has set.
    async fn settings(&self) -> Result<Settings, CloudError> {
        Ok(self.http.store().settings(self.app).await?)
    }

    /// Puts changed settings in force.
    async fn changed(&self) -> Result<(), CloudError> {
        Ok(self.http.changed(self.app).await?)
    }
}

impl From<StoreError> for CloudError {
    fn from(error: StoreError) -> Self {
        let code = error.code();
        if code.http >= 500 {
            tracing::error!(%error, "the store failed under the cloud API");
        }
        code.into()
    }
}

/// Whether a `GET /` is a request of this API rather than a browser's.
pub fn is_meant(headers: &HeaderMap, query: &str) -> bool {
    headers.contains_key("x-tc-action")
        || headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"TC3-"))
        || (query.contains("Action=") && query.contains("Signature="))
}

/// Answers a request. Always with status 200 and exactly `application/json`:
/// the SDKs take anything else for a broken network. (ref. 21.5)
pub async fn answer(State(http): State<Http>, request: Request) -> Response {
    let id = Uuid::new_v4().to_string();
    let language = Language::of_cloud(request.headers());
    let (parts, body) = request.into_parts();
    let action: String = action_name(&parts.headers).chars().take(64).collect();
    match pass(&http, parts, body).await {
        Ok(mut fields) => {
            // What changed something is in the audit; the log only lets a client's id be found.
            tracing::debug!(action, request_id = id, "a cloud API request was carried out");
            fields.insert("RequestId".to_owned(), Value::String(id));
            Json(Envelope { response: fields }).into_response()
        }
        Err(error) => {
            tracing::info!(action, request_id = id, code = error.code().id, "a cloud API request was refused");
            let error = RefusalError { code: error.word(), message: error.message(language) };
            Json(Envelope { response: Refusal { error, request_id: id } }).into_response()
        }
    }
}

/// The whole gate, in the order of the reference's checklist (21.7).
async fn pass(http: &Http, parts: Parts, body: Body) -> Result<Answer, CloudError> {
    let query = parts.uri.query().unwrap_or_default();
    let body = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| catalogue::TOO_LARGE)?;
    if query.len() > MAX_QUERY_BYTES {
        return Err(catalogue::TOO_LARGE.into());
    }
    refuse_old_signature(&parts, &body)?;
    let method = if parts.method == Method::POST { "POST" } else { "GET" };
    let arrived = Arrived { method, query, headers: &parts.headers, body: &body };
    let key = authenticated(http, &arrived).await?;
    if parts.headers.get("x-tc-token").is_some_and(|token| !token.is_empty()) {
        return Err(catalogue::CLOUD_TOKEN.into());
    }
    let name = action_name(&parts.headers);
    let action = Action::named(name)
        .ok_or_else(|| CloudError::parameter(catalogue::CLOUD_ACTION, name.chars().take(100).collect::<String>()))?;
    if parts.headers.get("x-tc-version").is_none_or(|version| version != VERSION) {
        return Err(catalogue::CLOUD_VERSION.into());
    }
    if http.cloud.take(&format!("{} {name}", key.secret_id), Instant::now()).is_none() {
        return Err(catalogue::CLOUD_RATE.into());
    }
    let parameters = parameters(&arrived)?;
    let app = own_application(http, &key, parameters.application()?).await?;
    let language = Language::of_cloud(&parts.headers);
    let answer = action.carry_out(&Asked { http, app, language, parameters: &parameters }).await?;
    if action.is_audited() {
        let what = format!("cloud.{name}");
        http.audit(NewAudit { app: Some(app), who: key.secret_id, what, detail: String::new() }).await;
    }
    Ok(answer)
}

/// The key that signed the request.
async fn authenticated(http: &Http, arrived: &Arrived<'_>) -> Result<ApiKey, CloudError> {
    let claim = signature::claim(arrived.headers)?;
    if !signature::is_fresh(&claim, unix_now()) {
        return Err(catalogue::CLOUD_SIGNATURE_EXPIRED.into());
    }
    let key = http.store().api_key(&claim.secret_id).await?.filter(|key| key.enabled);
    let secret = key.as_ref().map_or(NO_SECRET, |key| key.secret_key.expose());
    // Computed for an unknown id as well, so that both refusals take the same time.
    let signed = signature::is_signed_with(&claim, arrived, secret);
    let key = key.ok_or(catalogue::CLOUD_SECRET_ID_UNKNOWN)?;
    if !signed {
        return Err(catalogue::CLOUD_SIGNATURE_WRONG.into());
    }
    if !http.replays.admits(claim.signature, Instant::now()) {
        return Err(catalogue::CLOUD_REPLAYED.into());
    }
    Ok(key)
}

/// Signatures of the generation before TC3 stand among the parameters.
fn refuse_old_signature(parts: &Parts, body: &[u8]) -> Result<(), CloudError> {
    if parts.headers.contains_key("authorization") {
        return Ok(());
    }
    let form = std::str::from_utf8(body).unwrap_or_default();
    let texts = [parts.uri.query().unwrap_or_default(), form];
    let old = texts.iter().any(|text| text.split('&').any(|pair| pair.starts_with("Signature=")));
    if old { Err(catalogue::CLOUD_OLD_SIGNATURE.into()) } else { Ok(()) }
}

fn parameters(arrived: &Arrived<'_>) -> Result<Parameters, CloudError> {
    if arrived.method == "GET" {
        return Parameters::from_flat(arrived.query);
    }
    let kind = arrived.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Parameters::from_json(arrived.body);
    }
    let text = std::str::from_utf8(arrived.body).map_err(|_| catalogue::CLOUD_INVALID)?;
    Parameters::from_flat(text)
}

/// The application, if the key belongs to it.
async fn own_application(http: &Http, key: &ApiKey, asked: i64) -> Result<SdkAppId, CloudError> {
    let app = SdkAppId(asked.unsigned_abs());
    if app == key.app {
        return Ok(app);
    }
    match http.store().application(app).await {
        Ok(_) => Err(catalogue::CLOUD_NOT_YOURS.into()),
        Err(StoreError::NotFound { .. }) => Err(catalogue::CLOUD_APPLICATION_UNKNOWN.into()),
        Err(other) => Err(other.into()),
    }
}

fn action_name(headers: &HeaderMap) -> &str {
    headers.get("x-tc-action").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_actions_is_whole() {
        assert!(ACTIONS.iter().all(|name| Action::named(name).is_some()));
        let last = Action::HangUpCall as usize;
        assert_eq!(ACTIONS.len(), last + 1, "the enum's last action ends it");
    }
}
