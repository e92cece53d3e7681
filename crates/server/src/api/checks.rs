//! What texts and numbers must look like, for the REST API and the cloud API
//! alike. Pure; says only yes or no, the caller says it in its own shape.

use std::net::IpAddr;

/// Most skill groups that one person may be in.
pub const MAX_GROUPS_OF_STAFF: usize = 200;
/// Longest name of anything, in characters.
pub const MAX_NAME_CHARS: usize = 64;
/// Priority of a person in a group when none is given. (ref. 1.4)
pub const DEFAULT_PRIORITY: u8 = 3;

/// An account: e-mail-shaped, printable ASCII without spaces.
pub fn is_account(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= 128
        && !local.is_empty()
        && !domain.is_empty()
        && !local.contains('@')
        && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\'' | b'\\' | b','))
}

/// A name: not empty, not too long, no control characters.
pub fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && is_optional_name(text)
}

/// An application's name: a name that somebody can say, so not digits and signs alone.
pub fn is_application_name(text: &str) -> bool {
    is_name(text) && text.chars().any(char::is_alphabetic)
}

/// A name that may be empty.
pub fn is_optional_name(text: &str) -> bool {
    text.chars().count() <= MAX_NAME_CHARS && !text.chars().any(char::is_control)
}

/// A personal extension: 4 to 6 digits, the first 1 to 8. (ref. 1.2)
pub fn is_extension(text: &str) -> bool {
    (4..=6).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.bytes().next().is_some_and(|first| (b'1'..=b'8').contains(&first))
}

/// A person's phone: empty, or the `0086…` form. (ref. 1.2)
pub fn is_staff_phone(text: &str) -> bool {
    text.is_empty()
        || (text.starts_with("00") && (8..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
}

/// A number of the application in its canonical form.
pub fn is_number(text: &str) -> bool {
    (3..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// A part of a number that stands in a rewriting rule; may be empty.
pub fn is_number_part(text: &str) -> bool {
    text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'*' | b'#'))
}

/// A host without a port: a name, an IPv4 or an IPv6 address (without brackets).
pub fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    // A name whose last label is all digits would be taken for an address.
    let looks_like_address = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    text.parse::<IpAddr>().is_ok() || (text.len() <= 253 && !looks_like_address && name.split('.').all(is_label))
}

/// A user name for a carrier's challenges; may be empty.
pub fn is_sip_user(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>'))
}

/// How numbers of a country, or of a part of it, begin: `00` and at most 18 digits more.
pub fn is_beginning(text: &str) -> bool {
    (2..=20).contains(&text.len()) && text.starts_with("00") && text.bytes().all(|b| b.is_ascii_digit())
}

/// The user name under which a carrier proves itself to us. Telephones have extensions for it.
pub fn is_account_user(text: &str) -> bool {
    !text.is_empty() && is_sip_user(text) && !text.contains('@') && !is_extension(text)
}

/// The password beside it: strangers may guess at it as long as they like.
pub fn is_account_password(text: &str) -> bool {
    is_sip_password(text) && text.chars().count() >= 8
}

/// A password for a carrier's challenges; may be empty.
pub fn is_sip_password(text: &str) -> bool {
    text.len() <= 128 && !text.chars().any(char::is_control)
}

/// An internal number of a group: empty, or 2 to 8 digits.
pub fn is_alias(text: &str) -> bool {
    text.is_empty() || ((2..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
}

/// A priority in a group.
pub fn is_priority(priority: u8) -> bool {
    (1..=5).contains(&priority)
}

/// A kind of skill group: the vendor has no 2. (ref. 1.4)
pub fn is_group_kind(kind: u8) -> bool {
    matches!(kind, 0 | 1 | 3 | 4)
}

/// How many sessions a member of such a group may take. (ref. 1.4)
pub fn is_concurrency(kind: u8, concurrency: u32) -> bool {
    if kind == 1 { (1..=100).contains(&concurrency) } else { concurrency == 1 }
}

/// A password: long enough, letters and digits and other signs, not the account. (ref. 1.2)
pub fn is_password(password: &str, account: &str) -> bool {
    (8..=128).contains(&password.chars().count())
        && password.chars().any(char::is_alphabetic)
        && password.chars().any(|c| c.is_ascii_digit())
        && password.chars().any(|c| !c.is_alphanumeric())
        && !password.eq_ignore_ascii_case(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        for (text, fine) in [
            ("alice@demo.callyard", true),
            ("a@b", true),
            ("alice", false),
            ("@b", false),
            ("a@", false),
            ("a b@c", false),
            ("a@b@c", false),
            ("爱@b.cn", false),
            ("a'@b.cn", false),
        ] {
            assert_eq!(is_account(text), fine, "{text}");
        }
        for (text, fine) in [
            ("1000", true),
            ("812345", true),
            ("9000", false),
            ("0100", false),
            ("123", false),
            ("1234567", false),
            ("12a4", false),
        ] {
            assert_eq!(is_extension(text), fine, "{text}");
        }
        for (text, fine) in [("", true), ("008613800000000", true), ("13800000000", false), ("+8613800000000", false)] {
            assert_eq!(is_staff_phone(text), fine, "{text}");
        }
        for (text, fine) in [
            ("sip.carrier.example", true),
            ("carrier", true),
            ("sip.carrier.example.", true),
            ("203.0.113.7", true),
            ("2001:db8::1", true),
            ("203.0.113.777", false),
            ("[2001:db8::1]", false),
            ("sip.carrier.example:5060", false),
            ("sip:carrier", false),
            ("-carrier", false),
            ("a..b", false),
            ("a b", false),
            ("a\r\nVia", false),
            ("", false),
        ] {
            assert_eq!(is_host(text), fine, "{text}");
        }
        for (text, fine) in [("", true), ("+86", true), ("0086*#", true), ("86 ", false), ("abc", false)] {
            assert_eq!(is_number_part(text), fine, "{text}");
        }
        for (text, fine) in [("", true), ("line-7@carrier.cn", true), ("a b", false), ("a\"b", false), ("<a>", false)] {
            assert_eq!(is_sip_user(text), fine, "{text}");
        }
        for (kind, concurrency, fine) in [(0, 1, true), (0, 2, false), (1, 3, true), (1, 0, false), (3, 2, false)] {
            assert_eq!(is_concurrency(kind, concurrency), fine, "{kind} {concurrency}");
        }
        for (password, fine) in [
            ("Pass-word1", true),
            ("password1", false),
            ("Passw-rd", false),
            ("P-1", false),
            ("a1@demo.callyard", false),
        ] {
            assert_eq!(is_password(password, "a1@demo.callyard"), fine, "{password}");
        }
    }
}
