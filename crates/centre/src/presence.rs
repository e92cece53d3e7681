//! An agent's state: one truth. The reservation *is* the state; whether the
//! agent's page can be reached is a separate lease shown beside it.

use crate::{CallId, OfferId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What an agent is doing. All times are monotonic, since the node's start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Presence {
    /// Not signed in.
    SignedOut,
    /// Waits for a call.
    Ready {
        /// Since when; the longest idle goes first.
        since: Duration,
    },
    /// A call is ringing at the desk.
    Offered {
        /// The lease.
        offer: OfferId,
        /// Which call.
        call: CallId,
        /// When the lease runs out.
        until: Duration,
    },
    /// In a call.
    Talking {
        /// Which.
        call: CallId,
        /// Since when.
        since: Duration,
    },
    /// Writes up the last call.
    WrapUp {
        /// Which call.
        call: CallId,
        /// When the agent becomes ready by itself.
        until: Duration,
    },
    /// Takes no calls.
    Away {
        /// Why.
        reason: AwayReason,
        /// Since when.
        since: Duration,
    },
}

/// Why an agent takes no calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "text", rename_all = "snake_case")]
pub enum AwayReason {
    /// A break, with a text (小休).
    Rest(String),
    /// At the desk, but takes no calls (示忙).
    NotReady,
    /// The agent let an offer ring out; the platform takes them for away.
    MissedOffer,
}
