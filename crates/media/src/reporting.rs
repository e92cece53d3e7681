//! The reports of one plain leg: when they are due, what they say, and what the
//! peer's reports tell us about the way to it.

use crate::limits::{MAX_ROUND_TRIP, REPORT_EVERY};
use crate::rtcp::{Block, Heard};
use crate::stream::Reception;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How the far end hears us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FarEnd {
    /// There and back, in microseconds; 0 until known.
    pub round_trip_us: u32,
    /// Packets of ours that it missed.
    pub lost: u32,
    /// The jitter that it sees, in microseconds.
    pub jitter_us: u32,
}

/// The state of a leg's reports.
#[derive(Debug)]
pub struct Reporting {
    /// Our name for the call. (rfc7022:4.2)
    pub name: [u8; 16],
    /// When the next is due.
    pub due: Duration,
    /// Packets that we had sent by the last one.
    pub sent_before: u64,
    /// How the far end hears us.
    pub far_end: FarEnd,
    /// When it was last heard, or the leg opened.
    pub heard_at: Duration,
    /// The peer's newest sender report: source, middle of its time, when it came.
    newest: Option<(u32, u32, Duration)>,
    /// Where the peer's reports come from, if they travel apart.
    pub from: Option<SocketAddr>,
}

impl Reporting {
    /// Nothing reported yet. `luck` names the leg and spreads its reports.
    #[must_use]
    pub fn new(luck: [u32; 4], now: Duration) -> Reporting {
        let [first, ..] = luck;
        let name = luck.map(|word| word.to_be_bytes()).concat();
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letter = |at: usize| letters[usize::from(name.get(at).copied().unwrap_or(0) & 63)];
        Reporting {
            name: std::array::from_fn(letter),
            // rfc3550:6.2 — the first one comes after half the time.
            due: now + spread(first) / 2,
            sent_before: 0,
            far_end: FarEnd::default(),
            heard_at: now,
            newest: None,
            from: None,
        }
    }

    /// The next report comes in half to one and a half of the usual time, so that
    /// those of many legs do not come at once. (rfc3550:6.3.1)
    pub fn put_off(&mut self, luck: u32, now: Duration) {
        self.due = now + spread(luck);
    }

    /// How we hear the peer, for it to know.
    pub fn block(&self, reception: &mut Reception, now: Duration) -> Option<Block> {
        let block = reception.report()?;
        let Some((_, middle, came)) = self.newest.filter(|(ssrc, _, _)| *ssrc == block.ssrc) else {
            return Some(block);
        };
        Some(Block { last_report: middle, since_last: middle_of(now.saturating_sub(came)), ..block })
    }

    /// Takes a report of the peer; `clock` is that of what we send.
    pub fn hear(&mut self, heard: &Heard, clock: u32, now: Duration) {
        self.heard_at = now;
        if let Some((ssrc, middle)) = heard.sender {
            self.newest = Some((ssrc, middle, now));
        }
        let Some(block) = heard.block else {
            return;
        };
        self.far_end.lost = u32::try_from(block.lost).unwrap_or(0);
        let jitter = u64::from(block.jitter) * 1_000_000 / u64::from(clock.max(1));
        self.far_end.jitter_us = u32::try_from(jitter).unwrap_or(u32::MAX);
        // rfc3550:6.4.1 — now, less when it was sent, less how long it lay there.
        let away = middle_of(now).wrapping_sub(block.last_report).wrapping_sub(block.since_last);
        let away = Duration::from_micros((u64::from(away) * 1_000_000) >> 16);
        if block.last_report != 0 && away <= MAX_ROUND_TRIP {
            self.far_end.round_trip_us = u32::try_from(away.as_micros()).unwrap_or(u32::MAX).max(1);
        }
    }

    /// Where reports go, beside the sound to `sound`; `signalled` is where the
    /// peer wants them. Never to another host.
    #[must_use]
    pub fn target(&self, sound: SocketAddr, signalled: Option<SocketAddr>) -> Option<SocketAddr> {
        let near = |address: &SocketAddr| is_same_host(address.ip(), sound.ip());
        let next = sound.port().checked_add(1).map(|port| SocketAddr::new(sound.ip(), port));
        self.from.filter(near).or(signalled.filter(near)).or(next)
    }
}

/// Whether two addresses name one host, whatever their family says.
#[must_use]
pub fn is_same_host(one: IpAddr, other: IpAddr) -> bool {
    one.to_canonical() == other.to_canonical()
}

/// The time of a sender report. We have no calendar, and count from our start,
/// which is allowed. (rfc3550:6.4.1)
#[must_use]
pub fn time_of(now: Duration) -> u64 {
    let parts = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    (now.as_secs() << 32) | parts
}

/// Its middle 32 bits: 65536ths of a second.
fn middle_of(now: Duration) -> u32 {
    (time_of(now) >> 16) as u32
}

fn spread(luck: u32) -> Duration {
    REPORT_EVERY / 2 + REPORT_EVERY * (luck >> 16) / 0x1_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn block(last_report: u32, since_last: u32) -> Heard {
        let block = Block { ssrc: 1, fraction: 0, lost: -2, highest: 0, jitter: 80, last_report, since_last };
        Heard { sender: None, block: Some(block) }
    }

    #[test]
    fn the_way_there_and_back_is_what_the_far_end_did_not_keep_the_report_for() {
        let mut reporting = Reporting::new([0; 4], at(0));
        reporting.hear(&block(middle_of(at(100_000)), middle_of(at(2_000))), 8_000, at(102_150));
        assert!((149_000..=151_000).contains(&reporting.far_end.round_trip_us), "{:?}", reporting.far_end);
        assert_eq!((reporting.far_end.lost, reporting.far_end.jitter_us), (0, 10_000));
        let before = reporting.far_end;
        for nonsense in [block(0, 0), block(middle_of(at(200_000)), 0), block(1, u32::MAX), block(u32::MAX, 9)] {
            reporting.hear(&nonsense, 8_000, at(102_200));
            assert_eq!(reporting.far_end.round_trip_us, before.round_trip_us, "{nonsense:?}");
        }
    }

    #[test]
    fn reports_go_where_they_come_from_or_were_asked_for_but_never_to_another_host() {
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let sound = address("192.0.2.7:4000");
        let mut reporting = Reporting::new([0; 4], at(0));
        assert_eq!(reporting.target(sound, None), Some(address("192.0.2.7:4001")));
        assert_eq!(reporting.target(sound, Some(address("192.0.2.7:9000"))), Some(address("192.0.2.7:9000")));
        assert_eq!(reporting.target(sound, Some(address("203.0.113.9:9000"))), Some(address("192.0.2.7:4001")));
        reporting.from = Some(address("[::ffff:192.0.2.7]:7000"));
        assert_eq!(reporting.target(sound, Some(address("192.0.2.7:9000"))), reporting.from);
        assert_eq!(Reporting::new([0; 4], at(0)).target(address("192.0.2.7:65535"), None), None);
    }

    #[test]
    fn reports_of_many_legs_are_spread_over_the_time() {
        let dues: Vec<_> = (0..=u16::MAX).step_by(257).map(|luck| spread(u32::from(luck) << 16)).collect();
        assert_eq!(dues[0], REPORT_EVERY / 2);
        assert!(dues.is_sorted() && *dues.last().expect("some") < REPORT_EVERY * 3 / 2);
    }
}
