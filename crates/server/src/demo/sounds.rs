//! The demo's sounds, carried inside the binary: 8 kHz, one channel, 16 bit.

/// A sound of the demo.
#[derive(Debug, Clone, Copy)]
pub struct DemoSound {
    /// Its name in the application.
    pub name: &'static str,
    wav: &'static [u8],
}

macro_rules! sounds {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: DemoSound = DemoSound {
            name: $name,
            wav: include_bytes!(concat!("../../../../assets/demo/", $name, ".wav")),
        };)*
    };
}

sounds! {
    /// "Welcome to Callyard."
    WELCOME = "welcome";
    /// "For sales, press 1 …"
    MENU = "menu";
    /// "There is no such choice."
    INVALID = "invalid";
    /// "We did not hear a key."
    NO_KEY = "no_key";
    /// "Please hold …"
    CONNECTING = "connecting";
    /// "Nobody is at the desk right now."
    NOBODY = "nobody";
    /// "All agents are still in a call."
    WAITED_TOO_LONG = "waited_too_long";
    /// "Thank you for calling."
    GOODBYE = "goodbye";
    /// For the queue.
    MUSIC = "music";
    /// What the virtual customer says. Not part of the application.
    CUSTOMER = "customer";
}

/// Those that the application's flow plays.
pub const OF_THE_FLOW: &[DemoSound] =
    &[WELCOME, MENU, INVALID, NO_KEY, CONNECTING, NOBODY, WAITED_TOO_LONG, GOODBYE, MUSIC];

impl DemoSound {
    /// Its samples.
    pub fn samples(&self) -> Vec<i16> {
        data_chunk(self.wav).chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    /// Its length in milliseconds.
    pub fn millis(&self) -> u64 {
        data_chunk(self.wav).len() as u64 / 16
    }
}

/// The bytes of a WAV file's `data` chunk; empty if it has none, which a test forbids.
fn data_chunk(wav: &[u8]) -> &[u8] {
    let mut rest = wav.get(12..).unwrap_or_default();
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if head.starts_with(b"data") {
            return body.get(..length).unwrap_or(body);
        }
        // Chunks are padded to an even length.
        rest = body.get(length + length % 2..).unwrap_or_default();
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_speaks() {
        for sound in OF_THE_FLOW.iter().chain([&CUSTOMER]) {
            let samples = sound.samples();
            assert!(samples.len() > 8_000, "{} is shorter than a second", sound.name);
            assert!(samples.iter().any(|sample| sample.unsigned_abs() > 3_000), "{} is silent", sound.name);
            assert_eq!(
                sound.wav.get(22..28),
                Some(&[1, 0, 0x40, 0x1f, 0, 0][..]),
                "{}: one channel, 8 kHz",
                sound.name
            );
        }
    }
}
