//! Digits in INFO requests: the two bodies that phones and gateways use,
//! `application/dtmf-relay` (Signal=5) and `application/dtmf` (5).

use crate::message::Message;

/// What an INFO held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Digit(char),
    /// No body: some use INFO to see whether we are there.
    Nothing,
    /// A body of a digit type without a digit.
    Unreadable,
    /// Another type of body: 415.
    Foreign,
}

pub(super) fn of(request: &Message<'_>) -> Found {
    if request.body().is_empty() {
        return Found::Nothing;
    }
    let body = String::from_utf8_lossy(request.body());
    let signal = match request.content_type().as_deref() {
        Some("application/dtmf-relay") => body.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("signal").then(|| value.trim().to_owned())
        }),
        Some("application/dtmf") => Some(body.trim().to_owned()),
        Some(_) | None => return Found::Foreign,
    };
    signal.as_deref().and_then(digit).map_or(Found::Unreadable, Found::Digit)
}

/// The digit itself, or its RFC 4733 event number for the two that some spell so.
fn digit(signal: &str) -> Option<char> {
    match signal {
        "10" => return Some('*'),
        "11" => return Some('#'),
        _ => {}
    }
    let mut letters = signal.chars();
    let letter = letters.next()?.to_ascii_uppercase();
    let known = letter.is_ascii_digit() || matches!(letter, '*' | '#' | 'A'..='D');
    (known && letters.next().is_none()).then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Framing;

    fn info(kind: &str, body: &str) -> Found {
        let text = format!("INFO sip:a@b SIP/2.0\r\nContent-Type: {kind}\r\n\r\n{body}");
        of(&Message::parse(text.as_bytes(), Framing::Datagram).expect("a SIP message"))
    }

    #[test]
    fn digits_of_both_kinds() {
        assert_eq!(info("application/dtmf-relay", "Signal= 5\r\nDuration= 160\r\n"), Found::Digit('5'));
        assert_eq!(info("application/dtmf-relay", "signal=*"), Found::Digit('*'));
        assert_eq!(info("application/dtmf-relay", "Signal=11"), Found::Digit('#'));
        assert_eq!(info("Application/DTMF", "d\r\n"), Found::Digit('D'));
        assert_eq!(info("application/dtmf", "12"), Found::Unreadable);
        assert_eq!(info("application/dtmf-relay", "Duration=1"), Found::Unreadable);
        assert_eq!(info("text/plain", "5"), Found::Foreign);
        assert_eq!(info("text/plain", ""), Found::Nothing);
    }
}
