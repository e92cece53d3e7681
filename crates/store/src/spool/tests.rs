//! The spool under pulled plugs and full disks.

use super::*;
use crate::disk::tests::{Folder, PoorDisk, folder};
use centre::journal::CallEvent;
use centre::{CallId, SdkAppId};
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// Small, so that the tests spend their time on other things.
const RESERVE: u64 = 1 << 10;

fn open(dir: &Path) -> Opened {
    Spool::open_on(Box::new(PoorDisk::with_room(u64::MAX / 2)), dir, RESERVE).unwrap()
}

fn item(number: u32) -> SpoolItem {
    let event = CallEvent::Answered;
    SpoolItem::Journal(JournalEntry { app: SdkAppId(1), call: CallId(Uuid::nil()), sequence: number, at_ms: 0, event })
}

fn items(numbers: std::ops::Range<u32>) -> Vec<SpoolItem> {
    numbers.map(item).collect()
}

fn all(opened: &Opened) -> Vec<SpoolItem> {
    let mut from = opened.from;
    let mut all = Vec::new();
    loop {
        let (items, after) = opened.spool.read(from, 7).unwrap();
        if items.is_empty() {
            return all;
        }
        all.extend(items);
        from = after;
    }
}

fn segments(dir: &Folder) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(&**dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "spool"));
    paths.sort();
    paths
}

#[test]
fn what_was_appended_is_there_after_a_restart() {
    let dir = folder("spool");
    let opened = Spool::open(&dir).unwrap();
    assert_eq!((opened.from, opened.waiting, opened.torn_bytes), (Position(0), 0, 0));
    assert_eq!(opened.spool.append(&items(0..3)).unwrap(), Position(3));
    assert_eq!(opened.spool.append(&[]).unwrap(), Position(3));
    assert_eq!(opened.spool.append(&items(3..20)).unwrap(), Position(20));
    assert_eq!(all(&opened), items(0..20));
    let again = open(&dir);
    assert_eq!((again.from, again.waiting, again.torn_bytes), (Position(0), 20, 0));
    assert_eq!(all(&again), items(0..20));
    again.spool.append(&items(20..25)).unwrap();
    assert_eq!(all(&again), items(0..25));
    assert_eq!(all(&open(&dir)), items(0..25));
}

#[test]
fn a_plug_pulled_at_any_byte_loses_only_the_batch_that_was_not_confirmed() {
    let dir = folder("torn");
    let opened = open(&dir);
    opened.spool.append(&items(0..2)).unwrap();
    let path = segments(&dir).remove(0);
    let confirmed = path.metadata().unwrap().len();
    opened.spool.append(&items(2..4)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        // The rest of the file is missing, or is there as zeros, as some file systems leave it.
        for zeros in [0, 64] {
            let crashed = folder("torn-at");
            let mut left = whole[..cut].to_vec();
            left.resize(cut + zeros, 0);
            std::fs::write(segment::path(&crashed, 0), &left).unwrap();
            let opened = open(&crashed);
            let found = all(&opened);
            assert_eq!(found, items(0..found.len() as u32), "cut at {cut}");
            if cut as u64 >= confirmed {
                assert!(found.len() >= 2, "cut at {cut}: a confirmed item is lost");
            }
            // It goes on from there, and the next start finds all of it whole.
            let (have, next) = (found.len() as u32, found.len() as u32 + 2);
            opened.spool.append(&items(have..next)).unwrap();
            let again = open(&crashed);
            assert_eq!(all(&again), items(0..next), "cut at {cut}");
            assert_eq!(again.torn_bytes, 0, "cut at {cut}");
        }
    }
}

#[test]
fn a_flipped_bit_is_never_taken_for_an_item() {
    let dir = folder("flip");
    open(&dir).spool.append(&items(0..3)).unwrap();
    let whole = std::fs::read(segments(&dir).remove(0)).unwrap();
    for place in 0..whole.len() {
        let damaged = folder("flip-at");
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        std::fs::write(segment::path(&damaged, 0), &bytes).unwrap();
        let opened = open(&damaged);
        let found = all(&opened);
        assert!(found.len() < 3 && opened.torn_bytes > 0, "byte {place}");
        assert_eq!(found, items(0..found.len() as u32), "byte {place}");
    }
}

#[test]
fn a_full_disk_keeps_what_was_confirmed_and_takes_the_batch_later() {
    // Room for the reserve and some batches, ending at every byte of a batch.
    for spare in 0..220 {
        let dir = folder("full");
        let disk = PoorDisk::with_room(RESERVE + 1_000 + spare);
        let opened = Spool::open_on(Box::new(disk.clone()), &dir, RESERVE).unwrap();
        // Another program takes the reserve's space as soon as it is given back.
        std::fs::write(dir.join("reserve"), b"").unwrap();
        let mut next = 0;
        while opened.spool.append(&items(next..next + 1)).is_ok() {
            next += 1;
        }
        assert!(next >= 5, "only {next} items fitted");
        for _ in 0..3 {
            assert!(matches!(opened.spool.append(&items(next..next + 1)), Err(StoreError::Full(_))));
        }
        assert_eq!(all(&opened), items(0..next));
        assert_eq!(all(&Spool::open_on(Box::new(disk.clone()), &dir, RESERVE).unwrap()), items(0..next));
        disk.room.store(1 << 20, Ordering::SeqCst);
        opened.spool.append(&items(next..next + 3)).unwrap();
        assert_eq!(all(&opened), items(0..next + 3));
        assert_eq!(all(&Spool::open_on(Box::new(disk), &dir, RESERVE).unwrap()), items(0..next + 3));
    }
}

#[test]
fn the_reserve_carries_running_calls_over_a_full_disk_and_is_set_aside_again() {
    const LARGE: u64 = 256 << 10;
    let dir = folder("reserve");
    let disk = PoorDisk::with_room(LARGE + 500);
    let opened = Spool::open_on(Box::new(disk.clone()), &dir, LARGE).unwrap();
    let reserve = dir.join("reserve");
    assert_eq!(reserve.metadata().unwrap().len(), LARGE);
    for number in 0..1_000 {
        opened.spool.append(&[item(number)]).expect("the reserve is large enough for a thousand entries");
    }
    assert!(!reserve.exists());
    disk.room.fetch_add(LARGE, Ordering::SeqCst);
    opened.spool.drained(opened.spool.end()).unwrap();
    assert_eq!(reserve.metadata().unwrap().len(), LARGE);
}

#[test]
fn after_a_failed_fsync_the_batch_is_written_to_another_file_and_stands_once() {
    for no_cut in [false, true] {
        let dir = folder("fsync");
        let disk = PoorDisk::with_room(u64::MAX / 2);
        let opened = Spool::open_on(Box::new(disk.clone()), &dir, RESERVE).unwrap();
        opened.spool.append(&items(0..2)).unwrap();
        disk.no_sync.store(true, Ordering::SeqCst);
        disk.no_cut.store(no_cut, Ordering::SeqCst);
        for _ in 0..3 {
            assert!(opened.spool.append(&items(2..5)).is_err());
        }
        disk.no_sync.store(false, Ordering::SeqCst);
        opened.spool.append(&items(2..5)).unwrap();
        assert_eq!(all(&opened), items(0..5));
        assert_eq!(segments(&dir).len(), 2);
        assert_eq!(all(&Spool::open_on(Box::new(disk), &dir, RESERVE).unwrap()), items(0..5));
    }
}

#[test]
fn a_first_batch_that_never_got_through_leaves_nothing() {
    let dir = folder("first");
    let disk = PoorDisk::with_room(u64::MAX / 2);
    disk.no_sync.store(true, Ordering::SeqCst);
    let opened = Spool::open_on(Box::new(disk.clone()), &dir, RESERVE).unwrap();
    assert!(opened.spool.append(&items(0..2)).is_err());
    disk.no_sync.store(false, Ordering::SeqCst);
    opened.spool.append(&items(0..2)).unwrap();
    assert_eq!(all(&opened), items(0..2));
}

#[test]
fn drained_segments_disappear_and_the_rest_stays() {
    let dir = folder("drain");
    for round in 0..4 {
        // Every start begins a segment of its own.
        open(&dir).spool.append(&items(round * 10..round * 10 + 10)).unwrap();
    }
    let opened = open(&dir);
    assert_eq!(segments(&dir).len(), 4);
    opened.spool.drained(Position(25)).unwrap();
    assert_eq!(segments(&dir).len(), 2);
    let (found, after) = opened.spool.read(Position(25), 100).unwrap();
    assert_eq!((found, after), (items(25..30), Position(30)));
    let again = open(&dir);
    assert_eq!((again.from, again.waiting), (Position(20), 20));
    again.spool.drained(again.spool.end()).unwrap();
    assert!(segments(&dir).is_empty());
    assert_eq!(again.spool.append(&items(40..41)).unwrap(), Position(41));
    // A place that was drained long ago reads on at what is there.
    assert_eq!(again.spool.read(Position(0), 10).unwrap(), (items(40..41), Position(41)));
}

#[test]
fn a_long_spool_is_cut_into_segments_that_go_when_they_are_drained() {
    let dir = folder("long");
    let opened = open(&dir);
    let batch = items(0..30_000);
    while segments(&dir).len() < 3 {
        opened.spool.append(&batch).unwrap();
    }
    let end = opened.spool.end();
    let mut from = opened.from;
    while from < end {
        let (found, after) = opened.spool.read(from, 5_000).unwrap();
        assert!(!found.is_empty());
        from = after;
        opened.spool.drained(from).unwrap();
    }
    assert!(segments(&dir).len() <= 1);
    let oversized = centre::journal::CallEvent::Remarked { text: centre::Pii::new("x".repeat(SPOOL_ITEM_BYTES)) };
    let SpoolItem::Journal(mut entry) = item(0) else { panic!("a journal entry") };
    entry.event = oversized;
    assert!(matches!(opened.spool.append(&[SpoolItem::Journal(entry)]), Err(StoreError::Invalid { .. })));
}
