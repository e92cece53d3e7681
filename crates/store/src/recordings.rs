//! Recordings as files: while a call goes on, an append-only segment with
//! checksums; afterwards a two-channel WAV with its waveform. What a crash left
//! behind is finished at the next start.
#![allow(unused_variables, dead_code)]

use crate::{RecordingRow, StoreError};
use centre::{CallId, RecordingId, SdkAppId};
use std::path::{Path, PathBuf};

/// Samples a second in each channel.
pub const RATE: u32 = 8_000;

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingHeader {
    /// The application.
    pub app: SdkAppId,
    /// The call.
    pub call: CallId,
    /// The recording.
    pub recording: RecordingId,
    /// Wall milliseconds of the first sample.
    pub started_ms: i64,
}

/// Where a recording's files are, below the recordings folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingPaths {
    /// The live segment, `….seg`.
    pub segment: PathBuf,
    /// The finished sound, `….wav`.
    pub wav: PathBuf,
    /// Its waveform, `….peaks.json`.
    pub peaks: PathBuf,
}

impl RecordingPaths {
    /// `DIR/<app>/<yyyy-mm-dd>/<recording>.…`, the day in UTC. Made of our own ids only.
    pub fn of(dir: &Path, app: SdkAppId, recording: RecordingId, started_ms: i64) -> RecordingPaths {
        let base = dir.join(app.to_string());
        RecordingPaths { segment: base.clone(), wav: base.clone(), peaks: base }
    }
}

/// Writes one live recording. Blocks on the disk: the recording writer's thread owns it.
pub struct RecordingWriter {
    header: RecordingHeader,
}

impl RecordingWriter {
    /// Begins a segment below `dir` (the data folder's `recordings`).
    pub fn create(dir: &Path, header: RecordingHeader) -> Result<RecordingWriter, StoreError> {
        Ok(RecordingWriter { header })
    }

    /// Appends interleaved samples (left, right, …) that begin at `first_sample` of
    /// each channel. After an error (a full disk) the recording goes on, without
    /// this block, and will be `Partial`.
    pub fn append(&mut self, first_sample: u64, samples: &[i16]) -> Result<(), StoreError> {
        Ok(())
    }

    /// Makes what was appended durable, if the last time is more than half a
    /// second ago. `append` does so by itself; call it when nothing comes.
    pub fn sync_if_due(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Turns the segment into a WAV file and its waveform. After an error the
    /// segment stays, and [`mend`] finishes it later.
    pub fn finish(self) -> Result<RecordingRow, StoreError> {
        Err(StoreError::Failed("not built yet".into()))
    }
}

/// What [`mend`] did with one segment.
#[derive(Debug)]
pub enum Mended {
    /// Finished; put the row into the catalogue.
    Finished(RecordingRow),
    /// Could not be finished now; the segment stays.
    Failed {
        /// Which file.
        segment: PathBuf,
        /// Why.
        error: StoreError,
    },
    /// No recording at all; renamed to `….bad`.
    Unreadable {
        /// Where it is now.
        file: PathBuf,
    },
}

/// Finishes every segment that a crash left behind. At start, before any writer.
pub fn mend(dir: &Path) -> Result<Vec<Mended>, StoreError> {
    Ok(Vec::new())
}

/// A finished recording, opened for reading.
pub struct OpenWav {
    /// The file, at its beginning.
    pub file: std::fs::File,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Opens a finished recording; `NotFound` while it is still live or gone.
pub fn open_wav(path: &Path) -> Result<OpenWav, StoreError> {
    Err(StoreError::Failed("not built yet".into()))
}
