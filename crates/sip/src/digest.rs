//! Digest access authentication (RFC 7616, RFC 3261 §22): the arithmetic for both sides,
//! and challenges as a client reads them. Who may pass is the business of [`crate::guard`].

use crate::message::fields;
use crate::wire::hex;
use md5::{Digest as _, Md5};
use sha2::{Sha256, Sha512_256};

/// The hash functions that we speak, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    Md5,
    Sha256,
    Sha512Half,
}

impl Algorithm {
    /// Its name in challenges. (RFC 7616 §3.3)
    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512Half => "SHA-512-256",
        }
    }

    /// The algorithm of that name; none means MD5.
    pub(crate) fn of(name: Option<&str>) -> Option<Algorithm> {
        match name {
            None => Some(Algorithm::Md5),
            Some(name) => {
                let all = [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512Half];
                all.into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
            }
        }
    }

    fn hash(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
            Algorithm::Sha512Half => hex(&Sha512_256::digest(text.as_bytes())),
        }
    }
}

/// Everything that goes into a response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ingredients<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) user: &'a str,
    pub(crate) realm: &'a str,
    pub(crate) password: &'a str,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) nonce: &'a str,
    /// nc and cnonce with `qop=auth`; `None`: the old form of RFC 2069.
    pub(crate) counted: Option<(&'a str, &'a str)>,
}

impl Ingredients<'_> {
    /// RFC 7616 §3.4.1.
    pub(crate) fn response(&self) -> String {
        let Ingredients { algorithm, user, realm, password, method, uri, nonce, counted } = *self;
        let secret = algorithm.hash(&format!("{user}:{realm}:{password}"));
        let request = algorithm.hash(&format!("{method}:{uri}"));
        match counted {
            Some((nc, cnonce)) => algorithm.hash(&format!("{secret}:{nonce}:{nc}:{cnonce}:auth:{request}")),
            None => algorithm.hash(&format!("{secret}:{nonce}:{request}")),
        }
    }
}

/// A challenge that we can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) algorithm: Algorithm,
    pub(crate) stale: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    qop: bool,
}

/// What we prove, to whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proof<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) cnonce: &'a str,
}

impl Challenge {
    /// Reads one challenge. `None`: not Digest, or an algorithm or a qop that we do not speak.
    pub(crate) fn parse(value: &[u8]) -> Option<Challenge> {
        let params = fields::digest_params(value)?;
        let get = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let qops = get("qop").map(|list| list.split(',').any(|qop| qop.trim().eq_ignore_ascii_case("auth")));
        if qops == Some(false) {
            return None;
        }
        Some(Challenge {
            algorithm: Algorithm::of(get("algorithm"))?,
            stale: get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            realm: get("realm")?.to_owned(),
            nonce: get("nonce")?.to_owned(),
            opaque: get("opaque").map(str::to_owned),
            qop: qops.is_some(),
        })
    }

    /// Whose password is asked for.
    pub(crate) fn realm(&self) -> &str {
        &self.realm
    }

    /// The value of our credentials header, for the `count`th use of the nonce.
    pub(crate) fn answer(&self, proof: &Proof<'_>, count: u32) -> String {
        let Proof { user, password, method, uri, cnonce } = *proof;
        let (algorithm, realm, nonce) = (self.algorithm, self.realm.as_str(), self.nonce.as_str());
        let nc = format!("{count:08x}");
        let counted = self.qop.then_some((nc.as_str(), cnonce));
        let response = Ingredients { algorithm, user, realm, password, method, uri, nonce, counted }.response();
        let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut out = format!(
            "Digest username=\"{}\",realm=\"{}\",nonce=\"{}\",uri=\"{uri}\",response=\"{response}\",algorithm={}",
            quote(user),
            quote(realm),
            quote(nonce),
            algorithm.name(),
        );
        if let Some((nc, cnonce)) = counted {
            out.push_str(&format!(",qop=auth,nc={nc},cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = &self.opaque {
            out.push_str(&format!(",opaque=\"{}\"", quote(opaque)));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 §3.9.1.
    #[test]
    fn the_examples_of_the_rfc() {
        let example = |algorithm| Ingredients {
            algorithm,
            user: "Mufasa",
            realm: "http-auth@example.org",
            password: "Circle of Life",
            method: "GET",
            uri: "/dir/index.html",
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            counted: Some(("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
        };
        assert_eq!(example(Algorithm::Md5).response(), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            example(Algorithm::Sha256).response(),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    #[test]
    fn a_challenge_is_read_and_answered() {
        let value =
            br#"Digest realm="a \"b\"", nonce="n", algorithm=SHA-256, qop="auth-int,auth", stale=TRUE, opaque="o""#;
        let challenge = Challenge::parse(value).expect("a challenge");
        assert!(challenge.stale);
        let proof = Proof { user: "u", password: "p", method: "INVITE", uri: "sip:a@b", cnonce: "c" };
        let answer = challenge.answer(&proof, 1);
        assert!(answer.contains(r#"realm="a \"b\"""#) && answer.contains(r#"opaque="o""#), "{answer}");
        assert_eq!(Challenge::parse(br#"Digest realm="a", nonce="n", qop="auth-int""#), None);
        assert_eq!(Challenge::parse(br#"Digest realm="a", nonce="n", algorithm=SHA-512"#), None);
        assert_eq!(Challenge::parse(b"Basic realm=\"a\""), None);
    }
}
