//! Recordings as files: while a call goes on, an append-only segment of checked
//! blocks; afterwards a two-channel WAV (left the customer, right the agent) with
//! its waveform. The segment stays until the catalogue knows how the recording
//! ended: as long as it is there, the next start finishes and enters it (again).

mod finish;
mod segment;
#[cfg(test)]
mod tests;

use crate::disk::{self, AppendFile, Disk, RealDisk};
use crate::limits::{BLOCK_SAMPLES, RECORDING_SAMPLES};
use crate::{RecordingRow, RecordingState, StoreError};
use centre::{CallId, RecordingId, SdkAppId};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Samples a second in each channel.
pub const RATE: u32 = 8_000;

/// How long after the last time what came since is made durable. The media engine keeps at
/// most 0.6 s to itself and gives away a fifth of a second at a time; with this, every second
/// of these is made durable when it comes, and a power cut costs a second at most.
const SYNC_EVERY: Duration = Duration::from_millis(350);

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
        let folder = dir.join(app.to_string()).join(day(started_ms));
        RecordingPaths {
            segment: folder.join(format!("{recording}.seg")),
            wav: folder.join(format!("{recording}.wav")),
            peaks: folder.join(format!("{recording}.peaks.json")),
        }
    }

    /// The files of a segment.
    pub fn of_segment(segment: &Path) -> RecordingPaths {
        RecordingPaths {
            segment: segment.to_owned(),
            wav: segment.with_extension("wav"),
            peaks: segment.with_extension("peaks.json"),
        }
    }

    /// The files of a row of the catalogue.
    pub fn of_row(dir: &Path, row: &RecordingRow) -> RecordingPaths {
        RecordingPaths::of(dir, row.app, row.recording, row.started_ms)
    }
}

/// Makes what live recordings wrote durable: all of them with one call, because one a
/// recording costs more than all the rest of recording.
pub struct Durability {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// When everything was durable last.
    synced_at: Instant,
}

impl Durability {
    /// For the recordings below `dir`.
    pub fn of(dir: &Path) -> Durability {
        Durability { disk: Arc::new(RealDisk), dir: dir.to_owned(), synced_at: Instant::now() }
    }

    /// Makes everything durable, once it is time; says whether it was. Call it several times a second.
    pub fn sync_if_due(&mut self) -> Result<bool, StoreError> {
        if self.synced_at.elapsed() < SYNC_EVERY {
            return Ok(false);
        }
        let outcome = self.disk.sync_all_of(&self.dir);
        // Counted from its end: a disk that takes long must not be asked without a pause.
        self.synced_at = Instant::now();
        outcome.map_err(|error| StoreError::file(&self.dir, error))?;
        Ok(true)
    }
}

/// Writes one live recording. Blocks on the disk: the recording writer's thread owns it.
pub struct RecordingWriter {
    disk: Arc<dyn Disk>,
    file: Box<dyn AppendFile>,
    header: RecordingHeader,
    paths: RecordingPaths,
    /// Length of the header and all whole blocks.
    good_bytes: u64,
    /// Whether the file may hold half a block behind its good part.
    torn: bool,
    state: RecordingState,
}

impl RecordingWriter {
    /// Begins a segment below `dir` (the data folder's `recordings`).
    pub fn create(dir: &Path, header: RecordingHeader) -> Result<RecordingWriter, StoreError> {
        RecordingWriter::create_on(Arc::new(RealDisk), dir, header)
    }

    fn create_on(disk: Arc<dyn Disk>, dir: &Path, header: RecordingHeader) -> Result<RecordingWriter, StoreError> {
        let paths = RecordingPaths::of(dir, header.app, header.recording, header.started_ms);
        if let Some(folder) = paths.segment.parent() {
            disk::make_folder(folder)?;
        }
        let failed = |error| StoreError::file(&paths.segment, error);
        let mut file = disk.create(&paths.segment).map_err(failed)?;
        let bytes = segment::header(&header);
        if let Err(error) = file.append(&bytes).and_then(|()| file.sync()) {
            // A recording that did not begin leaves nothing to be mended.
            let _ = disk.remove(&paths.segment);
            return Err(failed(error));
        }
        Ok(RecordingWriter {
            disk,
            file,
            header,
            good_bytes: bytes.len() as u64,
            paths,
            torn: false,
            state: RecordingState::Complete,
        })
    }

    /// Appends interleaved samples (left, right, …) that begin at `first_sample` of
    /// each channel. What lies between blocks is silence. After an error (a full
    /// disk) the recording goes on without this block and will be `Partial`.
    pub fn append(&mut self, first_sample: u64, samples: &[i16]) -> Result<(), StoreError> {
        let count = samples.len() / 2;
        let end = first_sample.saturating_add(count as u64);
        if !samples.len().is_multiple_of(2) || count > BLOCK_SAMPLES || end > RECORDING_SAMPLES {
            let why = format!("{} samples from {first_sample} on are no block of a recording", samples.len());
            return Err(StoreError::Invalid { what: "recording block", why });
        }
        if count == 0 {
            return Ok(());
        }
        let block = segment::block(first_sample, samples);
        let written = self.mend_tail().and_then(|()| self.file.append(&block));
        if let Err(error) = written {
            self.state = RecordingState::Partial;
            self.torn = true;
            // Half a block would hide all that come after it.
            let _ = self.mend_tail();
            return Err(StoreError::file(&self.paths.segment, error));
        }
        self.good_bytes += block.len() as u64;
        Ok(())
    }

    /// What the segment says of itself.
    pub fn header(&self) -> &RecordingHeader {
        &self.header
    }

    /// Something of this recording was lost on its way here: it will be `Partial`.
    pub fn mark_partial(&mut self) {
        self.state = RecordingState::Partial;
    }

    /// Turns the segment into a WAV file and its waveform. The segment stays until
    /// [`settle`]; after an error (a full disk) [`mend`] or [`finish_again`] finish it later.
    pub fn finish(mut self) -> Result<RecordingRow, StoreError> {
        self.close();
        finish::finish(&*self.disk, &self.paths)
    }

    /// Says in the segment that nothing is missing. If that cannot be written, the
    /// recording counts as partial; its sound is the same.
    fn close(&mut self) {
        let whole = self.mend_tail().is_ok() && self.state == RecordingState::Complete;
        let closed = |file: &mut dyn AppendFile| file.append(&segment::end_mark()).and_then(|()| file.sync());
        if whole && closed(&mut *self.file).is_err() {
            let _ = self.file.cut(self.good_bytes);
        }
    }

    /// Where its files are.
    pub fn paths(&self) -> &RecordingPaths {
        &self.paths
    }

    fn mend_tail(&mut self) -> std::io::Result<()> {
        if self.torn {
            self.file.cut(self.good_bytes)?;
            self.torn = false;
        }
        Ok(())
    }
}

/// Removes the segment of a finished recording. Call it when the catalogue has the
/// row for good: until then the segment is what reminds the next start of it.
pub fn settle(dir: &Path, row: &RecordingRow) -> Result<(), StoreError> {
    let segment = RecordingPaths::of_row(dir, row).segment;
    match RealDisk.remove(&segment) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(&segment, error)),
        _ => Ok(()),
    }
}

/// Tries once more to finish a segment that [`RecordingWriter::finish`] could not.
pub fn finish_again(paths: &RecordingPaths) -> Result<RecordingRow, StoreError> {
    finish::finish(&RealDisk, paths)
}

/// What [`mend`] did with one segment.
#[derive(Debug)]
pub enum Mended {
    /// Finished; put the row into the catalogue, then [`settle`] it.
    Finished(RecordingRow),
    /// Could not be finished now (a full disk); the segment stays for another time.
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

/// Finishes every segment that is left: cut off by a crash, or not in the catalogue yet. At start, before any writer:
/// it takes every segment for an abandoned one.
pub fn mend(dir: &Path) -> Result<Vec<Mended>, StoreError> {
    mend_on(&RealDisk, dir)
}

fn mend_on(disk: &dyn Disk, dir: &Path) -> Result<Vec<Mended>, StoreError> {
    let files = files_below(dir)?;
    let ends_in = |file: &&PathBuf, ending| file.extension().is_some_and(|it| it == ending);
    for part in files.iter().filter(|file| ends_in(file, "part")) {
        disk.remove(part).map_err(|error| StoreError::file(part, error))?;
    }
    files.iter().filter(|file| ends_in(file, "seg")).map(|file| mend_one(disk, file)).collect()
}

fn mend_one(disk: &dyn Disk, file: &Path) -> Result<Mended, StoreError> {
    let paths = RecordingPaths::of_segment(file);
    match finish::finish(disk, &paths) {
        Ok(row) => Ok(Mended::Finished(row)),
        Err(StoreError::Damaged { .. }) => {
            let bad = file.with_extension("bad");
            std::fs::rename(file, &bad).map_err(|error| StoreError::file(file, error))?;
            Ok(Mended::Unreadable { file: bad })
        }
        Err(error) => Ok(Mended::Failed { segment: file.to_owned(), error }),
    }
}

/// All files in `DIR/<app>/<day>/`, sorted.
fn files_below(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut level = vec![dir.to_owned()];
    for _ in 0..3 {
        let mut below = Vec::new();
        for folder in level.iter().filter(|path| path.is_dir()) {
            for entry in std::fs::read_dir(folder).map_err(|error| StoreError::file(folder, error))? {
                below.push(entry.map_err(|error| StoreError::file(folder, error))?.path());
            }
        }
        level = below;
    }
    level.sort();
    Ok(level)
}

/// A finished recording, opened for reading.
#[derive(Debug)]
pub struct OpenWav {
    /// The file, at its beginning.
    pub file: File,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Opens a finished recording; `NotFound` while it is still live, or gone.
pub fn open_wav(path: &Path) -> Result<OpenWav, StoreError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            return Err(StoreError::not_found("finished recording", name));
        }
        opened => opened.map_err(|error| StoreError::file(path, error))?,
    };
    let bytes = file.metadata().map_err(|error| StoreError::file(path, error))?.len();
    Ok(OpenWav { file, bytes })
}

/// The UTC day of a wall time as `yyyy-mm-dd`: the days since 1970-01-01, counted
/// in eras of 400 years that begin on the first of March, when leap days come last.
fn day(wall_ms: i64) -> String {
    let days = wall_ms.div_euclid(86_400_000) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
