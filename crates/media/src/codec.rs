//! Encoded sound to 8 kHz linear samples and back. G.711 needs no state; G.722
//! and Opus do, and have it only on legs where they are really used.

use crate::limits::{FRAME_SAMPLES, MAX_PACKET_SAMPLES};
use crate::{Codec, g711, g722};

/// Clock of telephone events and of all linear sound inside the engine.
pub const LINEAR_CLOCK: u32 = 8_000;

/// Room for the sound of one packet.
pub type Samples = [i16; MAX_PACKET_SAMPLES];

/// Largest encoded frame of 20 ms: G.711; Opus at 24 kbit/s needs half.
pub const MAX_ENCODED: usize = 320;

impl Codec {
    /// The clock of its timestamps.
    #[must_use]
    pub fn clock(self) -> u32 {
        match self {
            // rfc3551:4.5.2 — G.722 has 16,000 samples a second, and by an old
            // mistake a clock of 8,000.
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8_000,
            // rfc7587:4.1 — always 48 kHz, whatever was encoded.
            Codec::Opus => 48_000,
        }
    }

    /// How many samples at 8 kHz a packet holds; none if it cannot be decoded.
    #[must_use]
    pub fn samples_in(self, payload: &[u8]) -> usize {
        let samples = match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => payload.len(),
            Codec::Opus => opus::packet::get_nb_samples(payload, LINEAR_CLOCK).unwrap_or(0),
        };
        samples.min(MAX_PACKET_SAMPLES)
    }
}

/// What one leg says, made linear.
#[derive(Default)]
pub struct Decoder {
    g722: Option<Box<g722::NarrowDecoder>>,
    opus: Option<opus::Decoder>,
}

impl Decoder {
    /// Decodes a packet into `samples`; gives how many there are.
    pub fn decode(&mut self, codec: Codec, payload: &[u8], samples: &mut Samples) -> usize {
        match codec {
            Codec::Pcmu => expand(payload, samples, g711::ulaw_to_linear),
            Codec::Pcma => expand(payload, samples, g711::alaw_to_linear),
            Codec::G722 => self.g722.get_or_insert_default().decode(payload, samples),
            Codec::Opus => self.decode_opus(payload, samples),
        }
    }

    /// Decodes lost sound from what the packet right after it repeats of it;
    /// gives how many samples. None if it repeats nothing, or not just this.
    pub fn recover(&mut self, codec: Codec, following: &[u8], room: &mut [i16]) -> usize {
        match (codec, &mut self.opus) {
            (Codec::Opus, Some(decoder)) if repeats(following, room.len()) => {
                decoder.decode(following, room, true).unwrap_or(0)
            }
            (Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::Opus, _) => 0,
        }
    }

    /// Makes up for lost sound by what the codec itself knows of the past; gives
    /// how many samples. Codecs that know nothing give none.
    pub fn conceal(&mut self, codec: Codec, room: &mut [i16]) -> usize {
        match (codec, &mut self.opus) {
            // rfc6716:4.4 — an empty packet asks for concealment.
            (Codec::Opus, Some(decoder)) => decoder.decode(&[], room, false).unwrap_or(0),
            (Codec::Opus, None) | (Codec::Pcmu | Codec::Pcma | Codec::G722, _) => 0,
        }
    }

    /// Starts anew: another source speaks.
    pub fn forget(&mut self) {
        if let Some(decoder) = &mut self.g722 {
            **decoder = g722::NarrowDecoder::default();
        }
        if let Some(Err(_)) = self.opus.as_mut().map(opus::Decoder::reset_state) {
            self.opus = None;
        }
    }

    fn decode_opus(&mut self, payload: &[u8], samples: &mut Samples) -> usize {
        if self.opus.is_none() {
            // libopus decodes to 8 kHz by itself; no resampler is needed.
            self.opus = opus::Decoder::new(LINEAR_CLOCK, opus::Channels::Mono).ok();
        }
        let Some(decoder) = &mut self.opus else {
            return 0;
        };
        // An empty payload would mean "conceal a loss" to libopus.
        if payload.is_empty() {
            return 0;
        }
        decoder.decode(payload, samples, false).unwrap_or(0)
    }
}

/// Whether an Opus packet of one frame repeats just these last samples of what
/// was said before it. Its encoder leaves that out where it hears no voice.
/// (rfc6716:4.2.3 — in a frame of at most 20 ms, the second bit says so)
fn repeats(payload: &[u8], samples: usize) -> bool {
    let (Some(head), Some(frame)) = (payload.first(), payload.get(1)) else {
        return false;
    };
    // rfc6716:3.1 — the upper half of the configurations is CELT, which repeats nothing.
    let voice_in_one_frame = head & 0x83 == 0;
    let fits = opus::packet::get_samples_per_frame(payload, LINEAR_CLOCK).is_ok_and(|frame| frame == samples);
    voice_in_one_frame && samples <= FRAME_SAMPLES && fits && frame & 0x40 != 0
}

fn expand(payload: &[u8], samples: &mut Samples, linear: fn(u8) -> i16) -> usize {
    for (sample, byte) in samples.iter_mut().zip(payload) {
        *sample = linear(*byte);
    }
    payload.len().min(samples.len())
}

/// What one leg hears, encoded.
#[derive(Default)]
pub struct Encoder {
    g722: Option<Box<g722::NarrowEncoder>>,
    opus: Option<opus::Encoder>,
}

impl Encoder {
    /// Encodes one frame into `room`; gives how many bytes it has.
    pub fn encode(&mut self, codec: Codec, frame: &[i16; FRAME_SAMPLES], room: &mut [u8; MAX_ENCODED]) -> usize {
        match codec {
            Codec::Pcmu => compress(frame, room, g711::linear_to_ulaw),
            Codec::Pcma => compress(frame, room, g711::linear_to_alaw),
            Codec::G722 => self.g722.get_or_insert_default().encode(frame, room),
            Codec::Opus => self.encode_opus(frame, room),
        }
    }

    fn encode_opus(&mut self, frame: &[i16], room: &mut [u8]) -> usize {
        if self.opus.is_none() {
            self.opus = opus_encoder().ok();
        }
        let Some(encoder) = &mut self.opus else {
            return 0;
        };
        encoder.encode(frame, room).unwrap_or(0)
    }
}

/// Loss in per cent that Opus prepares for: that of a poor mobile network. Less,
/// and it repeats nothing; more costs the sound itself.
const OPUS_EXPECTED_LOSS: i32 = 5;

fn opus_encoder() -> Result<opus::Encoder, opus::Error> {
    let mut encoder = opus::Encoder::new(LINEAR_CLOCK, opus::Channels::Mono, opus::Application::Voip)?;
    encoder.set_bitrate(opus::Bitrate::Bits(24_000))?;
    encoder.set_complexity(5)?;
    // rfc6716:2.1.7 — each packet repeats its forerunner in short, so that one
    // that is lost is heard after all.
    encoder.set_inband_fec(true)?;
    encoder.set_packet_loss_perc(OPUS_EXPECTED_LOSS)?;
    Ok(encoder)
}

fn compress(frame: &[i16], room: &mut [u8], byte: fn(i16) -> u8) -> usize {
    for (byte_out, sample) in room.iter_mut().zip(frame) {
        *byte_out = byte(*sample);
    }
    frame.len().min(room.len())
}

/// The other G.711 law, byte by byte; `None` unless both are G.711 and differ.
#[must_use]
pub fn cross_law(from: Codec, to: Codec) -> Option<fn(u8) -> u8> {
    match (from, to) {
        (Codec::Pcmu, Codec::Pcma) => Some(g711::ulaw_to_alaw),
        (Codec::Pcma, Codec::Pcmu) => Some(g711::alaw_to_ulaw),
        (Codec::Pcmu, Codec::Pcmu | Codec::G722 | Codec::Opus)
        | (Codec::Pcma, Codec::Pcma | Codec::G722 | Codec::Opus)
        | (Codec::G722 | Codec::Opus, Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::Opus) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opus_survives_both_ways_and_garbage_is_silence() {
        let mut encoder = Encoder::default();
        let mut decoder = Decoder::default();
        let mut samples = [0; MAX_PACKET_SAMPLES];
        let mut room = [0; MAX_ENCODED];
        let mut energy = 0i64;
        for n in 0..50 {
            let frame = std::array::from_fn(|i| {
                let time = (n * FRAME_SAMPLES + i) as f64 / 8_000.0;
                ((time * 440.0 * std::f64::consts::TAU).sin() * 8_000.0) as i16
            });
            let length = encoder.encode(Codec::Opus, &frame, &mut room);
            let count = decoder.decode(Codec::Opus, &room[..length], &mut samples);
            assert_eq!(count, FRAME_SAMPLES);
            energy = samples[..count].iter().map(|s| i64::from(*s).pow(2)).sum();
        }
        let loudness = ((energy / FRAME_SAMPLES as i64) as f64).sqrt();
        assert!((4_000.0..7_500.0).contains(&loudness), "{loudness}");
        assert_eq!(decoder.decode(Codec::Opus, &[], &mut samples), 0);
        for length in 0..64u8 {
            let garbage: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37) ^ 0xff).collect();
            assert!(decoder.decode(Codec::Opus, &garbage, &mut samples) <= samples.len());
        }
    }
}
