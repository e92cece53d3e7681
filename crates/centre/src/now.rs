//! Time as an argument. Monotonic and wall time travel together, so that no
//! function takes two clocks.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The moment at which an input is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Now {
    /// Time since the node's start. Never goes back; all timers use it.
    pub mono: Duration,
    /// Milliseconds since 1970-01-01 UTC. May jump; only records and pages use it.
    pub wall_ms: i64,
}

impl Now {
    /// The same moment, `by` later on both clocks.
    pub fn after(self, by: Duration) -> Now {
        Now { mono: self.mono + by, wall_ms: self.wall_ms + by.as_millis() as i64 }
    }

    /// Wall time in whole Unix seconds, as the cloud API wants it.
    pub fn unix(self) -> i64 {
        self.wall_ms.div_euclid(1000)
    }
}
