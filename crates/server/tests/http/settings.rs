//! What administrators set.

use super::house::{Client, House};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use store::NewSkillGroup;

async fn upload(client: &Client<'_>, name: &str, body: Vec<u8>) -> super::house::Answer {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/v1/sounds?name={name}"))
        .header("cookie", &client.cookie)
        .header("content-type", "audio/wav")
        .header("x-callyard", "1")
        .body(Body::from(body))
        .unwrap();
    client.house.send(request).await
}

fn id(answer: &super::house::Answer) -> u64 {
    assert!(answer.status.is_success(), "{}", answer.json());
    answer.json()["id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_number_is_set_up_from_nothing() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let sound = id(&upload(&admin, "welcome", server::api::wav::from_8k_mono(&[7; 8_000])).await);
    let sounds = admin.get("/sounds").await.json();
    assert_eq!(sounds["items"][0], json!({"id": sound, "name": "welcome", "duration_ms": 1000}));
    let audio = admin.get(&format!("/sounds/{sound}/audio")).await;
    assert_eq!((audio.headers["content-type"].to_str().unwrap(), &audio.body[..4]), ("audio/wav", b"RIFF".as_slice()));

    let trunk = id(&admin.post("/trunks", r#"{"name":"Carrier","sources":["203.0.113.7","198.51.100.0/24"]}"#).await);
    let flow = json!({"name": "Main", "start": "hello", "nodes": {
        "hello": {"label": "Hello", "kind": "prompt", "sound": sound, "times": 1, "interruptible": true, "next": "queue"},
        "queue": {"label": "Queue", "kind": "to_agent", "group": house.group, "max_wait_s": 60},
    }});
    let published = admin.post("/flows", &flow.to_string()).await;
    let flow_id = id(&published);
    assert_eq!(published.json()["warnings"], json!([]));
    let number = json!({"number": "+86 755 1234-5678", "trunk": trunk, "flow": flow_id}).to_string();
    assert_eq!(admin.post("/numbers", &number).await.json()["number"], "008675512345678");

    // Call control has it all.
    let settings = house.control.lock().unwrap().settings[&house.app].clone();
    assert_eq!(settings.numbers["008675512345678"].flow.unwrap().0, flow_id);
    assert_eq!(settings.flows.len(), 1);

    // What is in use stays.
    for path in [format!("/trunks/{trunk}"), format!("/flows/{flow_id}"), format!("/sounds/{sound}")] {
        assert_eq!(admin.delete(&path).await.status, 409, "{path}");
    }
    // Two people edit the flow; the second one has not seen what the first published.
    let mut draft = admin.get(&format!("/flows/{flow_id}")).await.json();
    draft["base_version"] = json!(1);
    assert_eq!(admin.put(&format!("/flows/{flow_id}"), &draft.to_string()).await.json()["version"], 2);
    let late = admin.put(&format!("/flows/{flow_id}"), &draft.to_string()).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (409, "flow.changed_meanwhile"));

    // What was read can be sent back.
    for path in [format!("/flows/{flow_id}"), "/application".to_owned()] {
        let read = admin.get(&path).await.json().to_string();
        let written = admin.put(&path, &read).await;
        assert_eq!(written.status, 200, "{path} {}", written.json());
    }
    assert_eq!(admin.delete("/numbers/008675512345678").await.status, 204);
    assert_eq!(admin.delete(&format!("/flows/{flow_id}")).await.status, 204);
}

#[tokio::test]
async fn a_taken_name_is_told_at_its_field_in_both_languages() {
    let house = House::build().await;
    let mut admin = house.session("admin@tests").await;
    let carol = json!({"user_id": "carol@tests", "name": "Carol", "extension": "1003"});
    id(&admin.post("/staff", &carol.to_string()).await);
    let dave = json!({"user_id": "dave@tests", "name": "Dave", "extension": "1003"});
    let same_account = json!({"user_id": "Carol@tests", "name": "Carol", "extension": "1004"});
    for (path, body, field, en, zh) in [
        (
            "/staff",
            dave,
            "extension",
            "The extension 1003 belongs to another person or telephone.",
            "分机号 1003 已被其他人员或话机使用。",
        ),
        (
            "/staff",
            same_account,
            "user_id",
            "The account Carol@tests belongs to another person.",
            "账号 Carol@tests 已被其他人员使用。",
        ),
        (
            "/skill-groups",
            json!({"name": "Sales"}),
            "name",
            "There is already a skill group called “Sales”.",
            "已有名为“Sales”的技能组。",
        ),
    ] {
        for (language, told) in [("en", en), ("zh", zh)] {
            admin.headers.push(("accept-language", language.to_owned()));
            let answer = admin.post(path, &body.to_string()).await;
            admin.headers.pop();
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "store.exists"));
            let error = &answer.json()["error"];
            assert_eq!(error["message"], told);
            assert_eq!((&error["details"][0]["field"], &error["details"][0]["message"]), (&json!(field), &json!(told)));
        }
    }
}

#[tokio::test]
async fn an_application_has_a_name_that_can_be_said() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let mut application = admin.get("/application").await.json();
    for (name, status) in [("12345", 400), ("---", 400), ("客服中心", 200), ("Shop 24", 200)] {
        application["name"] = json!(name);
        let answer = admin.put("/application", &application.to_string()).await;
        assert_eq!(answer.status.as_u16(), status, "{name} {}", answer.json());
    }
}

#[tokio::test]
async fn a_flow_with_faults_is_refused_with_all_of_them() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let flow = r#"{"name":"Broken","start":"a","nodes":{
        "a":{"kind":"prompt","sound":1,"times":0,"next":"nowhere"},"b":{"kind":"end"}}}"#;
    let answer = admin.post("/flows", flow).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "flow.faulty"));
    let codes: Vec<Value> =
        answer.json()["error"]["details"].as_array().unwrap().iter().map(|fault| fault["code"].clone()).collect();
    assert_eq!(codes, ["flow.missing_sound", "flow.out_of_range", "flow.missing_target", "flow.unreachable"]);
    assert!(answer.json().to_string().contains("nowhere"));
    assert_eq!(admin.get("/flows").await.json()["items"], json!([]));
    let check = admin.post("/flows/check", flow).await;
    assert_eq!((check.status.as_u16(), check.json()["items"].as_array().unwrap().len()), (200, 4));
    let unknown_kind = r#"{"name":"B","start":"a","nodes":{"a":{"kind":"teleport"}}}"#;
    assert_eq!(admin.post("/flows", unknown_kind).await.code(), "api.bad_json");
}

#[tokio::test]
async fn staff_are_made_changed_and_given_passwords() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let new = json!({"user_id": "carol@tests", "name": "Carol", "password": "Quiet-river-7", "extension": "1003",
        "phone": "008613800000000", "groups": {house.group.to_string(): 2}});
    let carol = id(&admin.post("/staff", &new.to_string()).await);
    let list = admin.get("/staff").await.json();
    let shown = list["items"].as_array().unwrap().iter().find(|one| one["id"] == carol).unwrap().clone();
    assert_eq!(shown["groups"], json!({house.group.to_string(): 2}));
    assert_eq!(shown["role"], "agent");
    assert!(!list.to_string().contains("password"));
    let session = house.session("carol@tests").await;
    let mut back = shown.clone();
    back["nick"] = json!("Caz");
    assert_eq!(admin.put(&format!("/staff/{carol}"), &back.to_string()).await.json()["nick"], "Caz");
    assert_eq!(admin.post(&format!("/staff/{carol}/password"), r#"{"password":"Another-7"}"#).await.status, 204);
    assert_eq!(session.get("/me").await.status, 401, "a new password ends the sessions");
    for (field, value) in [
        ("user_id", json!("carol")),
        ("name", json!("")),
        ("phone", json!("138")),
        ("extension", json!("9000")),
        ("mobile_accept", json!(3)),
        ("groups", json!({"999": 1})),
        ("groups", json!({house.group.to_string(): 6})),
        ("role", json!("operator")),
    ] {
        let mut wrong = shown.clone();
        wrong[field] = value;
        let answer = admin.put(&format!("/staff/{carol}"), &wrong.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "api.bad_field"), "{field}");
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains(field), "{}", answer.json());
    }
    let again = admin.post("/staff", &new.to_string()).await;
    assert_eq!(again.status, 409, "{}", again.json());
    let weak = admin.post("/staff", r#"{"user_id":"d@tests","name":"D","password":"12345678"}"#).await;
    assert_eq!(weak.code(), "auth.weak_password");
}

#[tokio::test]
async fn an_agent_at_the_desk_is_not_deleted() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let alice = house.staff["alice@tests"];
    assert_eq!(
        admin.post(&format!("/floor/agents/{alice}/presence"), r#"{"state":"rest","text":"Tea"}"#).await.status,
        204
    );
    assert_eq!(admin.delete(&format!("/staff/{alice}")).await.code(), "api.agent_online");
}

#[tokio::test]
async fn junk_is_no_sound() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    for body in [Vec::new(), b"RIFF".to_vec(), vec![0; 10_000]] {
        assert_eq!(upload(&admin, "x", body).await.code(), "sound.unreadable");
    }
    assert_eq!(upload(&admin, "x", vec![0; (5 << 20) + 1]).await.code(), "sound.unreadable");
    assert_eq!(upload(&admin, "x", vec![0; 7 << 20]).await.code(), "api.too_large");
    assert_eq!(upload(&admin, "", vec![0; 100]).await.code(), "api.bad_field");
}

#[tokio::test]
async fn an_api_keys_secret_is_shown_once() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let made = admin.post("/api-keys", r#"{"note":"CRM"}"#).await.json();
    let (secret_id, secret_key) = (made["secret_id"].as_str().unwrap(), made["secret_key"].as_str().unwrap());
    let list = admin.get("/api-keys").await.json();
    assert!(list.to_string().contains(secret_id) && !list.to_string().contains(secret_key));
    assert_eq!(admin.put(&format!("/api-keys/{secret_id}"), r#"{"enabled":false}"#).await.status, 204);
    assert_eq!(admin.get("/api-keys").await.json()["items"][0]["enabled"], false);
    assert_eq!(admin.delete(&format!("/api-keys/{secret_id}")).await.status, 204);
    assert_eq!(admin.delete(&format!("/api-keys/{secret_id}")).await.status, 404);
}

#[tokio::test]
async fn what_administrators_do_is_in_the_audit() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    admin.post("/skill-groups", r#"{"name":"Audited"}"#).await;
    admin.delete(&format!("/skill-groups/{}", house.group)).await;
    let lines = house.store.audit(Some(house.app), 10, 0).await.unwrap();
    let what: Vec<(&str, &str)> = lines.iter().map(|line| (line.who.as_str(), line.what.as_str())).collect();
    assert!(what.contains(&("admin@tests", "session.began")), "{what:?}");
    assert!(what.contains(&("admin@tests", "skill_group.created")), "{what:?}");
    assert!(what.contains(&("admin@tests", "skill_group.deleted")), "{what:?}");
}

#[tokio::test]
async fn what_routing_does_not_do_yet_cannot_be_switched_on() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let path = format!("/skill-groups/{}", house.group);
    for field in ["ring_all", "last_agent_first"] {
        let body = json!({"name": "Sales", field: true}).to_string();
        for answer in [admin.post("/skill-groups", &body).await, admin.put(&path, &body).await] {
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "api.not_yet"), "{field}");
            assert_eq!(answer.json()["error"]["details"][0]["field"], field);
        }
        let body = json!({"name": "Sales", field: false}).to_string();
        assert_eq!(admin.put(&path, &body).await.status, 200, "{field}");
    }
    // A group that has it from an earlier version may be sent back as it was read.
    let old = NewSkillGroup { ring_all: true, last_agent_first: true, ..NewSkillGroup::phone("Old") };
    let old = house.store.create_skill_group(house.app, old).await.unwrap();
    let body = r#"{"name":"Older","ring_all":true,"last_agent_first":true}"#;
    assert_eq!(admin.put(&format!("/skill-groups/{old}"), body).await.status, 200);
}

#[tokio::test]
async fn a_person_who_is_edited_stays_in_the_groups_that_are_not_named() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let alice = house.staff["alice@tests"];
    house.store.bind_groups(house.app, alice, &[(house.group, 2)].into()).await.unwrap();
    let edit = json!({"user_id": "alice@tests", "name": "Alice"}).to_string();
    let edited = admin.put(&format!("/staff/{alice}"), &edit).await.json();
    assert_eq!((&edited["name"], &edited["groups"]), (&json!("Alice"), &json!({house.group.to_string(): 2})));
    let edit = json!({"user_id": "alice@tests", "name": "Alice", "groups": {}}).to_string();
    assert_eq!(admin.put(&format!("/staff/{alice}"), &edit).await.json()["groups"], json!({}));
}
