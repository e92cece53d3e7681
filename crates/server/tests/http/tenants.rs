//! Tenants never cross: every operation of the REST API and every action of the
//! cloud API, asked for by an administrator of one application about what
//! belongs to another. The list of operations is the published description, so
//! a new one cannot be forgotten here.

use super::cloud;
use super::house::{Client, House};
use centre::settings::Settings;
use centre::{CallId, SdkAppId};
use serde_json::{Value, json};
use uuid::Uuid;

/// What belongs to the application `Tests`.
struct Theirs {
    call: String,
    recording: String,
    trunk: u64,
    phone: u64,
    flow: u64,
    sound: u64,
    secret_id: String,
}

const NUMBER: &str = "008675512345678";
/// Stands in every name of theirs, so that a leak is seen.
const MARK: &str = "zanzibar";

async fn furnish(house: &House) -> Theirs {
    let admin = house.session("admin@tests").await;
    let made = async |path: &str, body: Value| {
        let answer = admin.post(path, &body.to_string()).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json());
        answer.json()
    };
    let id = |made: Value| made["id"].as_u64().unwrap();
    made("/staff", json!({"user_id": format!("{MARK}@tests"), "name": MARK})).await;
    made("/skill-groups", json!({"name": MARK})).await;
    let sound = upload(&admin).await;
    let trunk = id(made("/trunks", json!({"name": MARK, "sources": ["203.0.113.7"]})).await);
    let phone = id(made("/phones", json!({"extension": "8001", "name": MARK})).await);
    let flow = id(made("/flows", flow_of(house.group.0, sound)).await);
    made("/numbers", json!({"number": NUMBER, "trunk": trunk, "flow": flow})).await;
    let record = super::records::served_call(house, house.staff["alice@tests"], house.app).await;
    house.control.lock().unwrap().calls.insert((house.app, record.call));
    let secret_id = house.store.create_api_key(house.app, MARK).await.unwrap().secret_id;
    let (call, recording) = (record.call.to_string(), record.recordings[0].to_string());
    Theirs { call, recording, trunk, phone, flow, sound, secret_id }
}

fn flow_of(group: u64, sound: u64) -> Value {
    json!({"name": MARK, "start": "hello", "nodes": {
        "hello": {"label": "Hello", "kind": "prompt", "sound": sound, "times": 1, "interruptible": true, "next": "queue"},
        "queue": {"label": "Queue", "kind": "to_agent", "group": group, "max_wait_s": 60},
    }})
}

async fn upload(admin: &Client<'_>) -> u64 {
    let request = axum::http::Request::builder()
        .method("POST")
        .uri(format!("/api/v1/sounds?name={MARK}"))
        .header("cookie", &admin.cookie)
        .header("content-type", "audio/wav")
        .header("x-callyard", "1")
        .body(server::api::wav::from_8k_mono(&[7; 8_000]).into())
        .unwrap();
    admin.house.send(request).await.json()["id"].as_u64().unwrap()
}

/// What an operation may answer to a neighbour.
enum Expect {
    /// Nothing of theirs is found.
    Missing,
    /// It names something of theirs inside, and is refused for it.
    Refused,
    /// It is about the neighbour's own world and shows nothing of theirs.
    Own,
    /// For operators.
    Forbidden,
    /// It names no one but the caller: signing in and out, one's own password.
    Nobody,
}

/// The body that a neighbour sends, and what is expected. Everything in it that can be theirs is.
fn asked(house: &House, theirs: &Theirs, operation: &str) -> (Expect, Value) {
    use Expect::{Forbidden, Missing, Nobody, Own, Refused};
    let group = house.group.0;
    match operation {
        "sign_in" | "sign_in_with_token" | "sign_out" | "me_set_password" => (Nobody, Value::Null),
        "applications_list" => (Forbidden, Value::Null),
        "applications_create" => (Forbidden, json!({"name": "Third"})),
        "applications_license" => (Forbidden, json!({"phones": 1})),
        "staff_create" => (Refused, json!({"user_id": "spy@tests", "name": "Spy", "groups": {group.to_string(): 3}})),
        "staff_replace" => (Missing, json!({"user_id": "spy@tests", "name": "Spy"})),
        "staff_set_password" => (Missing, json!({"password": "Stolen-key-1"})),
        "skill_groups_create" => (Own, json!({"name": "Mine"})),
        "skill_groups_replace" => (Missing, json!({"name": "Mine"})),
        "trunks_create" | "trunks_replace" => {
            let expect = if operation == "trunks_create" { Own } else { Missing };
            (expect, json!({"name": "Mine", "sources": ["198.51.100.77"]}))
        }
        "phones_create" => {
            (Refused, json!({"extension": "8001", "name": "Mine", "agent": house.staff["alice@tests"].0}))
        }
        "phones_replace" => (Missing, json!({"extension": "8009", "name": "Mine"})),
        "numbers_create" => (Refused, json!({"number": "008675599999999", "trunk": theirs.trunk, "flow": theirs.flow})),
        "numbers_replace" => (Missing, json!({"number": NUMBER, "trunk": theirs.trunk, "flow": theirs.flow})),
        "flows_create" => (Refused, flow_of(group, theirs.sound)),
        // It says what is wrong with a draft: that neither exists.
        "flows_check" => (Own, flow_of(group, theirs.sound)),
        "flows_publish" => (Missing, flow_of(group, theirs.sound)),
        "api_keys_create" => (Own, json!({"note": "mine"})),
        "api_keys_switch" => (Missing, json!({"enabled": false})),
        "application_replace" => {
            let rules = json!({"ring_timeout_s": 20, "wrap_up_s": 0, "after_sign_in": "ready", "rest_reasons": []});
            (Own, json!({"name": "Neighbours", "desk_rules": rules}))
        }
        "floor_set_presence" => (Missing, json!({"state": "ready"})),
        "floor_call_me" => (Missing, json!({})),
        // Without a body: the path's parameters decide.
        _ => (if operation_has_path(operation) { Missing } else { Own }, Value::Null),
    }
}

fn operation_has_path(operation: &str) -> bool {
    !(operation.ends_with("_list")
        || matches!(
            operation,
            "application" | "me" | "session" | "floor" | "ticket" | "sounds_upload" | "trunks_states"
        ))
}

/// The path with their ids in it.
fn named(house: &House, theirs: &Theirs, path: &str) -> String {
    let id = match path.split('/').nth(3).unwrap_or_default() {
        "staff" | "floor" => house.staff["alice@tests"].0.to_string(),
        "skill-groups" => house.group.0.to_string(),
        "trunks" => theirs.trunk.to_string(),
        "phones" => theirs.phone.to_string(),
        "flows" => theirs.flow.to_string(),
        "sounds" => theirs.sound.to_string(),
        "recordings" => theirs.recording.clone(),
        "applications" => house.app.to_string(),
        _ => String::new(),
    };
    let path = path.strip_prefix("/api/v1").unwrap().replace("{id}", &id);
    let path =
        path.replace("{call}", &theirs.call).replace("{number}", NUMBER).replace("{secret_id}", &theirs.secret_id);
    assert!(!path.contains('{') && !path.contains("//"), "{path}: say what stands there");
    path
}

/// Everything of an application that a stranger must not change.
async fn state(house: &House, app: SdkAppId) -> (Settings, String, usize) {
    let settings = house.store.settings(app).await.unwrap();
    let keys = format!("{:?}", house.store.api_keys(app).await.unwrap());
    (settings, keys, house.control.lock().unwrap().calls.len())
}

#[tokio::test]
async fn no_operation_reaches_another_application() {
    let house = House::build().await;
    let theirs = furnish(&house).await;
    let before = state(&house, house.app).await;
    let document = serde_json::to_value(server::http::openapi()).unwrap();
    let mut asked_for = 0;
    // Naming their application does not help someone who belongs to one.
    for sly in [false, true] {
        let mut neighbour = house.session("admin@neighbours").await;
        if sly {
            neighbour.headers.push(("x-callyard-application", house.app.to_string()));
        }
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let operation = operation["operationId"].as_str().unwrap();
                let (expect, body) = asked(&house, &theirs, operation);
                let query = if sly { format!("?sdk_app_id={}", house.app) } else { String::new() };
                let path = format!("{}{query}", named(&house, &theirs, path));
                let body = if body.is_null() { String::new() } else { body.to_string() };
                let answer = match expect {
                    Expect::Nobody => continue,
                    _ => neighbour.send(&method.to_uppercase(), &path, &body).await,
                };
                let (status, text) = (answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned());
                match expect {
                    Expect::Missing => assert_eq!(status, 404, "{operation}: {text}"),
                    Expect::Refused => assert!(matches!(status, 400 | 404 | 409 | 422), "{operation}: {status} {text}"),
                    Expect::Forbidden => assert_eq!(status, 403, "{operation}: {text}"),
                    // The second time, what it makes is there already. A sound is no JSON.
                    Expect::Own | Expect::Nobody => {
                        let fine = status < 300 || (sly && status == 409) || operation == "sounds_upload";
                        assert!(fine, "{operation}: {status} {text}");
                    }
                }
                assert!(!text.contains(MARK) && !text.contains("alice@tests"), "{operation} shows: {text}");
                asked_for += 1;
            }
        }
        assert_eq!(before, state(&house, house.app).await);
    }
    assert!(asked_for >= 80, "{asked_for}");
    let control = house.control.lock().unwrap();
    assert!(control.commands.iter().all(|(app, ..)| *app != house.app), "{:?}", control.commands);
}

#[tokio::test]
async fn no_action_reaches_another_application() {
    let house = House::build().await;
    let theirs = furnish(&house).await;
    let before = state(&house, house.app).await;
    let key = house.store.create_api_key(house.other_app, "").await.unwrap();
    let (account, group, now) = ("alice@tests", house.group.0, cloud::unix_now());
    let page = |more: Value| {
        let mut fields = json!({"PageSize": 10, "PageNumber": 0});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    // action, its fields, and a part of the refusal; an empty one for an answer that must show nothing of theirs
    let staff = json!([{"Name": "Spy", "Mail": "spy@tests", "StaffNumber": "1", "SkillGroupNameList": ["Sales"]}]);
    let table = [
        ("CreateStaff", json!({"Staffs": staff}), "InvalidParameterValue.SkillGroupError"),
        ("DescribeStaffInfoList", page(json!({"StaffMail": account})), ""),
        ("ModifyStaff", json!({"Email": account, "Name": "Spy"}), "AccountNotExist"),
        ("DeleteStaff", json!({"StaffList": [account]}), "AccountNotExist"),
        ("SetStaffStatus", json!({"StaffStatusList": [{"StaffUserId": account, "Status": "free"}]}), "AccountNotExist"),
        ("CreateCCCSkillGroup", json!({"SkillGroupName": "Mine", "SkillGroupType": 0}), ""),
        ("DescribeSkillGroupInfoList", page(json!({"SkillGroupId": group})), ""),
        (
            "BindStaffSkillGroupList",
            json!({"StaffEmail": "admin@neighbours", "StaffSkillGroupList": [{"SkillGroupId": group}]}),
            "SkillGroupError",
        ),
        ("BindStaffSkillGroupList", json!({"StaffEmail": account, "SkillGroupList": [group]}), "AccountNotExist"),
        ("UnbindStaffSkillGroupList", json!({"StaffEmail": account, "SkillGroupList": [group]}), "AccountNotExist"),
        ("DescribeNumbers", json!({}), ""),
        ("CreateSDKLoginToken", json!({"SeatUserId": account}), "AccountNotExist"),
        ("DescribeTelCdr", page(json!({"StartTimeStamp": now - 3_600, "EndTimeStamp": now})), ""),
        ("HangUpCall", json!({"SessionId": theirs.call}), "SessionNotExists"),
    ];
    for action in server::cloud_api::ACTIONS {
        assert!(table.iter().any(|(name, ..)| name == action), "{action} is not asked for here");
    }
    for (action, fields, refusal) in table {
        let answer = cloud::call_as(&house, (&key, house.other_app), action, fields.clone()).await.to_string();
        assert!(answer.contains(refusal), "{action}: {answer}");
        if refusal.is_empty() {
            assert!(!answer.contains("\"Error\""), "{action}: {answer}");
            for part in [MARK, "Alice", NUMBER, &theirs.call, &theirs.recording] {
                assert!(!answer.contains(part), "{action} shows {part}: {answer}");
            }
        }
        // The key does not open their application by its name either.
        let answer = cloud::call_as(&house, (&key, house.app), action, fields).await;
        assert_eq!(answer["Error"]["Code"], "UnauthorizedOperation", "{action}: {answer}");
    }
    assert_eq!(before, state(&house, house.app).await);
    assert!(house.control.lock().unwrap().commands.is_empty());
}

#[tokio::test]
async fn the_stand_in_ends_calls_of_their_own_application() {
    let house = House::build().await;
    let call = CallId(Uuid::new_v4());
    house.control.lock().unwrap().calls.insert((house.app, call));
    let path = format!("/floor/calls/{call}/hang-up");
    assert_eq!(house.session("admin@neighbours").await.post(&path, "").await.status, 404);
    assert_eq!(house.session("boss@tests").await.post(&path, "").await.status, 204);
}
