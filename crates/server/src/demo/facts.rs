//! What people and tests must know of a demo: `demo.json`.

use crate::data_folder::write_secret;
use crate::serve::Addresses;
use centre::{SdkAppId, TrunkId};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// Everything that survives a restart, passwords included.
#[derive(Clone)]
pub struct Facts {
    /// The application.
    pub app: SdkAppId,
    /// Its number.
    pub number: String,
    /// The trunk of the virtual carrier.
    pub trunk: TrunkId,
    /// Its telephones.
    pub phones: Vec<PhoneFacts>,
    /// Its accounts.
    pub secrets: Secrets,
}

/// What is typed into a telephone so that it registers. The store remembers it.
#[derive(Clone, Serialize)]
pub struct PhoneFacts {
    /// Its extension and user name.
    pub extension: String,
    /// Its password.
    pub password: String,
    /// Its realm.
    pub realm: String,
}

/// What only `demo.json` remembers: the store keeps passwords as hashes.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Of the cloud API.
    pub secret_id: String,
    /// Of the cloud API.
    pub secret_key: String,
    /// The agents.
    pub agents: Vec<Account>,
    /// The administrator.
    pub admin: Account,
}

/// An account with its password.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// The account.
    pub user_id: String,
    /// Its password.
    pub password: String,
    /// The agent's extension.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extension: Option<String>,
}

#[derive(Serialize)]
struct DemoFile<'a> {
    http_url: &'a str,
    sip_address: &'a str,
    sip_tcp_address: &'a str,
    sdk_app_id: u64,
    number: &'a str,
    phones: &'a [PhoneFacts],
    #[serde(flatten)]
    secrets: &'a Secrets,
}

impl Secrets {
    /// What an earlier start wrote; `None` when it is gone or unreadable.
    pub fn read(path: &Path) -> Option<Secrets> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }
}

impl Facts {
    /// Tells whoever started the demo how to get in. On the terminal, not in the log.
    pub fn announce(&self, addresses: &Addresses, path: &Path) {
        eprintln!("The demo's accounts and passwords (also in {}):", path.display());
        let agents = self.secrets.agents.iter().map(|agent| ("agent", agent));
        for (role, account) in agents.chain([("administrator", &self.secrets.admin)]) {
            eprintln!("  {role:13}  {:22}  {}", account.user_id, account.password);
        }
        eprintln!("The number to dial: {} by SIP at {}", self.number, addresses.sip_address);
    }

    /// Writes `demo.json`.
    pub fn write(&self, addresses: &Addresses, path: &Path) -> io::Result<()> {
        let file = DemoFile {
            http_url: &addresses.http_url,
            sip_address: &addresses.sip_address,
            sip_tcp_address: &addresses.sip_tcp_address,
            sdk_app_id: self.app.0,
            number: &self.number,
            phones: &self.phones,
            secrets: &self.secrets,
        };
        write_secret(path, &file)
    }
}
