//! At most so many events in any window of so long, for each name. Exact: it
//! remembers the moments. Bounded: it forgets names that were quiet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Names that are remembered at once. Beyond it new names are refused until old
/// ones have been quiet: an attacker with that many sources is turned away,
/// those who were here before are not.
const MAX_NAMES: usize = 50_000;

/// Counts events by name.
#[derive(Debug)]
pub struct Limiter {
    most: usize,
    window: Duration,
    seen: Mutex<BTreeMap<String, VecDeque<Instant>>>,
}

impl Limiter {
    /// At most `most` events in any `window`.
    pub fn new(most: usize, window: Duration) -> Limiter {
        Limiter { most, window, seen: Mutex::default() }
    }

    /// Counts an event, if it is allowed.
    pub fn take(&self, name: &str, now: Instant) -> bool {
        let mut seen = self.seen.lock().expect("nothing panics while it holds this lock");
        if !seen.contains_key(name) && seen.len() >= MAX_NAMES {
            seen.retain(|_, moments| moments.back().is_some_and(|last| now.duration_since(*last) < self.window));
            if seen.len() >= MAX_NAMES {
                return false;
            }
        }
        let moments = seen.entry(name.to_owned()).or_default();
        forget(moments, now, self.window);
        let allowed = moments.len() < self.most;
        if allowed {
            moments.push_back(now);
        }
        allowed
    }

    /// Whether an event would be allowed; counts nothing.
    pub fn allows(&self, name: &str, now: Instant) -> bool {
        let mut seen = self.seen.lock().expect("nothing panics while it holds this lock");
        seen.get_mut(name).is_none_or(|moments| {
            forget(moments, now, self.window);
            moments.len() < self.most
        })
    }
}

fn forget(moments: &mut VecDeque<Instant>, now: Instant, window: Duration) {
    while moments.front().is_some_and(|first| now.duration_since(*first) >= window) {
        moments.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_ever_holds_more_than_the_limit() {
        let limiter = Limiter::new(3, Duration::from_secs(1));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let taken: Vec<bool> =
            [0, 400, 900, 950, 999, 1_000, 1_300, 1_400].iter().map(|ms| limiter.take("a", at(*ms))).collect();
        assert_eq!(taken, [true, true, true, false, false, true, false, true]);
        assert!(limiter.take("b", at(0)));
    }

    #[test]
    fn asking_does_not_count() {
        let limiter = Limiter::new(1, Duration::from_secs(1));
        let now = Instant::now();
        assert!(limiter.allows("a", now) && limiter.allows("a", now));
        assert!(limiter.take("a", now));
        assert!(!limiter.allows("a", now));
    }
}
