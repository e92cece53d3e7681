//! Staff as the API shows and takes them.

use centre::settings::{Forwarding, ForwardingTarget, Role, Staff};
use centre::{Pii, SkillGroupId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::NewStaff;
use utoipa::ToSchema;

/// What a person may do. Each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub enum RoleView {
    /// Takes calls.
    Agent,
    /// Sees the floor and all records.
    Supervisor,
    /// Changes the application's settings.
    Administrator,
    /// Runs the platform.
    Operator,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        match role {
            Role::Agent => RoleView::Agent,
            Role::Supervisor => RoleView::Supervisor,
            Role::Administrator => RoleView::Administrator,
            Role::Operator => RoleView::Operator,
        }
    }
}

impl From<RoleView> for Role {
    fn from(role: RoleView) -> Self {
        match role {
            RoleView::Agent => Role::Agent,
            RoleView::Supervisor => Role::Supervisor,
            RoleView::Administrator => Role::Administrator,
            RoleView::Operator => Role::Operator,
        }
    }
}

/// Where a person's calls go instead.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Forwarding)]
pub struct ForwardingView {
    /// Whether it is on.
    pub enabled: bool,
    /// 1 always, 2 when busy, unanswered or offline.
    #[schema(minimum = 1, maximum = 2)]
    pub condition: u8,
    /// Where to.
    pub target: ForwardingTargetView,
}

/// Where forwarded calls go.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ForwardingTarget)]
pub enum ForwardingTargetView {
    /// An agent's account.
    Agent(String),
    /// A skill group.
    SkillGroup(u64),
    /// An extension.
    Extension(String),
}

/// A person with an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Staff)]
pub struct StaffView {
    /// Internal id.
    pub id: u64,
    /// The account.
    pub user_id: String,
    /// Name.
    pub name: String,
    /// Nickname shown to customers.
    pub nick: String,
    /// Work number.
    pub staff_number: String,
    /// Phone with the 0086 prefix; may be empty.
    pub phone: String,
    /// What the person may do.
    pub role: RoleView,
    /// Personal extension.
    pub extension: Option<String>,
    /// Whether calls may be made from the person's mobile.
    pub mobile_call_out: bool,
    /// 0 off, 1 only while offline, 2 always.
    pub mobile_accept: u8,
    /// Where calls go instead.
    pub forwarding: Option<ForwardingView>,
    /// Skill group id → priority there: 1 first … 5 last.
    pub groups: BTreeMap<u64, u8>,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

impl From<&Staff> for StaffView {
    fn from(staff: &Staff) -> Self {
        StaffView {
            id: staff.id.0,
            user_id: staff.user_id.clone(),
            name: staff.name.clone(),
            nick: staff.nick.clone(),
            staff_number: staff.staff_number.clone(),
            phone: staff.phone.expose().clone(),
            role: staff.role.into(),
            extension: staff.extension.clone(),
            mobile_call_out: staff.mobile_call_out,
            mobile_accept: staff.mobile_accept,
            forwarding: staff.forwarding.as_ref().map(ForwardingView::from),
            groups: staff.groups.iter().map(|(group, priority)| (group.0, *priority)).collect(),
            modified_at: staff.modified_at,
        }
    }
}

impl From<&Forwarding> for ForwardingView {
    fn from(forwarding: &Forwarding) -> Self {
        let target = match &forwarding.target {
            ForwardingTarget::Agent(account) => ForwardingTargetView::Agent(account.clone()),
            ForwardingTarget::SkillGroup(group) => ForwardingTargetView::SkillGroup(group.0),
            ForwardingTarget::Extension(extension) => ForwardingTargetView::Extension(extension.clone()),
        };
        ForwardingView { enabled: forwarding.enabled, condition: forwarding.condition, target }
    }
}

impl From<ForwardingView> for Forwarding {
    fn from(view: ForwardingView) -> Self {
        let target = match view.target {
            ForwardingTargetView::Agent(account) => ForwardingTarget::Agent(account),
            ForwardingTargetView::SkillGroup(group) => ForwardingTarget::SkillGroup(SkillGroupId(group)),
            ForwardingTargetView::Extension(extension) => ForwardingTarget::Extension(extension),
        };
        Forwarding { enabled: view.enabled, condition: view.condition, target }
    }
}

/// A person to create or to replace. What was read may be sent back as it is.
#[derive(Deserialize, ToSchema)]
pub struct StaffInput {
    /// The account: an e-mail-shaped text, unique in the application.
    pub user_id: String,
    /// Name.
    pub name: String,
    /// Nickname shown to customers.
    #[serde(default)]
    pub nick: String,
    /// Work number.
    #[serde(default)]
    pub staff_number: String,
    /// Phone with the 0086 prefix; may be empty.
    #[serde(default)]
    pub phone: String,
    /// What the person may do; agent when left out.
    pub role: Option<RoleView>,
    /// Personal extension, 4 to 6 digits, first digit 1 to 8.
    pub extension: Option<String>,
    /// Whether calls may be made from the person's mobile.
    #[serde(default)]
    pub mobile_call_out: bool,
    /// 0 off, 1 only while offline, 2 always.
    #[serde(default)]
    #[schema(maximum = 2)]
    pub mobile_accept: u8,
    /// Where calls go instead.
    pub forwarding: Option<ForwardingView>,
    /// Skill group id → priority there: 1 first … 5 last. Left out of a change, the
    /// person stays in the same groups.
    #[serde(default)]
    pub groups: Option<BTreeMap<u64, u8>>,
    /// First password; only when a person is created. Without one the person cannot sign in yet.
    pub password: Option<String>,
}

impl StaffInput {
    /// For the store; the password goes apart.
    pub fn into_new(self) -> NewStaff {
        NewStaff {
            user_id: self.user_id.trim().to_owned(),
            name: self.name.trim().to_owned(),
            nick: self.nick,
            staff_number: self.staff_number,
            phone: Pii::new(self.phone),
            role: self.role.unwrap_or(RoleView::Agent).into(),
            extension: self.extension.filter(|extension| !extension.is_empty()),
            mobile_call_out: self.mobile_call_out,
            mobile_accept: self.mobile_accept,
            forwarding: self.forwarding.map(Forwarding::from),
            groups: self
                .groups
                .unwrap_or_default()
                .into_iter()
                .map(|(group, priority)| (SkillGroupId(group), priority))
                .collect(),
        }
    }
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordInput {
    /// 8 to 128 characters with letters, digits and other signs.
    pub password: String,
}
