//! Session timers (RFC 4028): both ends agree on an interval and on who refreshes; whoever
//! hears no refresh in time ends the call. We refresh ourselves wherever we may choose, by
//! UPDATE if the peer takes it, else by a re-INVITE with the description it knows.

use super::ask::Words;
use super::renegotiate::Kind;
use super::{Dialog, DialogTimer, Phase, Turn};
use crate::api::{EndCause, ReasonHeader};
use crate::limits::{REFRESH_AGAIN, SESSION_BOUNDS, SESSION_SECONDS};
use crate::message::write::Writer;
use crate::message::{Message, Method, Name, check, lex};
use crate::transaction::store::Purpose;
use std::time::Duration;

/// Who sends the refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refresher {
    Us,
    Peer,
}

/// What both ends agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Agreed {
    seconds: u32,
    refresher: Refresher,
}

/// The session timer of one dialog.
#[derive(Debug)]
pub(super) struct Session {
    agreed: Option<Agreed>,
    /// Whether the peer knows about session timers.
    peer: Support,
    /// The shortest interval that we ask for; longer after a 422.
    least: u32,
    /// How refreshes are sent.
    update: Support,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Support {
    Yes,
    No,
}

impl Default for Session {
    fn default() -> Session {
        Session { agreed: None, peer: Support::No, least: *SESSION_BOUNDS.start(), update: Support::No }
    }
}

/// Whether a request wants a shorter interval than we take, from a peer that will understand
/// our 422. (RFC 4028 §9)
pub(crate) fn is_too_brief(request: &Message<'_>) -> bool {
    let seconds = interval(request, Name::SessionExpires);
    check::lists(request, Name::Supported, "timer") && seconds.is_some_and(|it| it < *SESSION_BOUNDS.start())
}

/// The seconds of Session-Expires or Min-SE.
fn interval(message: &Message<'_>, name: Name) -> Option<u32> {
    let (digits, _) = lex::take_while(message.value(name)?, |byte| byte != b';' && !lex::is_space(byte));
    lex::number(digits).map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// Whom Session-Expires names: `true` the client of the request.
fn names_client(message: &Message<'_>) -> Option<bool> {
    let value = message.value(Name::SessionExpires)?;
    let (_, params) = lex::take_while(value, |byte| byte != b';');
    let refresher = lex::Params::parse(params).ok()?.value("refresher")?;
    Some(refresher.eq_ignore_ascii_case(b"uac"))
}

impl Session {
    /// Reads an INVITE, re-INVITE or UPDATE of the peer. (RFC 4028 §9, table 2)
    pub(super) fn asked_by(&mut self, request: &Message<'_>) {
        self.learn_methods(request);
        if check::lists(request, Name::Supported, "timer") {
            self.peer = Support::Yes;
        }
        let least = interval(request, Name::MinSe).unwrap_or(0).max(*SESSION_BOUNDS.start());
        let asked = interval(request, Name::SessionExpires);
        let seconds = match (asked, self.peer) {
            (Some(seconds), Support::Yes | Support::No) => seconds,
            // A refresh that says nothing leaves things as they are.
            (None, Support::Yes) => self.agreed.map_or(SESSION_SECONDS, |agreed| agreed.seconds),
            (None, Support::No) => return,
        };
        let refresher = match (self.peer, names_client(request)) {
            (Support::Yes, Some(true)) => Refresher::Peer,
            // Only we can: a proxy asked for it.
            (Support::No, Some(_) | None) | (Support::Yes, Some(false) | None) => Refresher::Us,
        };
        self.agreed =
            Some(Agreed { seconds: seconds.clamp(least.min(*SESSION_BOUNDS.end()), *SESSION_BOUNDS.end()), refresher });
    }

    /// Reads a 2xx of the peer to our request. (RFC 4028 §7.2)
    fn answered_by(&mut self, response: &Message<'_>) {
        self.learn_methods(response);
        let seconds = interval(response, Name::SessionExpires);
        self.agreed = seconds.map(|seconds| {
            let refresher = match names_client(response) {
                Some(false) => Refresher::Peer,
                Some(true) | None => Refresher::Us,
            };
            Agreed { seconds: seconds.clamp(*SESSION_BOUNDS.start(), *SESSION_BOUNDS.end()), refresher }
        });
    }

    fn learn_methods(&mut self, message: &Message<'_>) {
        if message.value(Name::Allow).is_some() {
            let update = message.elements(Name::Allow).any(|method| method == b"UPDATE");
            self.update = if update { Support::Yes } else { Support::No };
        }
    }

    /// What a request of ours says about it.
    pub(super) fn wishes(&self) -> [(&'static str, String); 3] {
        let refresher = match self.agreed.map(|agreed| agreed.refresher) {
            Some(Refresher::Peer) => "uas",
            Some(Refresher::Us) | None => "uac",
        };
        let seconds = self.agreed.map_or(SESSION_SECONDS, |agreed| agreed.seconds).max(self.least);
        [
            ("Supported", check::SUPPORTED.to_owned()),
            ("Session-Expires", format!("{seconds};refresher={refresher}")),
            ("Min-SE", self.least.to_string()),
        ]
    }

    /// What a 2xx of ours says about it. (RFC 4028 §9)
    pub(super) fn write_answer(&self, writer: Writer) -> Writer {
        let writer = writer.header("Supported", check::SUPPORTED);
        let Some(Agreed { seconds, refresher }) = self.agreed else { return writer };
        match refresher {
            Refresher::Us => writer.header("Session-Expires", format!("{seconds};refresher=uas")),
            Refresher::Peer => {
                writer.header("Require", "timer").header("Session-Expires", format!("{seconds};refresher=uac"))
            }
        }
    }

    /// 422: asks for what the peer wants at least. `false`: that was no better. (RFC 4028 §7.3)
    pub(super) fn take_longer(&mut self, response: &Message<'_>) -> bool {
        let least = interval(response, Name::MinSe);
        let Some(least) = least.filter(|least| *least > self.least && least <= SESSION_BOUNDS.end()) else {
            return false;
        };
        self.least = least;
        true
    }
}

impl Dialog {
    /// A 2xx to our INVITE, re-INVITE or refresh.
    pub(super) fn session_answered(&mut self, response: &Message<'_>, turn: &mut Turn<'_>) {
        self.session.answered_by(response);
        self.start_session(turn);
    }

    /// The session begins, or was refreshed. (RFC 4028 §10)
    pub(super) fn start_session(&self, turn: &mut Turn<'_>) {
        self.clear(DialogTimer::Refresh, turn);
        self.clear(DialogTimer::Expiry, turn);
        let Some(Agreed { seconds, refresher }) = self.session.agreed else { return };
        let slack = (seconds / 3).min(32);
        self.set(DialogTimer::Expiry, Duration::from_secs(u64::from(seconds - slack)), turn);
        if refresher == Refresher::Us {
            self.set(DialogTimer::Refresh, Duration::from_secs(u64::from(seconds / 2)), turn);
        }
    }

    /// It is our turn to refresh. While an offer is open it waits: that one refreshes too.
    pub(super) fn refresh_session(&mut self, turn: &mut Turn<'_>) {
        let free = self.asked.is_none() && self.offering.is_none() && self.unacked.is_none();
        if !matches!(self.phase, Phase::Up) {
            return;
        }
        match self.session.update {
            _ if !free => self.set(DialogTimer::Refresh, REFRESH_AGAIN, turn),
            Support::Yes => {
                let words = Words { headers: self.session.wishes().to_vec(), body: None };
                self.ask_peer(Purpose::Update, words.with("Contact", super::contact(self.flow)), turn);
            }
            Support::No => {
                let sdp = self.local_sdp.clone();
                self.begin_reinvite(sdp, Kind::Refresh, turn);
            }
        }
    }

    /// An answer to our refreshing UPDATE.
    pub(super) fn on_update_response(&mut self, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        if !matches!(self.phase, Phase::Up) {
            return;
        }
        match status {
            0..=199 => {}
            200..=299 => {
                self.far.refresh(response);
                self.session_answered(response, turn);
            }
            405 | 501 => {
                self.session.update = Support::No;
                self.refresh_session(turn);
            }
            422 if self.session.take_longer(response) => self.refresh_session(turn),
            // RFC 4028 §10: the peer does not know the call any more.
            408 | 481 => self.expire_session(turn),
            _ => self.set(DialogTimer::Refresh, REFRESH_AGAIN, turn),
        }
    }

    /// There will be no answer to a refresh. A closed connection says nothing about the call: it
    /// is tried again by a new one. (RFC 4028 §10)
    pub(super) fn on_refresh_failed(&mut self, cause: &EndCause, turn: &mut Turn<'_>) {
        if *cause == EndCause::Unreachable && matches!(self.phase, Phase::Up) {
            return self.set(DialogTimer::Refresh, REFRESH_AGAIN, turn);
        }
        self.expire_session(turn);
    }

    /// The session is over: no refresh came through. (RFC 4028 §10)
    pub(super) fn expire_session(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.phase, Phase::Up) {
            return;
        }
        self.end(EndCause::SessionExpired, turn);
        let text = Some("Session expired".to_owned());
        self.close(Some(ReasonHeader { protocol: "SIP".into(), cause: Some(408), text }), turn);
    }

    /// Accepts an UPDATE that only refreshes. (RFC 4028 §9)
    pub(super) fn refreshed_by(&mut self, request: &Message<'_>, flow: crate::api::Flow, turn: &mut Turn<'_>) {
        self.far.refresh(request);
        self.session.asked_by(request);
        let server = turn.wire.open_server(request, flow, self.id);
        let Some(stem) = turn.wire.store.stem(server) else { return };
        let writer = stem.reply(200, Some(&self.local_tag)).header("Contact", super::contact(self.flow));
        let writer = self.session.write_answer(writer.header("Allow", super::ALLOW));
        let frame = writer.header("Server", &turn.wire.product).finish(None);
        turn.wire.respond(server, 200, frame, turn.now);
        if matches!(self.phase, Phase::Up) {
            self.start_session(turn);
        }
    }

    /// Whether a request of this method carries a session timer.
    pub(super) fn is_too_brief(request: &Message<'_>) -> bool {
        matches!(request.method(), Method::Invite | Method::Update) && is_too_brief(request)
    }
}

/// What a 422 says. (RFC 4028 §6)
pub(crate) fn say_least(writer: Writer) -> Writer {
    writer.header("Min-SE", SESSION_BOUNDS.start().to_string())
}
