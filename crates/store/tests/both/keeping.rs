//! Keeping: restarts, wrong keys, newer programs, crowds, and the audit.

use crate::world::{Shop, World};
use centre::settings::{Number, OutsideCalls, TrunkRules};
use store::{AuditCheck, KeyFile, NewAudit, NewSkillGroup, NewStaff, RecordQuery, Store, StoreError};

pub async fn everything_is_there_after_a_restart(world: &World) {
    let shop = world.shop("Shop").await;
    let key = world.store.create_api_key(shop.app, "").await.unwrap();
    world.store.create_staff(shop.app, NewStaff::agent("alice@x.example", "Alice"), Some("long enough")).await.unwrap();
    let before = world.store.settings(shop.app).await.unwrap();
    world.store.close().await;
    assert!(matches!(world.store.ping().await, Err(StoreError::Unavailable(_))));
    let store = world.again().await;
    store.ping().await.unwrap();
    assert_eq!(store.settings(shop.app).await.unwrap(), before);
    assert_eq!(store.api_key(&key.secret_id).await.unwrap(), Some(key));
    assert!(store.check_password(None, "alice@x.example", "long enough").await.unwrap().is_some());
    store.close().await;
}

/// Brings the tables back to what the first version made.
const FIRST_TABLES: &str = "DROP TABLE call_legs; DROP TABLE trunks_account; \
    ALTER TABLE applications DROP COLUMN outside_calls; ALTER TABLE applications DROP COLUMN phone_licences; \
    DROP TABLE phones; DELETE FROM counters WHERE name = 'phone'; DROP TABLE trunks_outward; \
    ALTER TABLE trunks DROP COLUMN rules; DROP INDEX numbers_by_match_key; ALTER TABLE numbers DROP COLUMN match_key; \
    ALTER TABLE records RENAME COLUMN caller_key TO caller; ALTER TABLE records RENAME COLUMN callee_key TO callee; \
    DELETE FROM migrations WHERE version > 1;";

pub async fn an_older_database_learns_what_its_numbers_mean(world: &World) {
    let (one, two) = (world.shop("One").await, world.shop("Two").await);
    let old = |shop: &Shop, number: &str, at: u32| {
        format!(
            "INSERT INTO numbers (number, app, trunk, flow, state, modified_at) VALUES ('{number}', {}, {}, {}, 1, {at});",
            shop.app, shop.trunk, shop.flow
        )
    };
    let records: String = (0..1_200)
        .map(|n| {
            let caller = if n % 2 == 0 { "13800000000" } else { "008613800000000" };
            let call = uuid::Uuid::from_u128(n + 1);
            format!(
                "INSERT INTO records (app, call, started_ms, caller, callee, record) \
                 VALUES ({}, '{call}', {n}, '{caller}', '100', '{{}}');",
                one.app
            )
        })
        .collect();
    let numbers = old(&one, "0086075512345678", 1) + &old(&two, "008675512345678", 2);
    world.tamper(&format!("{FIRST_TABLES} {numbers} {records}")).await;
    let store = world.again().await;
    let settings = store.settings(one.app).await.unwrap();
    assert_eq!(settings.trunks[&one.trunk].rules, TrunkRules::default());
    assert_eq!(settings.application.outside_calls, OutsideCalls::default());
    let by_phone = RecordQuery { phones: vec!["+86 138 0000 0000".into()], limit: 0, ..RecordQuery::default() };
    assert_eq!(store.records(one.app, &by_phone).await.unwrap().total, 1_200);
    // Both writings stay, but nobody makes a third, and the younger one gives nothing away when it goes.
    let third = Number {
        number: "075512345678".into(),
        trunk: two.trunk,
        flow: None,
        state: 1,
        call_out_groups: Vec::new(),
        modified_at: 0,
    };
    for _ in 0..2 {
        let taken = store.create_number(two.app, &third).await;
        assert!(matches!(taken, Err(StoreError::NumberTaken { .. })), "{taken:?}");
        let _second_time_gone = store.delete_number(two.app, "008675512345678").await;
    }
    store.delete_number(one.app, "0086075512345678").await.unwrap();
    store.create_number(two.app, &third).await.unwrap();
    store.close().await;
}

pub async fn a_cut_connection_is_made_anew(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    world.cut_connections().await;
    assert_eq!(world.store.application(app).await.unwrap().name, "Shop");
    world.store.create_skill_group(app, NewSkillGroup::phone("Sales")).await.unwrap();
}

pub async fn another_key_file_is_refused(world: &World) {
    let other = KeyFile::open(&world.dir.join("other")).unwrap();
    let refused = Store::open(&world.url, &other).await.err();
    assert!(matches!(refused, Some(StoreError::Damaged { .. })), "{refused:?}");
    assert!(refused.unwrap().to_string().contains("key file"));
}

pub async fn a_newer_database_is_refused(world: &World) {
    world.tamper("INSERT INTO migrations (version, name, checksum) VALUES (9999, 'later', 'x')").await;
    let key = KeyFile::open(&world.dir.join("key")).unwrap();
    let refused = Store::open(&world.url, &key).await.err();
    assert!(refused.as_ref().is_some_and(|error| error.to_string().contains("newer version")), "{refused:?}");
}

pub async fn nodes_that_start_together_make_the_tables_once(world: &World) {
    let starts = (0..4).map(|_| {
        let (url, key) = (world.url.clone(), KeyFile::open(&world.dir.join("key")).unwrap());
        tokio::spawn(async move { Store::open(&url, &key).await.unwrap() })
    });
    for start in starts.collect::<Vec<_>>() {
        let store = start.await.unwrap();
        store.ping().await.unwrap();
        store.close().await;
    }
}

pub async fn many_writers_lose_nothing(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    let writers = (0..40).map(|n| {
        let store = world.store.clone();
        tokio::spawn(async move {
            let name = format!("Group {}", n / 2);
            match store.create_skill_group(app, NewSkillGroup::phone(&name)).await {
                Ok(_) => 1,
                Err(StoreError::Exists { .. }) => 0,
                Err(error) => panic!("{error}"),
            }
        })
    });
    let mut made = 0;
    for writer in writers.collect::<Vec<_>>() {
        made += writer.await.unwrap();
    }
    assert_eq!(made, 20);
    assert_eq!(world.store.settings(app).await.unwrap().skill_groups.len(), 20);
}

pub async fn the_audit_shows_what_was_tampered_with(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    assert_eq!(world.store.check_audit(Some(app)).await.unwrap(), AuditCheck::Whole { entries: 0 });
    let writers = (0..12).map(|n| {
        let store = world.store.clone();
        let line = NewAudit {
            app: Some(app),
            who: "alice@x.example".into(),
            what: "sign_in.done".into(),
            detail: format!("{n}\0"),
        };
        tokio::spawn(async move { store.append_audit(line).await.unwrap() })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let platform =
        NewAudit { app: None, who: "root".into(), what: "application.created".into(), detail: String::new() };
    world.store.append_audit(platform).await.unwrap();
    assert_eq!(world.store.check_audit(Some(app)).await.unwrap(), AuditCheck::Whole { entries: 12 });
    assert_eq!(world.store.check_audit(None).await.unwrap(), AuditCheck::Whole { entries: 1 });
    let page = world.store.audit(Some(app), 2, 1).await.unwrap();
    assert_eq!(page.iter().map(|line| line.sequence).collect::<Vec<_>>(), [11, 10]);

    world.tamper("DELETE FROM audit WHERE sequence = 12").await;
    assert_eq!(world.store.check_audit(Some(app)).await.unwrap(), AuditCheck::Broken { sequence: 12 });
    world.tamper("UPDATE audit SET who = 'mallory' WHERE sequence = 5").await;
    assert_eq!(world.store.check_audit(Some(app)).await.unwrap(), AuditCheck::Broken { sequence: 5 });
    world.tamper("DELETE FROM audit WHERE sequence = 3").await;
    assert_eq!(world.store.check_audit(Some(app)).await.unwrap(), AuditCheck::Broken { sequence: 3 });
    assert_eq!(world.store.check_audit(None).await.unwrap(), AuditCheck::Whole { entries: 1 });
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let dir = std::env::temp_dir().join(format!("callyard-nowhere-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let key = KeyFile::open(&dir.join("key")).unwrap();
    let refused = Store::open("postgres://someone:s3cret@127.0.0.1:1/x", &key).await.err().unwrap();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("s3cret"));
    for url in ["mysql://x", "", "sqlite:", "sqlite::memory:", "postgres://s3cret@[bad"] {
        let refused = Store::open(url, &key).await.err().unwrap();
        assert!(matches!(refused, StoreError::Invalid { what: "database", .. }), "{url}: {refused:?}");
        assert!(!refused.to_string().contains("s3cret"));
    }
    std::fs::write(dir.join("callyard.db"), "this is no database, however long it may be".repeat(40)).unwrap();
    let refused = Store::open(&format!("sqlite:{}", dir.join("callyard.db").display()), &key).await.err().unwrap();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused:?}");
    std::fs::remove_dir_all(&dir).unwrap();
}
