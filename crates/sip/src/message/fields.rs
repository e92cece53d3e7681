//! Header values as types, parsed when somebody asks: addresses, Via, CSeq, Reason,
//! lists of tokens. Strict where a wrong reading would misroute or misbill, lenient
//! about display names.

use super::lex::{self, Broken, Params};
use super::name::Method;
use super::uri::{self, Host, Uri};

/// `"Name" <sip:…>;tag=…` or the bare form: From, To, Contact, Route, … (RFC 3261 §20.10)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// Display name as it stands, quotes included; empty when there is none.
    pub display: &'a [u8],
    /// The URI.
    pub uri: Uri<'a>,
    /// Header parameters.
    pub params: Params<'a>,
}

impl<'a> Address<'a> {
    /// Reads one whole value.
    pub fn parse(value: &'a [u8]) -> Result<Address<'a>, Broken> {
        let value = lex::trim(value);
        let display_end = match value.first() {
            Some(b'"') => lex::quoted_length(value)?,
            Some(_) | None => match memchr::memchr(b'<', value) {
                Some(open) => open,
                None => return Address::parse_bare(value),
            },
        };
        let (display, rest) = value.split_at_checked(display_end).ok_or(Broken)?;
        // RFC 4475 §3.1.2.15: a comma outside quotes would be another address.
        if !display.starts_with(b"\"") && display.iter().any(|byte| b",;:\"@".contains(byte)) {
            return Err(Broken);
        }
        let inner = lex::trim_start(rest).strip_prefix(b"<").ok_or(Broken)?;
        let close = memchr::memchr(b'>', inner).ok_or(Broken)?;
        let (uri, rest) = inner.split_at(close);
        let params = Params::parse(rest.get(1..).unwrap_or_default())?;
        Ok(Address { display: lex::trim(display), uri: Uri::parse(uri)?, params })
    }

    /// Without brackets every parameter belongs to the header, and a URI with a comma or
    /// a question mark is not allowed. (RFC 3261 §20)
    fn parse_bare(value: &'a [u8]) -> Result<Address<'a>, Broken> {
        let (uri, params) = lex::take_while(value, |byte| byte != b';' && !lex::is_space(byte));
        if uri.iter().any(|byte| b",?".contains(byte)) {
            return Err(Broken);
        }
        Ok(Address { display: b"", uri: Uri::parse(uri)?, params: Params::parse(params)? })
    }

    /// The tag.
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.value("tag").filter(|tag| !tag.is_empty())
    }

    /// Display name for people.
    pub fn display_text(&self) -> Option<String> {
        let name = lex::text(&lex::unquote(self.display)).trim().to_owned();
        (!name.is_empty()).then_some(name)
    }

    /// The value without its tag, on one line: what stands in our requests and answers.
    pub(crate) fn without_tag(&self) -> Vec<u8> {
        let mut out = lex::unfold(self.display);
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(b"<");
        out.extend_from_slice(self.uri.raw);
        out.extend_from_slice(b">");
        write_params(&mut out, self.params, |name| !name.eq_ignore_ascii_case(b"tag"));
        out
    }
}

/// The top Via of a message: who sent it, and how to find the transaction. (RFC 3261 §20.42)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    /// `UDP`, `TCP` …
    pub transport: &'a [u8],
    /// sent-by as it stands: host, and port if there is one.
    pub sent_by: &'a [u8],
    /// Its host.
    pub host: Host<'a>,
    /// Its port.
    pub port: Option<u16>,
    /// branch, received, rport …
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Reads one Via value (not a list).
    pub fn parse(value: &'a [u8]) -> Result<Via<'a>, Broken> {
        let value = lex::trim(value);
        let rest = via_token(value, b"SIP")?.strip_prefix(b"/").ok_or(Broken)?;
        let rest = via_token(lex::trim_start(rest), b"2.0")?.strip_prefix(b"/").ok_or(Broken)?;
        let (transport, rest) = lex::take_while(lex::trim_start(rest), lex::is_token);
        if transport.is_empty() || !rest.first().is_some_and(|byte| lex::is_space(*byte)) {
            return Err(Broken);
        }
        let rest = lex::trim_start(rest);
        let (sent_by, params) = lex::take_while(rest, |byte| byte != b';');
        let sent_by = lex::trim(sent_by);
        let (host, port) = sent_by_parts(sent_by)?;
        Ok(Via { transport, sent_by, host, port, params: Params::parse(params)? })
    }

    /// The branch, if it is one of RFC 3261: with the magic cookie and something after it.
    pub fn branch(&self) -> Option<&'a [u8]> {
        let branch = self.params.value("branch")?;
        let (cookie, unique) = branch.split_at_checked(7)?;
        (cookie.eq_ignore_ascii_case(b"z9hG4bK") && !unique.is_empty()).then_some(branch)
    }
}

/// A case-insensitive word, and what follows its trailing white space.
fn via_token<'a>(bytes: &'a [u8], word: &[u8]) -> Result<&'a [u8], Broken> {
    let (token, rest) = bytes.split_at_checked(word.len()).ok_or(Broken)?;
    if token.eq_ignore_ascii_case(word) { Ok(lex::trim_start(rest)) } else { Err(Broken) }
}

/// sent-by may have white space around its colon. (RFC 3261 §25.1, COLON)
fn sent_by_parts(sent_by: &[u8]) -> Result<(Host<'_>, Option<u16>), Broken> {
    let (host, port, rest) = uri::host_port(sent_by)?;
    let rest = lex::trim(rest);
    if rest.is_empty() {
        return Ok((host, port));
    }
    let digits = lex::trim_start(rest.strip_prefix(b":").ok_or(Broken)?);
    let port = lex::number(digits).and_then(|number| u16::try_from(number).ok()).ok_or(Broken)?;
    Ok((host, Some(port)))
}

/// `314159 INVITE`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// Below 2³¹. (RFC 3261 §8.1.1.5)
    pub number: u32,
    /// The method.
    pub method: Method,
    /// The method as it is written.
    pub token: &'a [u8],
}

impl<'a> CSeq<'a> {
    /// Reads the whole value.
    pub fn parse(value: &'a [u8]) -> Result<CSeq<'a>, Broken> {
        let (digits, rest) = lex::take_while(lex::trim(value), |byte| byte.is_ascii_digit());
        let number = lex::number(digits).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number < 1 << 31).ok_or(Broken)?;
        let token = lex::trim_start(rest);
        if token.len() == rest.len() || token.is_empty() || !token.iter().all(|byte| lex::is_token(*byte)) {
            return Err(Broken);
        }
        Ok(CSeq { number, method: Method::of(token), token })
    }
}

/// `application/sdp;charset=x` → type, subtype, both lower case.
pub(crate) fn media_type(value: &[u8]) -> Result<String, Broken> {
    let (kind, params) = lex::take_while(lex::trim(value), |byte| byte != b';');
    Params::parse(params)?;
    let (main, sub) = kind.split_at(memchr::memchr(b'/', kind).ok_or(Broken)?);
    let (main, sub) = (lex::trim(main), lex::trim(sub.get(1..).unwrap_or_default()));
    let token = |part: &[u8]| !part.is_empty() && part.iter().all(|byte| lex::is_token(*byte));
    if !token(main) || !token(sub) {
        return Err(Broken);
    }
    Ok(format!("{}/{}", lex::text(main), lex::text(sub)).to_ascii_lowercase())
}

/// One value of a Reason header. (RFC 3326 §2)
pub(crate) fn reason(value: &[u8]) -> Option<crate::api::ReasonHeader> {
    let (protocol, params) = lex::take_while(lex::trim(value), |byte| byte != b';');
    let params = Params::parse(params).ok()?;
    let cause = params.value("cause").and_then(lex::number).and_then(|cause| u16::try_from(cause).ok());
    let text = params.value("text").map(|text| lex::text(&lex::unquote(text)));
    let protocol = lex::text(lex::trim(protocol));
    (!protocol.is_empty()).then_some(crate::api::ReasonHeader { protocol, cause, text })
}

/// Parameters of an Authorization or Authenticate value: `Digest a=b, c="d"`. `None` when
/// the scheme is another one or the list is broken.
pub(crate) fn digest_params(value: &[u8]) -> Option<Vec<(String, String)>> {
    let value = lex::trim(value);
    let (scheme, rest) = lex::take_while(value, lex::is_token);
    if !scheme.eq_ignore_ascii_case(b"Digest") {
        return None;
    }
    let mut found = Vec::new();
    for element in lex::elements(rest).take(DIGEST_PARAMS) {
        let equals = memchr::memchr(b'=', element)?;
        let (name, value) = element.split_at(equals);
        let value = lex::unquote(lex::trim(value.get(1..).unwrap_or_default()));
        found.push((lex::text(lex::trim(name)).to_ascii_lowercase(), lex::text(&value)));
    }
    Some(found)
}

/// RFC 7616 names thirteen; extensions are rare.
const DIGEST_PARAMS: usize = 32;

/// Writes parameters back, tidied, except those that `keep` turns down.
pub(crate) fn write_params(out: &mut Vec<u8>, params: Params<'_>, keep: impl Fn(&[u8]) -> bool) {
    for (name, value) in params.iter().filter(|(name, _)| keep(name)) {
        out.push(b';');
        out.extend_from_slice(name);
        if let Some(value) = value {
            out.push(b'=');
            out.extend_from_slice(&lex::unfold(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_shapes() {
        let address = Address::parse(b"\"J \\\"R\\\"\" <sip:a@b;x=y>;tag=1;q=0.3").expect("an address");
        assert_eq!(address.display_text().as_deref(), Some("J \"R\""));
        assert_eq!((address.uri.user_text().as_str(), address.tag()), ("a", Some(&b"1"[..])));
        let bare = Address::parse(b"sip:a@b;tag=2").expect("an address");
        assert_eq!((bare.uri.raw, bare.tag()), (&b"sip:a@b"[..], Some(&b"2"[..])));
        let close = Address::parse(b"caller<sip:c@d>").expect("an address");
        assert_eq!(close.display_text().as_deref(), Some("caller"));
        for bad in
            ["\"open <sip:a@b>", "Bell, A <sip:a@b>", "< sip:a@b >", "sip:a@b?Route=x", "<sip:a@b>;;", "", "\"a\""]
        {
            assert_eq!(Address::parse(bad.as_bytes()), Err(Broken), "{bad}");
        }
    }

    #[test]
    fn a_via_with_spaces_everywhere() {
        let via = Via::parse(b"SIP  / 2.0\r\n / TCP   [2001:db8::9] : 5070 ; branch = z9hG4bKx;rport").expect("a Via");
        assert_eq!((via.transport, via.port, via.branch()), (&b"TCP"[..], Some(5070), Some(&b"z9hG4bKx"[..])));
        assert_eq!(via.params.get("rport"), Some(None));
        for bad in ["SIP/2.0/UDP", "SIP/2.0/UDP ;branch=x", "SIP/2.0/UDP h;;", "SIP/7.0/UDP h", "SIP/2.0/UDP h:x"] {
            assert_eq!(Via::parse(bad.as_bytes()), Err(Broken), "{bad}");
        }
        let old = Via::parse(b"SIP/2.0/UDP h;branch=z9hG4bK").expect("a Via");
        assert_eq!(old.branch(), None, "the cookie alone is no branch: RFC 4475 §3.2.1");
    }

    #[test]
    fn a_cseq_stays_in_its_bounds() {
        let cseq = CSeq::parse(b"0009\r\n  INVITE").expect("a CSeq");
        assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
        for bad in ["2147483648 INVITE", "36893488147419103232 REGISTER", "1", "INVITE", "1INVITE", "1 IN VITE"] {
            assert_eq!(CSeq::parse(bad.as_bytes()), Err(Broken), "{bad}");
        }
    }

    #[test]
    fn reasons_and_digests_are_read() {
        let reason = reason(b"Q.850;cause=16;text=\"Normal, clearing\"").expect("a reason");
        assert_eq!((reason.protocol.as_str(), reason.cause), ("Q.850", Some(16)));
        assert_eq!(reason.text.as_deref(), Some("Normal, clearing"));
        let params = digest_params(b"Digest realm=\"a,b\", qop=auth").expect("a digest");
        assert_eq!(params, [("realm".into(), "a,b".into()), ("qop".into(), "auth".into())]);
        assert_eq!(digest_params(b"NoOneKnowsThisScheme opaque-data=here"), None);
    }
}
