//! A packet on its way out. Voice packets live inside the value, so that one
//! relayed to a plain leg allocates nothing; what is larger (DTLS flights, encrypted
//! packets that the WebRTC library made) owns its bytes.

use crate::limits::{INLINE_PAYLOAD, MAX_TAIL};
use crate::rtp::HEADER_LENGTH;
use core::fmt;
use core::ops::Deref;

/// Largest packet that needs no allocation: a header, 60 ms of G.711 and a tag.
pub const INLINE_CAPACITY: usize = HEADER_LENGTH + INLINE_PAYLOAD + MAX_TAIL;

/// Bytes of one datagram.
#[derive(Clone)]
pub struct PacketBuf(Bytes);

#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // On purpose: the large variant is the hot path's.
enum Bytes {
    Inline { length: usize, bytes: [u8; INLINE_CAPACITY] },
    Owned(Vec<u8>),
}

impl PacketBuf {
    /// A packet of a head and a body, one after the other.
    #[must_use]
    pub fn joined(head: &[u8], body: &[u8]) -> PacketBuf {
        PacketBuf::with_tail(head, body, 0)
    }

    /// The same, with this many zeros behind.
    #[must_use]
    pub fn with_tail(head: &[u8], body: &[u8], tail: usize) -> PacketBuf {
        let length = head.len() + body.len() + tail;
        let mut bytes = [0; INLINE_CAPACITY];
        if length > INLINE_CAPACITY {
            let mut owned = [head, body].concat();
            owned.resize(length, 0);
            return PacketBuf(Bytes::Owned(owned));
        }
        let (first, rest) = bytes.split_at_mut(head.len());
        first.copy_from_slice(head);
        rest[..body.len()].copy_from_slice(body);
        PacketBuf(Bytes::Inline { length, bytes })
    }

    /// The bytes, to be changed in place.
    #[must_use]
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Bytes::Inline { length, bytes } => &mut bytes[..*length],
            Bytes::Owned(bytes) => bytes,
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Inline { length, bytes } => bytes.get(..*length).unwrap_or(bytes),
            Bytes::Owned(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for PacketBuf {
    fn from(bytes: Vec<u8>) -> PacketBuf {
        PacketBuf(Bytes::Owned(bytes))
    }
}

impl Deref for PacketBuf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for PacketBuf {
    fn eq(&self, other: &PacketBuf) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PacketBuf {}

impl fmt::Debug for PacketBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PacketBuf({} bytes)", self.as_bytes().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_packet_is_kept_inline_and_a_large_one_owns_its_bytes() {
        let voice = PacketBuf::joined(&[1; 12], &[2; 160]);
        assert!(matches!(voice.0, Bytes::Inline { .. }));
        assert_eq!(voice.len(), 172);
        assert_eq!(voice.get(11..13), Some(&[1, 2][..]));
        let large = PacketBuf::joined(&[1; 12], &[2; 1200]);
        assert!(matches!(large.0, Bytes::Owned(_)));
        assert_eq!(large.len(), 1212);
    }
}
