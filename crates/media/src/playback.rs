//! What a leg hears from us: sounds that were decoded once and are shared, and
//! one cursor per leg that walks through them 20 ms at a time.

use crate::limits::FRAME_SAMPLES;
use crate::{PlaybackEnd, PlaybackId};
use std::sync::Arc;

/// One act of playing.
#[derive(Debug)]
pub struct Playback {
    /// Which.
    pub id: PlaybackId,
    /// Whether a digit ends it.
    pub interruptible: bool,
    sounds: Vec<Arc<[i16]>>,
    /// What to say when the last sound is over.
    end: PlaybackEnd,
    /// Rounds still to play after this one; `None` for ever.
    rounds_left: Option<u32>,
    sound: usize,
    sample: usize,
}

/// What a playback plays, and how often.
#[derive(Debug)]
pub struct Programme {
    /// The sounds in order.
    pub sounds: Vec<Arc<[i16]>>,
    /// Whether a sound after these is unknown.
    pub missing: bool,
    /// How often; 0 means until it is stopped.
    pub times: u32,
    /// Whether a digit ends it.
    pub interruptible: bool,
}

impl Playback {
    /// A playback at its start.
    #[must_use]
    pub fn new(id: PlaybackId, programme: Programme) -> Playback {
        let silent = programme.sounds.iter().all(|sound| sound.is_empty());
        let (end, rounds_left) = if programme.missing {
            (PlaybackEnd::SoundMissing, Some(0))
        } else if silent || programme.times > 0 {
            // Nothing, repeated for ever, would never end a frame.
            (PlaybackEnd::Finished, Some(programme.times.saturating_sub(1)))
        } else {
            (PlaybackEnd::Finished, None)
        };
        Playback {
            id,
            interruptible: programme.interruptible,
            sounds: if silent { Vec::new() } else { programme.sounds },
            end,
            rounds_left: if silent { Some(0) } else { rounds_left },
            sound: 0,
            sample: 0,
        }
    }

    /// Fills the next frame; how it ended, if nothing was left to fill it with.
    /// Sounds follow each other without a gap; the last frame ends in silence.
    pub fn fill(&mut self, frame: &mut [i16; FRAME_SAMPLES]) -> Option<PlaybackEnd> {
        frame.fill(0);
        let mut filled = 0;
        while filled < FRAME_SAMPLES {
            let Some(sound) = self.sounds.get(self.sound) else {
                match &mut self.rounds_left {
                    Some(0) => break,
                    Some(left) => *left -= 1,
                    None => {}
                }
                self.sound = 0;
                continue;
            };
            let rest = sound.get(self.sample..).unwrap_or_default();
            let room = frame.get_mut(filled..).unwrap_or_default();
            let count = rest.len().min(room.len());
            for (sample, source) in room.iter_mut().zip(rest) {
                *sample = *source;
            }
            filled += count;
            self.sample += count;
            if self.sample >= sound.len() {
                self.sound += 1;
                self.sample = 0;
            }
        }
        (filled == 0).then_some(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(sounds: &[Vec<i16>], missing: bool, times: u32) -> (Vec<i16>, Option<PlaybackEnd>) {
        let programme = Programme {
            sounds: sounds.iter().map(|sound| sound.as_slice().into()).collect(),
            missing,
            times,
            interruptible: false,
        };
        let mut playback = Playback::new(PlaybackId(1), programme);
        let mut heard = Vec::new();
        let mut frame = [0; FRAME_SAMPLES];
        for _ in 0..20 {
            if let Some(end) = playback.fill(&mut frame) {
                return (heard, Some(end));
            }
            heard.extend(frame);
        }
        (heard, None)
    }

    #[test]
    fn sounds_follow_each_other_without_a_gap_and_repeat_as_asked() {
        let (heard, end) = played(&[vec![1; 100], vec![2; 100]], false, 2);
        assert_eq!(end, Some(PlaybackEnd::Finished));
        assert_eq!(heard.len(), 480, "400 samples fill three frames");
        assert_eq!(heard[..400], [[1; 100], [2; 100], [1; 100], [2; 100]].concat());
        assert!(heard[400..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn music_plays_until_it_is_stopped() {
        let (heard, end) = played(&[vec![7; 50]], false, 0);
        assert_eq!(end, None);
        assert!(heard.iter().all(|sample| *sample == 7));
    }

    #[test]
    fn nothing_to_play_ends_at_once_even_for_ever() {
        assert_eq!(played(&[], false, 0), (vec![], Some(PlaybackEnd::Finished)));
        assert_eq!(played(&[vec![]], false, 9), (vec![], Some(PlaybackEnd::Finished)));
    }

    #[test]
    fn an_unknown_sound_ends_it_after_what_came_before() {
        let (heard, end) = played(&[vec![3; 160]], true, 0);
        assert_eq!((heard.len(), end), (160, Some(PlaybackEnd::SoundMissing)));
    }
}
