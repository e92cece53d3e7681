//! Stories about single messages. The torture suites stand in `tests/`.

use super::*;

fn parse(text: &str) -> Message<'_> {
    Message::parse(text.as_bytes(), Framing::Datagram).expect("a SIP message")
}

#[test]
fn an_invite_is_indexed_and_its_values_are_typed_on_demand() {
    let message = parse(
        "\r\nINVITE sip:100@h SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP b\r\nVia: SIP/2.0/UDP c\r\n\
         f: <sip:1@h>;tag=x\r\nt: <sip:100@h>\r\nI:abc\r\nCSeq: 1\r\n\tINVITE\r\nX-Latin: caf\u{e9}\r\nl: 2\r\n\r\nhi rest",
    );
    assert_eq!(message.fault(), None);
    assert_eq!(message.method(), Method::Invite);
    assert_eq!(message.elements(Name::Via).count(), 3);
    assert_eq!(message.via().map(|via| via.branch()), Ok(Some(&b"z9hG4bK1"[..])));
    assert_eq!(message.call_id(), Ok(&b"abc"[..]));
    assert_eq!(message.cseq().map(|cseq| cseq.number), Ok(1));
    assert_eq!(message.tag_in_from(), b"x");
    assert_eq!(message.tag_in_to(), b"");
    assert_eq!(message.body(), b"hi");
    assert_eq!(check::request(&message), Ok(()));
}

#[test]
fn bytes_that_are_no_text_lose_nothing() {
    let bytes = b"OPTIONS sip:a@b SIP/2.0\r\nSubject: caf\xe9\xff\r\nCall-ID: z\r\n\r\n";
    let message = Message::parse(bytes, Framing::Datagram).expect("a SIP message");
    assert_eq!(message.fault(), None);
    assert_eq!(message.call_id(), Ok(&b"z"[..]));
}

#[test]
fn bare_line_feeds_are_understood() {
    let message = parse("OPTIONS sip:a@b SIP/2.0\nCall-ID: z\nSubject: a\n b\n\nbody");
    assert_eq!(message.fault(), None);
    assert_eq!(message.headers().len(), 2);
    assert_eq!(message.body(), b"body");
}

#[test]
fn a_bare_carriage_return_cannot_smuggle_a_header() {
    let message = parse("OPTIONS sip:a@b SIP/2.0\r\nSubject: a\rVia: evil\r\n\r\n");
    assert_eq!(message.fault(), Some(Fault::HeaderLine));
}

#[test]
fn what_is_not_sip_is_told_apart_from_what_is_bad_sip() {
    for noise in
        ["", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "hello\r\n", "SIP/2.0 99 x\r\n\r\n", "SIP/2.0 4294967301 x\r\n\r\n"]
    {
        assert_eq!(
            Message::parse(noise.as_bytes(), Framing::Datagram).map(|_| ()),
            Err(NotSip::StartLine),
            "{noise:?}"
        );
    }
    for (bad, fault) in [
        ("OPTIONS  sip:a@b SIP/2.0\r\n\r\n", Fault::StartLine),
        ("OPTIONS sip:a@b SIP/2.0 \r\n\r\n", Fault::StartLine),
        ("OPTIONS sip:a@b; lr SIP/2.0\r\n\r\n", Fault::StartLine),
        ("OPTIONS sip:a@b SIP/7.0\r\n\r\n", Fault::Version),
        ("OPTIONS sip:a@b SIP/2.0\r\nnonsense\r\n\r\n", Fault::HeaderLine),
        ("OPTIONS sip:a@b SIP/2.0\r\nA: b\r\n", Fault::NoEnd),
        ("OPTIONS sip:a@b SIP/2.0\r\nl: 5\r\n\r\nabcd", Fault::Length),
        ("OPTIONS sip:a@b SIP/2.0\r\nl: -5\r\n\r\nabcd", Fault::Bad(Name::ContentLength)),
        ("OPTIONS sip:a@b SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\nabcd", Fault::Twice(Name::ContentLength)),
    ] {
        assert_eq!(parse(bad).fault(), Some(fault), "{bad:?}");
    }
}

#[test]
fn a_stream_needs_a_length() {
    let message = Message::parse(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", Framing::Stream).expect("a SIP message");
    assert_eq!(message.fault(), Some(Fault::Length));
}

#[test]
fn more_headers_than_the_limit_are_refused_not_stored() {
    let mut text = String::from("OPTIONS sip:a@b SIP/2.0\r\n");
    for number in 0..=HEADERS {
        text.push_str(&format!("X-{number}: y\r\n"));
    }
    text.push_str("\r\n");
    let message = parse(&text);
    assert_eq!(message.fault(), Some(Fault::TooMany));
    assert_eq!(message.headers().len(), HEADERS);
}

#[test]
fn answers_say_where_the_request_really_came_from() {
    let flow = Flow {
        transport: Transport::Udp,
        local: "192.0.2.1:5060".parse().expect("an address"),
        remote: "198.51.100.7:40000".parse().expect("an address"),
        connection: 0,
    };
    let answer = |via: &str| {
        let text = format!("OPTIONS sip:a@b SIP/2.0\r\nVia: {via}\r\nTo: <sip:a@b>\r\n\r\n");
        let reply = write::Stem::of(&parse(&text), flow).reply(200, Some("t")).finish(None);
        String::from_utf8(reply).expect("text").lines().nth(1).expect("a Via").to_owned()
    };
    let natted = answer("SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK1, SIP/2.0/TCP b");
    assert_eq!(
        natted,
        "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;received=198.51.100.7;rport=40000, SIP/2.0/TCP b"
    );
    assert_eq!(answer("SIP/2.0/UDP pc.example;branch=1"), "Via: SIP/2.0/UDP pc.example;branch=1;received=198.51.100.7");
    assert_eq!(answer("SIP/2.0/UDP 198.51.100.7;branch=1"), "Via: SIP/2.0/UDP 198.51.100.7;branch=1");
}

#[test]
fn caller_called_and_diversion_are_found() {
    let message = parse(
        "INVITE tel:+867551234 SIP/2.0\r\nFrom: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n\
         P-Asserted-Identity: \"A\" <tel:+86-138-0000>, <sip:+8613800@x>\r\nDiversion: <sip:888@x>;reason=no-answer\r\n\r\n",
    );
    let shown = check::caller(&message);
    assert_eq!((shown.user.as_str(), shown.name.as_deref()), ("+861380000", Some("A")));
    assert_eq!(shown.privacy, crate::api::Privacy::Shown);
    assert_eq!(check::diverted_from(&message).as_deref(), Some("888"));
    for hidden in [
        "INVITE sip:1@x SIP/2.0\r\nFrom: <sip:anonymous@anonymous.invalid>;tag=1\r\n\r\n",
        "INVITE sip:1@x SIP/2.0\r\nFrom: <sip:5@x>;tag=1\r\nP-Asserted-Identity: <sip:5@x>\r\nPrivacy: critical; ID\r\n\r\n",
    ] {
        let shown = check::caller(&parse(hidden));
        assert_eq!(
            (shown.user.as_str(), shown.name, shown.privacy),
            ("", None, crate::api::Privacy::Withheld),
            "{hidden}"
        );
    }
}

use crate::api::{Flow, Transport};
