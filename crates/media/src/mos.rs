//! How good a conversation sounds, guessed from what the network does: the
//! E-model of ITU-T G.107 with everything but delay and loss at its default.
//! An estimate for comparing legs, not a measurement.

use crate::Codec;

/// What the network does to what we hear of a leg.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// How it is coded.
    pub codec: Codec,
    /// Packets that arrived.
    pub received: u64,
    /// Packets that did not.
    pub lost: u64,
    /// Interarrival jitter in microseconds.
    pub jitter_us: u32,
    /// Round trip in microseconds; 0 if unknown.
    pub round_trip_us: u32,
}

/// Mean opinion score in hundredths, 100 to 450; 0 when nothing was heard.
#[must_use]
pub fn hundredths(line: &Line) -> u16 {
    if line.received == 0 {
        return 0;
    }
    let lost = line.lost as f64 * 100.0 / (line.received + line.lost) as f64;
    // One way, with a packet on each side and a buffer for twice the jitter.
    let delay = f64::from(line.round_trip_us) / 2_000.0 + 40.0 + 2.0 * f64::from(line.jitter_us) / 1_000.0;
    // G.113 table I.4: robustness 25.1 for G.711 whose losses are concealed, as
    // phones do. Opus has no value there; it conceals at least as well, and its
    // impairment at telephone rates is that of a good narrow-band codec.
    // G.722 is made narrow here and concealed like G.711.
    let (impairment, robustness) = match line.codec {
        Codec::Pcmu | Codec::Pcma | Codec::G722 => (0.0, 25.1),
        Codec::Opus => (5.0, 25.1),
    };
    let loss_impairment = impairment + (95.0 - impairment) * lost / (lost + robustness);
    let late = (delay - 177.3).max(0.0);
    let rating = 93.2 - 0.024 * delay - 0.11 * late - loss_impairment;
    (score(rating) * 100.0).round() as u16
}

/// Thousandths of the packets that did not arrive.
#[must_use]
pub fn loss_permille(line: &Line) -> u16 {
    let all = line.received + line.lost;
    u16::try_from(line.lost * 1_000 / all.max(1)).unwrap_or(1_000)
}

/// G.107 annex B.
fn score(rating: f64) -> f64 {
    let rating = rating.clamp(0.0, 100.0);
    (1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(lost: u64, round_trip_us: u32) -> u16 {
        hundredths(&Line { codec: Codec::Pcma, received: 1_000 - lost, lost, jitter_us: 0, round_trip_us })
    }

    #[test]
    fn known_lines_have_their_known_scores() {
        assert!((435..=442).contains(&line(0, 20_000)), "{}", line(0, 20_000));
        assert!((380..=425).contains(&line(20, 100_000)), "{}", line(20, 100_000));
        assert!((240..=330).contains(&line(100, 400_000)), "{}", line(100, 400_000));
        assert_eq!(line(1_000, 0), 0, "nothing was heard");
        assert!(line(999, 900_000) <= 110);
    }

    #[test]
    fn more_loss_or_delay_never_sounds_better() {
        for step in 0..900u32 {
            assert!(line(u64::from(step) + 1, 0) <= line(u64::from(step), 0));
            assert!(line(0, (step + 1) * 2_000) <= line(0, step * 2_000));
        }
    }
}
