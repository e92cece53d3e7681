//! How each leg of a call sounds: what the media engine counts, told apart by
//! call. A browser's leg outlives its calls, so that its figures are taken in
//! stretches: one for each call, one for each time between them.

use crate::leg::Kind;
use crate::limits::{MEASURED_WITHIN, SAME_SILENCE};
use crate::{CallId, StaffId};
pub use media::Codec;
use media::{LegFigures, LegId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// Which side of a call a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who calls us, or is called.
    Customer,
    /// Who serves or makes the call.
    Seat,
}

/// Whose sound a leg carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Which side of the call.
    pub side: Side,
    /// What is at the far end.
    pub kind: Kind,
    /// The agent who speaks there, if it is one.
    pub agent: Option<StaffId>,
}

/// How one leg of a call sounded, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegSound {
    /// Whose sound.
    pub party: Party,
    /// The codec that was sent to it.
    pub codec: Option<Codec>,
    /// RTP packets received.
    pub received: u64,
    /// RTP packets sent.
    pub sent: u64,
    /// Packets missing by sequence number.
    pub lost: u64,
    /// Packets of ours that the far end missed, by its reports.
    pub remote_lost: u32,
    /// Interarrival jitter at the end, in microseconds. (RFC 3550 §6.4.1)
    pub jitter_us: u32,
    /// There and back, in microseconds; 0 if no report showed it.
    pub round_trip_us: u32,
    /// Estimated mean opinion score in hundredths, 100 to 450; 0 when nothing was heard.
    pub mos: u16,
    /// Where its sound went to.
    pub remote: Option<SocketAddr>,
    /// How often nothing was heard from it although it was not held.
    pub silences: u32,
    /// How long these silences were together, in milliseconds.
    pub silent_ms: u64,
}

/// How one leg of a call sounds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sounding {
    /// The newest figures, at most some seconds old; none before the first.
    pub figures: Option<LegFigures>,
    /// Since when nothing is heard from it.
    pub silent_since: Option<Duration>,
}

/// How all legs sound.
#[derive(Debug, Clone, Default)]
pub struct Soundings {
    /// The moment of the change that is under way.
    now: Duration,
    legs: BTreeMap<LegId, Leg>,
    /// When the media engine was asked to measure which leg, in order.
    asked: VecDeque<(Duration, LegId)>,
    /// Stretches of a call that are not measured yet; no call has 0.
    awaited: BTreeMap<CallId, usize>,
}

#[derive(Debug, Clone)]
struct Leg {
    /// In order; the media engine measures the first one next. Never empty.
    stretches: VecDeque<Stretch>,
    /// The newest figures of the first.
    figures: Option<LegFigures>,
}

/// A part of a leg's life.
#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    /// The call that it belongs to.
    of: Option<(CallId, Party)>,
    /// When the media engine was asked to measure it.
    asked: Option<Duration>,
    silent_since: Option<Duration>,
    silences: u32,
    silent: Duration,
}

/// A stretch that was measured, and its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The call.
    pub call: CallId,
    /// How it sounded.
    pub sound: LegSound,
    /// Whether nothing of the call remains to be measured.
    pub last: bool,
}

impl Soundings {
    /// A change begins: what it does to legs, it does now.
    pub fn pass_time(&mut self, now: Duration) {
        self.now = now;
    }

    /// From now on a leg that outlives its calls carries this one. The media
    /// engine is to be asked to measure what was before.
    pub fn begin(&mut self, leg: LegId, of: (CallId, Party)) {
        self.turn(leg, Some(of));
    }

    /// It carries no call any more. Gives whether the media engine is to be asked
    /// to measure it: a leg that is being closed is measured anyway.
    pub fn end(&mut self, leg: LegId) -> bool {
        let last = self.legs.get(&leg).and_then(|leg| leg.stretches.back());
        let open = last.is_some_and(|last| last.of.is_some() && last.asked.is_none());
        if open {
            self.turn(leg, None);
        }
        open
    }

    fn turn(&mut self, id: LegId, of: Option<(CallId, Party)>) {
        self.legs.entry(id).or_default();
        self.close(id);
        let leg = self.legs.entry(id).or_default();
        leg.stretches.push_back(Stretch { of, ..Stretch::default() });
        if let Some((call, _)) = of {
            *self.awaited.entry(call).or_default() += 1;
        }
    }

    /// A leg that lives for one call belongs to this one. Gives the call that it was of, if
    /// nothing of that remains to be measured.
    pub fn assign(&mut self, leg: LegId, of: (CallId, Party)) -> Option<CallId> {
        let last = self.legs.entry(leg).or_default().stretches.back_mut();
        let last = last.filter(|last| last.asked.is_none())?;
        let before = last.of.replace(of).map(|(call, _)| call);
        if before == Some(of.0) {
            return None;
        }
        *self.awaited.entry(of.0).or_default() += 1;
        before.and_then(|before| self.release(before))
    }

    /// A leg is being closed: the media engine measures what it carries.
    pub fn close(&mut self, leg: LegId) {
        let now = self.now;
        let last = self.legs.get_mut(&leg).and_then(|leg| leg.stretches.back_mut());
        if last.is_some_and(|last| last.ask(now)) {
            self.asked.push_back((now, leg));
        }
    }

    /// The media engine has no such leg. Gives calls of which nothing remains to be measured.
    pub fn forget(&mut self, leg: LegId) -> Vec<CallId> {
        let stretches = self.legs.remove(&leg).map(|leg| leg.stretches).unwrap_or_default();
        stretches.iter().filter_map(|stretch| self.settle(stretch)).collect()
    }

    /// The media engine tells how a leg sounds.
    pub fn note(&mut self, leg: LegId, figures: LegFigures) {
        self.legs.entry(leg).or_default().figures = Some(figures);
    }

    /// The media engine has measured a leg. `None` if that was of no call.
    pub fn measured(&mut self, id: LegId, figures: &LegFigures) -> Option<Measured> {
        let leg = self.legs.get_mut(&id)?;
        leg.stretches.front()?.asked?;
        let stretch = leg.next()?;
        if leg.stretches.is_empty() {
            self.legs.remove(&id);
        }
        let last = self.settle(&stretch).is_some();
        let (call, party) = stretch.of?;
        Some(Measured { call, sound: stretch.sound(party, figures), last })
    }

    /// Gives up measurements that never came. Gives calls of which nothing remains to be measured.
    pub fn give_up(&mut self) -> Vec<CallId> {
        let mut given_up = Vec::new();
        while let Some((at, id)) = self.asked.front().copied().filter(|(at, _)| *at + MEASURED_WITHIN <= self.now) {
            self.asked.pop_front();
            let Some(leg) = self.legs.get_mut(&id) else { continue };
            while leg.stretches.front().is_some_and(|first| first.asked.is_some_and(|asked| asked <= at)) {
                given_up.extend(leg.next());
            }
            if leg.stretches.is_empty() {
                self.legs.remove(&id);
            }
        }
        given_up.iter().filter_map(|stretch| self.settle(stretch)).collect()
    }

    /// Nothing has been heard from a leg for this long. Gives which silence that
    /// is, 1 for the first, if it is a new one.
    pub fn silent(&mut self, leg: LegId, lasted: Duration) -> Option<u32> {
        let since = self.now.saturating_sub(lasted);
        let stretch = self.legs.entry(leg).or_default().stretches.back_mut()?;
        if let Some(before) = stretch.silent_since {
            // Each telling comes on its own way and a little late.
            if since <= before + SAME_SILENCE {
                return None;
            }
            stretch.heard(since);
        }
        stretch.silent_since = Some(since);
        stretch.silences = stretch.silences.saturating_add(1);
        Some(stretch.silences)
    }

    /// A leg is heard again. Gives which silence that ended, and how long it was.
    pub fn heard(&mut self, leg: LegId) -> Option<(u32, Duration)> {
        let now = self.now;
        let stretch = self.legs.get_mut(&leg)?.stretches.back_mut()?;
        let since = stretch.silent_since?;
        stretch.heard(now);
        Some((stretch.silences, now.saturating_sub(since)))
    }

    /// How a leg sounds now.
    pub fn now(&self, leg: LegId) -> Option<Sounding> {
        let leg = self.legs.get(&leg)?;
        let last = leg.stretches.back()?;
        // Older figures are of what it carried before.
        let figures = leg.figures.filter(|_| leg.stretches.len() == 1);
        Some(Sounding { figures, silent_since: last.silent_since })
    }

    /// The call that a leg carries which outlives its calls.
    pub fn call_on(&self, leg: LegId) -> Option<(CallId, Party)> {
        self.legs.get(&leg)?.stretches.back()?.of
    }

    /// Whether something of a call remains to be measured.
    pub fn awaits(&self, call: CallId) -> bool {
        self.awaited.contains_key(&call)
    }

    /// Legs of which something is known.
    pub fn len(&self) -> usize {
        self.legs.len()
    }

    /// Whether nothing is known of any leg.
    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// One stretch less; gives its call if that was the last one.
    fn settle(&mut self, stretch: &Stretch) -> Option<CallId> {
        stretch.of.and_then(|(call, _)| self.release(call))
    }

    fn release(&mut self, call: CallId) -> Option<CallId> {
        let left = self.awaited.get_mut(&call)?;
        *left -= 1;
        if *left > 0 {
            return None;
        }
        self.awaited.remove(&call);
        Some(call)
    }
}

impl Default for Leg {
    fn default() -> Leg {
        Leg { stretches: VecDeque::from([Stretch::default()]), figures: None }
    }
}

impl Leg {
    /// Takes the first stretch out.
    fn next(&mut self) -> Option<Stretch> {
        self.figures = None;
        self.stretches.pop_front()
    }
}

impl Stretch {
    /// Its end; says whether it had none yet.
    fn ask(&mut self, now: Duration) -> bool {
        let first = self.asked.is_none();
        if first {
            self.heard(now);
            self.asked = Some(now);
        }
        first
    }

    fn heard(&mut self, now: Duration) {
        if let Some(since) = self.silent_since.take() {
            self.silent += now.saturating_sub(since);
        }
    }

    fn sound(&self, party: Party, figures: &LegFigures) -> LegSound {
        LegSound {
            party,
            codec: figures.codec,
            received: figures.received,
            sent: figures.sent,
            lost: figures.lost,
            remote_lost: figures.remote_lost,
            jitter_us: figures.jitter_us,
            round_trip_us: figures.round_trip_us,
            mos: figures.mos,
            remote: figures.remote,
            silences: self.silences,
            silent_ms: u64::try_from(self.silent.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const LEG: LegId = LegId(7);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn call(number: u128) -> (CallId, Party) {
        (CallId(Uuid::from_u128(number)), Party { side: Side::Seat, kind: Kind::Browser, agent: Some(StaffId(1)) })
    }

    fn figures(received: u64) -> LegFigures {
        LegFigures { received, ..LegFigures::default() }
    }

    #[test]
    fn two_calls_in_a_row_on_one_page_have_their_own_figures_each() {
        let mut soundings = Soundings::default();
        soundings.begin(LEG, call(1));
        assert!(soundings.end(LEG));
        soundings.begin(LEG, call(2));
        soundings.note(LEG, figures(3));
        assert_eq!(soundings.now(LEG).expect("a leg").figures, None, "these are of the time before the calls");
        assert_eq!(soundings.measured(LEG, &figures(3)), None, "before the first call");
        let first = soundings.measured(LEG, &figures(50)).expect("the first call");
        assert_eq!((first.call, first.sound.received, first.last), (call(1).0, 50, true));
        assert_eq!(soundings.measured(LEG, &figures(0)), None, "between them");
        assert!(soundings.awaits(call(2).0));
        assert_eq!(soundings.measured(LEG, &figures(9)), None, "nobody asked for it");
        soundings.note(LEG, figures(70));
        assert_eq!(soundings.now(LEG).and_then(|now| now.figures), Some(figures(70)));
        soundings.close(LEG);
        let second = soundings.measured(LEG, &figures(80)).expect("the second call");
        assert_eq!((second.call, second.sound.received, second.last), (call(2).0, 80, true));
        assert!(soundings.is_empty());
    }

    #[test]
    fn silences_are_counted_and_added_up_until_the_end() {
        let mut soundings = Soundings::default();
        let then = |seconds, soundings: &mut Soundings| soundings.pass_time(at(seconds));
        then(20, &mut soundings);
        assert_eq!(soundings.silent(LEG, at(10)), Some(1));
        then(50, &mut soundings);
        assert_eq!(soundings.silent(LEG, at(40)), None, "it only lasts");
        then(55, &mut soundings);
        assert_eq!(soundings.heard(LEG), Some((1, at(45))));
        assert_eq!(soundings.heard(LEG), None);
        then(70, &mut soundings);
        assert_eq!(soundings.silent(LEG, at(10)), Some(2));
        // Bridged to somebody else: a silence of its own.
        then(100, &mut soundings);
        assert_eq!(soundings.silent(LEG, at(10)), Some(3));
        then(120, &mut soundings);
        soundings.assign(LEG, call(1));
        soundings.close(LEG);
        let sound = soundings.measured(LEG, &figures(1)).expect("a call").sound;
        assert_eq!((sound.silences, sound.silent_ms), (3, 45_000 + 30_000 + 30_000));
    }

    #[test]
    fn a_leg_that_moves_to_another_call_is_measured_for_that() {
        let mut soundings = Soundings::default();
        soundings.assign(LEG, call(1));
        soundings.assign(LEG, call(2));
        assert!(!soundings.awaits(call(1).0));
        soundings.close(LEG);
        assert_eq!(soundings.measured(LEG, &figures(1)).map(|measured| measured.call), Some(call(2).0));
    }

    #[test]
    fn what_is_never_measured_is_given_up() {
        let mut soundings = Soundings::default();
        soundings.begin(LEG, call(1));
        soundings.assign(LegId(8), call(1));
        soundings.close(LegId(8));
        assert!(soundings.end(LEG) && !soundings.end(LEG));
        assert_eq!(soundings.give_up(), []);
        soundings.pass_time(MEASURED_WITHIN);
        assert_eq!(soundings.give_up(), [call(1).0]);
        assert!(!soundings.awaits(call(1).0));
        assert_eq!(soundings.len(), 1, "the page is still there");
        assert_eq!(soundings.forget(LEG), []);
        assert!(soundings.is_empty());
    }
}
