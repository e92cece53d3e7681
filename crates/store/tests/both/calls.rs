//! Journals and records: nothing lost, nothing doubled, nothing changed later.

use crate::world::World;
use centre::journal::{CallEvent, EndStatus, HungUpSide, JournalEntry};
use centre::leg::Kind;
use centre::record::Record;
use centre::sounding::{Codec, LegSound, Party, Side};
use centre::{CallId, PhoneId, Pii, RecordingId, SdkAppId, StaffId, TrunkId};
use store::spool::SpoolItem;
use store::{RecordQuery, RecordingRow, RecordingState, StoreError};
use uuid::Uuid;

const APP: SdkAppId = SdkAppId(1_400_000_001);

fn call(number: u128) -> CallId {
    CallId(Uuid::from_u128(number))
}

fn entry(number: u128, sequence: u32, event: CallEvent) -> JournalEntry {
    JournalEntry { app: APP, call: call(number), sequence, at_ms: 1_000 * i64::from(sequence), event }
}

fn arrived(number: u128) -> JournalEntry {
    let event = CallEvent::Arrived {
        trunk: TrunkId(1),
        caller: Pii::new("13800000000".into()),
        callee: "100".into(),
        sip_call_id: "x@y".into(),
        user_to_user: None,
    };
    entry(number, 0, event)
}

fn ended(number: u128, sequence: u32) -> JournalEntry {
    entry(number, sequence, CallEvent::Ended { by: HungUpSide::User, status: EndStatus::Ok, cause: None })
}

fn record(number: u128, started_ms: i64) -> Record {
    Record {
        app: APP,
        call: call(number),
        direction: centre::journal::CallDirection::Inbound,
        caller: Pii::new("+86 138-0000-0000".into()),
        callee: "100".into(),
        sip_call_id: "x@y".into(),
        user_to_user: None,
        started_ms,
        answered_ms: Some(started_ms),
        queued_ms: None,
        ring_ms: None,
        accepted_ms: None,
        ended_ms: Some(started_ms + 1_000),
        keys: Vec::new(),
        queued_group: None,
        participants: Vec::new(),
        agent: None,
        transfers: Vec::new(),
        recordings: Vec::new(),
        remark: None,
        hung_up_by: Some(HungUpSide::User),
        end_status: Some(EndStatus::Ok),
        cause: None,
    }
}

pub async fn a_journal_written_twice_stands_once(world: &World) {
    let lines = vec![arrived(1), entry(1, 1, CallEvent::Answered), ended(1, 2)];
    world.store.append_journal(&lines[..2]).await.unwrap();
    world.store.append_journal(&lines).await.unwrap();
    world.store.append_journal(&lines).await.unwrap();
    world.store.append_journal(&[]).await.unwrap();
    assert_eq!(world.store.journal(APP, call(1)).await.unwrap(), lines);
    // A line that says otherwise under the same number changes nothing.
    world
        .store
        .append_journal(&[entry(1, 1, CallEvent::RecordingStopped { recording: RecordingId(Uuid::nil()) })])
        .await
        .unwrap();
    assert_eq!(world.store.journal(APP, call(1)).await.unwrap(), lines);
    assert_eq!(world.store.journal(SdkAppId(1_400_000_002), call(1)).await.unwrap(), []);
}

pub async fn a_record_is_never_changed_by_a_replay(world: &World) {
    let first = record(1, 5_000);
    world.store.put_records(&[first.clone(), record(2, 6_000)]).await.unwrap();
    let mut other = first.clone();
    other.end_status = Some(EndStatus::Error);
    other.cause = Some("changed".into());
    world.store.put_records(&[other, record(3, 7_000)]).await.unwrap();
    assert_eq!(world.store.record(APP, call(1)).await.unwrap(), Some(first));
    assert_eq!(world.store.records(APP, &RecordQuery::default()).await.unwrap().total, 3);
    assert_eq!(world.store.record(SdkAppId(7), call(1)).await.unwrap(), None);
}

pub async fn a_remark_written_after_the_call_reaches_its_record(world: &World) {
    let first = record(1, 5_000);
    let mut remarked = first.clone();
    remarked.remark = Some(Pii::new("calls back on Monday".into()));
    world.store.put_records(&[first.clone(), remarked.clone()]).await.unwrap();
    assert_eq!(world.store.record(APP, call(1)).await.unwrap(), Some(remarked.clone()));
    // A replay of the record as it was before takes nothing back.
    world.store.put_records(&[first]).await.unwrap();
    assert_eq!(world.store.record(APP, call(1)).await.unwrap(), Some(remarked));
}

fn sound(kind: Kind, agent: Option<StaffId>, remote: Option<&str>) -> LegSound {
    LegSound {
        party: Party { side: if agent.is_some() { Side::Seat } else { Side::Customer }, kind, agent },
        codec: Some(Codec::Pcma),
        received: 1_500,
        sent: 1_490,
        lost: 12,
        remote_lost: 3,
        jitter_us: 8_125,
        round_trip_us: 43_000,
        mos: 398,
        remote: remote.map(|remote| remote.parse().unwrap()),
        silences: 2,
        silent_ms: 31_000,
    }
}

pub async fn how_the_legs_of_a_call_sounded_is_written_with_its_journal(world: &World) {
    let legs = [
        sound(Kind::Trunk(TrunkId(u64::MAX)), None, Some("192.0.2.7:4000")),
        sound(Kind::Browser, Some(StaffId(7)), Some("[2001:db8::7]:50000")),
        LegSound { codec: None, ..sound(Kind::Phone(PhoneId(3)), Some(StaffId(7)), None) },
    ];
    // The last ones come when the call is over and has its record.
    let mut journal = vec![arrived(1), ended(1, 1)];
    let measured =
        legs.iter().zip(2..).map(|(sound, place)| entry(1, place, CallEvent::Measured { sound: sound.clone() }));
    journal.extend(measured);
    world.store.append_journal(&journal[..2]).await.unwrap();
    world.store.put_records(&[record(1, 1)]).await.unwrap();
    for _ in 0..2 {
        world.store.append_journal(&journal).await.unwrap();
        assert_eq!(world.store.legs_of(APP, call(1)).await.unwrap(), legs);
    }
    assert_eq!(world.store.journal(APP, call(1)).await.unwrap(), journal);
    assert_eq!(world.store.legs_of(SdkAppId(7), call(1)).await.unwrap(), []);
    assert!(world.store.unfinished_journals().await.unwrap().is_empty(), "the call is not opened again");
}

pub async fn calls_that_were_cut_off_are_found(world: &World) {
    let cut = vec![arrived(1), entry(1, 1, CallEvent::Answered)];
    let over = vec![arrived(2), ended(2, 1)];
    world.store.append_journal(&cut).await.unwrap();
    world.store.append_journal(&over).await.unwrap();
    world.store.put_records(&[record(2, 1)]).await.unwrap();
    assert_eq!(world.store.unfinished_journals().await.unwrap(), vec![cut.clone()]);
    // A replay of the beginning does not open a call that is over.
    world.store.append_journal(&[ended(1, 2)]).await.unwrap();
    world.store.put_records(&[record(1, 1)]).await.unwrap();
    world.store.append_journal(&cut).await.unwrap();
    assert!(world.store.unfinished_journals().await.unwrap().is_empty());
}

pub async fn a_call_whose_record_was_torn_off_still_gets_one(world: &World) {
    // The batch held the record too, but the plug was pulled between the two.
    let journal = vec![arrived(1), ended(1, 1)];
    let items: Vec<_> = journal.iter().cloned().map(SpoolItem::Journal).collect();
    world.store.put_spooled(&items).await.unwrap();
    assert_eq!(world.store.unfinished_journals().await.unwrap(), vec![journal]);
    // What the next start makes of it, twice, and once more in one batch.
    world.store.put_records(&[record(1, 1), record(1, 1)]).await.unwrap();
    world.store.put_records(&[record(1, 1)]).await.unwrap();
    assert!(world.store.unfinished_journals().await.unwrap().is_empty());
    // A record that overtook its journal closes the call as well.
    world.store.put_records(&[record(3, 1)]).await.unwrap();
    world.store.append_journal(&[arrived(3)]).await.unwrap();
    assert!(world.store.unfinished_journals().await.unwrap().is_empty());
}

pub async fn the_spool_may_be_replayed_from_any_point(world: &World) {
    let mut items = Vec::new();
    for number in 1..=60 {
        items.push(SpoolItem::Journal(arrived(number)));
        items.push(SpoolItem::Journal(entry(number, 1, CallEvent::Answered)));
        items.push(SpoolItem::Journal(ended(number, 2)));
        items.push(SpoolItem::Record(record(number, number as i64)));
    }
    for from in [0, 7, 100, 239] {
        world.store.put_spooled(&items[..from]).await.unwrap();
    }
    world.store.put_spooled(&items).await.unwrap();
    world.store.put_spooled(&items[100..]).await.unwrap();
    assert!(world.store.unfinished_journals().await.unwrap().is_empty());
    let page = world.store.records(APP, &RecordQuery::default()).await.unwrap();
    assert_eq!((page.total, page.records.len()), (60, 60));
    assert_eq!(world.store.journal(APP, call(60)).await.unwrap().len(), 3);
}

pub async fn records_are_found_newest_first(world: &World) {
    let mut records: Vec<Record> = (0..250).map(|n| record(n + 1, n as i64 * 100)).collect();
    records[10].callee = "008675512345678".into();
    records[20].caller = Pii::new("anonymous".into());
    records[30].agent = Some(StaffId(7));
    records[40].caller = Pii::new("13800000000".into());
    let mut elsewhere = record(900, 50);
    elsewhere.app = SdkAppId(1_400_000_002);
    world.store.put_records(&records).await.unwrap();
    world.store.put_records(&[elsewhere.clone()]).await.unwrap();
    let find = async |query: RecordQuery| {
        let page = world.store.records(APP, &query).await.unwrap();
        (page.total, page.records.iter().map(|record| record.call.0.as_u128()).collect::<Vec<_>>())
    };
    let all = RecordQuery::default;
    let (total, first) = find(RecordQuery { limit: 3, ..all() }).await;
    assert_eq!((total, first), (250, vec![250, 249, 248]));
    assert_eq!(find(RecordQuery { limit: 3, offset: 248, ..all() }).await, (250, vec![2, 1]));
    assert_eq!(find(RecordQuery { limit: 0, ..all() }).await, (250, vec![]));
    assert_eq!(find(RecordQuery { offset: u64::MAX, ..all() }).await, (250, vec![]));
    assert_eq!(find(RecordQuery { from_ms: Some(100), to_ms: Some(300), ..all() }).await, (2, vec![3, 2]));
    assert_eq!(find(RecordQuery { phones: vec!["+86 755 1234 5678".into()], ..all() }).await, (1, vec![11]));
    assert_eq!(
        find(RecordQuery { phones: vec!["anonymous".into(), "008675512345678".into()], ..all() }).await,
        (2, vec![21, 11])
    );
    assert_eq!(find(RecordQuery { phones: vec!["0086138-0000-0000".into()], ..all() }).await.0, 249);
    // The carrier wrote the caller nationally, the console asks with the country code.
    for writing in ["13800000000", "013800000000", "+8613800000000", "0086 138 0000 0000"] {
        assert_eq!(find(RecordQuery { phones: vec![writing.into()], ..all() }).await.0, 249, "{writing}");
    }
    assert_eq!(find(RecordQuery { phones: vec!["0755 12345678".into()], ..all() }).await, (1, vec![11]));
    assert_eq!(find(RecordQuery { phones: vec!["+13800000000".into()], ..all() }).await.0, 0);
    assert_eq!(find(RecordQuery { agent: Some(StaffId(7)), ..all() }).await, (1, vec![31]));
    assert_eq!(find(RecordQuery { calls: vec![call(5), call(900), call(6)], ..all() }).await, (2, vec![6, 5]));
    assert_eq!(world.store.record(APP, call(31)).await.unwrap().unwrap(), records[30]);
    for query in [RecordQuery { limit: 1_001, ..all() }, RecordQuery { phones: vec![String::new(); 101], ..all() }] {
        assert!(matches!(world.store.records(APP, &query).await, Err(StoreError::Limit { .. })));
    }
}

pub async fn a_hostile_caller_name_does_not_stop_the_rest(world: &World) {
    let mut hostile = record(1, 1);
    let name = "a\0b'; DROP TABLE records; --\u{202e}\u{1f600}";
    hostile.caller = Pii::new(name.into());
    hostile.callee = name.into();
    hostile.sip_call_id = name.into();
    world.store.put_records(&[hostile.clone(), record(2, 2)]).await.unwrap();
    assert_eq!(world.store.record(APP, call(1)).await.unwrap(), Some(hostile));
    // Too long for an index, and nothing that could be compressed.
    let mut long = record(3, 3);
    let name: String =
        (0..20_000_u32).map(|n| char::from(b'!' + (n.wrapping_mul(2_654_435_761) >> 25) as u8 % 90)).collect();
    long.caller = Pii::new(name.clone());
    long.callee = name.clone();
    world.store.put_records(&[long.clone(), record(4, 4)]).await.unwrap();
    assert_eq!(world.store.record(APP, call(3)).await.unwrap(), Some(long));
    let query = RecordQuery { phones: vec![name], ..RecordQuery::default() };
    assert_eq!(world.store.records(APP, &query).await.unwrap().total, 1);
}

pub async fn a_finished_recording_never_becomes_live_again(world: &World) {
    let recording = RecordingId(Uuid::from_u128(9));
    let live = RecordingRow {
        app: APP,
        call: call(1),
        recording,
        started_ms: 5,
        samples: 0,
        bytes: 0,
        state: RecordingState::Live,
    };
    let done = RecordingRow { samples: 8_000, bytes: 32_044, state: RecordingState::Complete, ..live.clone() };
    world.store.put_recording(&live).await.unwrap();
    assert_eq!(world.store.recording(APP, recording).await.unwrap(), Some(live.clone()));
    world.store.put_recording(&done).await.unwrap();
    world.store.put_recording(&live).await.unwrap();
    assert_eq!(world.store.recording(APP, recording).await.unwrap(), Some(done.clone()));
    // A mend that found the segment again knows no better.
    let mended = RecordingRow { samples: 7_000, bytes: 28_044, state: RecordingState::Partial, ..live.clone() };
    world.store.put_recording(&mended).await.unwrap();
    assert_eq!(world.store.recordings_of(APP, call(1)).await.unwrap(), vec![done]);
    assert_eq!(world.store.recording(SdkAppId(7), recording).await.unwrap(), None);
}
