//! Luck from the operating system: seeds for the machines, passwords and tokens.

/// 32 random bytes.
pub fn seed() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// A random text of letters and digits that are not mistaken for one another.
/// Each character carries a little more than five and a half bits.
pub fn text(length: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Bytes beyond the last whole multiple would make some letters likelier.
        let fair = 256 - 256 % LETTERS.len();
        text.extend(
            seed()
                .into_iter()
                .filter(|byte| usize::from(*byte) < fair)
                .map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]))
                .take(length - text.len()),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_have_their_length_and_differ() {
        assert_eq!(super::text(40).len(), 40);
        assert_ne!(super::text(20), super::text(20));
    }
}
