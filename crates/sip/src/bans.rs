//! Sources that guess passwords are not answered for a while. Only failed proofs count,
//! never first challenges, and only from a source that has shown that it hears us (its
//! nonce was made for it), so that nobody can have somebody else banned.

use crate::limits::{BAN, BANNED_SOURCES, CHALLENGED_SOURCES, CHALLENGES_PER_MINUTE};
use crate::limits::{FAILURES_PER_DAY, FAILURES_PER_MINUTE, LONGEST_BAN, WIDER};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Who failed how often.
#[derive(Debug, Default)]
pub(crate) struct Bans {
    sources: BTreeMap<Network, Record>,
}

/// One source, or the network around it, which may fail more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    Near(IpAddr),
    Wide(IpAddr),
}

#[derive(Debug, Clone, Copy, Default)]
struct Record {
    minute: Window,
    day: Window,
    banned_until: Duration,
    bans: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    start: Duration,
    count: u32,
}

impl Window {
    fn add(&mut self, now: Duration, length: Duration) -> u32 {
        if now >= self.start + length {
            *self = Window { start: now, count: 0 };
        }
        self.count += 1;
        self.count
    }
}

impl Bans {
    /// Whether a source is not to be answered.
    pub(crate) fn is_banned(&self, source: IpAddr, now: Duration) -> bool {
        networks(source).iter().any(|network| self.sources.get(network).is_some_and(|record| record.banned_until > now))
    }

    /// A proof of this source failed.
    pub(crate) fn count(&mut self, source: IpAddr, now: Duration) {
        if self.sources.len() >= BANNED_SOURCES {
            self.sources.retain(|_, record| record.banned_until > now || now < record.day.start + DAY);
        }
        for network in networks(source) {
            let room = self.sources.len() < BANNED_SOURCES;
            if room || self.sources.contains_key(&network) {
                self.sources.entry(network).or_default().fail(network, now);
            }
        }
    }
}

/// Challenges that were longer than what they answer, by source: what somebody who writes a
/// false source address can make us send to it.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    sources: BTreeMap<Network, Window>,
}

impl Challenges {
    /// Counts one that is about to be sent. `false`: it must not be longer than the question.
    pub(crate) fn count(&mut self, source: IpAddr, now: Duration) -> bool {
        if self.sources.len() >= CHALLENGED_SOURCES {
            self.sources.retain(|_, window| now < window.start + MINUTE);
        }
        networks(source).into_iter().fold(true, |may, network| {
            let room = self.sources.len() < CHALLENGED_SOURCES || self.sources.contains_key(&network);
            let most = CHALLENGES_PER_MINUTE * network.factor();
            may && room && self.sources.entry(network).or_default().add(now, MINUTE) <= most
        })
    }

    /// A source has answered one: it is where it says.
    pub(crate) fn answered(&mut self, source: IpAddr) {
        for network in networks(source) {
            self.sources.remove(&network);
        }
    }
}

impl Network {
    /// How many times more the whole network may do.
    fn factor(self) -> u32 {
        match self {
            Network::Near(_) => 1,
            Network::Wide(_) => WIDER,
        }
    }
}

impl Record {
    fn fail(&mut self, network: Network, now: Duration) {
        let factor = network.factor();
        let often = self.minute.add(now, MINUTE) > FAILURES_PER_MINUTE * factor;
        let long = self.day.add(now, DAY) > FAILURES_PER_DAY * factor;
        if (often || long) && self.banned_until <= now {
            let length = BAN.saturating_mul(1_u32.checked_shl(self.bans).unwrap_or(u32::MAX));
            self.banned_until = now + length.min(LONGEST_BAN);
            self.bans = self.bans.saturating_add(1);
        }
    }
}

/// The address and the /24 around it; in IPv6, the /64 and its /48.
fn networks(source: IpAddr) -> [Network; 2] {
    match source.to_canonical() {
        IpAddr::V4(v4) => {
            let wide = Ipv4Addr::from_bits(v4.to_bits() & !0xff);
            [Network::Near(v4.into()), Network::Wide(wide.into())]
        }
        IpAddr::V6(v6) => {
            let cut = |bits: u32| IpAddr::from(Ipv6Addr::from_bits(v6.to_bits() >> bits << bits));
            [Network::Near(cut(64)), Network::Wide(cut(80))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_eleventh_failure_in_a_minute_bans_for_five_minutes_and_the_next_for_ten() {
        let mut bans = Bans::default();
        let guesser = source("203.0.113.9");
        let mut now = Duration::from_secs(100);
        for minutes in [5, 10] {
            for _ in 0..=FAILURES_PER_MINUTE {
                assert!(!bans.is_banned(guesser, now));
                bans.count(guesser, now);
            }
            assert!(bans.is_banned(guesser, now + Duration::from_secs(minutes * 60 - 1)));
            now += Duration::from_secs(minutes * 60);
            assert!(!bans.is_banned(guesser, now));
        }
        assert!(!bans.is_banned(source("203.0.113.10"), now), "its neighbours are not banned");
    }

    #[test]
    fn slow_guessing_is_noticed_within_the_day() {
        let mut bans = Bans::default();
        let guesser = source("2001:db8::1");
        for count in 0..=FAILURES_PER_DAY {
            assert!(!bans.is_banned(guesser, Duration::from_secs(u64::from(count) * 61)));
            bans.count(guesser, Duration::from_secs(u64::from(count) * 61));
        }
        let now = Duration::from_secs(u64::from(FAILURES_PER_DAY) * 61);
        assert!(bans.is_banned(source("2001:db8::ffff"), now), "a /64 is one source");
    }

    #[test]
    fn long_challenges_run_out_until_one_is_answered() {
        let mut challenges = Challenges::default();
        let phone = source("203.0.113.9");
        let now = Duration::from_secs(5);
        let granted = |challenges: &mut Challenges, now| (0..100).filter(|_| challenges.count(phone, now)).count();
        let most = usize::try_from(CHALLENGES_PER_MINUTE).expect("a small number");
        assert_eq!(granted(&mut challenges, now), most);
        challenges.answered(phone);
        assert_eq!(granted(&mut challenges, now), most);
        assert_eq!(granted(&mut challenges, now + MINUTE), most);
    }

    #[test]
    fn a_network_of_guessers_is_banned_as_a_whole() {
        let mut bans = Bans::default();
        for host in 0..=FAILURES_PER_MINUTE * WIDER {
            bans.count(source(&format!("203.0.113.{}", host % 50)), Duration::ZERO);
        }
        assert!(bans.is_banned(source("203.0.113.200"), Duration::from_secs(1)));
    }
}
