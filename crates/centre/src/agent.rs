//! One agent: the presence, and beside it the lease that says whether calls
//! can get through (page and sound path). The two never overwrite each other.

use crate::decide::Standing;
use crate::desk::SoundPath;
use crate::limits::PAGE_GRACE;
use crate::presence::{AwayReason, Change, Denied, Presence};
use crate::{CallId, OfferId, PhoneId};
use media::LegId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    presence: Presence,
    /// When the agent last became ready; an offer lost through no fault restores it.
    idle_since: Duration,
    /// Whether calls can get through.
    pub reach: Reach,
    /// Sequence number of the last desk snapshot.
    pub sequence: u64,
    /// Waiting callers that the last desk snapshot showed.
    pub told_waiting: u32,
}

/// Whether calls can get through to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    page: Page,
    first_offer: FirstOffer,
    /// The sound path.
    pub sound: Sound,
    /// The agent's telephone, while it can be reached.
    pub phone: Option<PhoneId>,
    /// Whether the agent wants calls on the telephone even if the page has sound.
    pub prefers_phone: bool,
    /// The call that runs over the agent's telephone instead of the page.
    pub phone_call: Option<CallId>,
    /// Until when a lost page or (in a call) a lost sound path is waited for.
    pub grace_until: Option<Duration>,
}

/// Whether the page's next SDP offer is its first, which signs the agent in.
/// Whoever signed out stays so, however often the page mends its sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum FirstOffer {
    Expected,
    Made,
}

/// Where an agent hears a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// On the page, by this leg.
    Page(LegId),
    /// On the telephone.
    Phone(PhoneId),
}

/// An agent's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Page {
    /// None since the node's start.
    Never,
    /// This one is connected.
    Connected(u64),
    /// This one was the last.
    Lost(u64),
}

/// An agent's sound path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sound {
    /// None.
    None,
    /// Being made.
    Connecting {
        /// The leg.
        leg: LegId,
        /// When it is given up.
        until: Duration,
        /// The older leg that a call is on meanwhile.
        keeps: Option<LegId>,
    },
    /// Sound can flow.
    Connected {
        /// The leg.
        leg: LegId,
    },
}

impl Agent {
    /// Someone who is not at work.
    pub fn new() -> Agent {
        Agent {
            presence: Presence::SignedOut,
            idle_since: Duration::ZERO,
            reach: Reach {
                page: Page::Never,
                first_offer: FirstOffer::Expected,
                sound: Sound::None,
                phone: None,
                prefers_phone: false,
                phone_call: None,
                grace_until: None,
            },
            sequence: 0,
            told_waiting: 0,
        }
    }

    /// What the agent is doing.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Changes the presence, or says why not.
    pub fn change(&mut self, change: Change, now: Duration) -> Result<(), Denied> {
        let after = self.presence.after(change, self.idle_since, now)?;
        if let Presence::Ready { since } = &after {
            self.idle_since = *since;
        }
        self.presence = after;
        Ok(())
    }

    /// What routing sees.
    pub fn standing(&self) -> Standing {
        match &self.presence {
            Presence::SignedOut => Standing::SignedOut,
            Presence::Ready { since } if self.reach.is_reachable() => Standing::Ready { since: *since },
            Presence::Ready { .. } => Standing::Unreachable,
            Presence::Offered { .. } | Presence::Called { .. } => Standing::Offered,
            Presence::Dialling { .. } | Presence::Talking { .. } => Standing::Talking,
            Presence::WrapUp { .. } => Standing::WrapUp,
            Presence::Away { reason, .. } => match reason {
                AwayReason::Rest(_) => Standing::Resting,
                AwayReason::NotReady | AwayReason::MissedOffer => Standing::NotReady,
            },
        }
    }

    /// The call that rings, is dialled, is talked or is written up.
    pub fn call(&self) -> Option<CallId> {
        match &self.presence {
            Presence::Offered { call, .. }
            | Presence::Dialling { call, .. }
            | Presence::Called { call, .. }
            | Presence::Talking { call, .. }
            | Presence::WrapUp { call, .. } => Some(*call),
            Presence::SignedOut | Presence::Ready { .. } | Presence::Away { .. } => None,
        }
    }

    /// The call that is talked.
    pub fn talking(&self) -> Option<CallId> {
        match &self.presence {
            Presence::Talking { call, .. } => Some(*call),
            Presence::SignedOut
            | Presence::Ready { .. }
            | Presence::Offered { .. }
            | Presence::Dialling { .. }
            | Presence::Called { .. }
            | Presence::WrapUp { .. }
            | Presence::Away { .. } => None,
        }
    }

    /// The call that the agent makes and that nobody has answered yet.
    pub fn dialling(&self) -> Option<CallId> {
        match &self.presence {
            Presence::Dialling { call, .. } => Some(*call),
            Presence::SignedOut
            | Presence::Ready { .. }
            | Presence::Offered { .. }
            | Presence::Called { .. }
            | Presence::Talking { .. }
            | Presence::WrapUp { .. }
            | Presence::Away { .. } => None,
        }
    }

    /// The call inside the house that rings for the agent, and what the desk answers it by.
    pub fn called(&self) -> Option<(CallId, OfferId)> {
        match &self.presence {
            Presence::Called { call, lease, .. } => Some((*call, *lease)),
            Presence::SignedOut
            | Presence::Ready { .. }
            | Presence::Offered { .. }
            | Presence::Dialling { .. }
            | Presence::Talking { .. }
            | Presence::WrapUp { .. }
            | Presence::Away { .. } => None,
        }
    }

    /// Starts or clears the grace period, after anything that bears on it.
    pub fn update_grace(&mut self, now: Duration) {
        let signed_out = self.presence == Presence::SignedOut;
        // A telephone needs no page, and no sound of one.
        let on_phone = |call: CallId| self.reach.phone_call == Some(call);
        let rings = self.called().map(|(call, _lease)| call);
        let phoning = self.talking().or(self.dialling()).or(rings).is_some_and(on_phone);
        let missing = !self.reach.has_page() && !signed_out && !phoning;
        let silent = self.talking().is_some() && !self.reach.has_sound() && !phoning;
        match (missing || silent, self.reach.grace_until) {
            (true, None) => self.reach.grace_until = Some(now + PAGE_GRACE),
            (true, Some(_)) => {}
            (false, _) => self.reach.grace_until = None,
        }
    }
}

impl Default for Agent {
    fn default() -> Self {
        Agent::new()
    }
}

impl Reach {
    /// Whether a call can get through.
    pub fn is_reachable(&self) -> bool {
        self.has_page() && self.seat().is_some()
    }

    /// Where a call would be heard now: on the page, or on the telephone if the page
    /// has no sound or the agent prefers it.
    pub fn seat(&self) -> Option<Seat> {
        let phone = self.phone.map(Seat::Phone);
        match self.sound {
            Sound::Connected { leg } => phone.filter(|_| self.prefers_phone).or(Some(Seat::Page(leg))),
            Sound::None | Sound::Connecting { .. } => phone,
        }
    }

    /// Whether a page is connected.
    pub fn has_page(&self) -> bool {
        match self.page {
            Page::Connected(_) => true,
            Page::Never | Page::Lost(_) => false,
        }
    }

    /// Whether sound can flow now, on a new path or on the old one.
    pub fn has_sound(&self) -> bool {
        match self.sound {
            Sound::Connected { .. } | Sound::Connecting { keeps: Some(_), .. } => true,
            Sound::None | Sound::Connecting { keeps: None, .. } => false,
        }
    }

    /// The sound path as a page is shown it.
    pub fn sound_path(&self) -> SoundPath {
        match self.sound {
            Sound::None => SoundPath::None,
            Sound::Connecting { .. } => SoundPath::Connecting,
            Sound::Connected { .. } => SoundPath::Connected,
        }
    }

    /// A page connected. False when a newer one is known already.
    pub fn page_connected(&mut self, page: u64) -> bool {
        let newest = match self.page {
            Page::Never => true,
            Page::Connected(known) | Page::Lost(known) => page > known,
        };
        if newest {
            self.page = Page::Connected(page);
            self.first_offer = FirstOffer::Expected;
        }
        newest
    }

    /// The page offers sound: true if it is the first time that it does.
    pub fn take_first_offer(&mut self) -> bool {
        std::mem::replace(&mut self.first_offer, FirstOffer::Made) == FirstOffer::Expected
    }

    /// A page was lost. False when it is not the one that is connected.
    pub fn page_lost(&mut self, page: u64) -> bool {
        let current = self.page == Page::Connected(page);
        if current {
            self.page = Page::Lost(page);
        }
        current
    }

    /// All legs that the agent has at the media engine.
    pub fn legs(&self) -> Vec<LegId> {
        match self.sound {
            Sound::None => Vec::new(),
            Sound::Connecting { leg, until: _, keeps } => std::iter::once(leg).chain(keeps).collect(),
            Sound::Connected { leg } => vec![leg],
        }
    }
}
