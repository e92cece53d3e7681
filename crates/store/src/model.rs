//! What goes into the store and comes out of it, where `centre` has no type
//! for it. Secrets hide themselves from logs.

use centre::record::Record;
use centre::settings::{FlowNode, Forwarding, Outward, Role, Staff, TrunkRules};
use centre::{CallId, NodeName, Pii, RecordingId, SdkAppId, SkillGroupId, StaffId};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt;

/// A text that never shows itself in a log: a password, a key, a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// What the program makes an application for by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnPurpose {
    /// To show the product.
    Demo,
    /// To examine a running server.
    Doctor,
}

/// Staff to be created: all that can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStaff {
    /// The account, unique in the application (upper and lower case are the same).
    pub user_id: String,
    /// Name.
    pub name: String,
    /// Nickname shown to customers.
    pub nick: String,
    /// Work number.
    pub staff_number: String,
    /// Phone; may be empty.
    pub phone: Pii<String>,
    /// What the person may do. `Operator` is refused: operators belong to no application.
    pub role: Role,
    /// Personal extension, unique in the application.
    pub extension: Option<String>,
    /// Whether calls may be made from the person's mobile.
    pub mobile_call_out: bool,
    /// 0 off, 1 only while offline, 2 always.
    pub mobile_accept: u8,
    /// Where calls go instead.
    pub forwarding: Option<Forwarding>,
    /// Skill groups with priorities.
    pub groups: BTreeMap<SkillGroupId, u8>,
}

impl NewStaff {
    /// An agent with an account and a name, and everything else empty.
    pub fn agent(user_id: &str, name: &str) -> NewStaff {
        NewStaff {
            user_id: user_id.to_owned(),
            name: name.to_owned(),
            nick: String::new(),
            staff_number: String::new(),
            phone: Pii::default(),
            role: Role::Agent,
            extension: None,
            mobile_call_out: false,
            mobile_accept: 0,
            forwarding: None,
            groups: BTreeMap::new(),
        }
    }
}

/// A skill group to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSkillGroup {
    /// Its name, unique in the application.
    pub name: String,
    /// 0 phone, 1 online, 3 audio, 4 video.
    pub kind: u8,
    /// Simultaneous sessions a member takes.
    pub max_concurrency: u32,
    /// Internal number; may be empty.
    pub alias: String,
    /// Whether the agent who last served the caller is tried first.
    pub last_agent_first: bool,
    /// Whether all members ring at once.
    pub ring_all: bool,
}

impl NewSkillGroup {
    /// A phone group with a name and the defaults.
    pub fn phone(name: &str) -> NewSkillGroup {
        NewSkillGroup {
            name: name.to_owned(),
            kind: 0,
            max_concurrency: 1,
            alias: String::new(),
            last_agent_first: false,
            ring_all: false,
        }
    }
}

/// A trunk to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrunk {
    /// Its name, unique in the application.
    pub name: String,
    /// Source networks of its calls.
    pub sources: Vec<IpNet>,
    /// Most calls at once.
    pub max_calls: Option<u32>,
    /// Switched on.
    pub enabled: bool,
    /// What else its calls keep to.
    pub rules: TrunkRules,
    /// How calls are made over it; `None` when it only brings calls.
    pub outward: Option<Outward>,
}

impl NewTrunk {
    /// A trunk that only brings calls, from these networks, switched on.
    pub fn inward(name: &str, sources: Vec<IpNet>) -> NewTrunk {
        let rules = TrunkRules::default();
        NewTrunk { name: name.to_owned(), sources, max_calls: None, enabled: true, rules, outward: None }
    }
}

/// A telephone to be created, or what one is replaced by. The password is made by the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPhone {
    /// Its extension and user name, unique in the application.
    pub extension: String,
    /// Where it stands, or whose it is.
    pub name: String,
    /// The agent who works at it.
    pub agent: Option<StaffId>,
    /// Switched on.
    pub enabled: bool,
}

/// A flow to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFlow {
    /// Its name, unique in the application.
    pub name: String,
    /// The first node.
    pub start: NodeName,
    /// Its nodes.
    pub nodes: BTreeMap<NodeName, FlowNode>,
}

/// The id of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorId(pub u64);

/// Someone who runs the platform and belongs to no application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Internal id.
    pub id: OperatorId,
    /// The account, unique on the platform.
    pub user_id: String,
    /// Name.
    pub name: String,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

/// Who a password belonged to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The application.
    pub app: SdkAppId,
    /// The person.
    pub staff: Staff,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOwner {
    /// Staff of an application.
    Staff {
        /// The application.
        app: SdkAppId,
        /// The person.
        staff: StaffId,
    },
    /// An operator.
    Operator(OperatorId),
}

/// What a session token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A signed-in browser: [`crate::Store::session`].
    Cookie,
    /// A login token of the SDK: [`crate::Store::redeem_sdk_token`].
    SdkToken(TokenUse),
}

/// How often a login token may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// Once; of two at the same moment only one succeeds.
    OnlyOnce,
    /// Until it expires.
    UntilExpiry,
}

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub owner: SessionOwner,
    /// Unix seconds when it began.
    pub created_at: i64,
    /// Unix seconds when it ends.
    pub expires_at: i64,
}

/// An API key with its secret: only for checking a signature, or right after creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The application it acts for.
    pub app: SdkAppId,
    /// `AKID…`
    pub secret_id: String,
    /// The secret.
    pub secret_key: Secret,
    /// Switched on.
    pub enabled: bool,
}

/// An API key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// `AKID…`
    pub secret_id: String,
    /// What the administrator wrote about it.
    pub note: String,
    /// Switched on.
    pub enabled: bool,
    /// Unix seconds.
    pub created_at: i64,
}

/// Which records are wanted. Newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordQuery {
    /// Calls that started at this wall millisecond or later.
    pub from_ms: Option<i64>,
    /// Calls that started before this wall millisecond.
    pub to_ms: Option<i64>,
    /// Only calls from or to one of these numbers; empty means all. Every writing of a number finds it.
    pub phones: Vec<String>,
    /// Only these calls; empty means all.
    pub calls: Vec<CallId>,
    /// Only calls this agent served last.
    pub agent: Option<StaffId>,
    /// Rows of the page, at most [`crate::limits::PAGE`]; 0 only counts.
    pub limit: u32,
    /// Rows before the page.
    pub offset: u64,
}

impl Default for RecordQuery {
    fn default() -> Self {
        RecordQuery {
            from_ms: None,
            to_ms: None,
            phones: Vec::new(),
            calls: Vec::new(),
            agent: None,
            limit: 100,
            offset: 0,
        }
    }
}

/// One page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPage {
    /// How many match in all.
    pub total: u64,
    /// This page, newest first.
    pub records: Vec<Record>,
}

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingState {
    /// Still being written.
    Live,
    /// Finished without a loss.
    Complete,
    /// Finished, but the disk was full or the node stopped meanwhile.
    Partial,
}

/// A recording in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingRow {
    /// The application.
    pub app: SdkAppId,
    /// The call.
    pub call: CallId,
    /// The recording.
    pub recording: RecordingId,
    /// Wall milliseconds of its first sample; with the ids it gives the file's path.
    pub started_ms: i64,
    /// Samples in each channel.
    pub samples: u64,
    /// Bytes of the finished file.
    pub bytes: u64,
    /// What became of it.
    pub state: RecordingState,
}

/// Something that must be traceable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// The application; `None` for the platform.
    pub app: Option<SdkAppId>,
    /// Who did it: an account, a key's id, an address.
    pub who: String,
    /// What, as `area.verb`.
    pub what: String,
    /// Further facts; no secrets.
    pub detail: String,
}

/// A line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// 1, 2, 3 … within the application.
    pub sequence: u64,
    /// Wall milliseconds.
    pub at_ms: i64,
    /// Who did it.
    pub who: String,
    /// What.
    pub what: String,
    /// Further facts.
    pub detail: String,
}

/// What a check of the audit's chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditCheck {
    /// Nothing was changed or removed.
    Whole {
        /// How many lines there are.
        entries: u64,
    },
    /// The first line that does not fit.
    Broken {
        /// Its number.
        sequence: u64,
    },
}
