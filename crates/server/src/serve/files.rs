//! The small files that a running server leaves for people and tools on the
//! same machine: where it is reached, and the first operator's password.

use super::parts::Parts;
use super::{ServeError, While};
use crate::config::Config;
use crate::data_folder::{DataFolder, write_secret};
use crate::luck;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use store::Store;

/// Where a running server can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// For browsers and API clients, without a slash at the end.
    pub http_url: String,
    /// For tools on this machine, whatever the public URL is.
    pub local_url: String,
    /// For SIP by UDP from this machine, whatever address carriers know.
    pub sip_address: String,
    /// The same by TCP.
    pub sip_tcp_address: String,
    /// What people type into their telephones: the address that carriers know too.
    pub sip_for_phones: String,
    /// The same as `sip_address` by TLS, if it is switched on.
    pub sip_tls_address: Option<String>,
    /// As the HTTP port is bound.
    pub http: SocketAddr,
}

impl Addresses {
    /// What the sockets say, and the configuration beside it.
    pub(super) fn new(config: &Config, listen: SocketAddr, parts: &Parts) -> Addresses {
        let local_url = format!("http://{}", reachable(listen));
        Addresses {
            http_url: config.http.public_url.clone().unwrap_or_else(|| local_url.clone()),
            local_url,
            sip_address: reachable(parts.sip_bound.udp).to_string(),
            sip_tcp_address: reachable(parts.sip_bound.tcp).to_string(),
            sip_for_phones: for_phones(config, parts.sip_bound.udp).to_string(),
            sip_tls_address: parts.sip_bound.tls.map(|bound| reachable(bound).to_string()),
            http: listen,
        }
    }
}

/// A telephone stands elsewhere: it reaches us by the address that we write into messages.
fn for_phones(config: &Config, bound: SocketAddr) -> SocketAddr {
    let own = if bound.ip().is_unspecified() { config.media.address } else { bound.ip() };
    let public = config.sip.public_addresses.iter().find(|public| public.is_ipv4() == own.is_ipv4());
    SocketAddr::new(public.copied().unwrap_or(own), bound.port())
}

/// An address that listens everywhere is reached by the loopback.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        // `[::]` is both families, and tools on this machine speak IPv4.
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v6.port())),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

/// `runtime.json`: what tools on this machine need, such as the doctor.
#[derive(Clone, Serialize, Deserialize)]
pub struct Runtime {
    /// For API clients on this machine.
    pub http_url: String,
    /// For SIP by UDP.
    pub sip_address: String,
    /// For SIP by TCP.
    pub sip_tcp_address: String,
    /// For SIP by TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_tls_address: Option<String>,
    /// The server's process.
    pub pid: u32,
    /// What the doctor shows to be let in. New with each start.
    pub doctor_token: String,
}

impl Runtime {
    pub(super) fn new(addresses: &Addresses) -> Runtime {
        Runtime {
            http_url: addresses.local_url.clone(),
            sip_address: addresses.sip_address.clone(),
            sip_tcp_address: addresses.sip_tcp_address.clone(),
            sip_tls_address: addresses.sip_tls_address.clone(),
            pid: std::process::id(),
            doctor_token: luck::text(40),
        }
    }

    pub(super) fn write(&self, folder: &DataFolder) -> std::io::Result<()> {
        write_secret(&folder.runtime(), self)
    }
}

#[derive(Serialize)]
struct FirstSignIn<'a> {
    user_id: &'a str,
    password: &'a str,
}

/// A platform that nobody runs yet gets an operator with a random password.
pub(super) async fn first_operator(store: &Store, folder: &DataFolder) -> Result<(), ServeError> {
    if !store.operators().await.when("reading the operators")?.is_empty() {
        return Ok(());
    }
    let (user_id, password) = ("operator@callyard", luck::text(20));
    // The file first: an operator whose password nobody knows helps nobody.
    let path = folder.first_sign_in();
    write_secret(&path, &FirstSignIn { user_id, password: &password }).when("writing first-sign-in.json")?;
    store.create_operator(user_id, "Operator", &password).await.when("creating the first operator")?;
    tracing::warn!(file = %path.display(), "an operator was made; sign in with the password in this file, then delete it");
    Ok(())
}
