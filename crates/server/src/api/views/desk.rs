//! The messages of the desk socket. The page's messages are
//! [`centre::desk::DeskCommand`] with an optional id; the server's are
//! [`ServerMessage`].

use super::{CallDirectionShape, SideView};
use crate::http::error::ErrorView;
use centre::OfferId;
use centre::desk::{Desk, DeskCall, DeskCommand, DeskPresence, SoundPath};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What the server tells the page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = DeskServerMessage)]
pub enum ServerMessage {
    /// The agent's whole world, after every change.
    Desk {
        /// The world.
        desk: DeskView,
    },
    /// The answer to the page's SDP offer.
    SoundAnswer {
        /// SDP.
        sdp: String,
    },
    /// A request was carried out.
    Done {
        /// The request's id.
        id: Option<u64>,
    },
    /// A request was refused.
    Refused {
        /// The request's id; null when it could not be read.
        id: Option<u64>,
        /// Why.
        error: ErrorView,
    },
    /// Answers a ping.
    Pong,
    /// Another page of the same agent took over; this connection closes.
    Replaced,
}

/// What the page tells the server.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = DeskClientMessage)]
pub struct ClientMessage {
    /// Comes back in `done` or `refused`.
    pub id: Option<u64>,
    /// What to do.
    #[serde(flatten)]
    pub request: DeskRequest,
}

/// What a page asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum DeskRequest {
    /// Says that the page is alive; every 10 seconds.
    Ping,
    /// Opens (or reopens) the page's sound path.
    OfferSound {
        /// The browser's SDP offer.
        sdp: String,
    },
    /// Takes calls from now on. Ends a break or a wrap-up.
    BeReady,
    /// Takes no calls from now on.
    BeAway {
        /// A text (may be empty) for a rest, null for not ready.
        rest: Option<String>,
    },
    /// Answers an offer.
    Accept {
        /// The lease.
        offer: Uuid,
    },
    /// Declines an offer.
    Decline {
        /// The lease.
        offer: Uuid,
    },
    /// Calls somebody.
    Call {
        /// A number in any writing, or an extension.
        to: String,
        /// The number to show, one that the agent may show; the first of them when left out.
        from: Option<String>,
    },
    /// Ends the call.
    HangUp {
        /// Which.
        call: Uuid,
    },
    /// Switches the agent's own voice off or on.
    Mute {
        /// Off or on.
        muted: bool,
    },
    /// Sends digits to the customer's side.
    SendDigits {
        /// `0`–`9`, `*`, `#`.
        digits: String,
    },
    /// Writes a remark on the call that is talked or written up.
    Remark {
        /// The text.
        text: String,
    },
    /// Ends the agent's working time.
    SignOut,
}

impl DeskRequest {
    /// The command for call control; `None` for what the socket answers itself.
    pub fn command(self) -> Option<DeskCommand> {
        Some(match self {
            DeskRequest::Ping => return None,
            DeskRequest::OfferSound { sdp } => DeskCommand::OfferSound { sdp },
            DeskRequest::BeReady => DeskCommand::BeReady,
            DeskRequest::BeAway { rest } => DeskCommand::BeAway { rest },
            DeskRequest::Accept { offer } => DeskCommand::Accept { offer: OfferId(offer) },
            DeskRequest::Decline { offer } => DeskCommand::Decline { offer: OfferId(offer) },
            DeskRequest::Call { to, from } => DeskCommand::Call { to, from },
            DeskRequest::HangUp { call } => DeskCommand::HangUp { call: centre::CallId(call) },
            DeskRequest::Mute { muted } => DeskCommand::Mute { muted },
            DeskRequest::SendDigits { digits } => DeskCommand::SendDigits { digits },
            DeskRequest::Remark { text } => DeskCommand::Remark { text },
            DeskRequest::SignOut => DeskCommand::SignOut,
        })
    }
}

/// The agent's world.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Desk)]
pub struct DeskView {
    /// Rises by one with each snapshot.
    pub sequence: u64,
    /// The server's wall clock in milliseconds; count down against it.
    pub server_ms: i64,
    /// Who.
    pub agent: u64,
    /// What the agent is doing.
    pub presence: DeskPresenceView,
    /// Whether the page's sound path stands.
    pub sound: SoundPathView,
    /// The call that rings, is dialled, is talked or is written up.
    pub call: Option<DeskCallView>,
    /// Callers waiting in the agent's skill groups.
    pub waiting: u32,
}

/// What an agent is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
#[schema(as = DeskPresence)]
pub enum DeskPresenceView {
    /// Not signed in.
    SignedOut,
    /// Waits for a call.
    Ready {
        /// Since when.
        since_ms: i64,
    },
    /// A call rings.
    Offered {
        /// The lease to accept or decline.
        offer: Uuid,
        /// When it rings out.
        until_ms: i64,
        /// How long it rings in all.
        ring_ms: i64,
    },
    /// Calls somebody who has not answered yet.
    Dialling {
        /// Since when.
        since_ms: i64,
    },
    /// In a call.
    Talking {
        /// Since when.
        since_ms: i64,
        /// Whether the agent's microphone is muted at the server.
        muted: bool,
    },
    /// Writes up the call.
    WrapUp {
        /// When it ends by itself.
        until_ms: i64,
        /// How long it lasts in all.
        wrap_up_ms: i64,
    },
    /// Takes no calls.
    Away {
        /// `rest`, `not_ready` or `missed_offer`.
        reason: String,
        /// The text of a rest.
        text: Option<String>,
        /// Since when.
        since_ms: i64,
    },
}

/// Whether sound can reach the page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SoundPath)]
pub enum SoundPathView {
    /// No offer came yet, or the path was lost.
    None,
    /// ICE and DTLS are under way.
    Connecting,
    /// Sound can flow.
    Connected,
}

/// The call of a desk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskCall)]
pub struct DeskCallView {
    /// Which.
    pub call: Uuid,
    /// Who called whom.
    pub direction: CallDirectionShape,
    /// The caller's number, as this agent may see it; in a call out, the number that is shown.
    pub caller: String,
    /// The called number.
    pub callee: String,
    /// The group it queued for.
    pub group: String,
    /// When the call came.
    pub started_ms: i64,
    /// How long the caller waited before the desk rang.
    pub waited_ms: i64,
    /// Keys pressed, with their labels.
    pub keys: Vec<DeskKeyView>,
    /// From whom nothing has been heard for too long.
    pub unheard: Vec<SideView>,
}

/// A key on the call card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskKey)]
pub struct DeskKeyView {
    /// The key.
    #[schema(value_type = String)]
    pub key: char,
    /// Its label.
    pub label: String,
}

impl From<&Desk> for DeskView {
    fn from(desk: &Desk) -> Self {
        DeskView {
            sequence: desk.sequence,
            server_ms: desk.server_ms,
            agent: desk.agent.0,
            presence: DeskPresenceView::from(&desk.presence),
            sound: desk.sound.into(),
            call: desk.call.as_ref().map(DeskCallView::from),
            waiting: desk.waiting,
        }
    }
}

impl From<&DeskPresence> for DeskPresenceView {
    fn from(presence: &DeskPresence) -> Self {
        match presence {
            DeskPresence::SignedOut => DeskPresenceView::SignedOut,
            DeskPresence::Ready { since_ms } => DeskPresenceView::Ready { since_ms: *since_ms },
            DeskPresence::Offered { offer, until_ms, ring_ms } => {
                DeskPresenceView::Offered { offer: offer.0, until_ms: *until_ms, ring_ms: *ring_ms }
            }
            DeskPresence::Dialling { since_ms } => DeskPresenceView::Dialling { since_ms: *since_ms },
            DeskPresence::Talking { since_ms, muted } => {
                DeskPresenceView::Talking { since_ms: *since_ms, muted: *muted }
            }
            DeskPresence::WrapUp { until_ms, wrap_up_ms } => {
                DeskPresenceView::WrapUp { until_ms: *until_ms, wrap_up_ms: *wrap_up_ms }
            }
            DeskPresence::Away { reason, text, since_ms } => {
                DeskPresenceView::Away { reason: reason.clone(), text: text.clone(), since_ms: *since_ms }
            }
        }
    }
}

impl From<SoundPath> for SoundPathView {
    fn from(path: SoundPath) -> Self {
        match path {
            SoundPath::None => SoundPathView::None,
            SoundPath::Connecting => SoundPathView::Connecting,
            SoundPath::Connected => SoundPathView::Connected,
        }
    }
}

impl From<&DeskCall> for DeskCallView {
    fn from(call: &DeskCall) -> Self {
        DeskCallView {
            call: call.call.0,
            direction: call.direction.into(),
            caller: call.caller.clone(),
            callee: call.callee.clone(),
            group: call.group.clone(),
            started_ms: call.started_ms,
            waited_ms: call.waited_ms,
            keys: call.keys.iter().map(|key| DeskKeyView { key: key.key, label: key.label.clone() }).collect(),
            unheard: call.unheard.iter().map(|side| SideView::from(*side)).collect(),
        }
    }
}
