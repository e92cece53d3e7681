//! The one place where the shell reads the clocks. The machines get what it
//! says as an argument.

use centre::Now;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clocks, with the node's start as their zero.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// Starts now.
    pub fn start() -> Clock {
        Clock { origin: Instant::now() }
    }

    /// The instant that is zero.
    pub fn origin(&self) -> Instant {
        self.origin
    }

    /// Time since the start.
    pub fn mono(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Both clocks.
    pub fn now(&self) -> Now {
        Now { mono: self.mono(), wall_ms: wall_ms() }
    }
}

/// Milliseconds since 1970-01-01 UTC; 0 on a machine that believes in an earlier date.
pub fn wall_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
