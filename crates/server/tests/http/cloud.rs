//! The cloud API over the router, signed by hand. The vendor's SDK drives the
//! same actions in `tests/cloud_api`.

use super::house::{Answer, House};
use axum::body::Body;
use axum::http::Request;
use centre::SdkAppId;
use centre::record::Record;
use serde_json::{Value, json};
use server::cloud_api::signature::{hex, hmac, utc_date};
use sha2::{Digest, Sha256};
use store::{ApiKey, NewSkillGroup};

pub fn unix_now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64
}

/// Signs as the vendor's Python SDK does.
fn signed(key: &ApiKey, action: &str, body: &str) -> Request<Body> {
    let (now, host) = (unix_now(), "127.0.0.1:8080");
    let date = utc_date(now);
    let hash = |text: &str| hex(&Sha256::digest(text.as_bytes()));
    let canonical =
        format!("POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{}", hash(body));
    let text = format!("TC3-HMAC-SHA256\n{now}\n{date}/ccc/tc3_request\n{}", hash(&canonical));
    let first = hmac(format!("TC3{}", key.secret_key.expose()).as_bytes(), date.as_bytes());
    let signing = hmac(&hmac(&first, b"ccc"), b"tc3_request");
    let signature = hex(&hmac(&signing, text.as_bytes()));
    let authorization = format!(
        "TC3-HMAC-SHA256 Credential={}/{date}/ccc/tc3_request, SignedHeaders=content-type;host, Signature={signature}",
        key.secret_id
    );
    Request::builder()
        .method("POST")
        .uri("/")
        .header("host", host)
        .header("content-type", "application/json")
        .header("authorization", authorization)
        .header("x-tc-action", action)
        .header("x-tc-version", "2020-02-10")
        .header("x-tc-timestamp", now.to_string())
        .header("x-tc-language", "en-US")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

async fn call(house: &House, key: &ApiKey, action: &str, fields: Value) -> Value {
    call_as(house, (key, house.app), action, fields).await
}

/// An action with a key, about an application that may be another one.
pub async fn call_as(house: &House, (key, app): (&ApiKey, SdkAppId), action: &str, mut fields: Value) -> Value {
    fields.as_object_mut().unwrap().entry("SdkAppId").or_insert(json!(app.0));
    let answer = house.send(signed(key, action, &fields.to_string())).await;
    checked(&answer)
}

/// Every answer, good or bad, has the shape that the SDKs insist on.
fn checked(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    let inner = answer.json()["Response"].clone();
    assert!(inner["RequestId"].as_str().is_some_and(|id| id.len() == 36), "{inner}");
    inner
}

fn code(answer: &Value) -> &str {
    answer["Error"]["Code"].as_str().unwrap_or("none")
}

/// The link that DescribeTelCdr gives for a call's recording.
pub async fn record_url(house: &House, record: &Record) -> String {
    let key = house.store.create_api_key(record.app, "").await.unwrap();
    let now = unix_now();
    let window = json!({"StartTimeStamp": now - 3_600, "EndTimeStamp": now, "PageSize": 10, "PageNumber": 0});
    let answer = call(house, &key, "DescribeTelCdr", window).await;
    answer["TelCdrList"][0]["RecordURL"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_gate_refuses_with_the_vendors_words() {
    let house = House::build().await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    let body = json!({"SdkAppId": house.app.0}).to_string();
    let send = async |request: Request<Body>| checked(&house.send(request).await);

    assert_eq!(code(&send(signed(&key, "DescribeNumbers", &body)).await), "none");
    let wrong = ApiKey { secret_key: store::Secret::new("wrong"), ..key.clone() };
    assert_eq!(code(&send(signed(&wrong, "DescribeNumbers", &body)).await), "AuthFailure.SignatureFailure");
    let unknown = ApiKey { secret_id: "AKIDnobody".to_owned(), ..key.clone() };
    assert_eq!(code(&send(signed(&unknown, "DescribeNumbers", &body)).await), "AuthFailure.SecretIdNotFound");
    let mut altered = signed(&key, "DescribeNumbers", &body);
    *altered.body_mut() = Body::from(body.replace(':', ": "));
    assert_eq!(code(&send(altered).await), "AuthFailure.SignatureFailure");
    let mut stale = signed(&key, "DescribeNumbers", &body);
    stale.headers_mut().insert("x-tc-timestamp", (unix_now() - 301).to_string().parse().unwrap());
    assert_eq!(code(&send(stale).await), "AuthFailure.SignatureExpire");
    let mut twice = signed(&key, "DescribeNumbers", &body);
    twice.headers_mut().append("host", "127.0.0.1:8080".parse().unwrap());
    assert_eq!(code(&send(twice).await), "AuthFailure.InvalidAuthorization");
    let mut versioned = signed(&key, "DescribeNumbers", &body);
    versioned.headers_mut().insert("x-tc-version", "2019-01-01".parse().unwrap());
    assert_eq!(code(&send(versioned).await), "NoSuchVersion");
    assert_eq!(code(&send(signed(&key, "DescribeWeather", &body)).await), "InvalidAction");
    let mut token = signed(&key, "DescribeNumbers", &body);
    token.headers_mut().insert("x-tc-token", "temporary".parse().unwrap());
    assert_eq!(code(&send(token).await), "AuthFailure.TokenFailure");
    let large = json!({"SdkAppId": house.app.0, "Pad": "x".repeat(2 << 20)}).to_string();
    assert_eq!(code(&send(signed(&key, "DescribeNumbers", &large)).await), "RequestSizeLimitExceeded");

    house.store.disable_api_key(house.app, &key.secret_id).await.unwrap();
    assert_eq!(code(&send(signed(&key, "DescribeNumbers", &body)).await), "AuthFailure.SecretIdNotFound");
}

#[tokio::test]
async fn old_signatures_get_a_clear_answer() {
    let house = House::build().await;
    let form = "Action=DescribeNumbers&SecretId=AKIDx&SignatureMethod=HmacSHA256&Signature=abc%3D";
    let post = Request::builder()
        .method("POST")
        .uri("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let get = Request::builder().uri(format!("/?{form}")).body(Body::empty()).unwrap();
    for request in [post, get] {
        let answer = checked(&house.send(request).await);
        assert_eq!(code(&answer), "AuthFailure.InvalidAuthorization");
        assert!(answer["Error"]["Message"].as_str().unwrap().contains("TC3-HMAC-SHA256"));
    }
}

#[tokio::test]
async fn a_key_reaches_its_own_application_only() {
    let house = House::build().await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    let alice = json!({"SdkAppId": house.other_app.0, "StaffList": ["admin@neighbours"]});
    assert_eq!(code(&call(&house, &key, "DeleteStaff", alice).await), "UnauthorizedOperation");
    let nowhere = json!({"SdkAppId": 1_499_999_999});
    assert_eq!(code(&call(&house, &key, "DescribeNumbers", nowhere).await), "InvalidParameterValue.InstanceNotExist");
    let hidden = json!({"StaffList": ["admin@neighbours"]});
    assert_eq!(code(&call(&house, &key, "DeleteStaff", hidden).await), "InvalidParameterValue.AccountNotExist");
}

#[tokio::test]
async fn twenty_in_a_second_for_each_action() {
    let house = House::build().await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    // Signed all at once, so that the limit and not the signing decides.
    let body = json!({"SdkAppId": house.app.0}).to_string();
    let mut codes = Vec::new();
    for _ in 0..30 {
        codes.push(code(&checked(&house.send(signed(&key, "DescribeNumbers", &body)).await)).to_owned());
    }
    let taken = codes.iter().filter(|code| *code == "none").count();
    assert!((20..30).contains(&taken), "{codes:?}");
    assert!(codes.iter().all(|code| code == "none" || code == "RequestLimitExceeded"));
    let other = json!({"PageSize": 1, "PageNumber": 0});
    assert_eq!(code(&call(&house, &key, "DescribeStaffInfoList", other).await), "none");
}

#[tokio::test]
async fn staff_made_here_are_staff_there() {
    let house = House::build().await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    let row = json!({"Name": "Carol", "Mail": "carol@tests", "StaffNumber": "7", "SkillGroupNameList": ["Sales"]});
    let twice = json!({"Staffs": [row, row]});
    let answer = call(&house, &key, "CreateStaff", twice).await;
    assert_eq!(answer["ErrorStaffList"][0]["Code"], "FailedOperation.DuplicatedAccount", "{answer}");
    assert_eq!(answer["ErrorStaffList"].as_array().unwrap().len(), 1);
    let admin = house.session("admin@tests").await;
    assert!(admin.get("/staff").await.json().to_string().contains("carol@tests"));
    assert!(house.control.lock().unwrap().settings[&house.app].staff.values().any(|one| one.user_id == "carol@tests"));
    let one = json!({"PageSize": 10, "PageNumber": 0, "StaffMail": "carol@tests"});
    let found = call(&house, &key, "DescribeStaffInfoList", one).await;
    assert_eq!(found["StaffList"][0]["SkillGroupList"][0]["Priority"], 3, "{found}");
}

#[tokio::test]
async fn a_record_has_every_field_that_has_a_meaning_here() {
    let house = House::build().await;
    let record = super::records::served_call(&house, house.staff["alice@tests"], house.app).await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    let now = unix_now();
    let window = json!({"StartTimeStamp": now - 3_600, "EndTimeStamp": now, "PageSize": 10, "PageNumber": 0});
    let answer = call(&house, &key, "DescribeTelCdr", window).await;
    assert_eq!(answer["TotalCount"], 1, "{answer}");
    let cdr = &answer["TelCdrList"][0];
    let start = record.started_ms.div_euclid(1_000);
    for (field, value) in [
        ("Caller", json!("008613800000009")),
        ("Callee", json!("0086075512345678")),
        ("Time", json!(start)),
        ("StartTimestamp", json!(start)),
        ("Direction", json!(0)),
        ("CallType", json!(2)),
        ("Duration", json!(20)),
        ("IVRDuration", json!(5)),
        ("EndStatus", json!(1)),
        ("EndStatusString", json!("ok")),
        ("SkillGroup", json!("Sales")),
        ("SkillGroupId", json!(house.group.0)),
        ("QueuedSkillGroupId", json!(house.group.0)),
        ("QueuedSkillGroupName", json!("Sales")),
        ("HungUpSide", json!("user")),
        ("SessionId", json!(record.call.to_string())),
        ("RecordId", json!(record.recordings[0].to_string())),
        ("IVRKeyPressed", json!(["1"])),
        ("UUI", json!("order 7")),
        ("Remark", json!("<b>angry</b>")),
        ("AsrStatus", json!("NotExists")),
    ] {
        assert_eq!(cdr[field], value, "{field}");
    }
    assert_eq!(cdr["SeatUser"]["Mail"], "alice@tests");
    assert_eq!(cdr["IVRKeyPressedEx"][0]["Label"], "Sales");
    let part = &cdr["ServeParticipants"][0];
    assert_eq!((part["Type"].as_str(), part["Sequence"].as_i64()), (Some("staffSeat"), Some(0)));
    assert_eq!(part["RecordId"], cdr["RecordId"]);
}

#[tokio::test]
async fn what_would_have_no_effect_is_refused_and_its_default_is_not() {
    let house = House::build().await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    let group =
        |name: &str, field: &str, value: Value| json!({"SkillGroupName": name, "SkillGroupType": 0, field: value});
    for (name, field, value, expected) in [
        ("One", "RingAll", json!(true), "UnsupportedOperation"),
        ("One", "UsingLastSeat", json!(1), "UnsupportedOperation"),
        ("One", "UsingLastSeat", json!(2), "InvalidParameterValue"),
        ("One", "RingAll", json!(false), "none"),
        ("Two", "UsingLastSeat", json!(0), "none"),
    ] {
        let answer = call(&house, &key, "CreateCCCSkillGroup", group(name, field, value)).await;
        assert_eq!(code(&answer), expected, "{field}: {answer}");
    }
    let list = call(&house, &key, "DescribeSkillGroupInfoList", json!({"PageSize": 10, "PageNumber": 0})).await;
    for found in list["SkillGroupList"].as_array().unwrap() {
        assert_eq!((&found["RingAll"], &found["UsingLastSeat"]), (&json!(false), &json!(0)));
    }
    let staff = |mail: &str| json!([{"Name": "C", "Mail": mail, "StaffNumber": "1"}]);
    for (fields, expected) in [
        (json!({"Staffs": staff("c1@tests"), "SendPassword": true}), "UnsupportedOperation"),
        (json!({"Staffs": staff("c1@tests"), "SendPassword": false}), "none"),
        (json!({"Staffs": staff("c2@tests")}), "none"),
    ] {
        let answer = call(&house, &key, "CreateStaff", fields.clone()).await;
        assert_eq!(code(&answer), expected, "{fields}: {answer}");
        assert!(expected != "none" || answer["ErrorStaffList"] == json!([]), "{answer}");
    }
}

#[tokio::test]
async fn an_account_has_one_name() {
    let house = House::build().await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    for (number, (user_id, expected)) in
        [("", Value::Null), ("C1@Tests", Value::Null), ("carol", json!("InvalidParameterValue"))]
            .into_iter()
            .enumerate()
    {
        let staff = json!([{"Name": "C", "Mail": format!("c{number}@tests"), "StaffNumber": "1", "UserId": user_id}]);
        let answer = call(&house, &key, "CreateStaff", json!({"Staffs": staff})).await;
        assert_eq!(answer["ErrorStaffList"][0]["Code"], expected, "{answer}");
    }
}

#[tokio::test]
async fn a_group_in_which_all_ring_holds_two_whichever_way_they_come() {
    let house = House::build().await;
    let key = house.store.create_api_key(house.app, "").await.unwrap();
    let ring_all = NewSkillGroup { ring_all: true, ..NewSkillGroup::phone("Both") };
    let group = house.store.create_skill_group(house.app, ring_all).await.unwrap();
    let full = "InvalidParameterValue.RingAllGroupMemberOverflow";
    let staff: Vec<Value> = (0..3)
        .map(
            |n| json!({"Name": "C", "Mail": format!("c{n}@tests"), "StaffNumber": "1", "SkillGroupNameList": ["Both"]}),
        )
        .collect();
    let answer = call(&house, &key, "CreateStaff", json!({"Staffs": staff})).await;
    assert_eq!(answer["ErrorStaffList"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(
        (&answer["ErrorStaffList"][0]["StaffEmail"], &answer["ErrorStaffList"][0]["Code"]),
        (&json!("c2@tests"), &json!(full))
    );
    let bind = json!({"StaffEmail": "alice@tests", "StaffSkillGroupList": [{"SkillGroupId": group.0}]});
    assert_eq!(code(&call(&house, &key, "BindStaffSkillGroupList", bind).await), full);
    let modify = json!({"Email": "alice@tests", "SkillGroupIds": [group.0]});
    assert_eq!(code(&call(&house, &key, "ModifyStaff", modify).await), full);
    let admin = house.session("admin@tests").await;
    let third = json!({"user_id": "d@tests", "name": "D", "groups": {group.0.to_string(): 3}});
    let refused = admin.post("/staff", &third.to_string()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "api.bad_field"), "{}", refused.json());
    let member = house.store.settings(house.app).await.unwrap();
    let member = member.staff.values().find(|staff| staff.user_id == "c0@tests").unwrap().clone();
    let same = json!({"user_id": "c0@tests", "name": "C", "groups": {group.0.to_string(): 1}});
    let kept = admin.put(&format!("/staff/{}", member.id), &same.to_string()).await;
    assert_eq!(kept.status, 200, "a member stays: {}", kept.json());
}
