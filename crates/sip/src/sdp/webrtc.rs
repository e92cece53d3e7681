//! Descriptions of clients that bring ICE and DTLS: recognised here, answered
//! by whoever holds the connection. Nothing else of them is read.

use super::Direction;
use super::lines::Description;

/// Whether an offer wants sound by ICE and DTLS-SRTP: its first usable audio line does. (RFC 5763 §5)
pub fn is_webrtc(offer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(offer);
    let Ok(description) = Description::parse(&text) else { return false };
    let sound = description.media.iter().find(|media| media.kind == "audio" && media.port != 0);
    let keyed = sound.is_some_and(|media| media.transport.starts_with("UDP/TLS/RTP/SAVP"));
    let says = |word: &str| text.lines().any(|line| line.starts_with(word));
    keyed && says("a=fingerprint:") && says("a=ice-ufrag:")
}

/// What a page does on the first usable audio line of its offer. Its address says nothing of
/// hold: pages write 0.0.0.0 as long as they know none.
pub fn page_direction(offer: &[u8]) -> Option<Direction> {
    let text = String::from_utf8_lossy(offer);
    let description = Description::parse(&text).ok()?;
    let sound = description.media.iter().find(|media| media.kind == "audio" && media.port != 0)?;
    Some(description.direction(sound))
}

/// Whether digits are agreed to come as RFC 4733 events, in whatever clock, by an answer of ours.
pub fn takes_events(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    text.lines().any(|line| line.starts_with("a=rtpmap:") && line.contains(" telephone-event/"))
}
