//! Records and recordings.

use super::house::House;
use axum::body::Body;
use axum::http::Request;
use centre::journal::{CallEvent, EndStatus, HungUpSide, JournalEntry};
use centre::leg::Kind;
use centre::record::{KeyPress, Participant, Record};
use centre::sounding::{Codec, LegSound, Party, Side};
use centre::{CallId, Pii, RecordingId, SdkAppId, StaffId};
use store::recordings::{RecordingHeader, RecordingWriter};
use uuid::Uuid;

/// A call that Alice served, with a recording of one second.
pub async fn served_call(house: &House, agent: StaffId, app: SdkAppId) -> Record {
    let (call, recording) = (CallId(Uuid::new_v4()), RecordingId(Uuid::new_v4()));
    let started_ms = now_ms() - 60_000;
    let header = RecordingHeader { app, call, recording, started_ms };
    let dir = house.data_dir.join("recordings");
    let mut writer = RecordingWriter::create(&dir, header).unwrap();
    writer.append(0, &[1_000; 16_000]).unwrap();
    house.store.put_recording(&writer.finish().unwrap()).await.unwrap();
    let record = Record {
        app,
        call,
        direction: centre::journal::CallDirection::Inbound,
        caller: Pii::new("008613800000009".to_owned()),
        callee: "0086075512345678".to_owned(),
        sip_call_id: "abc@carrier".to_owned(),
        user_to_user: Some("order 7".to_owned()),
        started_ms,
        answered_ms: Some(started_ms + 100),
        queued_ms: Some(started_ms + 5_100),
        ring_ms: Some(started_ms + 6_000),
        accepted_ms: Some(started_ms + 10_000),
        ended_ms: Some(started_ms + 30_000),
        keys: vec![KeyPress { key: '1', label: "Sales".into(), node_label: "Menu".into(), at_ms: started_ms + 4_000 }],
        queued_group: Some((house.group, "Sales".to_owned())),
        participants: vec![Participant {
            agent,
            user_id: "alice@tests".to_owned(),
            group: Some(house.group),
            ring_ms: started_ms + 6_000,
            accepted_ms: Some(started_ms + 10_000),
            ended_ms: Some(started_ms + 30_000),
            end_status: Some(EndStatus::Ok),
            recording: Some(recording),
        }],
        agent: Some(agent),
        transfers: Vec::new(),
        recordings: vec![recording],
        remark: Some(Pii::new("<b>angry</b>".to_owned())),
        hung_up_by: Some(HungUpSide::User),
        end_status: Some(EndStatus::Ok),
        cause: None,
    };
    house.store.put_records(std::slice::from_ref(&record)).await.unwrap();
    record
}

fn now_ms() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64
}

#[tokio::test]
async fn waited_means_until_the_desk_rang_that_took_the_call() {
    let house = House::build().await;
    let (alice, bob) = (house.staff["alice@tests"], house.staff["bob@tests"]);
    let served = served_call(&house, alice, house.app).await;
    let ring = served.participants[0].ring_ms;
    // Alice let it ring out, and the caller left 24.9 seconds after the waiting began.
    let mut missed = Record { call: centre::CallId(uuid::Uuid::new_v4()), ..served.clone() };
    missed.participants[0].accepted_ms = None;
    missed.participants[0].end_status = Some(EndStatus::SeatGiveUp);
    // Or Bob took it, whose desk rang 15 seconds after hers.
    let mut taken = Record { call: centre::CallId(uuid::Uuid::new_v4()), ..missed.clone() };
    taken.participants.push(Participant { agent: bob, ring_ms: ring + 15_000, ..served.participants[0].clone() });
    house.store.put_records(&[missed.clone(), taken.clone()]).await.unwrap();
    let boss = house.session("boss@tests").await;
    for (record, waited) in [(served, 900), (taken, 15_900), (missed, 24_900)] {
        let view = boss.get(&format!("/records/{}", record.call)).await.json();
        assert_eq!(view["wait_ms"], waited, "{view}");
    }
}

#[tokio::test]
async fn everyone_sees_the_records_that_are_theirs() {
    let house = House::build().await;
    let record = served_call(&house, house.staff["alice@tests"], house.app).await;
    let list = house.session("boss@tests").await.get("/records?page=0&page_size=10").await.json();
    assert_eq!(list["total"], 1);
    let view = &list["records"][0];
    assert_eq!(view["call"], record.call.to_string());
    assert_eq!((view["talk_ms"].as_i64(), view["wait_ms"].as_i64()), (Some(20_000), Some(900)));
    assert_eq!((view["end_status"].as_str(), view["end_status_code"].as_i64()), (Some("ok"), Some(1)));
    assert_eq!(view["agent"]["user_id"], "alice@tests");
    assert_eq!(view["remark"], "<b>angry</b>");
    assert_eq!(view["keys"][0]["key"], "1");
    for (account, total) in [("alice@tests", 1), ("bob@tests", 0), ("admin@neighbours", 0)] {
        let client = house.session(account).await;
        assert_eq!(client.get("/records").await.json()["total"], total, "{account}");
        // Asking for someone else's by name does not help an agent.
        let other = format!("/records?agent={}", house.staff["alice@tests"]);
        assert_eq!(client.get(&other).await.json()["total"], total, "{account}");
        let one = client.get(&format!("/records/{}", record.call)).await;
        assert_eq!(one.status.as_u16(), if total == 1 { 200 } else { 404 }, "{account}");
    }
}

#[tokio::test]
async fn a_record_says_how_its_legs_sounded_and_addresses_to_supervisors_only() {
    let house = House::build().await;
    let alice = house.staff["alice@tests"];
    let record = served_call(&house, alice, house.app).await;
    let sound = LegSound {
        party: Party { side: Side::Seat, kind: Kind::Browser, agent: Some(alice) },
        codec: Some(Codec::Opus),
        received: 1_000,
        sent: 990,
        lost: 10,
        remote_lost: 0,
        jitter_us: 4_200,
        round_trip_us: 31_000,
        mos: 402,
        remote: Some("192.0.2.7:50000".parse().unwrap()),
        silences: 1,
        silent_ms: 12_000,
    };
    let event = CallEvent::Measured { sound };
    let entry = JournalEntry { app: record.app, call: record.call, sequence: 9, at_ms: record.started_ms, event };
    house.store.append_journal(&[entry]).await.unwrap();
    for (account, address) in
        [("boss@tests", serde_json::json!("192.0.2.7:50000")), ("alice@tests", serde_json::Value::Null)]
    {
        let client = house.session(account).await;
        let detail = client.get(&format!("/records/{}", record.call)).await.json();
        let leg = &detail["legs"][0];
        assert_eq!((&leg["side"], &leg["kind"], &leg["codec"]), (&"seat".into(), &"browser".into(), &"opus".into()));
        assert_eq!((&leg["agent"], &leg["mos"], &leg["lost"]), (&alice.0.into(), &402.into(), &10.into()));
        assert_eq!((&leg["silences"], &leg["silent_ms"]), (&1.into(), &12_000.into()));
        assert_eq!(leg["address"], address, "{account}");
    }
}

#[tokio::test]
async fn a_recording_plays_in_ranges_for_those_who_may_hear_it() {
    let house = House::build().await;
    let record = served_call(&house, house.staff["alice@tests"], house.app).await;
    let path = format!("/recordings/{}/audio", record.recordings[0]);
    for (account, status) in [("alice@tests", 200), ("boss@tests", 200), ("bob@tests", 404), ("admin@neighbours", 404)]
    {
        let client = house.session(account).await;
        assert_eq!(client.get(&path).await.status.as_u16(), status, "{account}");
        let peaks = client.get(&format!("/recordings/{}/peaks", record.recordings[0])).await;
        assert_eq!(peaks.status.as_u16(), status, "{account}");
    }
    let mut boss = house.session("boss@tests").await;
    let whole = boss.get(&path).await;
    assert_eq!(whole.headers["content-type"], "audio/wav");
    assert!(whole.body.starts_with(b"RIFF"));
    boss.headers.push(("range", "bytes=4-11".to_owned()));
    let part = boss.get(&path).await;
    assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, &whole.body[4..12]));
    boss.headers[0].1 = "bytes=99999999-".to_owned();
    assert_eq!(boss.get(&path).await.code(), "api.range_refused");
    let played = house.store.audit(Some(house.app), 50, 0).await.unwrap();
    let times = played.iter().filter(|line| line.what == "recording.played").count();
    assert_eq!(times, 3, "a later part of a file is no second listening");
    for bad in ["/recordings/x/audio", "/recordings/..%2f..%2fkey/audio"] {
        assert_eq!(boss.get(bad).await.status, 404, "{bad}");
    }
}

#[tokio::test]
async fn a_signed_link_opens_its_recording_and_nothing_else() {
    let house = House::build().await;
    let record = served_call(&house, house.staff["alice@tests"], house.app).await;
    let url = super::cloud::record_url(&house, &record).await;
    let path = url.strip_prefix(super::house::ORIGIN).unwrap().to_owned();
    let get = async |path: String| house.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await;
    let answer = get(path.clone()).await;
    assert_eq!((answer.status.as_u16(), &answer.body[..4]), (200, b"RIFF".as_slice()));
    let other = Uuid::new_v4().to_string();
    for broken in [
        path.replace(&record.recordings[0].to_string(), &other),
        path.replace(&format!("app={}", house.app), &format!("app={}", house.other_app)),
        path.replace("expires=", "expires=9"),
        path.replace("signature=", "signature=0"),
        path.replace("signature=", "signatur="),
    ] {
        let refused = get(broken.clone()).await;
        assert!(refused.status.is_client_error(), "{broken}");
        assert!(!refused.body.starts_with(b"RIFF"));
    }
}

#[tokio::test]
async fn queries_that_make_no_sense_are_named() {
    let house = House::build().await;
    let boss = house.session("boss@tests").await;
    for query in ["page_size=0", "page_size=201", "page=99999999", "page=-1", "from_ms=x", "colour=red"] {
        let answer = boss.get(&format!("/records?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "api.bad_field"), "{query}");
    }
    assert_eq!(boss.get("/records/not-a-uuid").await.status, 404);
}
