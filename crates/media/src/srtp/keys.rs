//! The keys of one direction, and the ciphers of RFC 3711 and RFC 7714 on one
//! packet. Which packet may be sealed or opened is decided by whoever calls.

use crate::{SrtpKey, SrtpSuite};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// Bytes of a master or session key of AES-128.
const KEY: usize = 16;
/// Bytes of a tag of SRTCP, and of SRTP with the long tag. (rfc3711:4.2.1)
const TAG_80: usize = 10;
/// Bytes of a short tag.
const TAG_32: usize = 4;
/// Bytes of a tag of GCM. (rfc7714:14.1)
const TAG_GCM: usize = 16;
/// Bytes of the number that follows a report. (rfc3711:3.4)
const REPORT_TAIL: usize = 4;
/// Bytes of a report's head, which stays readable.
const REPORT_HEAD: usize = 8;
/// The bit beside a report's number that says that it is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// SRTP.
    Sound,
    /// SRTCP.
    Reports,
}

/// Session keys of one direction.
pub enum Keys {
    /// AES in counter mode, HMAC-SHA1.
    Counter { sound: Box<Counter>, reports: Box<Counter>, sound_tag: usize },
    /// AES in Galois/counter mode.
    Galois { sound: Box<Galois>, reports: Box<Galois> },
}

/// Keys of one stream in counter mode.
pub struct Counter {
    cipher: EncryptingKey,
    salt: [u8; 14],
    authenticator: hmac::Key,
}

/// Keys of one stream in Galois/counter mode.
pub struct Galois {
    cipher: LessSafeKey,
    salt: [u8; 12],
}

impl Keys {
    /// Derives the session keys. (rfc3711:4.3.1, rfc7714:11)
    #[must_use]
    pub fn derive(suite: SrtpSuite, master: &SrtpKey) -> Keys {
        let (sound, reports) = (0, 3);
        match suite {
            SrtpSuite::AesCm128Sha1Tag80 | SrtpSuite::AesCm128Sha1Tag32 => Keys::Counter {
                sound: Box::new(Counter::derive(master, sound)),
                reports: Box::new(Counter::derive(master, reports)),
                sound_tag: if suite == SrtpSuite::AesCm128Sha1Tag80 { TAG_80 } else { TAG_32 },
            },
            SrtpSuite::AeadAes128Gcm => Keys::Galois {
                sound: Box::new(Galois::derive(master, sound)),
                reports: Box::new(Galois::derive(master, reports)),
            },
        }
    }

    /// Bytes that sealing adds to the end of a packet.
    #[must_use]
    pub fn tail(&self, stream: Stream) -> usize {
        match (self, stream) {
            (Keys::Counter { sound_tag, .. }, Stream::Sound) => *sound_tag,
            (Keys::Counter { .. }, Stream::Reports) => REPORT_TAIL + TAG_80,
            (Keys::Galois { .. }, Stream::Sound) => TAG_GCM,
            (Keys::Galois { .. }, Stream::Reports) => TAG_GCM + REPORT_TAIL,
        }
    }

    /// Seals a packet of sound in place; its last bytes are room for the tag.
    pub fn seal_sound(&self, packet: &mut [u8], head: usize, (source, index): (u32, u64)) -> Option<()> {
        let body = packet.len().checked_sub(self.tail(Stream::Sound))?;
        let (plain, tag) = packet.split_at_mut_checked(body)?;
        match self {
            Keys::Counter { sound, .. } => {
                sound.apply((source, index), plain.get_mut(head..)?)?;
                let proof = sound.proof(plain, &turn(index));
                tag.copy_from_slice(proof.as_ref().get(..tag.len())?);
            }
            Keys::Galois { sound, .. } => {
                let (head, payload) = plain.split_at_mut_checked(head)?;
                tag.copy_from_slice(&sound.seal(&sound_nonce(source, index), head, payload)?);
            }
        }
        Some(())
    }

    /// Opens a packet of sound into `room`; gives its length.
    pub fn open_sound(
        &self,
        packet: &[u8],
        (head, source, index): (usize, u32, u64),
        room: &mut [u8],
    ) -> Option<usize> {
        let body = packet.len().checked_sub(self.tail(Stream::Sound)).filter(|body| *body >= head)?;
        let (sealed, tag) = packet.split_at_checked(body)?;
        let room = room.get_mut(..body)?;
        match self {
            Keys::Counter { sound, .. } => {
                let proof = sound.proof(sealed, &turn(index));
                verify_slices_are_equal(proof.as_ref().get(..tag.len())?, tag).ok()?;
                room.copy_from_slice(sealed);
                sound.apply((source, index), room.get_mut(head..)?)?;
            }
            Keys::Galois { sound, .. } => {
                let (clear, cipher) = sealed.split_at_checked(head)?;
                let (room_head, room_payload) = room.split_at_mut_checked(head)?;
                room_head.copy_from_slice(clear);
                sound.open((&sound_nonce(source, index), clear), (cipher, tag), room_payload)?;
            }
        }
        Some(body)
    }

    /// Seals a report in place; its last bytes are room for tag and number.
    pub fn seal_report(&self, packet: &mut [u8], source: u32, index: u32) -> Option<()> {
        let body = packet.len().checked_sub(self.tail(Stream::Reports))?;
        let (plain, tail) = packet.split_at_mut_checked(body)?;
        let number = (index | ENCRYPTED).to_be_bytes();
        match self {
            Keys::Counter { reports, .. } => {
                reports.apply((source, index.into()), plain.get_mut(REPORT_HEAD..)?)?;
                let (place, tag) = tail.split_at_mut_checked(REPORT_TAIL)?;
                place.copy_from_slice(&number);
                tag.copy_from_slice(reports.proof(plain, &number).as_ref().get(..TAG_80)?);
            }
            Keys::Galois { reports, .. } => {
                let (head, secret) = plain.split_at_mut_checked(REPORT_HEAD)?;
                let clear = associated(head, &number)?;
                let (tag, place) = tail.split_at_mut_checked(TAG_GCM)?;
                tag.copy_from_slice(&reports.seal(&report_nonce(source, index), &clear, secret)?);
                place.copy_from_slice(&number);
            }
        }
        Some(())
    }

    /// The number that a report says it has.
    #[must_use]
    pub fn report_index(&self, packet: &[u8]) -> Option<u32> {
        let number = match self {
            Keys::Counter { .. } => packet.get(..packet.len().checked_sub(TAG_80)?)?.last_chunk::<REPORT_TAIL>()?,
            Keys::Galois { .. } => packet.last_chunk::<REPORT_TAIL>()?,
        };
        let number = u32::from_be_bytes(*number);
        // We never agree to reports in the clear. (rfc4568:6.3.2)
        (number & ENCRYPTED != 0).then_some(number & !ENCRYPTED)
    }

    /// Opens a report into `room`; gives its length.
    pub fn open_report(&self, packet: &[u8], (source, index): (u32, u32), room: &mut [u8]) -> Option<usize> {
        let body = packet.len().checked_sub(self.tail(Stream::Reports)).filter(|body| *body >= REPORT_HEAD)?;
        let (sealed, tail) = packet.split_at_checked(body)?;
        let room = room.get_mut(..body)?;
        match self {
            Keys::Counter { reports, .. } => {
                let (number, tag) = tail.split_at_checked(REPORT_TAIL)?;
                let proof = reports.proof(sealed, number);
                verify_slices_are_equal(proof.as_ref().get(..TAG_80)?, tag).ok()?;
                room.copy_from_slice(sealed);
                reports.apply((source, index.into()), room.get_mut(REPORT_HEAD..)?)?;
            }
            Keys::Galois { reports, .. } => {
                let (tag, number) = tail.split_at_checked(TAG_GCM)?;
                let (head, cipher) = sealed.split_at_checked(REPORT_HEAD)?;
                let clear = associated(head, number)?;
                let (room_head, room_secret) = room.split_at_mut_checked(REPORT_HEAD)?;
                room_head.copy_from_slice(head);
                reports.open((&report_nonce(source, index), &clear), (cipher, tag), room_secret)?;
            }
        }
        Some(body)
    }
}

/// The roll-over counter, as it is authenticated behind the packet.
fn turn(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// rfc7714:8.1 — two zero bytes, the source, the roll-over counter, the sequence.
fn sound_nonce(source: u32, index: u64) -> [u8; 12] {
    let [s0, s1, s2, s3] = source.to_be_bytes();
    let [_, _, i0, i1, i2, i3, i4, i5] = index.to_be_bytes();
    [0, 0, s0, s1, s2, s3, i0, i1, i2, i3, i4, i5]
}

/// rfc7714:9.1 — two zero bytes, the source, two zero bytes, the number.
fn report_nonce(source: u32, index: u32) -> [u8; 12] {
    let [s0, s1, s2, s3] = source.to_be_bytes();
    let [i0, i1, i2, i3] = index.to_be_bytes();
    [0, 0, s0, s1, s2, s3, 0, 0, i0, i1, i2, i3]
}

/// rfc7714:9.2 — what of an encrypted report is authenticated and readable.
fn associated(head: &[u8], number: &[u8]) -> Option<[u8; REPORT_HEAD + REPORT_TAIL]> {
    let mut clear = [0; REPORT_HEAD + REPORT_TAIL];
    let (first, second) = clear.split_at_mut(REPORT_HEAD);
    first.copy_from_slice(head.get(..REPORT_HEAD)?);
    second.copy_from_slice(number.get(..REPORT_TAIL)?);
    Some(clear)
}

impl Counter {
    fn derive(master: &SrtpKey, label: u8) -> Counter {
        let (key, salt) = master.split_counter();
        let mut room = [0; 20];
        let mut part = |nth: u8, length: usize| {
            expand((key, salt), label + nth, &mut room[..length]);
            room
        };
        let cipher = counter_cipher(first(&part(0, KEY)));
        let authenticator = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &part(1, 20));
        Counter { cipher, authenticator, salt: first(&part(2, 14)) }
    }

    /// Encrypts or decrypts: the same in counter mode. (rfc3711:4.1.1)
    fn apply(&self, (source, index): (u32, u64), bytes: &mut [u8]) -> Option<()> {
        let mut vector = [0; 16];
        vector[..14].copy_from_slice(&self.salt);
        mix(&mut vector[4..8], &source.to_be_bytes());
        // 48 bits of number, above two bytes that count the blocks.
        mix(&mut vector[8..14], &index.to_be_bytes()[2..]);
        self.cipher.less_safe_encrypt(bytes, EncryptionContext::Iv128(vector.into())).ok().map(|_| ())
    }

    fn proof(&self, packet: &[u8], behind: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.authenticator);
        context.update(packet);
        context.update(behind);
        context.sign()
    }
}

impl Galois {
    fn derive(master: &SrtpKey, label: u8) -> Galois {
        let (key, salt) = master.split_galois();
        let (mut session, mut session_salt) = ([0; KEY], [0; 12]);
        expand((key, salt), label, &mut session);
        expand((key, salt), label + 2, &mut session_salt);
        let key = UnboundKey::new(&AES_128_GCM, &session).expect("the key has 16 bytes");
        Galois { cipher: LessSafeKey::new(key), salt: session_salt }
    }

    fn nonce(&self, number: &[u8; 12]) -> Nonce {
        let mut nonce = self.salt;
        mix(&mut nonce, number);
        Nonce::assume_unique_for_key(nonce)
    }

    fn seal(&self, number: &[u8; 12], clear: &[u8], secret: &mut [u8]) -> Option<[u8; TAG_GCM]> {
        let tag = self.cipher.seal_in_place_separate_tag(self.nonce(number), Aad::from(clear), secret).ok()?;
        tag.as_ref().try_into().ok()
    }

    fn open(&self, (number, clear): (&[u8; 12], &[u8]), (cipher, tag): (&[u8], &[u8]), room: &mut [u8]) -> Option<()> {
        self.cipher.open_separate_gather(self.nonce(number), Aad::from(clear), cipher, tag, room).ok()
    }
}

fn mix(left: &mut [u8], right: &[u8]) {
    for (left, right) in left.iter_mut().zip(right) {
        *left ^= right;
    }
}

/// The first bytes of a larger array.
fn first<const N: usize>(bytes: &[u8; 20]) -> [u8; N] {
    std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(0))
}

fn counter_cipher(key: [u8; KEY]) -> EncryptingKey {
    let key = UnboundCipherKey::new(&AES_128, &key).expect("the key has 16 bytes");
    EncryptingKey::ctr(key).expect("AES has a counter mode")
}

/// The key derivation function: the key stream at the place of a label. The key
/// derivation rate is always zero. (rfc3711:4.3.3)
fn expand((key, salt): ([u8; KEY], [u8; 14]), label: u8, out: &mut [u8]) {
    let mut vector = [0; 16];
    vector[..14].copy_from_slice(&salt);
    vector[7] ^= label;
    out.fill(0);
    let stream = EncryptionContext::Iv128(vector.into());
    counter_cipher(key).less_safe_encrypt(out, stream).expect("counter mode takes any length");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// RFC 3711 appendix B.3.
    #[test]
    fn session_keys_are_derived_as_the_standard_shows() {
        let key = 0xE1F9_7A0D_3E01_8BE0_D64F_A32C_06DE_4139u128.to_be_bytes();
        let salt = first(&{
            let mut salt = [0; 20];
            salt[..14].copy_from_slice(&0x0EC6_75AD_498A_FEEB_B696_0B3A_ABE6u128.to_be_bytes()[2..]);
            salt
        });
        let mut out = [0; 94];
        expand((key, salt), 0, &mut out[..16]);
        assert_eq!(hex(&out[..16]), "C61E7A93744F39EE10734AFE3FF7A087");
        expand((key, salt), 2, &mut out[..14]);
        assert_eq!(hex(&out[..14]), "30CBBC08863D8C85D49DB34A9AE1");
        expand((key, salt), 1, &mut out);
        assert_eq!(
            hex(&out),
            "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098\
             6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"
        );
    }

    /// RFC 3711 appendix B.2.
    #[test]
    fn the_key_stream_is_that_of_the_standard() {
        let cipher = counter_cipher(0x2B7E_1516_28AE_D2A6_ABF7_1588_09CF_4F3Cu128.to_be_bytes());
        let mut salt = [0; 14];
        salt.copy_from_slice(&0xF0F1_F2F3_F4F5_F6F7_F8F9_FAFB_FCFDu128.to_be_bytes()[2..]);
        let authenticator = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &[0]);
        let mut stream = [0; 0xff02 * 16];
        Counter { cipher, salt, authenticator }.apply((0, 0), &mut stream).expect("counter mode");
        assert_eq!(hex(&stream[..32]), "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB");
        let last = &stream[0xfeff * 16..];
        assert_eq!(
            hex(last),
            "EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE6A2CC3787889374FBEB4C81B17BA6C44"
        );
    }
}
