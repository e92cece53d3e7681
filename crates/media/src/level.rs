//! How loud sound is, in dBm0: a sine at full scale is +3. Meters for those who
//! watch, and the average of a leg while somebody speaks on it.

/// What silence is told as.
pub const SILENT_DBM0: i8 = -99;

/// Mean square of a sine at 0 dBm0: one at full scale is +3.14. (G.711 table 5)
const ZERO_DBM0: f64 = 32_767.0 * 32_767.0 / 2.0 / 2.060_6;

/// A packet that is fainter than -42 dBm0 is a pause, not speech.
const SPEECH_DBM0: f64 = -42.0;

/// The meters of one leg that is watched.
#[derive(Debug, Default)]
pub struct Meters {
    /// What it says.
    pub said: Meter,
    /// What it hears.
    pub heard: Meter,
}

/// Gathers sound until it is read.
#[derive(Debug, Default)]
pub struct Meter {
    squares: u64,
    samples: u64,
}

/// The average level of the packets that were speech.
#[derive(Debug, Default)]
pub struct Speech(Meter);

impl Meter {
    /// Takes sound into account.
    pub fn take(&mut self, sound: &[i16]) {
        self.squares += squares(sound);
        self.samples += sound.len() as u64;
    }

    /// The level since it was last read.
    pub fn read(&mut self) -> i8 {
        std::mem::take(self).level()
    }

    fn level(&self) -> i8 {
        decibels(self.squares, self.samples).map_or(SILENT_DBM0, |level| {
            // Within -90 and 6, whatever the samples are.
            level.round().clamp(f64::from(SILENT_DBM0), 20.0) as i8
        })
    }
}

impl Speech {
    /// Takes the sound of a packet into account, if it is speech.
    pub fn take(&mut self, sound: &[i16]) {
        if decibels(squares(sound), sound.len() as u64).is_some_and(|level| level >= SPEECH_DBM0) {
            self.0.take(sound);
        }
    }

    /// The average; none while nobody has spoken.
    #[must_use]
    pub fn level(&self) -> Option<i8> {
        (self.0.samples > 0).then(|| self.0.level())
    }
}

fn squares(sound: &[i16]) -> u64 {
    sound.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum()
}

fn decibels(squares: u64, samples: u64) -> Option<f64> {
    (squares > 0 && samples > 0).then(|| 10.0 * (squares as f64 / samples as f64 / ZERO_DBM0).log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(amplitude: f64) -> Vec<i16> {
        (0..1_600).map(|n| ((f64::from(n) * 0.7).sin() * amplitude) as i16).collect()
    }

    #[test]
    fn levels_are_those_of_the_reference_and_reading_starts_anew() {
        let mut meter = Meter::default();
        for (amplitude, level) in [(32_767.0, 3), (22_834.0, 0), (7_221.0, -10), (228.0, -40)] {
            meter.take(&sine(amplitude));
            assert_eq!(meter.read(), level);
        }
        assert_eq!(meter.read(), SILENT_DBM0);
        meter.take(&[0; 160]);
        assert_eq!(meter.read(), SILENT_DBM0);
    }

    #[test]
    fn pauses_do_not_lower_the_level_of_speech() {
        let mut speech = Speech::default();
        speech.take(&[3; 160]);
        assert_eq!(speech.level(), None);
        speech.take(&sine(7_221.0));
        (0..100).for_each(|_| speech.take(&[3; 160]));
        assert_eq!(speech.level(), Some(-10));
    }
}
