//! The door of this room: messages and commands in, messages and events out. It decides
//! who may speak and routes to dialogs, registrar and transactions; what a message means
//! to a call is decided there.

use crate::api::{Command, DialogId, DigestOffer, EndCause, Event, Flow, Output, Reason, Rejection};
use crate::deadlines::Wake;
use crate::dialog::{Dialog, Turn, strays};
use crate::directory::Known;
use crate::guard::Guard;
use crate::limits::DIALOGS;
use crate::message::{Framing, Message, NotSip, Start, check};
use crate::outward::keep_alive::KeepAlives;
use crate::outward::registration::Registrations;
use crate::registrar::Registrar;
use crate::transaction::Event as Happening;
use crate::transaction::store::{ClientKey, Owner, Purpose, Verdict};
use crate::wire::Wire;
use std::collections::BTreeMap;
use std::time::Duration;

mod calls;
mod requests;

/// What an endpoint needs to know when it is made.
#[derive(Debug, Clone)]
pub struct EndpointConfig {
    /// The luck of this endpoint: tags, branches, nonces. Random in production.
    pub seed: [u8; 32],
    /// Name and version for User-Agent and Server.
    pub product: String,
    /// Realm of challenges to phones whose domain is not their own.
    pub realm: String,
    /// Digests that phones and trunks are asked for.
    pub digest: DigestOffer,
}

/// A SIP user agent for many calls: a value without sockets or clocks.
#[derive(Debug)]
pub struct Endpoint {
    wire: Wire,
    dialogs: BTreeMap<DialogId, Dialog>,
    /// Dialogs by the tag that we chose for them.
    by_tag: BTreeMap<String, DialogId>,
    known: Known,
    registrar: Registrar,
    registrations: Registrations,
    keep_alives: KeepAlives,
    guard: Guard,
    realm: String,
    shedding: bool,
    next_dialog: u64,
}

impl Endpoint {
    /// An endpoint without trunks and phones: it refuses everybody until
    /// [`Command::SetDirectory`].
    pub fn new(config: EndpointConfig, _now: Duration) -> Endpoint {
        Endpoint {
            wire: Wire::new(config.seed, config.product),
            dialogs: BTreeMap::new(),
            by_tag: BTreeMap::new(),
            known: Known::default(),
            registrar: Registrar::default(),
            registrations: Registrations::default(),
            keep_alives: KeepAlives::default(),
            guard: Guard::new(config.digest),
            realm: config.realm.chars().filter(|letter| !letter.is_control()).collect(),
            shedding: false,
            next_dialog: 1,
        }
    }

    /// An id for [`Command::Invite`]. Never reused.
    pub fn reserve_dialog(&mut self) -> DialogId {
        let id = DialogId(self.next_dialog);
        self.next_dialog += 1;
        id
    }

    /// Takes one message (a datagram, or a frame of a stream) as it came by `flow`.
    pub fn receive(&mut self, flow: Flow, bytes: &[u8], now: Duration) {
        // Keep-alives of phones behind NATs: blank lines, or a few zero bytes.
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' ' | 0)) {
            return;
        }
        match Message::parse(bytes, framing(flow)) {
            Err(NotSip::TooLong) => self.wire.reject(flow.remote, Rejection::Limit),
            Err(NotSip::StartLine) => self.wire.reject(flow.remote, Rejection::Malformed),
            Ok(message) => match message.start() {
                Start::Request { .. } => self.on_request(&message, requests::Source { flow, size: bytes.len() }, now),
                Start::Response { status, .. } => self.on_response(&message, (flow, status), now),
            },
        }
    }

    /// The connection behind `flow` is gone, or the network says that its peer is.
    pub fn flow_closed(&mut self, flow: Flow, now: Duration) {
        // First what still wants to send, so that nothing is sent by it again.
        self.wire.store.flow_closed(flow);
        for dialog in self.dialogs.values_mut() {
            dialog.on_flow_closed(flow);
        }
        for key in self.wire.store.clients_by(flow) {
            self.client_event(key, Happening::TransportFailed, now);
        }
        let turn = &mut Turn { wire: &mut self.wire, now };
        self.registrar.flow_closed(flow, turn);
        self.registrations.flow_closed(flow, turn);
    }

    /// Does what the owner wants. A command for a dialog that is over changes nothing.
    pub fn command(&mut self, command: Command, now: Duration) {
        match command {
            Command::SetDirectory(directory) => self.set_directory(Known::new(directory), now),
            Command::Ring { dialog, status, sdp } => self.with(dialog, now, |it, turn| it.ring(status, sdp, turn)),
            Command::Answer { dialog, sdp } => self.with(dialog, now, |it, turn| it.answer(&sdp, turn)),
            Command::Refuse { dialog, status, retry_after, reason } => {
                self.with(dialog, now, |it, turn| it.refuse(status, (retry_after, reason), turn));
            }
            Command::HangUp { dialog, reason } => self.with(dialog, now, |it, turn| it.hang_up(reason, turn)),
            Command::Invite(invite) => self.invite(invite, now),
            Command::AnswerOffer { dialog, sdp } => self.with(dialog, now, |it, turn| it.answer_offer(sdp, turn)),
            Command::Offer { dialog, sdp } => self.with(dialog, now, |it, turn| it.offer(sdp, turn)),
            Command::AnswerTransfer { dialog, answer } => {
                self.with(dialog, now, |it, turn| it.answer_transfer(answer, turn));
            }
            Command::TellTransfer { dialog, status } => {
                self.with(dialog, now, |it, turn| it.tell_transfer(status, turn));
            }
            Command::Probe { dialog } => self.with(dialog, now, Dialog::probe),
            Command::SetRegistrations(wishes) => {
                self.registrations.set(wishes, &mut Turn { wire: &mut self.wire, now });
            }
            Command::SetKeepAlives(wishes) => {
                self.keep_alives.set(wishes, &mut Turn { wire: &mut self.wire, now });
            }
            Command::SetOverload { shedding } => self.shedding = shedding,
        }
    }

    /// Fires every timer that is due.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(wake) = self.wire.deadlines.take_due(now) {
            match wake {
                Wake::Server(id, timer) => self.wire.server_event(id, Happening::Fired(timer), None, now),
                Wake::Client(key, timer) => self.client_event(key, Happening::Fired(timer), now),
                Wake::Abandoned(key) => self.wire.drop_client(key),
                Wake::Dialog(dialog, timer) => self.with(dialog, now, |it, turn| it.on_timer(timer, turn)),
                Wake::Phone(phone) => self.registrar.expire(phone, &mut Turn { wire: &mut self.wire, now }),
                Wake::Registration(id) => self.registrations.on_timer(id, &mut Turn { wire: &mut self.wire, now }),
                Wake::KeepAlive(trunk, flow) => {
                    self.keep_alives.ask((trunk, flow), &mut Turn { wire: &mut self.wire, now })
                }
                Wake::Nonces => self.guard.expire(&mut Turn { wire: &mut self.wire, now }),
            }
        }
    }

    /// The next output, if any.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.wire.outputs.pop_front()
    }

    /// When to call [`Endpoint::handle_timeout`], and for whom.
    pub fn poll_timeout(&self) -> Option<(Duration, Reason)> {
        self.wire.deadlines.next().map(|(at, wake)| (at, wake.reason()))
    }

    /// How much is held: dialogs and transactions. For gauges, and for tests of leaks.
    pub fn held(&self) -> (usize, usize) {
        (self.dialogs.len(), self.wire.store.len())
    }

    fn set_directory(&mut self, known: Known, now: Duration) {
        self.known = known;
        let turn = &mut Turn { wire: &mut self.wire, now };
        self.registrar.keep_phones(|phone| self.known.is_phone(phone), turn);
    }

    fn invite(&mut self, invite: crate::api::Invite, now: Duration) {
        let id = invite.dialog;
        if self.dialogs.contains_key(&id) {
            // A repeated command.
            return;
        }
        if self.dialogs.len() >= DIALOGS || !self.wire.store.has_room_for_call() {
            let cause = EndCause::Refused { status: 503, reason: None };
            return self.wire.tell(Event::Ended { dialog: id, cause });
        }
        let turn = &mut Turn { wire: &mut self.wire, now };
        if let Some(dialog) = Dialog::outgoing(invite, turn) {
            self.keep(dialog);
        }
    }

    fn keep(&mut self, dialog: Dialog) {
        self.by_tag.insert(dialog.local_tag.clone(), dialog.id);
        self.dialogs.insert(dialog.id, dialog);
    }

    /// Lets a dialog act, and forgets it if that was its last act.
    fn with(&mut self, id: DialogId, now: Duration, act: impl FnOnce(&mut Dialog, &mut Turn<'_>)) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let turn = &mut Turn { wire: &mut self.wire, now };
        act(dialog, turn);
        if dialog.is_gone() {
            dialog.clear_timers(turn);
            dialog.abandon_offer(turn);
            self.by_tag.remove(&dialog.local_tag);
            self.dialogs.remove(&id);
        }
    }

    fn client_event(&mut self, key: ClientKey, event: Happening, now: Duration) {
        match self.wire.client_event(key, event, None, now) {
            Verdict::Failed(owner, cause) => self.on_failed(owner, cause, now),
            Verdict::Nothing | Verdict::Deliver(_) => {}
        }
    }

    /// Responses are never answered, except that a 2xx to INVITE is acknowledged.
    fn on_response(&mut self, response: &Message<'_>, (flow, status): (Flow, u16), now: Duration) {
        if check::response(response).is_err() {
            return self.wire.reject(flow.remote, Rejection::Malformed);
        }
        // An answer that nobody waits for is late, or a copy.
        let Some(key) = self.wire.store.find_client(response) else { return };
        let event = Happening::of_status(status);
        let Verdict::Deliver(owner) = self.wire.client_event(key, event, Some(response), now) else { return };
        match owner {
            Owner::Dialog(dialog, purpose) if self.dialogs.contains_key(&dialog) => {
                self.with(dialog, now, |it, turn| {
                    it.on_flow_known(flow);
                    it.on_response(purpose, response, turn);
                });
            }
            Owner::Dialog(_, Purpose::Invite | Purpose::ReInvite) if event == Happening::Success => {
                strays::acknowledge_and_end(response, (flow, 1), &mut Turn { wire: &mut self.wire, now });
            }
            Owner::Dialog(..) => {}
            Owner::Registration(id) => {
                let turn = &mut Turn { wire: &mut self.wire, now };
                self.registrations.on_response(id, (status, flow), response, turn);
            }
            Owner::KeepAlive(trunk, asked) if status >= 200 => {
                self.keep_alives.on_answer((trunk, asked), &mut Turn { wire: &mut self.wire, now });
            }
            Owner::KeepAlive(..) => {}
        }
    }

    /// No answer will come to one of our requests.
    fn on_failed(&mut self, owner: Owner, cause: EndCause, now: Duration) {
        match owner {
            Owner::Dialog(dialog, purpose) => self.with(dialog, now, |it, turn| it.on_failed(purpose, cause, turn)),
            Owner::Registration(id) => self.registrations.on_failed(id, &mut Turn { wire: &mut self.wire, now }),
            Owner::KeepAlive(trunk, asked) => {
                self.keep_alives.on_silence((trunk, asked), &mut Turn { wire: &mut self.wire, now });
            }
        }
    }
}

/// WebSocket messages are framed by the socket. (RFC 7118 §4.2)
fn framing(flow: Flow) -> Framing {
    use crate::api::Transport::{Tcp, Tls, Udp, Ws, Wss};
    match flow.transport {
        Udp | Ws | Wss => Framing::Datagram,
        Tcp | Tls => Framing::Stream,
    }
}
