//! The torture messages of RFC 4475 and RFC 5118, byte for byte, against a whole endpoint:
//! what is valid is acted on, what is not is refused with the status that the RFC names,
//! and nothing panics however the bytes are bent.

#![allow(clippy::disallowed_methods, reason = "test material is read from files")]

use proptest::prelude::*;
use serde_json::Value;
use sip::framing::StreamFramer;
use sip::message::{Framing, Message, Name, print};
use sip::{Command, Directory, Endpoint, EndpointConfig, Event, Flow, Output, Transport, TrunkEntry, TrunkKey};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn material(suite: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/material").join(suite)
}

fn flow(transport: Transport) -> Flow {
    Flow {
        transport,
        local: "192.0.2.200:5060".parse().expect("an address"),
        remote: "192.0.2.100:5060".parse().expect("an address"),
        connection: 0,
    }
}

/// An endpoint to which everybody is a trunk.
fn endpoint() -> Endpoint {
    let config = EndpointConfig {
        seed: [7; 32],
        product: "Callyard/test".into(),
        realm: "callyard".into(),
        digest: sip::DigestOffer::Both,
    };
    let mut endpoint = Endpoint::new(config, Duration::ZERO);
    let sources = vec!["0.0.0.0/0".parse().expect("a network")];
    let trunks = vec![TrunkEntry { trunk: TrunkKey(1), sources, port: None, credentials: None }];
    endpoint.command(Command::SetDirectory(Directory { trunks, ..Directory::default() }), Duration::ZERO);
    endpoint
}

/// What an endpoint does with one message: the statuses it sends, and the events it tells.
fn outcome(bytes: &[u8], transport: Transport) -> (Vec<u16>, Vec<Event>) {
    let mut endpoint = endpoint();
    endpoint.receive(flow(transport), bytes, Duration::from_secs(1));
    let (mut statuses, mut events) = (Vec::new(), Vec::new());
    while let Some(output) = endpoint.poll_output() {
        match output {
            Output::Event(event) => events.push(event),
            Output::Transmit { bytes, .. } => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
                statuses.push(status.unwrap_or_else(|| panic!("only answers are sent, not {text}")));
            }
        }
    }
    (statuses, events)
}

/// A status that says "I could not read this".
fn is_complaint(status: u16) -> bool {
    matches!(status, 400 | 413..=416 | 505)
}

#[test]
fn rfc_4475() {
    let manifest = std::fs::read_to_string(material("rfc4475").join("manifest.json")).expect("the manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("the manifest is JSON");
    let mut faults = Vec::new();
    for row in manifest.as_array().expect("a list") {
        let text = |key: &str| row[key].as_str().expect("text").to_owned();
        let (file, class) = (text("file"), text("cls"));
        let wanted: Vec<u64> = row["want"].as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
        let allowed: Vec<&str> = row["allow"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let bytes = std::fs::read(material("rfc4475").join(&file)).expect("a message");
        let (statuses, events) = outcome(&bytes, Transport::Udp);
        let first = statuses.first().copied();
        let fits = match (class.as_str(), first) {
            // A response that nobody waits for is dropped, whatever it is.
            ("valid-response" | "invalid-response", first) => first.is_none(),
            (_, None) => allowed.contains(&"silence"),
            (_, Some(status)) if wanted.contains(&u64::from(status)) => true,
            ("valid-request", Some(status)) => wanted.is_empty() && !is_complaint(status),
            (_, Some(status)) => wanted.is_empty() || allowed.contains(&"accept") && !is_complaint(status),
        };
        if !fits {
            faults.push(format!("{file} ({class}): {statuses:?}, not {wanted:?} or {allowed:?}; {events:?}"));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn rfc_4475_details() {
    let read = |file: &str| std::fs::read(material("rfc4475").join(file)).expect("a message");
    // 3.1.1.1: folds, spaces and compact names. Its To has a tag of a dialog that is not here.
    let bytes = read("wsinv.dat");
    assert_eq!(outcome(&bytes, Transport::Udp).0, [481]);
    let message = Message::parse(&bytes, Framing::Datagram).expect("a message");
    let from = message.from().expect("From");
    assert_eq!((from.uri.user_text().as_str(), from.tag()), ("jdrosen", Some(&b"98asjd8"[..])));
    assert_eq!(from.display_text().as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(message.elements(Name::Via).count(), 3);
    assert_eq!(message.cseq().map(|cseq| cseq.number), Ok(9));
    assert_eq!(message.body().len(), 150);
    // 3.1.1.3: escapes are undone for routing.
    let (_, events) = outcome(&read("esc01.dat"), Transport::Udp);
    let Some(Event::Incoming(call)) = events.first() else { panic!("{events:?}") };
    assert_eq!((call.called.as_str(), call.caller.as_str()), ("sips:user@example.com", "I have spaces"));
    // 3.1.1.8: one datagram, one call.
    let (_, events) = outcome(&read("dblreq.dat"), Transport::Udp);
    assert!(events.iter().filter(|event| matches!(event, Event::Incoming(_))).count() <= 1);
    // 3.3.5: both tags are named.
    let mut endpoint = endpoint();
    endpoint.receive(flow(Transport::Udp), &read("bext01.dat"), Duration::from_secs(1));
    let Some(Output::Transmit { bytes, .. }) = endpoint.poll_output() else { panic!("no answer") };
    let text = String::from_utf8(bytes).expect("text");
    assert!(text.contains("Unsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"), "{text}");
}

#[test]
fn rfc_5118() {
    for entry in std::fs::read_dir(material("rfc5118")).expect("the suite") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() || name.starts_with("LICENSE") {
            continue;
        }
        let (statuses, events) = outcome(&std::fs::read(&path).expect("a message"), Transport::Udp);
        let first = statuses.first().copied().unwrap_or_else(|| panic!("{name} is answered"));
        match name.as_str() {
            "ipv6-bad" => assert_eq!(first, 400, "{name}: RFC 5118 §4.2"),
            _ => assert!(!is_complaint(first), "{name}: {first}; {events:?}"),
        }
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for suite in ["rfc4475", "rfc5118"] {
        let mut paths: Vec<_> = std::fs::read_dir(material(suite)).expect("the suite").collect();
        paths.sort_by_key(|entry| entry.as_ref().expect("an entry").path());
        for entry in paths {
            let path = entry.expect("an entry").path();
            if path.is_file() && path.extension().is_none_or(|end| end == "dat") {
                all.push(std::fs::read(path).expect("a message"));
            }
        }
    }
    all
}

#[test]
fn what_is_printed_reads_the_same() {
    for bytes in corpus() {
        let Ok(message) = Message::parse(&bytes, Framing::Datagram) else { continue };
        if message.fault().is_some() {
            continue;
        }
        let printed = print(&message);
        let again = Message::parse(&printed, Framing::Datagram).expect("what we print is SIP");
        assert_eq!(again.fault(), None);
        assert_eq!(again.start(), message.start());
        assert_eq!(again.headers().len(), message.headers().len());
        assert_eq!(again.body(), message.body());
        assert_eq!(print(&again), printed, "printing is stable");
    }
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let header = ("[A-Za-z][A-Za-z-]{0,20}", "[ -~\u{80}-\u{2fff}]{0,40}");
    (prop::collection::vec(header, 0..20), prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(headers, body)| {
        let mut text = String::from("INVITE sip:100@example.com SIP/2.0\r\n");
        for (name, value) in headers {
            if !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("l") {
                text.push_str(&format!("{name}: {}\r\n", value.trim()));
            }
        }
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn print_undoes_parse(bytes in message()) {
        let parsed = Message::parse(&bytes, Framing::Datagram).expect("it begins like SIP");
        prop_assert_eq!(parsed.fault(), None);
        prop_assert_eq!(print(&parsed), bytes.clone());
    }

    #[test]
    fn no_bytes_make_an_endpoint_panic(
        which in any::<prop::sample::Index>(),
        bends in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..12),
        stream in any::<bool>(),
    ) {
        let corpus = corpus();
        let mut bytes = which.get(&corpus).clone();
        for (at, byte, kind) in bends {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.insert(at, byte); }
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        let transport = if stream { Transport::Tcp } else { Transport::Udp };
        let mut endpoint = endpoint();
        endpoint.receive(flow(transport), &bytes, Duration::from_secs(1));
        while endpoint.poll_output().is_some() {}
        endpoint.handle_timeout(Duration::from_secs(400));
        let mut framer = StreamFramer::new();
        framer.push(&bytes);
        while let Some(Ok(_)) = framer.next_message() {}
    }

    #[test]
    fn no_bytes_make_a_description_panic(text in "([a-z]=[ -~]{0,30}\r\n){0,30}", noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let local = sip::sdp::LocalMedia {
            address: "192.0.2.1:4000".parse().expect("an address"),
            security: sip::sdp::Security::Plain,
            codecs: vec![sip::sdp::VoiceCodec::Pcma, sip::sdp::VoiceCodec::Pcmu],
            telephone_event: true,
            session: 1,
            version: 1,
            direction: sip::sdp::Direction::SendReceive,
        };
        let _ = sip::sdp::answer(&noise, &local);
        let _ = sip::sdp::accept(format!("v=0\r\n{text}").as_bytes(), &local);
    }
}
