//! Settings: what administrators set comes back, and nothing half.

use crate::world::{Shop, World, flow};
use centre::settings::{AfterSignIn, Forwarding, ForwardingTarget, Number, Role, Staff};
use centre::{FlowId, Pii, SdkAppId, SkillGroupId, SoundFileId, TrunkId};
use store::{NewSkillGroup, NewStaff, NewTrunk, OwnPurpose, StoreError};

fn number(shop: &Shop, text: &str) -> Number {
    Number {
        number: text.into(),
        trunk: shop.trunk,
        flow: Some(shop.flow),
        state: 1,
        call_out_groups: vec![shop.group],
        modified_at: 0,
    }
}

fn replace(old: &mut Staff, new: &Staff) -> Result<(), StoreError> {
    *old = new.clone();
    Ok(())
}

pub async fn an_application_comes_back_as_it_was_set(world: &World) {
    let shop = world.shop("Shop").await;
    assert_eq!(shop.app, SdkAppId(1_400_000_001));
    let mut application = world.store.application(shop.app).await.unwrap();
    application.desk_rules.wrap_up_s = 25;
    application.desk_rules.after_sign_in = AfterSignIn::NotReady;
    application.desk_rules.rest_reasons = vec!["午休".into()];
    world.store.update_application(&application).await.unwrap();
    world.store.set_phone_licences(shop.app, Some(12)).await.unwrap();
    application.phone_licences = Some(12);
    world.store.create_number(shop.app, &number(&shop, "+86 755-1234 5678")).await.unwrap();
    let mut alice = NewStaff::agent("alice@shop.example", "Alice 爱丽丝");
    alice.phone = Pii::new("008613800000000".into());
    alice.extension = Some("1001".into());
    alice.forwarding =
        Some(Forwarding { enabled: true, condition: 2, target: ForwardingTarget::Extension("1002".into()) });
    alice.groups.insert(shop.group, 2);
    alice.mobile_accept = 1;
    let id = world.store.create_staff(shop.app, alice.clone(), None).await.unwrap();

    let settings = world.store.settings(shop.app).await.unwrap();
    assert_eq!(settings.application, application);
    let kept = &settings.staff[&id];
    assert_eq!((&kept.user_id, &kept.name, &kept.phone), (&alice.user_id, &alice.name, &alice.phone));
    assert_eq!((&kept.extension, &kept.forwarding, &kept.groups), (&alice.extension, &alice.forwarding, &alice.groups));
    assert_eq!((kept.role, kept.mobile_accept, kept.mobile_call_out), (Role::Agent, 1, false));
    assert!(kept.modified_at > 1_600_000_000);
    assert_eq!(*kept, world.store.staff(shop.app, id).await.unwrap());
    let number = &settings.numbers["008675512345678"];
    assert_eq!((number.trunk, number.flow, &number.call_out_groups), (shop.trunk, Some(shop.flow), &vec![shop.group]));
    assert_eq!(settings.trunks[&shop.trunk].sources, vec!["127.0.0.0/8".parse().unwrap()]);
    assert_eq!(settings.trunks[&shop.trunk].max_calls, Some(30));
    assert_eq!(settings.skill_groups[&shop.group].max_concurrency, 1);
    assert_eq!(settings.flows[&shop.flow].nodes, flow("main", shop.sound, shop.group).nodes);
    assert_eq!(settings.sounds[&shop.sound].name, "welcome");
}

pub async fn the_programs_own_application_is_found_by_its_id_only(world: &World) {
    let store = &world.store;
    let namesake = store.create_application("Callyard Doctor").await.unwrap().id;
    assert_eq!(store.own_application(OwnPurpose::Doctor).await.unwrap(), None);
    let own = store.create_application("Callyard Doctor").await.unwrap().id;
    store.set_own_application(OwnPurpose::Doctor, own).await.unwrap();
    store.set_own_application(OwnPurpose::Demo, namesake).await.unwrap();
    store.set_own_application(OwnPurpose::Demo, own).await.unwrap();
    assert!(store.set_own_application(OwnPurpose::Doctor, SdkAppId(7)).await.is_err());
    for purpose in [OwnPurpose::Doctor, OwnPurpose::Demo] {
        assert_eq!(world.again().await.own_application(purpose).await.unwrap(), Some(own));
    }
}

pub async fn names_are_unique_within_an_application_only(world: &World) {
    let (one, two) = (world.shop("One").await, world.shop("Two").await);
    let again = world.store.create_skill_group(one.app, NewSkillGroup::phone("Sales")).await;
    assert!(matches!(again, Err(StoreError::Exists { what: "skill group", .. })), "{again:?}");
    let again = world.store.put_sound(one.app, "welcome", &[1]).await;
    assert!(matches!(again, Err(StoreError::Exists { what: "sound", .. })), "{again:?}");
    let again = world.store.create_flow(one.app, flow("main", one.sound, one.group)).await;
    assert!(matches!(again, Err(StoreError::Exists { what: "flow", .. })), "{again:?}");
    world.store.create_staff(one.app, NewStaff::agent("alice@x.example", "Alice"), None).await.unwrap();
    let again = world.store.create_staff(one.app, NewStaff::agent("ALICE@x.example", "Alice"), None).await;
    assert!(matches!(again, Err(StoreError::Exists { what: "staff account", .. })), "{again:?}");
    world.store.create_staff(two.app, NewStaff::agent("alice@x.example", "Alice"), None).await.unwrap();

    let mut bob = NewStaff::agent("bob@x.example", "Bob");
    bob.extension = Some("1001".into());
    let id = world.store.create_staff(one.app, bob.clone(), None).await.unwrap();
    bob.user_id = "carl@x.example".into();
    let again = world.store.create_staff(one.app, bob, None).await;
    assert!(matches!(again, Err(StoreError::Exists { what: "extension", .. })), "{again:?}");
    let mut bob = world.store.staff(one.app, id).await.unwrap();
    bob.user_id = "alice@x.example".into();
    let refused = world.store.change_staff(one.app, id, |person| replace(person, &bob)).await;
    assert!(matches!(refused, Err(StoreError::Exists { .. })), "{refused:?}");
    let mut group = world.store.settings(one.app).await.unwrap().skill_groups[&one.group].clone();
    group.last_agent_first = true;
    world.store.update_skill_group(one.app, &group).await.expect("keeping its own name is no conflict");
}

pub async fn what_is_in_use_cannot_be_deleted(world: &World) {
    let shop = world.shop("Shop").await;
    let store = &world.store;
    store.create_number(shop.app, &number(&shop, "100")).await.unwrap();
    let by = |result: Result<(), StoreError>| match result {
        Err(StoreError::InUse { by, .. }) => by,
        other => panic!("{other:?}"),
    };
    assert_eq!(by(store.delete_trunk(shop.app, shop.trunk).await), "number 100");
    assert_eq!(by(store.delete_flow(shop.app, shop.flow).await), "number 100");
    assert_eq!(by(store.delete_sound(shop.app, shop.sound).await), "flow main");
    assert_eq!(by(store.delete_skill_group(shop.app, shop.group).await), "flow main");

    let spare = store.create_skill_group(shop.app, NewSkillGroup::phone("Spare")).await.unwrap();
    let mut alice = NewStaff::agent("alice@x.example", "Alice");
    alice.groups.insert(spare, 1);
    let alice = store.create_staff(shop.app, alice, None).await.unwrap();
    assert_eq!(by(store.delete_skill_group(shop.app, spare).await), "staff alice@x.example");
    let mut person = store.staff(shop.app, alice).await.unwrap();
    person.groups.clear();
    person.forwarding = Some(Forwarding { enabled: true, condition: 1, target: ForwardingTarget::SkillGroup(spare) });
    store.change_staff(shop.app, alice, |old| replace(old, &person)).await.unwrap().unwrap();
    assert_eq!(by(store.delete_skill_group(shop.app, spare).await), "the forwarding of staff alice@x.example");
    store.delete_staff(shop.app, alice).await.unwrap();
    store.delete_skill_group(shop.app, spare).await.unwrap();

    store.delete_number(shop.app, "100").await.unwrap();
    store.delete_flow(shop.app, shop.flow).await.unwrap();
    store.delete_sound(shop.app, shop.sound).await.unwrap();
    store.delete_skill_group(shop.app, shop.group).await.unwrap();
    store.delete_trunk(shop.app, shop.trunk).await.unwrap();
    let again = store.create_skill_group(shop.app, NewSkillGroup::phone("Sales")).await.unwrap();
    assert!(again > spare, "an id came back");
}

pub async fn another_applications_things_do_not_exist(world: &World) {
    let (mine, theirs) = (world.shop("Mine").await, world.shop("Theirs").await);
    let store = &world.store;
    let alice =
        store.create_staff(theirs.app, NewStaff::agent("alice@x.example", "Alice"), Some("long enough")).await.unwrap();
    store.create_number(theirs.app, &number(&theirs, "100")).await.unwrap();
    let key = store.create_api_key(theirs.app, "").await.unwrap();
    let before = store.settings(theirs.app).await.unwrap();
    let hidden =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::NotFound { .. })), "{result:?}");

    hidden(store.staff(mine.app, alice).await.map(|_| ()));
    hidden(store.change_staff(mine.app, alice, |old| replace(old, &before.staff[&alice])).await.map(|_| ()));
    hidden(store.delete_staff(mine.app, alice).await);
    hidden(store.set_password(mine.app, alice, "also long enough").await);
    hidden(store.bind_groups(mine.app, alice, &[(mine.group, 1)].into()).await);
    hidden(store.unbind_groups(mine.app, alice, &[theirs.group]).await);
    hidden(
        store
            .update_skill_group(mine.app, &{
                let mut group = before.skill_groups[&theirs.group].clone();
                group.name = "Taken over".into();
                group
            })
            .await,
    );
    hidden(store.delete_skill_group(mine.app, theirs.group).await);
    let mut trunk = before.trunks[&theirs.trunk].clone();
    trunk.name = "Taken over".into();
    hidden(store.update_trunk(mine.app, &trunk).await);
    hidden(store.delete_trunk(mine.app, theirs.trunk).await);
    hidden(store.update_number(mine.app, &number(&mine, "100")).await);
    hidden(store.delete_number(mine.app, "100").await);
    let mut flow = before.flows[&theirs.flow].clone();
    flow.name = "Taken over".into();
    hidden(store.publish_flow(mine.app, &flow, None).await.map(|_| ()));
    hidden(store.delete_flow(mine.app, theirs.flow).await);
    hidden(store.delete_sound(mine.app, theirs.sound).await);
    assert_eq!(store.sound_samples(mine.app, theirs.sound).await.unwrap(), None);
    hidden(store.disable_api_key(mine.app, &key.secret_id).await);
    hidden(store.delete_api_key(mine.app, &key.secret_id).await);
    assert_eq!(store.check_password(Some(mine.app), "alice@x.example", "long enough").await.unwrap(), None);
    let mut stolen = NewStaff::agent("bob@x.example", "Bob");
    stolen.groups.insert(theirs.group, 1);
    hidden(store.create_staff(mine.app, stolen, None).await.map(|_| ()));
    assert_eq!(store.settings(theirs.app).await.unwrap(), before);
}

pub async fn a_number_leads_to_one_application(world: &World) {
    let (one, two) = (world.shop("One").await, world.shop("Two").await);
    assert_eq!(world.store.create_number(one.app, &number(&one, "+86-755 100")).await.unwrap(), "0086755100");
    let again = world.store.create_number(one.app, &number(&one, "0086755100")).await;
    assert!(matches!(again, Err(StoreError::Exists { what: "number", .. })), "{again:?}");
    let taken = world.store.create_number(two.app, &number(&two, "+86755100")).await;
    assert!(matches!(taken, Err(StoreError::NumberTaken { .. })), "{taken:?}");
    assert_eq!(taken.unwrap_err().code().id, "store.number_taken");
    // Another writing of it would take the other's calls.
    world.store.create_number(one.app, &number(&one, "0086075512345678")).await.unwrap();
    for writing in ["+8675512345678", "075512345678", "8675512345678", "75512345678", "+86 0755-1234 5678"] {
        let taken = world.store.create_number(two.app, &number(&two, writing)).await;
        assert!(matches!(taken, Err(StoreError::NumberTaken { .. })), "{writing}: {taken:?}");
        let again = world.store.create_number(one.app, &number(&one, writing)).await;
        assert!(matches!(again, Err(StoreError::Exists { what: "number", .. })), "{writing}: {again:?}");
    }
    let mut wrong = number(&two, "200");
    wrong.trunk = one.trunk;
    assert!(matches!(world.store.create_number(two.app, &wrong).await, Err(StoreError::NotFound { .. })));
    let mut wrong = number(&two, "200");
    wrong.flow = Some(one.flow);
    assert!(matches!(world.store.create_number(two.app, &wrong).await, Err(StoreError::NotFound { .. })));
    let mut wrong = number(&two, "200");
    wrong.call_out_groups = vec![one.group];
    assert!(matches!(world.store.create_number(two.app, &wrong).await, Err(StoreError::NotFound { .. })));
    assert!(world.store.settings(two.app).await.unwrap().numbers.is_empty(), "a refused number left something behind");
}

pub async fn a_flow_cannot_name_what_is_not_there(world: &World) {
    let (one, two) = (world.shop("One").await, world.shop("Two").await);
    for (sound, group) in
        [(SoundFileId(99), one.group), (one.sound, SkillGroupId(99)), (two.sound, one.group), (one.sound, two.group)]
    {
        let refused = world.store.create_flow(one.app, flow("other", sound, group)).await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    }
    let mut main = world.store.settings(one.app).await.unwrap().flows[&one.flow].clone();
    main.nodes = flow("main", SoundFileId(99), one.group).nodes;
    assert!(world.store.publish_flow(one.app, &main, None).await.is_err());
    let kept = world.store.settings(one.app).await.unwrap();
    assert_eq!(kept.flows.len(), 1);
    assert_eq!(kept.flows[&one.flow].version, 1);
    assert!(
        world.store.delete_sound(one.app, one.sound).await.is_err(),
        "a refused change loosened the flow's hold on its sound"
    );
}

pub async fn changes_carry_their_time_and_version(world: &World) {
    let shop = world.shop("Shop").await;
    let before = world.store.settings(shop.app).await.unwrap();
    let mut main = before.flows[&shop.flow].clone();
    main.version = 77;
    main.modified_at = 5;
    assert_eq!(world.store.publish_flow(shop.app, &main, None).await.unwrap(), 2);
    assert_eq!(world.store.publish_flow(shop.app, &main, Some(2)).await.unwrap(), 3);
    let mut trunk = before.trunks[&shop.trunk].clone();
    trunk.modified_at = 5;
    trunk.enabled = false;
    trunk.max_calls = None;
    world.store.update_trunk(shop.app, &trunk).await.unwrap();
    let after = world.store.settings(shop.app).await.unwrap();
    assert_eq!(after.flows[&shop.flow].version, 3);
    assert!(after.flows[&shop.flow].modified_at >= before.flows[&shop.flow].modified_at);
    assert!(after.trunks[&shop.trunk].modified_at >= before.trunks[&shop.trunk].modified_at);
    assert_eq!((after.trunks[&shop.trunk].enabled, after.trunks[&shop.trunk].max_calls), (false, None));
}

pub async fn a_sound_gives_its_samples_back(world: &World) {
    let shop = world.shop("Shop").await;
    assert_eq!(
        world.store.sound_samples(shop.app, shop.sound).await.unwrap().unwrap(),
        [0, 1000, -1000, i16::MAX, i16::MIN]
    );
    let long: Vec<i16> = (0..80_000).map(|n| (n % 30_000) as i16).collect();
    let id = world.store.put_sound(shop.app, "long", &long).await.unwrap();
    assert_eq!(world.store.sound_samples(shop.app, id).await.unwrap().unwrap(), long);
    assert_eq!(world.store.settings(shop.app).await.unwrap().sounds[&id].duration_ms, 10_000);
    assert_eq!(world.store.sound_samples(shop.app, SoundFileId(99)).await.unwrap(), None);
}

pub async fn bad_values_are_refused_by_name(world: &World) {
    let shop = world.shop("Shop").await;
    let store = &world.store;
    let invalid = |result: Result<(), StoreError>| match result {
        Err(StoreError::Invalid { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(invalid(store.create_application("  ").await.map(|_| ())), "name");
    assert_eq!(
        invalid(store.create_skill_group(shop.app, NewSkillGroup::phone(&"x".repeat(256))).await.map(|_| ())),
        "name"
    );
    assert_eq!(invalid(store.create_staff(shop.app, NewStaff::agent("a\nb", "A"), None).await.map(|_| ())), "user_id");
    let mut boss = NewStaff::agent("boss@x.example", "Boss");
    boss.role = Role::Operator;
    assert_eq!(invalid(store.create_staff(shop.app, boss.clone(), None).await.map(|_| ())), "role");
    boss.role = Role::Agent;
    assert_eq!(invalid(store.create_staff(shop.app, boss.clone(), Some("short")).await.map(|_| ())), "password");
    boss.groups.insert(shop.group, 6);
    assert_eq!(invalid(store.create_staff(shop.app, boss, None).await.map(|_| ())), "priority");
    assert_eq!(invalid(store.put_sound(shop.app, "empty", &[]).await.map(|_| ())), "sound");
    let crowd = vec!["10.0.0.0/8".parse().unwrap(); 101];
    let trunk = NewTrunk::inward("wide", crowd);
    assert!(matches!(store.create_trunk(shop.app, trunk).await, Err(StoreError::Limit { .. })));
    let nowhere = SdkAppId(u64::MAX);
    assert!(matches!(store.settings(nowhere).await, Err(StoreError::NotFound { .. })));
    assert!(matches!(store.put_sound(nowhere, "x", &[1]).await, Err(StoreError::NotFound { .. })));
    for (trunk, flow) in [(TrunkId(u64::MAX), shop.flow), (shop.trunk, FlowId(u64::MAX))] {
        assert!(store.delete_trunk(shop.app, trunk).await.is_err() || store.delete_flow(shop.app, flow).await.is_err());
    }
    assert!(store.settings(shop.app).await.unwrap().staff.is_empty(), "a refused account was made");
}

pub async fn a_change_of_a_person_undoes_no_binding(world: &World) {
    let shop = world.shop("Shop").await;
    let alice = world.store.create_staff(shop.app, NewStaff::agent("alice@x.example", "Alice"), None).await.unwrap();
    let mut groups = Vec::new();
    for n in 0..20 {
        groups.push(world.store.create_skill_group(shop.app, NewSkillGroup::phone(&format!("G{n}"))).await.unwrap());
    }
    let work = groups.iter().map(|group| {
        let (store, app, group) = (world.store.clone(), shop.app, *group);
        tokio::spawn(async move {
            store.bind_groups(app, alice, &[(group, 2)].into()).await.unwrap();
            let change = |person: &mut Staff| -> Result<(), StoreError> {
                person.name.push('!');
                Ok(())
            };
            store.change_staff(app, alice, change).await.unwrap().unwrap();
        })
    });
    for work in work.collect::<Vec<_>>() {
        work.await.unwrap();
    }
    let person = world.store.staff(shop.app, alice).await.unwrap();
    assert_eq!(person.groups.len(), 20, "a binding was undone");
    assert_eq!(person.name, format!("Alice{}", "!".repeat(20)), "a change was undone");
    let refused = world
        .store
        .change_staff(shop.app, alice, |person| {
            person.groups.clear();
            Err("on second thoughts")
        })
        .await;
    assert_eq!(refused.unwrap(), Err("on second thoughts"));
    assert_eq!(world.store.staff(shop.app, alice).await.unwrap(), person);
}

pub async fn a_flow_is_not_published_over_a_version_nobody_saw(world: &World) {
    let shop = world.shop("Shop").await;
    let mut main = world.store.settings(shop.app).await.unwrap().flows[&shop.flow].clone();
    assert_eq!(world.store.publish_flow(shop.app, &main, Some(1)).await.unwrap(), 2);
    main.name = "an older draft".into();
    let refused = world.store.publish_flow(shop.app, &main, Some(1)).await;
    assert!(matches!(refused, Err(StoreError::ChangedMeanwhile { .. })), "{refused:?}");
    assert_eq!(refused.unwrap_err().code().id, "flow.changed_meanwhile");
    let kept = &world.store.settings(shop.app).await.unwrap().flows[&shop.flow];
    assert_eq!((kept.name.as_str(), kept.version), ("main", 2));
    main.id = FlowId(99);
    let refused = world.store.publish_flow(shop.app, &main, Some(1)).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
}
