//! TC3-HMAC-SHA256 as a server recomputes it: over the bytes that arrived, never
//! over anything parsed and written again. (ref. 21.1, 21.2)
//!
//! Pure: the clock and the secret key come in as arguments. Whether a signature
//! was seen before is the business of [`super::replay`].

use axum::http::HeaderMap;
use centre::catalogue::{self, Code};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The only algorithm that is taken.
pub const ALGORITHM: &str = "TC3-HMAC-SHA256";
/// How far the client's clock may be off, either way. (ref. 21.1 step 2)
pub const CLOCK_SKEW_S: i64 = 300;
/// What the payload hash is made of when the client does not sign its body.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// Headers a signature may cover. The SDKs sign two; nobody needs twenty.
const MAX_SIGNED_HEADERS: usize = 16;
/// Longest `Authorization` header that is read.
const MAX_AUTHORIZATION_BYTES: usize = 1_024;

/// What the client claims in its `Authorization` and `X-TC-Timestamp` headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which key it says it holds.
    pub secret_id: String,
    /// UTC date of the scope, `yyyy-mm-dd`.
    pub date: String,
    /// Service of the scope. `ccc` from most SDKs; Node sends the first label of the host.
    pub service: String,
    /// Names of the signed headers, in the order in which they were signed.
    pub signed_headers: Vec<String>,
    /// The signature.
    pub signature: [u8; 32],
    /// Unix seconds at which it was made.
    pub timestamp: i64,
}

/// A request as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The raw text after `?`; empty if there is none.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The raw body.
    pub body: &'a [u8],
}

/// Headers of which there must be exactly one or none: two would let a proxy and
/// this server see different requests behind one signature.
const SINGLE: [&str; 9] = [
    "authorization",
    "host",
    "content-type",
    "x-tc-action",
    "x-tc-version",
    "x-tc-timestamp",
    "x-tc-content-sha256",
    "x-tc-language",
    "x-tc-token",
];

/// Reads the claim, without believing it.
pub fn claim(headers: &HeaderMap) -> Result<Claim, &'static Code> {
    const BAD: &Code = catalogue::CLOUD_AUTHORIZATION;
    if SINGLE.iter().any(|name| headers.get_all(*name).iter().count() > 1) {
        return Err(catalogue::CLOUD_DUPLICATE_HEADER);
    }
    let text = header(headers, "authorization").ok_or(BAD)?;
    if text.len() > MAX_AUTHORIZATION_BYTES {
        return Err(BAD);
    }
    let rest = text.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' ')).ok_or(BAD)?;
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for part in rest.split(',') {
        let (name, value) = part.trim().split_once('=').ok_or(BAD)?;
        let slot = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed,
            "Signature" => &mut signature,
            _ => return Err(BAD),
        };
        if slot.replace(value).is_some() {
            return Err(BAD);
        }
    }
    let (secret_id, date, service) = scope(credential.ok_or(BAD)?).ok_or(BAD)?;
    let signed_headers = signed_headers(signed.ok_or(BAD)?).ok_or(BAD)?;
    let signature = unhex(signature.ok_or(BAD)?).ok_or(BAD)?;
    let timestamp = header(headers, "x-tc-timestamp")
        .filter(|text| text.len() <= 12)
        .and_then(|text| text.parse().ok())
        .ok_or(catalogue::CLOUD_SIGNATURE_EXPIRED)?;
    Ok(Claim { secret_id, date, service, signed_headers, signature, timestamp })
}

/// Whether the claim is of now, and its date that of its timestamp.
pub fn is_fresh(claim: &Claim, now_unix: i64) -> bool {
    claim.timestamp.abs_diff(now_unix) <= CLOCK_SKEW_S.unsigned_abs() && utc_date(claim.timestamp) == claim.date
}

/// Whether the claim was signed with this key. Takes the same time for every
/// claim about the same request: all four readings of the headers are computed,
/// and all comparisons are made.
///
/// The readings: the SDKs sign the host either with its port (Python) or without
/// (Node), and the vendor's written procedure lower-cases header values, which
/// the SDKs do not.
pub fn is_signed_with(claim: &Claim, arrived: &Arrived<'_>, secret_key: &str) -> bool {
    let key = derived_key(claim, secret_key);
    let payload = payload_hash(arrived);
    let mut matches = Choice::from(0);
    for host in [HostReading::AsSent, HostReading::WithoutPort] {
        for values in [ValueReading::AsSent, ValueReading::LowerCase] {
            let reading = Reading { host, values };
            let canonical = canonical_request(claim, arrived, &payload, reading).unwrap_or_default();
            let expected = hmac(&key, string_to_sign(claim, &canonical).as_bytes());
            let written = Choice::from(u8::from(!canonical.is_empty()));
            matches |= written & expected.ct_eq(&claim.signature);
        }
    }
    matches.into()
}

#[derive(Clone, Copy)]
enum HostReading {
    AsSent,
    WithoutPort,
}

#[derive(Clone, Copy)]
enum ValueReading {
    AsSent,
    LowerCase,
}

#[derive(Clone, Copy)]
struct Reading {
    host: HostReading,
    values: ValueReading,
}

/// The seven parts of the canonical request. `None` when a signed header is missing.
fn canonical_request(claim: &Claim, arrived: &Arrived<'_>, payload: &str, reading: Reading) -> Option<String> {
    let mut headers = String::new();
    for name in &claim.signed_headers {
        let value = header(arrived.headers, name)?.trim();
        let value = match (name.as_str(), reading.host) {
            ("host", HostReading::WithoutPort) => without_port(value),
            (_, HostReading::AsSent | HostReading::WithoutPort) => value,
        };
        let value = match reading.values {
            ValueReading::AsSent => value.to_owned(),
            ValueReading::LowerCase => value.to_lowercase(),
        };
        headers.push_str(&format!("{name}:{value}\n"));
    }
    // The query of a GET exactly as received; that of a POST is not part of the signature.
    let query = if arrived.method == "GET" { arrived.query } else { "" };
    let signed = claim.signed_headers.join(";");
    Some(format!("{}\n/\n{query}\n{headers}\n{signed}\n{payload}", arrived.method))
}

fn payload_hash(arrived: &Arrived<'_>) -> String {
    let unsigned = header(arrived.headers, "x-tc-content-sha256") == Some(UNSIGNED_PAYLOAD);
    let bytes = if unsigned {
        UNSIGNED_PAYLOAD.as_bytes()
    } else if arrived.method == "GET" {
        b""
    } else {
        arrived.body
    };
    hex(&Sha256::digest(bytes))
}

fn string_to_sign(claim: &Claim, canonical: &str) -> String {
    let hash = hex(&Sha256::digest(canonical.as_bytes()));
    format!("{ALGORITHM}\n{}\n{}/{}/tc3_request\n{hash}", claim.timestamp, claim.date, claim.service)
}

fn derived_key(claim: &Claim, secret_key: &str) -> [u8; 32] {
    let date = hmac(format!("TC3{secret_key}").as_bytes(), claim.date.as_bytes());
    let service = hmac(&date, claim.service.as_bytes());
    hmac(&service, b"tc3_request")
}

/// HMAC-SHA256.
pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// `SecretId/date/service/tc3_request`.
fn scope(credential: &str) -> Option<(String, String, String)> {
    let mut parts = credential.split('/');
    let (id, date, service) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next() == Some("tc3_request") && parts.next().is_none();
    let sane = |text: &str| !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic());
    (whole && sane(id) && sane(date) && sane(service)).then(|| (id.to_owned(), date.to_owned(), service.to_owned()))
}

/// Lower-case names, each once; content type and host must be among them.
fn signed_headers(list: &str) -> Option<Vec<String>> {
    let names: Vec<String> = list.split(';').map(str::to_owned).collect();
    let plain = |name: &String| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let once = |(at, name): (usize, &String)| !names.iter().skip(at + 1).any(|other| other == name);
    let whole = names.len() <= MAX_SIGNED_HEADERS
        && names.iter().all(plain)
        && names.iter().enumerate().all(once)
        && ["content-type", "host"].iter().all(|needed| names.iter().any(|name| name == needed));
    whole.then_some(names)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// `yyyy-mm-dd` in UTC of a Unix time (days to civil date, Howard Hinnant's algorithm).
pub fn utc_date(unix: i64) -> String {
    let days = unix.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 64 hexadecimal digits, in lower case.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let plain = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !plain {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "testSecretKey";
    const TIME: i64 = 1_700_000_000;
    const PYTHON_BODY: &[u8] = br#"{"SdkAppId": 1400000000, "SessionId": "6bb56a09"}"#;
    const NODE_BODY: &[u8] = br#"{"SdkAppId":1400000000,"SessionId":"6bb56a09"}"#;
    const QUERY: &str = "SdkAppId=1400000000&SessionId=6bb56a09";
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";

    /// One row of Appendix B.
    struct Vector {
        method: &'static str,
        body: &'static [u8],
        query: &'static str,
        content_type: &'static str,
        service: &'static str,
        unsigned: &'static str,
        canonical: &'static str,
        signature: &'static str,
    }

    const VECTORS: [Vector; 4] = [
        Vector {
            method: "POST",
            body: PYTHON_BODY,
            query: "",
            content_type: JSON,
            service: "ccc",
            unsigned: "",
            canonical: "07b49f710f3b3ad8f152eccc3d69edde21c91857b2c7b81549f312372568f594",
            signature: "fe5799780b04fa3532045d3c6429e07069c3848bd924037d150e1da9e911ef74",
        },
        Vector {
            method: "GET",
            body: b"",
            query: QUERY,
            content_type: FORM,
            service: "ccc",
            unsigned: "",
            canonical: "5dfc77dc41dea3415ad03f6f48c3639a409ea7df2e736c6002dd4123fe0e66ad",
            signature: "231aa81f15c1be62b58d98f8905072b2d0235a194365478abf51c1cf86584593",
        },
        Vector {
            method: "POST",
            body: PYTHON_BODY,
            query: "",
            content_type: JSON,
            service: "ccc",
            unsigned: UNSIGNED_PAYLOAD,
            canonical: "587aec6ac0d69a4c60b53fa15dfe5040fcb9632ff032c792b8066ff7dff3a4e5",
            signature: "f9e7d519aaf8b430a6fae2ed49e8f955362fe13bc1a9ac8334ce474832980a36",
        },
        Vector {
            method: "POST",
            body: NODE_BODY,
            query: "",
            content_type: JSON,
            service: "127",
            unsigned: "",
            canonical: "2b17404aec74a077510bade9125efcae02fc9950608d15bbb6ad638468fa3a81",
            signature: "07bb37a915e184d2bb495839ae9bfa62d4909dc7fa38028f4f6bd157c7d04160",
        },
    ];

    fn headers_of(vector: &Vector) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let authorization = format!(
            "TC3-HMAC-SHA256 Credential=AKIDtest/2023-11-14/{}/tc3_request, SignedHeaders=content-type;host, Signature={}",
            vector.service, vector.signature
        );
        for (name, value) in [
            ("authorization", authorization.as_str()),
            ("content-type", vector.content_type),
            // Both SDKs put the port on the wire, whatever they sign.
            ("host", "127.0.0.1:18080"),
            ("x-tc-timestamp", "1700000000"),
            ("x-tc-action", "DescribeTelSession"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        if !vector.unsigned.is_empty() {
            headers.insert("x-tc-content-sha256", vector.unsigned.parse().unwrap());
        }
        headers
    }

    fn arrived<'a>(vector: &'a Vector, headers: &'a HeaderMap) -> Arrived<'a> {
        Arrived { method: vector.method, query: vector.query, headers, body: vector.body }
    }

    #[test]
    fn the_four_vectors_of_the_reference_verify() {
        for vector in &VECTORS {
            let headers = headers_of(vector);
            let claim = claim(&headers).unwrap();
            let arrived = arrived(vector, &headers);
            assert!(is_fresh(&claim, TIME));
            assert!(is_signed_with(&claim, &arrived, KEY), "{}", vector.signature);
            let host = if vector.service == "127" { HostReading::WithoutPort } else { HostReading::AsSent };
            let reading = Reading { host, values: ValueReading::AsSent };
            let canonical = canonical_request(&claim, &arrived, &payload_hash(&arrived), reading).unwrap();
            assert_eq!(hex(&Sha256::digest(canonical.as_bytes())), vector.canonical);
        }
    }

    #[test]
    fn hashes_of_the_reference_are_ours() {
        assert_eq!(
            hex(&Sha256::digest(PYTHON_BODY)),
            "99c7bed4654f1c05449e0cf0e6c2957757bc9912afb207470917bb103ddf6fd1"
        );
        assert_eq!(
            hex(&Sha256::digest(UNSIGNED_PAYLOAD)),
            "438d4109ef0d676b8c2c7ed13cdfcb418e494d53b843d4634ce3b1085f07bb96"
        );
    }

    #[test]
    fn whatever_is_altered_breaks_the_signature() {
        let vector = &VECTORS[0];
        let headers = headers_of(vector);
        let whole = claim(&headers).unwrap();
        let fine = arrived(vector, &headers);
        assert!(!is_signed_with(&whole, &fine, "anotherKey"));
        assert!(!is_signed_with(&whole, &Arrived { body: NODE_BODY, ..fine }, KEY));
        assert!(!is_signed_with(&whole, &Arrived { method: "GET", ..fine }, KEY));
        let later = Claim { timestamp: TIME + 1, ..whole.clone() };
        assert!(!is_signed_with(&later, &fine, KEY));
        let mut elsewhere = headers.clone();
        elsewhere.insert("host", "10.0.0.1:18080".parse().unwrap());
        assert!(!is_signed_with(&whole, &Arrived { headers: &elsewhere, ..fine }, KEY));
        let mut bare = headers.clone();
        bare.remove("content-type");
        assert!(!is_signed_with(&whole, &Arrived { headers: &bare, ..fine }, KEY));
    }

    #[test]
    fn a_query_is_taken_as_it_came() {
        let vector = &VECTORS[1];
        let headers = headers_of(vector);
        let whole = claim(&headers).unwrap();
        let turned = Arrived { query: "SessionId=6bb56a09&SdkAppId=1400000000", ..arrived(vector, &headers) };
        assert!(!is_signed_with(&whole, &turned, KEY));
    }

    #[test]
    fn five_minutes_either_way_and_not_a_second_more() {
        let whole = claim(&headers_of(&VECTORS[0])).unwrap();
        for (now, fresh) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            assert_eq!(is_fresh(&whole, TIME + now), fresh, "{now}");
        }
        assert!(!is_fresh(&Claim { date: "2023-11-15".into(), ..whole }, TIME));
    }

    #[test]
    fn broken_authorizations_are_refused() {
        let sound = headers_of(&VECTORS[0]);
        let text = sound.get("authorization").unwrap().to_str().unwrap().to_owned();
        for broken in [
            "SKIP".to_owned(),
            String::new(),
            text.replace("TC3-HMAC-SHA256", "TC4-HMAC-SHA256"),
            text.replace("/tc3_request", ""),
            text.replace("AKIDtest", ""),
            text.replace("content-type;host", "host"),
            text.replace("content-type;host", "content-type;host;host"),
            text.replace("content-type;host", "Content-Type;Host"),
            text.replace("Signature=fe", "Signature=f"),
            text.replace("Signature=fe", "Signature=FE"),
            text.replace("Signature=fe", "Signature=zz"),
            format!("{text}, Signature={}", "0".repeat(64)),
            format!("{text}, Other=1"),
            format!("{text}{}", " ".repeat(2_000)),
        ] {
            let mut headers = sound.clone();
            headers.insert("authorization", broken.parse().unwrap());
            assert_eq!(claim(&headers), Err(catalogue::CLOUD_AUTHORIZATION), "{broken}");
        }
    }

    #[test]
    fn a_header_that_stands_twice_is_refused() {
        for name in SINGLE {
            let mut headers = headers_of(&VECTORS[0]);
            headers.insert(name, "one".parse().unwrap());
            headers.append(name, "two".parse().unwrap());
            assert_eq!(claim(&headers), Err(catalogue::CLOUD_DUPLICATE_HEADER), "{name}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix, date) in [
            (0, "1970-01-01"),
            (1_700_000_000, "2023-11-14"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (4_102_444_799, "2099-12-31"),
        ] {
            assert_eq!(utc_date(unix), date);
        }
    }
}
