//! Uploaded WAV files become what the media engine plays: 8 kHz, one channel,
//! 16 bit. Anything else is refused with what is wrong. Pure.

use std::io::Cursor;

/// Bytes of an upload. (ref. 6.18)
pub const MAX_BYTES: usize = 5 << 20;
/// What the engine plays.
const RATE: u32 = 8_000;
/// Taps of the low-pass on each side of a sample, at the output's rate.
const HALF_TAPS: i64 = 16;

/// 8 kHz mono samples of a WAV file, or what is wrong with it.
pub fn to_8k_mono(file: &[u8]) -> Result<Vec<i16>, String> {
    if file.len() > MAX_BYTES {
        return Err("the file is larger than 5 MB".to_owned());
    }
    let mut reader = hound::WavReader::new(Cursor::new(file)).map_err(|error| format!("not a WAV file: {error}"))?;
    let form = reader.spec();
    if form.sample_format != hound::SampleFormat::Int || form.bits_per_sample != 16 {
        return Err(format!("the samples are {} bit, not 16 bit PCM", form.bits_per_sample));
    }
    if !matches!(form.channels, 1 | 2) {
        return Err(format!("the file has {} channels", form.channels));
    }
    if !(RATE..=48_000).contains(&form.sample_rate) {
        return Err(format!("the rate is {} Hz, not 8,000 to 48,000", form.sample_rate));
    }
    let samples: Vec<i16> =
        reader.samples::<i16>().collect::<Result<_, _>>().map_err(|error| format!("the file breaks off: {error}"))?;
    let mono: Vec<f32> = samples
        .chunks_exact(form.channels.into())
        .map(|frame| frame.iter().map(|sample| f32::from(*sample)).sum::<f32>() / frame.len() as f32)
        .collect();
    if mono.is_empty() {
        return Err("the file has no samples".to_owned());
    }
    Ok(resampled(&mono, form.sample_rate))
}

/// A WAV file of 8 kHz mono samples.
pub fn from_8k_mono(samples: &[i16]) -> Vec<u8> {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = Cursor::new(Vec::with_capacity(44 + samples.len() * 2));
    let mut writer = hound::WavWriter::new(&mut file, spec).expect("writing to memory cannot fail");
    for sample in samples {
        writer.write_sample(*sample).expect("writing to memory cannot fail");
    }
    writer.finalize().expect("writing to memory cannot fail");
    file.into_inner()
}

/// Windowed-sinc resampling. Its cut-off lies below 4 kHz, so nothing folds back.
fn resampled(input: &[f32], rate: u32) -> Vec<i16> {
    if rate == RATE {
        return input.iter().map(|sample| clamp(*sample)).collect();
    }
    let step = f64::from(rate) / f64::from(RATE);
    let length = (input.len() as f64 / step).floor().max(1.0) as usize;
    let reach = (HALF_TAPS as f64 * step).ceil() as i64;
    (0..length).map(|at| clamp(sample_at(input, at as f64 * step, (step, reach)))).collect()
}

fn sample_at(input: &[f32], centre: f64, (step, reach): (f64, i64)) -> f32 {
    // 0.9 leaves the filter room to fall before half the output's rate.
    let cutoff = 0.9 / step;
    let middle = centre.floor() as i64;
    let (mut sum, mut weight) = (0.0, 0.0);
    for at in middle - reach..=middle + reach {
        let away = at as f64 - centre;
        let gain = sinc(away * cutoff) * hann(away / (reach as f64 + 1.0));
        weight += gain;
        let sample = usize::try_from(at).ok().and_then(|at| input.get(at)).copied().unwrap_or(0.0);
        sum += gain * f64::from(sample);
    }
    (sum / weight) as f32
}

fn sinc(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle }
}

fn hann(x: f64) -> f64 {
    0.5 + 0.5 * (std::f64::consts::PI * x.clamp(-1.0, 1.0)).cos()
}

fn clamp(sample: f32) -> i16 {
    sample.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(rate: u32, channels: u16, tone_hz: f64) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for at in 0..rate {
            let value = (std::f64::consts::TAU * tone_hz * f64::from(at) / f64::from(rate)).sin() * 10_000.0;
            for _ in 0..channels {
                writer.write_sample(value as i16).unwrap();
            }
        }
        writer.finalize().unwrap();
        file.into_inner()
    }

    /// Level of one frequency, 1.0 for full amplitude of the test tone.
    fn level(samples: &[i16], hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (at, sample) in samples.iter().enumerate() {
            let angle = std::f64::consts::TAU * hz * at as f64 / 8_000.0;
            re += f64::from(*sample) * angle.cos();
            im += f64::from(*sample) * angle.sin();
        }
        2.0 * re.hypot(im) / samples.len() as f64 / 10_000.0
    }

    #[test]
    fn a_voice_tone_stays_and_what_the_phone_cannot_carry_goes() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000] {
            for channels in [1, 2] {
                let samples = to_8k_mono(&wav(rate, channels, 1_000.0)).unwrap();
                assert!((7_990..=8_010).contains(&samples.len()), "{rate}: {}", samples.len());
                assert!((level(&samples, 1_000.0) - 1.0).abs() < 0.05, "{rate} {}", level(&samples, 1_000.0));
            }
            if rate >= 16_000 {
                let samples = to_8k_mono(&wav(rate, 1, 6_000.0)).unwrap();
                assert!(level(&samples, 2_000.0) < 0.02, "{rate} folds back");
            }
        }
    }

    #[test]
    fn what_is_no_wav_is_refused_with_its_reason() {
        let whole = wav(8_000, 1, 440.0);
        assert!(to_8k_mono(b"").unwrap_err().contains("not a WAV"));
        assert!(to_8k_mono(b"ID3\x03junk junk junk junk").unwrap_err().contains("not a WAV"));
        assert!(to_8k_mono(&whole[..whole.len() / 2]).is_err());
        assert!(to_8k_mono(&whole[..44]).is_err());
        assert!(to_8k_mono(&vec![0; MAX_BYTES + 1]).unwrap_err().contains("5 MB"));
        let mut three = whole.clone();
        three[22] = 3;
        assert!(to_8k_mono(&three).is_err());
        for at in 0..44 {
            for value in [0, 1, 255] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                let _ = to_8k_mono(&damaged);
            }
        }
    }

    #[test]
    fn samples_survive_the_way_out_and_in() {
        let samples: Vec<i16> = (0..800).map(|at| (at * 37 % 3_000) as i16).collect();
        assert_eq!(to_8k_mono(&from_8k_mono(&samples)).unwrap(), samples);
    }
}
