//! Offers and answers of browser legs, at their opening and later.

use super::Engine;
use crate::browser::{Browser, Opening};
use crate::leg::Path;
use crate::{Event, LegFailure, LegId, Negotiation};
use rand_core::Rng;
use std::time::Duration;
use str0m::IceCreds;
use str0m::config::DtlsCert;

impl Engine {
    pub(super) fn open_browser(&mut self, leg: LegId, offer: &str, now: Duration) {
        if self.has_room_for(leg) {
            let opened = self.opening(now).and_then(|opening| Browser::open(offer, opening));
            self.opened(leg, opened, now);
        }
    }

    /// Makes an offer: the first of a leg that is to be, or that of what stands already.
    pub(super) fn offer_browser(&mut self, leg: LegId, now: Duration) {
        if let Some(browser) = self.browser_mut(leg) {
            let offer = browser.offer_again();
            return self.tell(Event::Negotiated { leg, outcome: Negotiation::Offered(offer) });
        }
        if self.has_room_for(leg) {
            let opened = self.opening(now).and_then(Browser::invite);
            self.opened(leg, opened, now);
        }
    }

    pub(super) fn answer_browser(&mut self, leg: LegId, offer: &str, now: Duration) {
        self.negotiate((leg, now), |browser| browser.answer_again(offer).map(Negotiation::Answered));
    }

    pub(super) fn accept_browser(&mut self, leg: LegId, answer: &str, now: Duration) {
        self.negotiate((leg, now), |browser| browser.accept(answer).map(|()| Negotiation::Accepted));
    }

    fn negotiate(
        &mut self,
        (id, now): (LegId, Duration),
        step: impl FnOnce(&mut Browser) -> Result<Negotiation, String>,
    ) {
        let Some(browser) = self.browser_mut(id) else {
            return; // It is closed, or never was a browser.
        };
        let before = browser.fragment.clone();
        let outcome = step(browser).unwrap_or_else(Negotiation::Refused);
        let after = browser.fragment.clone();
        if before != after {
            self.fragments.remove(&before);
            self.fragments.insert(after, id);
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.hears.numbering.pause();
            // Held, resumed or moved: the silence before it had another reason.
            leg.begin_silence(now);
        }
        self.restless.push(id);
        self.tell(Event::Negotiated { leg: id, outcome });
    }

    fn opened(&mut self, leg: LegId, opened: Result<(Browser, String), String>, now: Duration) {
        match opened {
            Ok((browser, description)) => {
                self.fragments.insert(browser.fragment.clone(), leg);
                self.add(leg, Path::Browser(Box::new(browser)), Some(description), now);
                self.restless.push(leg);
            }
            Err(why) => {
                let cause = LegFailure::BadOffer(why);
                self.tell(Event::LegFailed { leg, cause });
            }
        }
    }

    fn opening(&mut self, now: Duration) -> Result<Opening<'_>, String> {
        let certificate = self.certificate().ok_or("no certificate could be made")?;
        let credentials = self.ice_credentials();
        let instant = self.instant(now);
        Ok(Opening { credentials, certificate, addresses: &self.config.browser_addresses, instant })
    }

    fn certificate(&mut self) -> Option<DtlsCert> {
        if self.certificate.is_none() {
            let crypto = str0m::crypto::from_feature_flags();
            self.certificate = crypto.dtls_provider.generate_certificate();
        }
        self.certificate.clone()
    }

    /// rfc8445:5.3 — at least 24 bits of name and 128 bits of password.
    fn ice_credentials(&mut self) -> IceCreds {
        let mut word = |length: usize| -> String {
            const ALPHABET: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345678";
            (0..length).map(|_| char::from(ALPHABET[(self.luck.next_u32() >> 27) as usize])).collect()
        };
        IceCreds { ufrag: word(12), pass: word(32) }
    }
}
