//! The virtual agent's page: the desk WebSocket, spoken as the console speaks it.

use super::http_client::HttpClient;
use centre::desk::{Desk, DeskCommand};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// A page that says nothing for 25 s is taken for lost.
const PING: Duration = Duration::from_secs(8);
/// How long a command may take.
const COMMAND: Duration = Duration::from_secs(5);

/// A signed-in agent's page.
pub struct Agent {
    socket: WebSocketStream<TcpStream>,
    desk: Option<Desk>,
    sound_answer: Option<String>,
    outcome: Option<(u64, Result<(), String>)>,
    last_id: u64,
}

impl Agent {
    /// Opens the page with the session of `client`.
    pub async fn open(client: &mut HttpClient) -> Result<Agent, String> {
        let ticket = client.get("/api/v1/desk/ticket").await?;
        let ticket = ticket["ticket"].as_str().ok_or("there is no ticket in the answer")?;
        let url = format!("ws://{}/api/v1/desk?ticket={ticket}", client.authority());
        let mut request = url.into_client_request().map_err(|error| error.to_string())?;
        let origin = format!("http://{}", client.authority());
        let headers = [("origin", Some(origin.as_str())), ("cookie", client.cookie())];
        for (name, value) in headers {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                request.headers_mut().insert(name, value);
            }
        }
        let stream = TcpStream::connect(client.authority()).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.map_err(|error| error.to_string())?;
        Ok(Agent { socket, desk: None, sound_answer: None, outcome: None, last_id: 0 })
    }

    /// Sends a command and waits for what became of it.
    pub async fn command(&mut self, command: &DeskCommand) -> Result<(), String> {
        self.last_id += 1;
        let id = self.last_id;
        let mut frame = serde_json::to_value(command).map_err(|error| error.to_string())?;
        frame["id"] = json!(id);
        self.send(&frame).await?;
        self.until(COMMAND, |agent| agent.outcome.take_if(|(done, _)| *done == id)).await?.1
    }

    /// Waits until the desk shows something.
    pub async fn see<T>(&mut self, patience: Duration, pick: impl Fn(&Desk) -> Option<T>) -> Result<T, String> {
        self.until(patience, |agent| agent.desk.as_ref().and_then(&pick)).await
    }

    /// Waits for the answer to our SDP offer.
    pub async fn sound_answer(&mut self) -> Result<String, String> {
        self.until(COMMAND, |agent| agent.sound_answer.take()).await
    }

    async fn until<T>(
        &mut self,
        patience: Duration,
        mut pick: impl FnMut(&mut Agent) -> Option<T>,
    ) -> Result<T, String> {
        let until = Instant::now() + patience;
        loop {
            if let Some(picked) = pick(self) {
                return Ok(picked);
            }
            let ping = Instant::now() + PING;
            match timeout_at(until.min(ping), self.socket.next()).await {
                Ok(Some(Ok(message))) => self.take(&message),
                Ok(Some(Err(error))) => return Err(format!("the desk socket failed: {error}")),
                Ok(None) => return Err("the server closed the desk socket".to_owned()),
                Err(_) if Instant::now() < until => self.send(&json!({"do": "ping"})).await?,
                Err(_) => return Err(format!("nothing within {} s; {}", patience.as_secs(), self.state())),
            }
        }
    }

    async fn send(&mut self, frame: &Value) -> Result<(), String> {
        self.socket
            .send(Message::text(frame.to_string()))
            .await
            .map_err(|error| format!("the desk socket failed: {error}"))
    }

    fn take(&mut self, message: &Message) {
        let Message::Text(text) = message else { return };
        let Ok(mut frame) = serde_json::from_str::<Value>(text.as_str()) else { return };
        let id = frame["id"].as_u64().unwrap_or(0);
        match frame["kind"].as_str() {
            Some("desk") => self.desk = serde_json::from_value(frame["desk"].take()).ok().or(self.desk.take()),
            Some("sound_answer") => self.sound_answer = frame["sdp"].as_str().map(str::to_owned),
            Some("done") => self.outcome = Some((id, Ok(()))),
            Some("refused") => {
                let why = frame["error"]["message"].as_str().unwrap_or("refused without a word").to_owned();
                self.outcome = Some((id, Err(why)));
            }
            // What later versions may tell is not needed here.
            Some(_) | None => {}
        }
    }

    fn state(&self) -> String {
        match &self.desk {
            Some(desk) => format!("the desk shows {:?}, sound {:?}", desk.presence, desk.sound),
            None => "the desk was never shown".to_owned(),
        }
    }
}
