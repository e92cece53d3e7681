//! The smallest pieces of the grammar (RFC 3261 §25.1): tokens, white space, quoted
//! strings, comma lists, parameters. Everything works on bytes and cannot fail by
//! indexing; a fold counts as white space, because line splitting has already proved it one.

/// Something that breaks the grammar. Which header it was is known one level up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let Some((first, rest)) = bytes.split_first() {
        if !is_space(*first) {
            break;
        }
        bytes = rest;
    }
    bytes
}

pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = trim_start(bytes);
    while let Some((last, rest)) = bytes.split_last() {
        if !is_space(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

/// Splits after the longest prefix whose bytes all satisfy `keep`.
pub(crate) fn take_while(bytes: &[u8], keep: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !keep(*byte)).unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// A number of digits only. `None` when there is anything else or it does not fit.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Like [`number`], but a number that does not fit is the greatest one.
pub(crate) fn number_saturating(bytes: &[u8]) -> Option<u64> {
    let digits = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    digits.then(|| number(bytes).unwrap_or(u64::MAX))
}

/// Text for people and logs: bytes that are no UTF-8 become U+FFFD.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The length of the quoted string at the start of `bytes`, quotes included.
pub(crate) fn quoted_length(bytes: &[u8]) -> Result<usize, Broken> {
    let mut escaped = false;
    for (index, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Ok(index + 1),
            _ => {}
        }
    }
    Err(Broken)
}

/// The content of a quoted string: no quotes, no backslashes, folds as one space.
pub(crate) fn unquote(bytes: &[u8]) -> Vec<u8> {
    let Some(inner) = bytes.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")) else {
        return unfold(bytes);
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut escaped = false;
    for byte in unfold(inner) {
        if byte == b'\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            out.push(byte);
        }
    }
    out
}

/// A value on one line: every fold becomes one space, and no CR, LF or NUL remains, so
/// that nothing we copy can start a header of its own.
pub(crate) fn unfold(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut folding = false;
    for byte in bytes {
        match byte {
            b'\r' | b'\n' | 0 => folding = true,
            b' ' | b'\t' if folding => {}
            _ => {
                if std::mem::take(&mut folding) {
                    out.push(b' ');
                }
                out.push(*byte);
            }
        }
    }
    out
}

/// The elements of a comma list, trimmed. Commas in quotes and angle brackets do not count.
pub(crate) fn elements(list: &[u8]) -> Elements<'_> {
    Elements { rest: Some(list) }
}

#[derive(Debug, Clone)]
pub(crate) struct Elements<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let (mut quoted, mut escaped, mut angle) = (false, false, false);
        for (index, byte) in rest.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' if !angle => quoted = !quoted,
                b'<' if !quoted => angle = true,
                b'>' if !quoted => angle = false,
                b',' if !quoted && !angle => {
                    self.rest = rest.get(index + 1..);
                    return rest.get(..index).map(trim);
                }
                _ => {}
            }
        }
        Some(trim(rest))
    }
}

/// Parameters after a value: `;name=value;name`. Proved well-formed when made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Params<'a> {
    raw: &'a [u8],
}

/// One parameter: its name, and its value as it stands (quotes included).
pub type Param<'a> = (&'a [u8], Option<&'a [u8]>);

impl<'a> Params<'a> {
    pub(crate) fn parse(raw: &'a [u8]) -> Result<Params<'a>, Broken> {
        let mut rest = raw;
        while let Some((_, after)) = next_param(rest)? {
            rest = after;
        }
        Ok(Params { raw })
    }

    /// Every parameter in order.
    pub fn iter(self) -> impl Iterator<Item = Param<'a>> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            let (param, after) = next_param(rest).ok().flatten()?;
            rest = after;
            Some(param)
        })
    }

    /// The first parameter of this name. `Some(None)`: it stands there without a value.
    pub fn get(self, name: &str) -> Option<Option<&'a [u8]>> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// The value of the first parameter of this name.
    pub fn value(self, name: &str) -> Option<&'a [u8]> {
        self.get(name).flatten()
    }
}

fn next_param(rest: &[u8]) -> Result<Option<(Param<'_>, &[u8])>, Broken> {
    let rest = trim_start(rest);
    let Some((first, rest)) = rest.split_first() else { return Ok(None) };
    if *first != b';' {
        return Err(Broken);
    }
    let name_byte = |byte: u8| !is_space(byte) && !b";=,\"<>".contains(&byte);
    let (name, rest) = take_while(trim_start(rest), name_byte);
    if name.is_empty() {
        return Err(Broken);
    }
    let rest = trim_start(rest);
    let Some(rest) = rest.strip_prefix(b"=") else { return Ok(Some(((name, None), rest))) };
    let rest = trim_start(rest);
    let length = match rest.first() {
        Some(b'"') => quoted_length(rest)?,
        Some(_) | None => take_while(rest, |byte| !is_space(byte) && !b";,\"".contains(&byte)).0.len(),
    };
    let (value, rest) = rest.split_at_checked(length).ok_or(Broken)?;
    Ok(Some(((name, Some(value)), rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_and_brackets_do_not_split_a_list() {
        let list = br#""a, \"b" <sip:x,y@z> , c;p="d,e",,f"#;
        let found: Vec<_> = elements(list).collect();
        let expected: [&[u8]; 4] = [br#""a, \"b" <sip:x,y@z>"#, br#"c;p="d,e""#, b"", b"f"];
        assert_eq!(found, expected);
    }

    #[test]
    fn parameters_may_be_folded_quoted_and_without_value() {
        let params = Params::parse(b" ;\r\n a = \"x;y\" ; lr;b=[::1]").expect("well formed");
        assert_eq!(params.value("A"), Some(&b"\"x;y\""[..]));
        assert_eq!(params.get("lr"), Some(None));
        assert_eq!(params.value("b"), Some(&b"[::1]"[..]));
        assert_eq!(params.get("c"), None);
        assert_eq!(Params::parse(b";;"), Err(Broken));
        assert_eq!(Params::parse(b"; a x"), Err(Broken));
    }

    #[test]
    fn a_value_on_one_line_cannot_start_a_header() {
        assert_eq!(unfold(b"a\r\n \tb\rEvil: 1\0"), b"a b Evil: 1");
    }

    #[test]
    fn numbers_do_not_wrap() {
        assert_eq!(number(b"0068"), Some(68));
        assert_eq!(number(b"18446744073709551616"), None);
        assert_eq!(number_saturating(b"18446744073709551616"), Some(u64::MAX));
        assert_eq!(number_saturating(b"-1"), None);
    }
}
