//! SIP: single messages, a whole endpoint, a byte stream, session descriptions.

use sip::framing::StreamFramer;
use sip::message::{Framing, Message, Name, check, print};
use sip::sdp::{self, Direction, LocalKeys, LocalMedia, Security, VoiceCodec};
use sip::{
    Command, Directory, Endpoint, EndpointConfig, Event, Flow, Output, PhoneEntry, PhoneKey, Transport, TrunkEntry,
    TrunkKey,
};
use std::net::SocketAddr;
use std::time::Duration;

/// By then every transaction, dialog and registration of a message has lapsed.
const FOR_EVER: Duration = Duration::from_secs(48 * 3_600);
/// Outputs of one message, by far.
const OUTPUTS: usize = 1_000;

/// One message: read, checked, every typed header looked at, written again.
pub fn message(bytes: &[u8]) {
    for framing in [Framing::Datagram, Framing::Stream] {
        let Ok(message) = Message::parse(bytes, framing) else { continue };
        let sound = check::request(&message).is_ok();
        // What they say does not matter here, only that they say something.
        let _ = (message.uri().is_ok(), message.via().is_ok(), message.from().is_ok(), message.to().is_ok());
        let _ = (message.cseq().is_ok(), message.contact().is_some(), message.elements(Name::RecordRoute).count());
        let again = print(&message);
        if sound {
            assert!(Message::parse(&again, Framing::Datagram).is_ok(), "what we write, we can read");
        }
    }
}

/// A whole endpoint that knows everybody as a trunk and one phone.
pub fn endpoint(bytes: &[u8]) {
    for transport in [Transport::Udp, Transport::Ws] {
        let mut endpoint = known_to_everybody();
        let flow =
            Flow { transport, local: address("192.0.2.200:5060"), remote: address("192.0.2.100:5060"), connection: 1 };
        endpoint.receive(flow, bytes, Duration::from_secs(1));
        obey(&mut endpoint);
        // The same again is a retransmission.
        endpoint.receive(flow, bytes, Duration::from_secs(2));
        obey(&mut endpoint);
        endpoint.flow_closed(flow, Duration::from_secs(3));
        obey(&mut endpoint);
        for _ in 0..OUTPUTS {
            let Some((at, _)) = endpoint.poll_timeout().filter(|(at, _)| *at < FOR_EVER) else { break };
            endpoint.handle_timeout(at);
            obey(&mut endpoint);
        }
        assert_eq!(endpoint.held(), (0, 0), "transactions and dialogs are let go in the end");
    }
}

fn obey(endpoint: &mut Endpoint) {
    let mut hang_up = Vec::new();
    for count in 0.. {
        assert!(count < OUTPUTS, "one message makes no flood");
        match endpoint.poll_output() {
            None => break,
            Some(Output::Event(Event::Incoming(call))) => hang_up.push(call.dialog),
            Some(Output::Event(_) | Output::Transmit { .. }) => {}
        }
    }
    for dialog in hang_up {
        endpoint.command(Command::Ring { dialog, status: 180, sdp: None }, Duration::from_secs(2));
        endpoint.command(Command::HangUp { dialog, reason: None }, Duration::from_secs(3));
        while endpoint.poll_output().is_some() {}
    }
}

/// A stream, cut into reads of the size that its first byte says.
pub fn stream(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let mut framer = StreamFramer::new();
    let mut out = 0;
    for read in bytes.chunks(usize::from(*size).max(1)) {
        framer.push(read);
        while let Some(message) = framer.next_message() {
            match message {
                Ok(message) => out += message.len(),
                Err(_) => return,
            }
        }
    }
    assert!(out <= bytes.len(), "nothing comes out that did not go in");
}

/// A session description, as an offer to us and as an answer to ours.
pub fn description(bytes: &[u8]) {
    let keys = LocalKeys::from_luck([[3; 30]; 3]);
    for security in [Security::Plain, Security::Accepted(keys), Security::Offered(keys), Security::Demanded(keys)] {
        describe(bytes, security);
    }
}

fn describe(bytes: &[u8], security: Security) {
    let local = LocalMedia {
        security,
        address: address("192.0.2.200:20000"),
        codecs: vec![VoiceCodec::Pcma, VoiceCodec::Pcmu, VoiceCodec::G722],
        telephone_event: true,
        session: 1,
        version: 1,
        direction: Direction::SendReceive,
    };
    // An answer that we could not read ourselves would be no answer.
    if let Ok((agreed, answer)) = sdp::answer(bytes, &local) {
        let text = String::from_utf8(answer).expect("our descriptions are text");
        assert!(text.starts_with("v=0\r\n") && text.contains("m="), "{text}");
        assert!(local.codecs.contains(&agreed.codec), "only what we speak is agreed on");
    }
    let _ = sdp::accept(bytes, &local);
}

fn known_to_everybody() -> Endpoint {
    let config = EndpointConfig {
        seed: [7; 32],
        product: "fuzz".into(),
        realm: "callyard".into(),
        digest: sip::DigestOffer::Both,
    };
    let mut endpoint = Endpoint::new(config, Duration::ZERO);
    let sources = ["0.0.0.0/0", "::/0"].map(|net| net.parse().expect("a network")).to_vec();
    let trunks = vec![TrunkEntry { trunk: TrunkKey(1), sources, port: None, credentials: None }];
    let phone =
        PhoneEntry { phone: PhoneKey(1), user: "1001".into(), realm: "callyard".into(), password: "secret".into() };
    endpoint.command(
        Command::SetDirectory(Directory { trunks, phones: vec![phone], ..Directory::default() }),
        Duration::ZERO,
    );
    endpoint
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address, as it stands here")
}
