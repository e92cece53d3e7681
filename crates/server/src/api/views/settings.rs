//! Applications, skill groups, numbers, sounds and API keys.

use centre::settings::{AfterSignIn, Application, DeskRules, Number, OutsideCalls, SkillGroup, SoundFile};
use serde::{Deserialize, Serialize};
use store::{ApiKey, ApiKeyRow};
use utoipa::ToSchema;

/// An application: the tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Application)]
pub struct ApplicationView {
    /// Its id, the cloud API's SdkAppId.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// How the desk behaves.
    pub desk_rules: DeskRulesView,
    /// Which numbers outside its people may call.
    pub outside_calls: OutsideCallsView,
    /// How many telephones may be registered at once; `null`: as many as there are.
    pub phone_licences: Option<u32>,
}

impl From<&Application> for ApplicationView {
    fn from(application: &Application) -> Self {
        ApplicationView {
            id: application.id.0,
            name: application.name.clone(),
            desk_rules: DeskRulesView::from(&application.desk_rules),
            outside_calls: OutsideCallsView::from(&application.outside_calls),
            phone_licences: application.phone_licences,
        }
    }
}

/// Which numbers outside may be called, by how they begin with their country code (`0086`, `001`). The
/// longest beginning that fits decides, and what no beginning fits is refused.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OutsideCalls)]
pub struct OutsideCallsView {
    /// Beginnings of numbers that may be called; `00` is the whole world.
    #[schema(max_items = 500)]
    pub allowed: Vec<String>,
    /// Beginnings of numbers that may not.
    #[schema(max_items = 500)]
    pub refused: Vec<String>,
}

impl From<&OutsideCalls> for OutsideCallsView {
    fn from(rules: &OutsideCalls) -> Self {
        OutsideCallsView { allowed: rules.allowed.clone(), refused: rules.refused.clone() }
    }
}

/// What the operator grants an application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LicencesInput {
    /// How many telephones may be registered at once; `null`: as many as there are.
    #[schema(maximum = 100000)]
    pub phones: Option<u32>,
}

/// How the desk behaves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeskRules)]
pub struct DeskRulesView {
    /// Seconds an offer rings before the next agent gets it.
    #[schema(minimum = 5, maximum = 120)]
    pub ring_timeout_s: u32,
    /// Seconds of wrap-up after a call; 0 means none.
    #[schema(maximum = 3600)]
    pub wrap_up_s: u32,
    /// State after sign-in.
    pub after_sign_in: AfterSignInView,
    /// Texts an agent may choose as a reason for a rest.
    #[schema(max_items = 50)]
    pub rest_reasons: Vec<String>,
}

/// An agent's state right after sign-in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AfterSignIn)]
pub enum AfterSignInView {
    /// Calls may come.
    Ready,
    /// Not until the agent says so.
    NotReady,
}

impl From<&DeskRules> for DeskRulesView {
    fn from(rules: &DeskRules) -> Self {
        DeskRulesView {
            ring_timeout_s: rules.ring_timeout_s,
            wrap_up_s: rules.wrap_up_s,
            after_sign_in: match rules.after_sign_in {
                AfterSignIn::Ready => AfterSignInView::Ready,
                AfterSignIn::NotReady => AfterSignInView::NotReady,
            },
            rest_reasons: rules.rest_reasons.clone(),
        }
    }
}

impl From<DeskRulesView> for DeskRules {
    fn from(view: DeskRulesView) -> Self {
        DeskRules {
            ring_timeout_s: view.ring_timeout_s,
            wrap_up_s: view.wrap_up_s,
            after_sign_in: match view.after_sign_in {
                AfterSignInView::Ready => AfterSignIn::Ready,
                AfterSignInView::NotReady => AfterSignIn::NotReady,
            },
            rest_reasons: view.rest_reasons,
        }
    }
}

/// An application's name and desk rules. What was read may be sent back as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ApplicationInput {
    /// Its name.
    pub name: String,
    /// How the desk behaves.
    pub desk_rules: DeskRulesView,
    /// Which numbers outside its people may call; what is set stays when left out.
    pub outside_calls: Option<OutsideCallsView>,
}

/// An application to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplicationInput {
    /// Its name.
    pub name: String,
    /// Its first administrator's account.
    pub administrator: Option<FirstAdministrator>,
}

/// The first administrator of a new application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministrator {
    /// The account.
    pub user_id: String,
    /// The name.
    pub name: String,
    /// The first password.
    pub password: String,
}

impl std::fmt::Debug for FirstAdministrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FirstAdministrator({})", self.user_id)
    }
}

/// A skill group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SkillGroup)]
pub struct SkillGroupView {
    /// Its id.
    pub id: u64,
    /// Its name.
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
    /// How many people are in it.
    pub members: u64,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

impl SkillGroupView {
    /// With the number of its members.
    pub fn of(group: &SkillGroup, members: usize) -> SkillGroupView {
        SkillGroupView {
            id: group.id.0,
            name: group.name.clone(),
            kind: group.kind,
            max_concurrency: group.max_concurrency,
            alias: group.alias.clone(),
            last_agent_first: group.last_agent_first,
            ring_all: group.ring_all,
            members: members as u64,
            modified_at: group.modified_at,
        }
    }
}

/// A skill group to create or to replace. What was read may be sent back as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SkillGroupInput {
    /// Its name, unique in the application.
    pub name: String,
    /// 0 phone, 1 online, 3 audio, 4 video; 0 when left out.
    #[serde(default)]
    pub kind: u8,
    /// Simultaneous sessions a member takes; 1 when left out. More only for online groups.
    #[serde(default = "one")]
    pub max_concurrency: u32,
    /// Internal number, digits; may be empty.
    #[serde(default)]
    pub alias: String,
    /// Whether the agent who last served the caller is tried first.
    #[serde(default)]
    pub last_agent_first: bool,
    /// Whether all members ring at once.
    #[serde(default)]
    pub ring_all: bool,
}

fn one() -> u32 {
    1
}

/// A phone number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Number)]
pub struct NumberView {
    /// Canonical form: digits, `0086…`.
    pub number: String,
    /// The trunk that carries it.
    pub trunk: u64,
    /// The flow that answers it; null refuses calls.
    pub flow: Option<u64>,
    /// 1 normal, 2 suspended for arrears, 4 disabled by an administrator, 5 disabled for a violation.
    pub state: u8,
    /// Skill groups whose agents may show it when they call out.
    pub call_out_groups: Vec<u64>,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

impl From<&Number> for NumberView {
    fn from(number: &Number) -> Self {
        NumberView {
            number: number.number.clone(),
            trunk: number.trunk.0,
            flow: number.flow.map(|flow| flow.0),
            state: number.state,
            call_out_groups: number.call_out_groups.iter().map(|group| group.0).collect(),
            modified_at: number.modified_at,
        }
    }
}

/// A number that somebody may show in calls out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnNumber)]
pub struct OwnNumberView {
    /// Canonical form: digits, `0086…`.
    pub number: String,
}

/// A phone number to create or to replace. What was read may be sent back as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NumberInput {
    /// The number; brought to its canonical form. May be left out in a PUT.
    #[serde(default)]
    pub number: String,
    /// The trunk that carries it.
    pub trunk: u64,
    /// The flow that answers it; null refuses calls.
    pub flow: Option<u64>,
    /// 1 normal, 4 disabled by an administrator; 1 when left out.
    #[serde(default = "normal")]
    pub state: u8,
    /// Skill groups whose agents may show it when they call out.
    #[serde(default)]
    pub call_out_groups: Vec<u64>,
}

fn normal() -> u8 {
    1
}

/// The number that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedNumber {
    /// Its canonical form.
    pub number: String,
}

/// An uploaded sound.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sound)]
pub struct SoundView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Length.
    pub duration_ms: u64,
}

impl From<&SoundFile> for SoundView {
    fn from(sound: &SoundFile) -> Self {
        SoundView { id: sound.id.0, name: sound.name.clone(), duration_ms: sound.duration_ms }
    }
}

/// A key of the cloud API, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// `AKID…`
    pub secret_id: String,
    /// What the administrator wrote about it.
    pub note: String,
    /// Switched on.
    pub enabled: bool,
    /// Unix seconds.
    pub created_at: i64,
}

impl From<&ApiKeyRow> for ApiKeyView {
    fn from(row: &ApiKeyRow) -> Self {
        ApiKeyView {
            secret_id: row.secret_id.clone(),
            note: row.note.clone(),
            enabled: row.enabled,
            created_at: row.created_at,
        }
    }
}

/// A key of the cloud API right after it was made: the only time its secret is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
pub struct NewApiKeyView {
    /// `AKID…`
    pub secret_id: String,
    /// The secret. It is not shown again.
    pub secret_key: String,
    /// What the administrator wrote about it.
    pub note: String,
}

impl NewApiKeyView {
    /// With the note it was made with.
    pub fn of(key: &ApiKey, note: String) -> NewApiKeyView {
        NewApiKeyView { secret_id: key.secret_id.clone(), secret_key: key.secret_key.expose().to_owned(), note }
    }
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyInput {
    /// What it is for.
    #[serde(default)]
    pub note: String,
}

/// Switches a key on or off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeySwitch {
    /// On or off.
    pub enabled: bool,
}
