//! The calling side until the call is answered: INVITE, challenges, progress, CANCEL in
//! its races, forks (RFC 3261 §9.1, §13.2, §22.2).

use super::far::Far;
use super::reliable::Reliable;
use super::session::Session;
use super::{Dialog, DialogTimer, Phase, Probe, Side, Turn, contact, strays};
use crate::api::{CallerIdentity, EndCause, Event, Invite, Privacy, ReasonHeader};
use crate::limits::{FORKS, PATHS, REDIRECTIONS, RINGING, T1_64, USER_TO_USER_BYTES};
use crate::message::write::{self, Writer};
use crate::message::{Address, Message, Method, Name, Scheme, Uri, lex};
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
    /// Who answered provisionally, at most [`FORKS`].
    earlies: Vec<Early>,
    /// What is said about the caller.
    identity: CallerIdentity,
    /// Set when the call was given up: the Reason for its CANCEL.
    given_up: Option<Option<ReasonHeader>>,
}

/// One fork of our call that has not answered for good. (RFC 3261 §12.1, §13.2.2.1)
pub(super) struct Early {
    pub(super) far: Far,
    /// Number of its last reliable provisional answer. (RFC 3262 §4)
    pub(super) rseq: Option<u32>,
    /// Its description, for peers whose 200 has none.
    answer: Option<Vec<u8>>,
}

impl std::fmt::Debug for Early {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Early").field("rseq", &self.rseq).finish_non_exhaustive()
    }
}

impl Calling {
    /// The INVITE is sent again: whoever spoke for the first one is not heard any more.
    fn start_anew(&mut self) {
        self.heard = false;
        self.earlies.clear();
    }

    /// The fork that sent this answer.
    pub(super) fn early(&mut self, response: &Message<'_>, target: &[u8]) -> Option<&mut Early> {
        let tag = response.tag_in_to();
        let place = match self.earlies.iter().position(|early| early.far.tag == tag) {
            Some(place) => place,
            None if self.earlies.len() >= FORKS => return None,
            None => {
                self.earlies.push(Early { far: Far::of_answer(response, target), rseq: None, answer: None });
                self.earlies.len() - 1
            }
        };
        self.earlies.get_mut(place)
    }

    /// What may be told of a fork's description: the first fork that has one keeps the ear of
    /// the caller, the others only ring.
    fn early_media(&mut self, response: &Message<'_>, target: &[u8]) -> Option<Vec<u8>> {
        let tag = response.tag_in_to();
        let taken = self.earlies.iter().any(|early| early.answer.is_some() && early.far.tag != tag);
        let answer = response.session_description()?;
        if let Some(early) = self.early(response, target) {
            early.answer = Some(answer.clone());
        }
        (!taken).then_some(answer)
    }

    pub(super) fn is_settled_with(&self, tag: &[u8]) -> bool {
        let mut forks = self.earlies.iter().filter(|early| early.far.tag == tag);
        forks.any(|early| early.rseq.is_some() && early.answer.is_some())
    }

    /// The description that a fork gave before its 200.
    fn answer_of(&self, tag: &[u8]) -> Option<Vec<u8>> {
        let own = self.earlies.iter().find(|early| early.far.tag == tag).and_then(|early| early.answer.clone());
        // Some gateways change their tag with the final answer.
        let only = || match self.earlies.as_slice() {
            [only] => only.answer.clone(),
            [] | [_, _, ..] => None,
        };
        own.or_else(only)
    }
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
        // RFC 3323 §4.1: whoever wants to stay unknown is called so.
        let local = match invite.identity.privacy {
            Privacy::Shown => write::address(invite.from_name.as_deref(), &invite.from),
            Privacy::Withheld => write::address(Some("Anonymous"), "sip:anonymous@anonymous.invalid"),
        };
        let routes = invite.route.into_iter().take(PATHS).map(String::into_bytes).collect();
        let mut dialog = Dialog {
            id: invite.dialog,
            peer: None,
            flow: invite.flow,
            call_id: turn.wire.token().into_bytes(),
            local_tag: turn.wire.token(),
            far: Far { tag: Vec::new(), target: invite.to.clone().into_bytes(), routes },
            max_forwards: invite.max_forwards,
            local,
            remote: write::address(None, &invite.to),
            symmetric,
            local_cseq: 0,
            remote_cseq: None,
            side: Side::Caller,
            phase: Phase::Gone,
            told_end: false,
            invite_cseq: 0,
            reliable: Reliable::of_nobody(),
            session: Session::default(),
            transfer: None,
            local_sdp: invite.offer.clone(),
            remote_sdp: Vec::new(),
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
            earlies: Vec::new(),
            identity: invite.identity,
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
        let writer = identify(writer, &calling.identity);
        let writer = writer.maybe("User-to-User", calling.user_to_user.as_deref());
        let frame = writer.finish(write::sdp(Some(&calling.offer)));
        self.send_request(branch, Purpose::Invite, frame, turn);
    }

    /// What INVITE and re-INVITE have in common.
    pub(super) fn invite_request(&mut self, branch: &str, turn: &mut Turn<'_>) -> Writer {
        self.local_cseq += 1;
        let far = self.far.clone();
        self.authorization = self.credentials(Method::Invite, &far, turn);
        let mut writer = self
            .request(Method::Invite, branch, turn)
            .header("Contact", contact(self.flow))
            .header("Allow", super::ALLOW)
            .header("Accept", write::SDP);
        for (name, value) in self.session.wishes() {
            writer = writer.header(name, value);
        }
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
        let heard = matches!(&self.phase, Phase::Calling(calling) if calling.heard);
        if let Phase::Calling(calling) = &mut self.phase {
            calling.heard = true;
        }
        if status > 100 && !self.acknowledge_provisional(response, turn) {
            return;
        }
        let target = self.far.target.clone();
        let Phase::Calling(calling) = &mut self.phase else { return };
        let (first, answer) = (!heard, calling.early_media(response, &target));
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
        let early = calling.answer_of(response.tag_in_to());
        self.far = Far::of_answer(response, &self.far.target);
        self.remote_cseq = None;
        self.clear(DialogTimer::Ringing, turn);
        self.clear(DialogTimer::CancelWait, turn);
        self.acknowledge(response, turn);
        if let Some(reason) = calling.given_up {
            return self.close(reason, turn);
        }
        self.session_answered(response, turn);
        let answer = response.session_description().or(early).unwrap_or_default();
        self.remote_sdp = answer.clone();
        turn.wire.tell(Event::Answered { dialog: self.id, answer });
    }

    /// A copy of the 2xx is acknowledged again; one of another fork is acknowledged and its
    /// dialog ended, since the owner has one call only. (RFC 3261 §13.2.2.4)
    fn on_another_2xx(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) {
        if !self.acknowledge_again(response, turn) && response.tag_in_to() != self.far.tag {
            // The fork may have seen our PRACKs, so its BYE counts on from the last request.
            let sent = response.cseq().map_or(0, |cseq| self.local_cseq.saturating_sub(cseq.number));
            strays::acknowledge_and_end(response, (self.flow, sent + 1), turn);
        }
    }

    fn on_refused(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        if matches!(status, 401 | 407) && self.prove(status, response, turn) {
            return;
        }
        if status == 422 && self.ask_for_longer(response, turn) {
            return;
        }
        let cause = match status {
            300..=399 => EndCause::Redirected { contacts: redirections(response) },
            _ => EndCause::Refused { status, reason: response.reason_header() },
        };
        self.end(cause, turn);
        self.phase = Phase::Gone;
    }

    /// The session would be too short for somebody on the way. (RFC 4028 §7.3)
    fn ask_for_longer(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) -> bool {
        let Phase::Calling(calling) = &mut self.phase else { return false };
        if calling.given_up.is_some() || !self.session.take_longer(response) {
            return false;
        }
        calling.start_anew();
        let branch = turn.wire.new_branch();
        self.send_invite(branch, turn);
        true
    }

    /// Answers a challenge to our INVITE with a new one. (RFC 3261 §22.2)
    fn prove(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) -> bool {
        let Phase::Calling(calling) = &mut self.phase else { return false };
        let Some(prover) = self.prover.as_mut().filter(|_| calling.given_up.is_none()) else { return false };
        if prover.learn(status, response) == Advice::GiveUp {
            return false;
        }
        calling.start_anew();
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

/// Who calls, for the networks on the way (RFC 3325 §9.1, RFC 3323 §4.2, RFC 5806 §4, RFC 3892 §3). A URI
/// that is none is left out.
fn identify(mut writer: Writer, identity: &CallerIdentity) -> Writer {
    let whole = |uri: &String| Uri::parse(uri.as_bytes()).is_ok();
    if let Some(asserted) = identity.asserted.as_ref().filter(|uri| whole(uri)) {
        writer = writer.header("P-Asserted-Identity", format!("<{asserted}>"));
    }
    writer = match identity.privacy {
        Privacy::Shown => writer,
        Privacy::Withheld => writer.header("Privacy", "id"),
    };
    if let Some(referrer) = identity.referred_by.as_ref().filter(|uri| whole(uri)) {
        writer = writer.header("Referred-By", format!("<{referrer}>"));
    }
    match identity.diverted_from.as_ref().filter(|uri| whole(uri)) {
        Some(diverted) => writer.header("Diversion", format!("<{diverted}>;reason=unconditional")),
        None => writer,
    }
}

/// Where else a redirected call may be tried, the preferred first. (RFC 3261 §8.1.3.4, §20.10)
fn redirections(response: &Message<'_>) -> Vec<String> {
    let contacts = response.elements(Name::Contact).filter_map(|value| Address::parse(value).ok());
    let callable = contacts.filter(|it| matches!(it.uri.scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel));
    let mut found: Vec<(u32, String)> = callable
        .take(REDIRECTIONS * 4)
        .map(|it| (thousandths(it.params.value("q").unwrap_or(b"1")), lex::text(it.uri.raw)))
        .collect();
    found.sort_by_key(|(preference, _)| std::cmp::Reverse(*preference));
    found.into_iter().map(|(_, uri)| uri).take(REDIRECTIONS).collect()
}

/// A qvalue: `0.7` is 700. (RFC 3261 §25.1)
fn thousandths(value: &[u8]) -> u32 {
    let text = lex::text(value);
    text.parse::<f64>().ok().filter(|it| (0.0..=1.0).contains(it)).map_or(0, |it| (it * 1_000.0).round() as u32)
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
