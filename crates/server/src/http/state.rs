//! What the routes hold: the ways to the store and to call control, and the
//! small tables that live only as long as the process (rate limits, tickets,
//! signatures seen).

use super::limiter::Limiter;
use crate::auth::endings::Endings;
use crate::auth::tickets::Tickets;
use crate::cloud_api::replay::Replays;
use crate::cloud_api::signature::hmac;
use crate::control::ControlHandle;
use centre::SdkAppId;
use centre::catalogue::Code;
use centre::node::NodeFigures;
use ipnet::IpNet;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::{NewAudit, Store, StoreError};
use tokio::sync::Semaphore;

/// Bytes of a request's body, except for uploads. A flow of a thousand nodes is below it.
pub const MAX_BODY_BYTES: usize = 2 << 20;

/// Sign-ins that are looked at in the same moment; the store hashes fewer.
const SIGN_INS_AT_ONCE: usize = 8;

/// What the rest of the server hands in.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub store: Store,
    /// Call control.
    pub control: ControlHandle,
    /// How we are reached and where our files are.
    pub settings: Arc<HttpSettings>,
    /// Places the demo's virtual call; `None` without `--demo`.
    pub demo: Option<DemoHandle>,
    /// Writes the metrics.
    pub metrics: MetricsHandle,
    /// Whether the media thread takes commands.
    pub media_alive: Probe,
}

/// How we are reached and where our files are.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// How browsers and API clients reach us: `http://127.0.0.1:8080`, no slash at the end.
    pub public_url: String,
    /// How telephones reach us by SIP over UDP and TCP: `127.0.0.1:5060`.
    pub sip_address: String,
    /// The data folder.
    pub data_dir: PathBuf,
    /// Proxies whose word about their client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// A call of the demo's virtual customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallMe {
    /// The key to press in the menu; `None` leaves the choice to the customer.
    pub skill: Option<char>,
}

/// Places a call of the demo's virtual customer.
pub type DemoHandle = Arc<dyn Fn(CallMe) -> Result<(), &'static Code> + Send + Sync>;

/// Writes all metrics in Prometheus' text format.
pub type MetricsHandle = Arc<dyn Fn(NodeFigures) -> String + Send + Sync>;

/// Asks whether something is alive.
pub type Probe = Arc<dyn Fn() -> bool + Send + Sync>;

/// What every route holds. Cheap to clone.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

/// See [`Http`].
pub struct Inner {
    /// What the rest of the server handed in.
    pub state: AppState,
    /// Failed sign-ins.
    pub sign_ins: SignInLimits,
    /// Cloud API requests by key and action.
    pub cloud: Limiter,
    /// Signatures of the cloud API that were seen.
    pub replays: Replays,
    /// Sessions that end, for the desk sockets that live by them.
    pub endings: Endings,
    /// Tickets of the desk socket.
    pub tickets: Tickets,
    /// Signs recording links.
    pub link_key: [u8; 32],
}

/// Failed sign-ins, counted three ways: one source guessing at one account, one
/// source guessing at many, many sources guessing at one. The last is wide, so
/// that a stranger can hardly lock an agent out. A try is counted before the
/// password is looked at, and taken back when it was right.
pub struct SignInLimits {
    /// Tries that are looked at in the same moment. Fewer than any of the limits,
    /// so that people who come at once and are right never meet one.
    pub at_once: Semaphore,
    /// By source and account.
    pub pair: Limiter,
    /// By source.
    pub source: Limiter,
    /// By account.
    pub account: Limiter,
}

impl Deref for Http {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Http {
    /// All tables empty.
    pub fn new(state: AppState) -> Http {
        let link_key = link_key(&state.settings.data_dir.join("key"));
        let five_minutes = Duration::from_secs(300);
        Http(Arc::new(Inner {
            state,
            sign_ins: SignInLimits {
                at_once: Semaphore::new(SIGN_INS_AT_ONCE),
                pair: Limiter::new(10, five_minutes),
                source: Limiter::new(50, five_minutes),
                account: Limiter::new(200, Duration::from_secs(3_600)),
            },
            // 20 in a second for each key and action. (ref. 20.1)
            cloud: Limiter::new(20, Duration::from_secs(1)),
            replays: Replays::default(),
            endings: Endings::default(),
            tickets: Tickets::default(),
            link_key,
        }))
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.state.store
    }

    /// Call control.
    pub fn control(&self) -> &ControlHandle {
        &self.state.control
    }

    /// Puts changed settings of an application in force.
    pub async fn changed(&self, app: SdkAppId) -> Result<(), StoreError> {
        self.control().settings_changed(app).await
    }

    /// Writes an audit line. What it is about has already happened, so a failure
    /// is logged and does not undo it.
    pub async fn audit(&self, entry: NewAudit) {
        if let Err(error) = self.store().append_audit(entry).await {
            tracing::error!(%error, "an audit line could not be written");
        }
    }
}

/// Links must survive a restart, so their key comes from the data folder's key
/// file; without one (tests) it is made up.
fn link_key(file: &std::path::Path) -> [u8; 32] {
    let mut bytes = [0; 32];
    match std::fs::read(file) {
        Ok(key) => hmac(&key, b"callyard recording links"),
        Err(_) => {
            getrandom::fill(&mut bytes).expect("the operating system has randomness");
            bytes
        }
    }
}

/// Unix seconds.
pub fn unix_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed())
}
