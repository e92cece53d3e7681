//! The called side until the call is answered: ringing, answering, refusing, and the
//! caller who changes his mind (RFC 3261 §9.2, §13.3).

use super::far::Far;
use super::reliable::{Delivery, Reliable};
use super::session::Session;
use super::{Dialog, DialogTimer, Phase, Probe, Side, Turn, Unacked, contact};
use crate::api::{DialogId, EndCause, Event, Flow, IncomingCall, MAX_FORWARDS, Peer, ReasonHeader};
use crate::limits::{PROVISIONAL_REPEAT, T1, UNANSWERED, USER_TO_USER_BYTES};
use crate::message::write::{self, Stem};
use crate::message::{Message, Name, check, lex};
use crate::prover::Credentials;
use crate::transaction::store::ServerId;

/// From whom a call came, and which dialog it becomes.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) dialog: DialogId,
    pub(crate) peer: Peer,
    pub(crate) flow: Flow,
    /// The user of a phone that proved its password; From is not believed then.
    pub(crate) proven_user: Option<String>,
    /// The dialog that the call takes the place of. (RFC 3891)
    pub(crate) replaces: Option<DialogId>,
}

impl Dialog {
    /// A new call: answers 100 and tells the owner. The INVITE has passed every check.
    pub(crate) fn incoming(invite: &Message<'_>, arrival: Arrival, turn: &mut Turn<'_>) -> Dialog {
        let Arrival { dialog: id, peer, flow, .. } = arrival;
        let server = turn.wire.open_server(invite, flow, id);
        let trying = turn.wire.store.stem(server).map(|stem| stem.reply(100, None).finish(None));
        turn.wire.respond(server, 100, trying.unwrap_or_default(), turn.now);
        let address = |address: Result<crate::message::Address<'_>, _>| {
            address.map(|address| address.without_tag()).unwrap_or_default()
        };
        let mut session = Session::default();
        session.asked_by(invite);
        let dialog = Dialog {
            id,
            peer: Some(peer),
            flow,
            call_id: invite.call_id().unwrap_or_default().to_vec(),
            local_tag: turn.wire.token(),
            far: Far::of_caller(invite),
            max_forwards: MAX_FORWARDS,
            local: address(invite.to()),
            remote: address(invite.from()),
            symmetric: invite.via().is_ok_and(|via| via.params.get("rport").is_some()),
            local_cseq: 0,
            remote_cseq: invite.cseq().ok().map(|cseq| cseq.number),
            side: Side::Called,
            phase: Phase::Ringing { invite: server, provisional: None },
            told_end: false,
            invite_cseq: invite.cseq().map_or(0, |cseq| cseq.number),
            reliable: Reliable::of(invite, turn.wire.random()),
            session,
            transfer: None,
            local_sdp: Vec::new(),
            remote_sdp: invite.session_description().unwrap_or_default(),
            unacked: None,
            bye_after_ack: None,
            asked: None,
            offering: None,
            queued_offer: None,
            acks: Vec::new(),
            probe: Probe::Idle,
            sent: Vec::new(),
            prover: None,
            authorization: Credentials::default(),
        };
        dialog.set(DialogTimer::Unanswered, UNANSWERED, turn);
        turn.wire.tell(Event::Incoming(Box::new(describe(invite, arrival))));
        dialog
    }

    /// Sends 101–199. Before the final answer only; later it changes nothing.
    pub(crate) fn ring(&mut self, status: u16, sdp: Option<Vec<u8>>, turn: &mut Turn<'_>) {
        let Phase::Ringing { provisional, .. } = &mut self.phase else { return };
        if (101..200).contains(&status) {
            *provisional = Some((status, sdp.clone()));
            self.set(DialogTimer::RepeatProvisional, PROVISIONAL_REPEAT, turn);
            match self.reliable.delivery(sdp.as_deref()) {
                Delivery::Plain => self.repeat_provisional(turn),
                Delivery::Reliable => self.ring_reliably(status, sdp, turn),
                Delivery::Never => {}
            }
        }
    }

    /// The last provisional answer again. What was acknowledged needs no words twice.
    pub(super) fn repeat_provisional(&mut self, turn: &mut Turn<'_>) {
        let Phase::Ringing { invite, provisional: Some((status, sdp)) } = &self.phase else { return };
        let status = *status;
        match self.reliable.delivery(None) {
            Delivery::Plain => {}
            Delivery::Reliable => {
                self.set(DialogTimer::RepeatProvisional, PROVISIONAL_REPEAT, turn);
                return self.ring_reliably(status, None, turn);
            }
            Delivery::Never => return,
        }
        let sdp = sdp.as_ref().filter(|_| !self.reliable.is_settled());
        let Some(stem) = turn.wire.store.stem(*invite) else { return };
        let writer = stem.reply_in_dialog(status, &self.local_tag).header("Contact", contact(self.flow));
        let frame = writer.header("Allow", super::ALLOW).finish(write::sdp(sdp.map(Vec::as_slice)));
        turn.wire.respond(*invite, status, frame, turn.now);
        self.set(DialogTimer::RepeatProvisional, PROVISIONAL_REPEAT, turn);
    }

    /// Sends 200. A second answer changes nothing.
    pub(crate) fn answer(&mut self, sdp: &[u8], turn: &mut Turn<'_>) {
        let Phase::Ringing { invite, .. } = self.phase else { return };
        if self.holds_answer(sdp) {
            return;
        }
        self.local_sdp = sdp.to_vec();
        let Some(stem) = turn.wire.store.stem(invite) else { return };
        let frame = self.success(stem, sdp, turn);
        let Some(way) = turn.wire.store.way_back(invite) else { return };
        turn.wire.respond(invite, 200, frame.clone(), turn.now);
        self.stop_ringing(turn);
        self.phase = Phase::Up;
        self.start_session(turn);
        let cseq = self.invite_cseq;
        // The ACK's body is the answer only if ours was the offer; Confirmed hands on whatever
        // is there, and a peer whose INVITE had an offer sends none.
        self.await_ack(Unacked { frame, way, cseq, interval: T1, first: true, offers: true }, turn);
    }

    /// A 200 to an INVITE.
    pub(super) fn success(&self, stem: &Stem, sdp: &[u8], turn: &Turn<'_>) -> Vec<u8> {
        let writer = stem.reply_in_dialog(200, &self.local_tag).header("Contact", contact(self.flow));
        let writer = self.session.write_answer(writer.header("Allow", super::ALLOW));
        writer.header("Server", &turn.wire.product).finish(write::sdp(Some(sdp)))
    }

    /// Sends 300–699 with Retry-After and Reason. After an answer it changes nothing.
    pub(crate) fn refuse(&mut self, status: u16, extra: (Option<u32>, Option<ReasonHeader>), turn: &mut Turn<'_>) {
        let Phase::Ringing { invite, .. } = self.phase else { return };
        let status = if (300..700).contains(&status) { status } else { 500 };
        let (retry_after, reason) = extra;
        let Some(stem) = turn.wire.store.stem(invite) else { return };
        let frame = stem
            .reply(status, Some(&self.local_tag))
            .maybe("Retry-After", retry_after.map(|seconds| seconds.to_string()))
            .maybe("Reason", reason.as_ref().map(write::reason))
            .header("Server", &turn.wire.product)
            .finish(None);
        turn.wire.respond(invite, status, frame, turn.now);
        self.end(EndCause::Local, turn);
        self.phase = Phase::Gone;
    }

    /// The caller cancelled the INVITE of this transaction, which has no final answer yet.
    pub(crate) fn on_cancel(&mut self, invite: ServerId, cancel: &Message<'_>, turn: &mut Turn<'_>) {
        match self.phase {
            Phase::Ringing { invite: ours, .. } if ours == invite => {
                let frame = self.refusal(invite, 487, turn);
                turn.wire.respond(invite, 487, frame, turn.now);
                self.end(EndCause::Cancelled { reason: cancel.reason_header() }, turn);
                self.phase = Phase::Gone;
            }
            Phase::Ringing { .. } | Phase::Calling(_) | Phase::Up | Phase::Closing | Phase::Gone => {
                self.on_cancel_of_asked(invite, turn);
            }
        }
    }

    fn stop_ringing(&self, turn: &mut Turn<'_>) {
        self.stop_reliable(turn);
        self.clear(DialogTimer::RepeatProvisional, turn);
        self.clear(DialogTimer::Unanswered, turn);
    }
}

/// What a router needs of the INVITE. A phone is who it proved to be, whatever it writes.
fn describe(invite: &Message<'_>, arrival: Arrival) -> IncomingCall {
    let shown = check::caller(invite);
    let caller = arrival.proven_user.unwrap_or(shown.user);
    let user_to_user = invite.value(Name::UserToUser).map(lex::unfold);
    IncomingCall {
        dialog: arrival.dialog,
        peer: arrival.peer,
        flow: arrival.flow,
        called: invite.uri().map(|uri| uri.user_text()).unwrap_or_default(),
        caller,
        caller_name: shown.name,
        privacy: shown.privacy,
        to: invite.to().map(|to| to.uri.user_text()).unwrap_or_default(),
        max_forwards: check::hops_left(invite).unwrap_or(MAX_FORWARDS).min(MAX_FORWARDS),
        replaces: arrival.replaces,
        diverted_from: check::diverted_from(invite),
        user_to_user: user_to_user.filter(|value| value.len() <= USER_TO_USER_BYTES).map(|value| lex::text(&value)),
        sip_call_id: lex::text(invite.call_id().unwrap_or_default()),
        offer: invite.session_description(),
    }
}
