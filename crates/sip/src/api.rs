//! What a SIP endpoint is told, and what it tells: plain values, no bytes of
//! the protocol except session descriptions. Whoever wires an endpoint to call
//! logic needs this file only.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How a message travels. (RFC 3261 §18; RFC 7118 for the WebSocket kinds.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// One datagram, one message.
    Udp,
    /// A stream framed by Content-Length.
    Tcp,
    /// TCP under TLS.
    Tls,
    /// SIP over WebSocket.
    Ws,
    /// SIP over WebSocket under TLS.
    Wss,
}

impl Transport {
    /// Whether the transport itself delivers, so that timers A, E, G are off. (RFC 3261 §17)
    pub fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }
}

/// An address as a URI names it: IPv6 in brackets. (RFC 3261 §25.1, IPv6reference)
pub fn uri_host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Where a message came from and where its answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Flow {
    /// The transport.
    pub transport: Transport,
    /// Our address, as written into Via and Contact.
    pub local: SocketAddr,
    /// The peer's address, as seen on the socket.
    pub remote: SocketAddr,
    /// Which stream connection; 0 for UDP and for "open one if there is none".
    pub connection: u64,
}

/// A dialog (or one about to become a dialog) that this endpoint holds. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DialogId(pub u64);

/// A trunk as the owner of the endpoint numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrunkKey(pub u64);

/// A phone (extension account) as the owner of the endpoint numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PhoneKey(pub u64);

/// Who may speak to us. Replaced as a whole by [`Command::SetDirectory`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Carriers.
    pub trunks: Vec<TrunkEntry>,
    /// Phones that may register.
    pub phones: Vec<PhoneEntry>,
    /// How many phones of a realm may be registered at once. A realm that is not named here
    /// has no such bound.
    pub licences: BTreeMap<String, u32>,
}

/// A carrier known by its source address, by its password, or by both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkEntry {
    /// The owner's key for it.
    pub trunk: TrunkKey,
    /// Source networks whose requests belong to this trunk; the longest prefix wins. Empty: the
    /// trunk is known by its credentials alone, wherever it is.
    pub sources: Vec<IpNet>,
    /// Restricts the sources to one remote port (two trunks behind one address).
    pub port: Option<u16>,
    /// What it has to prove before it may call: its source alone is not enough then.
    pub credentials: Option<TrunkCredentials>,
}

/// The account with which a carrier proves itself to us.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkCredentials {
    /// Its user name.
    pub user: String,
    /// The realm that it is asked for.
    pub realm: String,
    /// The shared secret. Never printed.
    pub password: String,
}

impl std::fmt::Debug for TrunkCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrunkCredentials").finish_non_exhaustive()
    }
}

/// Which digests we ask for. Many telephones know MD5 alone, and some of them give up when
/// another one stands beside it, so that is what is asked for unless somebody decides otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigestOffer {
    /// MD5.
    #[default]
    Md5,
    /// SHA-256, and MD5 behind it. (RFC 8760 §2.3)
    Both,
    /// SHA-256; a proof by MD5 is refused.
    Sha256,
}

/// A phone known by its user name and digest secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneEntry {
    /// The owner's key for it.
    pub phone: PhoneKey,
    /// User part of its address of record.
    pub user: String,
    /// Realm (domain) of its address of record.
    pub realm: String,
    /// The shared secret. Never printed.
    pub password: String,
}

impl std::fmt::Debug for PhoneEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhoneEntry").field("phone", &self.phone).finish_non_exhaustive()
    }
}

/// A binding that we ask a carrier for, so that its calls find us. (RFC 3261 §10.2)
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Whose state is told in [`Event::TrunkState`].
    pub trunk: TrunkKey,
    /// Request-URI, for example `sip:carrier.example`. A host name is not resolved here.
    pub registrar: String,
    /// The address of record, for example `sip:0755123@carrier.example`: From and To.
    pub address: String,
    /// User part of our Contact: what the carrier's calls name before the `@`.
    pub contact: String,
    /// Where to send it, the best first, at most [`crate::limits::TRUNK_FLOWS`]. Empty: not yet known.
    pub flows: Vec<Flow>,
    /// User name for the carrier's challenges.
    pub user: String,
    /// The shared secret. Never printed.
    pub password: String,
    /// How long the binding should last, in seconds.
    pub seconds: u32,
}

impl Registration {
    /// Whether only the flows differ, if anything does.
    pub(crate) fn is_same_account(&self, other: &Registration) -> bool {
        let Registration { trunk, registrar, address, contact, flows: _, user, password, seconds } = other;
        let names = &self.trunk == trunk && &self.registrar == registrar && &self.address == address;
        let account = &self.user == user && &self.password == password;
        names && account && &self.contact == contact && &self.seconds == seconds
    }
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registration").field("trunk", &self.trunk).field("flows", &self.flows).finish_non_exhaustive()
    }
}

/// An address of a trunk that is asked again and again whether it is there. (RFC 3261 §11)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepAlive {
    /// Whose address it is; what comes of it is told in [`Event::AddressState`].
    pub trunk: TrunkKey,
    /// Where to send the question.
    pub flow: Flow,
    /// How often, within [`crate::limits::KEEP_ALIVE_PACE`].
    pub every: Duration,
}

/// How our registration at a trunk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrunkState {
    /// Nothing: its registration was taken back.
    Unknown,
    /// The first REGISTER is under way, or the first to new addresses.
    Registering,
    /// The carrier has our binding. Told again at each refresh.
    Registered {
        /// As time since the node's start.
        until: Duration,
    },
    /// No address of the registrar answers.
    Unreachable,
    /// The registrar answers, and does not want us.
    Refused {
        /// 300 to 699.
        status: u16,
    },
}

/// What came of the keep-alives to one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// It answered the last one, whatever it said.
    Answers {
        /// From our question to its answer.
        round_trip: Duration,
    },
    /// [`crate::limits::MISSED_KEEP_ALIVES`] in a row were not answered.
    Silent,
}

/// Who sent a call, after source and digest checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// A known trunk, by source address, password or both.
    Trunk(TrunkKey),
    /// A phone that proved its password.
    Phone(PhoneKey),
}

/// A call that arrived: what a router needs of the INVITE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingCall {
    /// The dialog to answer, refuse or hang up.
    pub dialog: DialogId,
    /// Who sent it.
    pub peer: Peer,
    /// The flow it came by.
    pub flow: Flow,
    /// User part of the Request-URI: the number that was called.
    pub called: String,
    /// User part of P-Asserted-Identity from a trunk, else of From; empty when anonymous.
    pub caller: String,
    /// Display name beside it, if any.
    pub caller_name: Option<String>,
    /// Whether the caller wants to stay unknown; `caller` and its name are empty then.
    pub privacy: Privacy,
    /// User part of To: the number that was called first, before anybody forwarded the call.
    pub to: String,
    /// How many more hops the caller allows (RFC 3261 §8.1.1.6). Whoever calls on for this call
    /// allows one less, or calls circle for ever. (RFC 7332 §5)
    pub max_forwards: u8,
    /// The dialog that this call takes the place of (RFC 3891): one of ours, whose tags the
    /// caller knows. Whether it may is the owner's to decide. End that one after answering this.
    pub replaces: Option<DialogId>,
    /// User part of the first Diversion or History-Info entry.
    pub diverted_from: Option<String>,
    /// User-to-User content (RFC 7433), undecoded, at most 1,024 bytes.
    pub user_to_user: Option<String>,
    /// Call-ID header, for logs and for matching with the carrier's records.
    pub sip_call_id: String,
    /// The offer. `None`: the peer expects our offer in the 200.
    pub offer: Option<Vec<u8>>,
}

/// Why a dialog (or an attempt at one) is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// The peer sent BYE.
    Bye {
        /// `Q.850` or `SIP` cause of a Reason header (RFC 3326), if any.
        reason: Option<ReasonHeader>,
    },
    /// The peer sent CANCEL before our final answer.
    Cancelled {
        /// As above.
        reason: Option<ReasonHeader>,
    },
    /// Our INVITE was refused with this status.
    Refused {
        /// 300 to 699.
        status: u16,
        /// As above.
        reason: Option<ReasonHeader>,
    },
    /// Our INVITE was answered by 300 to 399: somebody may be found elsewhere. (RFC 3261 §8.1.3.4)
    Redirected {
        /// SIP and tel URIs, the preferred first, at most [`crate::limits::REDIRECTIONS`].
        contacts: Vec<String>,
    },
    /// A session refresh failed, or the peer's did not come in time. (RFC 4028)
    SessionExpired,
    /// No ACK for our 2xx (RFC 3261 §13.3.1.4), or no PRACK for a reliable answer (RFC 3262 §3),
    /// within 64·T1.
    NoAck,
    /// No answer to our request within its timer. (Timer B or F)
    Timeout,
    /// The transport told us that it cannot reach the peer.
    Unreachable,
    /// We ended it, by [`Command::HangUp`] or [`Command::Refuse`].
    Local,
}

/// One value of a Reason header. (RFC 3326)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonHeader {
    /// `Q.850`, `SIP` …
    pub protocol: String,
    /// Its cause number.
    pub cause: Option<u16>,
    /// Its text, for people.
    pub text: Option<String>,
}

/// What the owner wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a command is handed over once; calls are few beside packets")]
pub enum Command {
    /// Replaces the list of who may speak to us.
    SetDirectory(Directory),
    /// Sends a provisional answer (180, 183 …), with early media if `sdp` is given.
    Ring {
        /// The incoming dialog.
        dialog: DialogId,
        /// 101 to 199.
        status: u16,
        /// A session description for 183.
        sdp: Option<Vec<u8>>,
    },
    /// Sends 200 with this session description and retransmits it until the ACK.
    Answer {
        /// The incoming dialog.
        dialog: DialogId,
        /// Our answer (or offer, if the INVITE had none).
        sdp: Vec<u8>,
    },
    /// Sends a final refusal.
    Refuse {
        /// The incoming dialog.
        dialog: DialogId,
        /// 300 to 699.
        status: u16,
        /// Seconds for a Retry-After header.
        retry_after: Option<u32>,
        /// A Reason header.
        reason: Option<ReasonHeader>,
    },
    /// Ends the dialog in whatever state it is: CANCEL, BYE, or a refusal (603).
    HangUp {
        /// The dialog.
        dialog: DialogId,
        /// A Reason header.
        reason: Option<ReasonHeader>,
    },
    /// Calls somebody. The dialog's id is the caller's to choose with [`DialogId`] from
    /// `Endpoint::reserve_dialog`, so that events can be matched from the first one.
    Invite(Invite),
    /// Answers a re-INVITE or UPDATE that carried an offer.
    AnswerOffer {
        /// The dialog.
        dialog: DialogId,
        /// The answer (our offer, if the re-INVITE had none); `None` refuses with 488.
        sdp: Option<Vec<u8>>,
    },
    /// Sends a re-INVITE with an offer.
    Offer {
        /// The dialog.
        dialog: DialogId,
        /// The offer.
        sdp: Vec<u8>,
    },
    /// Answers [`Event::TransferAsked`]: 202, or 603.
    AnswerTransfer {
        /// The dialog.
        dialog: DialogId,
        /// What we do about it.
        answer: TransferAnswer,
    },
    /// Tells the peer how the transfer that it asked for goes on. A final status is the last
    /// word. (RFC 3515 §2.4.5)
    TellTransfer {
        /// The dialog.
        dialog: DialogId,
        /// Status of the call to the target, 100 to 699.
        status: u16,
    },
    /// Asks the peer of a call whether it is still there (OPTIONS inside the dialog). Nothing is
    /// told if it is; no answer, 408 or 481 ends the dialog.
    Probe {
        /// The dialog.
        dialog: DialogId,
    },
    /// Replaces the list of our bindings at carriers. What is missing is un-registered.
    SetRegistrations(Vec<Registration>),
    /// Replaces the list of addresses that are asked whether they are there.
    SetKeepAlives(Vec<KeepAlive>),
    /// From now on new calls are refused with 503 and Retry-After; dialogs go on.
    SetOverload {
        /// Whether to shed.
        shedding: bool,
    },
}

/// What becomes of a wish for a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferAnswer {
    /// We try.
    Accepted,
    /// We do not.
    Declined,
}

/// An outgoing call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// From `Endpoint::reserve_dialog`.
    pub dialog: DialogId,
    /// Where to send it.
    pub flow: Flow,
    /// Request-URI and To, for example `sip:1001@192.0.2.7`.
    pub to: String,
    /// From address, for example `sip:0086075512345678@192.0.2.1`.
    pub from: String,
    /// Display name of From.
    pub from_name: Option<String>,
    /// What is said about the caller beyond From, as the trunk wants it.
    pub identity: CallerIdentity,
    /// Route for a phone behind a proxy: [`Contact::path`] of the contact that is called.
    pub route: Vec<String>,
    /// How many hops we allow: 70, or one less than the call that we call on for.
    pub max_forwards: u8,
    /// User and password for a 401/407 challenge.
    pub credentials: Option<(String, String)>,
    /// User-to-User content.
    pub user_to_user: Option<String>,
    /// The offer.
    pub offer: Vec<u8>,
}

/// Hops of a call that is not made for another one. (RFC 3261 §8.1.1.6)
pub const MAX_FORWARDS: u8 = 70;

/// Whether a caller's number may be shown to the called person. (RFC 3323, RFC 3325 §9.3)
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Privacy {
    /// It may.
    #[default]
    Shown,
    /// It may not. We send an anonymous From and `Privacy: id`.
    Withheld,
}

/// Who calls, for the networks on the way. Never printed: it holds numbers.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerIdentity {
    /// URI of P-Asserted-Identity (RFC 3325), for example `sip:075512345678@192.0.2.1`.
    pub asserted: Option<String>,
    /// Whether the called person may see it.
    pub privacy: Privacy,
    /// URI of a Diversion header (RFC 5806): whose call we forward.
    pub diverted_from: Option<String>,
    /// URI of a Referred-By header (RFC 3892): who gives the call away.
    pub referred_by: Option<String>,
}

impl std::fmt::Debug for CallerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallerIdentity").field("privacy", &self.privacy).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invite").field("dialog", &self.dialog).field("flow", &self.flow).finish_non_exhaustive()
    }
}

/// What the owner is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A new call passed every check; 100 Trying is already sent.
    Incoming(Box<IncomingCall>),
    /// Our 200 was acknowledged.
    Confirmed {
        /// The dialog.
        dialog: DialogId,
        /// An answer in the ACK, if our 200 carried an offer.
        answer: Option<Vec<u8>>,
    },
    /// Our INVITE is making progress.
    Progress {
        /// The dialog.
        dialog: DialogId,
        /// 101 to 199.
        status: u16,
        /// Early media.
        answer: Option<Vec<u8>>,
    },
    /// Our INVITE was answered; the ACK is already sent.
    Answered {
        /// The dialog.
        dialog: DialogId,
        /// The answer.
        answer: Vec<u8>,
    },
    /// The peer sent a new offer inside the dialog; answer with [`Command::AnswerOffer`].
    Offered {
        /// The dialog.
        dialog: DialogId,
        /// The offer; `None` for a re-INVITE without one.
        offer: Option<Vec<u8>>,
    },
    /// The peer answered our [`Command::Offer`], or, in its ACK, the offer that we made when a
    /// re-INVITE brought none. `None`: it refused, or its ACK had no answer.
    OfferAnswered {
        /// The dialog.
        dialog: DialogId,
        /// Its answer.
        answer: Option<Vec<u8>>,
    },
    /// An INFO with a DTMF body (`application/dtmf-relay` or `application/dtmf`).
    Digit {
        /// The dialog.
        dialog: DialogId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The peer wants its call to be connected to somebody else (RFC 3515); answer with
    /// [`Command::AnswerTransfer`].
    TransferAsked {
        /// The dialog.
        dialog: DialogId,
        /// URI of the person to connect to, without headers.
        target: String,
        /// The other call of the peer that the target takes the place of: an attended transfer.
        replaces: Option<DialogId>,
    },
    /// The dialog is over. The last event that names it.
    Ended {
        /// The dialog.
        dialog: DialogId,
        /// Why.
        cause: EndCause,
    },
    /// A phone's set of contacts changed.
    Registered {
        /// The phone.
        phone: PhoneKey,
        /// Its contacts now; empty when it is gone.
        contacts: Vec<Contact>,
    },
    /// How our registration at a trunk stands has changed.
    TrunkState {
        /// The trunk.
        trunk: TrunkKey,
        /// How it stands now.
        state: TrunkState,
    },
    /// An address of a trunk answered a keep-alive (told each time), or has fallen silent.
    AddressState {
        /// The trunk.
        trunk: TrunkKey,
        /// The address, as [`KeepAlive::flow`] named it.
        flow: Flow,
        /// What came of it.
        state: AddressState,
    },
    /// Something was turned away; for counters and one log line. Never a secret or a number.
    Rejected {
        /// The peer's address.
        from: SocketAddr,
        /// What was wrong.
        why: Rejection,
    },
}

/// One place where a phone can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The contact's URI as the phone gave it.
    pub uri: String,
    /// The flow that reached us; calls to the phone go back by it.
    pub flow: Flow,
    /// When it lapses, as time since the node's start.
    pub until: Duration,
    /// Proxies between us and the phone (RFC 3327), for [`Invite::route`].
    pub path: Vec<String>,
}

/// Why a message was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// Not SIP, or a SIP message that breaks a rule we must hold to.
    Malformed,
    /// A call from an address that is no trunk and no proven phone.
    UnknownPeer,
    /// A wrong password, an unknown user, a stale or foreign nonce.
    BadCredentials,
    /// An in-dialog request for a dialog that we do not hold.
    UnknownDialog,
    /// A limit was reached.
    Limit,
    /// We are shedding load.
    Overload,
}

/// What the endpoint wants from the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes by this flow.
    Transmit {
        /// By which flow.
        flow: Flow,
        /// One whole message.
        bytes: Vec<u8>,
    },
    /// Tell the owner.
    Event(Event),
}

/// Which part asked to be woken. For "why did it wake up?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A transaction timer.
    Transaction,
    /// A 2xx without its ACK, or a dialog's own timer.
    Dialog,
    /// A phone's registration lapses, or one of ours wants a refresh.
    Registration,
    /// A trunk is asked whether it is there.
    KeepAlive,
    /// A nonce or a counter window lapses.
    Housekeeping,
}
