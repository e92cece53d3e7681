//! What an agent's page is told: its whole small world, with a sequence
//! number, after every change. Reconnecting is the same as connecting.

use crate::journal::CallDirection;
use crate::sounding::Side;
use crate::{CallId, OfferId, StaffId};
use serde::{Deserialize, Serialize};

/// The agent's world. Times that count down are wall milliseconds, and
/// `server_ms` says what the server's clock showed, so that a page with a wrong
/// clock counts right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// Rises by one with each snapshot of this agent since the node's start.
    pub sequence: u64,
    /// The server's wall clock.
    pub server_ms: i64,
    /// Who.
    pub agent: StaffId,
    /// What the agent is doing.
    pub presence: DeskPresence,
    /// Whether the page's sound path stands.
    pub sound: SoundPath,
    /// The call that rings, is dialled, is talked or is written up.
    pub call: Option<DeskCall>,
    /// Callers waiting in the agent's skill groups.
    pub waiting: u32,
}

/// [`crate::presence::Presence`] as a page sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeskPresence {
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
        offer: OfferId,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundPath {
    /// No offer came from the page yet, or the path was lost.
    None,
    /// ICE and DTLS are under way.
    Connecting,
    /// Sound can flow.
    Connected,
}

/// The call of a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskCall {
    /// Which.
    pub call: CallId,
    /// Who called whom.
    pub direction: CallDirection,
    /// The caller's number, as this agent may see it; in a call out, the number that was shown.
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
    pub keys: Vec<DeskKey>,
    /// From whom nothing has been heard for too long.
    pub unheard: Vec<Side>,
}

/// A key on the call card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskKey {
    /// The key.
    pub key: char,
    /// Its label.
    pub label: String,
}

/// What an agent's page asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum DeskCommand {
    /// Opens (or reopens) the page's sound path.
    OfferSound {
        /// The browser's SDP offer.
        sdp: String,
    },
    /// Takes calls from now on. Ends a break or a wrap-up.
    BeReady,
    /// Takes no calls from now on.
    BeAway {
        /// `Some` for a rest with this text (may be empty), `None` for not ready.
        rest: Option<String>,
    },
    /// Answers an offer.
    Accept {
        /// The lease.
        offer: OfferId,
    },
    /// Declines an offer; the next agent gets it, this one is not ready.
    Decline {
        /// The lease.
        offer: OfferId,
    },
    /// Calls somebody.
    Call {
        /// The number, in any writing.
        to: String,
        /// The number to show; the first that the agent may show when left out.
        from: Option<String>,
    },
    /// Wants calls on the agent's own telephone, or on the page again.
    UsePhone {
        /// On the telephone or not.
        on: bool,
    },
    /// Ends the call.
    HangUp {
        /// Which.
        call: CallId,
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
