//! A SIP message as an index over its bytes: one pass finds the lines and names the
//! headers, values are parsed when asked for. Total and tolerant: bytes that are no
//! UTF-8, unknown methods, compact names and folds are all fine; what breaks a rule
//! that we must hold to is kept as a [`Fault`], so that a 400 can still be sent.

pub mod check;
pub mod fields;
pub(crate) mod lex;
mod multipart;
pub mod name;
pub mod uri;
pub(crate) mod write;

use crate::limits::{HEADERS, MESSAGE_BYTES};
pub use fields::{Address, CSeq, Via};
pub use lex::{Broken, Params};
pub use name::{Method, Name};
pub use uri::{Host, Scheme, Uri};
pub use write::print;

/// A message, borrowed from the datagram or frame that it came in.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    start: Start<'a>,
    headers: Vec<Header<'a>>,
    body: &'a [u8],
    fault: Option<Fault>,
}

/// The first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// `INVITE sip:a@b SIP/2.0`
    Request {
        /// The method.
        method: Method,
        /// The method as it is written.
        token: &'a [u8],
        /// Request-URI as it is written.
        uri: &'a [u8],
    },
    /// `SIP/2.0 200 OK`
    Response {
        /// 100 to 699.
        status: u16,
        /// For people.
        reason: &'a [u8],
    },
}

/// One header line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which one.
    pub name: Name,
    /// The name as it is written.
    pub token: &'a [u8],
    /// The value, trimmed; folds are still in it.
    pub value: &'a [u8],
}

/// What is wrong with a message whose lines could be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not SIP/2.0: 505.
    Version,
    /// The first line has the wrong shape.
    StartLine,
    /// A header line without a colon or name, or with a bare CR.
    HeaderLine,
    /// The header section does not end with a blank line.
    NoEnd,
    /// More headers than we take.
    TooMany,
    /// The body is shorter than Content-Length says, or the length is missing on a stream.
    Length,
    /// A header that must be there is not.
    Missing(Name),
    /// A header that must stand alone is there twice.
    Twice(Name),
    /// The value of a header breaks the grammar.
    Bad(Name),
    /// The Request-URI breaks the grammar.
    BadUri,
    /// CSeq names another method than the first line.
    OtherMethod,
}

/// Why bytes are no SIP message at all. Nothing can be answered to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSip {
    /// Longer than we take.
    #[error("longer than {MESSAGE_BYTES} bytes")]
    TooLong,
    /// The first line is neither a request line nor a status line.
    #[error("no request line and no status line")]
    StartLine,
}

/// Whether the message stands alone or came out of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// A datagram: Content-Length may be missing; what is behind it is ignored.
    Datagram,
    /// A stream: Content-Length is required. (RFC 3261 §18.3)
    Stream,
}

impl<'a> Message<'a> {
    /// Reads any bytes.
    pub fn parse(bytes: &'a [u8], framing: Framing) -> Result<Message<'a>, NotSip> {
        if bytes.len() > MESSAGE_BYTES {
            return Err(NotSip::TooLong);
        }
        // RFC 3261 §7.5: blank lines before the first line are ignored.
        let bytes = lex::trim_start(bytes);
        let mut lines = Lines { rest: bytes };
        let (start, start_fault) = parse_start(lines.next_line().ok_or(NotSip::StartLine)?)?;
        let mut headers = Vec::with_capacity(24);
        let lines_fault = take_headers(&mut lines, &mut headers);
        let mut message = Message { start, headers, body: lines.rest, fault: start_fault.or(lines_fault) };
        let length_fault = message.cut_body(framing);
        message.fault = message.fault.or(length_fault);
        Ok(message)
    }

    /// The first line.
    pub fn start(&self) -> Start<'a> {
        self.start
    }

    /// The method of a request; of a response, the one in CSeq.
    pub fn method(&self) -> Method {
        match self.start {
            Start::Request { method, .. } => method,
            Start::Response { .. } => self.cseq().map_or(Method::Other, |cseq| cseq.method),
        }
    }

    /// What was wrong with its lines, if anything.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The body, as long as Content-Length says.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Every header in order.
    pub fn headers(&self) -> &[Header<'a>] {
        &self.headers
    }

    /// The values of one header, each as it stands on its line.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |header| header.name == name).map(|header| header.value)
    }

    /// The first value of a header.
    pub fn value(&self, name: Name) -> Option<&'a [u8]> {
        self.values(name).next()
    }

    /// The elements of a header that is a comma list, over all of its lines.
    pub fn elements(&self, name: Name) -> impl Iterator<Item = &'a [u8]> {
        self.values(name).flat_map(lex::elements)
    }

    /// Request-URI.
    pub fn uri(&self) -> Result<Uri<'a>, Fault> {
        match self.start {
            Start::Request { uri, .. } => Uri::parse(uri).map_err(|Broken| Fault::BadUri),
            Start::Response { .. } => Err(Fault::BadUri),
        }
    }

    /// From.
    pub fn from(&self) -> Result<Address<'a>, Fault> {
        self.address(Name::From)
    }

    /// To.
    pub fn to(&self) -> Result<Address<'a>, Fault> {
        self.address(Name::To)
    }

    /// The first Contact, if there is one and it is an address.
    pub fn contact(&self) -> Option<Address<'a>> {
        Address::parse(self.elements(Name::Contact).next()?).ok()
    }

    /// The top Via.
    pub fn via(&self) -> Result<Via<'a>, Fault> {
        let value = self.value(Name::Via).ok_or(Fault::Missing(Name::Via))?;
        let top = lex::elements(value).next().unwrap_or_default();
        Via::parse(top).map_err(|Broken| Fault::Bad(Name::Via))
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq<'a>, Fault> {
        let value = self.value(Name::CSeq).ok_or(Fault::Missing(Name::CSeq))?;
        CSeq::parse(value).map_err(|Broken| Fault::Bad(Name::CSeq))
    }

    /// Call-ID.
    pub fn call_id(&self) -> Result<&'a [u8], Fault> {
        let value = self.value(Name::CallId).ok_or(Fault::Missing(Name::CallId))?;
        if value.is_empty() || value.iter().any(|byte| lex::is_space(*byte)) {
            return Err(Fault::Bad(Name::CallId));
        }
        Ok(value)
    }

    /// Media type of the body in lower case; `None` when there is no such header.
    pub fn content_type(&self) -> Option<String> {
        fields::media_type(self.value(Name::ContentType)?).ok()
    }

    /// The tag of To, empty when there is none.
    pub(crate) fn tag_in_to(&self) -> &'a [u8] {
        self.to().ok().and_then(|to| to.tag()).unwrap_or_default()
    }

    /// The tag of From, empty when there is none (RFC 2543 had none).
    pub(crate) fn tag_in_from(&self) -> &'a [u8] {
        self.from().ok().and_then(|from| from.tag()).unwrap_or_default()
    }

    /// The Reason header that says most: Q.850 before others. (RFC 3326)
    pub(crate) fn reason_header(&self) -> Option<crate::api::ReasonHeader> {
        let all: Vec<_> = self.elements(Name::Reason).take(4).filter_map(fields::reason).collect();
        let telephone = all.iter().position(|reason| reason.protocol.eq_ignore_ascii_case("Q.850"));
        all.into_iter().nth(telephone.unwrap_or(0))
    }

    /// The body, if it is a session description.
    pub(crate) fn session_description(&self) -> Option<Vec<u8>> {
        if self.body.is_empty() {
            return None;
        }
        let plain = self.content_type().as_deref() == Some(write::SDP);
        let part = || multipart::part(self.value(Name::ContentType)?, self.body, write::SDP);
        if plain { Some(self.body.to_vec()) } else { part().map(<[u8]>::to_vec) }
    }

    fn address(&self, name: Name) -> Result<Address<'a>, Fault> {
        let value = self.value(name).ok_or(Fault::Missing(name))?;
        Address::parse(value).map_err(|Broken| Fault::Bad(name))
    }

    /// RFC 3261 §18.3: bytes behind Content-Length are dropped, missing ones are a fault.
    fn cut_body(&mut self, framing: Framing) -> Option<Fault> {
        let mut lengths = self.values(Name::ContentLength);
        let length = match (lengths.next(), lengths.next(), framing) {
            (Some(_), Some(_), _) => return Some(Fault::Twice(Name::ContentLength)),
            (Some(value), None, _) => lex::number(value),
            (None, _, Framing::Datagram) => return None,
            (None, _, Framing::Stream) => return Some(Fault::Length),
        };
        drop(lengths);
        let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
            return Some(Fault::Bad(Name::ContentLength));
        };
        match self.body.get(..length) {
            Some(body) => {
                self.body = body;
                None
            }
            None => Some(Fault::Length),
        }
    }
}

/// Lines up to LF; a line that goes on with white space is one logical line.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    /// One line without its end. `None` at the end of the bytes.
    fn next_line(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(b'\n', self.rest)?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// One header with its folds. (RFC 3261 §7.3.1)
    fn next_folded(&mut self) -> Option<&'a [u8]> {
        let whole = self.rest;
        let first = self.next_line()?;
        if first.is_empty() {
            return Some(first);
        }
        let mut length = first.len();
        while matches!(self.rest.first(), Some(b' ' | b'\t')) && self.next_line().is_some() {
            let taken = whole.get(..whole.len() - self.rest.len()).unwrap_or_default();
            let line = taken.strip_suffix(b"\n").unwrap_or(taken);
            length = line.strip_suffix(b"\r").unwrap_or(line).len();
        }
        whole.get(..length)
    }
}

fn take_headers<'a>(lines: &mut Lines<'a>, headers: &mut Vec<Header<'a>>) -> Option<Fault> {
    let mut fault = None;
    loop {
        let Some(line) = lines.next_folded() else {
            // No blank line: take what is there as the last header's rest, answer 400.
            return fault.or(Some(Fault::NoEnd));
        };
        if line.is_empty() {
            return fault;
        }
        if headers.len() >= HEADERS {
            return Some(Fault::TooMany);
        }
        match parse_header(line) {
            Some(header) => headers.push(header),
            None => fault = fault.or(Some(Fault::HeaderLine)),
        }
    }
}

fn parse_header(line: &[u8]) -> Option<Header<'_>> {
    let colon = memchr::memchr(b':', line)?;
    let (token, value) = line.split_at(colon);
    // White space before the colon is allowed, a fold there is not. (RFC 3261 §25.1, HCOLON)
    let token = token.trim_ascii_end();
    if token.is_empty() || !token.iter().all(|byte| lex::is_token(*byte)) {
        return None;
    }
    let value = lex::trim(value.get(1..).unwrap_or_default());
    if has_bare_cr(value) {
        return None;
    }
    Some(Header { name: Name::of(token), token, value })
}

/// A CR that ends no line: one parser's header is another's two.
fn has_bare_cr(value: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', value).any(|at| value.get(at + 1) != Some(&b'\n'))
}

fn parse_start(line: &[u8]) -> Result<(Start<'_>, Option<Fault>), NotSip> {
    if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        return parse_status(line);
    }
    let (token, rest) = line.split_at(memchr::memchr(b' ', line).ok_or(NotSip::StartLine)?);
    let trimmed = lex::trim(rest);
    let (uri, version) = trimmed.split_at(memchr::memrchr(b' ', trimmed).ok_or(NotSip::StartLine)?);
    let version = version.get(1..).unwrap_or_default();
    let is_sip = version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"));
    if token.is_empty() || !token.iter().all(|byte| lex::is_token(*byte)) || !is_sip {
        return Err(NotSip::StartLine);
    }
    let exact = line.len() == token.len() + 1 + uri.len() + 1 + version.len();
    let fault = if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        Some(Fault::Version)
    } else if !exact || uri.iter().any(|byte| lex::is_space(*byte)) {
        // RFC 3261 §7.1: single spaces, and none inside the URI.
        Some(Fault::StartLine)
    } else {
        None
    };
    Ok((Start::Request { method: Method::of(token), token, uri: lex::trim(uri) }, fault))
}

fn parse_status(line: &[u8]) -> Result<(Start<'_>, Option<Fault>), NotSip> {
    let rest = line.get(4..).unwrap_or_default();
    let (version, rest) = rest.split_at(memchr::memchr(b' ', rest).ok_or(NotSip::StartLine)?);
    let rest = rest.get(1..).unwrap_or_default();
    let (code, reason) = rest.split_at_checked(3).ok_or(NotSip::StartLine)?;
    let status = lex::number(code).and_then(|code| u16::try_from(code).ok());
    // RFC 4475 §3.1.2.19: a status of four or more digits must not be cut to three.
    let bounded = reason.is_empty() || reason.starts_with(b" ");
    let status = status.filter(|status| bounded && (100..700).contains(status)).ok_or(NotSip::StartLine)?;
    let reason = reason.get(1..).unwrap_or_default();
    let fault = (version != b"2.0").then_some(Fault::Version);
    Ok((Start::Response { status, reason }, fault))
}

#[cfg(test)]
mod tests;
