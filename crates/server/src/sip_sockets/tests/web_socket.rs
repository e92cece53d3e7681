//! SIP over WebSocket with a real client.

use super::*;
use crate::sip_sockets::web_socket::Gate;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

struct Page {
    socket: WebSocketStream<TcpStream>,
    protocol: Option<String>,
}

async fn served(bench: &Bench) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let http = listener.local_addr().expect("bound");
    let gate = Gate {
        public_url: "https://callyard.example".into(),
        origins: vec!["https://crm.example".into()],
        trusted_proxies: Vec::new(),
    };
    let routes = bench.sender.web_sockets(http).routes(gate);
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    http
}

async fn page(http: SocketAddr, (protocol, origin): (Option<&str>, Option<&str>)) -> Result<Page, u16> {
    let mut request = format!("ws://{http}/sip").into_client_request().expect("a request");
    for (name, value) in [("sec-websocket-protocol", protocol), ("origin", origin)] {
        if let Some(value) = value {
            request.headers_mut().insert(name, value.parse().expect("a header"));
        }
    }
    let stream = TcpStream::connect(http).await.expect("connected");
    match client_async(request, stream).await {
        Ok((socket, response)) => {
            let protocol = response.headers().get("sec-websocket-protocol");
            Ok(Page { socket, protocol: protocol.map(|name| name.to_str().expect("a word").to_owned()) })
        }
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn one_frame_is_one_message_both_ways() {
    let mut bench = bench().await;
    let http = served(&bench).await;
    let mut page = page(http, (Some("sip"), Some("https://crm.example"))).await.expect("let in");
    assert_eq!(page.protocol.as_deref(), Some("sip"));
    // No Content-Length: the frame says where the message ends. (RFC 7118 §5.2 needs none)
    let bare = b"OPTIONS sip:a@b SIP/2.0\r\n\r\n";
    page.socket.send(Message::text(String::from_utf8_lossy(bare).as_ref())).await.expect("sent");
    let (flow, bytes) = bench.received().await;
    assert_eq!((flow.transport, flow.local, bytes.as_slice()), (Transport::Ws, http, &bare[..]));
    page.socket.send(Message::binary(OPTIONS)).await.expect("sent");
    assert_eq!(bench.received().await, (flow, OPTIONS.to_vec()));
    bench.sender.send(flow, b"answer".to_vec());
    bench.sender.send(flow, vec![0xff, 0xfe]);
    let mut heard = Vec::new();
    while heard.len() < 2 {
        match page.socket.next().await.expect("a frame").expect("a frame") {
            Message::Ping(_) | Message::Pong(_) => {}
            message => heard.push(message),
        }
    }
    assert_eq!(heard, [Message::text("answer"), Message::binary(vec![0xff, 0xfe])]);
    page.socket.send(Message::text("\r\n\r\n")).await.expect("a ping");
    assert_eq!(page.socket.next().await.expect("a frame").expect("a frame"), Message::text("\r\n"));
    page.socket.close(None).await.expect("closed");
    assert!(matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: closed, .. }) if closed == flow));
    assert_eq!(bench.metrics.sip_connections.get(), 0);
    bench.sender.send(flow, b"late".to_vec());
    assert!(matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: closed, .. }) if closed == flow));
}

#[tokio::test]
async fn the_gate_asks_for_the_origin_and_the_subprotocol() {
    let bench = bench().await;
    let http = served(&bench).await;
    for (protocol, origin, verdict) in [
        (Some("sip"), None, None),
        (Some("chat, sip"), None, None),
        (Some("sip"), Some("https://callyard.example"), None),
        (Some("sip"), Some("https://evil.example"), Some(403)),
        (None, None, Some(400)),
        (Some("chat"), None, Some(400)),
    ] {
        let came = page(http, (protocol, origin)).await;
        assert_eq!(came.err(), verdict, "{protocol:?} {origin:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_connection() {
    let mut bench = bench().await;
    let http = served(&bench).await;
    let mut page = page(http, (Some("sip"), None)).await.expect("let in");
    page.socket.send(Message::binary(OPTIONS)).await.expect("sent");
    let (flow, _) = bench.received().await;
    // The server may close while this is still being written.
    let _ = page.socket.send(Message::binary(vec![b'a'; sip::limits::MESSAGE_BYTES + 1])).await;
    assert!(matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: closed, .. }) if closed == flow));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_not_kept() {
    let bench = hasty(None).await;
    let http = served(&bench).await;
    let mut page = page(http, (Some("sip"), None)).await.expect("let in");
    let last = loop {
        match page.socket.next().await {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => break other,
        }
    };
    assert!(matches!(last, Some(Ok(Message::Close(Some(frame)))) if frame.reason == "the client was silent"));
}
