//! How the legs of calls sounded, summed up for `/metrics`: a histogram each of
//! score, loss and jitter for every kind of leg. Only legs that are over count.

use crate::leg::Kind;
use crate::sounding::LegSound;

/// Upper bounds of the score in hundredths: where G.107 puts "nearly all users
/// dissatisfied", "many", "some", and "satisfied". (ITU-T G.107 annex B)
pub const MOS_BOUNDS: [u64; 5] = [260, 310, 360, 400, 430];
/// Upper bounds of the loss in millionths of the packets.
pub const LOSS_BOUNDS: [u64; 5] = [1_000, 5_000, 10_000, 20_000, 50_000];
/// Upper bounds of the jitter in microseconds.
pub const JITTER_BOUNDS: [u64; 5] = [5_000, 10_000, 20_000, 50_000, 100_000];

/// The sums of all kinds of legs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SoundSums {
    /// Legs to carriers.
    pub trunk: KindSums,
    /// Legs to telephones.
    pub phone: KindSums,
    /// Legs to agents' pages, one for each call.
    pub browser: KindSums,
}

/// The sums of one kind of legs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindSums {
    /// Score in hundredths, of legs that were heard at all.
    pub mos: Histogram,
    /// Loss in millionths, of the same legs.
    pub loss: Histogram,
    /// Jitter in microseconds, of the same legs.
    pub jitter: Histogram,
    /// Legs from which nothing was ever heard.
    pub unheard: u64,
    /// Times that nothing was heard from a leg for long.
    pub silences: u64,
    /// Legs that were given up because nothing came from them any more.
    pub dead: u64,
}

/// How often a value was how large.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Values up to each bound and above the one before, then those above all.
    pub counts: [u64; 6],
    /// All values together.
    pub sum: u64,
}

impl Histogram {
    /// One value more.
    pub fn add(&mut self, value: u64, bounds: &[u64; 5]) {
        let place = bounds.iter().position(|bound| value <= *bound).unwrap_or(bounds.len());
        self.counts[place] += 1;
        self.sum = self.sum.saturating_add(value);
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl SoundSums {
    /// A leg that is over.
    pub fn count(&mut self, sound: &LegSound) {
        let Some(sums) = self.of(sound.party.kind) else { return };
        if sound.received == 0 {
            sums.unheard += 1;
            return;
        }
        let expected = sound.received.saturating_add(sound.lost);
        sums.mos.add(sound.mos.into(), &MOS_BOUNDS);
        sums.loss.add(sound.lost.saturating_mul(1_000_000) / expected.max(1), &LOSS_BOUNDS);
        sums.jitter.add(sound.jitter_us.into(), &JITTER_BOUNDS);
    }

    /// Nothing is heard from a leg of this kind.
    pub fn silent(&mut self, kind: Kind) {
        if let Some(sums) = self.of(kind) {
            sums.silences += 1;
        }
    }

    /// A leg of this kind is dead.
    pub fn dead(&mut self, kind: Kind) {
        if let Some(sums) = self.of(kind) {
            sums.dead += 1;
        }
    }

    fn of(&mut self, kind: Kind) -> Option<&mut KindSums> {
        match kind {
            Kind::Trunk(_) => Some(&mut self.trunk),
            Kind::Phone(_) => Some(&mut self.phone),
            Kind::Browser => Some(&mut self.browser),
            // It has no line that could be bad.
            Kind::Virtual => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_in_the_first_bucket_that_holds_it() {
        let mut histogram = Histogram::default();
        for value in [0, 1_000, 1_001, 50_001] {
            histogram.add(value, &LOSS_BOUNDS);
        }
        assert_eq!((histogram.counts, histogram.sum), ([2, 1, 0, 0, 0, 1], 52_002));
    }
}
