//! A bad network: datagrams are delayed, lost, doubled and overtake each other.

use crate::luck::Luck;
use crate::scenario::Scenario;
use std::time::Duration;

/// When the copies of one datagram arrive: none, one or two.
pub(crate) fn arrivals(luck: &mut Luck, scenario: &Scenario) -> Vec<Duration> {
    if luck.chance(scenario.loss) {
        return Vec::new();
    }
    let copies = if luck.chance(scenario.duplicates) { 2 } else { 1 };
    (0..copies).map(|_| if luck.chance(0.02) { luck.millis(200, 900) } else { luck.millis(2, 60) }).collect()
}
