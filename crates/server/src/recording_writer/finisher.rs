//! Turns recordings that are over into files for people, one after the other. What
//! cannot be finished now (a full disk) is tried again every minute.

use crate::metrics::MetricsHandle;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use store::recordings::{RecordingPaths, RecordingWriter, finish_again};
use store::{RecordingRow, StoreError};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// How often what could not be done is tried again.
const RETRY: Duration = Duration::from_secs(60);

pub struct Finisher {
    rows: mpsc::Sender<RecordingRow>,
    metrics: MetricsHandle,
    /// Could not be finished yet.
    unfinished: Vec<RecordingPaths>,
    /// Finished, but the catalogue took no more; the segments keep them over a restart.
    untold: Vec<RecordingRow>,
}

impl Finisher {
    pub fn new(rows: mpsc::Sender<RecordingRow>, metrics: MetricsHandle, unfinished: Vec<RecordingPaths>) -> Finisher {
        Finisher { rows, metrics, unfinished, untold: Vec::new() }
    }

    /// Works until nobody hands anything over any more.
    pub fn run(mut self, work: &Receiver<RecordingWriter>) {
        let mut next = Instant::now() + RETRY;
        loop {
            match work.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(writer) => self.finish(writer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if Instant::now() >= next {
                self.retry();
                next = Instant::now() + RETRY;
            }
        }
    }

    pub(super) fn finish(&mut self, writer: RecordingWriter) {
        let paths = writer.paths().clone();
        let finished = writer.finish();
        self.took(paths, finished);
    }

    pub(super) fn retry(&mut self) {
        for row in std::mem::take(&mut self.untold) {
            self.tell(row);
        }
        for paths in std::mem::take(&mut self.unfinished) {
            let finished = finish_again(&paths);
            self.took(paths, finished);
        }
    }

    fn took(&mut self, paths: RecordingPaths, finished: Result<RecordingRow, StoreError>) {
        let segment = paths.segment.display();
        match finished {
            Ok(row) => {
                self.metrics.recordings_finished.add_one();
                self.tell(row);
            }
            Err(error @ StoreError::Damaged { .. }) => {
                self.metrics.recording_failures.add_one();
                tracing::error!(%segment, %error, "a recording cannot be read; the next start puts it aside");
            }
            Err(error) => {
                self.metrics.recording_failures.add_one();
                tracing::error!(%segment, %error, "a recording could not be finished; it is tried again every minute");
                self.unfinished.push(paths);
            }
        }
    }

    fn tell(&mut self, row: RecordingRow) {
        match self.rows.try_send(row) {
            Ok(()) => {}
            // The database is slower than the disk only when it is away.
            Err(TrySendError::Full(row)) => {
                tracing::error!(recording = %row.recording, "the catalogue of recordings is behind; it hears of one later");
                self.untold.push(row);
            }
            Err(TrySendError::Closed(row)) => {
                tracing::error!(recording = %row.recording, "nobody keeps the catalogue; the next start enters a recording");
            }
        }
    }
}
