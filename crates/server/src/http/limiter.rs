//! At most so many events in any window of so long, for each name. Exact: it
//! remembers the moments. Bounded: a name is kept as a hash of one size, names
//! that were quiet are forgotten, and when too many are known the newcomers
//! share a few places, so that nobody goes uncounted and nobody is turned away
//! because of the crowd alone.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Names that are remembered at once, each by itself.
const MAX_NAMES: usize = 50_000;
/// Least pause between two looks for quiet names while the table is full.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// A name's hash. Salted, so that nobody outside can choose who shares a place.
type Key = [u8; 32];

/// Counts events by name.
#[derive(Debug)]
pub struct Limiter {
    most: usize,
    window: Duration,
    max_names: usize,
    salt: [u8; 16],
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    names: BTreeMap<Key, VecDeque<Instant>>,
    swept: Option<Instant>,
}

/// An event that was counted; what is needed to take it back.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Taken {
    key: Key,
    at: Instant,
}

impl Limiter {
    /// At most `most` events in any `window`.
    pub fn new(most: usize, window: Duration) -> Limiter {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).expect("the operating system has randomness");
        Limiter { most, window, max_names: MAX_NAMES, salt, seen: Mutex::default() }
    }

    /// Counts an event, if it is allowed.
    pub fn take(&self, name: &str, now: Instant) -> Option<Taken> {
        let mut seen = self.seen.lock().expect("nothing panics while it holds this lock");
        let key = self.place_of(name, &mut seen, now);
        let moments = seen.names.entry(key).or_default();
        forget(moments, now, self.window);
        if moments.len() >= self.most {
            return None;
        }
        moments.push_back(now);
        Some(Taken { key, at: now })
    }

    /// Takes an event back: it was none of those that are to be few.
    pub fn give_back(&self, taken: Taken) {
        let mut seen = self.seen.lock().expect("nothing panics while it holds this lock");
        let Some(moments) = seen.names.get_mut(&taken.key) else { return };
        if let Some(at) = moments.iter().rposition(|moment| *moment == taken.at) {
            moments.remove(at);
        }
        if moments.is_empty() {
            seen.names.remove(&taken.key);
        }
    }

    /// Whether an event would be allowed; counts nothing.
    pub fn allows(&self, name: &str, now: Instant) -> bool {
        let mut seen = self.seen.lock().expect("nothing panics while it holds this lock");
        let key = self.place_of(name, &mut seen, now);
        seen.names.get_mut(&key).is_none_or(|moments| {
            forget(moments, now, self.window);
            moments.len() < self.most
        })
    }

    /// Where a name is counted: by itself, or with others when the table is full.
    fn place_of(&self, name: &str, seen: &mut Seen, now: Instant) -> Key {
        let key: Key = Sha256::new().chain_update(self.salt).chain_update(name.as_bytes()).finalize().into();
        let pause = if seen.names.len() < self.max_names { self.window } else { SWEEP_PAUSE.min(self.window) };
        if seen.swept.is_none_or(|swept| now.duration_since(swept) >= pause) {
            seen.swept = Some(now);
            seen.names.retain(|_, moments| moments.back().is_some_and(|last| now.duration_since(*last) < self.window));
        }
        if seen.names.contains_key(&key) || seen.names.len() < self.max_names { key } else { shared(key) }
    }
}

/// One of 4,096 places.
fn shared(key: Key) -> Key {
    let mut place = [0; 32];
    place[0] = key[0];
    place[1] = key[1] & 0x0f;
    place
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
        let taken: Vec<bool> = [0, 400, 900, 950, 999, 1_000, 1_300, 1_400]
            .iter()
            .map(|ms| limiter.take("a", at(*ms)).is_some())
            .collect();
        assert_eq!(taken, [true, true, true, false, false, true, false, true]);
        assert!(limiter.take("b", at(0)).is_some());
    }

    #[test]
    fn asking_does_not_count_and_what_is_given_back_did_not_happen() {
        let limiter = Limiter::new(1, Duration::from_secs(1));
        let now = Instant::now();
        assert!(limiter.allows("a", now) && limiter.allows("a", now));
        let taken = limiter.take("a", now).expect("the first is allowed");
        assert!(!limiter.allows("a", now));
        limiter.give_back(taken);
        assert!(limiter.take("a", now).is_some());
    }

    #[test]
    fn a_crowd_is_still_counted_and_the_table_does_not_grow() {
        let limiter = Limiter { max_names: 10, ..Limiter::new(2, Duration::from_secs(60)) };
        let now = Instant::now();
        let crowd = (0..20_000).filter(|number| limiter.take(&format!("{number} {}", "x".repeat(100)), now).is_some());
        assert!(crowd.count() <= 2 * (10 + 4_096), "nobody goes uncounted");
        assert!(limiter.seen.lock().unwrap().names.len() <= 10 + 4_096);
        // Those who were here before have their own count, newcomers do not slip through.
        assert!(limiter.take(&format!("0 {}", "x".repeat(100)), now).is_some());
        assert!((0..3).filter(|_| limiter.take("newcomer", now).is_some()).count() <= 2);
        // When the crowd has been quiet, it is forgotten.
        let later = now + Duration::from_secs(61);
        assert!(limiter.take("newcomer", later).is_some());
        assert_eq!(limiter.seen.lock().unwrap().names.len(), 1);
    }
}
