//! Tones: making them, and finding out how loud one is in what was heard.

use std::f64::consts::TAU;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;

/// Samples a second.
pub const RATE: usize = 8_000;
/// How much of what was heard is kept: two seconds.
const KEPT: usize = 2 * RATE;
/// How much of it must be the tone: 400 ms.
const WINDOW: usize = RATE * 2 / 5;
/// The tone's least share of all the sound's energy.
const PURITY: f64 = 0.6;
/// The tone's least level below full scale, in dB.
const LEVEL_DB: f64 = -45.0;

/// One second of a tone, which joins its own beginning if `hz` is whole.
pub fn tone(hz: u32) -> Vec<i16> {
    let sample = |n: usize| (f64::from(hz) * TAU * n as f64 / RATE as f64).sin() * 8_000.0;
    (0..RATE).map(|n| sample(n) as i16).collect()
}

/// How a tone was heard.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// Level below full scale in dB.
    pub level_db: f64,
    /// Its share of all the energy, 0 to 1.
    pub purity: f64,
}

impl Heard {
    /// Whether this is the tone and not something else.
    pub fn is_clear(&self) -> bool {
        self.purity >= PURITY && self.level_db >= LEVEL_DB
    }
}

/// Measures a tone by Goertzel's algorithm.
pub fn measure(samples: &[i16], hz: u32) -> Heard {
    let count = samples.len().max(1) as f64;
    let coefficient = 2.0 * (TAU * f64::from(hz) / RATE as f64).cos();
    let (mut before, mut last, mut energy) = (0.0, 0.0, 0.0);
    for sample in samples {
        let sample = f64::from(*sample) / 32_768.0;
        (before, last) = (last, sample + coefficient * last - before);
        energy += sample * sample;
    }
    let power = before * before + last * last - coefficient * before * last;
    // A pure tone of amplitude a has power (a·n/2)² and energy a²·n/2.
    let tone_energy = 2.0 * power / count;
    Heard {
        level_db: 10.0 * (energy / count).max(1e-12).log10(),
        purity: if energy > 0.0 { (tone_energy / energy).clamp(0.0, 1.0) } else { 0.0 },
    }
}

/// Collects what somebody hears. Cheap to clone.
#[derive(Clone, Default)]
pub struct Listener {
    heard: Arc<Mutex<Vec<i16>>>,
    news: Arc<Notify>,
}

impl Listener {
    /// Adds what was heard.
    pub fn hear(&self, samples: &[i16]) {
        let mut heard = self.lock();
        heard.extend_from_slice(samples);
        let surplus = heard.len().saturating_sub(KEPT);
        heard.drain(..surplus);
        drop(heard);
        self.news.notify_one();
    }

    /// Waits until a tone is heard clearly. `Err`: what was heard instead.
    pub async fn wait_for(&self, hz: u32, patience: Duration) -> Result<Heard, String> {
        let waiting = async {
            loop {
                if let Some(heard) = self.latest(hz).filter(Heard::is_clear) {
                    return heard;
                }
                self.news.notified().await;
            }
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(heard) => Ok(heard),
            Err(_) => Err(self.instead(hz)),
        }
    }

    fn latest(&self, hz: u32) -> Option<Heard> {
        let heard = self.lock();
        let from = heard.len().checked_sub(WINDOW)?;
        Some(measure(heard.get(from..)?, hz))
    }

    fn instead(&self, hz: u32) -> String {
        match self.latest(hz) {
            None => "no sound arrived at all".to_owned(),
            Some(heard) if heard.level_db < LEVEL_DB => format!("only silence arrived ({:.0} dB)", heard.level_db),
            Some(heard) => format!("other sound arrived: {hz} Hz is {:.0} % of it", heard.purity * 100.0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<i16>> {
        // Nothing that can panic runs under this lock.
        self.heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_told_from_another_and_from_silence() {
        let tone = tone(440);
        assert!(measure(&tone[..WINDOW], 440).is_clear());
        assert!(!measure(&tone[..WINDOW], 1_000).is_clear());
        assert!(!measure(&[0; WINDOW], 440).is_clear());
    }
}
