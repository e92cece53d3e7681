//! Tones, and how clean they are heard.

use std::f64::consts::TAU;

/// A sine at 8 kHz.
pub fn sine(hertz: f64, ms: usize) -> Vec<i16> {
    (0..ms * 8).map(|n| ((n as f64 * hertz * TAU / 8_000.0).sin() * 8_000.0) as i16).collect()
}

/// The share of a sound's energy that is one tone (Goertzel), 0 to 1.
pub fn purity(samples: &[i16], hertz: f64) -> f64 {
    let total: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    if total == 0.0 {
        return 0.0;
    }
    let turn = TAU * hertz / 8_000.0;
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + 2.0 * turn.cos() * last - before;
        before = last;
        last = next;
    }
    let power = before.powi(2) + last.powi(2) - 2.0 * turn.cos() * before * last;
    power * 2.0 / (total * samples.len() as f64)
}

/// Without the first and last `ms`, where sound starts and ends.
pub fn middle(samples: &[i16], ms: usize) -> &[i16] {
    samples.get(ms * 8..samples.len().saturating_sub(ms * 8)).unwrap_or_default()
}

#[track_caller]
pub fn assert_tone(samples: &[i16], hertz: f64, at_least: f64) {
    let found = purity(samples, hertz);
    assert!(found >= at_least, "{hertz} Hz is {found:.4} of {} samples, wanted {at_least}", samples.len());
}

#[track_caller]
pub fn assert_silent(samples: &[i16]) {
    let loudest = samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
    assert!(loudest <= 8, "silence was expected, the loudest sample is {loudest}");
}

/// The amplitude of one tone in a sound.
pub fn level(samples: &[i16], hertz: f64) -> f64 {
    let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    (2.0 * power * purity(samples, hertz)).sqrt()
}
