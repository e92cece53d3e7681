//! Runs the transaction machines: keys, timers, frames. It keeps serialized messages,
//! never parses, and tells its caller which dialog an answer or a failure belongs to.

use super::{Action, Event, Timer, client, invite_client, invite_server, server};
use crate::api::{DialogId, EndCause, Flow, TrunkKey};
use crate::deadlines::Wake;
use crate::limits::{FORKS, T1_64, TRANSACTIONS};
use crate::message::write::{Stem, Writer};
use crate::message::{Framing, Message, Method, Name, Start, lex};
use crate::outward::registration::RegistrationId;
use crate::wire::{self, WayBack, Wire};
use std::collections::BTreeMap;
use std::time::Duration;

/// A server transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServerId(u64);

/// A client transaction. A CANCEL has the branch of its INVITE. (RFC 3261 §9.1)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientKey {
    number: u64,
    cancel: bool,
}

/// For whom a client transaction works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A dialog's request.
    Dialog(DialogId, Purpose),
    /// A REGISTER of ours.
    Registration(RegistrationId),
    /// An OPTIONS that asks whether this address of a trunk is there.
    KeepAlive(TrunkKey, Flow),
}

impl Owner {
    fn method(self) -> Method {
        match self {
            Owner::Dialog(_, purpose) => purpose.method(),
            Owner::Registration(_) => Method::Register,
            Owner::KeepAlive(..) => Method::Options,
        }
    }
}

/// What a request of a dialog is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    Invite,
    ReInvite,
    Cancel,
    Bye,
    /// An OPTIONS that asks whether the peer still has the dialog.
    Probe,
    /// The acknowledgement of a reliable provisional answer. (RFC 3262)
    Prack,
    /// An UPDATE: a session refresh, or an offer before the answer. (RFC 3311)
    Update,
    /// How a transfer goes on. (RFC 3515)
    Notify,
}

impl Purpose {
    pub(crate) fn method(self) -> Method {
        match self {
            Purpose::Invite | Purpose::ReInvite => Method::Invite,
            Purpose::Cancel => Method::Cancel,
            Purpose::Bye => Method::Bye,
            Purpose::Probe => Method::Options,
            Purpose::Prack => Method::Prack,
            Purpose::Update => Method::Update,
            Purpose::Notify => Method::Notify,
        }
    }
}

/// What came of an event at a client transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing that its owner must know.
    Nothing,
    /// The response is the owner's to read.
    Deliver(Owner),
    /// There will be no answer.
    Failed(Owner, EndCause),
}

#[derive(Debug)]
struct Server {
    machine: ServerMachine,
    way: WayBack,
    /// The last answer.
    frame: Vec<u8>,
    /// What further answers need; dropped with the final one.
    stem: Option<Stem>,
    dialog: DialogId,
    resends: u32,
    key: Box<[u8]>,
    merge_key: Option<Box<[u8]>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ServerMachine {
    Invite(invite_server::State),
    Other(server::State),
}

#[derive(Debug)]
struct Client {
    machine: ClientMachine,
    flow: Flow,
    branch: String,
    /// The request; after a refusal its ACK; after a 2xx nothing.
    frame: Vec<u8>,
    owner: Owner,
    resends: u32,
    /// To tags of 2xx answers that the owner's call is not.
    forks: Vec<Vec<u8>>,
}

/// A 2xx to an INVITE beside the first. (RFC 3261 §13.2.2.4)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fork {
    New,
    /// Its dialog was ended; this is a copy.
    Known,
    /// More forks than anybody makes who means well.
    TooMany,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClientMachine {
    Invite(invite_client::State),
    Other(client::State),
}

/// All transactions of an endpoint.
#[derive(Debug, Default)]
pub(crate) struct Store {
    servers: BTreeMap<ServerId, Server>,
    by_key: BTreeMap<Box<[u8]>, ServerId>,
    by_merge_key: BTreeMap<Box<[u8]>, ServerId>,
    clients: BTreeMap<ClientKey, Client>,
    next: u64,
}

impl Store {
    /// Room for a new call: a tenth is kept for the calls that are there.
    pub(crate) fn has_room_for_call(&self) -> bool {
        self.servers.len() + self.clients.len() < TRANSACTIONS - TRANSACTIONS / 10
    }

    /// Room for a request inside a dialog.
    pub(crate) fn has_room(&self) -> bool {
        self.servers.len() + self.clients.len() < TRANSACTIONS
    }

    /// How many transactions are held.
    pub(crate) fn len(&self) -> usize {
        self.servers.len() + self.clients.len()
    }

    /// The transaction that a request (or its ACK or CANCEL) belongs to. (RFC 3261 §17.2.3)
    pub(crate) fn find_server(&self, request: &Message<'_>, flow: Flow, method: &[u8]) -> Option<ServerId> {
        self.by_key.get(&server_key(request, flow, method)).copied()
    }

    /// Whether a request outside of dialogs came before by another way. (RFC 3261 §8.2.2.2)
    pub(crate) fn is_merged(&self, request: &Message<'_>) -> bool {
        self.by_merge_key.contains_key(&merge_key(request))
    }

    pub(crate) fn dialog_of(&self, id: ServerId) -> Option<DialogId> {
        self.servers.get(&id).map(|server| server.dialog)
    }

    /// Whether an INVITE was refused and its ACK is this transaction's. (RFC 3261 §17.2.1)
    pub(crate) fn awaits_ack(&self, id: ServerId) -> bool {
        self.servers.get(&id).is_some_and(|server| match server.machine {
            ServerMachine::Invite(invite_server::State::Completed | invite_server::State::Confirmed) => true,
            ServerMachine::Invite(_) | ServerMachine::Other(_) => false,
        })
    }

    /// Whether an INVITE has no final answer yet.
    pub(crate) fn is_unanswered(&self, id: ServerId) -> bool {
        self.servers.get(&id).is_some_and(|server| server.stem.is_some())
    }

    /// Where the answers of a server transaction go.
    pub(crate) fn way_back(&self, id: ServerId) -> Option<WayBack> {
        self.servers.get(&id).map(|server| server.way)
    }

    /// A connection is closed: answers that were to go by it need another.
    pub(crate) fn flow_closed(&mut self, flow: Flow) {
        for server in self.servers.values_mut() {
            server.way.closed(flow);
        }
    }

    /// How a 2xx of this To tag stands to the others that came for the same INVITE.
    pub(crate) fn fork(&mut self, key: ClientKey, tag: &[u8]) -> Fork {
        let Some(client) = self.clients.get_mut(&key) else { return Fork::TooMany };
        if client.forks.iter().any(|known| known == tag) {
            return Fork::Known;
        }
        if client.forks.len() >= FORKS {
            return Fork::TooMany;
        }
        client.forks.push(tag.to_vec());
        Fork::New
    }

    pub(crate) fn stem(&self, id: ServerId) -> Option<&Stem> {
        self.servers.get(&id)?.stem.as_ref()
    }

    /// The client transaction that a response belongs to. (RFC 3261 §17.1.3)
    pub(crate) fn find_client(&self, response: &Message<'_>) -> Option<ClientKey> {
        let branch = response.via().ok()?.branch()?;
        let number = branch.get(BRANCH_RANDOM..).and_then(|digits| std::str::from_utf8(digits).ok());
        let number = number.and_then(|digits| u64::from_str_radix(digits, 16).ok())?;
        let method = response.cseq().ok()?.method;
        let key = ClientKey { number, cancel: method == Method::Cancel };
        let client = self.clients.get(&key).filter(|client| client.branch.as_bytes() == branch)?;
        (client.owner.method() == method).then_some(key)
    }

    /// The request of an INVITE transaction that waits for its answer.
    pub(crate) fn waiting_invite(&self, key: ClientKey) -> Option<&[u8]> {
        let client = self.clients.get(&key)?;
        match client.machine {
            ClientMachine::Invite(invite_client::State::Calling | invite_client::State::Proceeding) => {
                Some(&client.frame)
            }
            ClientMachine::Invite(_) | ClientMachine::Other(_) => None,
        }
    }

    /// Client transactions that travel by this flow.
    pub(crate) fn clients_by(&self, flow: Flow) -> Vec<ClientKey> {
        self.clients.iter().filter(|(_, client)| wire::same_way(client.flow, flow)).map(|(key, _)| *key).collect()
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// Cookie and 20 random digits stand before the number of the transaction.
const BRANCH_RANDOM: usize = 7 + 20;

impl Wire {
    /// Opens a server transaction for a request that is no copy.
    pub(crate) fn open_server(&mut self, request: &Message<'_>, flow: Flow, dialog: DialogId) -> ServerId {
        let (method, token) = match request.start() {
            Start::Request { method, token, .. } => (method, token),
            Start::Response { .. } => (Method::Other, &b""[..]),
        };
        let id = ServerId(self.store.fresh());
        let key = server_key(request, flow, token);
        let machine = if method == Method::Invite {
            ServerMachine::Invite(invite_server::State::Proceeding)
        } else {
            ServerMachine::Other(server::State::Trying)
        };
        let merge_key = (method == Method::Invite && request.tag_in_to().is_empty()).then(|| merge_key(request));
        if let Some(merge_key) = &merge_key {
            self.store.by_merge_key.insert(merge_key.clone(), id);
        }
        self.store.by_key.insert(key.clone(), id);
        let stem = Some(Stem::of(request, flow));
        let way = WayBack::of(request, flow);
        let server = Server { machine, way, frame: Vec::new(), stem, dialog, resends: 0, key, merge_key };
        self.store.servers.insert(id, server);
        id
    }

    /// Sends an answer through its transaction.
    pub(crate) fn respond(&mut self, id: ServerId, status: u16, frame: Vec<u8>, now: Duration) {
        self.server_event(id, Event::of_status(status), Some(frame), now);
    }

    /// Feeds one event to a server transaction.
    pub(crate) fn server_event(&mut self, id: ServerId, event: Event, frame: Option<Vec<u8>>, now: Duration) {
        let mut next_event = Some(event);
        let mut frame = frame;
        while let Some(event) = next_event.take() {
            let Some(server) = self.store.servers.get_mut(&id) else { return };
            let (machine, actions) = match server.machine {
                ServerMachine::Invite(state) => {
                    let (state, actions) = invite_server::next(state, event);
                    (ServerMachine::Invite(state), actions)
                }
                ServerMachine::Other(state) => {
                    let (state, actions) = server::next(state, event);
                    (ServerMachine::Other(state), actions)
                }
            };
            server.machine = machine;
            if let Event::Fired(Timer::G) = event {
                server.resends += 1;
            }
            if matches!(event, Event::Success | Event::Failure) {
                server.stem = None;
            }
            for action in actions {
                next_event = self.act_as_server(id, *action, &mut frame, now).or(next_event);
            }
            if matches!(
                machine,
                ServerMachine::Invite(invite_server::State::Terminated)
                    | ServerMachine::Other(server::State::Terminated)
            ) {
                self.drop_server(id);
            }
        }
    }

    /// One action; the event that follows at once, if its timer has no length.
    fn act_as_server(
        &mut self,
        id: ServerId,
        action: Action,
        frame: &mut Option<Vec<u8>>,
        now: Duration,
    ) -> Option<Event> {
        let server = self.store.servers.get_mut(&id)?;
        match action {
            Action::Send => {
                server.frame = frame.take().unwrap_or_default();
                // After a 2xx the dialog retransmits; nothing is kept here. (RFC 6026 §7.1)
                let bytes = match server.machine {
                    ServerMachine::Invite(invite_server::State::Accepted) => std::mem::take(&mut server.frame),
                    ServerMachine::Invite(_) | ServerMachine::Other(_) => server.frame.clone(),
                };
                let flow = server.way.flow;
                self.transmit(flow, bytes);
            }
            Action::Resend => {
                let (flow, bytes) = (server.way.flow, server.frame.clone());
                self.transmit(flow, bytes);
            }
            Action::Start(timer) => {
                let length = timer.length(server.way.flow.transport, server.resends);
                return self.start(Wake::Server(id, timer), timer, length.map(|length| (length, now)));
            }
            Action::Stop(timer) => self.deadlines.clear(Wake::Server(id, timer)),
            // Nobody waits for the ACK of a refusal.
            Action::TellTimeout | Action::TellUnreachable | Action::SendAck | Action::Deliver => {}
        }
        None
    }

    fn start(&mut self, wake: Wake, timer: Timer, length: Option<(Duration, Duration)>) -> Option<Event> {
        match length {
            None => None,
            Some((Duration::ZERO, _)) => Some(Event::Fired(timer)),
            Some((length, now)) => {
                self.deadlines.set(wake, now + length);
                None
            }
        }
    }

    fn drop_server(&mut self, id: ServerId) {
        let Some(server) = self.store.servers.remove(&id) else { return };
        self.store.by_key.remove(&server.key);
        if let Some(merge_key) = &server.merge_key {
            self.store.by_merge_key.remove(merge_key);
        }
        for timer in [Timer::G, Timer::H, Timer::I, Timer::J, Timer::L] {
            self.deadlines.clear(Wake::Server(id, timer));
        }
    }

    /// A branch for a new client transaction.
    pub(crate) fn new_branch(&mut self) -> (ClientKey, String) {
        let number = self.store.fresh();
        (ClientKey { number, cancel: false }, format!("z9hG4bK{}{number:x}", self.token()))
    }

    /// Sends a request in a client transaction of its own.
    pub(crate) fn open_client(&mut self, branch: (ClientKey, String), request: Request, now: Duration) {
        let Request { flow, owner, frame } = request;
        let (key, branch) = branch;
        let (machine, actions) = if owner.method() == Method::Invite {
            (ClientMachine::Invite(invite_client::State::Calling), invite_client::START)
        } else {
            (ClientMachine::Other(client::State::Trying), client::START)
        };
        self.store.clients.insert(key, Client { machine, flow, branch, frame, owner, resends: 0, forks: Vec::new() });
        for action in actions {
            self.act_as_client(key, *action, None, now);
        }
    }

    /// Sends a CANCEL for an INVITE that is still waiting. (RFC 3261 §9.1)
    pub(crate) fn cancel(&mut self, invite: ClientKey, reason: Option<&str>, now: Duration) {
        let Some(frame) = self.store.waiting_invite(invite) else { return };
        let frame = derive(frame, Method::Cancel, None, reason);
        let Some(client) = self.store.clients.get(&invite) else { return };
        let Owner::Dialog(dialog, _) = client.owner else { return };
        let owner = Owner::Dialog(dialog, Purpose::Cancel);
        let (flow, branch) = (client.flow, client.branch.clone());
        let key = ClientKey { cancel: true, ..invite };
        if !self.store.clients.contains_key(&key) {
            self.open_client((key, branch), Request { flow, owner, frame }, now);
        }
    }

    /// Feeds one event to a client transaction; `response` is there if it is one.
    pub(crate) fn client_event(
        &mut self,
        key: ClientKey,
        event: Event,
        response: Option<&Message<'_>>,
        now: Duration,
    ) -> Verdict {
        let mut verdict = Verdict::Nothing;
        let mut next_event = Some(event);
        while let Some(event) = next_event.take() {
            let Some(client) = self.store.clients.get_mut(&key) else { break };
            let (machine, actions) = match client.machine {
                ClientMachine::Invite(state) => {
                    let (state, actions) = invite_client::next(state, event);
                    (ClientMachine::Invite(state), actions)
                }
                ClientMachine::Other(state) => {
                    let (state, actions) = client::next(state, event);
                    (ClientMachine::Other(state), actions)
                }
            };
            client.machine = machine;
            match event {
                Event::Fired(Timer::A | Timer::E) => client.resends += 1,
                // RFC 3261 §17.1.2.2: in Proceeding, E runs with T2.
                Event::Provisional => client.resends = client.resends.max(3),
                Event::Fired(_) | Event::Success | Event::Failure => {}
                Event::Request | Event::Ack | Event::TransportFailed => {}
            }
            if machine == ClientMachine::Invite(invite_client::State::Accepted) {
                client.frame = Vec::new();
            }
            let owner = client.owner;
            for action in actions {
                match action {
                    Action::Deliver => verdict = Verdict::Deliver(owner),
                    Action::TellTimeout => verdict = Verdict::Failed(owner, EndCause::Timeout),
                    Action::TellUnreachable => verdict = Verdict::Failed(owner, EndCause::Unreachable),
                    Action::Send | Action::Resend | Action::SendAck | Action::Start(_) | Action::Stop(_) => {
                        next_event = self.act_as_client(key, *action, response, now).or(next_event);
                    }
                }
            }
            if matches!(
                machine,
                ClientMachine::Invite(invite_client::State::Terminated)
                    | ClientMachine::Other(client::State::Terminated)
            ) {
                self.drop_client(key);
            }
        }
        verdict
    }

    fn act_as_client(
        &mut self,
        key: ClientKey,
        action: Action,
        response: Option<&Message<'_>>,
        now: Duration,
    ) -> Option<Event> {
        let client = self.store.clients.get_mut(&key)?;
        match action {
            Action::Send | Action::Resend => {
                let (flow, bytes) = (client.flow, client.frame.clone());
                self.transmit(flow, bytes);
            }
            Action::SendAck => {
                // The first refusal turns the kept request into its ACK, with the To of the
                // response, tag included. (RFC 3261 §17.1.1.3)
                if let (Some(response), false) = (response, client.frame.starts_with(b"ACK ")) {
                    client.frame = derive(&client.frame, Method::Ack, response.value(Name::To), None);
                }
                let (flow, bytes) = (client.flow, client.frame.clone());
                self.transmit(flow, bytes);
            }
            Action::Start(timer) => {
                let length = timer.length(client.flow.transport, client.resends);
                return self.start(Wake::Client(key, timer), timer, length.map(|length| (length, now)));
            }
            Action::Stop(timer) => self.deadlines.clear(Wake::Client(key, timer)),
            Action::Deliver | Action::TellTimeout | Action::TellUnreachable => {}
        }
        None
    }

    /// The dialog of a re-INVITE is over. A late answer is still looked after, as long as any
    /// other: an INVITE that heard 100 has no timer of its own.
    pub(crate) fn abandon_client(&mut self, key: ClientKey, now: Duration) {
        let Some(client) = self.store.clients.get(&key) else { return };
        // RFC 3261 §9.1: not before a provisional answer.
        if client.machine == ClientMachine::Invite(invite_client::State::Proceeding) {
            self.cancel(key, None, now);
        }
        self.deadlines.set(Wake::Abandoned(key), now + T1_64);
    }

    /// Forgets a client transaction; its answers are strays from now on.
    pub(crate) fn drop_client(&mut self, key: ClientKey) {
        self.store.clients.remove(&key);
        self.deadlines.clear(Wake::Abandoned(key));
        for timer in [Timer::A, Timer::B, Timer::D, Timer::E, Timer::F, Timer::K, Timer::M] {
            self.deadlines.clear(Wake::Client(key, timer));
        }
    }
}

/// A request ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) flow: Flow,
    pub(crate) owner: Owner,
    pub(crate) frame: Vec<u8>,
}

/// ACK of a refusal, or CANCEL: built from the INVITE with its Request-URI, top Via, From,
/// Call-ID, CSeq number and Route. (RFC 3261 §9.1, §17.1.1.3)
fn derive(invite: &[u8], method: Method, to: Option<&[u8]>, reason: Option<&str>) -> Vec<u8> {
    let Ok(invite) = Message::parse(invite, Framing::Datagram) else { return Vec::new() };
    let Start::Request { uri, .. } = invite.start() else { return Vec::new() };
    let number = invite.cseq().map_or(0, |cseq| cseq.number);
    let mut writer = Writer::request(method, uri).maybe("Via", invite.value(Name::Via));
    for route in invite.values(Name::Route) {
        writer = writer.header("Route", route);
    }
    writer
        .header("Max-Forwards", "70")
        .maybe("From", invite.value(Name::From))
        .maybe("To", to.or(invite.value(Name::To)))
        .maybe("Call-ID", invite.value(Name::CallId))
        .header("CSeq", format!("{number} {}", method.name()))
        .maybe("Reason", reason)
        .finish(None)
}

/// RFC 3261 §17.2.3, and the source address beside it: nobody else may cancel or confirm.
fn server_key(request: &Message<'_>, flow: Flow, method: &[u8]) -> Box<[u8]> {
    let mut key = Vec::with_capacity(128);
    let mut put = |part: &[u8]| {
        key.extend_from_slice(part);
        key.push(0);
    };
    put(method);
    put(flow.remote.ip().to_canonical().to_string().as_bytes());
    let via = request.via().ok();
    match via.and_then(|via| via.branch().map(|branch| (branch, via.sent_by))) {
        Some((branch, sent_by)) => {
            put(branch);
            put(&lex::unfold(sent_by).to_ascii_lowercase());
        }
        None => {
            // RFC 2543: no unique branch, so everything that a copy has in common.
            put(&lex::unfold(request.elements(Name::Via).next().unwrap_or_default()));
            put(request.call_id().unwrap_or_default());
            put(request.cseq().map_or(0, |cseq| cseq.number).to_string().as_bytes());
            put(request.tag_in_from());
            put(match request.start() {
                Start::Request { uri, .. } => uri,
                Start::Response { .. } => b"",
            });
        }
    }
    key.into_boxed_slice()
}

fn merge_key(request: &Message<'_>) -> Box<[u8]> {
    let number = request.cseq().map_or(0, |cseq| cseq.number).to_string();
    let parts = [request.call_id().unwrap_or_default(), request.tag_in_from(), number.as_bytes()];
    parts.join(&0).into_boxed_slice()
}
