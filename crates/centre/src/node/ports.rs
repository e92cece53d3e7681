//! The pool of RTP ports: even ones, drawn at random so that nobody can guess
//! where the next call listens, and rested after use so that late packets of
//! an old call do not reach a new one.

use crate::limits::PORT_DRAIN;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;
use std::time::Duration;

/// The RTP ports of a node.
#[derive(Debug)]
pub(super) struct Ports {
    free: Vec<u16>,
    resting: VecDeque<(Duration, u16)>,
    size: usize,
    luck: ChaCha20Rng,
}

impl Ports {
    pub(super) fn new((first, last): (u16, u16), seed: [u8; 32]) -> Ports {
        let free: Vec<u16> = (first..=last).filter(|port| port % 2 == 0 && *port != 0).collect();
        Ports { size: free.len(), free, resting: VecDeque::new(), luck: ChaCha20Rng::from_seed(seed) }
    }

    /// A port that nobody uses; `None` when all are in use or resting.
    pub(super) fn take(&mut self, now: Duration) -> Option<u16> {
        while let Some((until, port)) = self.resting.front().copied() {
            if until > now {
                break;
            }
            self.resting.pop_front();
            self.free.push(port);
        }
        if self.free.is_empty() {
            return None;
        }
        let index = self.luck.next_u32() as usize % self.free.len();
        Some(self.free.swap_remove(index))
    }

    /// Gives a port back.
    pub(super) fn give_back(&mut self, port: u16, now: Duration) {
        self.resting.push_back((now + PORT_DRAIN, port));
    }

    /// How many are in use.
    pub(super) fn in_use(&self) -> usize {
        self.size - self.free.len() - self.resting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_port_rests_before_it_is_used_again() {
        let mut ports = Ports::new((20_000, 20_003), [7; 32]);
        let zero = Duration::ZERO;
        let (first, second) = (ports.take(zero).expect("free"), ports.take(zero).expect("free"));
        assert_eq!([first.min(second), first.max(second)], [20_000, 20_002]);
        assert_eq!(ports.take(zero), None);
        ports.give_back(first, zero);
        assert_eq!(ports.take(PORT_DRAIN - Duration::from_millis(1)), None);
        assert_eq!(ports.take(PORT_DRAIN), Some(first));
        assert_eq!(ports.in_use(), 2);
    }
}
