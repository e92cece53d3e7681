//! The journal's way to disk and on to the database. Appending is one write
//! and one fsync on the control thread; the database is fed from the disk by a
//! task of its own, so that its absence costs nothing but room on the disk.

use crate::metrics::MetricsHandle;
use std::time::Duration;
use store::spool::{Position, Spool, SpoolItem};
use store::{Store, StoreError};
use tokio::sync::watch;

/// Entries kept in memory while the disk takes none: some minutes of a busy
/// node, a few hundred MiB at most.
const HELD: usize = 200_000;
/// How long to wait before the disk is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Entries that go to the database in one transaction.
const SHIPMENT: usize = 500;
/// First pause after the database refused.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause between two attempts to reach the database.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Writes a batch durably and says where the spool ends then.
pub type Append = Box<dyn Fn(&[SpoolItem]) -> Result<Position, StoreError> + Send>;

/// The control thread's end.
pub struct Ledger {
    spool: Append,
    spooled: watch::Sender<Position>,
    held: Vec<SpoolItem>,
    retry_at: Option<Duration>,
    metrics: MetricsHandle,
}

impl Ledger {
    /// A ledger on an opened spool that ends at `at`, and the position its [`Shipper`] follows.
    pub fn new(spool: Append, at: Position, metrics: MetricsHandle) -> (Ledger, watch::Receiver<Position>) {
        let (spooled, follows) = watch::channel(at);
        (Ledger { spool, spooled, held: Vec::new(), retry_at: None, metrics }, follows)
    }

    /// Makes entries durable. When the disk refuses, they are kept in memory
    /// in their order and calls go on: a call must not end because a disk is full.
    pub fn append(&mut self, items: Vec<SpoolItem>, now: Duration) {
        if items.is_empty() {
            if self.retry_at.is_some_and(|at| at <= now) {
                self.retry(now);
            }
            return;
        }
        if self.held.is_empty() {
            match self.write(&items) {
                Ok(()) => {}
                Err(error) => self.hold(items, &error, now),
            }
            return;
        }
        self.keep(items);
        if self.retry_at.is_none_or(|at| at <= now) {
            self.retry(now);
        }
    }

    /// Tries to write what is held in memory.
    fn retry(&mut self, now: Duration) {
        if self.held.is_empty() {
            self.retry_at = None;
            return;
        }
        let held = std::mem::take(&mut self.held);
        match self.write(&held) {
            Ok(()) => {
                tracing::info!(entries = held.len(), "the journal's disk takes entries again; nothing was lost");
                self.retry_at = None;
                self.metrics.journal_held.set(0);
            }
            Err(error) => {
                self.held = held;
                self.retry_at = Some(now + RETRY);
                tracing::debug!(%error, "the journal's disk still refuses");
            }
        }
    }

    /// The last attempt before the thread ends: what the disk does not take now is lost.
    pub fn close(mut self, now: Duration) {
        self.retry(now);
        let lost = self.held.len();
        if lost > 0 {
            tracing::error!(lost, "journal entries are lost: the disk takes none, and the server stops");
            self.metrics.journal_lost.add(lost as u64);
            self.metrics.journal_held.set(0);
        }
    }

    /// When [`Ledger::append`] wants to be called even without entries.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.retry_at
    }

    fn write(&mut self, items: &[SpoolItem]) -> Result<(), StoreError> {
        let position = (self.spool)(items)?;
        self.metrics.journal_entries.add(items.len() as u64);
        self.metrics.journal_syncs.add_one();
        self.spooled.send_replace(position);
        Ok(())
    }

    fn hold(&mut self, items: Vec<SpoolItem>, error: &StoreError, now: Duration) {
        tracing::error!(%error, "the journal cannot be written; entries are kept in memory and calls go on. \
            Make room on the disk of the data folder");
        self.retry_at = Some(now + RETRY);
        self.keep(items);
    }

    fn keep(&mut self, items: Vec<SpoolItem>) {
        let room = HELD.saturating_sub(self.held.len());
        let lost = items.len().saturating_sub(room);
        if lost > 0 {
            tracing::error!(lost, "journal entries are lost: neither disk nor memory takes them");
            self.metrics.journal_lost.add(lost as u64);
        }
        self.held.extend(items.into_iter().take(room));
        self.metrics.journal_held.set(self.held.len() as u64);
    }
}

/// Moves the spool into the database.
pub struct Shipper {
    /// The spool.
    pub spool: Spool,
    /// The database.
    pub store: Store,
    /// Everything before this is in the database.
    pub at: Position,
    /// Counters.
    pub metrics: MetricsHandle,
}

impl Shipper {
    /// Follows the spool until the control thread is gone and everything is shipped
    /// (or the database does not take it, which the next start mends).
    pub async fn run(mut self, mut spooled: watch::Receiver<Position>) {
        loop {
            let end = *spooled.borrow_and_update();
            self.ship(end).await;
            if spooled.changed().await.is_err() {
                return;
            }
        }
    }

    /// Ships everything before `end`, or says why not.
    pub async fn ship_once(&mut self, end: Position) -> Result<(), StoreError> {
        while self.at < end {
            self.ship_some().await?;
        }
        Ok(())
    }

    /// Ships everything before `end`, however long the database is away.
    async fn ship(&mut self, end: Position) {
        let mut pause = FIRST_PAUSE;
        while self.at < end {
            self.metrics.database_behind.set(end.0 - self.at.0);
            match self.ship_some().await {
                Ok(()) => pause = FIRST_PAUSE,
                Err(error) => {
                    self.metrics.database_failures.add_one();
                    tracing::error!(%error, behind = end.0 - self.at.0, "the database takes no journal; it is tried again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        self.metrics.database_behind.set(0);
    }

    async fn ship_some(&mut self) -> Result<(), StoreError> {
        let (spool, from) = (self.spool.clone(), self.at);
        let (items, next) = blocking(move || spool.read(from, SHIPMENT)).await?;
        self.store.put_spooled(&items).await?;
        self.at = next;
        let (spool, up_to) = (self.spool.clone(), next);
        // Already in the database: a segment that could not be removed is only read once more.
        if let Err(error) = blocking(move || spool.drained(up_to)).await {
            tracing::warn!(%error, "a segment of the spool could not be removed");
        }
        Ok(())
    }
}

/// Runs something that blocks on the disk beside the asynchronous tasks.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use centre::journal::{CallEvent, JournalEntry};
    use centre::{CallId, SdkAppId};
    use std::sync::{Arc, Mutex};
    use uuid::Uuid;

    const SECOND: Duration = Duration::from_secs(1);

    fn line(sequence: u32) -> SpoolItem {
        let event = CallEvent::Answered;
        SpoolItem::Journal(JournalEntry { app: SdkAppId(1), call: CallId(Uuid::nil()), sequence, at_ms: 0, event })
    }

    /// A disk that is full for as long as the test says.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(bool, Vec<SpoolItem>)>>);

    impl Disk {
        fn ledger(&self, metrics: &MetricsHandle) -> Ledger {
            let disk = self.clone();
            let append = move |items: &[SpoolItem]| {
                let mut disk = disk.0.lock().expect("one thread");
                if disk.0 {
                    return Err(StoreError::Full("the test's disk".into()));
                }
                disk.1.extend_from_slice(items);
                Ok(Position(disk.1.len() as u64))
            };
            Ledger::new(Box::new(append), Position(0), metrics.clone()).0
        }

        fn full(&self, full: bool) {
            self.0.lock().expect("one thread").0 = full;
        }

        fn written(&self) -> Vec<SpoolItem> {
            self.0.lock().expect("one thread").1.clone()
        }
    }

    #[test]
    fn a_full_disk_loses_nothing_and_keeps_the_order() {
        let (disk, metrics) = (Disk::default(), MetricsHandle::default());
        let mut ledger = disk.ledger(&metrics);
        ledger.append(vec![line(0)], SECOND);
        disk.full(true);
        ledger.append(vec![line(1)], SECOND);
        ledger.append(vec![line(2)], SECOND * 2);
        assert_eq!(disk.written(), [line(0)]);
        assert_eq!(metrics.journal_held.get(), 2, "the alarm stands");
        disk.full(false);
        let at = ledger.poll_timeout().expect("it wants to try again");
        ledger.append(Vec::new(), at);
        assert_eq!(disk.written(), [line(0), line(1), line(2)]);
        assert_eq!((metrics.journal_held.get(), metrics.journal_lost.get()), (0, 0));
        assert_eq!(ledger.poll_timeout(), None);
    }

    #[test]
    fn what_a_full_disk_does_not_take_at_the_stop_is_counted_as_lost() {
        let (disk, metrics) = (Disk::default(), MetricsHandle::default());
        let mut ledger = disk.ledger(&metrics);
        disk.full(true);
        ledger.append(vec![line(0), line(1)], SECOND);
        ledger.close(SECOND * 2);
        assert_eq!((metrics.journal_held.get(), metrics.journal_lost.get()), (0, 2));

        let mut ledger = disk.ledger(&metrics);
        ledger.append(vec![line(0)], SECOND);
        disk.full(false);
        ledger.close(SECOND * 2);
        assert_eq!(disk.written(), [line(0)]);
        assert_eq!(metrics.journal_lost.get(), 2, "these were written in the end");
    }

    #[test]
    fn memory_for_a_full_disk_ends_and_says_so() {
        let (disk, metrics) = (Disk::default(), MetricsHandle::default());
        let mut ledger = disk.ledger(&metrics);
        disk.full(true);
        ledger.append(vec![line(0); HELD + 7], SECOND);
        assert_eq!((metrics.journal_held.get(), metrics.journal_lost.get()), (HELD as u64, 7));
    }
}
