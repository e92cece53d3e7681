//! The server's part of the doctor: an application of its own with one agent,
//! one number and one trunk, made for the length of an examination. Only whoever
//! can read `runtime.json` may ask for it.

use super::tone;
use crate::control::ControlHandle;
use crate::luck;
use crate::serve::Runtime;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use centre::settings::{BranchKey, FlowNode, Number, Role, Step};
use centre::{FlowId, NodeName, SdkAppId, TrunkId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{NewFlow, NewSkillGroup, NewStaff, NewTrunk, OwnPurpose, Store, StoreError};
use tokio::sync::Mutex;

/// The application's name. It is found again by its id, never by this.
const NAME: &str = "Callyard Doctor";
/// The menu's key.
pub(super) const KEY: char = '7';
/// The prompt's tone.
pub(super) const PROMPT_HZ: u32 = 620;
/// An examination that did not end within this time gives its place to the next.
const LONGEST: Duration = Duration::from_secs(120);

/// What an examination needs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Patient {
    /// The application.
    pub sdk_app_id: u64,
    /// The agent, who is an administrator too.
    pub user_id: String,
    /// The agent's password.
    pub password: String,
    /// The number to call.
    pub number: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Request {
    /// The loopback address that the call will come from.
    pub source: IpAddr,
}

#[derive(Clone)]
struct Practice {
    store: Store,
    control: ControlHandle,
    token: Arc<str>,
    /// Since when one examination is going on.
    busy: Arc<Mutex<Option<Instant>>>,
}

/// The routes, beside those of the public API.
pub fn routes(store: Store, control: ControlHandle, runtime: Runtime) -> Router {
    let practice = Practice { store, control, token: runtime.doctor_token.into(), busy: Arc::default() };
    Router::new().route("/api/v1/doctor/session", post(begin).delete(end)).with_state(practice)
}

async fn begin(State(practice): State<Practice>, headers: HeaderMap, Json(request): Json<Request>) -> Response {
    if !practice.lets_in(&headers) {
        return refuse(StatusCode::UNAUTHORIZED, "the doctor's token is wrong");
    }
    // A /32 of the loopback takes nothing away from any real trunk.
    if !request.source.is_loopback() {
        return refuse(StatusCode::BAD_REQUEST, "the source must be a loopback address");
    }
    let mut busy = practice.busy.lock().await;
    if busy.is_some_and(|since| since.elapsed() < LONGEST) {
        return refuse(StatusCode::CONFLICT, "another examination is going on; wait until it is over");
    }
    let made = match practice.clean_up().await {
        Ok(_) => practice.make(request.source).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(patient) => {
            *busy = Some(Instant::now());
            Json(patient).into_response()
        }
        Err(error) => refuse(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

async fn end(State(practice): State<Practice>, headers: HeaderMap) -> Response {
    if !practice.lets_in(&headers) {
        return refuse(StatusCode::UNAUTHORIZED, "the doctor's token is wrong");
    }
    let mut busy = practice.busy.lock().await;
    match practice.clean_up().await {
        Ok(_) => {
            *busy = None;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => refuse(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

fn refuse(status: StatusCode, message: &str) -> Response {
    let mend = "Run `callyard doctor` as the user that runs the server, with its --data folder.";
    let body = serde_json::json!({"error": {"code": "doctor.refused", "message": message, "mend": mend}});
    (status, Json(body)).into_response()
}

impl Practice {
    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let expected = self.token.as_bytes();
        // The same time however many bytes are right.
        shown.is_some_and(|shown| {
            shown.len() == expected.len() && shown.iter().zip(expected).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
        })
    }

    async fn application(&self) -> Result<Option<SdkAppId>, StoreError> {
        self.store.own_application(OwnPurpose::Doctor).await
    }

    /// Removes everything of an earlier examination; its records stay.
    async fn clean_up(&self) -> Result<(), StoreError> {
        let Some(app) = self.application().await? else { return Ok(()) };
        let held = self.store.settings(app).await?;
        for number in held.numbers.keys() {
            self.store.delete_number(app, number).await?;
        }
        for flow in held.flows.keys() {
            self.store.delete_flow(app, *flow).await?;
        }
        for trunk in held.trunks.keys() {
            self.store.delete_trunk(app, *trunk).await?;
        }
        for staff in held.staff.keys() {
            self.store.delete_staff(app, *staff).await?;
        }
        for group in held.skill_groups.keys() {
            self.store.delete_skill_group(app, *group).await?;
        }
        for sound in held.sounds.keys() {
            self.store.delete_sound(app, *sound).await?;
        }
        self.control.settings_changed(app).await
    }

    async fn make(&self, source: IpAddr) -> Result<Patient, StoreError> {
        let app = match self.application().await? {
            Some(app) => app,
            None => {
                let app = self.store.create_application(NAME).await?.id;
                self.store.set_own_application(OwnPurpose::Doctor, app).await?;
                app
            }
        };
        let group = self.store.create_skill_group(app, NewSkillGroup::phone("Doctor")).await?;
        let (user_id, password) = (format!("doctor-{}@doctor.callyard", luck::text(8)), luck::text(24));
        let agent = NewStaff {
            role: Role::Administrator,
            groups: BTreeMap::from([(group, 1)]),
            ..NewStaff::agent(&user_id, "Doctor")
        };
        self.store.create_staff(app, agent, Some(&password)).await?;
        let trunk = NewTrunk::inward("Doctor", vec![source.into()]);
        let trunk = self.store.create_trunk(app, trunk).await?;
        let sound = self.store.put_sound(app, "tone", &tone::tone(PROMPT_HZ).repeat(3)).await?;
        let name = |text: &str| NodeName(text.to_owned());
        let menu = Step::Branch {
            prompt: sound,
            timeout_s: 15,
            timeout_prompt: None,
            invalid_prompt: None,
            max_errors: 1,
            keys: vec![BranchKey { key: KEY, label: "Doctor".into(), next: name("agent") }],
        };
        let to_agent = Step::ToAgent {
            group,
            prompt: None,
            music: None,
            max_wait_s: 30,
            timeout_prompt: None,
            nobody_prompt: None,
            failure: None,
        };
        let node = |label: &str, step| FlowNode { label: label.to_owned(), step };
        let nodes = BTreeMap::from([(name("menu"), node("Menu", menu)), (name("agent"), node("Agent", to_agent))]);
        let flow = self.store.create_flow(app, NewFlow { name: "Doctor".into(), start: name("menu"), nodes }).await?;
        let number = self.number(app, trunk, flow).await?;
        self.control.settings_changed(app).await?;
        Ok(Patient { sdk_app_id: app.0, user_id, password, number })
    }

    /// A number that nobody has: no country's code begins with 0.
    async fn number(&self, app: SdkAppId, trunk: TrunkId, flow: FlowId) -> Result<String, StoreError> {
        let digits: String = luck::seed().iter().take(10).map(|byte| char::from(b'0' + byte % 10)).collect();
        let number = Number {
            number: format!("000{digits}"),
            trunk,
            flow: Some(flow),
            state: 1,
            call_out_groups: Vec::new(),
            modified_at: 0,
        };
        self.store.create_number(app, &number).await
    }
}
