//! One call as SIP sees it: tags, routes, sequence numbers, and where it stands between
//! INVITE and BYE (RFC 3261 §12–§15). The side that was called is in [`called`], the
//! calling side in [`calling`], offers inside the dialog in [`renegotiate`].

mod far;
mod ask;
mod called;
mod calling;
mod digits;
mod renegotiate;
mod reliable;
pub(crate) mod session;
pub(crate) mod transfer;
pub(crate) mod strays;

use crate::api::{DialogId, EndCause, Event, Flow, Peer, ReasonHeader, Transport};
use crate::deadlines::Wake;
use crate::limits::{FORKS, T1, T1_64, T2};
use crate::message::write;
use crate::message::{Message, Method, Name};
use crate::prover::{Credentials, Prover};
use crate::transaction::store::{Purpose, ServerId};
use crate::wire::{self, WayBack, Wire};
use ask::{Sent, Words};
pub(crate) use called::Arrival;
use calling::Calling;
use far::Far;
use reliable::Reliable;
use renegotiate::{Asked, Offering};
use session::Session;
use std::time::Duration;
use transfer::Transfer;

/// What we accept inside and outside of dialogs.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER";

/// One step of the world: the means to act, and the time.
pub(crate) struct Turn<'w> {
    pub(crate) wire: &'w mut Wire,
    pub(crate) now: Duration,
}

/// The timers of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DialogTimer {
    /// Our 2xx is sent again. (RFC 3261 §13.3.1.4)
    Resend2xx,
    /// The ACK of our 2xx does not come.
    AckWait,
    /// A provisional answer is repeated every minute. (RFC 3261 §13.3.1.1)
    RepeatProvisional,
    /// The owner never answered an incoming call.
    Unanswered,
    /// An outgoing call rings for too long.
    Ringing,
    /// The answer to a cancelled INVITE does not come. (RFC 3261 §9.1)
    CancelWait,
    /// The owner does not answer an offer.
    OfferWait,
    /// The peer does not answer our offer.
    AnswerWait,
    /// After a 491 we offer again. (RFC 3261 §14.1)
    Glare,
    /// Our reliable provisional answer is sent again. (RFC 3262 §3)
    ResendReliable,
    /// Its PRACK does not come.
    PrackWait,
    /// It is our turn to refresh the session. (RFC 4028 §10)
    Refresh,
    /// The session was not refreshed in time.
    Expiry,
    /// The owner does not say what becomes of a transfer.
    Transfer,
}

const TIMERS: [DialogTimer; 14] = [
    DialogTimer::Resend2xx,
    DialogTimer::AckWait,
    DialogTimer::RepeatProvisional,
    DialogTimer::Unanswered,
    DialogTimer::Ringing,
    DialogTimer::CancelWait,
    DialogTimer::OfferWait,
    DialogTimer::AnswerWait,
    DialogTimer::Glare,
    DialogTimer::ResendReliable,
    DialogTimer::PrackWait,
    DialogTimer::Refresh,
    DialogTimer::Expiry,
    DialogTimer::Transfer,
];

/// Who made the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Caller,
    Called,
}

#[derive(Debug)]
enum Phase {
    /// Called; no final answer yet.
    Ringing { invite: ServerId, provisional: Option<(u16, Option<Vec<u8>>)> },
    /// Calling; no final answer yet.
    Calling(Box<Calling>),
    /// Answered with 2xx.
    Up,
    /// Over for the owner; a BYE, CANCEL or ACK is still under way.
    Closing,
    /// Over.
    Gone,
}

/// Our 2xx that waits for its ACK.
#[derive(Debug)]
struct Unacked {
    frame: Vec<u8>,
    /// Where the 2xx went, and where its copies go.
    way: WayBack,
    cseq: u32,
    interval: Duration,
    /// Whether it answers the INVITE that made the dialog.
    first: bool,
    /// Whether it carries our offer, so that the ACK carries the answer.
    offers: bool,
}

/// An ACK that we send again whenever its 2xx comes again. (RFC 3261 §13.2.2.4)
#[derive(Debug)]
struct SentAck {
    cseq: u32,
    tag: Vec<u8>,
    frame: Vec<u8>,
}

/// Whether we are asking the peer if it still has the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probe {
    Idle,
    Asked,
    /// The connection was closed under the first question.
    AskedAgain,
}

/// A dialog, or a call that is about to become one.
pub(crate) struct Dialog {
    pub(crate) id: DialogId,
    /// Which trunk or phone called; `None` when we did.
    pub(crate) peer: Option<Peer>,
    pub(crate) flow: Flow,
    pub(crate) call_id: Vec<u8>,
    pub(crate) local_tag: String,
    far: Far,
    max_forwards: u8,
    /// Our address as it stands in From or To, without tag.
    local: Vec<u8>,
    /// The peer's.
    remote: Vec<u8>,
    /// Whether requests go by `flow` whatever Contact says, because the peer is behind a NAT.
    symmetric: bool,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    side: Side,
    phase: Phase,
    told_end: bool,
    unacked: Option<Unacked>,
    /// A BYE that waits for the ACK of our 2xx. (RFC 3261 §15)
    bye_after_ack: Option<Option<ReasonHeader>>,
    asked: Option<Asked>,
    offering: Option<Offering>,
    /// An offer of ours that has to wait for its turn.
    queued_offer: Option<Vec<u8>>,
    /// Sequence number of the INVITE that called us.
    invite_cseq: u32,
    reliable: Reliable,
    session: Session,
    transfer: Option<Transfer>,
    /// What we said last about our media, for refreshes.
    local_sdp: Vec<u8>,
    /// What the peer said last, to see whether the answer to a refresh says anything new.
    remote_sdp: Vec<u8>,
    acks: Vec<SentAck>,
    probe: Probe,
    /// Requests of ours without final answer, for the case that they need a proof.
    sent: Vec<Sent>,
    /// The account that proves who we are.
    prover: Option<Prover>,
    /// The credentials of our last INVITE; its ACK repeats them. (RFC 3261 §13.2.2.4)
    authorization: Credentials,
}

/// Without numbers and secrets.
impl std::fmt::Debug for Dialog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialog").field("id", &self.id).field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Dialog {
    /// Nothing is left to do; it can be forgotten.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.phase, Phase::Gone)
    }

    /// Stops all of its timers.
    pub(crate) fn clear_timers(&self, turn: &mut Turn<'_>) {
        for timer in TIMERS {
            turn.wire.deadlines.clear(Wake::Dialog(self.id, timer));
        }
    }

    /// Whether a request with this From tag is the peer's. Before our call is answered any
    /// fork may speak. (RFC 3261 §12.2.2)
    pub(crate) fn knows(&self, tag: &[u8]) -> bool {
        match self.phase {
            Phase::Calling(_) => self.far.tag.is_empty() || self.far.tag == tag,
            Phase::Ringing { .. } | Phase::Up | Phase::Closing | Phase::Gone => self.far.tag == tag,
        }
    }

    /// Whether it is a call with this end that a newcomer may take the place of: not over, and
    /// not one that we ring for somebody else (RFC 3891 §3).
    pub(crate) fn is_with(&self, tag: &[u8]) -> bool {
        matches!(self.phase, Phase::Up | Phase::Ringing { .. }) && self.far.tag == tag
    }

    /// Whether it has been answered.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.phase, Phase::Up)
    }

    /// Ends the call, in whatever state it is.
    pub(crate) fn hang_up(&mut self, reason: Option<ReasonHeader>, turn: &mut Turn<'_>) {
        match &self.phase {
            Phase::Ringing { .. } => self.refuse(603, (None, reason), turn),
            Phase::Calling(_) => self.give_up(reason, EndCause::Local, turn),
            Phase::Up => {
                self.end(EndCause::Local, turn);
                self.close(reason, turn);
            }
            // A second hang-up changes nothing.
            Phase::Closing | Phase::Gone => {}
        }
    }

    /// Says BYE, or waits for the ACK that must come first. (RFC 3261 §15: the called side
    /// must not send BYE before the ACK of its 2xx or its time-out.)
    fn close(&mut self, reason: Option<ReasonHeader>, turn: &mut Turn<'_>) {
        self.phase = Phase::Closing;
        self.queued_offer = None;
        match &self.unacked {
            Some(unacked) if unacked.first => self.bye_after_ack = Some(reason),
            Some(_) | None => self.send_bye(reason, turn),
        }
    }

    fn send_bye(&mut self, reason: Option<ReasonHeader>, turn: &mut Turn<'_>) {
        self.phase = Phase::Closing;
        self.refuse_asked(487, turn);
        self.drop_transfer(turn);
        // The BYE says more than a 2xx of a re-INVITE that nobody acknowledged.
        self.unacked = None;
        self.clear(DialogTimer::Resend2xx, turn);
        self.clear(DialogTimer::AckWait, turn);
        let words = Words::default().maybe("Reason", reason.as_ref().map(write::reason));
        self.ask_peer(Purpose::Bye, words, turn);
    }

    /// Asks whether the peer still has the dialog. One question at a time.
    pub(crate) fn probe(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.phase, Phase::Up) && self.probe == Probe::Idle {
            self.probe = Probe::Asked;
            self.send_probe(turn);
        }
    }

    fn send_probe(&mut self, turn: &mut Turn<'_>) {
        self.ask_peer(Purpose::Probe, Words::default().with("Accept", write::SDP), turn);
    }

    /// RFC 5057 §5.1: 481 says that the dialog is gone, and 408 that nobody answered for the
    /// peer. Any other answer comes from somebody who is there.
    fn on_probe_response(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        if status < 200 {
            return;
        }
        self.probe = Probe::Idle;
        if matches!(status, 408 | 481) && matches!(self.phase, Phase::Up) {
            self.end(EndCause::Refused { status, reason: response.reason_header() }, turn);
            self.send_bye(None, turn);
        }
    }

    /// A closed connection says nothing about the call: the question goes by a new one, once.
    fn on_probe_failed(&mut self, cause: EndCause, turn: &mut Turn<'_>) {
        let asked = std::mem::replace(&mut self.probe, Probe::Idle);
        if !matches!(self.phase, Phase::Up) {
            return;
        }
        if cause == EndCause::Unreachable && asked == Probe::Asked {
            self.probe = Probe::AskedAgain;
            return self.send_probe(turn);
        }
        self.end(cause, turn);
        self.send_bye(None, turn);
    }

    /// Tells the owner, once.
    fn end(&mut self, cause: EndCause, turn: &mut Turn<'_>) {
        if !std::mem::replace(&mut self.told_end, true) {
            turn.wire.tell(Event::Ended { dialog: self.id, cause });
        }
    }

    /// A request inside the dialog other than ACK and CANCEL. `flow` is where it came from.
    pub(crate) fn on_request(&mut self, request: &Message<'_>, flow: Flow, turn: &mut Turn<'_>) {
        let number = request.cseq().map_or(0, |cseq| cseq.number);
        // RFC 3261 §12.2.2: an old sequence number is out of order.
        if self.is_out_of_order(number) {
            return self.reply_once(request, (flow, 500), turn);
        }
        if matches!(self.phase, Phase::Closing) && request.method() != Method::Bye {
            return self.reply_once(request, (flow, 481), turn);
        }
        // Forks count each for themselves; the one that answers is counted from then on.
        if !matches!(self.phase, Phase::Calling(_)) {
            self.remote_cseq = Some(number);
        }
        match request.method() {
            Method::Bye => self.on_bye(request, flow, turn),
            Method::Invite => self.on_reinvite(request, flow, turn),
            Method::Update => self.on_update(request, flow, turn),
            Method::Info => self.on_info(request, flow, turn),
            Method::Options => self.reply_once(request, (flow, 200), turn),
            Method::Other => self.reply_once(request, (flow, 501), turn),
            Method::Prack => self.on_prack(request, flow, turn),
            Method::Refer => self.reply_once(request, (flow, 403), turn),
            // RFC 6665 §4.2.1.3: there is no event that we asked the peer for.
            Method::Notify => self.reply_once(request, (flow, 489), turn),
            Method::Ack | Method::Cancel | Method::Register | Method::Subscribe => {
                self.reply_once(request, (flow, 405), turn)
            }
            Method::Message | Method::Publish => self.reply_once(request, (flow, 405), turn),
        }
    }

    fn is_out_of_order(&self, number: u32) -> bool {
        self.remote_cseq.is_some_and(|last| number <= last)
    }

    /// RFC 3261 §15.1.2. Everything else that waits is answered 487.
    fn on_bye(&mut self, request: &Message<'_>, flow: Flow, turn: &mut Turn<'_>) {
        match self.phase {
            // §15: the called side must not send BYE in an early dialog.
            Phase::Calling(_) => return self.reply_once(request, (flow, 481), turn),
            Phase::Ringing { invite, .. } => {
                let frame = self.refusal(invite, 487, turn);
                turn.wire.respond(invite, 487, frame, turn.now);
            }
            Phase::Up | Phase::Closing | Phase::Gone => self.refuse_asked(487, turn),
        }
        self.drop_transfer(turn);
        self.reply_once(request, (flow, 200), turn);
        self.end(EndCause::Bye { reason: request.reason_header() }, turn);
        self.phase = Phase::Gone;
    }

    fn on_info(&mut self, request: &Message<'_>, flow: Flow, turn: &mut Turn<'_>) {
        match digits::of(request) {
            digits::Found::Digit(digit) => {
                self.reply_once(request, (flow, 200), turn);
                turn.wire.tell(Event::Digit { dialog: self.id, digit });
            }
            digits::Found::Nothing => self.reply_once(request, (flow, 200), turn),
            digits::Found::Unreadable => self.reply_once(request, (flow, 400), turn),
            digits::Found::Foreign => self.reply_once(request, (flow, 415), turn),
        }
    }

    /// Answers a request for good, through a transaction that answers its copies.
    fn reply_once(&mut self, request: &Message<'_>, answer: (Flow, u16), turn: &mut Turn<'_>) {
        let (flow, status) = answer;
        let server = turn.wire.open_server(request, flow, self.id);
        let Some(stem) = turn.wire.store.stem(server) else { return };
        let mut writer = stem.reply(status, Some(&self.local_tag));
        writer = match status {
            405 => writer.header("Allow", ALLOW),
            415 => writer.header("Accept", "application/sdp, application/dtmf-relay"),
            422 => session::say_least(writer),
            // RFC 3261 §14.2: between 0 and 10 seconds.
            500 => writer.header("Retry-After", "1"),
            200 if request.method() == Method::Options => writer.header("Allow", ALLOW).header("Accept", write::SDP),
            200 if request.method() == Method::Update => writer.header("Contact", contact(self.flow)),
            _ => writer,
        };
        let frame = writer.header("Server", &turn.wire.product).finish(None);
        turn.wire.respond(server, status, frame, turn.now);
    }

    /// A final refusal of an INVITE or UPDATE that is still open.
    fn refusal(&self, server: ServerId, status: u16, turn: &Turn<'_>) -> Vec<u8> {
        let stem = turn.wire.store.stem(server);
        stem.map(|stem| stem.reply(status, Some(&self.local_tag)).finish(None)).unwrap_or_default()
    }

    /// An ACK of one of our 2xx.
    pub(crate) fn on_ack(&mut self, ack: &Message<'_>, turn: &mut Turn<'_>) {
        let number = ack.cseq().map_or(0, |cseq| cseq.number);
        let Some(unacked) = self.unacked.take_if(|unacked| unacked.cseq == number) else { return };
        turn.wire.deadlines.clear(Wake::Dialog(self.id, DialogTimer::Resend2xx));
        turn.wire.deadlines.clear(Wake::Dialog(self.id, DialogTimer::AckWait));
        if let Some(reason) = self.bye_after_ack.take() {
            return self.send_bye(reason, turn);
        }
        let answer = ack.session_description().filter(|_| unacked.offers);
        match (unacked.first, unacked.offers) {
            (true, _) => turn.wire.tell(Event::Confirmed { dialog: self.id, answer }),
            (false, true) => turn.wire.tell(Event::OfferAnswered { dialog: self.id, answer }),
            (false, false) => {}
        }
        self.next_offer(turn);
    }

    /// Remembers a 2xx that was just sent and starts its timers. (RFC 3261 §13.3.1.4)
    fn await_ack(&mut self, unacked: Unacked, turn: &mut Turn<'_>) {
        self.unacked = Some(unacked);
        self.set(DialogTimer::Resend2xx, T1, turn);
        self.set(DialogTimer::AckWait, T1_64, turn);
    }

    /// An answer to one of our requests.
    pub(crate) fn on_response(&mut self, purpose: Purpose, response: &Message<'_>, turn: &mut Turn<'_>) {
        let crate::message::Start::Response { status, .. } = response.start() else { return };
        if self.ask_again(purpose, (status, response), turn) {
            return;
        }
        match purpose {
            Purpose::Invite => self.on_invite_response(status, response, turn),
            Purpose::ReInvite => self.on_reinvite_response(status, response, turn),
            Purpose::Probe => self.on_probe_response(status, response, turn),
            Purpose::Bye if status >= 200 => self.phase = Phase::Gone,
            // Whatever comes of the CANCEL, the answer to the INVITE decides. (RFC 3261 §9.1)
            Purpose::Bye | Purpose::Cancel => {}
            Purpose::Prack => {}
            Purpose::Update => self.on_update_response(status, response, turn),
            Purpose::Notify => self.on_notify_response(status, turn),
        }
    }

    /// No answer will come to one of our requests.
    pub(crate) fn on_failed(&mut self, purpose: Purpose, cause: EndCause, turn: &mut Turn<'_>) {
        match purpose {
            Purpose::Invite => {
                self.end(cause, turn);
                self.phase = Phase::Gone;
            }
            Purpose::ReInvite => self.on_reinvite_failed(cause, turn),
            Purpose::Probe => self.on_probe_failed(cause, turn),
            Purpose::Bye => self.phase = Phase::Gone,
            Purpose::Update => self.on_refresh_failed(&cause, turn),
            Purpose::Notify => self.transfer = None,
            Purpose::Cancel | Purpose::Prack => {}
        }
    }

    /// One of its timers fired.
    pub(crate) fn on_timer(&mut self, timer: DialogTimer, turn: &mut Turn<'_>) {
        match timer {
            DialogTimer::Resend2xx => self.resend_2xx(turn),
            DialogTimer::AckWait => self.give_up_waiting_for_ack(turn),
            DialogTimer::RepeatProvisional => self.repeat_provisional(turn),
            DialogTimer::Unanswered => self.refuse(480, (None, None), turn),
            DialogTimer::Ringing => self.give_up(None, EndCause::Timeout, turn),
            DialogTimer::CancelWait => self.forget_cancelled(turn),
            DialogTimer::OfferWait => self.refuse_asked(500, turn),
            DialogTimer::AnswerWait => self.stop_offering(turn),
            DialogTimer::Glare => self.next_offer(turn),
            DialogTimer::ResendReliable => self.resend_reliable(turn),
            DialogTimer::PrackWait => self.give_up_waiting_for_prack(turn),
            DialogTimer::Refresh => self.refresh_session(turn),
            DialogTimer::Expiry => self.expire_session(turn),
            DialogTimer::Transfer => self.forget_transfer(turn),
        }
    }

    fn resend_2xx(&mut self, turn: &mut Turn<'_>) {
        let Some(unacked) = &mut self.unacked else { return };
        unacked.interval = (unacked.interval * 2).min(T2);
        let (flow, bytes, interval) = (unacked.way.flow, unacked.frame.clone(), unacked.interval);
        turn.wire.transmit(flow, bytes);
        self.set(DialogTimer::Resend2xx, interval, turn);
    }

    /// RFC 3261 §13.3.1.4: the dialog is confirmed all the same, and is ended with BYE.
    fn give_up_waiting_for_ack(&mut self, turn: &mut Turn<'_>) {
        self.end(EndCause::NoAck, turn);
        let reason = self.bye_after_ack.take().flatten();
        self.send_bye(reason, turn);
    }

    /// The stream that it used is closed: its requests need a new one.
    pub(crate) fn on_flow_closed(&mut self, flow: Flow) {
        if self.flow == flow && flow.transport.is_reliable() {
            self.flow.connection = 0;
        }
        if let Some(unacked) = &mut self.unacked {
            unacked.way.closed(flow);
        }
    }

    /// An answer came by this flow: if a connection was opened for the call, this is it.
    pub(crate) fn on_flow_known(&mut self, flow: Flow) {
        if self.flow.connection == 0 && self.flow.transport.is_reliable() && wire::same_way(self.flow, flow) {
            self.flow.connection = flow.connection;
        }
    }

    fn set(&self, timer: DialogTimer, after: Duration, turn: &mut Turn<'_>) {
        turn.wire.deadlines.set(Wake::Dialog(self.id, timer), turn.now + after);
    }

    fn clear(&self, timer: DialogTimer, turn: &mut Turn<'_>) {
        turn.wire.deadlines.clear(Wake::Dialog(self.id, timer));
    }

    /// Acknowledges a 2xx and remembers the ACK for its copies. (RFC 3261 §13.2.2.4)
    fn acknowledge(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) {
        let cseq = response.cseq().map_or(self.local_cseq, |cseq| cseq.number);
        let branch = turn.wire.new_branch().1;
        let writer = self.request_to(&self.far, (Method::Ack, cseq), &branch, turn);
        let frame = self.authorization.write(writer).finish(None);
        turn.wire.transmit(self.request_flow(), frame.clone());
        // One INVITE at a time is under way: the older ACKs are done with.
        self.acks.retain(|ack| ack.cseq == cseq);
        if self.acks.len() >= FORKS {
            return;
        }
        self.acks.push(SentAck { cseq, tag: response.tag_in_to().to_vec(), frame });
    }

    /// Sends the ACK of a repeated 2xx again. `false`: this 2xx is new.
    fn acknowledge_again(&self, response: &Message<'_>, turn: &mut Turn<'_>) -> bool {
        let cseq = response.cseq().map_or(0, |cseq| cseq.number);
        let tag = response.tag_in_to();
        let Some(ack) = self.acks.iter().find(|ack| ack.cseq == cseq && ack.tag == tag) else { return false };
        turn.wire.transmit(self.request_flow(), ack.frame.clone());
        true
    }
}

/// Our Via. We always ask for `rport`. (RFC 3581 §3)
pub(crate) fn via(flow: Flow, branch: &str) -> String {
    let name = match flow.transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
        Transport::Tls => "TLS",
        Transport::Ws => "WS",
        Transport::Wss => "WSS",
    };
    format!("SIP/2.0/{name} {};rport;branch={branch}", flow.local)
}

/// Our Contact: the address of the flow, so that the peer's requests come the same way.
pub(crate) fn contact(flow: Flow) -> String {
    contact_of("", flow)
}

/// The same with a user part; what cannot stand there is left out.
pub(crate) fn contact_of(user: &str, flow: Flow) -> String {
    let mut user: String = user
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "-_.!~*'()&=+$,;?/%".contains(*letter))
        .collect();
    if !user.is_empty() {
        user.push('@');
    }
    let transport = match flow.transport {
        Transport::Udp => "",
        Transport::Tcp => ";transport=tcp",
        Transport::Tls => ";transport=tls",
        Transport::Ws | Transport::Wss => ";transport=ws",
    };
    format!("<sip:{user}{}{transport}>", flow.local)
}

fn tagged(address: &[u8], tag: &[u8]) -> Vec<u8> {
    if tag.is_empty() { address.to_vec() } else { [address, b";tag=", tag].concat() }
}

/// Whether the body of a request is one that we can read: none, or a session description.
pub(crate) fn readable_body(request: &Message<'_>) -> bool {
    let encoded = request.value(Name::ContentEncoding).is_some_and(|value| !value.eq_ignore_ascii_case(b"identity"));
    request.body().is_empty() || (!encoded && request.session_description().is_some())
}
