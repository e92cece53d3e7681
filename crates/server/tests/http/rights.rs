//! Who may what, and that tenants never cross.

use super::house::House;
use axum::body::Body;
use axum::http::Request;

#[tokio::test]
async fn each_role_goes_as_far_as_it_may() {
    let house = House::build().await;
    let (alice, boss, admin) =
        (house.session("alice@tests").await, house.session("boss@tests").await, house.session("admin@tests").await);
    let group = r#"{"name":"New"}"#;
    for (path, agent, supervisor, administrator) in [
        ("/staff", 403, 200, 200),
        ("/trunks", 403, 200, 200),
        ("/trunks/states", 403, 200, 200),
        ("/phones", 403, 200, 200),
        ("/flows", 403, 200, 200),
        ("/skill-groups", 200, 200, 200),
        ("/floor", 200, 200, 200),
        ("/records", 200, 200, 200),
        ("/api-keys", 403, 403, 200),
        ("/applications", 403, 403, 403),
    ] {
        for (client, expected) in [(&alice, agent), (&boss, supervisor), (&admin, administrator)] {
            assert_eq!(client.get(path).await.status.as_u16(), expected, "{path} {}", client.cookie);
        }
        assert_eq!(house.nobody().get(path).await.status, 401, "{path}");
    }
    assert_eq!(alice.post("/skill-groups", group).await.code(), "auth.forbidden");
    assert_eq!(boss.post("/skill-groups", group).await.code(), "auth.forbidden");
    assert_eq!(admin.post("/skill-groups", group).await.status, 201);
}

#[tokio::test]
async fn nobody_reaches_another_application() {
    let house = House::build().await;
    let neighbour = house.session("admin@neighbours").await;
    let alice = house.staff["alice@tests"];
    let group = house.group;
    for answer in [
        neighbour.delete(&format!("/staff/{alice}")).await,
        neighbour.put(&format!("/staff/{alice}"), r#"{"user_id":"x@y","name":"X"}"#).await,
        neighbour.post(&format!("/staff/{alice}/password"), r#"{"password":"Stolen-key-1"}"#).await,
        neighbour.put(&format!("/skill-groups/{group}"), r#"{"name":"Mine"}"#).await,
        neighbour.delete(&format!("/skill-groups/{group}")).await,
        neighbour.post(&format!("/floor/agents/{alice}/presence"), r#"{"state":"ready"}"#).await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.json());
    }
    // Naming the application does not help someone who belongs to one.
    let mut sly = house.session("admin@neighbours").await;
    sly.headers.push(("x-callyard-application", house.app.to_string()));
    assert_eq!(sly.get("/me").await.json()["sdk_app_id"], house.other_app.0);
    let staff = sly.get(&format!("/staff?sdk_app_id={}", house.app)).await.json();
    assert_eq!(staff["items"].as_array().unwrap().len(), 1);
    assert!(house.control.lock().unwrap().commands.is_empty());
}

#[tokio::test]
async fn an_operator_chooses_the_application() {
    let house = House::build().await;
    let mut root = house.session("root@platform").await;
    assert_eq!(root.get("/me").await.json()["role"], "operator");
    assert_eq!(root.get("/staff").await.code(), "auth.application_needed");
    assert_eq!(root.get(&format!("/staff?sdk_app_id={}", house.app)).await.status, 200);
    assert_eq!(root.get("/staff?sdk_app_id=1").await.status, 404);
    assert_eq!(root.get("/applications").await.json()["items"].as_array().unwrap().len(), 2);
    let first = r#"{"name":"Third","administrator":{"user_id":"a@third","name":"A","password":"Quiet-river-7"}}"#;
    let made = root.post("/applications", first).await;
    assert_eq!(made.status, 201, "{}", made.json());
    root.headers.push(("x-callyard-application", made.json()["id"].to_string()));
    assert_eq!(root.get("/staff").await.json()["items"][0]["role"], "administrator");
    house.session("a@third").await;
}

#[tokio::test]
async fn an_operator_counts_the_licences_of_telephones() {
    let house = House::build().await;
    let (root, admin) = (house.session("root@platform").await, house.session("admin@tests").await);
    let path = format!("/applications/{}/licences", house.app);
    let phone = |extension: &str| format!(r#"{{"extension":"{extension}","name":"Hall"}}"#);
    assert_eq!(root.put(&path, r#"{"phones":1}"#).await.json()["phone_licences"], 1);
    assert_eq!(admin.put(&path, r#"{"phones":9}"#).await.status, 403);
    assert_eq!(root.put(&path, r#"{"phones":100001}"#).await.status, 400);
    assert_eq!(root.put("/applications/1/licences", r#"{"phones":1}"#).await.status, 404);
    assert_eq!(admin.post("/phones", &phone("8101")).await.status, 201);
    assert_eq!(admin.post("/phones", &phone("8102")).await.code(), "phone.no_licence");
    let held = house.control.lock().unwrap().settings[&house.app].application.phone_licences;
    assert_eq!(held, Some(1), "the registrar counts by it");
    assert_eq!(root.put(&path, r#"{"phones":null}"#).await.status, 200);
    assert_eq!(admin.post("/phones", &phone("8102")).await.status, 201);
}

#[tokio::test]
async fn a_request_without_our_header_changes_nothing() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let forged = Request::builder()
        .method("POST")
        .uri("/api/v1/skill-groups")
        .header("cookie", &admin.cookie)
        .header("content-type", "application/json")
        .body(Body::from(r#"{"name":"Forged"}"#))
        .unwrap();
    let answer = house.send(forged).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "auth.csrf_header_missing"));
    assert_eq!(admin.get("/skill-groups").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_changed_role_and_a_deleted_account_count_at_once() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let boss = house.session("boss@tests").await;
    let id = house.staff["boss@tests"];
    let body = r#"{"user_id":"boss@tests","name":"Boss","role":"agent"}"#;
    assert_eq!(admin.put(&format!("/staff/{id}"), body).await.status, 200);
    assert_eq!(boss.get("/staff").await.status, 403);
    assert_eq!(admin.delete(&format!("/staff/{id}")).await.status, 204);
    assert_eq!(boss.get("/me").await.status, 401);
    // Nobody takes away their own key to the house.
    let own = house.staff["admin@tests"];
    assert_eq!(admin.delete(&format!("/staff/{own}")).await.code(), "auth.own_account");
    let lesser = r#"{"user_id":"admin@tests","name":"A","role":"agent"}"#;
    assert_eq!(admin.put(&format!("/staff/{own}"), lesser).await.code(), "auth.own_account");
}

#[tokio::test]
async fn pages_come_with_a_policy_and_unknown_addresses_with_an_answer() {
    let house = House::build().await;
    let page = |path: &str, accept: &str| {
        Request::builder().uri(path.to_owned()).header("accept", accept.to_owned()).body(Body::empty()).unwrap()
    };
    let answer = house.send(page("/", "text/html")).await;
    assert_eq!(answer.status, 200);
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(house.send(page("/records", "text/html")).await.status, 200);
    for (path, accept) in
        [("/api/v1/nothing", "text/html"), ("/missing.js", "*/*"), ("/../key", "*/*"), ("/%2e%2e/key", "*/*")]
    {
        let answer = house.send(page(path, accept)).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "api.no_such_route"), "{path}");
    }
    assert_eq!(house.nobody().send("PATCH", "/staff", "").await.code(), "api.method_not_allowed");
    assert_eq!(house.send(page("/healthz", "*/*")).await.status, 200);
    assert!(String::from_utf8(house.send(page("/metrics", "*/*")).await.body).unwrap().contains("callyard_calls"));
}
