//! Offers: each is a lease with an id and a deadline. Answering is a
//! compare-and-set on it, so that an answer that comes too late, twice or from
//! the wrong desk finds nothing to take.

use crate::{AgentKey, CallId, OfferId, SkillGroupId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// One offer of one call to one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// The call.
    pub call: CallId,
    /// The agent.
    pub agent: AgentKey,
    /// The group for which.
    pub group: SkillGroupId,
    /// When it began to ring.
    pub since: Duration,
    /// When it rings out.
    pub until: Duration,
}

/// The offers that ring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    by_id: BTreeMap<OfferId, Offer>,
    by_call: BTreeMap<CallId, OfferId>,
}

impl Offers {
    /// A desk begins to ring.
    pub fn open(&mut self, offer: Offer) {
        self.by_call.insert(offer.call, offer.id);
        self.by_id.insert(offer.id, offer);
    }

    /// Takes the offer, if it still rings for this agent and its time is not over.
    pub fn accept(&mut self, id: OfferId, agent: AgentKey, now: Duration) -> Option<Offer> {
        let offer = self.by_id.get(&id)?;
        if offer.agent != agent || offer.until <= now {
            return None;
        }
        self.close(id)
    }

    /// Ends an offer for whatever reason.
    pub fn close(&mut self, id: OfferId) -> Option<Offer> {
        let offer = self.by_id.remove(&id)?;
        // A newer offer of the same call stays findable.
        if self.by_call.get(&offer.call) == Some(&id) {
            self.by_call.remove(&offer.call);
        }
        Some(offer)
    }

    /// An offer that rings.
    pub fn get(&self, id: OfferId) -> Option<&Offer> {
        self.by_id.get(&id)
    }

    /// The offer that rings for a call.
    pub fn of_call(&self, call: CallId) -> Option<&Offer> {
        self.by_id.get(self.by_call.get(&call)?)
    }

    /// All that ring.
    pub fn iter(&self) -> impl Iterator<Item = &Offer> {
        self.by_id.values()
    }

    /// How many ring.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether none rings.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SdkAppId, StaffId};
    use uuid::Uuid;

    #[test]
    fn the_end_of_an_old_offer_leaves_the_newer_one_of_the_same_call() {
        let offer = |id: u128| Offer {
            id: OfferId(Uuid::from_u128(id)),
            call: CallId(Uuid::from_u128(9)),
            agent: AgentKey { app: SdkAppId(1), agent: StaffId(1) },
            group: SkillGroupId(1),
            since: Duration::ZERO,
            until: Duration::MAX,
        };
        let mut offers = Offers::default();
        offers.open(offer(1));
        offers.open(offer(2));
        assert_eq!(offers.close(offer(1).id), Some(offer(1)));
        assert_eq!(offers.of_call(offer(2).call), Some(&offer(2)));
    }

    #[test]
    fn an_offer_is_answered_once_in_time_and_by_its_own_agent() {
        let alice = AgentKey { app: SdkAppId(1), agent: StaffId(1) };
        let bob = AgentKey { app: SdkAppId(1), agent: StaffId(2) };
        let id = OfferId(Uuid::from_u128(1));
        let second = Duration::from_secs;
        let offer = Offer {
            id,
            call: CallId(Uuid::from_u128(2)),
            agent: alice,
            group: SkillGroupId(1),
            since: second(0),
            until: second(15),
        };
        let mut offers = Offers::default();
        offers.open(offer);
        assert_eq!(offers.accept(id, bob, second(1)), None, "rings at another desk");
        assert_eq!(offers.accept(id, alice, second(15)), None, "the time is over");
        assert_eq!(offers.accept(id, alice, second(14)), Some(offer));
        assert_eq!(offers.accept(id, alice, second(14)), None, "answered already");
        assert!(offers.is_empty());
    }
}
