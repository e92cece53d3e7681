//! Requests, by kind: the rules of RFC 3261 §8.2 in their order, copies, ACK, CANCEL,
//! requests inside dialogs, OPTIONS, REGISTER. New calls are in [`super::calls`].

use super::Endpoint;
use crate::api::{DialogId, Flow, Peer, Rejection};
use crate::dialog::transfer::{Other, Referred, Replaced};
use crate::dialog::{ALLOW, Turn, readable_body};
use crate::guard::{self, Ask, Challenge, Finding, Question};
use crate::limits::RETRY_AFTER_SECONDS;
use crate::message::check::{self, Refusal};
use crate::message::write::{self, Stem, Writer};
use crate::message::{Message, Method, Name, Start};
use crate::registrar::Refused;
use crate::transaction::Event as Happening;
use crate::wire;
use std::time::Duration;

/// Where a request came from, and how much it cost its sender.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) flow: Flow,
    pub(super) size: usize,
}

impl Endpoint {
    pub(super) fn on_request(&mut self, request: &Message<'_>, source: Source, now: Duration) {
        let method = request.method();
        if let Err(refusal) = check::request(request) {
            self.wire.reject(source.flow.remote, Rejection::Malformed);
            return self.refuse_broken(request, source, &refusal);
        }
        if method == Method::Ack {
            return self.on_ack(request, source, now);
        }
        if method == Method::Cancel {
            return self.on_cancel(request, source, now);
        }
        let Start::Request { token, .. } = request.start() else { return };
        if let Some(copy) = self.wire.store.find_server(request, source.flow, token) {
            return self.wire.server_event(copy, Happening::Request, None, now);
        }
        let extensions = check::unsupported_extensions(request);
        if !extensions.is_empty() {
            // RFC 3261 §8.2.2.3
            let with = |writer: Writer| writer.header("Unsupported", &extensions);
            return self.reply(request, source, (420, &with));
        }
        match method {
            _ if method != Method::Register && !request.tag_in_to().is_empty() => {
                self.on_request_in_dialog(request, source, now);
            }
            Method::Invite => self.on_new_call(request, source, now),
            Method::Register => self.on_register(request, source, now),
            Method::Options => self.on_options(request, source),
            Method::Bye | Method::Info | Method::Update | Method::Prack => {
                self.wire.reject(source.flow.remote, Rejection::UnknownDialog);
                self.reply(request, source, (481, &plain));
            }
            // RFC 3515 §2.4.2: nobody is transferred who has no call.
            Method::Refer => self.reply(request, source, (403, &plain)),
            Method::Subscribe | Method::Notify | Method::Message | Method::Publish => {
                self.reply(request, source, (405, &|writer: Writer| writer.header("Allow", ALLOW)));
            }
            Method::Other => self.reply(request, source, (501, &|writer: Writer| writer.header("Allow", ALLOW))),
            Method::Ack | Method::Cancel => {}
        }
    }

    /// A request that breaks a rule gets its 400 (416, 505) if anybody can read one; an ACK
    /// is never answered. (RFC 3261 §17)
    fn refuse_broken(&mut self, request: &Message<'_>, source: Source, refusal: &Refusal) {
        if request.method() == Method::Ack {
            return;
        }
        let tag = self.wire.stateless_tag(request);
        let stem = Stem::of(request, source.flow);
        let frame = stem.reply_saying(refusal.status, &refusal.phrase, Some(&tag)).finish(None);
        self.send_reply(request, source, frame);
    }

    /// Answers without a transaction; copies of the request get the same. (RFC 3261 §8.2.7)
    pub(super) fn reply(&mut self, request: &Message<'_>, source: Source, (status, with): Answer<'_>) {
        let tag = self.wire.stateless_tag(request);
        let writer = Stem::of(request, source.flow).reply(status, Some(&tag));
        self.send_reply(request, source, with(writer).finish(None));
    }

    /// A stranger gets no answer that is longer than its question: nobody can use us to send
    /// more than he could himself.
    fn send_reply(&mut self, request: &Message<'_>, source: Source, frame: Vec<u8>) {
        if frame.len() <= source.size || self.is_known(source.flow) {
            self.wire.transmit(wire::answer_flow(request, source.flow), frame);
        }
    }

    /// Whether this flow is a trunk's or a registered phone's.
    pub(super) fn is_known(&self, flow: Flow) -> bool {
        self.known.trunk(flow.remote).is_some() || self.registrar.is_at(flow)
    }

    /// The ACK of a refusal belongs to its transaction, the ACK of a 2xx to its dialog; that
    /// of a stateless answer to nobody. Old stacks use the INVITE's branch for all.
    fn on_ack(&mut self, ack: &Message<'_>, source: Source, now: Duration) {
        let server = self.wire.store.find_server(ack, source.flow, b"INVITE");
        if let Some(server) = server.filter(|server| self.wire.store.awaits_ack(*server)) {
            return self.wire.server_event(server, Happening::Ack, None, now);
        }
        if let Some(dialog) = self.dialog_of(ack, source.flow) {
            self.with(dialog, now, |it, turn| it.on_ack(ack, turn));
        }
    }

    /// RFC 3261 §9.2. A CANCEL that comes too late is answered 200 and changes nothing.
    fn on_cancel(&mut self, cancel: &Message<'_>, source: Source, now: Duration) {
        let Some(invite) = self.wire.store.find_server(cancel, source.flow, b"INVITE") else {
            self.wire.reject(source.flow.remote, Rejection::UnknownDialog);
            return self.reply(cancel, source, (481, &plain));
        };
        let Some(id) = self.wire.store.dialog_of(invite) else { return };
        // The tag of this answer is the tag of the INVITE's answers.
        let tag = self.dialogs.get(&id).map(|dialog| dialog.local_tag.clone());
        let tag = tag.unwrap_or_else(|| self.wire.stateless_tag(cancel));
        let frame = Stem::of(cancel, source.flow).reply(200, Some(&tag)).finish(None);
        self.wire.transmit(wire::answer_flow(cancel, source.flow), frame);
        if self.wire.store.is_unanswered(invite) {
            self.with(id, now, |it, turn| it.on_cancel(invite, cancel, turn));
        }
    }

    /// The dialog that a request is for: its tags, its Call-ID, and a source that may speak
    /// for the peer (the same address by the same transport, or the same trunk). (RFC 3261 §12.2.2)
    fn dialog_of(&self, request: &Message<'_>, flow: Flow) -> Option<DialogId> {
        let tag = std::str::from_utf8(request.tag_in_to()).ok()?;
        let dialog = self.dialogs.get(self.by_tag.get(tag)?)?;
        let same_call = request.call_id() == Ok(&dialog.call_id) && dialog.knows(request.tag_in_from());
        let same_transport = flow.transport == dialog.flow.transport;
        let same_address = flow.remote.ip().to_canonical() == dialog.flow.remote.ip().to_canonical();
        let trunk = self.known.trunk(flow.remote);
        let same_trunk = trunk.is_some() && dialog.peer == trunk.map(Peer::Trunk);
        (same_call && (same_address && same_transport || same_trunk)).then_some(dialog.id)
    }

    /// The call that a Replaces names, if it is one of ours that is not over. (RFC 3891 §3)
    pub(super) fn replaced(&self, replaced: &Replaced) -> Option<DialogId> {
        let tag = std::str::from_utf8(&replaced.to_tag).ok()?;
        let dialog = self.dialogs.get(self.by_tag.get(tag)?)?;
        let same = dialog.call_id == replaced.call_id && dialog.is_with(&replaced.from_tag);
        same.then_some(dialog.id)
    }

    fn on_request_in_dialog(&mut self, request: &Message<'_>, source: Source, now: Duration) {
        let Some(dialog) = self.dialog_of(request, source.flow) else {
            self.wire.reject(source.flow.remote, Rejection::UnknownDialog);
            return self.reply(request, source, (481, &plain));
        };
        if !self.wire.store.has_room() {
            self.wire.reject(source.flow.remote, Rejection::Limit);
            return self.reply(request, source, (503, &retry_later));
        }
        if request.method() == Method::Refer {
            let replaced = Referred::of(request).and_then(|referred| referred.replaces);
            let other = match replaced.map(|replaced| self.replaced(&replaced)) {
                None => Other::None,
                Some(Some(held)) => Other::Held(held),
                Some(None) => Other::Foreign,
            };
            return self.with(dialog, now, |it, turn| it.on_refer(request, (source.flow, other), turn));
        }
        self.with(dialog, now, |it, turn| it.on_request(request, source.flow, turn));
    }

    /// RFC 3261 §11.2. Strangers hear that somebody is here, and no more.
    fn on_options(&mut self, request: &Message<'_>, source: Source) {
        if !self.is_known(source.flow) {
            return self.reply(request, source, (200, &plain));
        }
        if !readable_body(request) {
            return self.reply(request, source, (415, &|writer: Writer| writer.header("Accept", write::SDP)));
        }
        let product = self.wire.product.clone();
        let with = |writer: Writer| {
            let writer = writer.header("Allow", ALLOW).header("Accept", write::SDP);
            writer
                .header("Accept-Encoding", "identity")
                .header("Supported", check::SUPPORTED)
                .header("Server", &product)
        };
        self.reply(request, source, (200, &with));
    }

    /// RFC 3261 §10.3. Every REGISTER is challenged first, whoever it names.
    fn on_register(&mut self, request: &Message<'_>, source: Source, now: Duration) {
        let Ok(to) = request.to() else { return };
        if self.guard.is_banned(source.flow.remote.ip(), now) {
            return self.wire.reject(source.flow.remote, Rejection::Limit);
        }
        if !self.known.has_accounts() {
            self.wire.reject(source.flow.remote, Rejection::UnknownPeer);
            return self.reply(request, source, (403, &plain));
        }
        if !matches!(to.uri.scheme, crate::message::Scheme::Sip | crate::message::Scheme::Sips) {
            return self.reply(request, source, (400, &plain));
        }
        let domain = to.uri.host_text();
        let realm = self.known.realm(&domain, &self.realm).to_owned();
        let question = Question { realm: &realm, source: source.flow.remote.ip() };
        let demand = |ask| Demand { status: 401, ask, realm: &realm, now };
        let turn = &mut Turn { wire: &mut self.wire, now };
        let found = self.guard.judge(request, question, &self.known, turn);
        let (account, repeated) = match found {
            Finding::Proven(account) => (account, false),
            Finding::Repeated(account) => (account, true),
            Finding::Nothing => return self.challenge(request, source, demand(Ask::Anew)),
            Finding::Stale => return self.challenge(request, source, demand(Ask::Stale)),
            Finding::Wrong => {
                self.wire.reject(source.flow.remote, Rejection::BadCredentials);
                return self.challenge(request, source, demand(Ask::Anew));
            }
        };
        // To is the address of record: a phone registers itself only (RFC 3261 §10.3 step 4),
        // and a trunk not at all.
        let phone = match account.peer {
            Peer::Phone(phone) if to.uri.user_text() == account.user => phone,
            Peer::Phone(_) | Peer::Trunk(_) => {
                self.wire.reject(source.flow.remote, Rejection::BadCredentials);
                return self.reply(request, source, (403, &plain));
            }
        };
        let result = match repeated {
            true => Ok(()),
            false => {
                let who = (phone, source.flow, self.known.licence(phone));
                self.registrar.register(request, who, turn)
            }
        };
        match result {
            Ok(()) => self.reply_registered(request, source, (phone, now)),
            Err(Refused::BadStar) => self.reply(request, source, (400, &plain)),
            Err(Refused::NoLicence) => self.reply(request, source, (402, &plain)),
            Err(Refused::Contact | Refused::TooMany) => self.reply(request, source, (403, &plain)),
            Err(Refused::TooBrief) => {
                self.reply(request, source, (423, &|writer: Writer| writer.header("Min-Expires", "60")))
            }
            Err(Refused::OutOfOrder) => self.reply(request, source, (500, &plain)),
        }
    }

    /// RFC 3261 §10.3 step 8: every binding, with what is left of it.
    fn reply_registered(
        &mut self,
        request: &Message<'_>,
        source: Source,
        (phone, now): (crate::api::PhoneKey, Duration),
    ) {
        let tag = self.wire.stateless_tag(request);
        let mut writer = Stem::of(request, source.flow).reply(200, Some(&tag));
        for contact in self.registrar.contacts(phone) {
            let left = contact.until.saturating_sub(now).as_secs();
            writer = writer.header("Contact", format!("<{}>;expires={left}", contact.uri));
        }
        for path in request.values(Name::Path) {
            // RFC 3327 §5.3: the phone hears which way its calls will come.
            writer = writer.header("Path", path);
        }
        // A proven phone may get more than it sent.
        self.wire.transmit(wire::answer_flow(request, source.flow), writer.finish(None));
    }

    /// 401 or 407. The one answer to strangers that may be longer than the question: without
    /// it no phone of few words could ever prove itself. A source that answers none of them
    /// soon gets only what is no longer than what it sent.
    pub(super) fn challenge(&mut self, request: &Message<'_>, source: Source, demand: Demand<'_>) {
        let Demand { status, ask, realm, now } = demand;
        let question = Question { realm, source: source.flow.remote.ip() };
        let tag = self.wire.stateless_tag(request);
        let stem = Stem::of(request, source.flow);
        let header = if status == 407 { "Proxy-Authenticate" } else { "WWW-Authenticate" };
        let mut write = |algorithms| {
            let challenge = Challenge { header, ask, algorithms };
            let turn = &mut Turn { wire: &mut self.wire, now };
            guard::challenge(stem.reply(status, Some(&tag)), challenge, question, turn).finish(None)
        };
        let asked = self.guard.asked();
        let mut frame = write(asked);
        // Only UDP lets anybody write somebody else's address.
        let told_truly = source.flow.transport.is_reliable() || self.registrar.is_at(source.flow);
        if frame.len() > source.size && !told_truly && !self.guard.may_exceed(question.source, now) {
            // The last of them is what old telephones know.
            frame = write(&asked[asked.len() - 1..]);
            if frame.len() > source.size {
                return;
            }
        }
        self.wire.transmit(wire::answer_flow(request, source.flow), frame);
    }
}

/// What somebody has to prove: 401 or 407, why, and whose password.
#[derive(Clone, Copy)]
pub(super) struct Demand<'a> {
    pub(super) status: u16,
    pub(super) ask: Ask,
    pub(super) realm: &'a str,
    pub(super) now: Duration,
}

/// A status and what to add to its answer.
pub(super) type Answer<'a> = (u16, &'a dyn Fn(Writer) -> Writer);

/// Adds nothing.
pub(super) fn plain(writer: Writer) -> Writer {
    writer
}

/// RFC 3261 §21.5.4.
pub(super) fn retry_later(writer: Writer) -> Writer {
    writer.header("Retry-After", RETRY_AFTER_SECONDS.to_string())
}
