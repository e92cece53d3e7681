//! Sign-in and who is signed in.

use super::{DeskRulesView, RoleView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Account and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The account.
    pub user_id: String,
    /// The password.
    pub password: String,
    /// The application, for people with the same account in several.
    pub sdk_app_id: Option<u64>,
}

/// One's own password, old and new.
#[derive(Deserialize, ToSchema)]
#[schema(as = OwnPassword)]
#[serde(deny_unknown_fields)]
pub struct OwnPasswordInput {
    /// The present one.
    pub old: String,
    /// 8 to 128 characters with letters, digits and other signs.
    pub new: String,
}

/// A login token of the cloud API's CreateSDKLoginToken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInToken {
    /// The token.
    pub token: String,
}

/// What a page finds when it opens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Who is signed in; null for nobody.
    pub me: Option<MeView>,
    /// Only in the demo: the file on the server with its accounts and passwords.
    pub demo_file: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// The application; null for an operator who named none.
    pub sdk_app_id: Option<u64>,
    /// Its name; empty without one.
    pub application_name: String,
    /// The account.
    pub user_id: String,
    /// The person. For an operator the operator's own id, account and name.
    pub staff: MeStaffView,
    /// What the person may do.
    pub role: RoleView,
    /// Whether this is the demo.
    pub demo: bool,
    /// How the desk behaves.
    pub desk_rules: Option<DeskRulesView>,
    /// The server's version.
    pub version: String,
}

/// The person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeStaff)]
pub struct MeStaffView {
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
    /// What the person may do.
    pub role: RoleView,
    /// Personal extension.
    pub extension: Option<String>,
}

/// A ticket for the desk socket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ticket)]
pub struct TicketView {
    /// Goes into `/api/v1/desk?ticket=…` within 30 seconds, once.
    pub ticket: String,
}
