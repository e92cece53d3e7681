//! Accounts: who may sign in, with what, for how long.

use crate::world::World;
use centre::{SdkAppId, StaffId};
use store::{NewSkillGroup, NewStaff, OperatorId, SessionKind, SessionOwner, StoreError, TokenUse};

const PASSWORD: &str = "correct horse battery";
const ONCE: SessionKind = SessionKind::SdkToken(TokenUse::OnlyOnce);
const LASTING: SessionKind = SessionKind::SdkToken(TokenUse::UntilExpiry);

fn soon() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_secs() as i64 + 600
}

async fn alice(world: &World, app: SdkAppId) -> StaffId {
    world.store.create_staff(app, NewStaff::agent("Alice@x.example", "Alice"), Some(PASSWORD)).await.unwrap()
}

pub async fn only_the_right_password_opens_an_account(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    let id = alice(world, app).await;
    for app in [Some(app), None] {
        let signed_in = world.store.check_password(app, " alice@X.example ", PASSWORD).await.unwrap().unwrap();
        assert_eq!((signed_in.staff.id, signed_in.staff.user_id.as_str()), (id, "Alice@x.example"));
        assert_eq!(world.store.check_password(app, "alice@x.example", "wrong horse battery").await.unwrap(), None);
        assert_eq!(world.store.check_password(app, "nobody@x.example", PASSWORD).await.unwrap(), None);
        assert_eq!(world.store.check_password(app, "' OR 1=1 --\0", "").await.unwrap(), None);
    }
    let mut bob = NewStaff::agent("bob@x.example", "Bob");
    bob.nick = "B".into();
    world.store.create_staff(app, bob, None).await.unwrap();
    assert_eq!(world.store.check_password(Some(app), "bob@x.example", "").await.unwrap(), None);
    world.store.set_password(app, id, "another long one").await.unwrap();
    assert_eq!(world.store.check_password(None, "alice@x.example", PASSWORD).await.unwrap(), None);
    assert!(world.store.check_password(None, "alice@x.example", "another long one").await.unwrap().is_some());
}

pub async fn one_account_in_two_applications_is_told_apart_by_its_password(world: &World) {
    let one = world.store.create_application("One").await.unwrap().id;
    let two = world.store.create_application("Two").await.unwrap().id;
    alice(world, one).await;
    world.store.create_staff(two, NewStaff::agent("alice@x.example", "Alice"), Some("second password")).await.unwrap();
    let signed_in = world.store.check_password(None, "alice@x.example", "second password").await.unwrap().unwrap();
    assert_eq!(signed_in.app, two);
    assert_eq!(world.store.check_password(Some(one), "alice@x.example", "second password").await.unwrap(), None);
}

pub async fn groups_are_bound_and_unbound(world: &World) {
    let shop = world.shop("Shop").await;
    let service = world.store.create_skill_group(shop.app, NewSkillGroup::phone("Service")).await.unwrap();
    let id = world.store.create_staff(shop.app, NewStaff::agent("alice@x.example", "Alice"), None).await.unwrap();
    world.store.bind_groups(shop.app, id, &[(shop.group, 1), (service, 3)].into()).await.unwrap();
    world.store.bind_groups(shop.app, id, &[(service, 2)].into()).await.unwrap();
    assert_eq!(world.store.staff(shop.app, id).await.unwrap().groups, [(shop.group, 1), (service, 2)].into());
    let refused = world.store.bind_groups(shop.app, id, &[(shop.group, 4), (centre::SkillGroupId(99), 1)].into()).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    world.store.unbind_groups(shop.app, id, &[shop.group, shop.group]).await.unwrap();
    assert_eq!(world.store.staff(shop.app, id).await.unwrap().groups, [(service, 2)].into());
}

pub async fn an_operator_belongs_to_no_application(world: &World) {
    let id = world.store.create_operator("root@platform.example", "Root", PASSWORD).await.unwrap();
    let operator = world.store.check_operator_password("ROOT@platform.example", PASSWORD).await.unwrap().unwrap();
    assert_eq!((operator.id, &operator), (id, &world.store.operators().await.unwrap()[0]));
    assert_eq!(
        world.store.check_operator_password("root@platform.example", "wrong horse battery").await.unwrap(),
        None
    );
    assert_eq!(world.store.check_operator_password("nobody", PASSWORD).await.unwrap(), None);
    assert_eq!(world.store.check_password(None, "root@platform.example", PASSWORD).await.unwrap(), None);
    let again = world.store.create_operator("Root@platform.example", "Root", PASSWORD).await;
    assert!(matches!(again, Err(StoreError::Exists { what: "operator", .. })));
    let token = world.store.create_session(SessionOwner::Operator(id), SessionKind::Cookie, soon()).await.unwrap();
    assert_eq!(world.store.session(token.expose()).await.unwrap().unwrap().owner, SessionOwner::Operator(id));
    world.store.set_operator_password(id, "a new long password").await.unwrap();
    assert_eq!(world.store.session(token.expose()).await.unwrap(), None);
    let nobody = world.store.create_session(SessionOwner::Operator(OperatorId(99)), SessionKind::Cookie, soon()).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })), "{nobody:?}");
}

pub async fn a_session_lives_until_it_expires_or_is_ended(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    let owner = SessionOwner::Staff { app, staff: alice(world, app).await };
    let token = world.store.create_session(owner, SessionKind::Cookie, soon()).await.unwrap();
    let session = world.store.session(token.expose()).await.unwrap().unwrap();
    assert_eq!(session.owner, owner);
    assert!(session.expires_at > session.created_at);
    assert_eq!(format!("{token:?}"), "<secret>");
    assert_eq!(world.store.session("not a token").await.unwrap(), None);
    assert_eq!(world.store.redeem_sdk_token(token.expose()).await.unwrap(), None, "a cookie is no login token");
    let old = world.store.create_session(owner, SessionKind::Cookie, 1_000).await.unwrap();
    assert_eq!(world.store.session(old.expose()).await.unwrap(), None);
    assert_eq!(world.store.purge_expired().await.unwrap(), 1);
    world.store.delete_session(token.expose()).await.unwrap();
    world.store.delete_session(token.expose()).await.unwrap();
    assert_eq!(world.store.session(token.expose()).await.unwrap(), None);
}

pub async fn an_account_has_only_so_many_sessions(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    let owner = SessionOwner::Staff { app, staff: alice(world, app).await };
    for _ in 0..=store::limits::SESSIONS {
        let token = world.store.create_session(owner, SessionKind::Cookie, soon()).await.unwrap();
        assert!(world.store.session(token.expose()).await.unwrap().is_some(), "a new session was taken for an old one");
    }
    assert_eq!(world.store.delete_sessions_of(owner).await.unwrap(), u64::from(store::limits::SESSIONS));
}

pub async fn a_token_for_one_use_is_used_once(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    let owner = SessionOwner::Staff { app, staff: alice(world, app).await };
    let once = world.store.create_session(owner, ONCE, soon()).await.unwrap();
    assert_eq!(world.store.session(once.expose()).await.unwrap(), None, "a login token is no cookie");
    let tries = (0..8).map(|_| {
        let (store, token) = (world.store.clone(), once.clone());
        tokio::spawn(async move { store.redeem_sdk_token(token.expose()).await.unwrap().is_some() })
    });
    let mut successes = 0;
    for one in tries.collect::<Vec<_>>() {
        successes += u32::from(one.await.unwrap());
    }
    assert_eq!(successes, 1);
    let lasting = world.store.create_session(owner, LASTING, soon()).await.unwrap();
    for _ in 0..3 {
        assert!(world.store.redeem_sdk_token(lasting.expose()).await.unwrap().is_some());
    }
    let old = world.store.create_session(owner, ONCE, 1_000).await.unwrap();
    assert_eq!(world.store.redeem_sdk_token(old.expose()).await.unwrap(), None);
}

pub async fn a_new_password_ends_all_sessions(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    let id = alice(world, app).await;
    let owner = SessionOwner::Staff { app, staff: id };
    let cookie = world.store.create_session(owner, SessionKind::Cookie, soon()).await.unwrap();
    world.store.set_password(app, id, "another long one").await.unwrap();
    assert_eq!(world.store.session(cookie.expose()).await.unwrap(), None);
    let cookie = world.store.create_session(owner, SessionKind::Cookie, soon()).await.unwrap();
    let token = world.store.create_session(owner, LASTING, soon()).await.unwrap();
    assert_eq!(world.store.delete_sessions_of(owner).await.unwrap(), 2);
    assert_eq!(world.store.session(cookie.expose()).await.unwrap(), None);
    assert_eq!(world.store.redeem_sdk_token(token.expose()).await.unwrap(), None);
    let cookie = world.store.create_session(owner, SessionKind::Cookie, soon()).await.unwrap();
    world.store.delete_staff(app, id).await.unwrap();
    assert_eq!(world.store.session(cookie.expose()).await.unwrap(), None);
}

pub async fn an_api_key_is_kept_locked(world: &World) {
    let app = world.store.create_application("Shop").await.unwrap().id;
    let made = world.store.create_api_key(app, "for the CRM").await.unwrap();
    assert!(made.secret_id.starts_with("AKID"), "{}", made.secret_id);
    assert_eq!(made.secret_id.len(), 36);
    assert_eq!(world.store.api_key(&made.secret_id).await.unwrap(), Some(made.clone()));
    assert_eq!(world.store.api_key("AKIDnobody").await.unwrap(), None);
    let rows = world.store.api_keys(app).await.unwrap();
    assert_eq!((rows.len(), rows[0].note.as_str(), rows[0].enabled), (1, "for the CRM", true));
    world.store.disable_api_key(app, &made.secret_id).await.unwrap();
    assert!(!world.store.api_key(&made.secret_id).await.unwrap().unwrap().enabled);
    world.store.enable_api_key(app, &made.secret_id).await.unwrap();
    if let Some(path) = world.url.strip_prefix("sqlite:") {
        for file in [path.to_owned(), format!("{path}-wal")] {
            let bytes = std::fs::read(file).unwrap_or_default();
            let secret = made.secret_key.expose().as_bytes();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "the secret stands in the file");
        }
    }
    // A locked secret copied into another row does not open there.
    let other = world.store.create_api_key(app, "").await.unwrap();
    world.tamper(&format!(
        "UPDATE api_keys SET locked_secret = (SELECT locked_secret FROM api_keys WHERE secret_id = '{}') WHERE secret_id = '{}'",
        made.secret_id, other.secret_id
    )).await;
    assert!(matches!(world.store.api_key(&other.secret_id).await, Err(StoreError::Damaged { .. })));
    world.store.delete_api_key(app, &made.secret_id).await.unwrap();
    assert_eq!(world.store.api_key(&made.secret_id).await.unwrap(), None);
    for _ in 0..19 {
        world.store.create_api_key(app, "").await.unwrap();
    }
    assert!(matches!(world.store.create_api_key(app, "").await, Err(StoreError::Limit { .. })));
}
