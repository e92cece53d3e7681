//! Bends bytes, by luck from a seed, so that every failure can be had again.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Longest that anything becomes: a UDP datagram.
const LONGEST: usize = 65_507;
/// What parsers trip over.
const SPICES: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b"\xff",
    b"%00",
    b"%",
    b";",
    b",",
    b"\"",
    b"\\",
    b"<",
    b">",
    b":",
    b"@",
    b"=",
    b" ",
    b"\t",
    b"4294967296",
    b"18446744073709551616",
    b"-1",
    b"99999999999999999999",
    b"[::1]",
    b"\xe4\xb8\xad",
    b"tag=",
    b"branch=z9hG4bK",
    b"Content-Length: 1",
    b"a=",
    b"m=audio",
    b"\x7f\xff\xff\xff",
    b"\x80\x00",
];

/// A source of bent bytes.
pub struct Mutator {
    luck: ChaCha20Rng,
}

impl Mutator {
    /// The same seed bends in the same way.
    pub fn new(seed: u64) -> Mutator {
        Mutator { luck: ChaCha20Rng::seed_from_u64(seed) }
    }

    /// One of these, bent one to eight times.
    pub fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.pick(corpus).clone();
        for _ in 0..=self.below(8) {
            self.bend(&mut bytes, corpus);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn bend(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let span = self.below(32).min(bytes.len() - at);
        match self.below(7) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (self.luck.next_u32() % 8);
                }
            }
            1 => drop(bytes.drain(at..at + span)),
            2 => {
                let copy = bytes[at..at + span].to_vec();
                bytes.splice(at..at, copy.repeat(1 + self.below(40)));
            }
            3 => {
                let spice = *self.pick(SPICES);
                bytes.splice(at..at, spice.iter().copied());
            }
            4 => {
                let spice = *self.pick(SPICES);
                bytes.splice(at..at + span, spice.iter().copied());
            }
            5 => {
                let other = self.pick(corpus);
                let from = self.below(other.len() + 1);
                let piece = other[from..].to_vec();
                bytes.truncate(at);
                bytes.extend(piece);
            }
            _ => bytes.truncate(at),
        }
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.below(all.len());
        &all[index]
    }

    /// Below a bound; 0 for an empty range.
    fn below(&mut self, bound: usize) -> usize {
        (self.luck.next_u64() % (bound.max(1) as u64)) as usize
    }
}
