//! Who asks, and what they may: sign-in, the session cookie, and extractors
//! that let a route begin only for the role it names. The application always
//! comes from the session; only operators, who belong to none, name one.

pub mod endings;
pub mod own_password;
pub mod roles;
pub mod sign_in;
pub mod tickets;

pub use roles::{AdministratorUp, AgentUp, InApp, OnPlatform, Person, SignedInAs, SupervisorUp};

use crate::http::state::Http;
use axum::http::{HeaderMap, HeaderValue, header};

/// The session cookie's name.
pub const COOKIE: &str = "callyard_session";
/// How long a session lasts: a shift with its overtime.
pub const SESSION_S: i64 = 12 * 3_600;

/// The session token in a request's cookie.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token)
        .filter(|token| !token.is_empty() && token.len() <= 256)
}

/// The header that gives a browser its session, or (with an empty token) takes it.
fn cookie(http: &Http, token: &str) -> HeaderValue {
    let secure = if http.state.settings.public_url.starts_with("https://") { "; Secure" } else { "" };
    let age = if token.is_empty() { 0 } else { SESSION_S };
    HeaderValue::from_str(&format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}"))
        .expect("tokens are made of letters and digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        for (text, token) in [
            ("callyard_session=abc", Some("abc")),
            ("theme=dark; callyard_session=abc; x=y", Some("abc")),
            ("callyard_session=", None),
            ("xcallyard_session=abc", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, text.parse().unwrap());
            assert_eq!(session_token(&headers), token, "{text}");
        }
    }
}
