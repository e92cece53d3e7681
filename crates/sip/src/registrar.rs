//! Where phones are: the bindings that REGISTER makes, refreshes and removes (RFC 3261
//! §10.3). A binding is reached by the flow that proved itself, never by the address that
//! a Contact claims.

use crate::api::{Contact, Event, Flow, PhoneKey};
use crate::deadlines::Wake;
use crate::dialog::Turn;
use crate::directory::Licence;
use crate::limits::{CONTACTS_PER_PHONE, PATH_BYTES, PATHS, REGISTRATION_SECONDS};
use crate::message::{Address, Message, Name, Scheme, Uri, lex};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

/// The bindings of all phones.
#[derive(Debug, Default)]
pub(crate) struct Registrar {
    phones: BTreeMap<PhoneKey, Registered>,
    /// How many phones of each realm are registered.
    taken: BTreeMap<String, u32>,
    /// The flows of all bindings, for look-up.
    flows: BTreeSet<(Flow, PhoneKey)>,
}

/// A phone with at least one binding.
#[derive(Debug)]
struct Registered {
    realm: String,
    bindings: Vec<Binding>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    contact: Contact,
    call_id: Vec<u8>,
    cseq: u32,
}

/// Why a proven phone's REGISTER is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 400: `*` with other contacts or an expiry.
    BadStar,
    /// 402: every licence is taken by another phone.
    NoLicence,
    /// 403: a Contact at a place where no phone is.
    Contact,
    /// 403: more contacts than a phone may have.
    TooMany,
    /// 423: shorter than we allow.
    TooBrief,
    /// 500: older than what we have. (RFC 3261 §10.3 step 6)
    OutOfOrder,
}

/// One change that a REGISTER asks for.
struct Change<'a> {
    uri: &'a [u8],
    seconds: u32,
}

impl Registrar {
    /// Applies a REGISTER as a whole or not at all. A request without Contact asks only.
    pub(crate) fn register(
        &mut self,
        request: &Message<'_>,
        (phone, flow, licence): (PhoneKey, Flow, Licence<'_>),
        turn: &mut Turn<'_>,
    ) -> Result<(), Refused> {
        let cseq = request.cseq().map_or(0, |cseq| cseq.number);
        let call_id = request.call_id().unwrap_or_default();
        let now = self.phones.get(&phone).map(|known| known.bindings.clone()).unwrap_or_default();
        let mut next = now.clone();
        if removes_all(request)? {
            next.clear();
        }
        let changes = changes(request, flow)?;
        let adds = changes.iter().any(|change| change.seconds > 0);
        for Change { uri, seconds } in changes {
            let same = |binding: &Binding| is_same(binding.contact.uri.as_bytes(), uri);
            if now.iter().any(|old| same(old) && old.call_id == call_id && cseq <= old.cseq) {
                return Err(Refused::OutOfOrder);
            }
            // A phone that comes back at the same address with another Contact was restarted.
            next.retain(|binding| !same(binding) && binding.contact.flow != flow);
            if seconds > 0 {
                let until = turn.now + Duration::from_secs(u64::from(seconds));
                let contact = Contact { uri: lex::text(uri), flow, until, path: path(request) };
                next.push(Binding { contact, call_id: call_id.to_vec(), cseq });
            }
        }
        // The oldest makes room: a phone that moves must not be locked out by its ghosts.
        next.sort_by_key(|binding| binding.contact.until);
        let surplus = next.len().saturating_sub(CONTACTS_PER_PHONE);
        next.drain(..surplus);
        if adds && self.is_used_up(licence, !now.is_empty()) {
            // There are fewer of them than there were: the phone is out.
            self.put((phone, licence.realm), Vec::new(), turn);
            return Err(Refused::NoLicence);
        }
        self.put((phone, licence.realm), next, turn);
        Ok(())
    }

    /// Whether the other phones of a realm hold all its licences. Whoever registered first keeps
    /// its own: a phone that comes back has it already.
    fn is_used_up(&self, licence: Licence<'_>, registered: bool) -> bool {
        let taken = self.taken.get(licence.realm).copied().unwrap_or_default();
        licence.of.is_some_and(|of| taken.saturating_sub(u32::from(registered)) >= of)
    }

    /// The contacts of a phone.
    pub(crate) fn contacts(&self, phone: PhoneKey) -> Vec<Contact> {
        let bindings = self.phones.get(&phone).into_iter().flat_map(|known| &known.bindings);
        bindings.map(|binding| binding.contact.clone()).collect()
    }

    /// Whether a phone is registered by this very flow.
    pub(crate) fn is_at(&self, flow: Flow) -> bool {
        self.flows.range((flow, PhoneKey(0))..=(flow, PhoneKey(u64::MAX))).next().is_some()
    }

    /// Removes what lapsed.
    pub(crate) fn expire(&mut self, phone: PhoneKey, turn: &mut Turn<'_>) {
        let now = turn.now;
        self.keep(phone, |binding| binding.contact.until > now, turn);
    }

    /// A stream is closed: its phone cannot be reached by it any more. (RFC 5626 §5.3)
    pub(crate) fn flow_closed(&mut self, flow: Flow, turn: &mut Turn<'_>) {
        if flow.connection == 0 {
            return;
        }
        let range = (flow, PhoneKey(0))..=(flow, PhoneKey(u64::MAX));
        let phones: Vec<PhoneKey> = self.flows.range(range).map(|(_, phone)| *phone).collect();
        for phone in phones {
            self.keep(phone, |binding| binding.contact.flow != flow, turn);
        }
    }

    /// Drops the phones that are no longer in the directory.
    pub(crate) fn keep_phones(&mut self, keep: impl Fn(PhoneKey) -> bool, turn: &mut Turn<'_>) {
        let gone: Vec<PhoneKey> = self.phones.keys().copied().filter(|phone| !keep(*phone)).collect();
        for phone in gone {
            self.keep(phone, |_| false, turn);
        }
    }

    fn keep(&mut self, phone: PhoneKey, keep: impl Fn(&Binding) -> bool, turn: &mut Turn<'_>) {
        let Some(now) = self.phones.get(&phone) else { return };
        let next: Vec<Binding> = now.bindings.iter().filter(|binding| keep(binding)).cloned().collect();
        let realm = now.realm.clone();
        self.put((phone, &realm), next, turn);
    }

    /// Stores the bindings of a phone, tells the owner if they are others, sets the timer.
    fn put(&mut self, (phone, realm): (PhoneKey, &str), next: Vec<Binding>, turn: &mut Turn<'_>) {
        let wake = Wake::Phone(phone);
        match next.iter().map(|binding| binding.contact.until).min() {
            Some(first) => turn.wire.deadlines.set(wake, first),
            None => turn.wire.deadlines.clear(wake),
        }
        let before = self.contacts(phone);
        for contact in &before {
            self.flows.remove(&(contact.flow, phone));
        }
        self.flows.extend(next.iter().map(|binding| (binding.contact.flow, phone)));
        if let Some(gone) = self.phones.remove(&phone) {
            self.give_back(&gone.realm);
        }
        if !next.is_empty() {
            *self.taken.entry(realm.to_owned()).or_default() += 1;
            self.phones.insert(phone, Registered { realm: realm.to_owned(), bindings: next });
        }
        let contacts = self.contacts(phone);
        if contacts != before {
            turn.wire.tell(Event::Registered { phone, contacts });
        }
    }

    fn give_back(&mut self, realm: &str) {
        let Some(taken) = self.taken.get_mut(realm) else { return };
        *taken -= 1;
        if *taken == 0 {
            self.taken.remove(realm);
        }
    }
}

/// `Contact: *` alone with `Expires: 0` removes everything. (RFC 3261 §10.2.2)
fn removes_all(request: &Message<'_>) -> Result<bool, Refused> {
    let star = request.elements(Name::Contact).any(|contact| contact == b"*");
    let alone = request.elements(Name::Contact).count() == 1;
    let zero = request.value(Name::Expires).and_then(lex::number) == Some(0);
    match (star, alone && zero) {
        (false, _) => Ok(false),
        (true, true) => Ok(true),
        (true, false) => Err(Refused::BadStar),
    }
}

fn changes<'a>(request: &Message<'a>, flow: Flow) -> Result<Vec<Change<'a>>, Refused> {
    let wished = request.value(Name::Expires).and_then(lex::number_saturating);
    let wished = wished.unwrap_or_else(|| u64::from(*REGISTRATION_SECONDS.end()));
    let mut changes = Vec::new();
    for contact in request.elements(Name::Contact).filter(|contact| *contact != b"*") {
        let address = Address::parse(contact).map_err(|_| Refused::Contact)?;
        let seconds = address.params.value("expires").and_then(lex::number_saturating).unwrap_or(wished);
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX).min(*REGISTRATION_SECONDS.end());
        if seconds > 0 && !REGISTRATION_SECONDS.contains(&seconds) {
            return Err(Refused::TooBrief);
        }
        if seconds > 0 && !is_plausible(&address.uri, flow) {
            return Err(Refused::Contact);
        }
        changes.push(Change { uri: address.uri.raw, seconds });
        if changes.len() > CONTACTS_PER_PHONE {
            return Err(Refused::TooMany);
        }
    }
    Ok(changes)
}

/// The proxies that a REGISTER came through. (RFC 3327 §5.3) Bytes go back by the flow all the
/// same; the proxy at its end reads the rest.
fn path(request: &Message<'_>) -> Vec<String> {
    let fits = |element: &&[u8]| element.len() <= PATH_BYTES && Address::parse(element).is_ok();
    request.elements(Name::Path).filter(fits).take(PATHS).map(|element| lex::text(&lex::unfold(element))).collect()
}

fn is_same(bound: &[u8], asked: &[u8]) -> bool {
    match (Uri::parse(bound), Uri::parse(asked)) {
        (Ok(bound), Ok(asked)) => bound.same_place(&asked),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => bound == asked,
    }
}

/// Refuses contacts that no phone has: foreign schemes, embedded headers, ourselves, and
/// addresses that only a tool for reaching others would name.
fn is_plausible(uri: &Uri<'_>, flow: Flow) -> bool {
    let sip = matches!(uri.scheme, Scheme::Sip | Scheme::Sips);
    if !sip || uri.headers.is_some() {
        return false;
    }
    // A name is never resolved: calls go back by the flow.
    let Some(address) = uri.host.and_then(|host| host.address()) else { return true };
    let address = address.to_canonical();
    let ourselves = address == flow.local.ip().to_canonical() && uri.port.unwrap_or(5060) == flow.local.port();
    let metadata = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    };
    let own_host = address.is_loopback() && !flow.remote.ip().to_canonical().is_loopback();
    !(ourselves || metadata || own_host || address.is_multicast() || address.is_unspecified())
}
