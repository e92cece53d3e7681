//! The calling side until the call is answered: INVITE, challenges, progress, CANCEL in
//! its races, forks (RFC 3261 §9.1, §13.2, §22.2).

use super::far::Far;
use super::{Dialog, DialogTimer, Phase, Probe, Side, Turn, contact, strays};
use crate::api::{EndCause, Event, Invite, ReasonHeader};
use crate::limits::{RINGING, T1_64, USER_TO_USER_BYTES};
use crate::message::write::{self, Writer};
use crate::message::{Message, Method, Scheme, Uri};
use crate::prover::{Advice, Credentials, Prover};
use crate::transaction::store::{ClientKey, Purpose};
use crate::wire;

/// An INVITE of ours without final answer.
#[derive(Debug)]
pub(super) struct Calling {
    client: ClientKey,
    offer: Vec<u8>,
    user_to_user: Option<String>,
    /// Whether a provisional answer came; before that, CANCEL must wait. (RFC 3261 §9.1)
    heard: bool,
    /// A description in a provisional answer, for peers whose 200 has none.
    early_answer: Option<Vec<u8>>,
    /// Set when the call was given up: the Reason for its CANCEL.
    given_up: Option<Option<ReasonHeader>>,
}

impl Dialog {
    /// Sends the INVITE of a new call. `None` when an address cannot stand in a message; the
    /// owner has been told then.
    pub(crate) fn outgoing(invite: Invite, turn: &mut Turn<'_>) -> Option<Dialog> {
        let Some(symmetric) = check_addresses(&invite) else {
            let cause = EndCause::Refused { status: 484, reason: None };
            turn.wire.tell(Event::Ended { dialog: invite.dialog, cause });
            return None;
        };
        let mut branch = turn.wire.new_branch();
        let mut dialog = Dialog {
            id: invite.dialog,
            peer: None,
            flow: invite.flow,
            call_id: turn.wire.token().into_bytes(),
            local_tag: turn.wire.token(),
            far: Far { tag: Vec::new(), target: invite.to.clone().into_bytes(), routes: Vec::new() },
            local: write::address(invite.from_name.as_deref(), &invite.from),
            remote: write::address(None, &invite.to),
            symmetric,
            local_cseq: 0,
            remote_cseq: None,
            side: Side::Caller,
            phase: Phase::Gone,
            told_end: false,
            unacked: None,
            bye_after_ack: None,
            asked: None,
            offering: None,
            queued_offer: None,
            acks: Vec::new(),
            probe: Probe::Idle,
            sent: Vec::new(),
            prover: invite.credentials.map(Prover::new),
            authorization: Credentials::default(),
        };
        branch.1.shrink_to_fit();
        dialog.phase = Phase::Calling(Box::new(Calling {
            client: branch.0,
            offer: invite.offer,
            user_to_user: invite.user_to_user.filter(|value| value.len() <= USER_TO_USER_BYTES),
            heard: false,
            early_answer: None,
            given_up: None,
        }));
        dialog.send_invite(branch, turn);
        dialog.set(DialogTimer::Ringing, RINGING, turn);
        Some(dialog)
    }

    fn send_invite(&mut self, branch: (ClientKey, String), turn: &mut Turn<'_>) {
        let writer = self.invite_request(&branch.1, turn);
        let Phase::Calling(calling) = &mut self.phase else { return };
        calling.client = branch.0;
        let writer = writer.maybe("User-to-User", calling.user_to_user.as_deref());
        let frame = writer.finish(write::sdp(Some(&calling.offer)));
        self.send_request(branch, Purpose::Invite, frame, turn);
    }

    /// What INVITE and re-INVITE have in common.
    pub(super) fn invite_request(&mut self, branch: &str, turn: &mut Turn<'_>) -> Writer {
        self.local_cseq += 1;
        let far = self.far.clone();
        self.authorization = self.credentials(Method::Invite, &far, turn);
        let writer = self
            .request(Method::Invite, branch, turn)
            .header("Contact", contact(self.flow))
            .header("Allow", super::ALLOW)
            .header("Accept", write::SDP);
        self.authorization.write(writer)
    }

    /// An answer to the INVITE that makes the dialog.
    pub(super) fn on_invite_response(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        match (&self.phase, status) {
            (Phase::Calling(_), 0..=199) => self.on_progress(status, response, turn),
            (Phase::Calling(_), 200..=299) => self.on_answered(response, turn),
            (Phase::Calling(_), _) => self.on_refused(status, response, turn),
            (Phase::Up | Phase::Closing, 200..=299) => self.on_another_2xx(response, turn),
            (Phase::Ringing { .. } | Phase::Up | Phase::Closing | Phase::Gone, _) => {}
        }
    }

    fn on_progress(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        let answer = response.session_description();
        let Phase::Calling(calling) = &mut self.phase else { return };
        let first = !std::mem::replace(&mut calling.heard, true);
        if let Some(answer) = &answer {
            calling.early_answer = Some(answer.clone());
        }
        if let Some(reason) = &calling.given_up {
            let reason = reason.as_ref().map(write::reason);
            if first {
                let client = calling.client;
                self.send_cancel(client, reason.as_deref(), turn);
            }
        } else if status > 100 {
            turn.wire.tell(Event::Progress { dialog: self.id, status, answer });
        }
    }

    fn send_cancel(&self, client: ClientKey, reason: Option<&str>, turn: &mut Turn<'_>) {
        turn.wire.cancel(client, reason, turn.now);
        self.set(DialogTimer::CancelWait, T1_64, turn);
    }

    /// The first 2xx makes the dialog. If the call was given up meanwhile, the CANCEL lost
    /// its race: the dialog is acknowledged and ended with BYE. (RFC 3261 §9.1, §15)
    fn on_answered(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) {
        let Phase::Calling(calling) = std::mem::replace(&mut self.phase, Phase::Up) else { return };
        self.far = Far::of_answer(response, &self.far.target);
        self.clear(DialogTimer::Ringing, turn);
        self.clear(DialogTimer::CancelWait, turn);
        self.acknowledge(response, turn);
        if let Some(reason) = calling.given_up {
            return self.close(reason, turn);
        }
        let answer = response.session_description().or(calling.early_answer).unwrap_or_default();
        turn.wire.tell(Event::Answered { dialog: self.id, answer });
    }

    /// A copy of the 2xx is acknowledged again; one of another fork is acknowledged and its
    /// dialog ended, since the owner has one call only. (RFC 3261 §13.2.2.4)
    fn on_another_2xx(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) {
        if !self.acknowledge_again(response, turn) && response.tag_in_to() != self.far.tag {
            strays::acknowledge_and_end(response, self.flow, turn);
        }
    }

    fn on_refused(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        if matches!(status, 401 | 407) && self.prove(status, response, turn) {
            return;
        }
        self.end(EndCause::Refused { status, reason: response.reason_header() }, turn);
        self.phase = Phase::Gone;
    }

    /// Answers a challenge to our INVITE with a new one. (RFC 3261 §22.2)
    fn prove(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) -> bool {
        let Phase::Calling(calling) = &mut self.phase else { return false };
        let Some(prover) = self.prover.as_mut().filter(|_| calling.given_up.is_none()) else { return false };
        if prover.learn(status, response) == Advice::GiveUp {
            return false;
        }
        calling.heard = false;
        let branch = turn.wire.new_branch();
        self.send_invite(branch, turn);
        true
    }

    /// The owner (or the greatest ringing time) gives up a call that is not answered.
    pub(super) fn give_up(&mut self, reason: Option<ReasonHeader>, cause: EndCause, turn: &mut Turn<'_>) {
        let Phase::Calling(calling) = &mut self.phase else { return };
        if calling.given_up.is_some() {
            return;
        }
        let line = reason.as_ref().map(write::reason);
        calling.given_up = Some(reason);
        let (client, heard) = (calling.client, calling.heard);
        if heard {
            self.send_cancel(client, line.as_deref(), turn);
        }
        self.clear(DialogTimer::Ringing, turn);
        self.end(cause, turn);
    }

    /// RFC 3261 §9.1: no final answer 64·T1 after the CANCEL; the INVITE counts as cancelled.
    pub(super) fn forget_cancelled(&mut self, turn: &mut Turn<'_>) {
        let Phase::Calling(calling) = &self.phase else { return };
        turn.wire.drop_client(calling.client);
        self.phase = Phase::Gone;
    }
}

/// Whether both addresses can stand in a message; and if so, whether the peer must be reached
/// by its flow only because its URI names another port than the one we see.
fn check_addresses(invite: &Invite) -> Option<bool> {
    let sip = |text: &str| {
        let uri = Uri::parse(text.as_bytes()).ok()?.scheme;
        matches!(uri, Scheme::Sip | Scheme::Sips | Scheme::Tel).then_some(())
    };
    sip(&invite.to)?;
    sip(&invite.from)?;
    let to = Uri::parse(invite.to.as_bytes()).ok()?;
    let moved = to.host.map(|host| wire::reachable_at(invite.flow, host, to.port) != invite.flow);
    Some(moved.unwrap_or(false))
}
