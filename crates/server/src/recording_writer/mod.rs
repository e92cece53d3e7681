//! The one thread that writes recordings. Blocks come from the media thread,
//! and what a recording belongs to comes from the control thread before them.
//! A full disk costs sound in the recording, never a call.

use crate::metrics::MetricsHandle;
use centre::{CallId, RecordingId, SdkAppId};
use media::RecordingBlock;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use store::recordings::{self, RecordingHeader, RecordingWriter};
use store::{RecordingRow, RecordingState, Store};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Blocks that may wait for the disk: half a second of sound each, 64 MiB in all.
const WAITING: usize = 4_096;
/// How often recordings to which nothing comes are made durable.
const SYNC: Duration = Duration::from_millis(500);
/// Rows that may wait for the database.
const ROWS: usize = 10_000;

/// What a recording belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingNote {
    /// The application.
    pub app: SdkAppId,
    /// The call.
    pub call: CallId,
    /// The recording.
    pub recording: RecordingId,
    /// Wall milliseconds of its start.
    pub started_ms: i64,
}

enum Message {
    Note(RecordingNote),
    Block(RecordingBlock),
    Stop,
}

/// The control thread's end.
#[derive(Clone)]
pub struct RecordingNotes {
    messages: SyncSender<Message>,
}

impl RecordingNotes {
    /// Tells whose recording comes next.
    pub fn tell(&self, note: RecordingNote) {
        // Notes are rare and small; waiting for the disk here would stop calls, so a full
        // channel costs this recording its name and is told in the log.
        if self.messages.try_send(Message::Note(note)).is_err() {
            tracing::error!(recording = %note.recording, "a recording is lost: the disk is too slow");
        }
    }
}

/// The media thread's end.
#[derive(Clone)]
pub struct RecordingBlocks {
    messages: SyncSender<Message>,
    metrics: MetricsHandle,
}

impl RecordingBlocks {
    /// Hands over a block; never waits.
    pub fn push(&self, block: RecordingBlock) {
        match self.messages.try_send(Message::Block(block)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.metrics.recording_failures.add_one(),
        }
    }
}

/// The thread.
pub struct RecordingThread {
    messages: SyncSender<Message>,
    thread: JoinHandle<()>,
    metrics: MetricsHandle,
}

impl RecordingThread {
    /// Starts the thread. Rows about recordings go to `rows`.
    pub fn start(
        dir: PathBuf,
        rows: mpsc::Sender<RecordingRow>,
        metrics: MetricsHandle,
    ) -> std::io::Result<RecordingThread> {
        let (messages, inbox) = sync_channel(WAITING);
        let desk = Writer { dir, rows, metrics: metrics.clone(), noted: BTreeMap::new(), live: BTreeMap::new() };
        let thread = std::thread::Builder::new().name("recordings".into()).spawn(move || desk.run(&inbox))?;
        Ok(RecordingThread { messages, thread, metrics })
    }

    /// The control thread's end.
    pub fn notes(&self) -> RecordingNotes {
        RecordingNotes { messages: self.messages.clone() }
    }

    /// The media thread's end.
    pub fn blocks(&self) -> RecordingBlocks {
        RecordingBlocks { messages: self.messages.clone(), metrics: self.metrics.clone() }
    }

    /// Finishes every recording and ends the thread. Call it when no more blocks come.
    pub fn stop(self) {
        // A thread that is gone already needs no telling.
        let _ = self.messages.send(Message::Stop);
        if self.thread.join().is_err() {
            tracing::error!("the recording writer failed; its segments are mended at the next start");
        }
    }
}

struct Writer {
    dir: PathBuf,
    rows: mpsc::Sender<RecordingRow>,
    metrics: MetricsHandle,
    noted: BTreeMap<RecordingId, RecordingNote>,
    live: BTreeMap<RecordingId, RecordingWriter>,
}

impl Writer {
    fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            match inbox.recv_timeout(SYNC) {
                Ok(Message::Note(note)) => {
                    self.noted.insert(note.recording, note);
                }
                Ok(Message::Block(block)) => self.write(block),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.sync(),
            }
        }
        for recording in self.live.keys().copied().collect::<Vec<_>>() {
            self.finish(recording);
        }
    }

    fn write(&mut self, block: RecordingBlock) {
        let recording = RecordingId(Uuid::from_u128(block.recording.0));
        if let Some(note) = self.noted.remove(&recording) {
            self.begin(note);
        }
        let Some(writer) = self.live.get_mut(&recording) else {
            // Its note was lost or its file could not be made; both were told already.
            self.metrics.recording_failures.add_one();
            return;
        };
        if let Err(error) = writer.append(block.first_sample, &block.samples) {
            self.metrics.recording_failures.add_one();
            tracing::error!(%recording, %error, "half a second of a recording is lost");
        }
        if block.last {
            self.finish(recording);
        }
    }

    fn begin(&mut self, note: RecordingNote) {
        let RecordingNote { app, call, recording, started_ms } = note;
        match RecordingWriter::create(&self.dir, RecordingHeader { app, call, recording, started_ms }) {
            Ok(writer) => {
                self.live.insert(recording, writer);
                self.tell(RecordingRow {
                    app,
                    call,
                    recording,
                    started_ms,
                    samples: 0,
                    bytes: 0,
                    state: RecordingState::Live,
                });
            }
            Err(error) => {
                self.metrics.recording_failures.add_one();
                tracing::error!(%recording, %error, "a recording could not be started");
            }
        }
    }

    fn finish(&mut self, recording: RecordingId) {
        let Some(writer) = self.live.remove(&recording) else { return };
        match writer.finish() {
            Ok(row) => {
                self.metrics.recordings_finished.add_one();
                self.tell(row);
            }
            Err(error) => {
                self.metrics.recording_failures.add_one();
                tracing::error!(%recording, %error, "a recording could not be finished; the next start tries again");
            }
        }
    }

    fn sync(&mut self) {
        for (recording, writer) in &mut self.live {
            if let Err(error) = writer.sync_if_due() {
                self.metrics.recording_failures.add_one();
                tracing::error!(%recording, %error, "a recording could not be made durable");
            }
        }
    }

    fn tell(&self, row: RecordingRow) {
        // The database is slower than the disk only when it is away; then the row waits
        // in the channel, and beyond its room in its segment, which the next start enters.
        if self.rows.try_send(row).is_err() {
            tracing::error!("the catalogue of recordings missed one; the next start enters it");
        }
    }
}

/// A channel for rows, and the task that brings them into the database. What is
/// there for good needs its segment no longer.
pub fn catalogue(
    store: Store,
    dir: PathBuf,
    metrics: MetricsHandle,
) -> (mpsc::Sender<RecordingRow>, tokio::task::JoinHandle<()>) {
    let (sender, mut rows) = mpsc::channel::<RecordingRow>(ROWS);
    let task = tokio::spawn(async move {
        while let Some(row) = rows.recv().await {
            let mut pause = Duration::from_millis(100);
            while let Err(error) = store.put_recording(&row).await {
                metrics.database_failures.add_one();
                tracing::error!(%error, "the database takes no recording; it is tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(30));
            }
            match row.state {
                RecordingState::Live => {}
                RecordingState::Complete | RecordingState::Partial => settle(dir.clone(), row).await,
            }
        }
    });
    (sender, task)
}

/// Removes the segment of a recording that the catalogue has.
pub async fn settle(dir: PathBuf, row: RecordingRow) {
    let recording = row.recording;
    match tokio::task::spawn_blocking(move || recordings::settle(&dir, &row)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%recording, %error, "a recording's segment stays until the next start"),
        Err(error) => tracing::error!(%recording, %error, "removing a recording's segment failed"),
    }
}
