//! The RTP header (RFC 3550 §5.1): reading and writing. Total: whatever the
//! bytes are, reading them gives a header or nothing.

/// Length of the header that we write: no contributing sources, no extension.
pub const HEADER_LENGTH: usize = 12;

/// The part of the fixed header that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Start of a talkspurt.
    pub marker: bool,
    /// What the payload is, 0–127.
    pub payload_type: u8,
    /// Rises by one each packet.
    pub sequence: u16,
    /// When the first sample was taken, in the codec's clock.
    pub timestamp: u32,
    /// Who says it.
    pub ssrc: u32,
}

/// Reads a packet into its header and payload.
#[must_use]
pub fn parse(packet: &[u8]) -> Option<(Header, &[u8])> {
    let (fixed, mut rest) = packet.split_first_chunk::<HEADER_LENGTH>()?;
    let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
    // rfc3550:5.1 — V is 2; P, X and CC share the first byte with it.
    if first >> 6 != 2 {
        return None;
    }
    rest = rest.get(usize::from(first & 0x0f) * 4..)?;
    if first & 0x10 != 0 {
        // rfc3550:5.3.1 — the extension's length counts 32-bit words.
        let ([_, _, high, low], after) = rest.split_first_chunk::<4>()?;
        rest = after.get(usize::from(u16::from_be_bytes([*high, *low])) * 4..)?;
    }
    if first & 0x20 != 0 {
        let padding = usize::from(*rest.last()?);
        if padding == 0 {
            return None;
        }
        rest = rest.get(..rest.len().checked_sub(padding)?)?;
    }
    let header = Header {
        marker: second & 0x80 != 0,
        payload_type: second & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
    };
    Some((header, rest))
}

/// Length of a packet's header with its sources and extension, which stay
/// readable when its payload is encrypted. (rfc3711:3.1)
#[must_use]
pub fn header_length(packet: &[u8]) -> Option<usize> {
    let first = *packet.first().filter(|first| **first >> 6 == 2)?;
    let fixed = HEADER_LENGTH + usize::from(first & 0x0f) * 4;
    let extension = match first & 0x10 {
        0 => 0,
        _ => {
            let [_, _, high, low] = *packet.get(fixed..)?.first_chunk::<4>()?;
            4 + usize::from(u16::from_be_bytes([high, low])) * 4
        }
    };
    Some(fixed + extension).filter(|length| *length <= packet.len())
}

/// Sequence number and source, without reading the rest.
#[must_use]
pub fn sequence_and_source(packet: &[u8]) -> Option<(u16, u32)> {
    let [_, _, q0, q1, _, _, _, _, s0, s1, s2, s3] = *packet.first_chunk::<HEADER_LENGTH>()?;
    Some((u16::from_be_bytes([q0, q1]), u32::from_be_bytes([s0, s1, s2, s3])))
}

/// Writes a header.
#[must_use]
pub fn write(header: &Header) -> [u8; HEADER_LENGTH] {
    let [s0, s1] = header.sequence.to_be_bytes();
    let [t0, t1, t2, t3] = header.timestamp.to_be_bytes();
    let [c0, c1, c2, c3] = header.ssrc.to_be_bytes();
    let second = (u8::from(header.marker) << 7) | (header.payload_type & 0x7f);
    [0x80, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3]
}

/// Whether a packet on a shared port is RTCP. (rfc5761:4)
#[must_use]
pub fn is_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [first, second, ..] if first >> 6 == 2 && (192..=223).contains(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: [u8; 14] = [0x80, 0x88, 0x12, 0x34, 0x00, 0x00, 0x00, 0xa0, 0xde, 0xad, 0xbe, 0xef, 0xd5, 0xd5];

    #[test]
    fn a_golden_packet_reads_and_writes_back() {
        let (header, payload) = parse(&GOLDEN).expect("a valid packet");
        let expected = Header { marker: true, payload_type: 8, sequence: 0x1234, timestamp: 160, ssrc: 0xdead_beef };
        assert_eq!(header, expected);
        assert_eq!(payload, [0xd5, 0xd5]);
        assert_eq!(write(&header), GOLDEN[..12]);
    }

    #[test]
    fn sources_extension_and_padding_are_not_payload() {
        let mut packet = vec![0xb1, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        packet.extend([9; 4]); // one contributing source
        packet.extend([0xbe, 0xde, 0, 1, 1, 1, 1, 1]); // an extension of one word
        packet.extend([7, 7, 7, 0, 2]); // three bytes of sound, two of padding
        let (_, payload) = parse(&packet).expect("a valid packet");
        assert_eq!(payload, [7, 7, 7]);
    }

    #[test]
    fn whatever_the_bytes_reading_them_does_not_panic() {
        for first in 0..=255u8 {
            for length in 0..40 {
                for filler in [0, 1, 0x7f, 0xff] {
                    let mut packet = vec![filler; length];
                    if let Some(byte) = packet.first_mut() {
                        *byte = first;
                    }
                    if let Some((_, payload)) = parse(&packet) {
                        assert!(payload.len() + HEADER_LENGTH <= packet.len());
                    }
                }
            }
        }
    }

    #[test]
    fn a_report_on_the_same_port_is_told_from_sound() {
        assert!(is_rtcp(&[0x80, 200, 0, 6]));
        assert!(!is_rtcp(&GOLDEN));
    }
}
