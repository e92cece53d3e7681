//! Proves who we are when a peer asks for it (401, 407): one account of ours, and the
//! challenges that it was asked last. Whoever asks for a proof of *others* is [`crate::guard`].

use crate::digest::{Challenge, Proof};
use crate::message::write::Writer;
use crate::message::{Message, Method, Name};
use crate::wire::Wire;

/// A first proof, and one more because its nonce was stale.
const TRIES: u32 = 2;

/// An account with its secret.
#[derive(Clone)]
pub(crate) struct Prover {
    user: String,
    password: String,
    /// By the server itself (401).
    server: Option<Asked>,
    /// By a proxy on the way (407).
    proxy: Option<Asked>,
    /// Proofs of the present request.
    tries: u32,
}

/// A challenge, and how often its nonce was used. (RFC 7616 §3.4, nc)
#[derive(Clone)]
struct Asked {
    challenge: Challenge,
    count: u32,
}

/// Without its secret.
impl std::fmt::Debug for Prover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prover").field("tries", &self.tries).finish_non_exhaustive()
    }
}

/// What a challenge leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Send the request again, with the proof.
    Again,
    /// The answer is final.
    GiveUp,
}

impl Prover {
    pub(crate) fn new((user, password): (String, String)) -> Prover {
        Prover { user, password, server: None, proxy: None, tries: 0 }
    }

    /// A new request is about to be sent, not a repetition with a proof.
    pub(crate) fn begin(&mut self) {
        self.tries = 0;
    }

    /// Forgets the challenges: another server is asked, which has its own.
    pub(crate) fn forget(&mut self) {
        (self.server, self.proxy) = (None, None);
    }

    /// Reads the challenge in a refusal. Strangers on the way must not collect proofs: once a
    /// realm was answered, no other one is. (RFC 3261 §22.2, §22.3)
    pub(crate) fn learn(&mut self, status: u16, response: &Message<'_>) -> Advice {
        let (asks, slot) = match status {
            401 => (Name::WwwAuthenticate, &mut self.server),
            407 => (Name::ProxyAuthenticate, &mut self.proxy),
            _ => return Advice::GiveUp,
        };
        let again = self.tries > 0 && slot.is_some();
        let usable = |it: &Challenge| {
            let same_realm = slot.as_ref().is_none_or(|asked| asked.challenge.realm() == it.realm());
            same_realm && (!again || it.stale)
        };
        let found = response.values(asks).filter_map(Challenge::parse).filter(usable).max_by_key(|it| it.algorithm);
        let Some(challenge) = found.filter(|_| self.tries < TRIES) else { return Advice::GiveUp };
        self.tries += 1;
        *slot = Some(Asked { challenge, count: 0 });
        Advice::Again
    }

    /// Whether anybody asked us so far.
    pub(crate) fn was_asked(&self) -> bool {
        self.server.is_some() || self.proxy.is_some()
    }

    /// The credentials for a request: nothing until somebody asked, then with each request.
    pub(crate) fn headers(&mut self, method: Method, uri: &[u8], wire: &mut Wire) -> Credentials {
        let uri = String::from_utf8_lossy(uri).into_owned();
        let (user, password) = (self.user.as_str(), self.password.as_str());
        let slots = [("Authorization", &mut self.server), ("Proxy-Authorization", &mut self.proxy)];
        let mut lines = Vec::new();
        for (name, slot) in slots {
            let Some(asked) = slot else { continue };
            asked.count = asked.count.saturating_add(1);
            let cnonce = wire.token();
            let proof = Proof { user, password, method: method.name(), uri: &uri, cnonce: &cnonce };
            lines.push((name, asked.challenge.answer(&proof, asked.count)));
        }
        Credentials(lines)
    }
}

/// Header lines that prove who we are. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Credentials(Vec<(&'static str, String)>);

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("lines", &self.0.len()).finish()
    }
}

impl Credentials {
    pub(crate) fn write(&self, writer: Writer) -> Writer {
        self.0.iter().fold(writer, |writer, (name, value)| writer.header(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Framing;

    fn asked(prover: &mut Prover, status: u16, challenges: &[&str]) -> Advice {
        let name = if status == 401 { "WWW-Authenticate" } else { "Proxy-Authenticate" };
        let lines: String = challenges.iter().map(|value| format!("{name}: Digest {value}\r\n")).collect();
        let text = format!("SIP/2.0 {status} No\r\nCSeq: 1 INVITE\r\n{lines}\r\n");
        prover.learn(status, &Message::parse(text.as_bytes(), Framing::Datagram).expect("a SIP message"))
    }

    fn lines(prover: &mut Prover) -> Vec<String> {
        let mut wire = Wire::new([1; 32], String::new());
        let Credentials(lines) = prover.headers(Method::Invite, b"sip:a@b", &mut wire);
        lines.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    #[test]
    fn the_strongest_challenge_is_answered_and_its_nonce_counted() {
        let mut prover = Prover::new(("u".into(), "p".into()));
        assert_eq!(lines(&mut prover), [] as [String; 0]);
        let all = ["MD5", "SHA-256", "SHA-512-256", "SHA-1024"]
            .map(|name| format!("realm=\"r\",nonce=\"n{name}\",algorithm={name},qop=\"auth\""));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(asked(&mut prover, 401, &all), Advice::Again);
        for nc in ["00000001", "00000002"] {
            let lines = lines(&mut prover);
            assert_eq!(lines.len(), 1);
            assert!(lines[0].starts_with("Authorization: Digest username=\"u\",realm=\"r\",nonce=\"nSHA-512-256\""));
            assert!(lines[0].contains(&format!("nc={nc},")), "RFC 7616 §3.4: {lines:?}");
        }
    }

    #[test]
    fn a_proof_is_tried_once_more_only_when_its_nonce_was_stale() {
        let mut prover = Prover::new(("u".into(), "p".into()));
        assert_eq!(asked(&mut prover, 407, &["realm=\"r\",nonce=\"1\""]), Advice::Again);
        assert_eq!(asked(&mut prover, 407, &["realm=\"r\",nonce=\"2\""]), Advice::GiveUp, "a wrong password");
        assert_eq!(asked(&mut prover, 407, &["realm=\"r\",nonce=\"3\",stale=true"]), Advice::Again);
        assert_eq!(asked(&mut prover, 407, &["realm=\"r\",nonce=\"4\",stale=true"]), Advice::GiveUp, "two tries");
        prover.begin();
        assert_eq!(asked(&mut prover, 407, &["realm=\"r\",nonce=\"5\""]), Advice::Again, "a new request");
    }

    #[test]
    fn a_second_realm_learns_nothing() {
        let mut prover = Prover::new(("u".into(), "p".into()));
        assert_eq!(asked(&mut prover, 401, &["realm=\"r\",nonce=\"1\""]), Advice::Again);
        prover.begin();
        assert_eq!(asked(&mut prover, 401, &["realm=\"other\",nonce=\"1\""]), Advice::GiveUp);
        assert_eq!(asked(&mut prover, 407, &["realm=\"proxy\",nonce=\"1\""]), Advice::Again, "a proxy has its own");
        assert_eq!(lines(&mut prover).len(), 2, "RFC 3261 §22.3: both are answered");
        assert!(!format!("{prover:?}").contains('p') || !format!("{prover:?}").contains("password"));
    }
}
