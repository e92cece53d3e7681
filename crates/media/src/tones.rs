//! Keys that come as tones within the sound (DTMF, ITU-T Q.23, Q.24), for peers
//! that send no telephone-events. Eight resonators look at blocks of an eightieth
//! of a second; what a voice does by chance is not taken for a key.

use crate::telephone_event::digit_of;
use std::f64::consts::TAU;

/// Samples that are looked at together. Blocks overlap by half.
const BLOCK: usize = 102;

/// Blocks in a row that make a key go down, or up again. Wherever they begin,
/// 40 ms have four whole ones, the shortest press and the shortest pause that
/// must be heard; in 20 ms no four are full enough.
const IN_ROW: u8 = 4;

const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// Event codes of the keys, row by row.
const KEYS: [[u8; 4]; 4] = [[1, 2, 3, 12], [4, 5, 6, 13], [7, 8, 9, 14], [10, 0, 11, 15]];

/// Square of the amplitude of the faintest tone that is heard: -31 dBm0, so that
/// -25 dBm0 is heard when it is off by 1.5 % and stands in noise.
const FAINTEST: f64 = 630.0 * 630.0;

/// How much louder the upper tone may be than the lower one, and the lower than
/// the upper one: 4 and 8 dB (Q.24 table A-1, AT&T), and what leaks from one
/// to the other in so short a block.
const UPPER_OVER_LOWER: f64 = 3.6;
const LOWER_OVER_UPPER: f64 = 14.0;

/// How much louder a tone must be than the others of its group: 6 dB, because a
/// block is short and each tone leaks into its neighbours.
const OVER_RIVALS: f64 = 4.0;

/// Share of the energy that the two tones must have. Voices have other
/// harmonics too, music other notes.
const SHARE: f64 = 0.84;

/// Where a tone is looked for when its share is asked: it may be off by 1.5 %.
const PLACES: [f64; 3] = [0.988, 1.0, 1.012];

/// Hears keys in the sound of one leg.
pub struct ToneDetector {
    /// Two, half a block apart.
    banks: [Bank; 2],
    /// The key of the last block.
    last: Option<u8>,
    /// Blocks in a row that were this key, or were none.
    in_row: u8,
    /// The key that is down and was told.
    down: Option<u8>,
}

/// The resonators of all tones, and what they have heard of a block.
struct Bank {
    rows: [Resonator; 4],
    columns: [Resonator; 4],
    samples: [f64; BLOCK],
    filled: usize,
}

/// One frequency's Goertzel filter.
#[derive(Clone, Copy)]
struct Resonator {
    coefficient: f64,
    last: f64,
    before: f64,
}

impl Default for ToneDetector {
    fn default() -> ToneDetector {
        ToneDetector { banks: [Bank::new(0), Bank::new(BLOCK / 2)], last: None, in_row: 0, down: None }
    }
}

impl ToneDetector {
    /// Hears samples of 8 kHz; tells each key once, soon after it went down.
    pub fn hear(&mut self, samples: &[i16]) -> impl Iterator<Item = char> + use<> {
        // The longest packet, 120 ms, has no room for more.
        let mut pressed = [None; 4];
        let mut free = pressed.iter_mut();
        for sample in samples {
            for bank in 0..self.banks.len() {
                if let Some(block) = self.banks[bank].take(f64::from(*sample))
                    && let Some(key) = self.note(block.key)
                    && let Some(place) = free.next()
                {
                    *place = digit_of(key);
                }
            }
        }
        pressed.into_iter().flatten()
    }

    /// Takes a block into account; gives the key that has just gone down.
    fn note(&mut self, key: Option<u8>) -> Option<u8> {
        self.in_row = if key == self.last { self.in_row.saturating_add(1) } else { 1 };
        self.last = key;
        if self.in_row < IN_ROW || self.down == key {
            return None;
        }
        self.down = key;
        key
    }
}

impl Bank {
    fn new(filled: usize) -> Bank {
        Bank { rows: ROWS.map(Resonator::new), columns: COLUMNS.map(Resonator::new), samples: [0.0; BLOCK], filled }
    }

    /// Takes a sample; a block that it fills is judged.
    fn take(&mut self, sample: f64) -> Option<Verdict> {
        for resonator in self.rows.iter_mut().chain(&mut self.columns) {
            resonator.take(sample);
        }
        if let Some(place) = self.samples.get_mut(self.filled) {
            *place = sample;
        }
        self.filled += 1;
        if self.filled < BLOCK {
            return None;
        }
        self.filled = 0;
        let (rows, columns) =
            (self.rows.each_mut().map(Resonator::power), self.columns.each_mut().map(Resonator::power));
        Some(Verdict { key: self.key(rows, columns) })
    }

    /// The key that the block is, if it is one.
    fn key(&self, rows: [f64; 4], columns: [f64; 4]) -> Option<u8> {
        let (row, lower) = loudest(rows)?;
        let (column, upper) = loudest(columns)?;
        let loud = lower.min(upper) >= FAINTEST;
        let level = upper <= lower * UPPER_OVER_LOWER && lower <= upper * LOWER_OVER_UPPER;
        if !loud || !level {
            return None;
        }
        let energy: f64 = self.samples.iter().map(|sample| sample * sample).sum();
        let tones = self.power_near(ROWS[row]) + self.power_near(COLUMNS[column]);
        (tones * BLOCK as f64 / 2.0 >= energy * SHARE).then_some(KEYS[row][column])
    }

    /// The power of a tone that may be a little beside its place.
    fn power_near(&self, hertz: f64) -> f64 {
        let powers = PLACES.map(|place| {
            let mut resonator = Resonator::new(hertz * place);
            self.samples.iter().for_each(|sample| resonator.take(*sample));
            resonator.power()
        });
        powers.into_iter().fold(0.0, f64::max)
    }
}

/// What a block is.
struct Verdict {
    key: Option<u8>,
}

impl Resonator {
    fn new(hertz: f64) -> Resonator {
        Resonator { coefficient: 2.0 * (TAU * hertz / 8_000.0).cos(), last: 0.0, before: 0.0 }
    }

    fn take(&mut self, sample: f64) {
        let next = sample + self.coefficient * self.last - self.before;
        self.before = self.last;
        self.last = next;
    }

    /// Square of the amplitude of its tone in the block, which is over.
    fn power(&mut self) -> f64 {
        let power = self.last.powi(2) + self.before.powi(2) - self.coefficient * self.last * self.before;
        self.last = 0.0;
        self.before = 0.0;
        power * 4.0 / (BLOCK * BLOCK) as f64
    }
}

/// The loudest of a group, if it is far louder than the others.
fn loudest(powers: [f64; 4]) -> Option<(usize, f64)> {
    let (index, power) = powers.into_iter().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let rivals = powers.iter().enumerate().filter(|(rival, _)| *rival != index);
    rivals.into_iter().all(|(_, rival)| rival * OVER_RIVALS <= power).then_some((index, power))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "123A456B789C*0#D";

    /// Amplitude of a sine at 0 dBm0: one of full scale is +3.14 dBm0. (G.711 table 5)
    const ZERO_DBM0: f64 = 32_767.0 / 1.435;

    struct Press {
        /// Of each tone, in dBm0.
        level: f64,
        /// Upper over lower, in dB.
        twist: f64,
        /// Both tones off by this share.
        off: f64,
        ms: usize,
        pause_ms: usize,
        /// Power of the noise under the tones, in dBm0.
        noise: f64,
    }

    const COMMON: Press = Press { level: -10.0, twist: 0.0, off: 0.0, ms: 60, pause_ms: 60, noise: -90.0 };

    fn luck(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as f64 / f64::from(1u32 << 31) * 2.0 - 1.0
    }

    fn pressed(keys: &str, press: &Press) -> Vec<i16> {
        let amplitude = |dbm0: f64| ZERO_DBM0 * 10f64.powf(dbm0 / 20.0);
        let mut seed = 7;
        let mut sound = Vec::new();
        for key in keys.chars() {
            let place = ALL.find(key).expect("a key");
            let (row, column) = (ROWS[place / 4] * (1.0 + press.off), COLUMNS[place % 4] * (1.0 + press.off));
            let (low, high) =
                (amplitude(press.level - press.twist.max(0.0)), amplitude(press.level + press.twist.min(0.0)));
            for n in 0..(press.ms + press.pause_ms) * 8 {
                let time = n as f64 / 8_000.0;
                let tones = low * (TAU * row * time).sin() + high * (TAU * column * time).sin();
                // A uniform noise of amplitude a has the power of a sine of a·√(2/3).
                let noise = luck(&mut seed) * amplitude(press.noise) * 1.5f64.sqrt();
                sound.push((if n < press.ms * 8 { tones } else { 0.0 } + noise) as i16);
            }
        }
        sound
    }

    /// What is heard when the sound comes in packets, a little later by each start.
    fn heard(sound: &[i16], start: usize) -> String {
        let mut detector = ToneDetector::default();
        let late = vec![0; start];
        let sound = [&late, sound, &[0; 800]].concat();
        sound.chunks(160).flat_map(|packet| detector.hear(packet).collect::<Vec<_>>()).collect()
    }

    #[track_caller]
    fn assert_all_are_heard(press: &Press) {
        let sound = pressed(ALL, press);
        for start in (0..BLOCK).step_by(7) {
            assert_eq!(heard(&sound, start), ALL, "{} dBm0, off by {}, start {start}", press.level, press.off);
        }
    }

    #[test]
    fn all_sixteen_keys_are_heard_once_whatever_their_level() {
        for level in [-3.0, -6.0, -10.0, -15.0, -20.0, -25.0] {
            assert_all_are_heard(&Press { level, ..COMMON });
        }
    }

    #[test]
    fn keys_that_are_off_by_one_and_a_half_per_cent_are_heard() {
        for off in [-0.015, -0.01, 0.01, 0.015] {
            for level in [-3.0, -25.0] {
                assert_all_are_heard(&Press { level, off, ..COMMON });
            }
        }
    }

    #[test]
    fn the_upper_tone_may_be_four_decibels_louder_or_eight_fainter() {
        for twist in [-8.0, -4.0, 4.0] {
            assert_all_are_heard(&Press { twist, ..COMMON });
        }
        for twist in [-16.0, 9.0] {
            assert_eq!(heard(&pressed(ALL, &Press { twist, ..COMMON }), 0), "", "a twist of {twist} dB");
        }
    }

    #[test]
    fn noise_fifteen_decibels_below_the_keys_hides_none() {
        for level in [-5.0, -15.0, -25.0] {
            assert_all_are_heard(&Press { level, noise: level - 15.0, ..COMMON });
        }
    }

    #[test]
    fn forty_milliseconds_are_a_press_and_twenty_are_none() {
        assert_all_are_heard(&Press { ms: 40, pause_ms: 40, ..COMMON });
        let short = pressed(ALL, &Press { ms: 20, ..COMMON });
        assert!((0..BLOCK).all(|start| heard(&short, start).is_empty()));
    }

    #[test]
    fn a_long_press_is_one_and_two_of_the_same_key_are_two() {
        assert_eq!(heard(&pressed("5", &Press { ms: 3_000, ..COMMON }), 0), "5");
        assert_eq!(heard(&pressed("55", &Press { ms: 40, pause_ms: 40, ..COMMON }), 50), "55");
    }

    #[test]
    fn what_is_off_by_more_than_three_and_a_half_per_cent_is_no_key() {
        for off in [-0.035, 0.035] {
            assert_eq!(heard(&pressed(ALL, &Press { off, ..COMMON }), 0), "", "off by {off}");
        }
    }

    #[test]
    fn one_tone_alone_or_noise_alone_is_no_key() {
        for hertz in ROWS.iter().chain(&COLUMNS) {
            let tone: Vec<i16> =
                (0..8_000).map(|n| ((f64::from(n) * hertz * TAU / 8_000.0).sin() * 8_000.0) as i16).collect();
            assert_eq!(heard(&tone, 0), "");
        }
        let mut seed = 3;
        let noise: Vec<i16> = (0..800_000).map(|_| (luck(&mut seed) * 12_000.0) as i16).collect();
        assert_eq!(heard(&noise, 0), "");
    }

    #[test]
    fn voices_and_music_press_no_keys() {
        const SOUNDS: [&[u8]; 8] = [
            include_bytes!("../../../assets/demo/welcome.wav"),
            include_bytes!("../../../assets/demo/menu.wav"),
            include_bytes!("../../../assets/demo/customer.wav"),
            include_bytes!("../../../assets/demo/connecting.wav"),
            include_bytes!("../../../assets/demo/music.wav"),
            include_bytes!("../../../assets/demo/goodbye.wav"),
            include_bytes!("../../../assets/demo/nobody.wav"),
            include_bytes!("../../../assets/demo/waited_too_long.wav"),
        ];
        for (index, bytes) in SOUNDS.iter().enumerate() {
            // The head of a wave file is 44 bytes; if it is longer, that is a click.
            let sound: Vec<i16> = bytes[44..].as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
            for start in [0, 25, 50, 75] {
                assert_eq!(heard(&sound, start), "", "sound {index}");
            }
            // Another voice: the same, a third higher.
            let higher: Vec<i16> = (0..sound.len() * 4 / 5).map(|n| sound[n * 5 / 4]).collect();
            assert_eq!(heard(&higher, 0), "", "sound {index}, higher");
        }
    }
}
