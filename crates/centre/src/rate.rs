//! How many calls a second a trunk takes: a bucket of tokens each, filled by
//! the clock that comes in.

use crate::TrunkId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The buckets of all trunks with such a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    by_trunk: BTreeMap<TrunkId, Bucket>,
}

/// What is left for one trunk, in thousandths of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Bucket {
    left: u64,
    at: Duration,
}

/// One call.
const CALL: u64 = 1_000;

impl Rates {
    /// Takes one call at so many a second; false when the trunk has had its share. A
    /// trunk that was quiet may have a second's worth at once.
    pub fn take(&mut self, trunk: TrunkId, a_second: u32, now: Duration) -> bool {
        let most = u64::from(a_second) * CALL;
        let bucket = self.by_trunk.entry(trunk).or_insert(Bucket { left: most, at: now });
        // A rate of one a second brings a thousandth each millisecond.
        let passed = now.saturating_sub(bucket.at).as_millis().min(1_000) as u64;
        if passed > 0 {
            bucket.left = (bucket.left + passed * u64::from(a_second)).min(most);
            bucket.at = now;
        }
        let enough = bucket.left >= CALL;
        if enough {
            bucket.left -= CALL;
        }
        enough
    }

    /// Forgets trunks that are gone.
    pub fn keep(&mut self, known: impl Fn(TrunkId) -> bool) {
        self.by_trunk.retain(|trunk, _| known(*trunk));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_gets_its_share_each_second_and_no_more() {
        let mut rates = Rates::default();
        let trunk = TrunkId(1);
        let mut taken = 0;
        for millisecond in 0..10_000 {
            taken += u32::from(rates.take(trunk, 5, Duration::from_millis(millisecond)));
        }
        assert_eq!(taken, 5 + 49, "a second's worth at once, then one every 200 ms");
        assert!(!rates.take(trunk, 5, Duration::from_millis(10_000 - 1)));
        assert!(rates.take(TrunkId(2), 1, Duration::from_millis(10_000)), "each trunk has its own");
    }
}
