//! The rules that every request must hold to before anybody acts on it (RFC 3261
//! §8.1.1, §8.2), and the same for responses. The verdict is a status, or nothing.

use super::{Address, Broken, Fault, Message, Method, Name, Scheme, Start, lex};
use crate::api::Privacy;
use crate::limits::HOPS;

/// Why a request is refused before anybody looks at its purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// 400, 416, 420, 483, 501 or 505.
    pub status: u16,
    /// What goes behind the status, for the peer's engineer.
    pub phrase: String,
}

impl Fault {
    /// The answer to a request with this fault.
    pub fn refusal(self) -> Refusal {
        let phrase = match self {
            Fault::Version => return Refusal { status: 505, phrase: "Version Not Supported".into() },
            Fault::StartLine => "Malformed Request-Line".into(),
            Fault::HeaderLine => "Malformed Header Line".into(),
            Fault::NoEnd => "Headers Without End".into(),
            Fault::TooMany => "Too Many Headers".into(),
            Fault::Length => "Body Does Not Match Content-Length".into(),
            Fault::Missing(name) => format!("Missing {}", name.text()),
            Fault::Twice(name) => format!("More Than One {}", name.text()),
            Fault::Bad(name) => format!("Malformed {}", name.text()),
            Fault::BadUri => "Malformed Request-URI".into(),
            Fault::OtherMethod => "CSeq Names Another Method".into(),
        };
        Refusal { status: 400, phrase }
    }
}

/// Headers that must not stand in a message twice. (RFC 3261 §7.3.1)
const SINGLE: [Name; 7] =
    [Name::From, Name::To, Name::CallId, Name::CSeq, Name::MaxForwards, Name::ContentType, Name::ContentLength];

/// The headers that both kinds of message need.
fn essentials(message: &Message<'_>) -> Result<(), Fault> {
    if let Some(fault) = message.fault() {
        return Err(fault);
    }
    for name in SINGLE {
        if message.values(name).nth(1).is_some() {
            return Err(Fault::Twice(name));
        }
    }
    message.via()?;
    message.from()?;
    message.to()?;
    message.call_id()?;
    message.cseq()?;
    if message.value(Name::ContentType).is_some_and(|value| super::fields::media_type(value).is_err()) {
        return Err(Fault::Bad(Name::ContentType));
    }
    for name in [Name::Via, Name::RecordRoute, Name::Route] {
        if message.elements(name).nth(HOPS).is_some() {
            return Err(Fault::TooMany);
        }
    }
    Ok(())
}

/// Whether a response may be looked at. RFC 3261 §8.1.3.3: with more than one Via it was
/// not meant for us.
pub fn response(message: &Message<'_>) -> Result<(), Fault> {
    essentials(message)?;
    match message.elements(Name::Via).nth(1) {
        Some(_) => Err(Fault::Twice(Name::Via)),
        None => Ok(()),
    }
}

/// Whether a request may be looked at.
pub fn request(message: &Message<'_>) -> Result<(), Refusal> {
    grammar(message).map_err(Fault::refusal)?;
    match message.uri().map(|uri| uri.scheme) {
        Ok(Scheme::Sip | Scheme::Sips | Scheme::Tel) => {}
        // RFC 3261 §8.2.2.1
        Ok(Scheme::Other) | Err(_) => {
            return Err(Refusal { status: 416, phrase: "Unsupported URI Scheme".into() });
        }
    }
    Ok(())
}

fn grammar(message: &Message<'_>) -> Result<(), Fault> {
    essentials(message)?;
    let (method, token) = match message.start() {
        Start::Request { method, token, .. } => (method, token),
        Start::Response { .. } => return Err(Fault::StartLine),
    };
    if message.cseq()?.token != token {
        return Err(Fault::OtherMethod);
    }
    // RFC 3261 §19.1.1: embedded headers are not allowed in a Request-URI.
    if message.uri()?.headers.is_some() {
        return Err(Fault::BadUri);
    }
    if message.value(Name::MaxForwards).is_some_and(|value| max_forwards(value).is_none()) {
        return Err(Fault::Bad(Name::MaxForwards));
    }
    for name in [Name::RecordRoute, Name::Route] {
        if message.elements(name).any(|route| Address::parse(route).is_err()) {
            return Err(Fault::Bad(name));
        }
    }
    contacts(message, method)
}

/// One Contact at most in a request that makes or refreshes a dialog (RFC 3261 §8.1.1.8);
/// `*` and none at all are for REGISTER.
fn contacts(message: &Message<'_>, method: Method) -> Result<(), Fault> {
    let mut count = 0;
    for contact in message.elements(Name::Contact) {
        count += 1;
        let star = contact == b"*" && method == Method::Register;
        if !star && Address::parse(contact).is_err() {
            return Err(Fault::Bad(Name::Contact));
        }
    }
    let single = matches!(method, Method::Invite | Method::Update);
    if single && count > 1 { Err(Fault::Twice(Name::Contact)) } else { Ok(()) }
}

fn max_forwards(value: &[u8]) -> Option<u8> {
    lex::number(value).and_then(|hops| u8::try_from(hops).ok())
}

/// Max-Forwards; `None` when it is not there.
pub(crate) fn hops_left(message: &Message<'_>) -> Option<u8> {
    message.value(Name::MaxForwards).and_then(max_forwards)
}

/// What we support, as it stands in Supported. (RFC 3261 §20.37)
pub(crate) const SUPPORTED: &str = "100rel, timer, replaces";

/// Whether a header lists this option tag.
pub(crate) fn lists(message: &Message<'_>, name: Name, tag: &str) -> bool {
    message.elements(name).any(|element| element.eq_ignore_ascii_case(tag.as_bytes()))
}

/// Option tags in Require that we do not support. (RFC 3261 §8.2.2.3)
pub(crate) fn unsupported_extensions(message: &Message<'_>) -> Vec<u8> {
    let ours = |tag: &[u8]| SUPPORTED.split(", ").any(|ours| tag.eq_ignore_ascii_case(ours.as_bytes()));
    let tags: Vec<&[u8]> = message.elements(Name::Require).filter(|tag| !tag.is_empty() && !ours(tag)).collect();
    lex::unfold(&tags.join(&b", "[..]))
}

/// Who calls, as far as anybody may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallerShown {
    pub(crate) user: String,
    pub(crate) name: Option<String>,
    pub(crate) privacy: Privacy,
}

/// The user part of the identity that a trunk asserts, and the name beside it: the first
/// SIP or tel P-Asserted-Identity (RFC 3325 §9.1), else From. Empty when anonymous.
pub(crate) fn caller(message: &Message<'_>) -> CallerShown {
    let withheld = CallerShown { user: String::new(), name: None, privacy: Privacy::Withheld };
    let asserted = message.elements(Name::PAssertedIdentity).filter_map(|value| Address::parse(value).ok());
    let from = message.from().ok();
    let Some(address) = asserted.into_iter().next().or(from) else { return withheld };
    let user = address.uri.user_text();
    // RFC 3323 §4.1: the anonymous form of an address. RFC 3325 §9.3: `Privacy: id` asks us
    // not to show the asserted one.
    let private = |wish: &[u8]| [&b"id"[..], b"user", b"header"].iter().any(|kind| wish.eq_ignore_ascii_case(kind));
    let wishes = message.values(Name::Privacy).flat_map(|value| value.split(|byte| matches!(byte, b';' | b',')));
    let anonymous = user.eq_ignore_ascii_case("anonymous") || address.uri.host_text() == "anonymous.invalid";
    if anonymous || wishes.map(lex::trim).any(private) {
        return withheld;
    }
    CallerShown { user, name: address.display_text(), privacy: Privacy::Shown }
}

/// Who forwarded the call first: the first Diversion (RFC 5806) or History-Info (RFC 7044) entry.
pub(crate) fn diverted_from(message: &Message<'_>) -> Option<String> {
    let first = |name| message.elements(name).next().map(Address::parse);
    let address = match (first(Name::Diversion), first(Name::HistoryInfo)) {
        (Some(Ok(address)), _) | (_, Some(Ok(address))) => address,
        (None | Some(Err(Broken)), None | Some(Err(Broken))) => return None,
    };
    Some(address.uri.user_text()).filter(|user| !user.is_empty())
}
