//! The desk socket over a real connection.

use super::house::{Client, House, ORIGIN};
use centre::desk::DeskCommand;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use server::http::listener::{ConnectionLimits, serve};
use server::metrics::MetricsHandle;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};

type Socket = WebSocketStream<TcpStream>;

async fn listen(house: &House) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let with = (ConnectionLimits::default(), MetricsHandle::default());
    tokio::spawn(serve(listener, house.router.clone(), with, std::future::pending()));
    address
}

async fn connect(address: SocketAddr, ticket: &str, origin: &str) -> Result<Socket, u16> {
    let mut request = format!("ws://{address}/api/v1/desk?ticket={ticket}").into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    let stream = TcpStream::connect(address).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

async fn ticket(client: &Client<'_>) -> String {
    client.get("/desk/ticket").await.json()["ticket"].as_str().unwrap().to_owned()
}

async fn hear(socket: &mut Socket) -> Value {
    let message = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("the server is silent");
    match message.unwrap().unwrap() {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        Message::Close(frame) => json!({"kind": "closed", "code": frame.map(|frame| u16::from(frame.code))}),
        other => panic!("{other:?}"),
    }
}

async fn say(socket: &mut Socket, text: &str) -> Value {
    socket.send(Message::Text(text.to_owned().into())).await.unwrap();
    hear(socket).await
}

#[tokio::test]
async fn a_page_sees_its_desk_at_once_and_is_heard() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let mut page = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    let first = hear(&mut page).await;
    assert_eq!(
        (first["kind"].as_str(), first["desk"]["presence"]["state"].as_str()),
        (Some("desk"), Some("signed_out"))
    );
    assert_eq!(say(&mut page, r#"{"do":"ping"}"#).await, json!({"kind": "pong"}));
    assert_eq!(say(&mut page, r#"{"id":7,"do":"be_away","rest":"Tea"}"#).await, json!({"kind": "done", "id": 7}));
    assert_eq!(
        say(&mut page, r#"{"id":8,"do":"call","to":"8001","from":null}"#).await,
        json!({"kind": "done", "id": 8})
    );
    let told = house.control.lock().unwrap().commands.clone();
    let agent = house.staff["alice@tests"];
    let away = DeskCommand::BeAway { rest: Some("Tea".to_owned()) };
    let call = DeskCommand::Call { to: "8001".to_owned(), from: None };
    assert_eq!(told, [(house.app, agent, away), (house.app, agent, call)]);
}

#[tokio::test]
async fn nonsense_is_refused_and_the_page_goes_on() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let mut page = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    hear(&mut page).await;
    for (text, id) in [
        ("", Value::Null),
        ("{", Value::Null),
        ("[]", Value::Null),
        (r#"{"id":3,"do":"fly"}"#, json!(3)),
        (r#"{"id":4,"do":"accept","offer":"x"}"#, json!(4)),
        (r#"{"id":"a","do":"be_ready"}"#, Value::Null),
    ] {
        let answer = say(&mut page, text).await;
        assert_eq!((answer["kind"].as_str(), &answer["id"]), (Some("refused"), &id), "{text}");
        assert_eq!(answer["error"]["code"], "desk.message_unknown");
    }
    assert_eq!(say(&mut page, r#"{"id":9,"do":"be_ready"}"#).await, json!({"kind": "done", "id": 9}));
    page.send(Message::Binary(vec![1, 2, 3].into())).await.unwrap();
    assert_eq!(hear(&mut page).await, json!({"kind": "closed", "code": 1003}));
}

#[tokio::test]
async fn a_ticket_opens_one_page_of_our_own() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let first = ticket(&alice).await;
    assert_eq!(connect(address, &first, "https://evil.example").await.err(), Some(403));
    assert!(connect(address, &first, &format!("http://{address}")).await.is_ok());
    assert_eq!(connect(address, &first, ORIGIN).await.err(), Some(401));
    assert_eq!(connect(address, "nonsense", ORIGIN).await.err(), Some(401));
    let late = ticket(&alice).await;
    alice.post("/sign-out", "").await;
    assert_eq!(connect(address, &late, ORIGIN).await.err(), Some(401));
}

#[tokio::test]
async fn a_newer_page_takes_over() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let mut old = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    hear(&mut old).await;
    let mut new = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    hear(&mut new).await;
    assert_eq!(hear(&mut old).await, json!({"kind": "replaced"}));
    assert_eq!(hear(&mut old).await, json!({"kind": "closed", "code": 4001}));
}

#[tokio::test]
async fn a_page_that_floods_is_slowed_and_then_cut_off() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let mut page = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    hear(&mut page).await;
    for _ in 0..400 {
        // The server may have closed already.
        let _ = page.feed(Message::Text(r#"{"do":"ping"}"#.into())).await;
    }
    let _ = page.flush().await;
    let (mut pongs, mut refused, mut closed) = (0, 0, None);
    // The connection may break right behind the close frame.
    while let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_secs(5), page.next()).await {
        match message {
            Message::Text(text) if text.contains("pong") => pongs += 1,
            Message::Text(text) if text.contains("desk.too_many_messages") => refused += 1,
            Message::Close(frame) => closed = frame.map(|frame| u16::from(frame.code)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(closed, Some(4003));
    // The burst may lie across the beginning of a second.
    assert!((20..=40).contains(&pongs) && refused > 100, "{pongs} {refused}");
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_page() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let mut page = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    hear(&mut page).await;
    let _ = page.send(Message::Text("x".repeat(70_000).into())).await;
    let end = tokio::time::timeout(Duration::from_secs(5), async {
        while let Some(Ok(message)) = page.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
    });
    end.await.expect("the server ends the connection");
}

/// How a page ends that is sent nothing but these frames; nothing may be said on it meanwhile.
async fn end_after(frame: Message, times: usize) -> (usize, Value) {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let mut page = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    hear(&mut page).await;
    for _ in 0..times {
        // The server may have closed already.
        let _ = page.feed(frame.clone()).await;
    }
    let _ = page.flush().await;
    let mut answers = 0;
    while let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_secs(5), page.next()).await {
        match message {
            Message::Close(frame) => return (answers, json!(frame.map(|frame| u16::from(frame.code)))),
            _ => answers += 1,
        }
    }
    (answers, Value::Null)
}

#[tokio::test]
async fn frames_of_every_kind_count() {
    let (answers, code) = end_after(Message::Binary(vec![1].into()), 400).await;
    assert_eq!((answers, code), (0, json!(1003)), "no answer to a frame that nobody understands");
    let (_, code) = end_after(Message::Ping(Default::default()), 400).await;
    assert_eq!(code, json!(4003));
}

#[tokio::test]
async fn a_page_gets_its_first_snapshot_once() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    let mut page = connect(address, &ticket(&alice).await, ORIGIN).await.unwrap();
    assert_eq!(hear(&mut page).await["kind"], "desk");
    assert_eq!(say(&mut page, r#"{"do":"ping"}"#).await, json!({"kind": "pong"}));
}

#[tokio::test]
async fn refusals_speak_the_language_the_page_names() {
    let house = House::build().await;
    let address = listen(&house).await;
    let alice = house.session("alice@tests").await;
    for (language, is_ascii) in [("zh", false), ("en", true), ("tlh", true)] {
        let query = format!("{}&language={language}", ticket(&alice).await);
        let mut page = connect(address, &query, ORIGIN).await.unwrap();
        hear(&mut page).await;
        let refused = say(&mut page, r#"{"id":3,"do":"fly"}"#).await;
        assert_eq!(refused["error"]["mend"].as_str().unwrap().is_ascii(), is_ascii, "{refused}");
    }
}

#[tokio::test]
async fn a_page_ends_with_its_session_and_no_other_does() {
    let house = House::build().await;
    let address = listen(&house).await;
    let admin = house.session("admin@tests").await;
    let (first, second) = (house.session("alice@tests").await, house.session("bob@tests").await);
    let mut alice = connect(address, &ticket(&first).await, ORIGIN).await.unwrap();
    let mut bob = connect(address, &ticket(&second).await, ORIGIN).await.unwrap();
    hear(&mut alice).await;
    hear(&mut bob).await;
    // The check of every 30 seconds is longer than `hear` waits.
    assert_eq!(first.post("/sign-out", "").await.status, 204);
    assert_eq!(hear(&mut alice).await, json!({"kind": "closed", "code": 4401}));
    assert_eq!(say(&mut bob, r#"{"do":"ping"}"#).await, json!({"kind": "pong"}));
    let path = format!("/staff/{}/password", house.staff["bob@tests"]);
    assert_eq!(admin.post(&path, r#"{"password":"Other-river-8"}"#).await.status, 204);
    assert_eq!(hear(&mut bob).await, json!({"kind": "closed", "code": 4401}));
}
