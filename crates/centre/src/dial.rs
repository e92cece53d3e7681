//! Calls that somebody of the house makes and nobody has answered yet: who
//! calls, whom, and what the one who calls hears meanwhile. Once answered, such
//! a call is a talk like any other.

use crate::journal::EndStatus;
use crate::talk::People;
use crate::{AgentKey, CallId};
use media::LegId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

/// A call that nobody has answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// The call.
    pub call: CallId,
    /// The agents at either end: each is in that state until somebody answers.
    pub people: People,
    /// The desk's ticket, so that a repeated wish makes no second call; none for a telephone.
    pub ticket: Option<u64>,
    /// The leg of whoever calls.
    pub seat: LegId,
    /// The leg of whoever is called.
    pub far: LegId,
    /// What the one who calls hears.
    pub hears: Hears,
    /// When nobody waits any longer.
    pub until: Duration,
}

/// What the one who calls hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hears {
    /// Nothing.
    Nothing,
    /// Our ring-back tone.
    Tone,
    /// What the far end plays (early media): the legs are joined already.
    FarEnd,
}

/// The calls that nobody has answered yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dials {
    by_call: BTreeMap<CallId, Dial>,
}

impl Dials {
    /// Somebody begins to call.
    pub fn begin(&mut self, dial: Dial) {
        self.by_call.insert(dial.call, dial);
    }

    /// A call that nobody has answered yet.
    pub fn get(&self, call: CallId) -> Option<&Dial> {
        self.by_call.get(&call)
    }

    /// Notes what the caller hears from now on; gives what it was before.
    pub fn turn(&mut self, call: CallId, hears: Hears) -> Option<Hears> {
        let dial = self.by_call.get_mut(&call)?;
        Some(std::mem::replace(&mut dial.hears, hears))
    }

    /// Somebody else is called from now on: by this leg, with the agent there.
    pub fn turn_far(&mut self, call: CallId, (far, agent): (LegId, Option<AgentKey>)) {
        if let Some(dial) = self.by_call.get_mut(&call) {
            dial.far = far;
            dial.people.far = agent;
        }
    }

    /// The call was answered, or is over.
    pub fn end(&mut self, call: CallId) -> Option<Dial> {
        self.by_call.remove(&call)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_call.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_call.is_empty()
    }
}

/// How a refused call ended, in the vendor's words (ref. 13.2): by the network's cause
/// (Q.850) where the carrier tells one, else by the SIP status (RFC 3398 §7.2.4.1 reversed).
// tidy: table
pub fn refused(status: u16, q850: Option<u16>) -> EndStatus {
    match q850 {
        Some(1..=3 | 22) => EndStatus::NumberNotExist,
        Some(17) => EndStatus::Busy,
        Some(18 | 19) => EndStatus::NotAnswer,
        Some(20) => EndStatus::PowerOff,
        Some(21) => EndStatus::UserReject,
        Some(27) => EndStatus::NotInService,
        Some(28) => EndStatus::NumberInvalid,
        Some(34 | 38 | 41..=44 | 47) => EndStatus::OperatorError,
        Some(52..=57 | 87) => EndStatus::CallRestricted,
        // Other causes say less than the status does.
        Some(_) | None => match status {
            // Who was called is elsewhere, where nobody may follow.
            300..=399 => EndStatus::NotAnswer,
            402 => EndStatus::OutOfCredit,
            403 | 433 | 608 => EndStatus::CarrierBlocked,
            404 | 410 | 604 => EndStatus::NumberNotExist,
            408 | 487 => EndStatus::NotAnswer,
            480 => EndStatus::PowerOff,
            484 => EndStatus::NumberInvalid,
            486 | 600 => EndStatus::Busy,
            603 | 607 => EndStatus::UserReject,
            _ => EndStatus::OperatorError,
        },
    }
}

/// What a telephone that called is told, when its call ended so before it was answered.
// tidy: table
pub fn told(status: EndStatus) -> u16 {
    match status {
        EndStatus::Busy => 486,
        EndStatus::UserReject | EndStatus::CarrierBlocked | EndStatus::CallRestricted => 603,
        EndStatus::NumberNotExist => 404,
        EndStatus::NumberInvalid => 484,
        EndStatus::OperatorError | EndStatus::OutOfCredit | EndStatus::Error => 503,
        EndStatus::CallerCancel | EndStatus::CallerCancelWhileRing => 487,
        EndStatus::NotAnswer
        | EndStatus::PowerOff
        | EndStatus::NotInService
        | EndStatus::ClientError
        | EndStatus::Ok
        | EndStatus::SeatGiveUp
        | EndStatus::IvrGiveUp
        | EndStatus::WaitingGiveUp
        | EndStatus::RingingGiveUp
        | EndStatus::NoSeatOnline
        | EndStatus::IvrEnd => 480,
    }
}

/// Tones that we make ourselves, as China's network sounds them. (YD/T 729)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The far end rings: 450 Hz, 1 s on, 4 s off.
    RingBack,
    /// The far end is busy: 450 Hz, 0.35 s on and off.
    Busy,
    /// Nothing, for whoever is held where there is no music.
    Silence,
}

impl Tone {
    /// All of them, for whoever loads them.
    pub const ALL: [Tone; 3] = [Tone::RingBack, Tone::Busy, Tone::Silence];

    /// How the media engine knows it. Sound files of applications never get that far.
    pub fn sound(self) -> media::SoundId {
        match self {
            Tone::RingBack => media::SoundId(u64::MAX),
            Tone::Busy => media::SoundId(u64::MAX - 1),
            Tone::Silence => media::SoundId(u64::MAX - 2),
        }
    }

    /// How often it is played; 0 until it is stopped.
    pub fn times(self) -> u32 {
        match self {
            Tone::RingBack | Tone::Silence => 0,
            Tone::Busy => 4,
        }
    }

    /// One turn of it, at 8 kHz.
    pub fn samples(self) -> Arc<[i16]> {
        let (on, off) = match self {
            Tone::RingBack => (8_000, 32_000),
            Tone::Busy => (2_800, 2_800),
            Tone::Silence => (0, 8_000),
        };
        // −10 dBm0 (YD/T 729): about a fifth of full scale.
        let wave = |index: u32| (f64::from(index) * 450.0 / 8_000.0 * TAU).sin() * 7_000.0;
        (0..on).map(|index| wave(index) as i16).chain((0..off).map(|_| 0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_cause_goes_before_the_status() {
        assert_eq!(refused(486, None), EndStatus::Busy);
        assert_eq!(refused(480, Some(18)), EndStatus::NotAnswer);
        assert_eq!(refused(503, Some(16)), EndStatus::OperatorError);
        assert_eq!(refused(404, None), EndStatus::NumberNotExist);
        assert_eq!(refused(603, Some(17)), EndStatus::Busy);
    }

    #[test]
    fn a_tone_sounds_for_its_time_and_is_silent_for_the_rest() {
        let tone = Tone::RingBack.samples();
        assert_eq!(tone.len(), 5 * 8_000);
        let crossings = tone[..8_000].windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
        assert!((895..=900).contains(&crossings), "{crossings}");
        assert!(tone[8_000..].iter().all(|sample| *sample == 0));
    }
}
