//! The spool: journal entries and records are written here, durably, before
//! their effects leave the node; the database gets them afterwards. Append-only
//! segments of checked frames; a torn tail is cut off at the next start. Writing
//! to the database twice is harmless, so the spool never remembers what was
//! drained: a segment is there, or it is gone.

mod segment;
#[cfg(test)]
mod tests;

use crate::StoreError;
use crate::disk::{self, AppendFile, Disk, RealDisk};
use crate::limits::{SPOOL_ITEM_BYTES, SPOOL_RESERVE_BYTES, SPOOL_SEGMENT_BYTES};
use centre::journal::JournalEntry;
use centre::record::Record;
use segment::Segment;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A fully drained segment is removed at once when it is larger than this;
/// below, a restart would only repeat a few hundred rows.
const WORTH_REMOVING: u64 = 256 << 10;

/// What is spooled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "batches are a few items and live for a moment")]
pub enum SpoolItem {
    /// A line of a call's journal.
    Journal(JournalEntry),
    /// The final record of a call.
    Record(Record),
}

/// A place between two items of a spool; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

/// The spool of one data folder. Cheap to clone; all clones are the same spool.
/// Its calls block on the disk: use it from a thread of its own or `spawn_blocking`.
#[derive(Clone)]
pub struct Spool {
    inner: Arc<Mutex<Inner>>,
}

/// What was found when a spool was opened.
pub struct Opened {
    /// The spool.
    pub spool: Spool,
    /// Where the items begin that may not be in the database yet.
    pub from: Position,
    /// How many items those are.
    pub waiting: u64,
    /// Bytes that were no whole frame: the torn tail of a batch that was never
    /// confirmed, or damage.
    pub torn_bytes: u64,
}

impl Spool {
    /// Opens or makes the spool in a folder.
    pub fn open(dir: &Path) -> Result<Opened, StoreError> {
        Spool::open_on(Box::new(RealDisk), dir, SPOOL_RESERVE_BYTES)
    }

    fn open_on(disk: Box<dyn Disk>, dir: &Path, reserve_bytes: u64) -> Result<Opened, StoreError> {
        disk::make_folder(dir)?;
        let found = segment::find(dir)?;
        let from = found.segments.front().map_or(0, |segment| segment.first);
        let next = found.segments.back().map_or(0, Segment::end);
        let waiting = found.segments.iter().map(|segment| segment.count).sum();
        let dir = dir.to_owned();
        let mut inner =
            Inner { disk, dir, closed: found.segments, open: None, next, cursor: None, reserve_bytes, reserve: false };
        inner.make_reserve();
        let spool = Spool { inner: Arc::new(Mutex::new(inner)) };
        Ok(Opened { spool, from: Position(from), waiting, torn_bytes: found.torn_bytes })
    }

    /// Writes a batch and makes it durable with one fsync. After an error nothing
    /// of the batch counts as written and the same batch may be given again, as
    /// often as need be; what was confirmed before is untouched. On a full disk
    /// the space set aside is used up first. Returns the place after the batch.
    pub fn append(&self, items: &[SpoolItem]) -> Result<Position, StoreError> {
        let frames = frames_of(items)?;
        let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let mut inner = self.lock();
        match inner.write(&frames, count) {
            Err(StoreError::Full(_)) if inner.give_reserve() => inner.write(&frames, count),
            written => written,
        }
    }

    /// Reads at most `most` items from a place on; also the place after them.
    /// `Damaged` for an item that this version cannot read: the segment stays where
    /// it is, and calls go on, until someone has looked at it.
    pub fn read(&self, from: Position, most: usize) -> Result<(Vec<SpoolItem>, Position), StoreError> {
        let Some(plan) = self.lock().plan(from, most) else { return Ok((Vec::new(), from)) };
        // Outside the lock: a batch that is being written does not wait for this.
        let (items, cursor) = segment::read(&plan)?;
        let after = Position(cursor.position);
        self.lock().cursor = Some(cursor);
        Ok((items, after))
    }

    /// Where the next item will go: everything before it is written.
    pub fn end(&self) -> Position {
        Position(self.lock().next)
    }

    /// Everything before this place is in the database: whole segments are removed.
    pub fn drained(&self, up_to: Position) -> Result<(), StoreError> {
        self.lock().forget(up_to.0)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic under the lock leaves the list as it was or one segment longer.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Inner {
    disk: Box<dyn Disk>,
    dir: PathBuf,
    /// Oldest first; nothing is added to them any more.
    closed: VecDeque<Segment>,
    /// The one that grows.
    open: Option<(Segment, Box<dyn AppendFile>)>,
    /// Number of the next item.
    next: u64,
    /// Where the last reading stopped.
    cursor: Option<segment::Cursor>,
    /// How much space to set aside …
    reserve_bytes: u64,
    /// … and whether it is.
    reserve: bool,
}

impl Inner {
    fn write(&mut self, frames: &[u8], count: u64) -> Result<Position, StoreError> {
        if count == 0 {
            return Ok(Position(self.next));
        }
        let (mut segment, mut file) = match self.open.take() {
            Some((segment, file)) if segment.bytes < SPOOL_SEGMENT_BYTES => (segment, file),
            Some((full, _)) => {
                self.closed.push_back(full);
                self.begin()?
            }
            None => self.begin()?,
        };
        let mut bytes = Vec::with_capacity(segment::HEADER_BYTES + frames.len());
        if segment.bytes == 0 {
            bytes.extend_from_slice(&segment::header(segment.first));
        }
        bytes.extend_from_slice(frames);
        if let Err(error) = file.append(&bytes) {
            let error = StoreError::file(&segment.path, error);
            self.undo(segment, file);
            return Err(error);
        }
        if let Err(error) = file.sync() {
            // What the disk has of this batch is unknown, and a second fsync may
            // say yes without having written it. The file is not trusted again.
            let error = StoreError::file(&segment.path, error);
            let _ = file.cut(segment.bytes);
            self.retire(segment);
            return Err(error);
        }
        segment.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        segment.count += count;
        self.next += count;
        self.open = Some((segment, file));
        Ok(Position(self.next))
    }

    fn begin(&self) -> Result<(Segment, Box<dyn AppendFile>), StoreError> {
        let path = segment::path(&self.dir, self.next);
        let file = match self.disk.create(&path) {
            // Left behind by a first batch that failed: nothing in it was confirmed.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.disk.remove(&path).and_then(|()| self.disk.create(&path))
            }
            made => made,
        };
        let file = file.map_err(|error| StoreError::file(&path, error))?;
        Ok((Segment { path, first: self.next, count: 0, bytes: 0 }, file))
    }

    /// Takes back a batch of which some may be in the file.
    fn undo(&mut self, segment: Segment, mut file: Box<dyn AppendFile>) {
        if segment.bytes > 0 && file.cut(segment.bytes).is_ok() {
            self.open = Some((segment, file));
        } else {
            self.retire(segment);
        }
    }

    /// Closes a segment whose end is unknown. The next one begins where its
    /// confirmed part ends, which is how a start knows what to ignore.
    fn retire(&mut self, segment: Segment) {
        if segment.count > 0 {
            self.closed.push_back(segment);
        } else {
            // If it stays, `begin` removes it.
            let _ = self.disk.remove(&segment.path);
        }
    }

    fn plan(&self, from: Position, most: usize) -> Option<segment::Plan> {
        let open = self.open.iter().map(|(segment, _)| segment);
        let segment = self.closed.iter().chain(open).find(|segment| segment.end() > from.0)?;
        let position = from.0.max(segment.first);
        let start =
            segment::Cursor { first: segment.first, position: segment.first, offset: segment::HEADER_BYTES as u64 };
        let cursor = match &self.cursor {
            Some(cursor) if cursor.first == segment.first && cursor.position <= position => cursor.clone(),
            Some(_) | None => start,
        };
        let most = u64::try_from(most).unwrap_or(u64::MAX).min(segment.end() - position);
        Some(segment::Plan { path: segment.path.clone(), cursor, position, most })
    }

    fn forget(&mut self, up_to: u64) -> Result<(), StoreError> {
        while let Some(segment) = self.closed.front().filter(|segment| segment.end() <= up_to) {
            self.disk.remove(&segment.path).map_err(|error| StoreError::file(&segment.path, error))?;
            self.closed.pop_front();
        }
        let worth = |segment: &Segment| segment.end() <= up_to && segment.bytes > WORTH_REMOVING;
        if let Some((segment, _)) = self.open.take_if(|(segment, _)| worth(segment))
            && let Err(error) = self.disk.remove(&segment.path)
        {
            let error = StoreError::file(&segment.path, error);
            self.closed.push_back(segment);
            return Err(error);
        }
        if !self.reserve {
            self.make_reserve();
        }
        Ok(())
    }

    fn reserve_path(&self) -> PathBuf {
        self.dir.join("reserve")
    }

    /// Sets space aside; on a disk that is full already there is none.
    fn make_reserve(&mut self) {
        let path = self.reserve_path();
        if path.metadata().is_ok_and(|meta| meta.len() == self.reserve_bytes) {
            self.reserve = true;
            return;
        }
        let make = || -> std::io::Result<()> {
            if path.exists() {
                self.disk.remove(&path)?;
            }
            let mut file = self.disk.create(&path)?;
            file.append(&noise(self.reserve_bytes))?;
            file.sync()
        };
        self.reserve = make().is_ok();
        if !self.reserve {
            let _ = self.disk.remove(&path);
        }
    }

    fn give_reserve(&mut self) -> bool {
        std::mem::take(&mut self.reserve) && self.disk.remove(&self.reserve_path()).is_ok()
    }
}

/// Bytes that no file system can compress away.
fn noise(count: u64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..count / 8)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .collect()
}

fn frames_of(items: &[SpoolItem]) -> Result<Vec<u8>, StoreError> {
    let mut frames = Vec::new();
    for item in items {
        let text = crate::sql::json(item)?;
        if text.len() > SPOOL_ITEM_BYTES {
            return Err(StoreError::Invalid {
                what: "spool item",
                why: format!("is longer than {SPOOL_ITEM_BYTES} bytes"),
            });
        }
        segment::push_frame(&mut frames, text.as_bytes());
    }
    Ok(frames)
}
