//! Digits as telephone events (RFC 4733): a receiver that tells each press
//! once, however many of its packets are lost or repeated, and a sender that
//! presses keys one after another.

use crate::limits::{LATE_PRESS_TICKS, MAX_DIGITS_WAITING};
use std::collections::VecDeque;

/// The body of one telephone-event packet. (rfc4733:2.3)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Which key, 0–15 for digits.
    pub code: u8,
    /// Whether the key is up again.
    pub end: bool,
    /// Loudness below zero in dBm0, 0–63.
    pub volume: u8,
    /// How long it is down, in the clock of its payload type.
    pub duration: u16,
}

impl Report {
    /// Reads a payload; what follows the first report is not looked at.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Report> {
        let ([code, flags, high, low], _) = payload.split_first_chunk::<4>()?;
        Some(Report {
            code: *code,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([*high, *low]),
        })
    }

    /// Writes a payload.
    #[must_use]
    pub fn write(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        let flags = (u8::from(self.end) << 7) | (self.volume & 0x3f);
        [self.code, flags, high, low]
    }
}

/// The digit of an event code, if it is one.
#[must_use]
pub fn digit_of(code: u8) -> Option<char> {
    Some(match code {
        0..=9 => char::from(b'0' + code),
        10 => '*',
        11 => '#',
        12..=15 => char::from(b'A' + (code - 12)),
        _ => return None,
    })
}

/// The event code of a digit.
#[must_use]
pub fn code_of(digit: char) -> Option<u8> {
    let byte = u8::try_from(digit).ok()?;
    Some(match byte {
        b'0'..=b'9' => byte - b'0',
        b'*' => 10,
        b'#' => 11,
        b'A'..=b'D' => byte - b'A' + 12,
        b'a'..=b'd' => byte - b'a' + 12,
        _ => return None,
    })
}

/// Hears key presses on one leg.
#[derive(Debug, Default)]
pub struct Receiver {
    last: Option<Press>,
}

#[derive(Debug, Clone, Copy)]
struct Press {
    ssrc: u32,
    /// Timestamp of its first packet: all packets of a press share it.
    timestamp: u32,
    /// Its newest packet.
    sequence: u64,
    code: u8,
    ended: bool,
}

/// Where a report stands in what its source sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its source.
    pub ssrc: u32,
    /// Its sequence number without wraps.
    pub sequence: u64,
    /// Its timestamp.
    pub timestamp: u32,
}

impl Receiver {
    /// Takes one packet; gives the digit if it is the first that we see of a press.
    pub fn receive(&mut self, place: Place, report: Report) -> Option<char> {
        let Place { ssrc, sequence, timestamp } = place;
        let press = Press { ssrc, timestamp, sequence, code: report.code, ended: report.end };
        if let Some(last) = self.last.as_mut().filter(|last| last.ssrc == ssrc) {
            let ahead = timestamp.wrapping_sub(last.timestamp);
            if ahead == 0 {
                last.sequence = last.sequence.max(sequence);
                last.ended |= report.end;
                return None;
            }
            let behind = last.timestamp.wrapping_sub(timestamp);
            if sequence < last.sequence || behind < LATE_PRESS_TICKS {
                // A late packet of an earlier press, which was told then. What
                // is further back in time but not in sequence is no such: the
                // source has restarted its clock.
                return None;
            }
            // rfc4733:2.5.1.3 — a key held longer than the field can count goes
            // on in a segment that starts where the last one ended.
            if !last.ended && last.code == report.code && ahead == u32::from(u16::MAX) {
                *last = press;
                return None;
            }
        }
        self.last = Some(press);
        digit_of(report.code)
    }
}

/// Presses keys on one leg: 100 ms each, its end told three times, then 60 ms
/// of pause. (rfc4733:2.5.1.4)
#[derive(Debug, Default)]
pub struct Sender {
    waiting: VecDeque<u8>,
    /// Ticks since the key went down.
    step: u16,
}

/// What the sender wants on the wire at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A key goes down: a new timestamp, with the marker bit.
    Down(Report),
    /// The same press goes on, or its end is repeated.
    Goes(Report),
    /// The pause between two keys.
    Pause,
}

impl Sender {
    const PRESSED: u16 = 5;
    const END_COPIES: u16 = 2;
    const PAUSE: u16 = 3;

    /// Appends digits; what is not a digit is left out.
    pub fn press(&mut self, digits: &str) {
        let room = MAX_DIGITS_WAITING.saturating_sub(self.waiting.len());
        self.waiting.extend(digits.chars().filter_map(code_of).take(room));
    }

    /// Whether nothing is left to send.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What to send at this tick; `frame` is its length in the event's clock.
    pub fn tick(&mut self, frame: u16) -> Option<Step> {
        let code = *self.waiting.front()?;
        self.step += 1;
        let step = self.step;
        if step > Self::PRESSED + Self::END_COPIES {
            if step >= Self::PRESSED + Self::END_COPIES + Self::PAUSE {
                self.waiting.pop_front();
                self.step = 0;
            }
            return Some(Step::Pause);
        }
        let report = Report {
            code,
            end: step >= Self::PRESSED,
            volume: 10,
            duration: frame.saturating_mul(step.min(Self::PRESSED)),
        };
        Some(if step == 1 { Step::Down(report) } else { Step::Goes(report) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(digits: &str) -> Vec<(u32, Report)> {
        let mut sender = Sender::default();
        sender.press(digits);
        let (mut at, mut started, mut packets) = (1_000u32, 0, Vec::new());
        while let Some(step) = sender.tick(160) {
            match step {
                Step::Down(report) => {
                    started = at;
                    packets.push((started, report));
                }
                Step::Goes(report) => packets.push((started, report)),
                Step::Pause => {}
            }
            at += 160;
        }
        packets
    }

    /// Takes packets in this order, numbered as they were sent.
    fn heard_of(packets: &[(u64, (u32, Report))]) -> String {
        let mut receiver = Receiver::default();
        let place = |sequence, timestamp| Place { ssrc: 7, sequence, timestamp };
        packets
            .iter()
            .filter_map(|(sequence, (timestamp, report))| receiver.receive(place(*sequence, *timestamp), *report))
            .collect()
    }

    fn numbered(packets: &[(u32, Report)]) -> Vec<(u64, (u32, Report))> {
        (65_536..).zip(packets.iter().copied()).collect()
    }

    fn heard(packets: &[(u32, Report)]) -> String {
        heard_of(&numbered(packets))
    }

    #[test]
    fn a_press_is_five_reports_and_its_end_comes_three_times() {
        let packets = sent("5");
        let ends: Vec<bool> = packets.iter().map(|(_, report)| report.end).collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        assert_eq!(packets.last().map(|(_, report)| report.duration), Some(800));
        assert_eq!(packets[0].1.write(), [5, 10, 0, 160]);
    }

    #[test]
    fn every_digit_is_told_once_and_in_order() {
        assert_eq!(heard(&sent("0123456789*#ABCDd")), "0123456789*#ABCDD");
        assert_eq!(heard(&sent("1155")), "1155");
    }

    #[test]
    fn any_single_surviving_packet_of_a_press_tells_it() {
        let all = sent("42");
        for first in 0..7 {
            for second in 7..14 {
                assert_eq!(heard(&[all[first], all[second]]), "42");
            }
        }
    }

    #[test]
    fn late_packets_of_an_earlier_press_say_nothing() {
        let mut packets = numbered(&sent("42"));
        packets.swap(6, 8);
        packets.swap(5, 10);
        assert_eq!(heard_of(&packets), "42");
        // Some gateways repeat the end of a press with a new number.
        let mut repeated = sent("42");
        repeated.insert(9, repeated[6]);
        assert_eq!(heard(&repeated), "42");
    }

    #[test]
    fn keys_are_heard_after_a_source_has_restarted_its_clock() {
        let before: Vec<_> = sent("42").into_iter().map(|(at, report)| (at + 900_000, report)).collect();
        let after = sent("17");
        assert_eq!(heard(&[before, after].concat()), "4217");
    }

    #[test]
    fn a_key_held_for_ten_seconds_is_one_press() {
        let down = Report { code: 1, end: false, volume: 10, duration: u16::MAX };
        let up = Report { code: 1, end: true, volume: 10, duration: 9_000 };
        assert_eq!(heard(&[(0, down), (65_535, down), (65_535, up)]), "1");
    }

    #[test]
    fn what_is_no_digit_is_not_sent_and_a_flash_is_not_told() {
        assert!(sent("x y").is_empty());
        let flash = Report { code: 16, end: false, volume: 10, duration: 160 };
        assert_eq!(heard(&[(0, flash)]), "");
    }
}
