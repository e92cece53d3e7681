//! The threads that write recordings. One appends sound as it comes and makes it
//! durable; another turns what is over into files for people, which may take long.
//! Blocks come from the media thread, and what a recording belongs to comes from the
//! control thread before them. A full disk costs sound in the recording, never a call.

mod catalogue;
mod finisher;
#[cfg(test)]
mod tests;
mod writer;

pub use catalogue::{catalogue, settle};

use crate::control::thread::AbortOnPanic;
use crate::metrics::MetricsHandle;
use centre::{CallId, RecordingId, SdkAppId};
use finisher::Finisher;
use media::RecordingBlock;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use store::RecordingRow;
use store::recordings::RecordingPaths;
use tokio::sync::mpsc;
use uuid::Uuid;
use writer::Writer;

/// Blocks that may wait for the disk: a fifth of a second of sound each, 64 MiB in all.
const WAITING: usize = 10_240;
/// Notes that may wait. Two a recording; apart from the blocks, so that a slow disk
/// costs sound and not whole recordings.
const NOTES: usize = 16_384;
/// Recordings that may wait to be finished before they wait in the writer.
const FINISHING: usize = 64;

/// What control says of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingNote {
    /// It begins; its blocks come after this.
    Started(StartedRecording),
    /// It is over; its last blocks may still be on their way.
    Stopped(RecordingId),
}

/// What a recording belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartedRecording {
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
    Block(RecordingBlock),
    /// The last block was lost for want of room.
    Ended(RecordingId),
    Stop,
}

/// The control thread's end.
#[derive(Clone)]
pub struct RecordingNotes {
    notes: SyncSender<RecordingNote>,
}

impl RecordingNotes {
    /// Tells whose recording comes next, or that one is over.
    pub fn tell(&self, note: RecordingNote) {
        // Waiting for the disk here would stop calls.
        if self.notes.try_send(note).is_err() {
            tracing::error!(?note, "the recording writer does not keep up: a recording is lost, or ends late");
        }
    }
}

/// The media thread's end.
pub struct RecordingBlocks {
    messages: SyncSender<Message>,
    /// Recordings whose last block found no room: said as soon as there is some.
    ended: RefCell<BTreeSet<RecordingId>>,
    metrics: MetricsHandle,
}

impl RecordingBlocks {
    fn new(messages: SyncSender<Message>, metrics: MetricsHandle) -> RecordingBlocks {
        RecordingBlocks { messages, ended: RefCell::default(), metrics }
    }

    /// Hands over a block; never waits. A lost one is a gap, by which the writer knows it.
    pub fn push(&self, block: RecordingBlock) {
        let mut ended = self.ended.borrow_mut();
        while let Some(recording) = ended.first().copied() {
            if self.messages.try_send(Message::Ended(recording)).is_err() {
                break;
            }
            ended.remove(&recording);
        }
        let (recording, last) = (id_of(&block), block.last);
        if self.messages.try_send(Message::Block(block)).is_err() {
            self.metrics.recording_failures.add_one();
            if last {
                ended.insert(recording);
            }
        }
    }
}

fn id_of(block: &RecordingBlock) -> RecordingId {
    RecordingId(Uuid::from_u128(block.recording.0))
}

/// What the threads are given.
pub struct RecordingDesk {
    /// The recordings' folder.
    pub dir: PathBuf,
    /// Where rows for the catalogue go.
    pub rows: mpsc::Sender<RecordingRow>,
    /// Counters.
    pub metrics: MetricsHandle,
    /// Recordings of earlier runs that could not be finished yet.
    pub unfinished: Vec<RecordingPaths>,
}

/// The threads.
pub struct RecordingThread {
    messages: SyncSender<Message>,
    notes: SyncSender<RecordingNote>,
    writer: JoinHandle<()>,
    finisher: JoinHandle<()>,
    metrics: MetricsHandle,
}

impl RecordingThread {
    /// Starts the threads.
    pub fn start(desk: RecordingDesk) -> std::io::Result<RecordingThread> {
        let RecordingDesk { dir, rows, metrics, unfinished } = desk;
        let (messages, inbox) = sync_channel(WAITING);
        let (notes, noted) = sync_channel(NOTES);
        let (over, work) = sync_channel(FINISHING);
        let finisher = Finisher::new(rows.clone(), metrics.clone(), unfinished);
        let finisher = std::thread::Builder::new().name("recordings-end".into()).spawn(move || {
            let _guard = AbortOnPanic("recordings");
            finisher.run(&work);
        })?;
        let writer = Writer::new(dir, rows, over, metrics.clone());
        let writer = std::thread::Builder::new().name("recordings".into()).spawn(move || {
            let _guard = AbortOnPanic("recordings");
            writer.run(&inbox, &noted);
        })?;
        Ok(RecordingThread { messages, notes, writer, finisher, metrics })
    }

    /// The control thread's end.
    pub fn notes(&self) -> RecordingNotes {
        RecordingNotes { notes: self.notes.clone() }
    }

    /// The media thread's end.
    pub fn blocks(&self) -> RecordingBlocks {
        RecordingBlocks::new(self.messages.clone(), self.metrics.clone())
    }

    /// Finishes every recording and ends the threads. Call it when no more blocks come.
    pub fn stop(self) {
        // A thread that is gone already needs no telling.
        let _ = self.messages.send(Message::Stop);
        for thread in [self.writer, self.finisher] {
            if thread.join().is_err() {
                tracing::error!("the recording writer failed; its segments are mended at the next start");
            }
        }
    }
}
