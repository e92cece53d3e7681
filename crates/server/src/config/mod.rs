//! The configuration: one small TOML file, each key overridable from the
//! environment as `CALLYARD_<SECTION>_<KEY>`. Every fault names its key and
//! the mend, and all faults are told at once.

mod keys;
mod read;

pub use keys::{KEYS, Key, manual};
pub use read::{Fault, Sources};

use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The whole configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The console, the APIs and the desk WebSocket.
    pub http: HttpConfig,
    /// Trunks and phones.
    pub sip: SipConfig,
    /// Sound.
    pub media: MediaConfig,
    /// Where settings and records are kept; `None` for SQLite in the data folder.
    pub database: Option<String>,
    /// The log.
    pub log: LogConfig,
}

/// `[http]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// How browsers reach it, when that differs (a proxy, a name).
    pub public_url: Option<String>,
    /// Proxies whose word about their client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may speak SIP over WebSocket; `*` for any.
    pub sip_origins: Vec<String>,
}

/// `[sip]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipConfig {
    /// UDP listener.
    pub udp: SocketAddr,
    /// TCP listener.
    pub tcp: SocketAddr,
    /// TLS, if it is switched on.
    pub tls: Option<TlsConfig>,
    /// The addresses that peers see, when they differ (NAT): of each family at most one.
    pub public_addresses: Vec<IpAddr>,
    /// Name servers; none for those of the system.
    pub name_servers: Vec<SocketAddr>,
    /// Digests that telephones and carriers are asked for.
    pub digest: sip::DigestOffer,
    /// How long calls in progress may go on after a stop was asked for.
    pub drain: Duration,
}

/// SIP over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// TLS listener.
    pub listen: SocketAddr,
    /// Its files.
    pub files: TlsFiles,
}

/// The files of SIP over TLS, all of them PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate, and those between it and its CA.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// CAs of which each peer that connects must show a certificate; `None` asks nobody.
    pub client_ca: Option<PathBuf>,
    /// CAs that carriers' certificates must come from; `None` for the system's.
    pub trusted_ca: Option<PathBuf>,
}

/// `[media]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaConfig {
    /// The address written into session descriptions and ICE candidates.
    pub address: IpAddr,
    /// The same for peers that speak IPv6, if `address` is not of that family already.
    pub address_v6: Option<IpAddr>,
    /// First and last UDP port for plain RTP.
    pub rtp_ports: (u16, u16),
    /// The UDP port that all browsers share.
    pub browser_port: u16,
    /// How long a leg may be silent.
    pub patience: media::Patience,
}

impl MediaConfig {
    /// All addresses of our sound, of each family at most one.
    pub fn addresses(&self) -> Vec<IpAddr> {
        std::iter::once(self.address).chain(self.address_v6).collect()
    }

    /// The address to bind for sound: with an address of each family, both.
    pub fn bind(&self) -> IpAddr {
        match self.address_v6 {
            Some(_) => IpAddr::from([0u16; 8]),
            None => self.bind_one(),
        }
    }

    /// The address to bind for one family. A loopback address is bound as it is; for any
    /// other, which may belong to a NAT in front of us, all interfaces.
    fn bind_one(&self) -> IpAddr {
        match self.address {
            address if address.is_loopback() => address,
            IpAddr::V4(_) => IpAddr::from([0, 0, 0, 0]),
            IpAddr::V6(_) => IpAddr::from([0u16; 8]),
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// What is written.
    pub level: tracing::Level,
    /// How.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}
