//! Offers inside a dialog, both ways: re-INVITE and UPDATE from the peer, re-INVITE from
//! us, and the rules for when both speak at once (RFC 3261 §14, RFC 3311 §5).

use super::{Dialog, DialogTimer, Phase, Side, Turn, Unacked, readable_body};
use crate::api::{EndCause, Event, Flow};
use crate::limits::{OFFER_WAIT, REFRESH_AGAIN, T1, T1_64};
use crate::message::write;
use crate::message::{Message, Method};
use crate::transaction::store::{ClientKey, Purpose, ServerId};
use std::time::Duration;

/// An offer of the peer that the owner has not answered.
#[derive(Debug)]
pub(super) struct Asked {
    server: ServerId,
    cseq: u32,
    method: Method,
    /// A re-INVITE without offer asks for ours.
    offered: bool,
    /// Where the peer will be once we accept.
    target: Option<Vec<u8>>,
}

/// What a re-INVITE of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The owner wants other media.
    Offer,
    /// The session timer wants a sign of life. (RFC 4028)
    Refresh,
}

/// A re-INVITE of ours that the peer has not answered.
#[derive(Debug)]
pub(super) struct Offering {
    client: ClientKey,
    kind: Kind,
    sdp: Vec<u8>,
    cancelled: bool,
}

impl Dialog {
    /// RFC 3261 §14.2.
    pub(super) fn on_reinvite(&mut self, request: &Message<'_>, flow: Flow, turn: &mut Turn<'_>) {
        let refusal = match self.phase {
            Phase::Up if self.offering.is_some() || self.unacked.is_some() => Some(491),
            Phase::Up if self.asked.is_some() => Some(500),
            Phase::Up if !readable_body(request) => Some(415),
            Phase::Up if Dialog::is_too_brief(request) => Some(422),
            Phase::Up => None,
            Phase::Calling(_) => Some(491),
            Phase::Ringing { .. } => Some(500),
            Phase::Closing | Phase::Gone => Some(481),
        };
        if let Some(status) = refusal {
            return self.reply_once(request, (flow, status), turn);
        }
        let server = turn.wire.open_server(request, flow, self.id);
        let trying = turn.wire.store.stem(server).map(|stem| stem.reply(100, None).finish(None));
        turn.wire.respond(server, 100, trying.unwrap_or_default(), turn.now);
        self.ask(server, request, turn);
    }

    /// RFC 3311 §5.2. Without an offer it refreshes the target and needs nobody.
    pub(super) fn on_update(&mut self, request: &Message<'_>, flow: Flow, turn: &mut Turn<'_>) {
        let offers = request.session_description().is_some();
        let refusal = match self.phase {
            _ if !readable_body(request) => Some(415),
            Phase::Closing | Phase::Gone => Some(481),
            _ if Dialog::is_too_brief(request) => Some(422),
            Phase::Up | Phase::Ringing { .. } | Phase::Calling(_) if !offers => None,
            // Our offer is not answered: glare. Theirs is not: one at a time.
            Phase::Calling(_) if self.asked.is_none() && self.is_settled_with(request) => None,
            Phase::Calling(_) => Some(491),
            Phase::Ringing { .. } if self.asked.is_none() && self.reliable.is_settled() => None,
            Phase::Ringing { .. } => Some(500),
            Phase::Up if self.offering.is_some() => Some(491),
            Phase::Up if self.asked.is_some() => Some(500),
            Phase::Up => None,
        };
        if let Some(status) = refusal {
            return self.reply_once(request, (flow, status), turn);
        }
        if !offers {
            return self.refreshed_by(request, flow, turn);
        }
        let server = turn.wire.open_server(request, flow, self.id);
        self.ask(server, request, turn);
    }

    fn ask(&mut self, server: ServerId, request: &Message<'_>, turn: &mut Turn<'_>) {
        let offer = request.session_description();
        self.session.asked_by(request);
        if let Some(offer) = &offer {
            self.remote_sdp = offer.clone();
        }
        self.asked = Some(Asked {
            server,
            cseq: request.cseq().map_or(0, |cseq| cseq.number),
            method: request.method(),
            offered: offer.is_some(),
            // Before the answer a fork moves, not the dialog.
            target: write::contact_uri(request).filter(|_| !matches!(self.phase, Phase::Calling(_))),
        });
        self.set(DialogTimer::OfferWait, OFFER_WAIT, turn);
        turn.wire.tell(Event::Offered { dialog: self.id, offer });
    }

    /// The owner answers what [`Event::Offered`] told it. Too late changes nothing.
    pub(crate) fn answer_offer(&mut self, sdp: Option<Vec<u8>>, turn: &mut Turn<'_>) {
        let Some(sdp) = sdp else { return self.refuse_asked(488, turn) };
        let Some(asked) = self.asked.take() else { return };
        self.clear(DialogTimer::OfferWait, turn);
        if let Some(target) = asked.target {
            self.far.target = target;
        }
        self.local_sdp = sdp.clone();
        let Some(stem) = turn.wire.store.stem(asked.server) else { return };
        let frame = self.success(stem, &sdp, turn);
        let Some(way) = turn.wire.store.way_back(asked.server) else { return };
        turn.wire.respond(asked.server, 200, frame.clone(), turn.now);
        if matches!(self.phase, Phase::Up) {
            self.start_session(turn);
        }
        if asked.method == Method::Invite {
            let (cseq, offers) = (asked.cseq, !asked.offered);
            self.await_ack(Unacked { frame, way, cseq, interval: T1, first: false, offers }, turn);
        } else {
            self.next_offer(turn);
        }
    }

    /// Refuses an open offer of the peer, if there is one.
    pub(super) fn refuse_asked(&mut self, status: u16, turn: &mut Turn<'_>) {
        let Some(asked) = self.asked.take() else { return };
        self.clear(DialogTimer::OfferWait, turn);
        let frame = self.refusal(asked.server, status, turn);
        turn.wire.respond(asked.server, status, frame, turn.now);
        self.next_offer(turn);
    }

    /// A CANCEL may be for a re-INVITE too.
    pub(super) fn on_cancel_of_asked(&mut self, server: ServerId, turn: &mut Turn<'_>) {
        if self.asked.as_ref().is_some_and(|asked| asked.server == server) {
            self.refuse_asked(487, turn);
        }
    }

    /// The owner wants to offer. It waits while anything else is open; a newer offer replaces
    /// one that waits.
    pub(crate) fn offer(&mut self, sdp: Vec<u8>, turn: &mut Turn<'_>) {
        match self.phase {
            Phase::Up | Phase::Ringing { .. } | Phase::Calling(_) => {
                self.queued_offer = Some(sdp);
                self.next_offer(turn);
            }
            Phase::Closing | Phase::Gone => {}
        }
    }

    /// Sends the waiting offer, if there is one and nothing is open. (RFC 3261 §14.1)
    pub(super) fn next_offer(&mut self, turn: &mut Turn<'_>) {
        let free = self.asked.is_none() && self.offering.is_none() && self.unacked.is_none();
        if !matches!(self.phase, Phase::Up) || !free {
            return;
        }
        let Some(sdp) = self.queued_offer.take() else { return };
        self.clear(DialogTimer::Glare, turn);
        self.begin_reinvite(sdp, Kind::Offer, turn);
    }

    pub(super) fn begin_reinvite(&mut self, sdp: Vec<u8>, kind: Kind, turn: &mut Turn<'_>) {
        if let Some(prover) = &mut self.prover {
            prover.begin();
        }
        self.send_reinvite(sdp, kind, turn);
    }

    fn send_reinvite(&mut self, sdp: Vec<u8>, kind: Kind, turn: &mut Turn<'_>) {
        let branch = turn.wire.new_branch();
        let frame = self.invite_request(&branch.1, turn).finish(write::sdp(Some(&sdp)));
        self.offering = Some(Offering { client: branch.0, kind, sdp, cancelled: false });
        self.send_request(branch, Purpose::ReInvite, frame, turn);
        self.set(DialogTimer::AnswerWait, T1_64, turn);
    }

    /// An answer to our re-INVITE. RFC 3261 §14.1.
    pub(super) fn on_reinvite_response(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        if (200..300).contains(&status) {
            return self.on_reinvite_accepted(response, turn);
        }
        if status < 200 {
            return;
        }
        let Some(offering) = self.offering.take() else { return };
        self.clear(DialogTimer::AnswerWait, turn);
        if !matches!(self.phase, Phase::Up) {
            return;
        }
        match status {
            401 | 407 if self.may_prove(status, response) => self.send_reinvite(offering.sdp, offering.kind, turn),
            422 if self.session.take_longer(response) => self.send_reinvite(offering.sdp, offering.kind, turn),
            408 | 481 if offering.kind == Kind::Refresh => self.expire_session(turn),
            _ if offering.kind == Kind::Refresh => {
                self.set(DialogTimer::Refresh, REFRESH_AGAIN, turn);
                self.next_offer(turn);
            }
            491 if !offering.cancelled => self.wait_after_glare(offering.sdp, turn),
            // RFC 3261 §12.2.1.2: the peer has no such dialog any more.
            408 | 481 => {
                self.end(EndCause::Refused { status, reason: response.reason_header() }, turn);
                self.send_bye(None, turn);
            }
            _ => {
                turn.wire.tell(Event::OfferAnswered { dialog: self.id, answer: None });
                self.next_offer(turn);
            }
        }
    }

    fn on_reinvite_accepted(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) {
        if self.acknowledge_again(response, turn) {
            return;
        }
        let waited = self.offering.take();
        if matches!(self.phase, Phase::Up) {
            self.far.refresh(response);
        }
        self.acknowledge(response, turn);
        self.clear(DialogTimer::AnswerWait, turn);
        if let (Some(offering), Phase::Up) = (waited, &self.phase) {
            self.session_answered(response, turn);
            let answer = response.session_description();
            // A refresh says nothing new, unless the peer uses it to move its media.
            let news = offering.kind == Kind::Offer || answer.as_ref().is_some_and(|it| *it != self.remote_sdp);
            self.local_sdp = offering.sdp;
            self.remote_sdp = answer.clone().unwrap_or_default();
            if news {
                turn.wire.tell(Event::OfferAnswered { dialog: self.id, answer });
            }
            self.next_offer(turn);
        }
    }

    /// RFC 3261 §14.1: who made the call waits 2.1–4 s, the other side 0–2 s, in steps of 10 ms.
    fn wait_after_glare(&mut self, sdp: Vec<u8>, turn: &mut Turn<'_>) {
        let luck = turn.wire.random();
        let steps = match self.side {
            Side::Caller => 210 + luck % 191,
            Side::Called => luck % 201,
        };
        self.queued_offer = self.queued_offer.take().or(Some(sdp));
        self.set(DialogTimer::Glare, Duration::from_millis(steps * 10), turn);
    }

    /// RFC 3261 §12.2.1.2: no answer at all means that the dialog is lost.
    pub(super) fn on_reinvite_failed(&mut self, cause: EndCause, turn: &mut Turn<'_>) {
        let offering = self.offering.take();
        self.clear(DialogTimer::AnswerWait, turn);
        if offering.is_some_and(|offering| offering.kind == Kind::Refresh) {
            return self.on_refresh_failed(&cause, turn);
        }
        if matches!(self.phase, Phase::Up) {
            self.end(cause, turn);
            self.send_bye(None, turn);
        }
    }

    /// The dialog is over while our re-INVITE is under way, or the peer's offer or wish open.
    pub(crate) fn abandon_offer(&mut self, turn: &mut Turn<'_>) {
        self.refuse_asked(487, turn);
        self.drop_transfer(turn);
        if let Some(offering) = self.offering.take() {
            turn.wire.abandon_client(offering.client, turn.now);
        }
    }

    /// The peer says 100 and nothing more: first CANCEL, then forget the offer.
    pub(super) fn stop_offering(&mut self, turn: &mut Turn<'_>) {
        let Some(offering) = &mut self.offering else { return };
        let client = offering.client;
        if !std::mem::replace(&mut offering.cancelled, true) {
            turn.wire.cancel(client, None, turn.now);
            return self.set(DialogTimer::AnswerWait, T1_64, turn);
        }
        turn.wire.drop_client(client);
        let refresh = offering.kind == Kind::Refresh;
        self.offering = None;
        if refresh {
            return self.expire_session(turn);
        }
        turn.wire.tell(Event::OfferAnswered { dialog: self.id, answer: None });
        self.next_offer(turn);
    }
}
