//! Checks the passwords of phones and trunks: challenges with nonces that only we can make, at most a
//! minute old, whose counters must rise (RFC 7616 §3.3, §5.5). Known and unknown users take
//! the same work and get the same answer.

use crate::api::DigestOffer;
use crate::bans::{Bans, Challenges};
use crate::deadlines::Wake;
use crate::dialog::Turn;
use crate::digest::{Algorithm, Ingredients};
use crate::directory::{Account, Known};
use crate::limits::{NONCE_LIFE, NONCES};
use crate::message::write::Writer;
use crate::message::{Message, Name, Start, Uri, fields};
use crate::wire::{Wire, hex};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// What the credentials of a request are worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding<'a> {
    /// The password is proven.
    Proven(&'a Account),
    /// A copy of a request that was proven already; it must change nothing.
    Repeated(&'a Account),
    /// None for our realm, or for a challenge that was not ours: the first request of every phone.
    Nothing,
    /// The password is right, the nonce is too old: challenge with `stale`.
    Stale,
    /// Wrong password, unknown user, or a counter that did not rise.
    Wrong,
}

/// Nonces that were used, by their random part, until they lapse.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    used: BTreeMap<(Duration, u64), Use>,
    /// Nonces made before this are over: the room of one such was needed.
    oldest: Duration,
    bans: Bans,
    challenges: Challenges,
    offer: DigestOffer,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    counter: u32,
    proof: u64,
}

/// What the phone is asked to prove, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) realm: &'a str,
    pub(crate) source: IpAddr,
}

/// Why we ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Nothing usable was there.
    Anew,
    /// The password was right, the nonce too old: the phone need not ask its user.
    Stale,
}

/// A nonce of ours, taken apart.
#[derive(Debug, Clone, Copy)]
struct Nonce {
    made: Duration,
    luck: u64,
}

impl Guard {
    /// A guard that asks for these digests.
    pub(crate) fn new(offer: DigestOffer) -> Guard {
        Guard { offer, ..Guard::default() }
    }

    /// What a challenge asks for, the best first.
    pub(crate) fn asked(&self) -> &'static [Algorithm] {
        match self.offer {
            DigestOffer::Md5 => &[Algorithm::Md5],
            DigestOffer::Both => &[Algorithm::Sha256, Algorithm::Md5],
            DigestOffer::Sha256 => &[Algorithm::Sha256],
        }
    }

    /// Judges the credentials in a request.
    pub(crate) fn judge<'a>(
        &mut self,
        request: &Message<'_>,
        question: Question<'_>,
        known: &'a Known,
        turn: &mut Turn<'_>,
    ) -> Finding<'a> {
        let Some(claim) = Claim::of(request, question.realm) else { return Finding::Nothing };
        if !self.asked().contains(&claim.algorithm) {
            return Finding::Nothing;
        }
        // Whoever makes its own nonce learns nothing about the password beside it; each guess
        // costs a challenge that reached the guesser, and is counted.
        let Some(nonce) = read_nonce(&claim.nonce, question, turn.wire) else { return Finding::Nothing };
        self.challenges.answered(question.source);
        let account = known.account(claim.user_name(), question.realm);
        let right = claim.is_right(request, account);
        let (Some(account), true) = (account, right) else {
            self.bans.count(question.source, turn.now);
            return Finding::Wrong;
        };
        if self.is_over(nonce, turn.now) {
            return Finding::Stale;
        }
        let proof = proof_of(request, &claim, turn.wire);
        let key = (nonce.made + NONCE_LIFE, nonce.luck);
        match self.used.get(&key).copied() {
            Some(last) if claim.counter == last.counter && proof == last.proof => Finding::Repeated(account),
            Some(last) if claim.counter <= last.counter => Finding::Wrong,
            Some(_) | None => {
                self.make_room();
                self.used.insert(key, Use { counter: claim.counter, proof });
                self.set_timer(turn.wire);
                Finding::Proven(account)
            }
        }
    }

    /// Whether a nonce proves nothing any more.
    fn is_over(&self, nonce: Nonce, now: Duration) -> bool {
        nonce.made + NONCE_LIFE <= now || nonce.made > now || nonce.made < self.oldest
    }

    /// When many phones register at once, nonces live shorter: what is forgotten of the oldest one
    /// must not make it good again, so all of its age and older are over. Refusing the newest
    /// instead would turn every phone away until the minute is over.
    fn make_room(&mut self) {
        if self.used.len() < NONCES {
            return;
        }
        if let Some(((until, _), _)) = self.used.pop_first() {
            let made = until.saturating_sub(NONCE_LIFE);
            self.oldest = self.oldest.max(made + Duration::from_millis(1));
        }
    }

    /// Whether a source has failed so often that it is not answered.
    pub(crate) fn is_banned(&self, source: IpAddr, now: Duration) -> bool {
        self.bans.is_banned(source, now)
    }

    /// Whether a source may be sent a challenge that is longer than what it sent.
    pub(crate) fn may_exceed(&mut self, source: IpAddr, now: Duration) -> bool {
        self.challenges.count(source, now)
    }

    /// Forgets nonces that nobody can use any more.
    pub(crate) fn expire(&mut self, turn: &mut Turn<'_>) {
        while let Some(entry) = self.used.first_entry().filter(|entry| entry.key().0 <= turn.now) {
            entry.remove();
        }
        self.set_timer(turn.wire);
    }

    fn set_timer(&self, wire: &mut Wire) {
        match self.used.first_key_value() {
            Some(((until, _), _)) => wire.deadlines.set(Wake::Nonces, *until),
            None => wire.deadlines.clear(Wake::Nonces),
        }
    }
}

/// What is put into the answer that asks for a proof.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Challenge<'a> {
    pub(crate) header: &'a str,
    pub(crate) ask: Ask,
    pub(crate) algorithms: &'a [Algorithm],
}

/// Adds the challenges.
pub(crate) fn challenge(
    mut writer: Writer,
    challenge: Challenge<'_>,
    question: Question<'_>,
    turn: &mut Turn<'_>,
) -> Writer {
    let Challenge { header, ask, algorithms } = challenge;
    let stale = match ask {
        Ask::Anew => "",
        Ask::Stale => ",stale=true",
    };
    for algorithm in algorithms {
        let nonce = write_nonce(question, turn);
        let realm = question.realm.replace('\\', "\\\\").replace('"', "\\\"");
        let value =
            format!("Digest realm=\"{realm}\",nonce=\"{nonce}\",algorithm={},qop=\"auth\"{stale}", algorithm.name());
        writer = writer.header(header, value);
    }
    writer
}

/// The parameters of credentials for our realm.
#[derive(Debug)]
struct Claim {
    algorithm: Algorithm,
    user: String,
    realm: String,
    nonce: String,
    uri: String,
    response: String,
    count: String,
    cnonce: String,
    counter: u32,
}

impl Claim {
    /// The first complete one; both headers are taken for both kinds of challenge.
    fn of(request: &Message<'_>, realm: &str) -> Option<Claim> {
        let proxy = request.values(Name::ProxyAuthorization);
        let all = request.values(Name::Authorization).chain(proxy);
        all.filter_map(Claim::parse).find(|claim| claim.realm == realm)
    }

    fn parse(value: &[u8]) -> Option<Claim> {
        let params = fields::digest_params(value)?;
        let get = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let count = get("nc").filter(|count| count.len() == 8)?;
        // RFC 7616 §3.4: with a qop, as we always ask for.
        get("qop").filter(|qop| qop == "auth")?;
        Some(Claim {
            algorithm: Algorithm::of(get("algorithm").as_deref())?,
            user: get("username")?,
            realm: get("realm")?,
            nonce: get("nonce")?,
            uri: get("uri")?,
            response: get("response")?.to_ascii_lowercase(),
            counter: u32::from_str_radix(&count, 16).ok()?,
            count,
            cnonce: get("cnonce")?,
        })
    }

    /// Some phones write `user@domain`.
    fn user_name(&self) -> &str {
        self.user.split('@').next().unwrap_or_default()
    }

    /// Whether the response is that of this account and this request. Takes the same work for
    /// an account that does not exist.
    fn is_right(&self, request: &Message<'_>, account: Option<&Account>) -> bool {
        let Start::Request { token, uri, .. } = request.start() else { return false };
        let method = String::from_utf8_lossy(token);
        let expected = Ingredients {
            algorithm: self.algorithm,
            user: &self.user,
            realm: &self.realm,
            password: account.map_or("", |account| &account.password.0),
            method: &method,
            uri: &self.uri,
            nonce: &self.nonce,
            counted: Some((&self.count, &self.cnonce)),
        };
        let same = expected.response().as_bytes().ct_eq(self.response.as_bytes());
        // RFC 7616 §3.4.6: the digest is for this Request-URI and no other.
        let place = match (Uri::parse(self.uri.as_bytes()), Uri::parse(uri)) {
            (Ok(claimed), Ok(real)) => claimed.same_place(&real),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
        };
        bool::from(same) && place && account.is_some()
    }
}

fn write_nonce(question: Question<'_>, turn: &mut Turn<'_>) -> String {
    let made = format!("{:010x}", turn.now.as_millis());
    let luck = format!("{:016x}", turn.wire.random());
    let mac = seal(&made, &luck, question, turn.wire);
    format!("{made}{luck}{mac}")
}

/// A nonce that we made for this realm and this source, whatever its age.
fn read_nonce(text: &str, question: Question<'_>, wire: &Wire) -> Option<Nonce> {
    let (made, rest) = text.split_at_checked(10)?;
    let (luck, mac) = rest.split_at_checked(16)?;
    let genuine = seal(made, luck, question, wire).as_bytes().ct_eq(mac.as_bytes());
    if !bool::from(genuine) {
        return None;
    }
    let made = Duration::from_millis(u64::from_str_radix(made, 16).ok()?);
    Some(Nonce { made, luck: u64::from_str_radix(luck, 16).ok()? })
}

fn seal(made: &str, luck: &str, question: Question<'_>, wire: &Wire) -> String {
    let source = question.source.to_canonical().to_string();
    let parts = [b"nonce", made.as_bytes(), luck.as_bytes(), question.realm.as_bytes(), source.as_bytes()];
    hex(wire.sign(&parts).get(..10).unwrap_or_default())
}

/// What tells a copy of a request from a new one with stolen credentials.
fn proof_of(request: &Message<'_>, claim: &Claim, wire: &Wire) -> u64 {
    let value = |name| request.value(name).unwrap_or_default();
    let parts =
        [claim.response.as_bytes(), value(Name::CallId), value(Name::CSeq), value(Name::Via), value(Name::Contact)];
    let hash = wire.sign(&parts);
    u64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_hundred_thousand_nonces_are_in_use_the_newest_phone_is_let_in_and_the_oldest_nonce_is_over() {
        let mut guard = Guard::default();
        let made = |luck: u64| Duration::from_millis(1_000 + luck / 10);
        for luck in 0..NONCES as u64 {
            guard.used.insert((made(luck) + NONCE_LIFE, luck), Use { counter: 1, proof: luck });
        }
        let now = made(NONCES as u64);
        let is_over = |guard: &Guard, luck| guard.is_over(Nonce { made: made(luck), luck }, now);
        assert!(!is_over(&guard, 0), "there is room for all");
        guard.make_room();
        assert_eq!(guard.used.len(), NONCES - 1);
        // Ten were made in its millisecond; none of them can be told from it any more.
        assert!(is_over(&guard, 0) && is_over(&guard, 9));
        assert!(!is_over(&guard, 10) && !is_over(&guard, NONCES as u64));
        guard.make_room();
        assert_eq!(guard.used.len(), NONCES - 1, "with room nothing is forgotten");
    }
}
