//! From a segment to what people hear and see: a WAV file and its waveform.
//! Both are written beside their place, made durable and renamed into it. The
//! segment stays, so that a crash at any point is mended by doing it again.

use super::segment::{Block, Reader};
use super::{RATE, RecordingHeader, RecordingPaths};
use crate::disk::{self, AppendFile, Disk};
use crate::limits::PEAKS;
use crate::{RecordingRow, RecordingState, StoreError};
use std::io;
use std::path::{Path, PathBuf};

const WAV_HEADER_BYTES: u64 = 44;
/// Bytes of one sample in both channels.
const FRAME: u64 = 4;
/// A waveform shows no less than 10 ms in one peak.
const SHORTEST_PEAK: u64 = RATE as u64 / 100;
/// Bytes gathered for one write.
const GATHER: usize = 256 << 10;

pub(super) fn finish(disk: &dyn Disk, paths: &RecordingPaths) -> Result<RecordingRow, StoreError> {
    let Measured { header, samples, state } = measure(&paths.segment)?;
    let mut peaks = Peaks::new(samples);
    write_beside(disk, &paths.wav, |file| write_wav(file, &paths.segment, samples, &mut peaks))?;
    write_beside(disk, &paths.peaks, |file| {
        file.append(peaks.json().as_bytes()).map_err(|error| StoreError::file(&paths.peaks, error))
    })?;
    rename(&paths.peaks)?;
    // The sound last: where it is, the waveform is too.
    rename(&paths.wav)?;
    let RecordingHeader { app, call, recording, started_ms } = header;
    Ok(RecordingRow { app, call, recording, started_ms, samples, bytes: WAV_HEADER_BYTES + samples * FRAME, state })
}

struct Measured {
    header: RecordingHeader,
    samples: u64,
    state: RecordingState,
}

/// What it is, how long and whether whole: the first reading of the segment.
fn measure(segment: &Path) -> Result<Measured, StoreError> {
    let mut reader = Reader::open(segment)?;
    let mut samples = 0;
    while let Some(block) = reader.next()? {
        samples = block.end().max(samples);
    }
    let state = if reader.closed { RecordingState::Complete } else { RecordingState::Partial };
    Ok(Measured { header: reader.header, samples, state })
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Writes `PATH.part` and makes it durable; if that fails, it is removed.
fn write_beside(
    disk: &dyn Disk,
    path: &Path,
    write: impl FnOnce(&mut dyn AppendFile) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let part = part(path);
    let failed = |error| StoreError::file(&part, error);
    if part.exists() {
        disk.remove(&part).map_err(failed)?;
    }
    let mut file = disk.create(&part).map_err(failed)?;
    let written = write(&mut *file).and_then(|()| file.sync().map_err(failed));
    if written.is_err() {
        // The cause is already on its way to the caller.
        let _ = disk.remove(&part);
    }
    written
}

fn rename(path: &Path) -> Result<(), StoreError> {
    std::fs::rename(part(path), path)
        .and_then(|()| disk::sync_folder_of(path))
        .map_err(|error| StoreError::file(path, error))
}

fn write_wav(file: &mut dyn AppendFile, segment: &Path, samples: u64, peaks: &mut Peaks) -> Result<(), StoreError> {
    let mut out = Gather { file, bytes: wav_header(samples) };
    let failed = |error| StoreError::file(segment, error);
    let mut reader = Reader::open(segment)?;
    let mut written = 0;
    while let Some(block) = reader.next()? {
        let Some(Block { first_sample, pcm }) = behind(block, written) else { continue };
        out.silence(first_sample - written).map_err(failed)?;
        peaks.add(first_sample, &pcm);
        written = first_sample + pcm.len() as u64 / FRAME;
        out.push(&pcm).map_err(failed)?;
    }
    out.flush().map_err(failed)
}

/// What of a block comes after what was written already.
fn behind(mut block: Block, written: u64) -> Option<Block> {
    if block.first_sample < written {
        let known = usize::try_from((written - block.first_sample) * FRAME).unwrap_or(usize::MAX);
        block.pcm = block.pcm.get(known..).filter(|rest| !rest.is_empty())?.to_vec();
        block.first_sample = written;
    }
    Some(block)
}

/// RIFF/WAVE, PCM, two channels, 16 bits.
fn wav_header(samples: u64) -> Vec<u8> {
    let length = u32::try_from(samples * FRAME).expect("RECORDING_SAMPLES keeps a recording below 4 GiB");
    let mut bytes = Vec::with_capacity(GATHER + 4_096);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(length + 36).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&2_u16.to_le_bytes());
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&(RATE * 4).to_le_bytes());
    bytes.extend_from_slice(&4_u16.to_le_bytes());
    bytes.extend_from_slice(&16_u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes
}

/// Small pieces become few writes.
struct Gather<'a> {
    file: &'a mut dyn AppendFile,
    bytes: Vec<u8>,
}

impl Gather<'_> {
    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= GATHER { self.flush() } else { Ok(()) }
    }

    fn silence(&mut self, samples: u64) -> io::Result<()> {
        let mut left = samples * FRAME;
        while left > 0 {
            let zeros = [0; 4_096];
            let now = zeros.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.push(&zeros[..now])?;
            left -= now as u64;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.append(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

/// The loudest sample of each stretch, in each channel.
struct Peaks {
    samples_per_peak: u64,
    left: Vec<u16>,
    right: Vec<u16>,
}

impl Peaks {
    fn new(samples: u64) -> Peaks {
        let samples_per_peak = samples.div_ceil(PEAKS).max(SHORTEST_PEAK);
        let count = usize::try_from(samples.div_ceil(samples_per_peak)).expect("there are at most PEAKS of them");
        Peaks { samples_per_peak, left: vec![0; count], right: vec![0; count] }
    }

    fn add(&mut self, first_sample: u64, pcm: &[u8]) {
        for (place, frame) in (first_sample..).zip(pcm.chunks_exact(4)) {
            let Ok(peak) = usize::try_from(place / self.samples_per_peak) else { continue };
            let loudness = |low, high| i16::from_le_bytes([low, high]).unsigned_abs();
            if let (&[a, b, c, d], Some(left), Some(right)) = (frame, self.left.get_mut(peak), self.right.get_mut(peak))
            {
                *left = loudness(a, b).max(*left);
                *right = loudness(c, d).max(*right);
            }
        }
    }

    /// Numbers from 0 to 1 with two decimals.
    fn json(&self) -> String {
        let list = |peaks: &[u16]| {
            let words: Vec<String> = peaks.iter().map(|peak| format!("{:.2}", f64::from(*peak) / 32_768.0)).collect();
            words.join(",")
        };
        let Peaks { samples_per_peak, left, right } = self;
        format!("{{\"samples_per_peak\":{samples_per_peak},\"left\":[{}],\"right\":[{}]}}", list(left), list(right))
    }
}
