//! Appends blocks to segments and makes them durable. It decides when a recording
//! is over, also when nobody says so; what happens then is the finisher's business.

use super::{Message, RecordingNote, StartedRecording, id_of};
use crate::metrics::MetricsHandle;
use centre::RecordingId;
use media::RecordingBlock;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::{Duration, Instant};
use store::recordings::{Durability, RecordingHeader, RecordingWriter};
use store::{RecordingRow, RecordingState};
use tokio::sync::mpsc;

/// The longest turn: how late something may be made durable.
const TURN: Duration = Duration::from_millis(100);
/// How long a turn waits for more once something came. The media thread gives away a block of
/// every recording at a time; taking them together spares it a wake-up for each.
const GATHERS: Duration = Duration::from_millis(10);
/// Messages taken in one turn, so that making durable never waits for a flood of them.
const MESSAGES_A_TURN: usize = 1_024;
/// The media engine sends something for every live recording four times a second. After
/// this long without, it has forgotten the recording, or its end was lost.
const QUIET: Duration = Duration::from_secs(10);
/// How long the last blocks may take after control said that the recording is over.
const LAST_BLOCKS: Duration = Duration::from_secs(2);
/// A recording of which nothing came in this time never began.
const NOTE_AGE: Duration = Duration::from_secs(60);

pub struct Writer {
    dir: PathBuf,
    rows: mpsc::Sender<RecordingRow>,
    over: SyncSender<RecordingWriter>,
    metrics: MetricsHandle,
    noted: BTreeMap<RecordingId, (StartedRecording, Instant)>,
    live: BTreeMap<RecordingId, Live>,
    durability: Durability,
    /// Whether something was written that is not durable yet.
    written: bool,
    /// Over, but the finisher has its hands full.
    waiting: VecDeque<RecordingWriter>,
    /// When all recordings were last looked over for ends that nobody told.
    looked: Instant,
}

struct Live {
    writer: RecordingWriter,
    /// Where the next block begins, if none was lost.
    next_sample: u64,
    /// When the last block came.
    heard: Instant,
    /// When control said that it is over.
    stopped: Option<Instant>,
}

impl Writer {
    pub fn new(
        dir: PathBuf,
        rows: mpsc::Sender<RecordingRow>,
        over: SyncSender<RecordingWriter>,
        metrics: MetricsHandle,
    ) -> Writer {
        let (noted, live) = (BTreeMap::new(), BTreeMap::new());
        let durability = Durability::of(&dir);
        let (waiting, looked) = (VecDeque::new(), Instant::now());
        Writer { dir, rows, over, metrics, noted, live, durability, written: false, waiting, looked }
    }

    /// Turns until it is told to stop; then hands over everything that is open.
    pub fn run(mut self, inbox: &Receiver<Message>, notes: &Receiver<RecordingNote>) {
        loop {
            let first = inbox.recv_timeout(TURN);
            if first.is_ok() {
                std::thread::sleep(GATHERS);
            }
            // Before the blocks: control spoke before the media engine did.
            self.take_notes(notes, Instant::now());
            let stop = match first {
                Ok(message) => {
                    let rest = inbox.try_iter().take(MESSAGES_A_TURN);
                    let mut all = std::iter::once(message).chain(rest);
                    all.any(|message| self.take(message, notes))
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            if stop {
                return self.stop();
            }
            self.tend(Instant::now());
        }
    }

    pub(super) fn take_notes(&mut self, notes: &Receiver<RecordingNote>, now: Instant) {
        for note in notes.try_iter() {
            match note {
                RecordingNote::Started(started) => {
                    self.noted.insert(started.recording, (started, now));
                }
                RecordingNote::Stopped(recording) => {
                    if let Some(live) = self.live.get_mut(&recording) {
                        live.stopped.get_or_insert(now);
                    }
                }
            }
        }
    }

    /// Whether it was the last message of all.
    pub(super) fn take(&mut self, message: Message, notes: &Receiver<RecordingNote>) -> bool {
        let now = Instant::now();
        match message {
            Message::Block(block) => {
                if !self.live.contains_key(&id_of(&block)) {
                    self.take_notes(notes, now);
                }
                self.write(block, now);
            }
            Message::Ended(recording) => self.end_partial(recording),
            Message::Stop => return true,
        }
        false
    }

    fn write(&mut self, block: RecordingBlock, now: Instant) {
        let recording = id_of(&block);
        if let Some((started, _)) = self.noted.remove(&recording) {
            self.begin(started, now);
        }
        let Some(live) = self.live.get_mut(&recording) else {
            // Its note was lost or its file could not be made; both were told already.
            self.metrics.recording_failures.add_one();
            return;
        };
        live.heard = now;
        if block.first_sample > live.next_sample {
            live.writer.mark_partial();
        }
        live.next_sample = block.first_sample + block.samples.len() as u64 / 2;
        self.written = true;
        if let Err(error) = live.writer.append(block.first_sample, &block.samples) {
            self.metrics.recording_failures.add_one();
            tracing::error!(%recording, %error, "a moment of a recording is lost");
        }
        if block.last {
            self.end(recording);
        }
    }

    fn begin(&mut self, started: StartedRecording, now: Instant) {
        let StartedRecording { app, call, recording, started_ms } = started;
        match RecordingWriter::create(&self.dir, RecordingHeader { app, call, recording, started_ms }) {
            Ok(writer) => {
                self.live.insert(recording, Live { writer, next_sample: 0, heard: now, stopped: None });
                let state = RecordingState::Live;
                let row = RecordingRow { app, call, recording, started_ms, samples: 0, bytes: 0, state };
                if self.rows.try_send(row).is_err() {
                    tracing::warn!(%recording, "the catalogue hears of a recording only when it is finished");
                }
            }
            Err(error) => {
                self.metrics.recording_failures.add_one();
                tracing::error!(%recording, %error, "a recording could not be started");
            }
        }
    }

    /// What time brings: sound becomes durable, ends that nobody told are noticed.
    pub(super) fn tend(&mut self, now: Instant) {
        self.make_durable();
        self.hand_over();
        // Not in every turn: there may be thousands, and their silence is measured in seconds.
        if now.duration_since(self.looked) < TURN {
            return;
        }
        self.looked = now;
        let is_over = |live: &Live| {
            let stopped = live.stopped.is_some_and(|at| now.duration_since(at.max(live.heard)) >= LAST_BLOCKS);
            stopped || now.duration_since(live.heard) >= QUIET
        };
        let silent: Vec<RecordingId> =
            self.live.iter().filter(|(_, live)| is_over(live)).map(|(recording, _)| *recording).collect();
        for recording in silent {
            tracing::warn!(%recording, "a recording ended without its last block; it is finished as it is");
            self.end_partial(recording);
        }
        self.noted.retain(|_, (_, since)| now.duration_since(*since) < NOTE_AGE);
        self.hand_over();
    }

    fn make_durable(&mut self) {
        if !self.written {
            return;
        }
        match self.durability.sync_if_due() {
            Ok(done) => self.written = !done,
            Err(error) => {
                // Which of them lost something, nobody knows.
                self.live.values_mut().for_each(|live| live.writer.mark_partial());
                self.metrics.recording_failures.add_one();
                tracing::error!(%error, "recordings could not be made durable");
            }
        }
    }

    fn end_partial(&mut self, recording: RecordingId) {
        if let Some(live) = self.live.get_mut(&recording) {
            live.writer.mark_partial();
        }
        self.end(recording);
    }

    fn end(&mut self, recording: RecordingId) {
        if let Some(live) = self.live.remove(&recording) {
            self.waiting.push_back(live.writer);
        }
        self.hand_over();
    }

    fn hand_over(&mut self) {
        while let Some(writer) = self.waiting.pop_front() {
            match self.over.try_send(writer) {
                Ok(()) => {}
                Err(TrySendError::Full(writer)) => return self.waiting.push_front(writer),
                Err(TrySendError::Disconnected(_)) => {
                    tracing::error!("nobody finishes recordings; the next start does");
                }
            }
        }
    }

    fn stop(mut self) {
        for recording in self.live.keys().copied().collect::<Vec<_>>() {
            self.end_partial(recording);
        }
        for writer in self.waiting {
            // A finisher that is gone left the segment for the next start.
            let _ = self.over.send(writer);
        }
    }
}
