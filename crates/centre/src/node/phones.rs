//! Telephones on the wire: who may register, where each is reached, and the
//! calls they make.

use super::dial::path_to;
use super::forks::completed_elsewhere;
use super::line::{Line, LineState};
use super::wiring::Node;
use crate::centre::{self, ANSWERED_ELSEWHERE, PhoneCall, Signs};
use crate::settings::{Protection, Settings};
use crate::{Now, PhoneId, SdkAppId};
use media::LegId;
use sip::{Contact, IncomingCall, PhoneEntry, PhoneKey};
use std::collections::BTreeMap;

/// What the node knows of telephones.
#[derive(Debug, Default)]
pub(super) struct Phones {
    entries: BTreeMap<SdkAppId, Vec<PhoneEntry>>,
    licences: BTreeMap<SdkAppId, u32>,
    contacts: BTreeMap<PhoneId, Vec<Contact>>,
}

impl Phones {
    pub(super) fn set(&mut self, app: SdkAppId, settings: Option<&Settings>) {
        let phones = settings.into_iter().flat_map(|settings| settings.phones.values());
        let entries = phones.filter(|phone| phone.enabled).map(|phone| PhoneEntry {
            phone: PhoneKey(phone.id.0),
            user: phone.extension.clone(),
            realm: realm(app),
            password: phone.password.expose().clone(),
        });
        self.entries.insert(app, entries.collect());
        match settings.and_then(|settings| settings.application.phone_licences) {
            Some(licences) => self.licences.insert(app, licences),
            None => self.licences.remove(&app),
        };
    }

    /// All that may register.
    pub(super) fn entries(&self) -> Vec<PhoneEntry> {
        self.entries.values().flatten().cloned().collect()
    }

    /// How many of them may be registered at once, by realm.
    pub(super) fn licences(&self) -> BTreeMap<String, u32> {
        self.licences.iter().map(|(app, licences)| (realm(*app), *licences)).collect()
    }

    /// Where a telephone is reached: the one that registered last goes first.
    pub(super) fn places(&self, phone: PhoneId) -> Vec<Contact> {
        let mut contacts = self.contacts.get(&phone).cloned().unwrap_or_default();
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.until));
        contacts
    }
}

/// The domain of an application's telephones.
fn realm(app: SdkAppId) -> String {
    format!("{app}.callyard")
}

impl Node {
    pub(super) fn registered(&mut self, phone: PhoneKey, contacts: Vec<Contact>, now: Now) {
        let phone = PhoneId(phone.0);
        let reached = !contacts.is_empty();
        if reached {
            self.phones.contacts.insert(phone, contacts);
        } else {
            self.phones.contacts.remove(&phone);
        }
        self.centre.handle(centre::Input::PhoneAt { phone, reached }, now);
    }

    /// A telephone that has proved its password calls.
    pub(super) fn phone_calls(&mut self, phone: PhoneKey, incoming: IncomingCall, now: Now) {
        let leg = self.centre.reserve_leg();
        let taken = incoming.replaces.map(|dialog| self.lines.of_dialog(dialog).map(|line| line.leg));
        let security = self.lines.security(Protection::Accepted);
        let expects_offer = incoming.offer.is_none();
        let line = Line::new((leg, incoming.dialog), incoming.offer, self.config.media_address, security);
        self.lines.insert(if expects_offer { line.by(path_to(incoming.flow)) } else { line });
        let call = PhoneCall { leg, phone: PhoneId(phone.0), called: incoming.called };
        match taken {
            None => self.centre.handle(centre::Input::PhoneCalls(call), now),
            Some(Some(taken)) => self.centre.handle(centre::Input::PhoneTakes { call, taken }, now),
            // RFC 3891 §3: the call is over on our side already.
            Some(None) => self.let_go(leg, 481, now),
        }
    }

    /// Tells a telephone that called how far its call is.
    pub(super) fn ring(&mut self, leg: LegId, signs: Signs, now: Now) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        let LineState::Unanswered(sdp) = &line.state else { return };
        // Without an offer there is nothing to answer before the 200.
        let early = sdp.clone().filter(|_| signs.sounds && line.offer.is_some());
        let status = if early.is_some() { 183 } else { 180 };
        if early.is_some() || signs.rings {
            self.endpoint.command(sip::Command::Ring { dialog: line.dialog, status, sdp: early }, now.mono);
        }
    }

    /// Ends a telephone's leg, refused with this status if it was not answered.
    pub(super) fn let_go(&mut self, leg: LegId, status: u16, now: Now) {
        let Some(line) = self.lines.remove(leg) else { return };
        match line.state {
            // Nobody was invited yet.
            LineState::Unanswered(_) if self.outgoing.contains_key(&leg) => {}
            LineState::Unanswered(_) => {
                let retry_after = (status == 503).then_some(5);
                let refuse = sip::Command::Refuse { dialog: line.dialog, status, retry_after, reason: None };
                self.endpoint.command(refuse, now.mono);
            }
            LineState::Calling => {
                let elsewhere = (status == ANSWERED_ELSEWHERE).then(completed_elsewhere);
                self.stop_calling(&line, elsewhere, now);
            }
            LineState::Answered | LineState::Offering | LineState::OfferingAgain => {
                self.endpoint.command(sip::Command::HangUp { dialog: line.dialog, reason: None }, now.mono);
            }
            LineState::Over => {}
        }
        self.outgoing.remove(&leg);
        self.close_sound(&line, now);
    }
}
