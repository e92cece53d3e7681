//! Cuts a byte stream (TCP, TLS) into SIP messages by Content-Length and notices
//! keep-alives between them (RFC 3261 §18.3, RFC 5626 §4.4.1). It judges only what
//! it must to find the end of a message; the endpoint judges the rest.

use crate::limits::{HEAD_BYTES, MESSAGE_BYTES};

/// Collects bytes of one connection and yields whole messages.
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: Vec<u8>,
    pings: usize,
    lost: bool,
}

/// Why a connection cannot be framed any further. Send `head` to the endpoint, which
/// answers 400 where an answer is possible, then close the connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct FrameError {
    /// What was wrong.
    pub why: FrameFault,
    /// The header section as far as it came; empty when there is nothing to answer.
    pub head: Vec<u8>,
}

/// What broke the framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// The header section does not end.
    #[error("a header section longer than {HEAD_BYTES} bytes")]
    HeadTooLong,
    /// Content-Length says more than we take.
    #[error("a message longer than {MESSAGE_BYTES} bytes")]
    MessageTooLong,
    /// Content-Length is missing; on a stream it is required.
    #[error("no Content-Length on a stream")]
    NoLength,
    /// Content-Length is no number, or stands there twice.
    #[error("a Content-Length that is no number or appears twice")]
    BadLength,
}

impl StreamFramer {
    /// A framer for a new connection.
    pub fn new() -> StreamFramer {
        StreamFramer::default()
    }

    /// Adds what the socket read. After an error everything is dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.lost {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole message, or why there will never be one. `None`: read more.
    pub fn next_message(&mut self) -> Option<Result<Vec<u8>, FrameError>> {
        self.skip_blank_lines();
        let head = match head_length(&self.buffer) {
            Some(head) if head <= HEAD_BYTES => head,
            None if self.buffer.len() <= HEAD_BYTES => return None,
            Some(_) | None => return Some(Err(self.lose(FrameFault::HeadTooLong, 0))),
        };
        let body = match content_length(self.buffer.get(..head).unwrap_or_default()) {
            Ok(body) => body,
            Err(fault) => return Some(Err(self.lose(fault, head))),
        };
        let total = head.saturating_add(body);
        if total > MESSAGE_BYTES {
            return Some(Err(self.lose(FrameFault::MessageTooLong, head)));
        }
        if self.buffer.len() < total {
            return None;
        }
        let rest = self.buffer.split_off(total);
        Some(Ok(std::mem::replace(&mut self.buffer, rest)))
    }

    /// How many keep-alives (CRLF CRLF) came since the last call. Answer each with
    /// [`StreamFramer::PONG`]. (RFC 5626 §4.4.1)
    pub fn take_pings(&mut self) -> usize {
        std::mem::take(&mut self.pings)
    }

    /// The answer to a keep-alive.
    pub const PONG: &'static [u8] = b"\r\n";

    /// Bytes held for a message that is not yet whole; for idle and header deadlines. A lone
    /// line end is the peer's pong (or half of its ping), and no message has begun by it.
    pub fn pending(&self) -> usize {
        self.buffer.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')).count()
    }

    fn lose(&mut self, why: FrameFault, head: usize) -> FrameError {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.truncate(head);
        self.lost = true;
        FrameError { why, head: buffer }
    }

    /// Blank lines before a message: a double one is a ping, a single one the peer's
    /// pong or the habit of old stacks. A half of a ping stays in the buffer.
    fn skip_blank_lines(&mut self) {
        let mut at = 0;
        loop {
            let rest = self.buffer.get(at..).unwrap_or_default();
            if rest.starts_with(b"\r\n\r\n") {
                self.pings = self.pings.saturating_add(1);
                at += 4;
            } else if rest.starts_with(b"\r\n") && rest.len() > 2 && rest != b"\r\n\r" {
                at += 2;
            } else if rest.starts_with(b"\n") {
                at += 1;
            } else {
                break;
            }
        }
        if at > 0 {
            self.buffer.drain(..at);
        }
    }
}

/// Length of the header section with its blank line.
fn head_length(buffer: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', buffer).find_map(|at| {
        let after = buffer.get(at + 1..).unwrap_or_default();
        if after.starts_with(b"\r\n") {
            Some(at + 3)
        } else if after.starts_with(b"\n") {
            Some(at + 2)
        } else {
            None
        }
    })
}

fn content_length(head: &[u8]) -> Result<usize, FrameFault> {
    let mut found = None;
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        let name = name.trim_ascii_end();
        if !name.eq_ignore_ascii_case(b"content-length") && !name.eq_ignore_ascii_case(b"l") {
            continue;
        }
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let number = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|text| text.parse::<usize>().ok()).ok_or(FrameFault::BadLength)?;
        if found.replace(number).is_some() {
            return Err(FrameFault::BadLength);
        }
    }
    found.ok_or(FrameFault::NoLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length : 4\r\n\r\nbody";

    #[test]
    fn a_message_arrives_byte_by_byte_and_comes_out_whole() {
        let mut framer = StreamFramer::new();
        for byte in OPTIONS.iter().take(OPTIONS.len() - 1) {
            framer.push(&[*byte]);
            assert_eq!(framer.next_message(), None);
        }
        framer.push(b"y");
        assert_eq!(framer.next_message(), Some(Ok(OPTIONS.to_vec())));
        assert_eq!(framer.next_message(), None);
        assert_eq!(framer.pending(), 0);
    }

    #[test]
    fn two_messages_in_one_read_come_out_one_by_one() {
        let mut framer = StreamFramer::new();
        framer.push(&[OPTIONS, b"\r\n", OPTIONS].concat());
        assert_eq!(framer.next_message(), Some(Ok(OPTIONS.to_vec())));
        assert_eq!(framer.next_message(), Some(Ok(OPTIONS.to_vec())));
        assert_eq!(framer.next_message(), None);
        assert_eq!(framer.take_pings(), 0);
    }

    #[test]
    fn a_ping_is_counted_even_when_it_comes_in_halves() {
        let mut framer = StreamFramer::new();
        framer.push(b"\r\n");
        assert_eq!(framer.next_message(), None);
        framer.push(b"\r");
        assert_eq!(framer.next_message(), None);
        framer.push(b"\n\r\n\r\n");
        assert_eq!(framer.next_message(), None);
        assert_eq!(framer.take_pings(), 2);
        assert_eq!(framer.take_pings(), 0);
    }

    #[test]
    fn a_pong_between_messages_begins_none() {
        let mut framer = StreamFramer::new();
        for (bytes, pending) in [(&b"\r\n"[..], 0), (b"\r", 0), (b"\nOPT", 3)] {
            framer.push(bytes);
            assert_eq!(framer.next_message(), None);
            assert_eq!(framer.pending(), pending, "after {bytes:?}");
        }
    }

    #[test]
    fn a_message_without_a_length_ends_the_framing_and_keeps_its_head_for_a_400() {
        for (length, why) in [
            ("", FrameFault::NoLength),
            ("Content-Length: -9\r\n", FrameFault::BadLength),
            ("Content-Length: 1\r\nl: 1\r\n", FrameFault::BadLength),
            ("Content-Length: 70000\r\n", FrameFault::MessageTooLong),
        ] {
            let message = format!("OPTIONS sip:a@b SIP/2.0\r\n{length}\r\n");
            let mut framer = StreamFramer::new();
            framer.push(message.as_bytes());
            let error = framer.next_message().expect("framing ends").expect_err("it is an error");
            assert_eq!((error.why, error.head), (why, message.into_bytes()));
            framer.push(OPTIONS);
            assert_eq!(framer.next_message(), None, "nothing is believed after framing is lost");
        }
    }

    #[test]
    fn a_header_section_without_end_is_cut_off() {
        let mut framer = StreamFramer::new();
        framer.push(&vec![b'a'; HEAD_BYTES + 1]);
        let error = framer.next_message().expect("framing ends").expect_err("it is an error");
        assert_eq!(error.why, FrameFault::HeadTooLong);
    }
}
