//! Trunks as the API shows and takes them. A carrier's password goes in and
//! never comes out.

use centre::settings::{AskWhen, CallerId, Outward, Protection, Rewrite, Trunk};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A carrier.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trunk)]
pub struct TrunkView {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Source networks of its calls, `203.0.113.0/24`.
    pub sources: Vec<String>,
    /// Most calls at once, both ways; null for the node's limit.
    pub max_calls: Option<u32>,
    /// Most new calls a second, both ways; null for the node's limit.
    pub max_calls_per_second: Option<u32>,
    /// How the sound travels.
    pub protection: ProtectionView,
    /// How its numbers are written before they are looked up; the longest matching prefix wins.
    pub inward_rewrites: Vec<RewriteView>,
    /// What the carrier proves before it may call; null when its source address is proof enough.
    pub account: Option<TrunkAccountView>,
    /// How calls are made over it; null when it only brings calls.
    pub outward: Option<OutwardView>,
    /// Switched on.
    pub enabled: bool,
    /// Unix seconds of the last change.
    pub modified_at: i64,
}

impl From<&Trunk> for TrunkView {
    fn from(trunk: &Trunk) -> Self {
        TrunkView {
            id: trunk.id.0,
            name: trunk.name.clone(),
            sources: trunk.sources.iter().map(ToString::to_string).collect(),
            max_calls: trunk.max_calls,
            max_calls_per_second: trunk.rules.max_calls_per_second,
            protection: trunk.rules.protection.into(),
            inward_rewrites: trunk.rules.inward_rewrites.iter().map(RewriteView::from).collect(),
            account: trunk.rules.account.as_ref().map(|account| TrunkAccountView { user: account.user.clone() }),
            outward: trunk.outward.as_ref().map(OutwardView::from),
            enabled: trunk.enabled,
            modified_at: trunk.modified_at,
        }
    }
}

/// What a carrier proves to us. Its password is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrunkAccount)]
pub struct TrunkAccountView {
    /// Its user name.
    pub user: String,
}

/// How calls are made over a trunk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrunkOutward)]
pub struct OutwardView {
    /// Host name or address of the carrier's gateway.
    pub host: String,
    /// Its port; null lets the name service say it, or means the transport's own.
    pub port: Option<u16>,
    /// How messages travel to it.
    pub transport: TransportView,
    /// User name for its challenges; empty when it does not challenge.
    pub user: String,
    /// Whether a password is kept beside it. The password itself is never shown.
    pub has_password: bool,
    /// Whether we register there.
    pub registers: bool,
    /// Where the carrier reads the caller's number.
    pub caller_id: CallerIdView,
    /// How called numbers are written for it; the longest matching prefix wins.
    pub rewrites: Vec<RewriteView>,
    /// Whether its gateway is asked (OPTIONS) whether it is there.
    pub asked: AskWhenView,
    /// Seconds between two questions.
    pub asked_every_s: u32,
}

impl From<&Outward> for OutwardView {
    fn from(outward: &Outward) -> Self {
        OutwardView {
            host: outward.host.clone(),
            port: outward.port,
            transport: outward.transport.into(),
            user: outward.user.clone(),
            has_password: !outward.password.expose().is_empty(),
            registers: outward.registers,
            caller_id: outward.caller_id.into(),
            rewrites: outward.rewrites.iter().map(RewriteView::from).collect(),
            asked: outward.asking.when.into(),
            asked_every_s: outward.asking.every_s,
        }
    }
}

/// A carrier to create or to replace. What was read may be sent back as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TrunkInput {
    /// Its name, unique in the application.
    pub name: String,
    /// Source networks or addresses of its calls; none when it brings no calls.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Most calls at once, both ways; null for the node's limit.
    pub max_calls: Option<u32>,
    /// Most new calls a second, both ways; null for the node's limit.
    #[schema(minimum = 1, maximum = 1000)]
    pub max_calls_per_second: Option<u32>,
    /// How the sound travels; `accepted` when left out.
    #[serde(default)]
    pub protection: ProtectionView,
    /// How its numbers are written before they are looked up; the longest matching prefix wins.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub inward_rewrites: Vec<RewriteView>,
    /// What the carrier proves before it may call; null when its source address is proof enough.
    pub account: Option<TrunkAccountInput>,
    /// How calls are made over it; null when it only brings calls.
    pub outward: Option<OutwardInput>,
    /// Switched on; true when left out.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// What a carrier proves to us.
#[derive(Deserialize, ToSchema)]
#[schema(as = TrunkAccountInput)]
pub struct TrunkAccountInput {
    /// Its user name, unique in the application and no extension.
    pub user: String,
    /// The password beside it, at least 8 characters. Left out, the one that is kept stays, as long as the user stays.
    #[schema(write_only)]
    pub password: Option<String>,
}

impl std::fmt::Debug for TrunkAccountInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TrunkAccountInput")
    }
}

pub(super) fn yes() -> bool {
    true
}

/// How calls are made over a trunk.
#[derive(Deserialize, ToSchema)]
#[schema(as = TrunkOutwardInput)]
pub struct OutwardInput {
    /// Host name or address of the carrier's gateway.
    pub host: String,
    /// Its port; null lets the name service say it, or means the transport's own.
    #[schema(minimum = 1)]
    pub port: Option<u16>,
    /// How messages travel to it; `udp` when left out.
    #[serde(default)]
    pub transport: TransportView,
    /// User name for its challenges; empty when it does not challenge.
    #[serde(default)]
    pub user: String,
    /// The password beside it. Left out, the one that is kept stays, as long as host and user stay too.
    #[schema(write_only)]
    pub password: Option<String>,
    /// Whether we register there.
    #[serde(default)]
    pub registers: bool,
    /// Where the carrier reads the caller's number; `from` when left out.
    #[serde(default)]
    pub caller_id: CallerIdView,
    /// How called numbers are written for it; the longest matching prefix wins.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub rewrites: Vec<RewriteView>,
    /// Whether its gateway is asked (OPTIONS) whether it is there; `where_registered` when left out.
    #[serde(default)]
    pub asked: AskWhenView,
    /// Seconds between two questions; 30 when left out.
    #[serde(default = "asked_every_s")]
    #[schema(minimum = 10, maximum = 300)]
    pub asked_every_s: u32,
}

fn asked_every_s() -> u32 {
    centre::limits::TRUNK_ASKED_S
}

impl std::fmt::Debug for OutwardInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OutwardInput({})", self.host)
    }
}

/// One rule for rewriting numbers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rewrite)]
pub struct RewriteView {
    /// What the number begins with; empty for every number.
    pub prefix: String,
    /// What stands there instead.
    pub replacement: String,
}

impl From<&Rewrite> for RewriteView {
    fn from(rewrite: &Rewrite) -> Self {
        RewriteView { prefix: rewrite.prefix.clone(), replacement: rewrite.replacement.clone() }
    }
}

/// How the sound of a trunk travels.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Protection)]
pub enum ProtectionView {
    /// Plain, and encrypted (SRTP) when the far end offers it.
    #[default]
    Accepted,
    /// Plain with keys beside it, and encrypted when the far end takes them.
    Offered,
    /// Encrypted only; a call without it is refused.
    Demanded,
}

impl From<Protection> for ProtectionView {
    fn from(protection: Protection) -> Self {
        match protection {
            Protection::Accepted => ProtectionView::Accepted,
            Protection::Offered => ProtectionView::Offered,
            Protection::Demanded => ProtectionView::Demanded,
        }
    }
}

impl From<ProtectionView> for Protection {
    fn from(view: ProtectionView) -> Self {
        match view {
            ProtectionView::Accepted => Protection::Accepted,
            ProtectionView::Offered => Protection::Offered,
            ProtectionView::Demanded => Protection::Demanded,
        }
    }
}

/// Whether a carrier's gateway is asked whether it is there.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AskWhen)]
pub enum AskWhenView {
    /// If we register there.
    #[default]
    WhereRegistered,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

impl From<AskWhen> for AskWhenView {
    fn from(when: AskWhen) -> Self {
        match when {
            AskWhen::WhereRegistered => AskWhenView::WhereRegistered,
            AskWhen::Always => AskWhenView::Always,
            AskWhen::Never => AskWhenView::Never,
        }
    }
}

impl From<AskWhenView> for AskWhen {
    fn from(view: AskWhenView) -> Self {
        match view {
            AskWhenView::WhereRegistered => AskWhen::WhereRegistered,
            AskWhenView::Always => AskWhen::Always,
            AskWhenView::Never => AskWhen::Never,
        }
    }
}

/// How SIP messages travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SipTransport)]
pub enum TransportView {
    /// One datagram, one message.
    #[default]
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
    /// WebSocket; carriers do not use it.
    Ws,
    /// WebSocket under TLS; carriers do not use it.
    Wss,
}

impl From<sip::Transport> for TransportView {
    fn from(transport: sip::Transport) -> Self {
        match transport {
            sip::Transport::Udp => TransportView::Udp,
            sip::Transport::Tcp => TransportView::Tcp,
            sip::Transport::Tls => TransportView::Tls,
            sip::Transport::Ws => TransportView::Ws,
            sip::Transport::Wss => TransportView::Wss,
        }
    }
}

impl From<TransportView> for sip::Transport {
    fn from(view: TransportView) -> Self {
        match view {
            TransportView::Udp => sip::Transport::Udp,
            TransportView::Tcp => sip::Transport::Tcp,
            TransportView::Tls => sip::Transport::Tls,
            TransportView::Ws => sip::Transport::Ws,
            TransportView::Wss => sip::Transport::Wss,
        }
    }
}

/// Where a carrier wants to read the caller's number.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CallerId)]
pub enum CallerIdView {
    /// In From.
    #[default]
    From,
    /// In P-Asserted-Identity; From says the same.
    PAssertedIdentity,
    /// In P-Asserted-Identity; From is the account that registered.
    PAssertedIdentityOnly,
}

impl From<CallerId> for CallerIdView {
    fn from(caller_id: CallerId) -> Self {
        match caller_id {
            CallerId::From => CallerIdView::From,
            CallerId::PAssertedIdentity => CallerIdView::PAssertedIdentity,
            CallerId::PAssertedIdentityOnly => CallerIdView::PAssertedIdentityOnly,
        }
    }
}

impl From<CallerIdView> for CallerId {
    fn from(view: CallerIdView) -> Self {
        match view {
            CallerIdView::From => CallerId::From,
            CallerIdView::PAssertedIdentity => CallerId::PAssertedIdentity,
            CallerIdView::PAssertedIdentityOnly => CallerId::PAssertedIdentityOnly,
        }
    }
}
