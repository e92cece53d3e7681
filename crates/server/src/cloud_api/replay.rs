//! A signature that was seen before. The SDKs stamp whole seconds, so a client
//! that asks the same thing twice within a second sends the very same signature:
//! that is honest, and so is a retry of the network right after. Whoever shows a
//! signature again later has recorded it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long an honest repetition may take.
const HONEST: Duration = Duration::from_secs(5);
/// How long signatures are remembered: as long as one could be fresh, five
/// minutes before and after its own time.
const MEMORY: Duration = Duration::from_secs(2 * super::signature::CLOCK_SKEW_S.unsigned_abs());
/// Signatures remembered at once: over 300 requests a second for ten minutes.
const MAX_SEEN: usize = 200_000;

/// The signatures that were seen.
#[derive(Debug, Default)]
pub struct Replays {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    first: BTreeMap<[u8; 32], Instant>,
    order: VecDeque<(Instant, [u8; 32])>,
}

impl Replays {
    /// Whether a valid signature may be used at this moment.
    pub fn admits(&self, signature: [u8; 32], now: Instant) -> bool {
        let mut seen = self.seen.lock().expect("nothing panics while it holds this lock");
        let Seen { first, order } = &mut *seen;
        while order.front().is_some_and(|(at, _)| now.duration_since(*at) > MEMORY || order.len() >= MAX_SEEN) {
            if let Some((_, old)) = order.pop_front() {
                first.remove(&old);
            }
        }
        match first.get(&signature) {
            Some(at) => now.duration_since(*at) <= HONEST,
            None => {
                first.insert(signature, now);
                order.push_back((now, signature));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_honest_only_at_once() {
        let replays = Replays::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!(replays.admits([1; 32], start));
        assert!(replays.admits([1; 32], after(1)));
        assert!(replays.admits([2; 32], after(6)));
        assert!(!replays.admits([1; 32], after(6)));
        assert!(!replays.admits([1; 32], after(599)));
        // By then its timestamp has long expired.
        assert!(replays.admits([1; 32], after(601)));
    }
}
