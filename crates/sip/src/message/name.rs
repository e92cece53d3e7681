//! Methods and header names: the ones we know, in one table each. An unknown one is
//! not an error here; it keeps its bytes in the message.

/// A request method. (RFC 3261 §7.1 and its extensions)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Method {
    Invite,
    Ack,
    Cancel,
    Bye,
    Options,
    Register,
    Info,
    Update,
    Prack,
    Subscribe,
    Notify,
    Refer,
    Message,
    Publish,
    /// A method that we do not know: 501.
    Other,
}

impl Method {
    /// Methods are case-sensitive. (RFC 3261 §7.1)
    pub fn of(token: &[u8]) -> Method {
        METHODS.iter().find(|(_, name)| name.as_bytes() == token).map_or(Method::Other, |(method, _)| *method)
    }

    /// As it is written; empty for [`Method::Other`].
    pub fn name(self) -> &'static str {
        METHODS.iter().find(|(method, _)| *method == self).map_or("", |(_, name)| *name)
    }
}

const METHODS: [(Method, &str); 14] = [
    (Method::Invite, "INVITE"),
    (Method::Ack, "ACK"),
    (Method::Cancel, "CANCEL"),
    (Method::Bye, "BYE"),
    (Method::Options, "OPTIONS"),
    (Method::Register, "REGISTER"),
    (Method::Info, "INFO"),
    (Method::Update, "UPDATE"),
    (Method::Prack, "PRACK"),
    (Method::Subscribe, "SUBSCRIBE"),
    (Method::Notify, "NOTIFY"),
    (Method::Refer, "REFER"),
    (Method::Message, "MESSAGE"),
    (Method::Publish, "PUBLISH"),
];

/// A header that somebody here reads. All others are [`Name::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Name {
    Accept,
    Allow,
    Authorization,
    CallId,
    Contact,
    ContentEncoding,
    ContentLength,
    ContentType,
    CSeq,
    Diversion,
    Expires,
    From,
    HistoryInfo,
    MaxForwards,
    MinExpires,
    MinSe,
    PAssertedIdentity,
    Path,
    Privacy,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyRequire,
    RAck,
    Reason,
    RecordRoute,
    ReferTo,
    Replaces,
    Require,
    RetryAfter,
    Route,
    RSeq,
    SessionExpires,
    Supported,
    To,
    UserToUser,
    Via,
    WwwAuthenticate,
    Other,
}

impl Name {
    /// Header names are not case-sensitive; twelve have a letter of their own. (RFC 3261 §7.3.3, §20)
    pub fn of(name: &[u8]) -> Name {
        if let [letter] = name {
            return Name::of_letter(letter.to_ascii_lowercase());
        }
        let known =
            NAMES.iter().find(|(_, long)| long.len() == name.len() && name.eq_ignore_ascii_case(long.as_bytes()));
        known.map_or(Name::Other, |(name, _)| *name)
    }

    fn of_letter(letter: u8) -> Name {
        match letter {
            b'c' => Name::ContentType,
            b'e' => Name::ContentEncoding,
            b'f' => Name::From,
            b'i' => Name::CallId,
            b'k' => Name::Supported,
            b'l' => Name::ContentLength,
            b'm' => Name::Contact,
            b'r' => Name::ReferTo,
            b't' => Name::To,
            b'v' => Name::Via,
            b'x' => Name::SessionExpires,
            _ => Name::Other,
        }
    }

    /// As it is written; empty for [`Name::Other`].
    pub fn text(self) -> &'static str {
        NAMES.iter().find(|(name, _)| *name == self).map_or("", |(_, text)| *text)
    }
}

/// The most frequent first: most look-ups end early.
const NAMES: [(Name, &str); 37] = [
    (Name::Via, "Via"),
    (Name::From, "From"),
    (Name::To, "To"),
    (Name::CSeq, "CSeq"),
    (Name::CallId, "Call-ID"),
    (Name::Contact, "Contact"),
    (Name::MaxForwards, "Max-Forwards"),
    (Name::ContentLength, "Content-Length"),
    (Name::ContentType, "Content-Type"),
    (Name::RecordRoute, "Record-Route"),
    (Name::Route, "Route"),
    (Name::Supported, "Supported"),
    (Name::Require, "Require"),
    (Name::Expires, "Expires"),
    (Name::Accept, "Accept"),
    (Name::Authorization, "Authorization"),
    (Name::ProxyAuthorization, "Proxy-Authorization"),
    (Name::WwwAuthenticate, "WWW-Authenticate"),
    (Name::ProxyAuthenticate, "Proxy-Authenticate"),
    (Name::ProxyRequire, "Proxy-Require"),
    (Name::PAssertedIdentity, "P-Asserted-Identity"),
    (Name::Privacy, "Privacy"),
    (Name::Diversion, "Diversion"),
    (Name::HistoryInfo, "History-Info"),
    (Name::UserToUser, "User-to-User"),
    (Name::Reason, "Reason"),
    (Name::RetryAfter, "Retry-After"),
    (Name::MinExpires, "Min-Expires"),
    (Name::Allow, "Allow"),
    (Name::SessionExpires, "Session-Expires"),
    (Name::MinSe, "Min-SE"),
    (Name::RSeq, "RSeq"),
    (Name::RAck, "RAck"),
    (Name::Path, "Path"),
    (Name::ReferTo, "Refer-To"),
    (Name::Replaces, "Replaces"),
    (Name::ContentEncoding, "Content-Encoding"),
];
