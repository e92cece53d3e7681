//! A house to test in: one application with an administrator, a supervisor and
//! two agents, a second application beside it, an operator above both.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use centre::desk::{Desk, DeskCommand, DeskPresence, SoundPath};
use centre::floor::Floor;
use centre::settings::{Role, Settings};
use centre::{CallId, SdkAppId, SkillGroupId, StaffId};
use serde_json::Value;
use server::control::{ControlHandle, ControlInput, DeskMessage};
use server::http::{AppState, HttpSettings};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use store::{KeyFile, NewSkillGroup, NewStaff, Store};
use tokio::sync::mpsc;
use tower::ServiceExt;

pub const PASSWORD: &str = "Quiet-river-7";
pub const ORIGIN: &str = "http://127.0.0.1:8080";

/// What call control was told, and what it answers.
#[derive(Default)]
pub struct Control {
    pub presence: BTreeMap<StaffId, DeskPresence>,
    pub commands: Vec<(SdkAppId, StaffId, DeskCommand)>,
    pub settings: BTreeMap<SdkAppId, Settings>,
    pub pages: BTreeMap<StaffId, mpsc::Sender<DeskMessage>>,
    /// Calls in progress.
    pub calls: BTreeSet<(SdkAppId, CallId)>,
}

pub struct House {
    pub router: Router,
    pub store: Store,
    pub control: Arc<Mutex<Control>>,
    pub app: SdkAppId,
    pub other_app: SdkAppId,
    pub group: SkillGroupId,
    pub staff: BTreeMap<&'static str, StaffId>,
    pub data_dir: PathBuf,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl House {
    pub async fn build() -> House {
        let data_dir = std::env::temp_dir().join(format!("callyard-http-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&data_dir).unwrap();
        let key = KeyFile::open(&data_dir.join("key")).unwrap();
        let database = format!("sqlite:{}", data_dir.join("callyard.db").display());
        let store = Store::open(&database, &key).await.unwrap();
        let app = store.create_application("Tests").await.unwrap().id;
        let other_app = store.create_application("Neighbours").await.unwrap().id;
        let group = store.create_skill_group(app, NewSkillGroup::phone("Sales")).await.unwrap();
        store.create_operator("root@platform", "Root", PASSWORD).await.unwrap();
        let mut staff = BTreeMap::new();
        for (account, role, at) in [
            ("admin@tests", Role::Administrator, app),
            ("boss@tests", Role::Supervisor, app),
            ("alice@tests", Role::Agent, app),
            ("bob@tests", Role::Agent, app),
            ("admin@neighbours", Role::Administrator, other_app),
        ] {
            let new = NewStaff { role, ..NewStaff::agent(account, account) };
            staff.insert(account, store.create_staff(at, new, Some(PASSWORD)).await.unwrap());
        }
        let control = Arc::new(Mutex::new(Control::default()));
        let (inputs, questions) = mpsc::channel(64);
        tokio::spawn(answer_questions(questions, control.clone()));
        let handle = ControlHandle::new(inputs, store.clone(), Arc::new(|_| {}));
        let router = server::http::router(AppState {
            store: store.clone(),
            control: handle,
            settings: Arc::new(HttpSettings {
                public_url: ORIGIN.to_owned(),
                sip_address: "192.0.2.1:5060".to_owned(),
                data_dir: data_dir.clone(),
                trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            }),
            demo: None,
            metrics: Arc::new(|figures| format!("callyard_calls {}\n", figures.calls)),
            media_alive: Arc::new(|| true),
        });
        House { router, store, control, app, other_app, group, staff, data_dir }
    }

    /// A request as it arrives from a certain machine.
    pub async fn send_from(&self, peer: &str, mut request: Request<Body>) -> Answer {
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        self.send(request).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The cookie of someone who signed in.
    pub async fn session(&self, account: &str) -> Client<'_> {
        let nobody = Client { house: self, cookie: String::new(), headers: Vec::new() };
        let answer = nobody.post("/sign-in", &format!(r#"{{"user_id":"{account}","password":"{PASSWORD}"}}"#)).await;
        assert_eq!(answer.status, 200, "{account}: {}", answer.json());
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Client { cookie, ..nobody }
    }

    pub fn nobody(&self) -> Client<'_> {
        Client { house: self, cookie: String::new(), headers: Vec::new() }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.data_dir);
    }
}

/// Someone with a browser.
pub struct Client<'a> {
    pub house: &'a House,
    pub cookie: String,
    pub headers: Vec<(&'static str, String)>,
}

impl Client<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, body).await
    }

    pub async fn put(&self, path: &str, body: &str) -> Answer {
        self.send("PUT", path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "").await
    }

    pub async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("cookie", &self.cookie)
            .header("content-type", "application/json")
            .header("x-callyard", "1");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.house.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

/// Stands in for the control thread.
async fn answer_questions(mut questions: mpsc::Receiver<ControlInput>, control: Arc<Mutex<Control>>) {
    while let Some(question) = questions.recv().await {
        let mut control = control.lock().unwrap();
        match question {
            ControlInput::Desk { app, agent, command, answer } => {
                let presence = match &command {
                    DeskCommand::BeReady => Some(DeskPresence::Ready { since_ms: 1 }),
                    DeskCommand::BeAway { rest } => Some(away(rest.clone())),
                    DeskCommand::SignOut => Some(DeskPresence::SignedOut),
                    _ => None,
                };
                if let Some(presence) = presence {
                    control.presence.insert(agent, presence);
                }
                control.commands.push((app, agent, command));
                let _ = answer.send(Ok(()));
            }
            ControlInput::HangUp { app, call, answer } => {
                let ended = control.calls.remove(&(app, call));
                let _ = answer.send(if ended { Ok(()) } else { Err(centre::catalogue::CALL_UNKNOWN) });
            }
            ControlInput::Floor { app, answer } => {
                let floor = Floor { app, server_ms: 0, calls: Vec::new(), agents: Vec::new(), queues: Vec::new() };
                let _ = answer.send(Some(floor));
            }
            ControlInput::DeskState { agent, answer, .. } => {
                let _ = answer.send(Some(desk(agent, &control)));
            }
            ControlInput::TrunkStandings { answer, .. } => {
                let _ = answer.send(standings());
            }
            ControlInput::Figures { answer } => {
                let _ = answer.send(Default::default());
            }
            ControlInput::Settings { app, settings, done } => {
                if let Some(settings) = settings {
                    control.settings.insert(app, *settings);
                }
                let _ = done.send(());
            }
            ControlInput::PageOpened { agent, messages, .. } => {
                let _ = messages.try_send(DeskMessage::Desk(Box::new(desk(agent, &control))));
                if let Some(older) = control.pages.insert(agent, messages) {
                    let _ = older.try_send(DeskMessage::Replaced);
                }
            }
            _ => {}
        }
    }
}

fn away(rest: Option<String>) -> DeskPresence {
    let reason = if rest.is_some() { "rest" } else { "not_ready" };
    DeskPresence::Away { reason: reason.to_owned(), text: rest, since_ms: 1 }
}

fn desk(agent: StaffId, control: &Control) -> Desk {
    Desk {
        sequence: 1,
        server_ms: 1,
        agent,
        presence: control.presence.get(&agent).cloned().unwrap_or(DeskPresence::SignedOut),
        sound: SoundPath::None,
        call: None,
        waiting: 0,
    }
}

/// Two carriers: one that refuses our registration, and one of which some addresses answer.
fn standings() -> Vec<(centre::TrunkId, centre::node::TrunkStanding)> {
    use centre::node::{AddressStanding, RegistrationStanding, TrunkStanding};
    use sip::{AddressState, Flow, Transport, TrunkState};
    let registration = RegistrationStanding { state: TrunkState::Refused { status: 403 }, since_ms: 5 };
    let address = |remote: &str, state| {
        let (local, remote) = (([192, 0, 2, 1], 5061).into(), remote.parse().unwrap());
        let flow = Flow { transport: Transport::Tls, local, remote, connection: 0 };
        AddressStanding { flow, state, since_ms: 9 }
    };
    let answers = AddressState::Answers { round_trip: std::time::Duration::from_micros(12_345) };
    let addresses = vec![
        address("203.0.113.5:5061", Some(answers)),
        address("[2001:db8::5]:5061", Some(AddressState::Silent)),
        address("203.0.113.6:5061", None),
    ];
    let refused = TrunkStanding { registration: Some(registration), addresses: Vec::new() };
    vec![(centre::TrunkId(7), refused), (centre::TrunkId(8), TrunkStanding { registration: None, addresses })]
}
