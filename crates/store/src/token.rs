//! Random tokens and keys from the system's generator, and their hashes.

use crate::StoreError;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Fresh random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Unavailable(format!("no random numbers: {error}")))?;
    Ok(bytes)
}

/// 256 random bits as text.
pub(crate) fn session_token() -> Result<String, StoreError> {
    Ok(hex(&random::<32>()?))
}

/// So many letters and digits, each of the 62 equally likely.
pub(crate) fn letters(count: usize) -> Result<String, StoreError> {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        for byte in random::<64>()? {
            // 248 is the largest multiple of 62 in a byte; the rest would favour the first letters.
            if byte < 248 && text.len() < count {
                text.push(char::from(ALPHABET[usize::from(byte % 62)]));
            }
        }
    }
    Ok(text)
}

/// What is kept of a token. A plain hash is enough for 256 random bits.
pub(crate) fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, two) = (session_token().unwrap(), session_token().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, two);
        assert_ne!(hash(&one), one);
        assert_eq!(letters(36).unwrap().len(), 36);
    }
}
