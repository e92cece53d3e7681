//! SIP over WebSocket (RFC 7118): clients of other people's making come by the HTTP port
//! at `/sip`. One frame carries one message. Who they are, digest says later; here stand
//! the gate (origin, subprotocol, limits) and the keep-alive.

use super::streams::Streams;
use super::table::{Outgoing, Peer, Worth};
use crate::http::error::ApiError;
use crate::http::source::{is_trusted, origin_is_ours, real_source};
use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use centre::catalogue;
use ipnet::IpNet;
use sip::limits::MESSAGE_BYTES;
use sip::{Flow, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How often we ping. (RFC 7118 §6)
const PING_EVERY: Duration = Duration::from_secs(30);
/// A client that said nothing for so long, not even a pong, is gone.
const SILENCE: Duration = Duration::from_secs(95);
/// How long a client may take to accept what it is sent.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// The subprotocol. (RFC 7118 §4.1)
const SIP: &str = "sip";

/// "Going away" (RFC 6455 §7.4.1).
const CLOSE_GOING_AWAY: u16 = 1001;
/// "Policy violation" (the same).
const CLOSE_POLICY: u16 = 1008;

/// Whose pages may open a WebSocket for SIP. A client that is no page names no origin, and
/// has no cookies that could be misused.
#[derive(Debug, Clone)]
pub struct Gate {
    /// How browsers reach us; pages from there are ours.
    pub public_url: String,
    /// Other origins that are let in, such as `https://crm.example`; `*` for any.
    pub origins: Vec<String>,
    /// Proxies whose word about their client is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl Gate {
    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        let is_named =
            |origin: &str| self.origins.iter().any(|named| named == "*" || named.eq_ignore_ascii_case(origin));
        origin.is_some_and(is_named) || origin_is_ours(headers, &self.public_url)
    }
}

/// The way in for WebSockets. Cheap to clone.
#[derive(Clone)]
pub struct WebSocketDoor {
    streams: Streams,
}

impl WebSocketDoor {
    pub(super) fn new(streams: Streams, http: SocketAddr) -> WebSocketDoor {
        // There is one HTTP port; a second door would lead to the same.
        let _ = streams.doors().http.set(http);
        WebSocketDoor { streams }
    }

    /// The route.
    pub fn routes(self, gate: Gate) -> Router {
        Router::new().route("/sip", get(connect)).with_state(Arc::new((self, gate)))
    }
}

/// `GET /sip`
async fn connect(
    State(state): State<Arc<(WebSocketDoor, Gate)>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let (door, gate) = &*state;
    if !gate.lets_in(&headers) {
        return Err(catalogue::ORIGIN_REFUSED.into());
    }
    let upgrade = upgrade.map_err(|_| ApiError::about(catalogue::BAD_FIELD, "(this address takes WebSockets only)"))?;
    let upgrade = upgrade.protocols([SIP]);
    if upgrade.selected_protocol().is_none() {
        return Err(ApiError::about(catalogue::BAD_FIELD, "(the WebSocket subprotocol must be sip)"));
    }
    let peer = client(peer, &headers, &gate.trusted_proxies);
    let streams = door.streams.clone();
    Ok(upgrade
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_upgrade(move |socket| serve(streams, peer, socket))
        .into_response())
}

/// Who is at the other end. Behind a proxy of ours that speaks TLS, the client and its own way.
fn client(peer: SocketAddr, headers: &HeaderMap, proxies: &[IpNet]) -> Peer {
    let by_tls = is_trusted(peer.ip(), proxies)
        && headers.get("x-forwarded-proto").is_some_and(|scheme| matches!(scheme.as_bytes(), b"https" | b"wss"));
    let transport = if by_tls { Transport::Wss } else { Transport::Ws };
    // The port is the proxy's, which tells two clients behind one NAT apart.
    Peer { transport, remote: SocketAddr::new(real_source(peer.ip(), headers, proxies), peer.port()) }
}

async fn serve(streams: Streams, peer: Peer, mut socket: WebSocket) {
    let Some((number, mut outgoing)) = streams.add(peer, Worth::Unproven) else {
        return close(&mut socket, CLOSE_POLICY, "too many connections").await;
    };
    if let Some(flow) = streams.flow(peer, number) {
        let why = run(&streams, flow, (&mut socket, &mut outgoing)).await;
        tracing::debug!(remote = %flow.remote, why, "a SIP client's WebSocket went");
        // First the news: whoever calls this client learns at once that it is gone.
        streams.remove(number);
        streams.inbox().closed(flow).await;
        close(&mut socket, CLOSE_GOING_AWAY, why).await;
    }
    streams.remove(number);
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    let _ = timeout(SEND_PATIENCE, socket.send(close)).await;
}

/// Carries messages both ways until one of the two is over.
async fn run(streams: &Streams, flow: Flow, (socket, outgoing): (&mut WebSocket, &mut Outgoing)) -> &'static str {
    let mut silent_at = Instant::now() + streams.doors().timing.first_frame;
    let mut proven = false;
    let mut pings = tokio::time::interval(PING_EVERY);
    pings.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let answer = tokio::select! {
            bytes = outgoing.recv() => match bytes {
                Some(bytes) => Some(frame(bytes)),
                None => return "too much waits, or too many connections",
            },
            _ = pings.tick() => Some(Message::Ping(Vec::new().into())),
            () = tokio::time::sleep_until(silent_at) => return "the client was silent",
            heard = socket.recv() => {
                let message = match heard {
                    Some(Ok(Message::Text(text))) => text.as_str().as_bytes().to_vec(),
                    Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => Vec::new(),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return "the client closed it",
                };
                let says_something = !message.iter().all(u8::is_ascii_whitespace);
                if says_something && !proven {
                    proven = true;
                    streams.proven(flow.connection);
                }
                if proven {
                    silent_at = Instant::now() + SILENCE;
                }
                // A ping of those who keep to RFC 5626 §4.4.1 here too.
                let is_ping = message == b"\r\n\r\n";
                if says_something {
                    streams.inbox().metrics.sip_messages_in.add_one();
                    streams.inbox().give(flow, message).await;
                }
                is_ping.then(|| frame(b"\r\n".to_vec()))
            }
        };
        let Some(answer) = answer else { continue };
        match timeout(SEND_PATIENCE, socket.send(answer)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return "the client does not read",
        }
    }
}

/// Text where it is one, as pages expect; else binary. (RFC 7118 §4.2)
fn frame(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::Text(text.into()),
        Err(other) => Message::Binary(other.into_bytes().into()),
    }
}
