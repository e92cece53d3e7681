//! Keys in session descriptions: the `a=crypto` lines of RFC 4568, for SRTP. What
//! we cannot keep to is skipped, so that another line of the peer may fit.

use super::lines::MediaLine;
use super::{LocalMedia, SdpError};
use std::fmt;

/// A suite of SRTP. (RFC 4568 §6.2, RFC 7714 §14.1)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`: everybody has it.
    AesCm128Sha1Tag80,
    /// `AES_CM_128_HMAC_SHA1_32`.
    AesCm128Sha1Tag32,
    /// `AEAD_AES_128_GCM`.
    AeadAes128Gcm,
}

/// What we offer, in this order; a line's tag is its place.
const OFFERED: [Suite; 3] = [Suite::AesCm128Sha1Tag80, Suite::AesCm128Sha1Tag32, Suite::AeadAes128Gcm];

impl Suite {
    /// Its name in `a=crypto`.
    pub fn name(self) -> &'static str {
        match self {
            Suite::AesCm128Sha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128Sha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
        }
    }

    /// Bytes of master key and salt.
    fn key_length(self) -> usize {
        match self {
            Suite::AesCm128Sha1Tag80 | Suite::AesCm128Sha1Tag32 => 30,
            Suite::AeadAes128Gcm => 28,
        }
    }

    /// Its line's tag in our offers.
    fn tag(self) -> u32 {
        match self {
            Suite::AesCm128Sha1Tag80 => 1,
            Suite::AesCm128Sha1Tag32 => 2,
            Suite::AeadAes128Gcm => 3,
        }
    }
}

/// A master key and its salt: 28 or 30 bytes by its suite, zeros behind. It does not print.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey([u8; 30]);

impl MasterKey {
    /// The bytes.
    pub fn bytes(&self) -> &[u8; 30] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Our keys for one dialog: one a suite, because a key must serve one suite only.
/// (RFC 4568 §6.1) They stay for the dialog's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalKeys([MasterKey; OFFERED.len()]);

impl LocalKeys {
    /// Keys from luck that nobody can guess.
    pub fn from_luck(luck: [[u8; 30]; OFFERED.len()]) -> LocalKeys {
        LocalKeys(luck.map(MasterKey))
    }

    fn of(&self, suite: Suite) -> MasterKey {
        let [long, short, mut galois] = self.0;
        match suite {
            Suite::AesCm128Sha1Tag80 => long,
            Suite::AesCm128Sha1Tag32 => short,
            Suite::AeadAes128Gcm => {
                galois.0[28..].fill(0);
                galois
            }
        }
    }
}

/// Whether our side speaks SRTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Never: plain RTP only.
    Plain,
    /// When the peer offers it; our own offers are plain.
    Accepted(LocalKeys),
    /// When the peer has keys, in its offer or in its answer to ours, which names keys on a plain line ("best
    /// effort"); else plain.
    Offered(LocalKeys),
    /// Always; what cannot be protected is refused.
    Demanded(LocalKeys),
}

/// What protects a stream that was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Srtp {
    /// The tag of the line that was chosen.
    pub tag: u32,
    /// The suite.
    pub suite: Suite,
    /// The key of what we send.
    pub ours: MasterKey,
    /// The key of what the peer sends.
    pub theirs: MasterKey,
}

/// One `a=crypto` line of the peer that we can keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crypto {
    tag: u32,
    suite: Suite,
    key: MasterKey,
}

impl Crypto {
    /// Reads what stands behind `crypto:`. (RFC 4568 §9.1)
    pub(super) fn parse(value: &str) -> Option<Crypto> {
        let mut words = value.split_whitespace();
        let (tag, suite, keys) = (words.next()?, words.next()?, words.next()?);
        let tag: u32 = tag.parse().ok().filter(|_| tag.len() <= 9 && tag.bytes().all(|byte| byte.is_ascii_digit()))?;
        let suite = OFFERED.into_iter().find(|known| known.name().eq_ignore_ascii_case(suite))?;
        // RFC 4568 §6.3: all parameters but WSH, a hint, change what is on the wire.
        if words.any(|parameter| !parameter.starts_with("WSH=")) {
            return None;
        }
        // Several keys need a key identifier in each packet, which we do not write.
        let inline = keys.strip_prefix("inline:").filter(|_| !keys.contains(';'))?;
        let mut parts = inline.split('|');
        let key = base64_decoded(parts.next()?, suite.key_length())?;
        // A lifetime is longer than any call; a key identifier has a colon.
        if parts.any(|part| part.contains(':')) {
            return None;
        }
        Some(Crypto { tag, suite, key })
    }
}

/// How packets travel by the words of an `m=` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    Plain,
    Secure,
    Other,
}

fn profile(media: &MediaLine<'_>) -> Profile {
    let is = |name: &str| media.transport.eq_ignore_ascii_case(name);
    match () {
        () if is("RTP/AVP") || is("RTP/AVPF") => Profile::Plain,
        () if is("RTP/SAVP") || is("RTP/SAVPF") => Profile::Secure,
        () => Profile::Other,
    }
}

/// What would protect a line of an offer: nothing for one that stays plain, an error
/// for one that we refuse. The peer's first line that we can keep to is taken.
/// (RFC 4568 §5.1.2)
pub(super) fn protection(media: &MediaLine<'_>, local: &LocalMedia) -> Result<Option<Srtp>, SdpError> {
    let with = |keys: &LocalKeys| media.crypto.first().map(|line| line.with(keys));
    match (profile(media), &local.security) {
        // "Best effort" keys on a plain line are for those who offer or demand them.
        (Profile::Plain, Security::Plain | Security::Accepted(_)) => Ok(None),
        (Profile::Plain, Security::Offered(keys)) => Ok(with(keys)),
        (Profile::Plain, Security::Demanded(keys)) => with(keys).map(Some).ok_or(SdpError::Unprotected),
        (Profile::Secure, Security::Accepted(keys) | Security::Offered(keys) | Security::Demanded(keys)) => {
            with(keys).map(Some).ok_or(SdpError::Encrypted)
        }
        (Profile::Secure, Security::Plain) | (Profile::Other, _) => Err(SdpError::Encrypted),
    }
}

/// What protects a stream by the answer to our offer: one of the lines that we wrote.
pub(super) fn answered_protection(media: &MediaLine<'_>, local: &LocalMedia) -> Result<Option<Srtp>, SdpError> {
    let ours = || media.crypto.iter().find(|line| line.tag == line.suite.tag());
    match (profile(media), &local.security) {
        (Profile::Plain, Security::Plain | Security::Accepted(_)) => Ok(None),
        (Profile::Plain, Security::Offered(keys)) => Ok(ours().map(|line| line.with(keys))),
        (Profile::Secure, Security::Offered(keys) | Security::Demanded(keys)) => {
            ours().map(|line| Some(line.with(keys))).ok_or(SdpError::Encrypted)
        }
        (Profile::Plain, Security::Demanded(_)) => Err(SdpError::Unprotected),
        (Profile::Secure, Security::Plain | Security::Accepted(_)) | (Profile::Other, _) => Err(SdpError::Encrypted),
    }
}

impl Crypto {
    fn with(&self, keys: &LocalKeys) -> Srtp {
        Srtp { tag: self.tag, suite: self.suite, ours: keys.of(self.suite), theirs: self.key }
    }
}

/// Our line in an answer.
pub(super) fn answer_line(srtp: &Srtp) -> String {
    line(srtp.tag, srtp.suite, &srtp.ours)
}

/// Our lines in an offer.
pub(super) fn offer_lines(keys: &LocalKeys) -> String {
    OFFERED.into_iter().map(|suite| line(suite.tag(), suite, &keys.of(suite))).collect()
}

fn line(tag: u32, suite: Suite, key: &MasterKey) -> String {
    let key = key.0.get(..suite.key_length()).unwrap_or(&key.0);
    format!("a=crypto:{tag} {} inline:{}\r\n", suite.name(), base64_encoded(key))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4.
fn base64_encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().chain([&0, &0]).take(3).fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
        for place in 0..4 {
            let sextet = (word >> (18 - 6 * place)) & 63;
            out.push(if place <= group.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
    out
}

/// Exactly this many bytes, or nothing. Some devices leave the padding out.
fn base64_decoded(text: &str, length: usize) -> Option<MasterKey> {
    let text = text.trim_end_matches('=');
    if text.len() != (length * 8).div_ceil(6) {
        return None;
    }
    let (mut key, mut filled, mut word, mut bits) = ([0; 30], 0, 0u32, 0);
    for byte in text.bytes() {
        let sextet = ALPHABET.iter().position(|known| *known == byte)?;
        word = ((word << 6) | sextet as u32) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            *key.get_mut(filled)? = (word >> bits) as u8;
            filled += 1;
        }
    }
    (filled == length).then_some(MasterKey(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_and_read_back() {
        for length in 0..=30usize {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 37 + 201) as u8).collect();
            let text = base64_encoded(&bytes);
            assert_eq!(text.len() % 4, 0);
            let read = base64_decoded(&text, length).expect("what was written");
            assert_eq!(read.0.get(..length), Some(&bytes[..]));
        }
        // RFC 4568 §9.1 example: 30 printable bytes.
        let key = base64_decoded("d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj", 30).expect("a key");
        assert_eq!(&key.0, b"wDfvg&T+)xG7@fb5jU,RaA}\\|p0%*#");
    }

    #[test]
    fn a_line_that_we_cannot_keep_to_is_no_line() {
        let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
        let good = [
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}"),
            format!("1 aes_cm_128_hmac_sha1_32 inline:{key}|2^31"),
            format!("999999999 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20 WSH=128"),
            "2 AEAD_AES_128_GCM inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJQ==".to_owned(),
            "2 AEAD_AES_128_GCM inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJQ".to_owned(),
        ];
        for line in good {
            assert!(Crypto::parse(&line).is_some(), "{line}");
        }
        let bad = [
            String::new(),
            "1".to_owned(),
            "1 AES_CM_128_HMAC_SHA1_80".to_owned(),
            format!("x AES_CM_128_HMAC_SHA1_80 inline:{key}"),
            format!("+1 AES_CM_128_HMAC_SHA1_80 inline:{key}"),
            format!("1 F8_128_HMAC_SHA1_80 inline:{key}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|1:4;inline:{key}|2:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key} UNENCRYPTED_SRTP"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key} KDR=1"),
            format!("1 AES_CM_128_HMAC_SHA1_80 uri:{key}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{}", &key[1..]),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{}*", &key[1..]),
            format!("1 AEAD_AES_128_GCM inline:{key}"),
        ];
        for line in bad {
            assert!(Crypto::parse(&line).is_none(), "{line}");
        }
    }
}
