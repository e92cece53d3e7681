//! G.722 at 64 kbit/s (ITU-T G.722): two sub-bands of adaptive differential
//! PCM, six bits a sample for the lower and two for the upper. Integer
//! arithmetic as the Recommendation writes it, so that every implementation
//! gives the same bits; names of its blocks and tables stand beside ours.
//! Outside of this file sound is at 8 kHz: a half-band filter lies between.

use crate::limits::{FRAME_SAMPLES, MAX_PACKET_SAMPLES};

/// QMF coefficients; those of the second half mirror them. (G.722 table 11)
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Decision levels of the lower sub-band. (G.722 table 14, Q6)
const LOWER_DECISIONS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919,
];

/// Magnitudes of the lower sub-band in six bits; the smallest first. (QQ6)
const LOWER_SIX: [i32; 30] = [
    136, 432, 728, 1040, 1360, 1688, 2032, 2400, 2776, 3168, 3576, 4008, 4464, 4944, 5456, 6000, 6576, 7192, 7856,
    8576, 9360, 10232, 11192, 12280, 13512, 14984, 16704, 19008, 21904, 24808,
];

/// Magnitudes of the lower sub-band in the four bits that steer it. (QQ4)
const LOWER_FOUR: [i32; 8] = [0, 1200, 2584, 4240, 6288, 8968, 12896, 20456];

/// How much a magnitude of four bits changes the scale. (WL by RL42)
const LOWER_STEPS: [i32; 8] = [-60, -30, 58, 172, 334, 538, 1198, 3042];

/// Decision level between the two magnitudes of the upper sub-band. (Q2)
const UPPER_DECISION: i32 = 564;

/// Magnitudes of the upper sub-band (QQ2), and how much each changes the scale. (WH)
const UPPER: [i32; 2] = [1616, 7408];
const UPPER_STEPS: [i32; 2] = [-214, 798];

/// Thirty-second parts of a doubling. (ILB)
const PARTS: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/// Encodes sound of 16 kHz.
#[derive(Default)]
pub struct Encoder {
    filter: [i32; 24],
    lower: Band<Lower>,
    upper: Band<Upper>,
}

/// Decodes to sound of 16 kHz.
#[derive(Default)]
pub struct Decoder {
    filter: [i32; 24],
    lower: Band<Lower>,
    upper: Band<Upper>,
}

impl Encoder {
    /// Two samples in a byte.
    pub fn encode(&mut self, pair: [i16; 2]) -> u8 {
        self.filter.copy_within(2.., 0);
        self.filter[22] = i32::from(pair[0]);
        self.filter[23] = i32::from(pair[1]);
        let (mut odd, mut even) = (0, 0);
        let (taps, _) = self.filter.as_chunks::<2>();
        for (n, [first, second]) in taps.iter().enumerate() {
            odd += first * QMF[n];
            even += second * QMF[11 - n];
        }
        let lower = self.lower.encode((even + odd) >> 14);
        let upper = self.upper.encode((even - odd) >> 14);
        (upper << 6) | lower
    }
}

impl Decoder {
    /// A byte in two samples.
    pub fn decode(&mut self, byte: u8) -> [i16; 2] {
        let lower = self.lower.decode(byte & 0x3f);
        let upper = self.upper.decode(byte >> 6);
        self.filter.copy_within(2.., 0);
        self.filter[22] = lower + upper;
        self.filter[23] = lower - upper;
        let (mut first_sum, mut second_sum) = (0, 0);
        let (taps, _) = self.filter.as_chunks::<2>();
        for (n, [first, second]) in taps.iter().enumerate() {
            first_sum += second * QMF[11 - n];
            second_sum += first * QMF[n];
        }
        [saturated(first_sum >> 11) as i16, saturated(second_sum >> 11) as i16]
    }
}

/// One sub-band: its predictor and the scale of its quantizer.
struct Band<Q> {
    predictor: Predictor,
    /// Logarithm of the scale. (NB)
    logarithm: i32,
    /// The scale. (DET)
    scale: i32,
    quantizer: Q,
}

/// The quantizer of the lower sub-band.
#[derive(Default)]
struct Lower;

/// The quantizer of the upper sub-band.
#[derive(Default)]
struct Upper;

impl Default for Band<Lower> {
    fn default() -> Self {
        Band { predictor: Predictor::default(), logarithm: 0, scale: 32, quantizer: Lower }
    }
}

impl Default for Band<Upper> {
    fn default() -> Self {
        Band { predictor: Predictor::default(), logarithm: 0, scale: 8, quantizer: Upper }
    }
}

impl Band<Lower> {
    fn encode(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.predictor.estimate);
        let code = self.quantizer.code(difference, self.scale);
        self.adapt(code);
        code
    }

    fn decode(&mut self, code: u8) -> i32 {
        let difference = (self.scale * self.quantizer.six_bits(code)) >> 15;
        let sample = (self.predictor.estimate + difference).clamp(-16_384, 16_383);
        self.adapt(code);
        sample
    }

    /// Only the upper four bits steer, so that the others may carry something else.
    fn adapt(&mut self, code: u8) {
        let (magnitude, step) = self.quantizer.four_bits(code);
        let difference = (self.scale * magnitude) >> 15;
        self.logarithm = (((self.logarithm * 127) >> 7) + step).clamp(0, 18_432);
        self.scale = scale_of(self.logarithm, 8);
        self.predictor.take(difference);
    }
}

impl Band<Upper> {
    fn encode(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.predictor.estimate);
        let code = self.quantizer.code(difference, self.scale);
        self.adapt(code);
        code
    }

    fn decode(&mut self, code: u8) -> i32 {
        let difference = (self.scale * self.quantizer.two_bits(code).0) >> 15;
        let sample = (self.predictor.estimate + difference).clamp(-16_384, 16_383);
        self.adapt(code);
        sample
    }

    fn adapt(&mut self, code: u8) {
        let (magnitude, step) = self.quantizer.two_bits(code);
        let difference = (self.scale * magnitude) >> 15;
        self.logarithm = (((self.logarithm * 127) >> 7) + step).clamp(0, 22_528);
        self.scale = scale_of(self.logarithm, 10);
        self.predictor.take(difference);
    }
}

impl Lower {
    /// QUANTL: positive differences count down from 61, negative ones from 63
    /// and, past the two smallest, from 31.
    fn code(&self, difference: i32, scale: i32) -> u8 {
        let size = magnitude(difference);
        let is_reached = |level: &&i32| size >= (**level * scale) >> 12;
        let step = LOWER_DECISIONS.iter().take_while(is_reached).count() as u8;
        match (difference < 0, step) {
            (false, step) => 61 - step,
            (true, 0 | 1) => 63 - step,
            (true, step) => 33 - step,
        }
    }

    /// INVQBL. Codes below 4 are not sent by anybody; they mean the smallest step down.
    fn six_bits(&self, code: u8) -> i32 {
        match code {
            32..=61 => LOWER_SIX[usize::from(61 - code)],
            62..=63 => -LOWER_SIX[usize::from(63 - code)],
            4..=31 => -LOWER_SIX[usize::from(33 - code)],
            _ => -LOWER_SIX[0],
        }
    }

    /// INVQAL and LOGSCL: the magnitude of the upper four bits, and its step.
    fn four_bits(&self, code: u8) -> (i32, i32) {
        let four = usize::from(code >> 2);
        let (sign, index) = match four {
            8..=15 => (1, 15 - four),
            1..=7 => (-1, 8 - four),
            _ => (1, 0),
        };
        // The smallest magnitude of four bits is nothing, whatever its sign.
        (sign * LOWER_FOUR[index], LOWER_STEPS[index])
    }
}

impl Upper {
    /// QUANTH.
    fn code(&self, difference: i32, scale: i32) -> u8 {
        let large = magnitude(difference) >= (UPPER_DECISION * scale) >> 12;
        match (difference < 0, large) {
            (true, false) => 1,
            (true, true) => 0,
            (false, false) => 3,
            (false, true) => 2,
        }
    }

    /// INVQAH and LOGSCH.
    fn two_bits(&self, code: u8) -> (i32, i32) {
        let index = usize::from(code & 1 == 0);
        let sign = if code & 2 == 0 { -1 } else { 1 };
        (sign * UPPER[index], UPPER_STEPS[index])
    }
}

/// SCALEL and SCALEH.
fn scale_of(logarithm: i32, whole: i32) -> i32 {
    let part = PARTS[((logarithm >> 6) & 31) as usize];
    let shift = whole - (logarithm >> 11);
    let scale = if shift < 0 { part << -shift } else { part >> shift };
    scale << 2
}

/// Two poles and six zeros that follow the sound. (Block 4)
#[derive(Default)]
struct Predictor {
    poles: [i32; 2],
    zeros: [i32; 6],
    /// The newest first, as all below.
    differences: [i32; 6],
    rebuilt: [i32; 2],
    partial: [i32; 2],
    /// What the zeros alone say. (SZ)
    by_zeros: i32,
    /// What both say the next sample will be. (S)
    estimate: i32,
}

impl Predictor {
    fn take(&mut self, difference: i32) {
        let rebuilt = saturated(self.estimate + difference);
        let partial = saturated(self.by_zeros + difference);
        self.poles = self.next_poles(partial);
        self.follow_zeros(difference);
        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
        self.rebuilt = [rebuilt, self.rebuilt[0]];
        self.partial = [partial, self.partial[0]];
        let by_poles = self.poles.iter().zip(&self.rebuilt).map(|(pole, rebuilt)| product(*pole, *rebuilt)).sum();
        let zeros = self.zeros.iter().zip(&self.differences);
        self.by_zeros = saturated(zeros.map(|(zero, difference)| product(*zero, *difference)).sum());
        self.estimate = saturated(saturated(by_poles) + self.by_zeros);
    }

    /// UPPOL2, then UPPOL1, which is bounded by its outcome.
    fn next_poles(&self, partial: i32) -> [i32; 2] {
        let [first, second] = self.poles;
        let like_last = is_negative(partial) == is_negative(self.partial[0]);
        let like_before = is_negative(partial) == is_negative(self.partial[1]);
        let pull = saturated(first << 2);
        let pull = if like_last { (-pull).min(i32::from(i16::MAX)) } else { pull };
        let push = if like_before { 128 } else { -128 };
        let second = (push + (pull >> 7) + ((second * 32_512) >> 15)).clamp(-12_288, 12_288);
        let push = if like_last { 192 } else { -192 };
        let bound = saturated(15_360 - second);
        let first = saturated(push + ((first * 32_640) >> 15)).clamp(-bound, bound);
        [first, second]
    }

    /// UPZERO.
    fn follow_zeros(&mut self, difference: i32) {
        let push = if difference == 0 { 0 } else { 128 };
        for (zero, before) in self.zeros.iter_mut().zip(&self.differences) {
            let push = if is_negative(*before) == is_negative(difference) { push } else { -push };
            *zero = saturated(push + ((*zero * 32_640) >> 15));
        }
    }
}

fn product(coefficient: i32, sample: i32) -> i32 {
    (coefficient * saturated(sample + sample)) >> 15
}

fn is_negative(value: i32) -> bool {
    value < 0
}

/// The Recommendation's magnitude: -1 is as small as 0.
fn magnitude(value: i32) -> i32 {
    if value < 0 { -(value + 1) } else { value }
}

fn saturated(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// One side of a half-band filter, every second tap; the others are zero but
/// for the one in the middle. Flat to 3.4 kHz, 70 dB down from 4.6 kHz.
/// Computed: a windowed sinc (Kaiser, β = 6) of 63 taps in Q15.
const HALF_BAND: [i32; 16] =
    [10_405, -3_395, 1_951, -1_306, 930, -680, 502, -369, 268, -191, 132, -88, 56, -34, 18, -8];

/// What a filter remembers of either phase: 32 taps on one, its middle on the other.
const MEMORY: usize = 32;

/// Sound of 16 kHz in sound of 8 kHz.
#[derive(Default)]
struct Decimator {
    even: Line,
    odd: Line,
}

/// Sound of 8 kHz in sound of 16 kHz.
#[derive(Default)]
struct Interpolator {
    line: Line,
}

/// The newest samples, the newest last.
#[derive(Default)]
struct Line([i32; MEMORY]);

impl Line {
    fn push(&mut self, sample: i16) {
        self.0.copy_within(1.., 0);
        self.0[MEMORY - 1] = i32::from(sample);
    }

    /// Between its two middle samples.
    fn between(&self) -> i32 {
        let (older, newer) = self.0.split_at(MEMORY / 2);
        let pairs = newer.iter().zip(older.iter().rev());
        pairs.zip(HALF_BAND).map(|((newer, older), tap)| (newer + older) * tap).sum()
    }

    /// The older of its two middle samples.
    fn older_middle(&self) -> i32 {
        self.0[MEMORY / 2 - 1]
    }

    /// The newer of its two middle samples.
    fn newer_middle(&self) -> i32 {
        self.0[MEMORY / 2]
    }
}

impl Decimator {
    fn take(&mut self, [first, second]: [i16; 2]) -> i16 {
        self.even.push(first);
        // The odd line has not moved yet: its newer middle lies where the even
        // one's two middle samples meet.
        let sum = self.even.between() + (self.odd.newer_middle() << 14);
        self.odd.push(second);
        saturated((sum + (1 << 14)) >> 15) as i16
    }
}

impl Interpolator {
    fn take(&mut self, sample: i16) -> [i16; 2] {
        self.line.push(sample);
        let between = saturated((self.line.between() + (1 << 13)) >> 14);
        [self.line.older_middle() as i16, between as i16]
    }
}

/// Decodes to sound of 8 kHz.
#[derive(Default)]
pub struct NarrowDecoder {
    decoder: Decoder,
    decimator: Decimator,
}

/// Encodes sound of 8 kHz.
#[derive(Default)]
pub struct NarrowEncoder {
    encoder: Encoder,
    interpolator: Interpolator,
}

impl NarrowDecoder {
    /// Decodes a packet; gives how many samples.
    pub fn decode(&mut self, payload: &[u8], samples: &mut [i16; MAX_PACKET_SAMPLES]) -> usize {
        for (sample, byte) in samples.iter_mut().zip(payload) {
            *sample = self.decimator.take(self.decoder.decode(*byte));
        }
        payload.len().min(samples.len())
    }
}

impl NarrowEncoder {
    /// Encodes a frame; gives how many bytes.
    pub fn encode(&mut self, frame: &[i16; FRAME_SAMPLES], room: &mut [u8]) -> usize {
        for (byte, sample) in room.iter_mut().zip(frame) {
            *byte = self.encoder.encode(self.interpolator.take(*sample));
        }
        frame.len().min(room.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(bytes: &[u8]) -> Vec<i16> {
        bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
    }

    fn sine(hertz: f64, rate: f64, count: usize) -> Vec<i16> {
        (0..count).map(|n| ((n as f64 * hertz * std::f64::consts::TAU / rate).sin() * 8_000.0) as i16).collect()
    }

    /// How far above everything else one tone is, in dB.
    fn tone_to_noise(sound: &[i16], hertz: f64, rate: f64) -> f64 {
        let (mut sine, mut cosine, mut power) = (0.0, 0.0, 0.0);
        for (n, sample) in sound.iter().enumerate() {
            let angle = n as f64 * hertz * std::f64::consts::TAU / rate;
            sine += f64::from(*sample) * angle.sin();
            cosine += f64::from(*sample) * angle.cos();
            power += f64::from(*sample).powi(2);
        }
        let tone = (sine * sine + cosine * cosine) * 2.0 / sound.len() as f64;
        10.0 * (tone / (power - tone).max(1e-9)).log10()
    }

    // Made by scripts/make-g722-vectors.py with another implementation.
    const INPUT: &[u8] = include_bytes!("../tests/vectors/g722.input");
    const ENCODED: &[u8] = include_bytes!("../tests/vectors/g722.encoded");
    const DECODED: &[u8] = include_bytes!("../tests/vectors/g722.decoded");

    #[test]
    fn a_sweep_noise_and_a_square_are_encoded_bit_by_bit_as_others_do() {
        let mut encoder = Encoder::default();
        let ours: Vec<u8> = samples(INPUT).as_chunks::<2>().0.iter().map(|pair| encoder.encode(*pair)).collect();
        let wrong = ours.iter().zip(ENCODED).position(|(ours, theirs)| ours != theirs);
        assert_eq!((ours.len(), wrong), (ENCODED.len(), None));
    }

    #[test]
    fn what_others_encoded_is_decoded_sample_by_sample_as_they_do() {
        let mut decoder = Decoder::default();
        let ours: Vec<i16> = ENCODED.iter().flat_map(|byte| decoder.decode(*byte)).collect();
        let theirs = samples(DECODED);
        let wrong = ours.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs);
        assert_eq!((ours.len(), wrong), (theirs.len(), None));
    }

    #[test]
    fn tones_of_both_bands_come_through_clean() {
        for (hertz, at_least) in
            [(100.0, 25.0), (440.0, 25.0), (1_000.0, 25.0), (3_000.0, 20.0), (5_000.0, 8.0), (6_500.0, 8.0)]
        {
            let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
            let sound = sine(hertz, 16_000.0, 16_000);
            let pairs = sound.as_chunks::<2>().0;
            let heard: Vec<i16> = pairs.iter().flat_map(|pair| decoder.decode(encoder.encode(*pair))).collect();
            let clean = tone_to_noise(&heard[4_000..12_000], hertz, 16_000.0);
            assert!(clean > at_least, "{hertz} Hz: {clean:.1} dB");
        }
    }

    #[test]
    fn narrow_sound_goes_through_both_filters_at_its_level() {
        for hertz in [100.0, 440.0, 1_000.0, 2_000.0, 3_000.0, 3_400.0] {
            let (mut encoder, mut decoder) = (NarrowEncoder::default(), NarrowDecoder::default());
            let (mut room, mut samples) = ([0; FRAME_SAMPLES], [0; MAX_PACKET_SAMPLES]);
            let mut heard = Vec::new();
            for frame in sine(hertz, 8_000.0, 8_000).as_chunks::<FRAME_SAMPLES>().0 {
                let length = encoder.encode(frame, &mut room);
                let count = decoder.decode(&room[..length], &mut samples);
                heard.extend_from_slice(&samples[..count]);
            }
            let heard = &heard[2_000..6_000];
            let clean = tone_to_noise(heard, hertz, 8_000.0);
            assert!(clean > 20.0, "{hertz} Hz: {clean:.1} dB");
            let loud = (heard.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() * 2.0 / heard.len() as f64).sqrt();
            assert!((7_700.0..8_300.0).contains(&loud), "{hertz} Hz: {loud}");
        }
    }

    #[test]
    fn what_narrow_sound_cannot_hold_does_not_fold_into_it() {
        for hertz in [4_700.0, 5_500.0, 7_000.0] {
            let mut decimator = Decimator::default();
            let sound = sine(hertz, 16_000.0, 16_000);
            let heard: Vec<i16> = sound.as_chunks::<2>().0.iter().map(|pair| decimator.take(*pair)).collect();
            let loudest = heard[100..].iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
            assert!(loudest < 10, "{hertz} Hz leaves {loudest}");
        }
    }

    #[test]
    fn any_bytes_decode_without_panic() {
        let mut decoder = NarrowDecoder::default();
        let mut samples = [0; MAX_PACKET_SAMPLES];
        for seed in 0..200u32 {
            let bytes: Vec<u8> =
                (0..480u32).map(|n| (n.wrapping_mul(seed.wrapping_mul(2_654_435_761)) >> 11) as u8).collect();
            assert_eq!(decoder.decode(&bytes, &mut samples), 480);
        }
        assert_eq!(decoder.decode(&[0; 2_000], &mut samples), MAX_PACKET_SAMPLES);
    }
}
