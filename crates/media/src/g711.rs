//! G.711: 8-bit companded sound and 16-bit linear sound, both ways, by tables
//! that the compiler makes. (ITU-T G.711)

/// µ-law byte of digital silence.
pub const ULAW_SILENCE: u8 = 0xff;
/// A-law byte of digital silence.
pub const ALAW_SILENCE: u8 = 0xd5;

static ULAW_TO_LINEAR: [i16; 256] = linear_table(Law::U);
static ALAW_TO_LINEAR: [i16; 256] = linear_table(Law::A);
static ULAW_TO_ALAW: [u8; 256] = cross_table(Law::U);
static ALAW_TO_ULAW: [u8; 256] = cross_table(Law::A);

/// One linear sample of a µ-law byte.
#[must_use]
pub fn ulaw_to_linear(byte: u8) -> i16 {
    ULAW_TO_LINEAR[usize::from(byte)]
}

/// One linear sample of an A-law byte.
#[must_use]
pub fn alaw_to_linear(byte: u8) -> i16 {
    ALAW_TO_LINEAR[usize::from(byte)]
}

/// The A-law byte that sounds like a µ-law byte.
#[must_use]
pub fn ulaw_to_alaw(byte: u8) -> u8 {
    ULAW_TO_ALAW[usize::from(byte)]
}

/// The µ-law byte that sounds like an A-law byte.
#[must_use]
pub fn alaw_to_ulaw(byte: u8) -> u8 {
    ALAW_TO_ULAW[usize::from(byte)]
}

/// The µ-law byte of a linear sample.
#[must_use]
pub const fn linear_to_ulaw(sample: i16) -> u8 {
    const BIAS: i32 = 0x84;
    const CLIP: i32 = 32_635;
    let sample = sample as i32;
    let sign: u8 = if sample < 0 { 0x80 } else { 0 };
    let magnitude = if sample < 0 { -sample } else { sample };
    let biased = (if magnitude > CLIP { CLIP } else { magnitude }) + BIAS;
    // The biased magnitude is at least 2^7, so its highest bit tells the segment.
    let segment = (31 - biased.leading_zeros() as i32) - 7;
    let mantissa = (biased >> (segment + 3)) & 0x0f;
    !(sign | ((segment as u8) << 4) | mantissa as u8)
}

/// The A-law byte of a linear sample.
#[must_use]
pub const fn linear_to_alaw(sample: i16) -> u8 {
    let sample = sample as i32;
    // A-law has 13 bits; negative zero is the first step below zero.
    let (sign, magnitude): (u8, i32) = if sample >= 0 { (0x80, sample >> 3) } else { (0, (-sample - 1) >> 3) };
    let compressed = if magnitude < 32 {
        (magnitude >> 1) as u8
    } else {
        let segment = (31 - magnitude.leading_zeros() as i32) - 4;
        let mantissa = (magnitude >> segment) & 0x0f;
        ((segment as u8) << 4) | mantissa as u8
    };
    (sign | compressed) ^ 0x55
}

#[derive(Clone, Copy)]
enum Law {
    U,
    A,
}

const fn expand_ulaw(byte: u8) -> i16 {
    let byte = !byte;
    let segment = ((byte >> 4) & 0x07) as i32;
    let mantissa = (byte & 0x0f) as i32;
    let magnitude = (((mantissa << 3) + 0x84) << segment) - 0x84;
    if byte & 0x80 != 0 { -magnitude as i16 } else { magnitude as i16 }
}

const fn expand_alaw(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let segment = ((byte >> 4) & 0x07) as i32;
    let mantissa = (byte & 0x0f) as i32;
    let magnitude = if segment == 0 { (mantissa << 4) + 8 } else { ((mantissa << 4) + 0x108) << (segment - 1) };
    if byte & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 }
}

const fn linear_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match law {
            Law::U => expand_ulaw(byte as u8),
            Law::A => expand_alaw(byte as u8),
        };
        byte += 1;
    }
    table
}

const fn cross_table(from: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match from {
            Law::U => linear_to_alaw(expand_ulaw(byte as u8)),
            Law::A => linear_to_ulaw(expand_alaw(byte as u8)),
        };
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_the_way_to_linear_and_back() {
        for byte in 0..=255u8 {
            // µ-law has two zeros; the negative one becomes the positive one.
            let expected = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(linear_to_ulaw(ulaw_to_linear(byte)), expected);
            assert_eq!(linear_to_alaw(alaw_to_linear(byte)), byte);
        }
    }

    #[test]
    fn golden_values_of_the_recommendation() {
        assert_eq!(ulaw_to_linear(0x00), -32_124);
        assert_eq!(ulaw_to_linear(0x80), 32_124);
        assert_eq!(ulaw_to_linear(ULAW_SILENCE), 0);
        assert_eq!(alaw_to_linear(0x2a), -32_256);
        assert_eq!(alaw_to_linear(0xaa), 32_256);
        assert_eq!(alaw_to_linear(ALAW_SILENCE), 8);
        assert_eq!(linear_to_ulaw(0), ULAW_SILENCE);
        assert_eq!(linear_to_alaw(0), ALAW_SILENCE);
    }

    #[test]
    fn every_sample_keeps_its_size_within_the_step_of_its_segment() {
        for sample in i16::MIN..=i16::MAX {
            let size = i32::from(sample).abs();
            let room = (size / 16).max(16);
            let u = i32::from(ulaw_to_linear(linear_to_ulaw(sample)));
            let a = i32::from(alaw_to_linear(linear_to_alaw(sample)));
            let clipped = i32::from(sample).clamp(-32_635, 32_635);
            assert!((u - clipped).abs() <= room, "µ {sample} became {u}");
            assert!((a - i32::from(sample)).abs() <= room, "A {sample} became {a}");
        }
    }
}
