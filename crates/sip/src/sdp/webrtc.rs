//! Descriptions of clients that bring ICE and DTLS (RFC 8827): recognised here, answered
//! by whoever holds the connection. Nothing else of them is read.

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

/// Whether digits are agreed to come as RFC 4733 events, in whatever clock, by an answer of ours.
pub fn takes_events(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    text.lines().any(|line| line.starts_with("a=rtpmap:") && line.contains(" telephone-event/"))
}
