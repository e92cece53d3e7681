//! Telephones, and trunks that carry calls out: what has a password that must
//! come back, and one space of extensions for people and telephones.

use crate::world::World;
use centre::settings::{Application, CallerId, OutsideCalls, Outward, Protection, Rewrite, TrunkAccount, TrunkRules};
use centre::{PhoneId, Pii, SdkAppId, StaffId};
use store::{NewPhone, NewStaff, NewTrunk, StoreError};

fn phone(extension: &str, agent: Option<StaffId>) -> NewPhone {
    NewPhone { extension: extension.into(), name: format!("Desk {extension}"), agent, enabled: true }
}

fn rewrite(prefix: &str, replacement: &str) -> Rewrite {
    Rewrite { prefix: prefix.into(), replacement: replacement.into() }
}

fn outward() -> Outward {
    Outward {
        host: "sip.carrier.example".into(),
        port: Some(5061),
        transport: sip::Transport::Tls,
        user: "line-7".into(),
        password: Pii::new("s3cret of the carrier".into()),
        registers: true,
        caller_id: CallerId::PAssertedIdentity,
        rewrites: vec![rewrite("0086", "0"), rewrite("", "9")],
        asking: centre::settings::Asking::default(),
    }
}

fn account(user: &str, password: &str) -> Option<TrunkAccount> {
    Some(TrunkAccount { user: user.into(), password: Pii::new(password.into()) })
}

pub async fn what_a_carrier_proves_is_kept_locked_and_its_own(world: &World) {
    let (shop, other) = (world.shop("Shop").await, world.shop("Other").await);
    let store = &world.store;
    let with = |name: &str, account| {
        let rules = TrunkRules { account, ..TrunkRules::default() };
        NewTrunk { rules, ..NewTrunk::inward(name, Vec::new()) }
    };
    let one = store.create_trunk(shop.app, with("one", account("carrier-7", "first secret"))).await.unwrap();
    let two = store.create_trunk(shop.app, with("two", account("carrier-8", "second secret"))).await.unwrap();
    store
        .create_trunk(other.app, with("one", account("carrier-7", "another")))
        .await
        .expect("names are each house's own");
    let taken = store.create_trunk(shop.app, with("three", account("carrier-7", "third"))).await;
    assert!(matches!(taken, Err(StoreError::Exists { .. })), "{taken:?}");
    for bad in [account("", "password"), account("user", ""), account("a\nb", "password")] {
        let refused = store.create_trunk(shop.app, with("bad", bad)).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    }
    let kept = world.again().await.settings(shop.app).await.unwrap();
    assert_eq!(kept.trunks[&one].rules.account, account("carrier-7", "first secret"));
    assert!(!format!("{kept:?}").contains("first secret"), "a password shows in a log");
    let mut changed = kept.trunks[&two].clone();
    changed.rules.account = None;
    store.update_trunk(shop.app, &changed).await.unwrap();
    assert_eq!(store.settings(shop.app).await.unwrap().trunks[&two].rules.account, None);
    changed.rules.account = account("carrier-8", "second secret");
    store.update_trunk(shop.app, &changed).await.unwrap();
    // A locked password that is put into another row does not open there.
    world
        .tamper(&format!(
            "UPDATE trunks_account SET locked_password = (SELECT locked_password FROM trunks_account WHERE trunk = {two}) \
             WHERE trunk = {one}"
        ))
        .await;
    let refused = store.settings(shop.app).await;
    assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{refused:?}");
}

pub async fn who_may_be_called_outside_is_kept(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap();
    assert_eq!(app.outside_calls, OutsideCalls::default());
    let outside_calls = OutsideCalls { allowed: vec!["00".into()], refused: vec!["001900".into()] };
    let changed = Application { outside_calls, ..app };
    world.store.update_application(&changed).await.unwrap();
    assert_eq!(world.again().await.application(changed.id).await.unwrap(), changed);
}

async fn agent(world: &World, app: SdkAppId, account: &str, extension: Option<&str>) -> StaffId {
    let person = NewStaff { extension: extension.map(str::to_owned), ..NewStaff::agent(account, account) };
    world.store.create_staff(app, person, None).await.unwrap()
}

fn taken<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Exists { what: "extension", .. })), "{result:?}");
}

pub async fn a_trunk_carries_calls_out_as_it_was_set(world: &World) {
    let shop = world.shop("Shop").await;
    let store = &world.store;
    let rules = TrunkRules {
        max_calls_per_second: Some(7),
        protection: Protection::Demanded,
        inward_rewrites: vec![rewrite("+86", "0086")],
        account: account("carrier-7", "s3cret of theirs"),
    };
    let new = NewTrunk { rules: rules.clone(), outward: Some(outward()), ..NewTrunk::inward("out", Vec::new()) };
    let id = store.create_trunk(shop.app, new).await.unwrap();
    let kept = store.settings(shop.app).await.unwrap();
    assert_eq!((&kept.trunks[&id].rules, &kept.trunks[&id].outward), (&rules, &Some(outward())));
    assert_eq!((&kept.trunks[&shop.trunk].rules, &kept.trunks[&shop.trunk].outward), (&TrunkRules::default(), &None));
    assert!(!format!("{kept:?}").contains("s3cret"), "a password shows in a log");

    let mut trunk = kept.trunks[&id].clone();
    trunk.outward = Some(Outward { password: Pii::new("another".into()), port: None, ..outward() });
    trunk.rules = TrunkRules::default();
    store.update_trunk(shop.app, &trunk).await.unwrap();
    let kept = store.settings(shop.app).await.unwrap();
    assert_eq!((&kept.trunks[&id].rules, &kept.trunks[&id].outward), (&trunk.rules, &trunk.outward));
    trunk.outward = None;
    store.update_trunk(shop.app, &trunk).await.unwrap();
    assert_eq!(store.settings(shop.app).await.unwrap().trunks[&id].outward, None);
    trunk.outward = Some(outward());
    store.update_trunk(shop.app, &trunk).await.unwrap();
    store.delete_trunk(shop.app, id).await.expect("it carries no number");

    let refused = async |outward: Outward| {
        let new = NewTrunk { outward: Some(outward), ..NewTrunk::inward("bad", Vec::new()) };
        store.create_trunk(shop.app, new).await.unwrap_err()
    };
    for (what, bad) in [
        ("host", Outward { host: " ".into(), ..outward() }),
        ("host", Outward { host: "h".repeat(254), ..outward() }),
        ("user", Outward { user: "a\r\nb".into(), ..outward() }),
        ("password", Outward { password: Pii::new("x".repeat(256)), ..outward() }),
        ("prefix", Outward { rewrites: vec![rewrite("\n", "")], ..outward() }),
    ] {
        let error = refused(bad).await;
        assert!(matches!(&error, StoreError::Invalid { what: named, .. } if *named == what), "{what}: {error:?}");
    }
    let many = Outward { rewrites: vec![rewrite("1", "2"); 101], ..outward() };
    assert!(matches!(refused(many).await, StoreError::Limit { .. }));
}

pub async fn a_telephone_keeps_its_password_and_nobody_reads_it_in_the_tables(world: &World) {
    let shop = world.shop("Shop").await;
    let store = &world.store;
    let alice = agent(world, shop.app, "alice@x.example", Some("1001")).await;
    let one = store.create_phone(shop.app, phone("8001", Some(alice))).await.unwrap();
    let two = store.create_phone(shop.app, phone("8002", None)).await.unwrap();
    assert_eq!(one.password.expose().len(), 20);
    assert_ne!(one.password, two.password);
    let kept = store.settings(shop.app).await.unwrap();
    assert_eq!((&kept.phones[&one.id], &kept.phones[&two.id]), (&one, &two));
    assert!(!format!("{kept:?}").contains(one.password.expose()), "a password shows in a log");

    let moved = NewPhone { name: "Corridor".into(), enabled: false, ..phone("8003", None) };
    store.update_phone(shop.app, one.id, &moved).await.unwrap();
    let kept = store.settings(shop.app).await.unwrap().phones[&one.id].clone();
    assert_eq!((kept.extension.as_str(), kept.name.as_str()), ("8003", "Corridor"));
    assert_eq!((kept.agent, kept.enabled, &kept.password), (None, false, &one.password));
    let renewed = store.renew_phone_password(shop.app, one.id).await.unwrap();
    assert_ne!(renewed, one.password);
    assert_eq!(world.again().await.settings(shop.app).await.unwrap().phones[&one.id].password, renewed);

    // A locked password that is put into another row does not open there.
    let copy = format!(
        "UPDATE phones SET locked_password = (SELECT locked_password FROM phones WHERE id = {}) WHERE id = {}",
        two.id, one.id
    );
    world.tamper(&copy).await;
    let refused = store.settings(shop.app).await;
    assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{refused:?}");
    store.delete_phone(shop.app, one.id).await.unwrap();
    let next = store.create_phone(shop.app, phone("8001", None)).await.unwrap();
    assert!(next.id > two.id, "an id came back");
}

pub async fn an_extension_leads_to_one_place(world: &World) {
    let (shop, other) = (world.shop("Shop").await, world.shop("Other").await);
    let (store, app) = (&world.store, shop.app);
    let alice = agent(world, app, "alice@x.example", Some("1001")).await;
    let bob = agent(world, app, "bob@x.example", None).await;
    let corridor = store.create_phone(app, phone("8001", None)).await.unwrap();
    taken(store.create_phone(app, phone("8001", None)).await);
    taken(store.create_phone(app, phone("1001", None)).await);
    taken(store.create_phone(app, phone("1001", Some(bob))).await);
    taken(store.update_phone(app, corridor.id, &phone("1001", Some(bob))).await);
    store.update_phone(app, corridor.id, &phone("8001", Some(bob))).await.expect("keeping its own extension");
    store.create_phone(other.app, phone("1001", None)).await.expect("another application's extensions are its own");

    // Her own telephone may have the person's extension; nobody else's.
    let desk = store.create_phone(app, phone("1001", Some(alice))).await.unwrap();
    taken(store.update_phone(app, desk.id, &phone("1001", Some(bob))).await);
    taken(store.update_phone(app, desk.id, &phone("1001", None)).await);
    let wants = async |person: StaffId, extension: &str| {
        let change = |staff: &mut centre::settings::Staff| -> Result<(), StoreError> {
            staff.extension = Some(extension.to_owned());
            Ok(())
        };
        store.change_staff(app, person, change).await.map(drop)
    };
    taken(wants(alice, "8001").await);
    wants(bob, "8001").await.expect("it is his own telephone's");
    wants(alice, "1001").await.expect("it is her own telephone's");

    // A telephone stays when its agent goes.
    store.delete_staff(app, alice).await.unwrap();
    assert_eq!(store.settings(app).await.unwrap().phones[&desk.id].agent, None);
    let again = NewStaff { extension: Some("1001".into()), ..NewStaff::agent("carl@x.example", "Carl") };
    taken(store.create_staff(app, again, None).await);
}

pub async fn another_applications_telephones_do_not_exist(world: &World) {
    let (mine, theirs) = (world.shop("Mine").await, world.shop("Theirs").await);
    let store = &world.store;
    let alice = agent(world, theirs.app, "alice@x.example", None).await;
    let desk = store.create_phone(theirs.app, phone("8001", Some(alice))).await.unwrap();
    let before = store.settings(theirs.app).await.unwrap();
    let hidden =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::NotFound { .. })), "{result:?}");
    hidden(store.update_phone(mine.app, desk.id, &phone("8009", None)).await);
    hidden(store.renew_phone_password(mine.app, desk.id).await.map(drop));
    hidden(store.delete_phone(mine.app, desk.id).await);
    hidden(store.delete_phone(theirs.app, PhoneId(99)).await);
    hidden(store.create_phone(mine.app, phone("8001", Some(alice))).await.map(drop));
    hidden(store.create_phone(SdkAppId(7), phone("8001", None)).await.map(drop));
    hidden(store.delete_staff(mine.app, alice).await);
    assert_eq!(store.settings(theirs.app).await.unwrap(), before);
    for (what, bad) in [
        ("extension", phone(" ", None)),
        ("name", NewPhone { name: String::new(), ..phone("8001", None) }),
        ("name", NewPhone { name: "a\nb".into(), ..phone("8001", None) }),
    ] {
        let refused = store.create_phone(mine.app, bad).await;
        assert!(matches!(&refused, Err(StoreError::Invalid { what: named, .. }) if *named == what), "{refused:?}");
    }
}
