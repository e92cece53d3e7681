//! Transfers that the peer asks for: REFER inside a dialog, its answer, and the notices of how
//! it goes on (RFC 3515, RFC 3892). The owner makes the new call; here is only the asking.

use super::ask::Words;
use super::{Dialog, DialogTimer, Phase, Turn};
use crate::api::{DialogId, Event, Flow, TransferAnswer};
use crate::limits::{TRANSFER_LIFE, TRANSFER_WAIT};
use crate::message::uri::unescape;
use crate::message::{Address, Message, Name, Scheme, lex, write};
use crate::transaction::store::{Purpose, ServerId};

/// A transfer under way. One at a time.
#[derive(Debug)]
pub(super) struct Transfer {
    /// Sequence number of the REFER: the id of its notices. (RFC 3515 §2.4.6)
    id: u32,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The owner has not answered.
    Asked(ServerId),
    /// It tries; the peer hears how it goes on.
    Tried,
}

/// The call that a Replaces names (RFC 3891 §6.1): Call-ID, its receiver's tag, its sender's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaced {
    pub(crate) call_id: Vec<u8>,
    pub(crate) to_tag: Vec<u8>,
    pub(crate) from_tag: Vec<u8>,
    /// Only a call that is not answered yet may be replaced.
    pub(crate) early_only: bool,
}

impl Replaced {
    /// Reads the value of a Replaces header.
    pub(crate) fn parse(value: &[u8]) -> Option<Replaced> {
        let (call_id, params) = lex::take_while(lex::trim(value), |byte| byte != b';');
        let params = lex::Params::parse(params).ok()?;
        let tag = |name| params.value(name).filter(|tag| !tag.is_empty()).map(<[u8]>::to_vec);
        let call_id = lex::trim(call_id).to_vec();
        let early_only = params.get("early-only").is_some();
        Some(Replaced { call_id, to_tag: tag("to-tag")?, from_tag: tag("from-tag")?, early_only })
    }
}

/// Whom a REFER names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Referred {
    target: String,
    pub(crate) replaces: Option<Replaced>,
}

impl Referred {
    /// Reads Refer-To: one address, for a call. (RFC 3515 §2.4.1: more than one is a 400)
    pub(crate) fn of(request: &Message<'_>) -> Option<Referred> {
        let mut values = request.elements(Name::ReferTo);
        let (value, None) = (values.next()?, values.next()) else { return None };
        let uri = Address::parse(value).ok()?.uri;
        let method = uri.params.value("method");
        let a_call = method.is_none_or(|method| method.eq_ignore_ascii_case(b"INVITE"));
        if !matches!(uri.scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel) || !a_call {
            return None;
        }
        let (target, _) = lex::take_while(uri.raw, |byte| byte != b'?');
        let headers = uri.headers.unwrap_or_default();
        let replaces = headers.split(|byte| *byte == b'&').find_map(|header| {
            let place = memchr::memchr(b'=', header)?;
            let (name, value) = header.split_at(place);
            name.eq_ignore_ascii_case(b"Replaces").then(|| unescape(value.get(1..).unwrap_or_default()))
        });
        let replaces = match replaces {
            Some(value) => Some(Replaced::parse(&value)?),
            None => None,
        };
        Some(Referred { target: lex::text(target), replaces })
    }
}

/// What the door found out about a REFER's Replaces: only it knows the other calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Other {
    /// The REFER names no other call.
    None,
    /// It names this one.
    Held(DialogId),
    /// It names one that we do not hold.
    Foreign,
}

impl Dialog {
    /// What a REFER asks for is told to the owner; before the call is answered, or while another
    /// transfer is open, it is refused.
    pub(crate) fn on_refer(&mut self, request: &Message<'_>, (flow, other): (Flow, Other), turn: &mut Turn<'_>) {
        let number = request.cseq().map_or(0, |cseq| cseq.number);
        if self.is_out_of_order(number) {
            return self.reply_once(request, (flow, 500), turn);
        }
        self.remote_cseq = Some(number);
        let replaces = match other {
            Other::Held(dialog) => Some(dialog),
            Other::None | Other::Foreign => None,
        };
        let refusal = match self.phase {
            Phase::Up if self.transfer.is_some() => Some(491),
            // We cannot take a place in a call that is between others.
            Phase::Up if other == Other::Foreign => Some(603),
            Phase::Up => None,
            Phase::Ringing { .. } | Phase::Calling(_) => Some(403),
            Phase::Closing | Phase::Gone => Some(481),
        };
        let (refusal, referred) = match (refusal, Referred::of(request)) {
            (None, None) => (Some(400), None),
            (refusal, referred) => (refusal, referred),
        };
        if let Some(status) = refusal {
            return self.reply_once(request, (flow, status), turn);
        }
        let Some(Referred { target, .. }) = referred else { return };
        let server = turn.wire.open_server(request, flow, self.id);
        self.transfer = Some(Transfer { id: number, stage: Stage::Asked(server) });
        self.set(DialogTimer::Transfer, TRANSFER_WAIT, turn);
        turn.wire.tell(Event::TransferAsked { dialog: self.id, target, replaces });
    }

    /// The owner says whether it tries. Too late changes nothing.
    pub(crate) fn answer_transfer(&mut self, answer: TransferAnswer, turn: &mut Turn<'_>) {
        let Some(Transfer { stage: Stage::Asked(server), .. }) = self.transfer else { return };
        let status = match answer {
            TransferAnswer::Accepted => 202,
            TransferAnswer::Declined => 603,
        };
        if let Some(stem) = turn.wire.store.stem(server) {
            let writer = stem.reply(status, Some(&self.local_tag)).header("Contact", super::contact(self.flow));
            let frame = writer.header("Server", &turn.wire.product).finish(None);
            turn.wire.respond(server, status, frame, turn.now);
        }
        self.clear(DialogTimer::Transfer, turn);
        match answer {
            TransferAnswer::Declined => self.transfer = None,
            TransferAnswer::Accepted => {
                if let Some(transfer) = &mut self.transfer {
                    transfer.stage = Stage::Tried;
                }
                // RFC 3515 §2.4.4: the first notice comes at once.
                self.tell_transfer(100, turn);
                self.set(DialogTimer::Transfer, TRANSFER_LIFE, turn);
            }
        }
    }

    /// Tells the peer how the new call goes on. (RFC 3515 §2.4.5)
    pub(crate) fn tell_transfer(&mut self, status: u16, turn: &mut Turn<'_>) {
        let Some(Transfer { id, stage: Stage::Tried }) = self.transfer else { return };
        if !matches!(self.phase, Phase::Up) || !(100..700).contains(&status) {
            return;
        }
        let state = if status >= 200 {
            "terminated;reason=noresource".to_owned()
        } else {
            format!("active;expires={}", TRANSFER_LIFE.as_secs())
        };
        let fragment = format!("SIP/2.0 {status} {}\r\n", write::reason_phrase(status));
        let words = Words { body: Some(("message/sipfrag;version=2.0", fragment.into_bytes())), ..Words::default() };
        let words = words.with("Contact", super::contact(self.flow)).with("Event", format!("refer;id={id}"));
        self.ask_peer(Purpose::Notify, words.with("Subscription-State", state), turn);
        if status >= 200 {
            self.transfer = None;
            self.clear(DialogTimer::Transfer, turn);
        }
    }

    /// RFC 6665 §4.2.2: 481 says that the peer does not listen any more.
    pub(super) fn on_notify_response(&mut self, status: u16, turn: &mut Turn<'_>) {
        if matches!(status, 481 | 489) {
            self.transfer = None;
            self.clear(DialogTimer::Transfer, turn);
        }
    }

    /// The owner says nothing: before its answer that is a no, later a failure.
    pub(super) fn forget_transfer(&mut self, turn: &mut Turn<'_>) {
        match self.transfer.as_ref().map(|transfer| transfer.stage) {
            Some(Stage::Asked(_)) => self.answer_transfer(TransferAnswer::Declined, turn),
            Some(Stage::Tried) => self.tell_transfer(408, turn),
            None => {}
        }
    }

    /// The call is over while the owner has not answered. (RFC 3261 §15.1.2)
    pub(super) fn drop_transfer(&mut self, turn: &mut Turn<'_>) {
        let Some(Transfer { stage: Stage::Asked(server), .. }) = self.transfer.take() else { return };
        let frame = self.refusal(server, 487, turn);
        turn.wire.respond(server, 487, frame, turn.now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Framing;

    fn refer(to: &str) -> Option<Referred> {
        let text = format!("REFER sip:a@b SIP/2.0\r\n{to}\r\n");
        Referred::of(&Message::parse(text.as_bytes(), Framing::Datagram).expect("a SIP message"))
    }

    #[test]
    fn the_target_and_the_call_that_it_replaces_are_read() {
        let blind = refer("Refer-To: \"Bob\" <sip:1002@yard;user=phone>\r\n").expect("a target");
        assert_eq!((blind.target.as_str(), blind.replaces), ("sip:1002@yard;user=phone", None));
        let attended = refer("r: <sip:c@d?Require=replaces&Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n");
        let replaces = attended.and_then(|found| found.replaces).expect("a call");
        let parts = (replaces.call_id.as_slice(), replaces.to_tag.as_slice(), replaces.from_tag.as_slice());
        assert_eq!(parts, (&b"a@b"[..], &b"1"[..], &b"2"[..]));
        for bad in [
            "",
            "Refer-To: <sip:a@b>, <sip:c@d>\r\n",
            "Refer-To: <mailto:a@b>\r\n",
            "Refer-To: <sip:a@b;method=BYE>\r\n",
            "Refer-To: <sip:a@b?Replaces=x>\r\n",
        ] {
            assert_eq!(refer(bad), None, "{bad}");
        }
    }
}
