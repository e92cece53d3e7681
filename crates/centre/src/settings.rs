//! What administrators set: staff, skill groups, trunks, numbers, flows. The
//! store keeps it, pages show it, call control reads it. Statistics and live
//! state are elsewhere.

use crate::{FlowId, NodeName, PhoneId, Pii, SdkAppId, SkillGroupId, SoundFileId, StaffId, TrunkId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// All that call control knows of one application. Replaced as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The application itself.
    pub application: Application,
    /// Its people.
    pub staff: BTreeMap<StaffId, Staff>,
    /// Its skill groups.
    pub skill_groups: BTreeMap<SkillGroupId, SkillGroup>,
    /// Its trunks.
    pub trunks: BTreeMap<TrunkId, Trunk>,
    /// Its telephones.
    pub phones: BTreeMap<PhoneId, Phone>,
    /// Its numbers, by the number's canonical form.
    pub numbers: BTreeMap<String, Number>,
    /// Its flows, as published.
    pub flows: BTreeMap<FlowId, Flow>,
    /// Its sound files (their samples live with the media engine).
    pub sounds: BTreeMap<SoundFileId, SoundFile>,
}

/// An application: the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: SdkAppId,
    /// Its name.
    pub name: String,
    /// How the desk behaves.
    pub desk_rules: DeskRules,
    /// Which numbers outside its people may call.
    pub outside_calls: OutsideCalls,
    /// How many telephones may be registered at once, one licence each (ref. 10); without
    /// a number as many as the application may have.
    pub phone_licences: Option<u32>,
}

/// Which numbers outside may be called, by how they begin with their country code: `0086`, `001`. The
/// longest beginning that fits decides, and what no beginning fits is refused. (O6, ref. 8.8)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideCalls {
    /// Beginnings of numbers that may be called.
    pub allowed: Vec<String>,
    /// Beginnings of numbers that may not.
    pub refused: Vec<String>,
}

impl Default for OutsideCalls {
    /// The country at home without its premium numbers: calls abroad are what thieves make, and
    /// whoever needs them says where to.
    fn default() -> Self {
        let beginnings = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        OutsideCalls { allowed: beginnings(&["0086"]), refused: beginnings(&["0086160", "0086168"]) }
    }
}

/// Settings of the management centre that change how the desk behaves. (ref. 4.2)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskRules {
    /// How long an offer rings before the next agent gets it.
    pub ring_timeout_s: u32,
    /// Wrap-up time after a call; 0 means none.
    pub wrap_up_s: u32,
    /// State after sign-in.
    pub after_sign_in: AfterSignIn,
    /// Texts that an agent may choose as a reason for a rest.
    pub rest_reasons: Vec<String>,
}

impl Default for DeskRules {
    fn default() -> Self {
        DeskRules { ring_timeout_s: 15, wrap_up_s: 10, after_sign_in: AfterSignIn::Ready, rest_reasons: Vec::new() }
    }
}

impl DeskRules {
    /// [`DeskRules::ring_timeout_s`] as a duration.
    pub fn ring_timeout(&self) -> Duration {
        Duration::from_secs(self.ring_timeout_s.into())
    }

    /// [`DeskRules::wrap_up_s`] as a duration.
    pub fn wrap_up(&self) -> Duration {
        Duration::from_secs(self.wrap_up_s.into())
    }
}

/// An agent's state right after sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterSignIn {
    /// Calls may come.
    Ready,
    /// Not until the agent says so.
    NotReady,
}

/// What a person may do. Each role includes those before it, except `Operator`,
/// who runs the platform and belongs to no application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes and makes calls.
    Agent,
    /// Sees the floor, all records and recordings of the application.
    Supervisor,
    /// Changes the application's settings.
    Administrator,
    /// Runs the platform: creates applications.
    Operator,
}

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Internal id.
    pub id: StaffId,
    /// The account: an e-mail-shaped string, unique in the application.
    pub user_id: String,
    /// Name.
    pub name: String,
    /// Nickname shown to customers.
    pub nick: String,
    /// Work number.
    pub staff_number: String,
    /// Phone with the 0086 prefix; may be empty.
    pub phone: Pii<String>,
    /// What the person may do.
    pub role: Role,
    /// Personal extension, 4 to 6 digits, first digit 1 to 8.
    pub extension: Option<String>,
    /// Whether calls may be made from the person's mobile.
    pub mobile_call_out: bool,
    /// 0 off, 1 only while offline, 2 always.
    pub mobile_accept: u8,
    /// Where calls go instead.
    pub forwarding: Option<Forwarding>,
    /// Skill groups, with the person's priority in each: 1 first … 5 last.
    pub groups: BTreeMap<SkillGroupId, u8>,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

/// An agent's call forwarding. (ref. 4.5)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarding {
    /// Whether it is on.
    pub enabled: bool,
    /// 1 always, 2 when busy, unanswered or offline.
    pub condition: u8,
    /// Where to.
    pub target: ForwardingTarget,
}

/// Where forwarded calls go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardingTarget {
    /// An agent's account.
    Agent(String),
    /// A skill group.
    SkillGroup(SkillGroupId),
    /// An extension.
    Extension(String),
}

/// A skill group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillGroup {
    /// Its id.
    pub id: SkillGroupId,
    /// Its name, unique in the application.
    pub name: String,
    /// 0 phone, 1 online, 3 audio, 4 video. (The vendor has no 2.)
    pub kind: u8,
    /// Simultaneous sessions a member takes; 1 for phone.
    pub max_concurrency: u32,
    /// Internal number of the group; may be empty.
    pub alias: String,
    /// Whether the agent who last served the caller is tried first.
    pub last_agent_first: bool,
    /// Whether all members ring at once.
    pub ring_all: bool,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

/// A carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trunk {
    /// Its id, unique on the whole node.
    pub id: TrunkId,
    /// Its name.
    pub name: String,
    /// Source networks of its calls.
    pub sources: Vec<IpNet>,
    /// Most calls at once; `None` for the node's limit.
    pub max_calls: Option<u32>,
    /// Switched on.
    pub enabled: bool,
    /// What else its calls keep to.
    pub rules: TrunkRules,
    /// How calls are made over it; `None` when it only brings calls.
    pub outward: Option<Outward>,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

/// What the calls of a trunk keep to, both ways.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkRules {
    /// Most new calls a second; `None` for the node's limit.
    pub max_calls_per_second: Option<u32>,
    /// How the sound travels.
    pub protection: Protection,
    /// How numbers are written before they are looked up; the longest matching prefix wins.
    pub inward_rewrites: Vec<Rewrite>,
    /// What the carrier proves before it may call; `None`: its source address is proof enough.
    #[serde(default)]
    pub account: Option<TrunkAccount>,
}

/// The account with which a carrier proves itself to us. (RFC 3261 §22)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkAccount {
    /// Its user name, unique in the application and no extension.
    pub user: String,
    /// The password beside it.
    pub password: Pii<String>,
}

/// How the sound of a trunk or phone travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Plain RTP, and SRTP when the far end offers it.
    #[default]
    Accepted,
    /// Plain RTP, with keys beside it for whoever takes them: SRTP then. For carriers that know it.
    Offered,
    /// SRTP only; a call without it is refused.
    Demanded,
}

/// One rule for rewriting numbers: `prefix` at the beginning becomes `replacement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    /// What the number begins with; empty for every number.
    pub prefix: String,
    /// What stands there instead.
    pub replacement: String,
}

/// How calls are made over a trunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outward {
    /// Host name or address of the carrier's gateway. A name is looked up (RFC 3263).
    pub host: String,
    /// Its port; `None` lets the name service say it, or means the transport's own.
    pub port: Option<u16>,
    /// How messages travel to it.
    pub transport: sip::Transport,
    /// User name for its challenges; empty when it does not challenge.
    pub user: String,
    /// The password beside it.
    pub password: Pii<String>,
    /// Whether we register there, so that the carrier finds us.
    pub registers: bool,
    /// How the caller's number is shown to it.
    pub caller_id: CallerId,
    /// How called numbers are written for it; the longest matching prefix wins.
    pub rewrites: Vec<Rewrite>,
    /// Whether its gateway is asked whether it is there.
    #[serde(default)]
    pub asking: Asking,
}

/// Whether, and how often, a carrier's gateway is asked (OPTIONS) whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Whether.
    pub when: AskWhen,
    /// Seconds between two questions, within [`crate::limits::TRUNK_ASKED_EVERY_S`].
    pub every_s: u32,
}

impl Default for Asking {
    fn default() -> Self {
        Asking { when: AskWhen::default(), every_s: crate::limits::TRUNK_ASKED_S }
    }
}

/// Whether a carrier's gateway is asked whether it is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskWhen {
    /// If we register there.
    #[default]
    WhereRegistered,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// Where a carrier wants to read the caller's number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerId {
    /// In From.
    #[default]
    From,
    /// In P-Asserted-Identity; From says the same. (RFC 3325)
    PAssertedIdentity,
    /// In P-Asserted-Identity; From is the account that registered.
    PAssertedIdentityOnly,
}

/// A telephone that registers here with its extension and password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// Its id.
    pub id: PhoneId,
    /// Its number in the house and its user name, 4 to 6 digits, first digit 1 to 8;
    /// unique in the application among phones, and among people other than its own.
    pub extension: String,
    /// Where it stands, or whose it is.
    pub name: String,
    /// Digest secret.
    pub password: Pii<String>,
    /// The agent who works at it: calls for the agent ring there.
    pub agent: Option<StaffId>,
    /// Switched on.
    pub enabled: bool,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

/// A phone number of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// Canonical form, as [`canonical_number`] gives it.
    pub number: String,
    /// The trunk that carries it.
    pub trunk: TrunkId,
    /// The flow that answers it; `None` refuses calls.
    pub flow: Option<FlowId>,
    /// 1 normal, 2 suspended for arrears, 4 disabled by an administrator, 5 disabled for a violation.
    pub state: u8,
    /// Skill groups whose agents may show it when they call out.
    pub call_out_groups: Vec<SkillGroupId>,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

/// A number as settings and records keep it: only digits (`0086…` for a number
/// that came as `+86…`), or the text itself when it is no number.
pub fn canonical_number(raw: &str) -> String {
    let trimmed = raw.trim();
    let (plus, rest) = match trimmed.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, trimmed),
    };
    let digits: String = rest.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return trimmed.to_owned();
    }
    if plus { format!("00{digits}") } else { digits }
}

/// What two writings of one Chinese number have in common. Carriers send
/// `0086075512345678`, `+8675512345678`, `8675512345678`, `075512345678` or
/// `75512345678` for one line, and `13800138000` or `013800138000` for one
/// mobile: the country code and leading zeros are taken off. A number of
/// another country (`00` and not `0086`) keeps everything, so that `001…` is
/// never taken for a mobile that begins with `1…`.
pub fn matching_key(canonical: &str) -> String {
    let with_code = canonical.strip_prefix("0086");
    if with_code.is_none() && canonical.starts_with("00") {
        return canonical.to_owned();
    }
    // A bare `86` is a country code only if a whole number follows: area code and line, or a mobile.
    let bare_code = canonical.strip_prefix("86").filter(|rest| rest.len() >= 10);
    let national = with_code.or(bare_code).unwrap_or(canonical);
    let bare = national.trim_start_matches('0');
    if bare.is_empty() { canonical.to_owned() } else { bare.to_owned() }
}

/// A canonical number with its country code, where it is recognisably a Chinese one:
/// a mobile (`13812345678`, `013812345678`) or a line with its area code
/// (`075512345678`), with or without `86`. Every other text stays as it is.
pub fn international_number(canonical: &str) -> String {
    if canonical.starts_with("00") || !canonical.bytes().all(|byte| byte.is_ascii_digit()) {
        return canonical.to_owned();
    }
    let key = matching_key(canonical);
    let is_mobile = key.len() == 11 && key.starts_with('1') && !matches!(key.as_bytes().get(1), Some(b'0'..=b'2'));
    let has_code = canonical.starts_with("86") && !key.starts_with("86");
    let has_area = canonical.starts_with('0') && matches!(canonical.len(), 11 | 12);
    match canonical {
        _ if is_mobile => format!("0086{key}"),
        _ if has_code => format!("00{canonical}"),
        _ if has_area => format!("0086{canonical}"),
        other => other.to_owned(),
    }
}

/// An uploaded sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundFile {
    /// Its id.
    pub id: SoundFileId,
    /// Its name, unique in the application.
    pub name: String,
    /// Length.
    pub duration_ms: u64,
}

/// An IVR flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// Its name.
    pub name: String,
    /// Rises with each publication.
    pub version: u32,
    /// The first node.
    pub start: NodeName,
    /// Its nodes.
    pub nodes: BTreeMap<NodeName, FlowNode>,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

/// A node of a flow, with the label that records show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowNode {
    /// The node's label.
    pub label: String,
    /// What it does.
    #[serde(flatten)]
    pub step: Step,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// Plays a sound. (I1, ref. 6.3)
    Prompt {
        /// What is played.
        sound: SoundFileId,
        /// How often, 1 to 10.
        times: u32,
        /// Whether a key ends it.
        interruptible: bool,
        /// Where the call goes then.
        next: NodeName,
    },
    /// A menu of keys. (I2, ref. 6.4)
    Branch {
        /// Explains the keys.
        prompt: SoundFileId,
        /// Seconds to wait for a key after the prompt, 1 to 120.
        timeout_s: u32,
        /// Played when no key came.
        timeout_prompt: Option<SoundFileId>,
        /// Played for a key that has no branch.
        invalid_prompt: Option<SoundFileId>,
        /// After this many errors (wrong key or none) the call ends, 1 to 10.
        max_errors: u32,
        /// The keys.
        keys: Vec<BranchKey>,
    },
    /// Queues the caller for an agent of a skill group. (I3, ref. 6.6)
    ToAgent {
        /// The group.
        group: SkillGroupId,
        /// Played once before queueing.
        prompt: Option<SoundFileId>,
        /// Looped while the caller waits.
        music: Option<SoundFileId>,
        /// Longest wait in seconds, 1 to 3,600.
        max_wait_s: u32,
        /// Played when the wait was too long.
        timeout_prompt: Option<SoundFileId>,
        /// Played when no agent of the group is signed in.
        nobody_prompt: Option<SoundFileId>,
        /// Where the call goes when no agent took it; `None` ends it.
        failure: Option<NodeName>,
    },
    /// Ends the call. (ref. 6.19)
    End {
        /// Played first.
        prompt: Option<SoundFileId>,
    },
}

/// One key of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchKey {
    /// `0`–`9`, `*` or `#`.
    pub key: char,
    /// What records call it.
    pub label: String,
    /// Where it leads.
    pub next: NodeName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_many_writings() {
        let key = matching_key(&canonical_number("0086075512345678"));
        for raw in [
            "+86 755 1234 5678",
            "+86-0755-12345678",
            "8675512345678",
            "075512345678",
            "75512345678",
            "008675512345678",
        ] {
            assert_eq!(matching_key(&canonical_number(raw)), key, "{raw}");
        }
        assert_ne!(matching_key(&canonical_number("+17551234567")), key);
    }

    #[test]
    fn a_foreign_number_is_no_chinese_mobile() {
        let mobile = matching_key(&canonical_number("14155551234"));
        assert_ne!(matching_key(&canonical_number("+14155551234")), mobile);
    }

    #[test]
    fn a_short_number_that_begins_with_86_keeps_it() {
        assert_eq!(matching_key("8612"), "8612");
        assert_eq!(matching_key("sales"), "sales");
    }

    #[test]
    fn a_number_written_nationally_gets_its_country_code() {
        for (raw, full) in [
            ("13812345678", "008613812345678"),
            ("013812345678", "008613812345678"),
            ("8613812345678", "008613812345678"),
            ("+86 138 1234 5678", "008613812345678"),
            ("075512345678", "0086075512345678"),
            ("01012345678", "008601012345678"),
            ("8675512345678", "008675512345678"),
            ("0086075512345678", "0086075512345678"),
            ("+1 415 555 1234", "0014155551234"),
            ("100", "100"),
            ("4008001234", "4008001234"),
            ("10086", "10086"),
            ("anonymous", "anonymous"),
        ] {
            assert_eq!(international_number(&canonical_number(raw)), full, "{raw}");
        }
    }
}
