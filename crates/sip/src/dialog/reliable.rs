//! Provisional answers that must arrive (RFC 3262): ours are repeated until the peer's PRACK,
//! the peer's are acknowledged by ours.

use super::ask::Words;
use super::calling::Early;
use super::{Dialog, DialogTimer, Phase, Turn, contact};
use crate::api::{EndCause, Flow};
use crate::limits::{T1, T1_64};
use crate::message::write;
use crate::message::{Message, Name, check, lex};
use crate::transaction::store::Purpose;
use std::time::Duration;

/// What the caller says about reliable provisional answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Unable,
    Able,
    Demanded,
}

/// The reliable provisional answers of a call that rings here.
#[derive(Debug)]
pub(super) struct Reliable {
    wish: Wish,
    /// Whether the INVITE had an offer, so that a description here is the answer.
    offered: bool,
    rseq: u32,
    /// The one that waits for its PRACK.
    open: Option<Unproven>,
    /// The next one to send; a newer replaces it.
    next: Option<(u16, Option<Vec<u8>>)>,
    /// The final answer, which must wait for the PRACK of our description. (RFC 3262 §3)
    answer: Option<Vec<u8>>,
    /// Whether the offer of the INVITE was answered for good.
    settled: bool,
}

#[derive(Debug)]
struct Unproven {
    frame: Vec<u8>,
    interval: Duration,
    describes: bool,
}

impl Reliable {
    pub(super) fn of(invite: &Message<'_>, luck: u64) -> Reliable {
        let wish = if check::lists(invite, Name::Require, "100rel") {
            Wish::Demanded
        } else if check::lists(invite, Name::Supported, "100rel") {
            Wish::Able
        } else {
            Wish::Unable
        };
        let offered = invite.session_description().is_some();
        // RFC 3262 §3: starts anywhere between 1 and 2³¹ − 1; half of that leaves room to count.
        let rseq = u32::try_from(luck % (1 << 30)).unwrap_or(0);
        Reliable { wish, offered, rseq, open: None, next: None, answer: None, settled: false }
    }

    /// We call: nothing is asked of us.
    pub(super) fn of_nobody() -> Reliable {
        let wish = Wish::Unable;
        Reliable { wish, offered: true, rseq: 0, open: None, next: None, answer: None, settled: false }
    }

    /// Whether both sides have described their media before the final answer, so that an
    /// UPDATE may offer others. (RFC 3311 §5.1)
    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }
}

/// How a provisional answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Once.
    Plain,
    /// Until its PRACK; or later, when the one before has its own.
    Reliable,
    /// Not at all: the caller demands a reliable one, and that would have to be our offer.
    Never,
}

impl Reliable {
    /// How an answer with or without a description goes out. Plain ringing is sent reliably only
    /// to those who demand it.
    pub(super) fn delivery(&self, describes: Option<&[u8]>) -> Delivery {
        match (self.wish, self.offered) {
            (Wish::Unable, true | false) | (Wish::Able, false) => Delivery::Plain,
            (Wish::Able, true) if describes.is_some() && !self.settled => Delivery::Reliable,
            (Wish::Able, true) => Delivery::Plain,
            (Wish::Demanded, true) => Delivery::Reliable,
            (Wish::Demanded, false) => Delivery::Never,
        }
    }
}

impl Dialog {
    /// Sends a provisional answer reliably, or keeps it until the one before is acknowledged.
    pub(super) fn ring_reliably(&mut self, status: u16, sdp: Option<Vec<u8>>, turn: &mut Turn<'_>) {
        let Phase::Ringing { invite, .. } = self.phase else { return };
        // A description is the answer once; RFC 3264 knows no second one.
        let sdp = sdp.filter(|_| !self.reliable.settled);
        if self.reliable.open.is_some() {
            self.reliable.next = Some((status, sdp));
            return;
        }
        self.reliable.rseq += 1;
        let Some(stem) = turn.wire.store.stem(invite) else { return };
        let frame = stem
            .reply_in_dialog(status, &self.local_tag)
            .header("Contact", contact(self.flow))
            .header("Allow", super::ALLOW)
            .header("Require", "100rel")
            .header("RSeq", self.reliable.rseq.to_string())
            .finish(write::sdp(sdp.as_deref()));
        self.reliable.open = Some(Unproven { frame: frame.clone(), interval: T1, describes: sdp.is_some() });
        turn.wire.respond(invite, status, frame, turn.now);
        self.set(DialogTimer::ResendReliable, T1, turn);
        self.set(DialogTimer::PrackWait, T1_64, turn);
    }

    /// RFC 3262 §3: twice as long each time.
    pub(super) fn resend_reliable(&mut self, turn: &mut Turn<'_>) {
        let Phase::Ringing { invite, .. } = self.phase else { return };
        let Some(open) = &mut self.reliable.open else { return };
        open.interval *= 2;
        let (interval, bytes) = (open.interval, open.frame.clone());
        let Some(way) = turn.wire.store.way_back(invite) else { return };
        turn.wire.transmit(way.flow, bytes);
        self.set(DialogTimer::ResendReliable, interval, turn);
    }

    /// RFC 3262 §3: no PRACK after 64·T1; the call is refused.
    pub(super) fn give_up_waiting_for_prack(&mut self, turn: &mut Turn<'_>) {
        let Phase::Ringing { invite, .. } = self.phase else { return };
        let frame = self.refusal(invite, 504, turn);
        turn.wire.respond(invite, 504, frame, turn.now);
        self.end(EndCause::NoAck, turn);
        self.phase = Phase::Gone;
    }

    /// The peer acknowledges a provisional answer of ours. (RFC 3262 §3)
    pub(super) fn on_prack(&mut self, request: &Message<'_>, flow: Flow, turn: &mut Turn<'_>) {
        if !matches!(self.phase, Phase::Ringing { .. }) {
            return self.reply_once(request, (flow, 481), turn);
        }
        let expected = (self.reliable.rseq, self.invite_cseq);
        if self.reliable.open.is_none() || rack(request) != Some(expected) {
            return self.reply_once(request, (flow, 481), turn);
        }
        let described = self.reliable.open.take().is_some_and(|open| open.describes);
        self.reliable.settled |= described;
        self.stop_reliable(turn);
        // The answer to our description was its own; a further offer here we do not take.
        let status = if request.session_description().is_some() { 488 } else { 200 };
        self.reply_once(request, (flow, status), turn);
        self.after_prack(turn);
    }

    fn after_prack(&mut self, turn: &mut Turn<'_>) {
        if let Some(answer) = self.reliable.answer.take() {
            return self.answer(&answer, turn);
        }
        if let Some((status, sdp)) = self.reliable.next.take() {
            self.ring_reliably(status, sdp, turn);
        }
    }

    /// Whether the final answer has to wait for a PRACK; then it is kept.
    pub(super) fn holds_answer(&mut self, sdp: &[u8]) -> bool {
        let waits = self.reliable.open.as_ref().is_some_and(|open| open.describes);
        if waits && self.reliable.answer.is_none() {
            self.reliable.answer = Some(sdp.to_vec());
        }
        waits
    }

    /// No provisional answer is repeated any more.
    pub(super) fn stop_reliable(&self, turn: &mut Turn<'_>) {
        self.clear(DialogTimer::ResendReliable, turn);
        self.clear(DialogTimer::PrackWait, turn);
    }

    /// Acknowledges a reliable provisional answer to our INVITE. `false`: it is a copy, or one
    /// before it was lost; it must change nothing. (RFC 3262 §4)
    pub(super) fn acknowledge_provisional(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) -> bool {
        if !check::lists(response, Name::Require, "100rel") {
            return true;
        }
        let number = response.value(Name::RSeq).and_then(lex::number).and_then(|number| u32::try_from(number).ok());
        let (Some(number), Ok(cseq)) = (number, response.cseq()) else { return false };
        let Some(early) = self.early_of(response) else { return false };
        let expected = early.rseq.is_none_or(|last| number == last.wrapping_add(1));
        if !expected {
            return false;
        }
        early.rseq = Some(number);
        let far = early.far.clone();
        let words = Words::default().with("RAck", format!("{number} {} INVITE", cseq.number));
        self.ask_at(far, Purpose::Prack, words, turn);
        true
    }

    /// Whether the fork that sends this request has described its media reliably, so that it
    /// may offer others. (RFC 3311 §5.1)
    pub(super) fn is_settled_with(&self, request: &Message<'_>) -> bool {
        match &self.phase {
            Phase::Calling(calling) => calling.is_settled_with(request.tag_in_from()),
            Phase::Ringing { .. } | Phase::Up | Phase::Closing | Phase::Gone => false,
        }
    }

    /// The fork that this answer is from; a new one is remembered, as long as there is room.
    pub(super) fn early_of(&mut self, response: &Message<'_>) -> Option<&mut Early> {
        let target = self.far.target.clone();
        let Phase::Calling(calling) = &mut self.phase else { return None };
        calling.early(response, &target)
    }
}

/// RAck: the numbers of the provisional answer and of the INVITE. (RFC 3262 §7.2)
fn rack(request: &Message<'_>) -> Option<(u32, u32)> {
    let value = lex::unfold(request.value(Name::RAck)?);
    let mut words = value.split(|byte| lex::is_space(*byte)).filter(|word| !word.is_empty());
    let mut number = || lex::number(words.next()?).and_then(|number| u32::try_from(number).ok());
    let numbers = (number()?, number()?);
    (words.next() == Some(b"INVITE")).then_some(numbers)
}
