//! Signing in and out.

use super::house::{Answer, House, PASSWORD};
use axum::body::Body;
use axum::http::Request;
use centre::SdkAppId;
use futures_util::future::join_all;
use serde_json::{Value, json};
use store::{SessionKind, SessionOwner, TokenUse};

#[tokio::test]
async fn an_agent_signs_in_is_known_and_signs_out() {
    let house = House::build().await;
    let alice = house.session("alice@tests").await;
    let me = alice.get("/me").await.json();
    assert_eq!(me["sdk_app_id"], house.app.0);
    assert_eq!(me["application_name"], "Tests");
    assert_eq!(me["role"], "agent");
    assert_eq!(me["staff"]["user_id"], "alice@tests");
    assert_eq!(me["demo"], false);
    assert_eq!(alice.post("/sign-out", "").await.status, 204);
    let gone = alice.get("/me").await;
    assert_eq!((gone.status.as_u16(), gone.code().as_str()), (401, "auth.sign_in_needed"));
}

#[tokio::test]
async fn a_page_that_opens_is_told_who_is_there_even_nobody() {
    let house = House::build().await;
    let nobody = house.nobody().get("/session").await;
    assert_eq!((nobody.status.as_u16(), nobody.json()), (200, json!({"me": null, "demo_file": null})));
    let alice = house.session("alice@tests").await;
    let session = alice.get("/session").await.json();
    assert_eq!(session["me"], alice.get("/me").await.json());
    assert_eq!(alice.post("/sign-out", "").await.status, 204);
    assert_eq!(alice.get("/session").await.json()["me"], Value::Null);
}

#[tokio::test]
async fn the_cookie_is_not_for_scripts_nor_for_other_sites() {
    let house = House::build().await;
    let body = format!(r#"{{"user_id":"ALICE@tests","password":"{PASSWORD}"}}"#);
    let answer = house.nobody().post("/sign-in", &body).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for part in ["callyard_session=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    // http://127.0.0.1 has no TLS to insist on.
    assert!(!cookie.contains("Secure"));
}

#[tokio::test]
async fn a_new_sign_in_ends_the_session_the_browser_had() {
    let house = House::build().await;
    let first = house.session("alice@tests").await;
    let body = format!(r#"{{"user_id":"alice@tests","password":"{PASSWORD}"}}"#);
    assert_eq!(first.post("/sign-in", &body).await.status, 200);
    assert_eq!(first.get("/me").await.status, 401);
}

#[tokio::test]
async fn unknown_accounts_and_wrong_passwords_look_alike() {
    let house = House::build().await;
    let nobody = house.nobody();
    let unknown = nobody.post("/sign-in", r#"{"user_id":"nobody@tests","password":"x"}"#).await;
    let wrong = nobody.post("/sign-in", r#"{"user_id":"alice@tests","password":"x"}"#).await;
    assert_eq!(unknown.status, 401);
    assert_eq!((unknown.status, unknown.json()), (wrong.status, wrong.json()));
    assert!(!unknown.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn guessing_is_slowed_down_for_the_guesser_only() {
    let house = House::build().await;
    let nobody = house.nobody();
    for _ in 0..10 {
        let answer = nobody.post("/sign-in", r#"{"user_id":"alice@tests","password":"x"}"#).await;
        assert_eq!(answer.status, 401);
    }
    let right = format!(r#"{{"user_id":"alice@tests","password":"{PASSWORD}"}}"#);
    let limited = nobody.post("/sign-in", &right).await;
    assert_eq!((limited.status.as_u16(), limited.code().as_str()), (429, "auth.too_many_attempts"));
    assert!(limited.headers.contains_key("retry-after"));
    house.session("bob@tests").await;
}

#[tokio::test]
async fn bad_bodies_name_what_is_wrong() {
    let house = House::build().await;
    let nobody = house.nobody();
    for (body, part) in [
        ("{", "line 1"),
        ("[]", "must be an object"),
        (r#"["alice@tests","x"]"#, "must be an object"),
        (r#"{"user_id":5,"password":"x"}"#, "`user_id`"),
        (r#"{"user_id":"a"}"#, "password"),
        (r#"{"user_id":"a","password":"b","pasword":"c"}"#, "pasword"),
        (r#"{"user_id":"a","password":"b"} x"#, "trailing"),
    ] {
        let answer = nobody.post("/sign-in", body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "api.bad_json"), "{body}");
        let error = &answer.json()["error"];
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
        assert!(!error["mend"].as_str().unwrap().is_empty());
    }
    let huge = format!(r#"{{"user_id":"{}"}}"#, "a".repeat(3 << 20));
    assert_eq!(nobody.post("/sign-in", &huge).await.code(), "api.too_large");
    let deep = "[".repeat(200_000);
    assert_eq!(nobody.post("/sign-in", &deep).await.status, 400);
}

#[tokio::test]
async fn errors_speak_the_language_that_is_asked_for() {
    let house = House::build().await;
    let mut nobody = house.nobody();
    let english = nobody.get("/me").await.json();
    nobody.headers.push(("accept-language", "zh-CN,zh;q=0.9".to_owned()));
    let chinese = nobody.get("/me").await.json();
    assert_eq!(english["error"]["code"], chinese["error"]["code"]);
    assert!(english["error"]["message"].as_str().unwrap().is_ascii());
    assert!(!chinese["error"]["message"].as_str().unwrap().is_ascii());
}

/// A try to sign in through a proxy (or not) that says for whom it speaks.
async fn try_from(house: &House, (peer, client): (&str, &str), (path, body): (&str, &str)) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json")
        .header("x-callyard", "1")
        .header("x-forwarded-for", client)
        .body(Body::from(body.to_owned()))
        .unwrap();
    house.send_from(peer, request).await
}

#[tokio::test]
async fn behind_a_proxy_each_client_is_a_source_of_its_own() {
    let house = House::build().await;
    let wrong = |account: usize| format!(r#"{{"user_id":"a{account}@tests","password":"x"}}"#);
    let right = format!(r#"{{"user_id":"alice@tests","password":"{PASSWORD}"}}"#);
    let proxy = "10.0.0.1:4000";
    for account in 0..50 {
        let answer = try_from(&house, (proxy, "1.1.1.1, 203.0.113.66"), ("/sign-in", &wrong(account))).await;
        assert_eq!(answer.status, 401);
    }
    let limited = try_from(&house, (proxy, "2.2.2.2, 203.0.113.66"), ("/sign-in", &right)).await;
    assert_eq!(limited.status, 429, "the guesser is limited, whatever it writes before its address");
    let other = try_from(&house, (proxy, "203.0.113.7"), ("/sign-in", &right)).await;
    assert_eq!(other.status, 200, "another client of the same proxy is not");
    // Who is no proxy of ours is counted by its own address, whatever it claims.
    let stranger = "198.51.100.9:4000";
    for account in 0..50 {
        let claimed = format!("203.0.113.{account}");
        assert_eq!(try_from(&house, (stranger, &claimed), ("/sign-in", &wrong(account))).await.status, 401);
    }
    assert_eq!(try_from(&house, (stranger, "203.0.113.8"), ("/sign-in", &right)).await.status, 429);
}

#[tokio::test]
async fn bad_tokens_of_one_source_stop_nobody_else() {
    let house = House::build().await;
    for _ in 0..50 {
        let answer = try_from(&house, ("198.51.100.9:4000", ""), ("/sign-in/token", r#"{"token":"x"}"#)).await;
        assert_eq!(answer.status, 401);
    }
    let guesser = try_from(&house, ("198.51.100.9:4000", ""), ("/sign-in/token", r#"{"token":"x"}"#)).await;
    assert_eq!(guesser.status, 429);
    let token = sdk_token(&house, 60).await;
    let answer = try_from(&house, ("198.51.100.10:4000", ""), ("/sign-in/token", &token)).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
}

/// The body of a sign-in with a token that runs out in so many seconds.
async fn sdk_token(house: &House, seconds: i64) -> String {
    let owner = SessionOwner::Staff { app: SdkAppId(house.app.0), staff: house.staff["alice@tests"] };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let until = i64::try_from(now).unwrap() + seconds;
    let token = house.store.create_session(owner, SessionKind::SdkToken(TokenUse::OnlyOnce), until).await.unwrap();
    format!(r#"{{"token":"{}"}}"#, token.expose())
}

#[tokio::test]
async fn a_token_that_ran_out_lets_nobody_in() {
    let house = House::build().await;
    let late = sdk_token(&house, -1).await;
    let answer = house.nobody().post("/sign-in/token", &late).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "auth.token_invalid"));
    let good = sdk_token(&house, 60).await;
    assert_eq!(house.nobody().post("/sign-in/token", &good).await.status, 200);
    assert_eq!(house.nobody().post("/sign-in/token", &good).await.status, 401, "it is good only once");
}

#[tokio::test]
async fn guesses_that_come_all_at_once_are_counted_before_they_are_looked_at() {
    let house = House::build().await;
    let nobody = house.nobody();
    let tries = (0..60).map(|_| nobody.post("/sign-in", r#"{"user_id":"alice@tests","password":"x"}"#));
    let answers = join_all(tries).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((looked_at, refused), (10, 50));
}

#[tokio::test]
async fn people_who_are_right_never_meet_the_limit() {
    let house = House::build().await;
    let right = format!(r#"{{"user_id":"alice@tests","password":"{PASSWORD}"}}"#);
    let nobody = house.nobody();
    for answer in join_all((0..30).map(|_| nobody.post("/sign-in", &right))).await {
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
}

#[tokio::test]
async fn an_account_or_password_that_cannot_exist_is_refused_unseen() {
    let house = House::build().await;
    let nobody = house.nobody();
    for (account, password, field) in
        [("a".repeat(129), "x".to_owned(), "user_id"), ("a".to_owned(), "x".repeat(1_025), "password")]
    {
        for _ in 0..12 {
            let body = format!(r#"{{"user_id":"{account}","password":"{password}"}}"#);
            let answer = nobody.post("/sign-in", &body).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "api.bad_field"), "{field}");
            assert_eq!(answer.json()["error"]["details"][0]["field"], field);
        }
    }
}

#[tokio::test]
async fn a_new_password_of_ones_own_ends_all_other_sessions() {
    let house = House::build().await;
    for (account, wrong_hands) in [("alice@tests", "bob@tests"), ("root@platform", "alice@tests")] {
        let (here, elsewhere, other) = (house.session(account).await, house.session(account).await, house.nobody());
        let body = |old: &str, new: &str| serde_json::json!({"old": old, "new": new}).to_string();
        assert_eq!(other.post("/me/password", &body(PASSWORD, "Loud-brook-8")).await.status, 401);
        let wrong = here.post("/me/password", &body("x", "Loud-brook-8")).await;
        assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (403, "auth.wrong_password"));
        for weak in ["Lo-8", &format!("Lo-8{}", "x".repeat(125)), account] {
            let answer = here.post("/me/password", &body(PASSWORD, weak)).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "auth.weak_password"), "{weak}");
        }
        assert_eq!(elsewhere.get("/me").await.status, 200);

        assert_eq!(here.post("/me/password", &body(PASSWORD, "Loud-brook-8")).await.status, 204);
        assert_eq!(here.get("/me").await.status, 200);
        assert_eq!(elsewhere.get("/me").await.status, 401);
        let sign_in = |password: &str| format!(r#"{{"user_id":"{account}","password":"{password}"}}"#);
        assert_eq!(other.post("/sign-in", &sign_in(PASSWORD)).await.status, 401);
        assert_eq!(other.post("/sign-in", &sign_in("Loud-brook-8")).await.status, 200);
        if wrong_hands == "bob@tests" {
            house.session(wrong_hands).await;
        }
    }
}

#[tokio::test]
async fn an_open_browser_is_no_place_to_guess_the_password() {
    let house = House::build().await;
    let alice = house.session("alice@tests").await;
    for _ in 0..10 {
        let answer = alice.post("/me/password", r#"{"old":"x","new":"Loud-brook-8"}"#).await;
        assert_eq!(answer.code(), "auth.wrong_password");
    }
    let right = format!(r#"{{"old":"{PASSWORD}","new":"Loud-brook-8"}}"#);
    assert_eq!(alice.post("/me/password", &right).await.code(), "auth.too_many_attempts");
}
