//! Just enough of STUN (RFC 8489) to find the browser leg that a binding
//! request is meant for. Checking it is the WebRTC library's work.

const HEADER_LENGTH: usize = 20;
const USERNAME: u16 = 0x0006;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// Whether a datagram on the shared port is STUN. (rfc7983:7)
#[must_use]
pub fn is_stun(packet: &[u8]) -> bool {
    packet.len() >= HEADER_LENGTH
        && packet.first().is_some_and(|first| *first < 4)
        && packet.get(4..8) == Some(&MAGIC_COOKIE[..])
}

/// Our part of the username of a binding request: `ours:theirs`. (rfc8445:7.2.2)
#[must_use]
pub fn our_fragment(packet: &[u8]) -> Option<&str> {
    let mut rest = packet.get(HEADER_LENGTH..)?;
    while let Some(([t0, t1, l0, l1], after)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let value = after.get(..length)?;
        if u16::from_be_bytes([*t0, *t1]) == USERNAME {
            let username = std::str::from_utf8(value).ok()?;
            return username.split_once(':').map(|(ours, _)| ours);
        }
        // rfc8489:14 — values are padded to a multiple of four bytes.
        rest = after.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x00, 0x01, 0x00, attributes.len() as u8];
        packet.extend(MAGIC_COOKIE);
        packet.extend([0; 12]);
        packet.extend(attributes);
        packet
    }

    #[test]
    fn the_username_is_found_behind_padded_attributes() {
        let mut attributes = vec![0x80, 0x22, 0, 3, b'x', b'y', b'z', 0];
        attributes.extend([0, 6, 0, 9]);
        attributes.extend(b"ours:them");
        attributes.extend([0; 3]);
        let packet = request(&attributes);
        assert!(is_stun(&packet));
        assert_eq!(our_fragment(&packet), Some("ours"));
    }

    #[test]
    fn torn_requests_name_nobody() {
        let whole = request(&[0, 6, 0, 9, b'o', b'u', b'r', b's', b':', b't', b'h', b'e', b'm']);
        for length in 0..whole.len() {
            let _ = our_fragment(&whole[..length]);
        }
        assert_eq!(our_fragment(&request(&[0, 6, 0, 200, b'a'])), None);
        assert_eq!(our_fragment(&request(&[0, 6, 0, 4, b'a', b'b', b'c', b'd'])), None);
    }
}
