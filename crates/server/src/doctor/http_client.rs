//! A small HTTP client for one server: a connection a request, JSON in and out,
//! the session cookie kept.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longest body that is read: a recording of some minutes.
const LONGEST: usize = 64 << 20;

/// A client of one server.
#[derive(Clone)]
pub struct HttpClient {
    /// Host and port.
    authority: String,
    /// Sent as `Authorization: Bearer`.
    token: Option<String>,
    /// The session.
    cookie: Option<String>,
}

impl HttpClient {
    /// A client of `http://host:port`. Nothing else is needed on one's own machine.
    pub fn new(url: &str) -> Result<HttpClient, String> {
        let authority = url.strip_prefix("http://").ok_or_else(|| format!("{url} does not start with http://"))?;
        Ok(HttpClient { authority: authority.trim_end_matches('/').to_owned(), token: None, cookie: None })
    }

    /// The same, with a bearer token.
    pub fn with_token(&self, token: &str) -> HttpClient {
        HttpClient { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The session cookie as a header's value.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Asks for JSON.
    pub async fn get(&mut self, path: &str) -> Result<Value, String> {
        json(&self.request(Method::GET, path, None).await?)
    }

    /// Asks for a file.
    pub async fn get_bytes(&mut self, path: &str) -> Result<Bytes, String> {
        self.request(Method::GET, path, None).await
    }

    /// Sends JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value, String> {
        json(&self.request(Method::POST, path, Some(body)).await?)
    }

    /// Deletes something.
    pub async fn delete(&mut self, path: &str) -> Result<(), String> {
        self.request(Method::DELETE, path, None).await.map(drop)
    }

    async fn request(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<Bytes, String> {
        match tokio::time::timeout(PATIENCE, self.exchange(method, path, body)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer to {path} within {} s", PATIENCE.as_secs())),
        }
    }

    async fn exchange(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<Bytes, String> {
        let text = |error: &dyn std::fmt::Display| format!("{}: {error}", self.authority);
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| text(&error))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| text(&error))?;
        // It ends with the sender, at the end of this function.
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/json")
            .header("x-callyard", "1");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| text(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| text(&error))?;
        let (head, body) = answer.into_parts();
        let body =
            http_body_util::Limited::new(body, LONGEST).collect().await.map_err(|error| text(&error))?.to_bytes();
        if let Some(cookie) = head.headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()) {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        if head.status.is_success() { Ok(body) } else { Err(refusal(head.status, &body)) }
    }
}

fn json(body: &[u8]) -> Result<Value, String> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| format!("the answer is no JSON: {error}"))
}

/// A refusal in the server's own words.
fn refusal(status: StatusCode, body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    match value["error"]["message"].as_str() {
        Some(message) => format!("{status}: {message}"),
        None => status.to_string(),
    }
}
