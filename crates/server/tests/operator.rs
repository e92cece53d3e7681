//! An operator who forgot the password gets a new one on the machine itself.

use server::config::{Config, Sources};
use server::operator::set_password;
use store::{KeyFile, SessionKind, SessionOwner, Store};

#[tokio::test]
async fn a_lost_operator_password_is_replaced() {
    let data = std::env::temp_dir().join(format!("callyard-test-operator-{}", std::process::id()));
    let config = Config::read(&Sources { file: String::new(), environment: Vec::new() }).unwrap();
    let nothing = set_password(&config, &data, None, None).await.unwrap_err();
    assert!(nothing.contains("no data folder") && !data.exists(), "{nothing}");

    std::fs::create_dir_all(&data).unwrap();
    let key = KeyFile::open(&data.join("key")).unwrap();
    // The server may be running meanwhile.
    let store = Store::open(&format!("sqlite:{}", data.join("callyard.db").display()), &key).await.unwrap();
    assert!(set_password(&config, &data, None, None).await.unwrap_err().contains("no operator yet"));
    let root = store.create_operator("root@platform", "Root", "forgotten long ago").await.unwrap();
    let session =
        store.create_session(SessionOwner::Operator(root), SessionKind::Cookie, i64::from(u32::MAX)).await.unwrap();

    assert!(set_password(&config, &data, None, Some("short")).await.unwrap_err().contains("8 characters"));
    assert!(store.session(session.expose()).await.unwrap().is_some());
    let done = set_password(&config, &data, None, None).await.unwrap();
    assert_eq!(done.account, "root@platform");
    let made_up = done.made_up.unwrap();
    assert!(store.check_operator_password("root@platform", &made_up).await.unwrap().is_some());
    assert!(store.session(session.expose()).await.unwrap().is_none(), "a session outlived its password");

    store.create_operator("other@platform", "Other", "long enough too").await.unwrap();
    let which = set_password(&config, &data, None, None).await.unwrap_err();
    assert!(which.contains("root@platform, other@platform"), "{which}");
    let given = set_password(&config, &data, Some("Other@platform"), Some("given by hand")).await.unwrap();
    assert_eq!((given.account.as_str(), given.made_up), ("other@platform", None));
    assert!(store.check_operator_password("other@platform", "given by hand").await.unwrap().is_some());
    assert!(set_password(&config, &data, Some("nobody"), None).await.is_err());
    store.close().await;
    let _ = std::fs::remove_dir_all(&data);
}
