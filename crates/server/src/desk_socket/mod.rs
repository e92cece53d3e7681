//! The desk socket: one WebSocket per agent's page. What the page asks goes to
//! call control, what call control says goes to the page; the socket itself
//! only keeps the gate (ticket, origin, size, rate, silence).

use crate::api::views::{ClientMessage, DeskView, ServerMessage};
use crate::auth::endings::Ending;
use crate::auth::tickets::Ticket;
use crate::control::{DeskMessage, PageConnection};
use crate::http::error::ApiError;
use crate::http::extract::QueryOf;
use crate::http::language::Language;
use crate::http::source::origin_is_ours;
use crate::http::state::Http;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use centre::catalogue;
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout};

/// The page pings every 10 seconds; after this silence it is lost.
const SILENCE: Duration = Duration::from_secs(25);
/// How long a page may take to accept what it is sent.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// How often the session behind the socket is looked at.
const SESSION_CHECK: Duration = Duration::from_secs(30);
/// Bytes of one message. A browser's SDP offer is below 10 KiB.
const MAX_MESSAGE_BYTES: usize = 64 << 10;
/// Messages a page may send in a second; people click more slowly.
const MESSAGES_A_SECOND: u32 = 20;
/// Messages in a second after which the page is taken for broken and cut off.
const FLOOD: u32 = 200;

/// Close codes of our own (4000 and up are free for applications).
const CLOSE_REPLACED: u16 = 4001;
/// Like HTTP's 401, so that pages know it by sight.
const CLOSE_SESSION_OVER: u16 = 4401;
const CLOSE_FLOOD: u16 = 4003;
const CLOSE_LOST: u16 = 4004;
/// "Going away" (RFC 6455 section 7.4.1).
const CLOSE_GOING_AWAY: u16 = 1001;
/// "A type of data it cannot accept" (the same).
const CLOSE_UNSUPPORTED: u16 = 1003;

/// The query of the socket's address.
#[derive(Deserialize)]
pub struct SocketQuery {
    ticket: String,
    /// In which language the page is read, `zh` or `en`; without it, as the browser says.
    language: Option<String>,
}

/// `GET /api/v1/desk?ticket=…&language=…`
pub async fn connect(
    State(http): State<Http>,
    QueryOf(query): QueryOf<SocketQuery>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    if !origin_is_ours(&headers, &http.state.settings.public_url) {
        return Err(catalogue::ORIGIN_REFUSED.into());
    }
    let upgrade = upgrade.map_err(|_| ApiError::about(catalogue::BAD_FIELD, "(this address takes WebSockets only)"))?;
    let ticket = http.tickets.redeem(&query.ticket, std::time::Instant::now()).ok_or(catalogue::TICKET_INVALID)?;
    // Listening begins before the look, so that no ending falls between the two.
    let endings = http.endings.listen();
    if !session_stands(&http, &ticket).await {
        return Err(catalogue::TICKET_INVALID.into());
    }
    let named = query.language.as_deref().and_then(Language::named);
    let language = named.unwrap_or_else(|| Language::accepted(&headers));
    Ok(upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| serve(http, Gate::new((ticket, endings), language), socket))
        .into_response())
}

async fn session_stands(http: &Http, ticket: &Ticket) -> bool {
    match http.store().session(ticket.session.expose()).await {
        Ok(session) => session.is_some(),
        // A database that is away must not throw agents out of their calls.
        Err(_) => true,
    }
}

/// What the socket knows of its page.
struct Gate {
    ticket: Ticket,
    endings: broadcast::Receiver<Ending>,
    language: Language,
    second: Instant,
    messages: u32,
}

/// Whether the socket goes on.
enum Next {
    Continue,
    Close(u16, &'static str),
}

async fn serve(http: Http, mut gate: Gate, mut socket: WebSocket) {
    let (app, agent) = (gate.ticket.app, gate.ticket.agent);
    let mut page = http.control().open_page(app, agent).await;
    tracing::info!(%app, %agent, page = page.page, "a desk page connected");
    // Call control sends the first snapshot by itself.
    let (code, reason) = run(&http, &mut gate, (&mut socket, &mut page)).await;
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    let _ = timeout(SEND_PATIENCE, socket.send(close)).await;
    tracing::info!(%app, %agent, page = page.page, reason, "a desk page went");
}

async fn run(
    http: &Http,
    gate: &mut Gate,
    (socket, page): (&mut WebSocket, &mut PageConnection),
) -> (u16, &'static str) {
    let mut silent_at = Instant::now() + SILENCE;
    let mut check_at = Instant::now() + SESSION_CHECK;
    loop {
        let next = tokio::select! {
            message = page.messages.recv() => match message {
                Some(message) => tell(socket, message).await,
                None => Next::Close(CLOSE_GOING_AWAY, "the server closed the desk"),
            },
            frame = socket.recv() => {
                silent_at = Instant::now() + SILENCE;
                match frame {
                    Some(Ok(frame)) => heard(http, gate, (socket, frame)).await,
                    Some(Err(_)) | None => Next::Close(CLOSE_LOST, "the connection broke"),
                }
            }
            () = tokio::time::sleep_until(silent_at) => Next::Close(CLOSE_LOST, "the page was silent"),
            () = tokio::time::sleep_until(check_at) => {
                check_at = Instant::now() + SESSION_CHECK;
                look_at_session(http, gate).await
            }
            ending = gate.endings.recv() => match ending {
                Ok(ending) if gate.is_about(&ending) => look_at_session(http, gate).await,
                Ok(_) | Err(RecvError::Closed) => Next::Continue,
                Err(RecvError::Lagged(_)) => look_at_session(http, gate).await,
            },
        };
        if let Next::Close(code, reason) = next {
            return (code, reason);
        }
    }
}

async fn look_at_session(http: &Http, gate: &Gate) -> Next {
    if session_stands(http, &gate.ticket).await {
        Next::Continue
    } else {
        Next::Close(CLOSE_SESSION_OVER, "the session is over")
    }
}

async fn tell(socket: &mut WebSocket, message: DeskMessage) -> Next {
    match message {
        DeskMessage::Desk(desk) => send(socket, &ServerMessage::Desk { desk: DeskView::from(&*desk) }).await,
        DeskMessage::SoundAnswer(sdp) => send(socket, &ServerMessage::SoundAnswer { sdp }).await,
        DeskMessage::Replaced => {
            send(socket, &ServerMessage::Replaced).await;
            Next::Close(CLOSE_REPLACED, "another page took over")
        }
    }
}

async fn heard(http: &Http, gate: &mut Gate, (socket, frame): (&mut WebSocket, Message)) -> Next {
    // Every frame costs us something, whatever is in it.
    match (frame, gate.count()) {
        (Message::Close(_), _) => Next::Close(1000, "the page closed"),
        (_, Rate::Flood) => Next::Close(CLOSE_FLOOD, "too many messages"),
        (Message::Binary(_), _) => Next::Close(CLOSE_UNSUPPORTED, "only text is understood"),
        // axum answers pings itself.
        (Message::Ping(_) | Message::Pong(_), _) => Next::Continue,
        (Message::Text(text), Rate::Fine) => {
            let answer = answer(http, gate, &text).await;
            send(socket, &answer).await
        }
        (Message::Text(text), Rate::TooMany) => {
            let error = ApiError::from(catalogue::TOO_MANY_MESSAGES).view(gate.language);
            send(socket, &ServerMessage::Refused { id: id_of(&text), error }).await
        }
    }
}

async fn answer(http: &Http, gate: &Gate, text: &str) -> ServerMessage {
    let refused = |id, error: ApiError| ServerMessage::Refused { id, error: error.view(gate.language) };
    let message: ClientMessage = match serde_json::from_str(text) {
        Ok(message) => message,
        Err(why) => return refused(id_of(text), ApiError::about(catalogue::MESSAGE_UNKNOWN, format!("({why})"))),
    };
    let id = message.id;
    let Some(command) = message.request.command() else { return ServerMessage::Pong };
    match http.control().desk(gate.ticket.app, gate.ticket.agent, command).await {
        Ok(()) => ServerMessage::Done { id },
        Err(code) => refused(id, code.into()),
    }
}

/// The id of a message that may be wrong otherwise.
fn id_of(text: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct OnlyId {
        id: Option<u64>,
    }
    serde_json::from_str::<OnlyId>(text).ok().and_then(|only| only.id)
}

async fn send(socket: &mut WebSocket, message: &ServerMessage) -> Next {
    let text = serde_json::to_string(message).expect("our own messages are plain JSON");
    match timeout(SEND_PATIENCE, socket.send(Message::Text(text.into()))).await {
        Ok(Ok(())) => Next::Continue,
        Ok(Err(_)) | Err(_) => Next::Close(CLOSE_LOST, "the page does not listen"),
    }
}

/// How fast a page sends.
enum Rate {
    Fine,
    TooMany,
    Flood,
}

impl Gate {
    fn new((ticket, endings): (Ticket, broadcast::Receiver<Ending>), language: Language) -> Gate {
        Gate { ticket, endings, language, second: Instant::now(), messages: 0 }
    }

    fn is_about(&self, ending: &Ending) -> bool {
        match ending {
            Ending::Session(session) => *session == self.ticket.session,
            Ending::Account(app, agent) => (*app, *agent) == (self.ticket.app, self.ticket.agent),
        }
    }

    fn count(&mut self) -> Rate {
        let now = Instant::now();
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.messages = 0;
        }
        self.messages += 1;
        match self.messages {
            0..=MESSAGES_A_SECOND => Rate::Fine,
            _ if self.messages <= FLOOD => Rate::TooMany,
            _ => Rate::Flood,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn only_pages_of_our_own_origin_connect() {
        let table = [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("https://cc.example.com", "10.0.0.1:8080", true),
            ("https://evil.example", "127.0.0.1:8080", false),
            ("http://127.0.0.1:8081", "127.0.0.1:8080", false),
            ("null", "127.0.0.1:8080", false),
            ("http://", "", false),
        ];
        for (origin, host, ours) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            headers.insert(header::HOST, host.parse().unwrap());
            assert_eq!(origin_is_ours(&headers, "https://cc.example.com"), ours, "{origin}");
        }
        assert!(origin_is_ours(&HeaderMap::new(), "https://cc.example.com"));
    }

    #[test]
    fn the_id_is_read_even_from_a_message_nobody_knows() {
        assert_eq!(id_of(r#"{"id":7,"do":"dance"}"#), Some(7));
        assert_eq!(id_of("{"), None);
        let message: ClientMessage = serde_json::from_str(r#"{"id":1,"do":"be_away","rest":"Lunch"}"#).unwrap();
        assert_eq!(message.id, Some(1));
        let ping: ClientMessage = serde_json::from_str(r#"{"do":"ping"}"#).unwrap();
        assert!(ping.request.command().is_none());
    }
}
