//! Writes messages: a request from its parts, a response from the request that it
//! answers. Nothing that is written can break out of its line.

use super::{Address, Header, Message, Method, Name, Via, fields, lex};
use crate::api::Flow;
use std::fmt::Write as _;

/// A message being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn request(method: Method, uri: &[u8]) -> Writer {
        let mut out = Vec::with_capacity(1_024);
        out.extend_from_slice(method.name().as_bytes());
        out.push(b' ');
        push_line(&mut out, uri);
        out.extend_from_slice(b" SIP/2.0\r\n");
        Writer { out }
    }

    fn status(status: u16, phrase: &str) -> Writer {
        let mut out = Vec::with_capacity(768);
        push_line(&mut out, format!("SIP/2.0 {status} {phrase}").as_bytes());
        out.extend_from_slice(b"\r\n");
        Writer { out }
    }

    /// One header. Line ends in the value become spaces.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Writer {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        push_line(&mut self.out, value.as_ref());
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// A header that may be absent.
    pub(crate) fn maybe(self, name: &str, value: Option<impl AsRef<[u8]>>) -> Writer {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// Header lines that were written before, with their ends.
    pub(crate) fn lines(mut self, lines: &[u8]) -> Writer {
        self.out.extend_from_slice(lines);
        self
    }

    /// Ends the message with a body, or without.
    pub(crate) fn finish(self, body: Option<(&str, &[u8])>) -> Vec<u8> {
        let (kind, body) = body.map_or((None, &b""[..]), |(kind, body)| (Some(kind), body));
        let mut out = self.maybe("Content-Type", kind).header("Content-Length", body.len().to_string()).out;
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        out
    }
}

/// Content type of a session description.
pub(crate) const SDP: &str = "application/sdp";

/// A body that is a session description.
pub(crate) fn sdp(body: Option<&[u8]>) -> Option<(&'static str, &[u8])> {
    body.map(|body| (SDP, body))
}

fn push_line(out: &mut Vec<u8>, value: &[u8]) {
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        out.extend_from_slice(&lex::unfold(value));
    } else {
        out.extend_from_slice(value);
    }
}

/// All that the answers to one request have in common; kept while it is unanswered, so
/// that the request itself need not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stem {
    /// Via, From, Call-ID, CSeq lines.
    head: Vec<u8>,
    /// Value of To, tag included if the request had one.
    to: Vec<u8>,
    tagged: bool,
    /// Record-Route lines, for answers that make a dialog. (RFC 3261 §12.1.1)
    routes: Vec<u8>,
}

impl Stem {
    /// What the answers to `request` share (RFC 3261 §8.2.6). Works for broken requests too:
    /// what is there is copied, on one line each.
    pub(crate) fn of(request: &Message<'_>, flow: Flow) -> Stem {
        let mut head = Writer { out: Vec::with_capacity(512) };
        let mut top = true;
        for via in request.values(Name::Via) {
            head = head.header("Via", if std::mem::take(&mut top) { answer_via(via, flow) } else { lex::unfold(via) });
        }
        for name in [Name::From, Name::CallId, Name::CSeq] {
            head = head.maybe(name.text(), request.value(name));
        }
        let mut routes = Writer::default();
        for value in request.values(Name::RecordRoute) {
            routes = routes.header("Record-Route", value);
        }
        Stem {
            head: head.out,
            to: lex::unfold(request.value(Name::To).unwrap_or_default()),
            tagged: !request.tag_in_to().is_empty(),
            routes: routes.out,
        }
    }

    /// Starts an answer. `tag` becomes the tag of To unless the request brought one; every
    /// answer but 100 needs one. (RFC 3261 §8.2.6.2)
    pub(crate) fn reply(&self, status: u16, tag: Option<&str>) -> Writer {
        self.reply_saying(status, reason_phrase(status), tag)
    }

    pub(crate) fn reply_saying(&self, status: u16, phrase: &str, tag: Option<&str>) -> Writer {
        let mut to = self.to.clone();
        if let (Some(tag), false, false) = (tag, self.tagged, to.is_empty()) {
            to.extend_from_slice(b";tag=");
            to.extend_from_slice(tag.as_bytes());
        }
        let to = (!to.is_empty()).then_some(to);
        Writer::status(status, phrase).lines(&self.head).maybe("To", to)
    }

    /// Starts an answer that makes or confirms a dialog: with the Record-Route of the request.
    pub(crate) fn reply_in_dialog(&self, status: u16, tag: &str) -> Writer {
        self.reply(status, Some(tag)).lines(&self.routes)
    }
}

/// The top Via line of an answer: `received` when the peer does not say its own address
/// (RFC 3261 §18.2.1), `rport` filled in when it asked for it (RFC 3581 §4).
fn answer_via(line: &[u8], flow: Flow) -> Vec<u8> {
    let first = lex::elements(line).next().unwrap_or_default();
    let Ok(via) = Via::parse(first) else { return lex::unfold(line) };
    let asked = via.params.get("rport").is_some();
    let source = flow.remote.ip().to_canonical();
    let honest = via.host.address().map(|address| address.to_canonical()) == Some(source);
    let mut out = b"SIP/2.0/".to_vec();
    out.extend_from_slice(via.transport);
    out.push(b' ');
    out.extend_from_slice(&lex::unfold(via.sent_by));
    let ours = |name: &[u8]| name.eq_ignore_ascii_case(b"received") || name.eq_ignore_ascii_case(b"rport");
    fields::write_params(&mut out, via.params, |name| !ours(name));
    let mut added = String::new();
    if asked || !honest {
        write!(added, ";received={source}").expect("writing into a String cannot fail");
    }
    if asked {
        write!(added, ";rport={}", flow.remote.port()).expect("writing into a String cannot fail");
    }
    out.extend_from_slice(added.as_bytes());
    let mut rest = lex::elements(line).skip(1).peekable();
    if rest.peek().is_some() {
        for element in rest {
            out.extend_from_slice(b", ");
            out.extend_from_slice(&lex::unfold(element));
        }
    }
    out
}

/// A display name and a URI as an address. The name is quoted; what cannot stand in a
/// quoted string is left out.
pub(crate) fn address(name: Option<&str>, uri: &str) -> Vec<u8> {
    let mut out = String::new();
    if let Some(name) = name {
        out.push('"');
        for letter in name.chars().filter(|letter| !letter.is_control()) {
            if matches!(letter, '"' | '\\') {
                out.push('\\');
            }
            out.push(letter);
        }
        out.push_str("\" ");
    }
    out.push('<');
    out.push_str(uri);
    out.push('>');
    out.into_bytes()
}

/// The value of a Reason header. (RFC 3326 §2)
pub(crate) fn reason(reason: &crate::api::ReasonHeader) -> String {
    let mut out: String =
        reason.protocol.chars().filter(|letter| letter.is_ascii_graphic() && *letter != ';').collect();
    if let Some(cause) = reason.cause {
        write!(out, ";cause={cause}").expect("writing into a String cannot fail");
    }
    if let Some(text) = &reason.text {
        let text: String = text.chars().filter(|letter| !letter.is_control() && !"\"\\".contains(*letter)).collect();
        write!(out, ";text=\"{text}\"").expect("writing into a String cannot fail");
    }
    out
}

/// The words beside a status. (RFC 3261 §21)
pub(crate) fn reason_phrase(status: u16) -> &'static str {
    // tidy: table
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        _ => match status / 100 {
            1 => "Progress",
            2 => "OK",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        },
    }
}

/// Prints a parsed message: same start, headers in order with folds undone, same body. For
/// traces, and for the round-trip tests of the parser.
pub fn print(message: &Message<'_>) -> Vec<u8> {
    let mut writer = match message.start() {
        super::Start::Request { token, uri, .. } => {
            let mut out = token.to_vec();
            out.push(b' ');
            out.extend_from_slice(uri);
            out.extend_from_slice(b" SIP/2.0\r\n");
            Writer { out }
        }
        super::Start::Response { status, reason } => Writer::status(status, &lex::text(reason)),
    };
    for Header { token, value, .. } in message.headers() {
        let name = String::from_utf8_lossy(token);
        writer = writer.header(&name, value);
    }
    let mut out = writer.out;
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(message.body());
    out
}

/// The address of the peer for our next requests: what Contact says, if it says anything.
pub(crate) fn contact_uri(message: &Message<'_>) -> Option<Vec<u8>> {
    message.contact().map(|Address { uri, .. }| uri.raw.to_vec())
}

/// The routes that a message recorded, in its order.
pub(crate) fn recorded_routes(message: &Message<'_>) -> Vec<Vec<u8>> {
    message.elements(Name::RecordRoute).map(lex::unfold).collect()
}
