//! Recordings that are cut off, run out of disk, or have holes.

use super::*;
use crate::disk::tests::{Folder, PoorDisk, folder};
use proptest::prelude::*;
use std::sync::atomic::Ordering;
use uuid::Uuid;

const HEADER: RecordingHeader = RecordingHeader {
    app: SdkAppId(1_400_000_001),
    call: CallId(Uuid::from_u128(1)),
    recording: RecordingId(Uuid::from_u128(2)),
    // 2024-02-29 12:00 UTC.
    started_ms: 1_709_208_000_000,
};

/// Half a second: the customer counts up, the agent counts down.
fn half_second(number: u64) -> Vec<i16> {
    (0..4_000)
        .flat_map(|n| {
            let value = ((number * 4_000 + n) % 30_000) as i16;
            [value, -value]
        })
        .collect()
}

fn heard(path: &Path) -> Vec<i16> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 8_000, 16));
    reader.samples().map(Result::unwrap).collect()
}

fn left_over(dir: &Folder) -> Vec<String> {
    let names = files_below(dir).unwrap().into_iter();
    names.map(|path| path.extension().unwrap().to_string_lossy().into_owned()).collect()
}

/// A segment of so many half seconds, as a crash would leave it.
fn crashed(dir: &Path, blocks: u64) -> PathBuf {
    let disk = Arc::new(PoorDisk::with_room(u64::MAX / 2));
    let mut writer = RecordingWriter::create_on(disk, dir, HEADER).unwrap();
    for number in 0..blocks {
        writer.append(number * 4_000, &half_second(number)).unwrap();
    }
    writer.paths.segment.clone()
}

#[test]
fn a_recording_becomes_a_wav_and_its_waveform() {
    let dir = folder("rec");
    let mut writer = RecordingWriter::create(&dir, HEADER).unwrap();
    for number in 0..5 {
        writer.append(number * 4_000, &half_second(number)).unwrap();
    }
    let row = writer.finish().unwrap();
    assert_eq!((row.samples, row.bytes, row.state), (20_000, 80_044, RecordingState::Complete));
    let paths = RecordingPaths::of_row(&dir, &row);
    assert_eq!(paths.wav, dir.join("1400000001/2024-02-29").join(format!("{}.wav", HEADER.recording)));
    assert_eq!(heard(&paths.wav), (0..5).flat_map(half_second).collect::<Vec<_>>());
    assert_eq!(open_wav(&paths.wav).unwrap().bytes, row.bytes);
    settle(&dir, &row).unwrap();
    assert_eq!(left_over(&dir), ["json", "wav"]);
    let peaks: serde_json::Value = serde_json::from_slice(&std::fs::read(&paths.peaks).unwrap()).unwrap();
    assert_eq!(peaks["samples_per_peak"], 80);
    assert_eq!(peaks["left"].as_array().unwrap().len(), 250);
    assert_eq!((&peaks["left"][0], &peaks["right"][249]), (&0.0.into(), &0.61.into()));
    assert!(matches!(open_wav(&paths.segment), Err(StoreError::NotFound { .. })));
    assert!(mend(&dir).unwrap().is_empty());
}

#[test]
fn holes_are_silence_and_repeated_sound_is_heard_once() {
    let dir = folder("holes");
    let mut writer = RecordingWriter::create(&dir, HEADER).unwrap();
    writer.append(100, &[1, -1, 2, -2]).unwrap();
    writer.append(101, &[9, -9, 3, -3]).unwrap();
    writer.append(100, &[8, -8]).unwrap();
    writer.append(6_000, &[4, -4]).unwrap();
    let row = writer.finish().unwrap();
    let sound = heard(&RecordingPaths::of_row(&dir, &row).wav);
    assert_eq!(sound.len(), 6_001 * 2);
    assert_eq!(sound[200..206], [1, -1, 2, -2, 3, -3]);
    assert_eq!(sound[12_000..], [4, -4]);
    assert!(sound[206..12_000].iter().chain(&sound[..200]).all(|sample| *sample == 0));
}

#[test]
fn an_empty_recording_is_an_empty_wav() {
    let dir = folder("empty");
    let row = RecordingWriter::create(&dir, HEADER).unwrap().finish().unwrap();
    assert_eq!((row.samples, row.bytes), (0, 44));
    assert!(heard(&RecordingPaths::of_row(&dir, &row).wav).is_empty());
}

#[test]
fn impossible_blocks_are_refused_and_harm_nothing() {
    let dir = folder("odd");
    let mut writer = RecordingWriter::create(&dir, HEADER).unwrap();
    for (first, samples) in
        [(0, vec![1]), (0, vec![0; BLOCK_SAMPLES * 2 + 2]), (RECORDING_SAMPLES, vec![1, 1]), (u64::MAX, vec![1, 1])]
    {
        assert!(matches!(writer.append(first, &samples), Err(StoreError::Invalid { .. })));
    }
    writer.append(0, &[5, 6]).unwrap();
    let row = writer.finish().unwrap();
    assert_eq!((row.samples, row.state), (1, RecordingState::Complete));
}

#[test]
fn a_crash_is_mended_at_the_next_start() {
    let dir = folder("crash");
    let segment = crashed(&dir, 4);
    std::fs::write(segment.with_extension("wav.part"), b"half").unwrap();
    let mended = mend(&dir).unwrap();
    let [Mended::Finished(row)] = &mended[..] else { panic!("{mended:?}") };
    assert_eq!((row.app, row.call, row.recording), (HEADER.app, HEADER.call, HEADER.recording));
    assert_eq!((row.samples, row.state), (16_000, RecordingState::Partial));
    assert_eq!(heard(&RecordingPaths::of_row(&dir, row).wav).len(), 32_000);
    settle(&dir, row).unwrap();
    assert_eq!(left_over(&dir), ["json", "wav"]);
    assert!(mend(&dir).unwrap().is_empty());
    assert!(mend(&dir.join("not there")).unwrap().is_empty());
}

#[test]
fn a_crash_while_finishing_is_mended_by_finishing_again() {
    let dir = folder("twice");
    crashed(&dir, 3);
    mend(&dir).unwrap();
    // The sound is already in its place.
    let mended = mend(&dir).unwrap();
    assert!(matches!(&mended[..], [Mended::Finished(row)] if row.samples == 12_000), "{mended:?}");
    assert_eq!(left_over(&dir), ["json", "seg", "wav"]);
}

#[test]
fn a_finished_recording_that_the_catalogue_missed_comes_back_at_the_next_start() {
    for state in [RecordingState::Complete, RecordingState::Partial] {
        let dir = folder("missed");
        let mut writer = RecordingWriter::create(&dir, HEADER).unwrap();
        writer.append(0, &half_second(0)).unwrap();
        if state == RecordingState::Partial {
            writer.mark_partial();
        }
        let row = writer.finish().unwrap();
        assert_eq!((row.samples, row.state), (4_000, state));
        // The process died before the row was in the database: twice.
        for _ in 0..2 {
            let mended = mend(&dir).unwrap();
            assert!(matches!(&mended[..], [Mended::Finished(again)] if *again == row), "{mended:?}");
        }
        settle(&dir, &row).unwrap();
        settle(&dir, &row).unwrap();
        assert!(mend(&dir).unwrap().is_empty());
        assert_eq!(left_over(&dir), ["json", "wav"]);
    }
}

#[test]
fn what_is_no_recording_is_set_aside() {
    let dir = folder("bad");
    let segment = crashed(&dir, 1);
    let whole = std::fs::read(&segment).unwrap();
    for bytes in [&b""[..], &b"CYDREC"[..], &whole[..whole.len().min(40)], &[0; 100]] {
        std::fs::write(&segment, bytes).unwrap();
        let mended = mend(&dir).unwrap();
        assert!(matches!(&mended[..], [Mended::Unreadable { file }] if file.exists()), "{mended:?}");
        assert_eq!(left_over(&dir), ["bad"]);
    }
}

#[test]
fn a_full_disk_keeps_what_came_before_and_what_comes_after() {
    // The disk ends at different bytes of a block.
    for spare in [0, 1, 15, 16, 17, 8_000] {
        let dir = folder("full");
        let disk = PoorDisk::with_room(16_016 * 2 + 66 + spare);
        let mut writer = RecordingWriter::create_on(Arc::new(disk.clone()), &dir, HEADER).unwrap();
        let results: Vec<_> =
            (0..4).map(|number| writer.append(number * 4_000, &half_second(number)).is_ok()).collect();
        assert_eq!(results, [true, true, false, false]);
        disk.room.store(1 << 20, Ordering::SeqCst);
        writer.append(16_000, &half_second(4)).unwrap();
        let row = writer.finish().unwrap();
        assert_eq!((row.samples, row.state), (20_000, RecordingState::Partial));
        let sound = heard(&RecordingPaths::of_row(&dir, &row).wav);
        assert_eq!(sound[..16_000], (0..2).flat_map(half_second).collect::<Vec<_>>());
        assert!(sound[16_000..32_000].iter().all(|sample| *sample == 0));
        assert_eq!(sound[32_000..], half_second(4));
    }
}

#[test]
fn a_recording_that_cannot_be_finished_waits_for_room() {
    let dir = folder("later");
    let disk = PoorDisk::with_room(40_000);
    let mut writer = RecordingWriter::create_on(Arc::new(disk.clone()), &dir, HEADER).unwrap();
    for number in 0..2 {
        writer.append(number * 4_000, &half_second(number)).unwrap();
    }
    assert!(matches!(writer.finish(), Err(StoreError::Full(_))));
    assert_eq!(left_over(&dir), ["seg"]);
    let mended = mend_on(&disk, &dir).unwrap();
    assert!(matches!(&mended[..], [Mended::Failed { error: StoreError::Full(_), .. }]), "{mended:?}");
    disk.room.store(1 << 20, Ordering::SeqCst);
    let mended = mend_on(&disk, &dir).unwrap();
    let [Mended::Finished(row)] = &mended[..] else { panic!("{mended:?}") };
    assert_eq!(row.samples, 8_000);
    settle(&dir, row).unwrap();
    let no_room = PoorDisk::with_room(10);
    assert!(matches!(RecordingWriter::create_on(Arc::new(no_room), &dir, HEADER), Err(StoreError::Full(_))));
    assert_eq!(left_over(&dir), ["json", "wav"]);
}

#[test]
fn days_are_counted_as_in_the_calendar() {
    for (wall_ms, expected) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (951_782_399_999, "2000-02-28"),
        (951_782_400_000, "2000-02-29"),
        (951_868_800_000, "2000-03-01"),
        (1_735_689_599_999, "2024-12-31"),
        (4_107_542_400_000, "2100-03-01"),
    ] {
        assert_eq!(day(wall_ms), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_segment_cut_anywhere_still_plays_up_to_there(cut in 0.0..1.0_f64, garbage in proptest::collection::vec(any::<u8>(), 0..64)) {
        let dir = folder("cut");
        let segment = crashed(&dir, 6);
        let mut bytes = std::fs::read(&segment).unwrap();
        let cut = (bytes.len() as f64 * cut) as usize;
        bytes.truncate(cut);
        bytes.extend(garbage);
        std::fs::write(&segment, bytes).unwrap();
        let mended = mend_on(&PoorDisk::with_room(1 << 30), &dir).unwrap();
        match &mended[..] {
            [Mended::Unreadable { .. }] => prop_assert!(cut < 66),
            [Mended::Finished(row)] => {
                let whole_blocks = (cut - 66) as u64 / 16_016;
                prop_assert_eq!(row.samples, whole_blocks * 4_000);
                let sound = heard(&RecordingPaths::of_row(&dir, row).wav);
                prop_assert_eq!(sound, (0..whole_blocks).flat_map(half_second).collect::<Vec<_>>());
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

#[test]
fn what_live_recordings_wrote_is_made_durable_together_and_only_when_it_is_time() {
    let dir = folder("durable");
    let disk = PoorDisk::with_room(1 << 20);
    let due = Instant::now().checked_sub(SYNC_EVERY).unwrap();
    let mut durability = Durability { disk: Arc::new(disk.clone()), dir: dir.to_path_buf(), synced_at: due };
    assert!(durability.sync_if_due().unwrap());
    assert!(!durability.sync_if_due().unwrap(), "not again at once");
    durability.synced_at = due;
    disk.no_sync.store(true, Ordering::SeqCst);
    assert!(durability.sync_if_due().is_err(), "a disk that fails is told of");
}
