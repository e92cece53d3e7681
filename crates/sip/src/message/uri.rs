//! SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966), as far as a user agent reads
//! them. Other schemes are recognised as such and not looked into.

use super::lex::{self, Broken, Params};
use std::net::{IpAddr, Ipv6Addr};

/// What stands before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Anything else: 416.
    Other,
}

/// A host as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host<'a> {
    /// A domain name.
    Name(&'a [u8]),
    /// An address.
    Address(IpAddr),
}

impl Host<'_> {
    /// The address, if it is one.
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Host::Address(address) => Some(address),
            Host::Name(_) => None,
        }
    }
}

/// A URI, borrowed from its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    /// All of it.
    pub raw: &'a [u8],
    /// Its scheme.
    pub scheme: Scheme,
    /// User part with its escapes, without password; the number of a tel URI.
    pub user: Option<&'a [u8]>,
    /// Host; `None` in tel and foreign URIs.
    pub host: Option<Host<'a>>,
    /// Port, if written.
    pub port: Option<u16>,
    /// Parameters.
    pub params: Params<'a>,
    /// Embedded headers after `?`; never acted upon.
    pub headers: Option<&'a [u8]>,
}

impl<'a> Uri<'a> {
    /// Reads a whole URI. Spaces, controls, brackets and quotes are never part of one.
    pub fn parse(raw: &'a [u8]) -> Result<Uri<'a>, Broken> {
        if raw.iter().any(|byte| *byte <= b' ' || *byte == 0x7f || b"<>\"".contains(byte)) {
            return Err(Broken);
        }
        let colon = memchr::memchr(b':', raw).ok_or(Broken)?;
        let (scheme, rest) = raw.split_at(colon);
        let rest = rest.get(1..).unwrap_or_default();
        if !scheme.first().is_some_and(u8::is_ascii_alphabetic)
            || !scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
        {
            return Err(Broken);
        }
        if scheme.eq_ignore_ascii_case(b"sip") {
            Uri::parse_sip(raw, Scheme::Sip, rest)
        } else if scheme.eq_ignore_ascii_case(b"sips") {
            Uri::parse_sip(raw, Scheme::Sips, rest)
        } else if scheme.eq_ignore_ascii_case(b"tel") {
            Uri::parse_tel(raw, rest)
        } else {
            let params = Params::default();
            Ok(Uri { raw, scheme: Scheme::Other, user: None, host: None, port: None, params, headers: None })
        }
    }

    fn parse_sip(raw: &'a [u8], scheme: Scheme, rest: &'a [u8]) -> Result<Uri<'a>, Broken> {
        // An `@` must be escaped in a user part, so the first one ends it; `;` and `?`
        // may stand unescaped before it. (RFC 3261 §25.1, user-unreserved)
        let (user, rest) = match memchr::memchr(b'@', rest) {
            Some(at) => (rest.get(..at), rest.get(at + 1..).unwrap_or_default()),
            None => (None, rest),
        };
        let user = user.map(|user| user.split(|byte| *byte == b':').next().unwrap_or_default());
        if user.is_some_and(<[u8]>::is_empty) {
            return Err(Broken);
        }
        let (host, port, rest) = host_port(rest)?;
        let (params, headers) = match memchr::memchr(b'?', rest) {
            Some(mark) => (rest.get(..mark).unwrap_or_default(), rest.get(mark + 1..)),
            None => (rest, None),
        };
        let params = Params::parse(params)?;
        Ok(Uri { raw, scheme, user, host: Some(host), port, params, headers })
    }

    fn parse_tel(raw: &'a [u8], rest: &'a [u8]) -> Result<Uri<'a>, Broken> {
        let (user, params) = lex::take_while(rest, |byte| byte != b';');
        if user.is_empty() {
            return Err(Broken);
        }
        let params = Params::parse(params)?;
        Ok(Uri { raw, scheme: Scheme::Tel, user: Some(user), host: None, port: None, params, headers: None })
    }

    /// The user part for people and routers: unescaped, without parameters that some put
    /// behind a number (RFC 3261 §19.1.6), without the separators of tel URIs.
    pub fn user_text(&self) -> String {
        let user = self.user.unwrap_or_default();
        let (user, _) = lex::take_while(user, |byte| byte != b';');
        match self.scheme {
            Scheme::Sip | Scheme::Sips | Scheme::Other => lex::text(&unescape(user)),
            Scheme::Tel => {
                let digits: Vec<u8> = user.iter().copied().filter(|byte| !b"-.()".contains(byte)).collect();
                lex::text(&digits)
            }
        }
    }

    /// Host as text, without brackets.
    pub fn host_text(&self) -> String {
        match self.host {
            Some(Host::Name(name)) => lex::text(name).to_ascii_lowercase(),
            Some(Host::Address(address)) => address.to_string(),
            None => String::new(),
        }
    }

    /// Same scheme, user, host and port: what must agree for a digest (RFC 7616 §3.4) or
    /// a binding. Parameters are left to taste by many phones.
    pub fn same_place(&self, other: &Uri<'_>) -> bool {
        let name = |uri: &Uri<'_>| (uri.scheme, uri.user.map(unescape), uri.host_text(), uri.port);
        name(self) == name(other)
    }
}

/// Percent escapes resolved; a lone `%` stays.
pub(crate) fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let hex = |byte: Option<&u8>| byte.and_then(|byte| (*byte as char).to_digit(16));
        match (first, hex(after.first()), hex(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// `host [":" port]` and what follows. White space around the colon belongs to Via only,
/// and Via trims it before it comes here.
pub(crate) fn host_port(bytes: &[u8]) -> Result<(Host<'_>, Option<u16>, &[u8]), Broken> {
    let (host, rest) = match bytes.strip_prefix(b"[") {
        Some(inner) => {
            let close = memchr::memchr(b']', inner).ok_or(Broken)?;
            let (address, rest) = inner.split_at(close);
            (Host::Address(IpAddr::V6(ipv6(address)?)), rest.get(1..).unwrap_or_default())
        }
        None => {
            let (name, rest) = lex::take_while(bytes, |byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
            if name.is_empty() {
                return Err(Broken);
            }
            let address = std::str::from_utf8(name).ok().and_then(|text| text.parse().ok());
            (address.map_or(Host::Name(name), |v4| Host::Address(IpAddr::V4(v4))), rest)
        }
    };
    let Some(after) = rest.strip_prefix(b":") else { return Ok((host, None, rest)) };
    let (digits, rest) = lex::take_while(after, |byte| byte.is_ascii_digit());
    let port = lex::number(digits).and_then(|number| u16::try_from(number).ok()).ok_or(Broken)?;
    Ok((host, Some(port), rest))
}

/// An IPv6 address. RFC 5118 §4.10: the grammar of RFC 3261 could be read to want three
/// colons before an embedded IPv4 address; those who did are understood.
fn ipv6(bytes: &[u8]) -> Result<Ipv6Addr, Broken> {
    let text = std::str::from_utf8(bytes).map_err(|_| Broken)?;
    text.parse().or_else(|_| text.replacen(":::", "::", 1).parse()).map_err(|_| Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text.as_bytes()).unwrap_or_else(|_| panic!("{text} is a URI"))
    }

    #[test]
    fn a_uri_is_taken_apart() {
        let uri = uri("sip:alice;day=tuesday:secret@[2001:db8::1]:5070;transport=tcp;lr?Route=x");
        assert_eq!(uri.user_text(), "alice");
        assert_eq!(uri.host_text(), "2001:db8::1");
        assert_eq!(uri.port, Some(5070));
        assert_eq!(uri.params.value("transport"), Some(&b"tcp"[..]));
        assert_eq!(uri.headers, Some(&b"Route=x"[..]));
    }

    #[test]
    fn a_number_is_the_same_number_in_sip_and_tel() {
        assert_eq!(uri("sip:+8675512345678@example.com;user=phone").user_text(), "+8675512345678");
        assert_eq!(uri("tel:+86-755-(1234).5678;phone-context=x").user_text(), "+8675512345678");
    }

    #[test]
    fn an_escaped_null_does_not_cut_a_name() {
        assert_eq!(uri("sip:null-%00-null@example.com").user_text(), "null-\0-null");
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in [
            "",
            "sip",
            "sip:",
            "sip:@host",
            "sip:a@",
            "sip:a@host:port",
            "sip:a@host:99999",
            "sip:a b@host",
            "sip:2001:db8::10",
            "sip:a@[::1",
            "<sip:a@host>",
            "tel:",
            "1sip:x",
        ] {
            assert_eq!(Uri::parse(text.as_bytes()), Err(Broken), "{text}");
        }
    }
}
