//! Bodies of several parts (RFC 5621): gateways put a session description beside ISUP or
//! location. Only the part that somebody asks for is found; nesting is not followed.

use super::fields;
use super::lex::{self, Params};
use memchr::memmem;

/// Parts that are looked at. Real bodies have two or three.
const PARTS: usize = 16;

/// The first part of this media type, if `content_type` is `multipart/…` and the body has one.
pub(super) fn part<'a>(content_type: &[u8], body: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let (kind, params) = lex::take_while(content_type, |byte| byte != b';');
    if !lex::trim(kind).get(..10)?.eq_ignore_ascii_case(b"multipart/") {
        return None;
    }
    let boundary = lex::unquote(Params::parse(params).ok()?.value("boundary")?);
    let delimiter = [b"--", boundary.as_slice()].concat();
    let mut rest = after(body, &delimiter)?;
    for _ in 0..PARTS {
        if rest.starts_with(b"--") {
            return None;
        }
        let end = memmem::find(rest, &delimiter)?;
        let (part, following) = rest.split_at(end);
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        let part = part.strip_suffix(b"\r").unwrap_or(part);
        if let Some(content) = content(part, wanted) {
            return Some(content);
        }
        rest = following.get(delimiter.len()..)?;
    }
    None
}

fn after<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Option<&'a [u8]> {
    bytes.get(memmem::find(bytes, delimiter)? + delimiter.len()..)
}

/// What stands below the headers of a part, if they name the wanted type.
fn content<'a>(part: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let mut rest = part.get(memchr::memchr(b'\n', part)? + 1..)?;
    let mut found = false;
    loop {
        let end = memchr::memchr(b'\n', rest)?;
        let (line, following) = rest.split_at(end);
        rest = following.get(1..)?;
        let line = lex::trim(line);
        if line.is_empty() {
            return found.then_some(rest);
        }
        if let Some(colon) = memchr::memchr(b':', line) {
            let (name, value) = line.split_at(colon);
            let named = lex::trim(name).eq_ignore_ascii_case(b"content-type");
            let kind = fields::media_type(value.get(1..).unwrap_or_default());
            found |= named && kind.as_deref() == Ok(wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"preamble\r\n--b1\r\nContent-Type: application/isup;version=x\r\n\r\n\x01\x02\r\n--b1\r\n\
        Content-Type: application/sdp\r\nContent-Disposition: session\r\n\r\nv=0\r\ns=-\r\n--b1--\r\n";

    #[test]
    fn the_description_is_found_beside_isup() {
        let found = part(b"multipart/mixed; boundary=\"b1\"", BODY, "application/sdp");
        assert_eq!(found, Some(&b"v=0\r\ns=-"[..]));
        assert_eq!(part(b"multipart/mixed;boundary=b1", BODY, "text/plain"), None);
        assert_eq!(part(b"multipart/mixed;boundary=b2", BODY, "application/sdp"), None);
        assert_eq!(part(b"multipart/mixed", BODY, "application/sdp"), None);
        assert_eq!(part(b"application/sdp", BODY, "application/sdp"), None);
    }

    #[test]
    fn a_cut_body_yields_nothing_and_no_panic() {
        for length in 0..BODY.len() - 10 {
            let cut = BODY.get(..length).expect("within the body");
            assert_eq!(part(b"multipart/mixed;boundary=b1", cut, "application/sdp"), None);
        }
    }
}
