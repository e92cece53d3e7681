//! An agent's state: one truth. The reservation *is* the state; whether the
//! agent's page can be reached is a separate lease shown beside it.

use crate::journal::OfferEnd;
use crate::settings::AfterSignIn;
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
    /// Calls somebody who has not answered yet.
    Dialling {
        /// Which call.
        call: CallId,
        /// Since when.
        since: Duration,
        /// Where the agent stands again if nobody answers.
        back: Back,
    },
    /// Somebody of the house calls the agent, whose telephone or desk rings.
    Called {
        /// What the desk answers or declines.
        lease: OfferId,
        /// Which call.
        call: CallId,
        /// When nobody waits any longer.
        until: Duration,
        /// Where the agent stands again if it is not answered.
        back: Back,
    },
    /// In a call.
    Talking {
        /// Which.
        call: CallId,
        /// Since when.
        since: Duration,
        /// Where the agent stands when it is over and written up.
        then: Then,
    },
    /// Writes up the last call.
    WrapUp {
        /// Which call.
        call: CallId,
        /// When that ends by itself.
        until: Duration,
        /// Where the agent stands then.
        then: Then,
    },
    /// Takes no calls.
    Away {
        /// Why.
        reason: AwayReason,
        /// Since when.
        since: Duration,
    },
}

/// Where an agent stands when a call is over and written up: a break that the
/// agent's own call interrupted goes on after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Then {
    /// Waits for a call.
    Ready,
    /// Takes no calls.
    Away {
        /// Why.
        reason: AwayReason,
    },
}

/// Where an agent stood before a call that nobody may answer. A call that was
/// not answered leaves no trace in the agent's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Back {
    /// Waited for a call.
    Ready {
        /// Since when; the place among the idle is kept.
        since: Duration,
    },
    /// Wrote up the last call.
    WrapUp {
        /// Which call.
        call: CallId,
        /// When that ends by itself.
        until: Duration,
        /// Where the agent stands then.
        then: Then,
    },
    /// Took no calls.
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

/// What can change a [`Presence`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The page came for the first time; the application says how agents begin.
    SignIn(AfterSignIn),
    /// The agent takes calls.
    BeReady,
    /// The agent takes no calls.
    BeAway(AwayReason),
    /// A call is reserved for the agent.
    Offer {
        /// The lease.
        offer: OfferId,
        /// Which call.
        call: CallId,
        /// When the lease runs out.
        until: Duration,
    },
    /// The agent answered the offer.
    Accept,
    /// The offer ended without an answer.
    OfferOver(OfferEnd),
    /// The agent calls somebody.
    Dial {
        /// Which call.
        call: CallId,
    },
    /// Somebody of the house calls the agent.
    Called {
        /// What the desk answers or declines.
        lease: OfferId,
        /// Which call.
        call: CallId,
        /// When nobody waits any longer.
        until: Duration,
    },
    /// Whoever was called has answered: the agent, or whom the agent called.
    Connected,
    /// The agent's talk goes on as part of another call.
    Moved {
        /// Which.
        call: CallId,
    },
    /// Whoever was called did not answer.
    DialOver,
    /// The call is over.
    CallOver {
        /// How long the agent writes it up; zero for not at all.
        wrap_up: Duration,
    },
    /// The time for writing up is over.
    WrapUpOver,
    /// The agent goes home, or the page was lost for too long.
    SignOut,
}

/// Why a [`Change`] changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// In a call, or one rings.
    Busy,
    /// Not signed in.
    SignedOut,
    /// The change is about something that is already over.
    Late,
}

impl Presence {
    /// The state after `change`. `idle_since` is when the agent last became
    /// ready: who loses an offer through no fault keeps that place.
    // tidy: table
    pub fn after(&self, change: Change, idle_since: Duration, now: Duration) -> Result<Presence, Denied> {
        match change {
            Change::SignIn(begin) => Ok(match self {
                Presence::SignedOut => match begin {
                    AfterSignIn::Ready => Presence::Ready { since: now },
                    AfterSignIn::NotReady => Presence::Away { reason: AwayReason::NotReady, since: now },
                },
                Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => self.clone(),
            }),
            Change::BeReady => match self {
                Presence::Ready { .. } => Ok(self.clone()),
                Presence::SignedOut | Presence::WrapUp { .. } | Presence::Away { .. } => {
                    Ok(Presence::Ready { since: now })
                }
                Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. } => Err(Denied::Busy),
            },
            Change::BeAway(reason) => match self {
                Presence::Away { reason: current, .. } if *current == reason => Ok(self.clone()),
                Presence::SignedOut | Presence::Ready { .. } | Presence::WrapUp { .. } | Presence::Away { .. } => {
                    Ok(Presence::Away { reason, since: now })
                }
                Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. } => Err(Denied::Busy),
            },
            Change::Offer { offer, call, until } => match self {
                Presence::Ready { .. } => Ok(Presence::Offered { offer, call, until }),
                Presence::SignedOut => Err(Denied::SignedOut),
                Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => Err(Denied::Busy),
            },
            Change::Accept => match self {
                Presence::Offered { call, .. } => Ok(Presence::Talking { call: *call, since: now, then: Then::Ready }),
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => Err(Denied::Late),
            },
            Change::OfferOver(why) => match self {
                Presence::Offered { .. } => Ok(after_offer(why, idle_since, now)),
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => Err(Denied::Late),
            },
            Change::Dial { call } => match self.clone().into_back() {
                Some(back) => Ok(Presence::Dialling { call, since: now, back }),
                None if *self == Presence::SignedOut => Err(Denied::SignedOut),
                None => Err(Denied::Busy),
            },
            Change::Called { lease, call, until } => match self.clone().into_back() {
                Some(back) => Ok(Presence::Called { lease, call, until, back }),
                None if *self == Presence::SignedOut => Err(Denied::SignedOut),
                None => Err(Denied::Busy),
            },
            Change::Connected => match self {
                Presence::Dialling { call, back, .. } | Presence::Called { call, back, .. } => {
                    Ok(Presence::Talking { call: *call, since: now, then: Then::from(back.clone()) })
                }
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Talking { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => Err(Denied::Late),
            },
            Change::Moved { call } => match self {
                Presence::Talking { call: _, since, then } => {
                    Ok(Presence::Talking { call, since: *since, then: then.clone() })
                }
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => Err(Denied::Late),
            },
            Change::DialOver => match self {
                Presence::Dialling { back, .. } | Presence::Called { back, .. } => Ok(Presence::from(back.clone())),
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Talking { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => Err(Denied::Late),
            },
            Change::CallOver { wrap_up } => match self {
                Presence::Talking { then, .. } if wrap_up.is_zero() => Ok(then.clone().begin(now)),
                Presence::Talking { call, then, .. } => {
                    Ok(Presence::WrapUp { call: *call, until: now + wrap_up, then: then.clone() })
                }
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::WrapUp { .. }
                | Presence::Away { .. } => Err(Denied::Late),
            },
            Change::WrapUpOver => match self {
                Presence::WrapUp { then, .. } => Ok(then.clone().begin(now)),
                Presence::SignedOut
                | Presence::Ready { .. }
                | Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. }
                | Presence::Away { .. } => Err(Denied::Late),
            },
            Change::SignOut => match self {
                Presence::Offered { .. }
                | Presence::Dialling { .. }
                | Presence::Called { .. }
                | Presence::Talking { .. } => Err(Denied::Busy),
                Presence::SignedOut | Presence::Ready { .. } | Presence::WrapUp { .. } | Presence::Away { .. } => {
                    Ok(Presence::SignedOut)
                }
            },
        }
    }

    /// What an agent who calls or is called comes back to; `None` for those who may not be in a call now.
    fn into_back(self) -> Option<Back> {
        match self {
            Presence::Ready { since } => Some(Back::Ready { since }),
            Presence::WrapUp { call, until, then } => Some(Back::WrapUp { call, until, then }),
            Presence::Away { reason, since } => Some(Back::Away { reason, since }),
            Presence::SignedOut
            | Presence::Offered { .. }
            | Presence::Dialling { .. }
            | Presence::Called { .. }
            | Presence::Talking { .. } => None,
        }
    }
}

impl From<Back> for Presence {
    fn from(back: Back) -> Presence {
        match back {
            Back::Ready { since } => Presence::Ready { since },
            Back::WrapUp { call, until, then } => Presence::WrapUp { call, until, then },
            Back::Away { reason, since } => Presence::Away { reason, since },
        }
    }
}

impl Then {
    /// The state that begins now.
    fn begin(self, now: Duration) -> Presence {
        match self {
            Then::Ready => Presence::Ready { since: now },
            Then::Away { reason } => Presence::Away { reason, since: now },
        }
    }
}

impl From<Back> for Then {
    fn from(back: Back) -> Then {
        match back {
            Back::Ready { since: _ } => Then::Ready,
            Back::WrapUp { call: _, until: _, then } => then,
            Back::Away { reason, since: _ } => Then::Away { reason },
        }
    }
}

/// Where an agent stands after an offer that was not answered. (ref. 3.4)
fn after_offer(why: OfferEnd, idle_since: Duration, now: Duration) -> Presence {
    match why {
        OfferEnd::RangOut => Presence::Away { reason: AwayReason::MissedOffer, since: now },
        OfferEnd::Declined => Presence::Away { reason: AwayReason::NotReady, since: now },
        OfferEnd::CallerLeft | OfferEnd::Withdrawn => Presence::Ready { since: idle_since },
        // Whoever lost the page goes to the back, so that a page that flaps does not draw every call.
        OfferEnd::Unreachable => Presence::Ready { since: now },
    }
}
