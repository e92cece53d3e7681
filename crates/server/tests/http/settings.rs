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
    let corridor = json!({"extension": "8001", "name": "Corridor"});
    id(&admin.post("/phones", &corridor.to_string()).await);
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
            "/phones",
            json!({"extension": "8001", "name": "Twin"}),
            "extension",
            "The extension 8001 belongs to another person or telephone.",
            "分机号 8001 已被其他人员或话机使用。",
        ),
        (
            "/phones",
            json!({"extension": "1003", "name": "Carol's, for nobody"}),
            "extension",
            "The extension 1003 belongs to another person or telephone.",
            "分机号 1003 已被其他人员或话机使用。",
        ),
        (
            "/staff",
            json!({"user_id": "erin@tests", "name": "Erin", "extension": "8001"}),
            "extension",
            "The extension 8001 belongs to another person or telephone.",
            "分机号 8001 已被其他人员或话机使用。",
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

#[tokio::test]
async fn a_trunk_is_taught_to_carry_calls_out() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let new = json!({"name": "Carrier", "sources": ["203.0.113.7"], "max_calls_per_second": 5, "protection": "demanded",
        "inward_rewrites": [{"prefix": "+86", "replacement": "0086"}],
        "outward": {"host": "sip.carrier.example", "port": 5061, "transport": "tls", "user": "line-7",
            "password": "s3cret", "registers": true, "caller_id": "p_asserted_identity", "asked": "always", "asked_every_s": 60,
            "rewrites": [{"prefix": "0086", "replacement": "0"}, {"prefix": "", "replacement": "9"}]}});
    let trunk = id(&admin.post("/trunks", &new.to_string()).await);
    let kept = || house.store.settings(house.app);
    let password = async || {
        let trunks = kept().await.unwrap().trunks;
        trunks.values().next().unwrap().outward.as_ref().unwrap().password.expose().clone()
    };
    let list = admin.get("/trunks").await.json();
    assert!(!list.to_string().contains("s3cret"));
    let shown = list["items"][0].clone();
    assert_eq!(shown["outward"]["has_password"], true);
    for field in ["max_calls_per_second", "protection", "inward_rewrites"] {
        assert_eq!(shown[field], new[field], "{field}");
    }
    for field in ["host", "port", "transport", "user", "registers", "caller_id", "rewrites", "asked", "asked_every_s"] {
        assert_eq!(shown["outward"][field], new["outward"][field], "{field}");
    }
    // Call control has it, password included.
    let held = house.control.lock().unwrap().settings[&house.app].trunks[&centre::TrunkId(trunk)].clone();
    assert_eq!(held.outward.unwrap().password.expose(), "s3cret");

    // What was read can be sent back; the password stays until host or user change.
    let path = format!("/trunks/{trunk}");
    let back = admin.put(&path, &shown.to_string()).await;
    assert_eq!((back.status.as_u16(), password().await.as_str()), (200, "s3cret"), "{}", back.json());
    for field in ["host", "user"] {
        let mut moved = shown.clone();
        moved["outward"][field] = json!("other.example");
        let answer = admin.put(&path, &moved.to_string()).await;
        assert_eq!(answer.code(), "api.bad_field", "{field}: a password was taken along");
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains("outward.password"));
        moved["outward"]["password"] = json!("another");
        assert_eq!(admin.put(&path, &moved.to_string()).await.status, 200);
        assert_eq!(password().await, "another");
        let mut first = shown.clone();
        first["outward"]["password"] = json!("s3cret");
        assert_eq!(admin.put(&path, &first.to_string()).await.status, 200);
    }
    let mut inward = shown.clone();
    inward["outward"] = Value::Null;
    assert_eq!(admin.put(&path, &inward.to_string()).await.json()["outward"], Value::Null);
    assert_eq!(admin.put(&path, &shown.to_string()).await.code(), "api.bad_field", "a removed password came back");
}

#[tokio::test]
async fn what_a_carrier_proves_is_set_and_never_shown() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let new = json!({"name": "Carrier", "account": {"user": "carrier-7", "password": "s3cret-enough"}});
    let trunk = id(&admin.post("/trunks", &new.to_string()).await);
    let held = || {
        let trunks = house.control.lock().unwrap().settings[&house.app].trunks.clone();
        trunks[&centre::TrunkId(trunk)].rules.account.clone().map(|account| account.password.into_exposed())
    };
    assert_eq!(held().as_deref(), Some("s3cret-enough"), "call control has it");
    let shown = admin.get("/trunks").await.json()["items"][0].clone();
    assert_eq!(shown["account"], json!({"user": "carrier-7"}));
    let path = format!("/trunks/{trunk}");
    assert_eq!(admin.put(&path, &shown.to_string()).await.status, 200);
    assert_eq!(held().as_deref(), Some("s3cret-enough"), "what was read can be sent back");
    for (field, account) in [
        ("account.user", json!({"user": "8001", "password": "s3cret-enough"})),
        ("account.user", json!({"user": "", "password": "s3cret-enough"})),
        ("account.user", json!({"user": "a@b", "password": "s3cret-enough"})),
        ("account.password", json!({"user": "carrier-7", "password": "short"})),
        ("account.password", json!({"user": "carrier-8"})),
    ] {
        let mut changed = shown.clone();
        changed["account"] = account;
        let answer = admin.put(&path, &changed.to_string()).await;
        assert_eq!(answer.json()["error"]["details"][0]["field"], field);
    }
    let mut open = shown.clone();
    open["account"] = Value::Null;
    assert_eq!(admin.put(&path, &open.to_string()).await.json()["account"], Value::Null);
    assert_eq!(held(), None);
}

#[tokio::test]
async fn an_administrator_says_which_countries_may_be_called() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let own = admin.get("/application").await.json();
    assert_eq!(own["outside_calls"]["allowed"], json!(["0086"]));
    let with = |rules: Value| {
        let mut changed = own.clone();
        changed["outside_calls"] = rules;
        changed.to_string()
    };
    let rules = json!({"allowed": ["+86", "0044", "0044", "+"], "refused": ["001900"]});
    let answer = admin.put("/application", &with(rules)).await.json();
    let expected = json!({"allowed": ["0086", "0044", "00"], "refused": ["001900"]});
    assert_eq!(answer["outside_calls"], expected);
    let held = house.control.lock().unwrap().settings[&house.app].application.outside_calls.clone();
    assert_eq!(held.refused, ["001900"]);
    // Whoever knows nothing of them changes nothing.
    let mut without = own.clone();
    without.as_object_mut().unwrap().remove("outside_calls");
    assert_eq!(admin.put("/application", &without.to_string()).await.json()["outside_calls"], expected);
    let many: Vec<String> = (0..501).map(|n| format!("00{n}")).collect();
    for (field, rules) in [
        ("outside_calls.allowed[0]", json!({"allowed": ["86"], "refused": []})),
        ("outside_calls.refused[0]", json!({"allowed": [], "refused": ["0"]})),
        ("outside_calls.allowed[0]", json!({"allowed": ["+86 abc"], "refused": []})),
        ("outside_calls.refused", json!({"allowed": [], "refused": many})),
    ] {
        let answer = admin.put("/application", &with(rules)).await;
        assert_eq!(answer.json()["error"]["details"][0]["field"], field);
    }
}

#[tokio::test]
async fn what_is_known_of_carriers_is_shown() {
    let house = House::build().await;
    let boss = house.session("boss@tests").await;
    let states = boss.get("/trunks/states").await.json();
    let [refused, far] = states["items"].as_array().unwrap().as_slice() else { panic!("two trunks: {states}") };
    assert_eq!((&refused["id"], &refused["state"]), (&json!(7), &json!("refused")));
    assert_eq!(refused["registration"], json!({"refused_with": 403, "since_ms": 5}));
    assert_eq!((&far["state"], &far["registration"]), (&json!("answers"), &Value::Null));
    let address = |address: &str, answers, round_trip_ms| json!({"address": address, "transport": "tls", "answers": answers, "round_trip_ms": round_trip_ms, "since_ms": 9});
    let expected = [
        address("203.0.113.5:5061", json!(true), json!(12.3)),
        address("[2001:db8::5]:5061", json!(false), Value::Null),
        address("203.0.113.6:5061", Value::Null, Value::Null),
    ];
    assert_eq!(far["addresses"], json!(expected));
}

#[tokio::test]
async fn a_trunk_says_which_value_is_wrong() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let many: Vec<Value> = (0..101).map(|n| json!({"prefix": n.to_string(), "replacement": ""})).collect();
    let outward = |changes: Value| {
        let mut outward = json!({"host": "203.0.113.9", "user": "u", "password": "p"});
        outward.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        json!({ "outward": outward })
    };
    let rule = |prefix: &str, replacement: &str| json!({"prefix": prefix, "replacement": replacement});
    for (field, changes) in [
        ("sources[0]", json!({"sources": ["nowhere"]})),
        ("max_calls", json!({"max_calls": 5_001})),
        ("max_calls_per_second", json!({"max_calls_per_second": 0})),
        ("max_calls_per_second", json!({"max_calls_per_second": 1_001})),
        ("inward_rewrites", json!({"inward_rewrites": many})),
        ("inward_rewrites[0].prefix", json!({"inward_rewrites": [rule("sip:", "")]})),
        ("inward_rewrites[0].replacement", json!({"inward_rewrites": [rule("1", "1;x")]})),
        ("inward_rewrites[1].prefix", json!({"inward_rewrites": [rule("1", "2"), rule("1", "3")]})),
        ("outward.host", outward(json!({"host": "carrier:5060"}))),
        ("outward.host", outward(json!({"host": "a\r\nVia: b"}))),
        ("outward.port", outward(json!({"port": 0}))),
        ("outward.transport", outward(json!({"transport": "ws"}))),
        ("outward.user", outward(json!({"user": "a b"}))),
        ("outward.user", outward(json!({"user": ""}))),
        ("outward.user", outward(json!({"user": "", "password": "", "registers": true}))),
        ("outward.password", outward(json!({"password": ""}))),
        ("outward.password", outward(json!({"password": "a\nb"}))),
        ("outward.asked_every_s", outward(json!({"asked_every_s": 9}))),
        ("outward.rewrites[0].prefix", outward(json!({"rewrites": [rule("x", "")]}))),
    ] {
        let mut trunk = json!({"name": "Carrier"});
        trunk.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let answer = admin.post("/trunks", &trunk.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "api.bad_field"), "{field}");
        assert_eq!(answer.json()["error"]["details"][0]["field"], field);
    }
    for wrong in [json!({"transport": "sctp"}), json!({"port": 65_536}), json!({"caller_id": "none"})] {
        let trunk = json!({"name": "Carrier", "outward": outward(wrong)["outward"]});
        assert_eq!(admin.post("/trunks", &trunk.to_string()).await.code(), "api.bad_json");
    }
    assert_eq!(admin.get("/trunks").await.json()["items"], json!([]));
    for host in ["203.0.113.9", "[2001:db8::7]", "2001:db8::7", "sip.carrier.example"] {
        let trunk = json!({"name": host, "outward": {"host": host}});
        assert_eq!(admin.post("/trunks", &trunk.to_string()).await.status, 201, "{host}");
    }
}

#[tokio::test]
async fn a_telephone_gets_an_account_that_is_shown_to_who_asks_for_it() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let alice = house.staff["alice@tests"];
    let new = json!({"extension": "8001", "name": "Alice's desk", "agent": alice.0}).to_string();
    let made = admin.post("/phones", &new).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let account = made.json();
    let password = account["password"].as_str().unwrap().to_owned();
    assert_eq!(password.len(), 20);
    assert_eq!((&account["user"], &account["server"]), (&json!("8001"), &json!("192.0.2.1:5060")));
    assert_eq!(account["realm"], format!("{}.callyard", house.app));
    let phone = account["id"].as_u64().unwrap();
    let held = house.control.lock().unwrap().settings[&house.app].phones[&centre::PhoneId(phone)].clone();
    assert_eq!((held.password.expose(), held.agent), (&password, Some(alice)));

    let path = format!("/phones/{phone}");
    let boss = house.session("boss@tests").await;
    let list = boss.get("/phones").await.json();
    assert!(!list.to_string().contains(&password));
    assert_eq!(boss.get(&format!("{path}/password")).await.status, 403);
    assert_eq!(boss.post(&format!("{path}/password"), "").await.status, 403);
    assert_eq!(house.session("alice@tests").await.get("/phones").await.status, 403);
    assert_eq!(admin.get(&format!("{path}/password")).await.json(), account);
    let renewed = admin.post(&format!("{path}/password"), "").await.json();
    assert_ne!(renewed["password"], account["password"]);
    assert_eq!(admin.get(&format!("{path}/password")).await.json(), renewed);
    let held = house.control.lock().unwrap().settings[&house.app].phones[&centre::PhoneId(phone)].clone();
    assert_eq!(held.password.expose(), renewed["password"].as_str().unwrap());

    let mut shown = list["items"][0].clone();
    shown["name"] = json!("Corridor");
    shown["agent"] = Value::Null;
    let written = admin.put(&path, &shown.to_string()).await;
    assert_eq!((written.status.as_u16(), &written.json()["name"]), (200, &json!("Corridor")));
    for (field, value) in
        [("extension", json!("9001")), ("extension", json!("")), ("name", json!(" ")), ("agent", json!(999))]
    {
        let mut wrong = shown.clone();
        wrong[field] = value;
        for answer in [admin.put(&path, &wrong.to_string()).await, admin.post("/phones", &wrong.to_string()).await] {
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "api.bad_field"), "{field}");
        }
    }
    assert_eq!(admin.post("/phones", r#"{"extension":"8001","name":"Twin"}"#).await.code(), "store.exists");
    let person = r#"{"user_id":"carol@tests","name":"Carol","extension":"8001"}"#;
    assert_eq!(admin.post("/staff", person).await.code(), "store.exists");
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.delete(&path).await.status, 404);
    let audit = house.store.audit(Some(house.app), 100, 0).await.unwrap();
    for what in ["created", "password_shown", "password_renewed", "changed", "deleted"] {
        assert!(audit.iter().any(|line| line.what == format!("phone.{what}")), "{what}: {audit:?}");
    }
    assert!(!format!("{audit:?}").contains(&password));
}

#[tokio::test]
async fn an_agent_sees_the_numbers_to_show_in_calls_out() {
    let house = House::build().await;
    let admin = house.session("admin@tests").await;
    let alice = house.session("alice@tests").await;
    let inward = id(&admin.post("/trunks", r#"{"name":"In","sources":["203.0.113.7"]}"#).await);
    let both = r#"{"name":"Both","sources":["203.0.113.8"],"outward":{"host":"203.0.113.8"}}"#;
    let outward = id(&admin.post("/trunks", both).await);
    let groups = [(house.group, 1)].into();
    house.store.bind_groups(house.app, house.staff["alice@tests"], &groups).await.unwrap();
    for (number, trunk, state, groups) in [
        ("0086075511111111", outward, 1, vec![house.group.0]),
        ("0086075522222222", outward, 4, vec![house.group.0]),
        ("0086075533333333", inward, 1, vec![house.group.0]),
        ("0086075544444444", outward, 1, vec![]),
    ] {
        let body = json!({"number": number, "trunk": trunk, "state": state, "call_out_groups": groups});
        assert_eq!(admin.post("/numbers", &body.to_string()).await.status, 201);
    }
    assert_eq!(alice.get("/me/numbers").await.json(), json!({"items": [{"number": "0086075511111111"}]}));
    assert_eq!(house.session("bob@tests").await.get("/me/numbers").await.json(), json!({"items": []}));
    assert_eq!(house.nobody().get("/me/numbers").await.status, 401);
}
