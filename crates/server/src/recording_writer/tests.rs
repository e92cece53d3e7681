//! Recordings whose blocks get lost, whose end nobody tells, or for which there is no room.

use super::*;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use store::recordings::RecordingWriter;
use store::{KeyFile, RecordingState, Store};

/// A writer whose every step the test takes itself.
struct Bench {
    writer: Writer,
    blocks: RecordingBlocks,
    inbox: Receiver<Message>,
    notes: RecordingNotes,
    noted: Receiver<RecordingNote>,
    over: Receiver<RecordingWriter>,
    finisher: Finisher,
    rows: mpsc::Receiver<RecordingRow>,
    metrics: MetricsHandle,
    dir: PathBuf,
}

impl Bench {
    /// With room for so many blocks between the media thread and the writer.
    fn with_room(room: usize) -> Bench {
        let dir = std::env::temp_dir().join(format!("callyard-recordings-{}", Uuid::new_v4()));
        let metrics = MetricsHandle::default();
        let (messages, inbox) = sync_channel(room);
        let (notes, noted) = sync_channel(16);
        let (over_sender, over) = sync_channel(1);
        let (rows_sender, rows) = mpsc::channel(16);
        Bench {
            writer: Writer::new(dir.clone(), rows_sender.clone(), over_sender, metrics.clone()),
            blocks: RecordingBlocks::new(messages, metrics.clone()),
            inbox,
            notes: RecordingNotes { notes },
            noted,
            over,
            finisher: Finisher::new(rows_sender, metrics.clone(), Vec::new()),
            rows,
            metrics,
            dir,
        }
    }

    fn started(&self, number: u128) {
        let recording = RecordingId(Uuid::from_u128(number));
        let call = CallId(Uuid::from_u128(number + 1_000));
        self.notes.tell(RecordingNote::Started(StartedRecording { app: SdkAppId(1), call, recording, started_ms: 0 }));
    }

    /// A quarter of a second.
    fn block(&self, number: u128, at: u64, last: bool) {
        let recording = media::RecordingId(number);
        self.blocks.push(RecordingBlock { recording, first_sample: at * 2_000, samples: vec![7; 4_000], last });
    }

    /// The writer takes what waits.
    fn write(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            self.writer.take(message, &self.noted);
        }
    }

    /// What the catalogue hears of recordings that are over.
    fn finished(&mut self) -> Vec<(u128, u64, RecordingState)> {
        while let Ok(writer) = self.over.try_recv() {
            self.finisher.finish(writer);
            self.writer.tend(Instant::now());
        }
        std::iter::from_fn(|| self.rows.try_recv().ok())
            .filter(|row| row.state != RecordingState::Live)
            .map(|row| (row.recording.0.as_u128(), row.samples, row.state))
            .collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

#[test]
fn a_recording_of_which_nothing_is_lost_is_complete() {
    let mut bench = Bench::with_room(8);
    bench.started(1);
    for at in 0..4 {
        bench.block(1, at, at == 3);
    }
    bench.write();
    assert_eq!(bench.finished(), [(1, 8_000, RecordingState::Complete)]);
}

#[test]
fn a_lost_block_makes_the_recording_partial() {
    let mut bench = Bench::with_room(1);
    bench.started(1);
    bench.block(1, 0, false);
    bench.block(1, 1, false); // finds no room
    bench.write();
    bench.block(1, 2, true);
    bench.write();
    assert_eq!(bench.finished(), [(1, 6_000, RecordingState::Partial)]);
    assert_eq!(bench.metrics.recording_failures.get(), 1);
}

#[test]
fn a_lost_last_block_is_told_as_soon_as_there_is_room() {
    let mut bench = Bench::with_room(1);
    bench.started(1);
    bench.started(2);
    bench.block(1, 0, false);
    bench.block(1, 1, true); // finds no room
    bench.block(2, 0, false); // neither does this, nor the end of the other
    bench.write();
    bench.block(2, 1, false); // the end of the other takes the room
    bench.write();
    assert_eq!(bench.finished(), [(1, 2_000, RecordingState::Partial)]);
    bench.block(2, 2, true);
    bench.write();
    assert_eq!(bench.finished(), [(2, 6_000, RecordingState::Partial)]);
}

#[test]
fn a_recording_that_falls_silent_is_finished() {
    let mut bench = Bench::with_room(8);
    bench.started(1);
    bench.block(1, 0, false);
    bench.write();
    let now = Instant::now();
    bench.writer.tend(now + Duration::from_secs(9));
    assert_eq!(bench.finished(), []);
    bench.writer.tend(now + Duration::from_secs(10));
    assert_eq!(bench.finished(), [(1, 2_000, RecordingState::Partial)]);
}

#[test]
fn a_recording_that_control_has_stopped_waits_only_a_moment_for_its_last_block() {
    let mut bench = Bench::with_room(8);
    for number in [1, 2, 3] {
        bench.started(number);
        bench.block(number, 0, false);
    }
    bench.write();
    for number in [1, 2] {
        bench.notes.tell(RecordingNote::Stopped(RecordingId(Uuid::from_u128(number))));
    }
    bench.writer.take_notes(&bench.noted, Instant::now());
    bench.block(1, 1, true);
    bench.write();
    bench.writer.tend(Instant::now() + Duration::from_secs(3));
    assert_eq!(bench.finished(), [(1, 4_000, RecordingState::Complete), (2, 2_000, RecordingState::Partial)]);
}

#[test]
fn a_note_of_a_recording_that_never_began_is_forgotten() {
    let mut bench = Bench::with_room(8);
    bench.started(1);
    bench.started(2);
    bench.writer.take_notes(&bench.noted, Instant::now());
    bench.block(2, 0, false);
    bench.write();
    bench.writer.tend(Instant::now() + Duration::from_secs(61));
    bench.block(1, 0, true);
    bench.write();
    assert_eq!(bench.finished(), [(2, 2_000, RecordingState::Partial)]);
}

#[test]
fn what_cannot_be_finished_is_tried_again_without_a_restart() {
    let mut bench = Bench::with_room(8);
    bench.started(1);
    bench.block(1, 0, true);
    bench.write();
    let writer = bench.over.try_recv().unwrap();
    // Something stands where the sound should be written, as a full disk would.
    let obstacle = PathBuf::from(format!("{}.part", writer.paths().wav.display()));
    std::fs::create_dir_all(obstacle.join("full")).unwrap();
    bench.finisher.finish(writer);
    assert_eq!(bench.finished(), []);
    bench.finisher.retry();
    assert_eq!(bench.finished(), []);
    std::fs::remove_dir_all(&obstacle).unwrap();
    bench.finisher.retry();
    assert_eq!(bench.finished(), [(1, 2_000, RecordingState::Complete)]);
    bench.finisher.retry();
    assert_eq!(bench.finished(), []);
}

#[tokio::test]
async fn a_segment_goes_when_the_catalogue_has_its_recording() {
    let mut bench = Bench::with_room(8);
    std::fs::create_dir_all(&bench.dir).unwrap();
    let key = KeyFile::open(&bench.dir.join("key")).unwrap();
    let store = Store::open(&format!("sqlite:{}", bench.dir.join("callyard.db").display()), &key).await.unwrap();
    bench.started(1);
    bench.block(1, 0, true);
    bench.write();
    let writer = bench.over.try_recv().unwrap();
    let segment = writer.paths().segment.clone();
    let exists = |path: &Path| path.exists();
    let row = writer.finish().unwrap();
    assert!(exists(&segment));
    let (rows, task) = catalogue(store.clone(), bench.dir.clone(), bench.metrics.clone());
    rows.send(row.clone()).await.unwrap();
    drop(rows);
    task.await.unwrap();
    assert!(!exists(&segment));
    assert_eq!(store.recording(row.app, row.recording).await.unwrap(), Some(row));
    store.close().await;
}
