//! Telephones as the API shows and takes them. A password is shown when it is
//! made, and when an administrator asks for it by name.

use super::trunks::yes;
use centre::SdkAppId;
use centre::settings::Phone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A telephone that registers here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Phone)]
pub struct PhoneView {
    /// Its id.
    pub id: u64,
    /// Its number in the house and its user name.
    pub extension: String,
    /// Where it stands, or whose it is.
    pub name: String,
    /// The agent who works at it.
    pub agent: Option<u64>,
    /// Switched on.
    pub enabled: bool,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

impl From<&Phone> for PhoneView {
    fn from(phone: &Phone) -> Self {
        PhoneView {
            id: phone.id.0,
            extension: phone.extension.clone(),
            name: phone.name.clone(),
            agent: phone.agent.map(|agent| agent.0),
            enabled: phone.enabled,
            modified_at: phone.modified_at,
        }
    }
}

/// A telephone to create or to replace. What was read may be sent back as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PhoneInput {
    /// Its number in the house: 4 to 6 digits, the first 1 to 8. Another person's extension is refused.
    pub extension: String,
    /// Where it stands, or whose it is.
    pub name: String,
    /// The agent who works at it.
    pub agent: Option<u64>,
    /// Switched on; true when left out.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// What is typed into a telephone so that it registers.
#[derive(Serialize, ToSchema)]
#[schema(as = PhoneAccount)]
pub struct PhoneAccountView {
    /// The telephone.
    pub id: u64,
    /// User name, also "authentication name" or "account".
    pub user: String,
    /// The password.
    pub password: String,
    /// Realm, also "domain".
    pub realm: String,
    /// Address and port of the server (registrar and outbound proxy), by UDP and TCP.
    pub server: String,
}

impl PhoneAccountView {
    /// For a telephone that finds us at `server`.
    pub fn of(phone: &Phone, app: SdkAppId, server: &str) -> PhoneAccountView {
        PhoneAccountView {
            id: phone.id.0,
            user: phone.extension.clone(),
            password: phone.password.expose().clone(),
            realm: realm(app),
            server: server.to_owned(),
        }
    }
}

/// The realm in which an application's telephones prove who they are.
pub fn realm(app: SdkAppId) -> String {
    format!("{app}.callyard")
}
