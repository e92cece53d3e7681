//! How fast messages are read and calls are made, as ratios that carry over between
//! machines: reading an INVITE against finding its line ends, and whole calls a second.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures with the clock of the machine")]

use md5::{Digest as _, Md5};
use sip::message::{Framing, Message, Name, check};
use sip::{
    Command, Directory, Endpoint, EndpointConfig, Event, Flow, Invite, Output, PhoneEntry, PhoneKey, Transport,
    TrunkEntry, TrunkKey,
};
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const INVITE: &[u8] = b"INVITE sip:0086075512345678@192.0.2.10:5060;user=phone SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK776asdhds;rport\r\n\
Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKnashds8;received=198.51.100.10\r\n\
Record-Route: <sip:192.0.2.4;lr>\r\nMax-Forwards: 68\r\n\
From: \"Li Lei\" <sip:13800000000@192.0.2.4>;tag=1928301774\r\nTo: <sip:0086075512345678@192.0.2.10>\r\n\
Call-ID: a84b4c76e66710@pc33.example.com\r\nCSeq: 314159 INVITE\r\nContact: <sip:13800000000@198.51.100.9:5060>\r\n\
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK\r\nSupported: timer, 100rel, histinfo\r\n\
P-Asserted-Identity: <sip:+8613800000000@192.0.2.4;user=phone>\r\nUser-Agent: Carrier SBC 9.2\r\n\
Session-Expires: 1800\r\nContent-Type: application/sdp\r\nContent-Length: 215\r\n\r\n\
v=0\r\no=- 8000 8000 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 16384 RTP/AVP 8 0 18 101\r\n\
a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n";

const OFFER: &[u8] = b"v=0\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

fn main() {
    let rounds = 200_000;
    let scan = per_round(rounds, || {
        black_box(memchr::memchr_iter(b'\n', black_box(INVITE)).count());
    });
    let index = per_round(rounds, || {
        black_box(Message::parse(black_box(INVITE), Framing::Datagram).is_ok());
    });
    let typed = per_round(rounds, || read(black_box(INVITE)));
    let line = |name: &str, time: f64| {
        println!("bench: sip: INVITE, {name}\t{:.0}\tns\t{:.1} x its line scan", time * 1e9, time / scan);
    };
    line("line scan (memchr)", scan);
    line("index of headers", index);
    line("index, checks and typed headers", typed);
    let calls = 20_000;
    let start = Instant::now();
    let made = many_calls(calls);
    let rate = f64::from(made) / start.elapsed().as_secs_f64();
    println!("bench: sip: whole calls, both sides in one thread\t{rate:.0}\tcalls/s\t{:.0} messages/s", rate * 8.0);
    let rate = registrations(100_000).expect("the phone knows its password");
    println!("bench: sip: REGISTER with digest, nonce reused\t{rate:.0}\t/s\twith the phone's own work");
}

/// A phone that registers again and again with one nonce; `None` if it is ever refused.
fn registrations(rounds: u32) -> Option<f64> {
    let peer: SocketAddr = "198.51.100.7:5060".parse().expect("an address");
    let local = "192.0.2.10:5060".parse().expect("an address");
    let flow = Flow { transport: Transport::Udp, local, remote: peer, connection: 0 };
    let mut yard = endpoint(3, local);
    let phones =
        vec![PhoneEntry { phone: PhoneKey(1), user: "1001".into(), realm: "bench".into(), password: "secret".into() }];
    yard.command(Command::SetDirectory(Directory { phones, ..Directory::default() }), Duration::ZERO);
    let mut send = |number: u32, proof: &str| {
        let text = format!(
            "REGISTER sip:bench SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK{number};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:1001@bench>;tag=a\r\nTo: <sip:1001@bench>\r\nCall-ID: bench\r\n\
             CSeq: {number} REGISTER\r\nContact: <sip:1001@198.51.100.7:5060>\r\n{proof}Content-Length: 0\r\n\r\n"
        );
        yard.receive(flow, text.as_bytes(), Duration::from_secs(1));
        std::iter::from_fn(|| yard.poll_output()).find_map(|output| match output {
            Output::Transmit { bytes, .. } => String::from_utf8(bytes).ok(),
            Output::Event(_) => None,
        })
    };
    let hex = |text: &str| Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let challenge = send(1, "")?;
    let nonce = challenge.lines().find(|line| line.contains("MD5"))?.split('"').nth(3)?.to_owned();
    let (secret, request) = (hex("1001:bench:secret"), hex("REGISTER:sip:bench"));
    let start = Instant::now();
    for number in 2..rounds {
        let response = hex(&format!("{secret}:{nonce}:{number:08x}:c:auth:{request}"));
        let answer = send(
            number,
            &format!(
                "Authorization: Digest username=\"1001\",realm=\"bench\",nonce=\"{nonce}\",uri=\"sip:bench\",\
                 response=\"{response}\",algorithm=MD5,qop=auth,nc={number:08x},cnonce=\"c\"\r\n"
            ),
        )?;
        answer.starts_with("SIP/2.0 200").then_some(())?;
    }
    Some(f64::from(rounds) / start.elapsed().as_secs_f64())
}

fn per_round(rounds: u32, mut work: impl FnMut()) -> f64 {
    (0..rounds / 10).for_each(|_| work());
    let start = Instant::now();
    (0..rounds).for_each(|_| work());
    start.elapsed().as_secs_f64() / f64::from(rounds)
}

fn read(bytes: &[u8]) {
    let message = Message::parse(bytes, Framing::Datagram).expect("an INVITE");
    assert_eq!(check::request(&message), Ok(()));
    black_box((message.uri().is_ok(), message.via().is_ok(), message.from().is_ok(), message.to().is_ok()));
    black_box((message.cseq().is_ok(), message.contact(), message.elements(Name::RecordRoute).count()));
}

fn endpoint(seed: u8, peer: SocketAddr) -> Endpoint {
    let config = EndpointConfig {
        seed: [seed; 32],
        product: "bench".into(),
        realm: "bench".into(),
        digest: sip::DigestOffer::Both,
    };
    let mut endpoint = Endpoint::new(config, Duration::ZERO);
    let sources = vec![ipnet::IpNet::from(peer.ip())];
    let trunks = vec![TrunkEntry { trunk: TrunkKey(1), sources, port: None, credentials: None }];
    endpoint.command(Command::SetDirectory(Directory { trunks, ..Directory::default() }), Duration::ZERO);
    endpoint
}

/// INVITE, 100, 180, 200, ACK, BYE, 200 between two endpoints, 5 ms of their time apart, so
/// that transactions of the last 32 s are always held. Returns how many were confirmed.
fn many_calls(calls: u32) -> u32 {
    let addresses: [SocketAddr; 2] =
        ["192.0.2.4:5060", "192.0.2.10:5060"].map(|text| text.parse().expect("an address"));
    let mut sides = [endpoint(1, addresses[1]), endpoint(2, addresses[0])];
    let flow = Flow { transport: Transport::Udp, local: addresses[0], remote: addresses[1], connection: 0 };
    let mut confirmed = 0;
    for call in 0..calls {
        let now = Duration::from_millis(u64::from(call) * 5);
        sides.iter_mut().for_each(|side| side.handle_timeout(now));
        let invite = Invite {
            dialog: sides[0].reserve_dialog(),
            flow,
            to: "sip:100@192.0.2.10".into(),
            from: "sip:200@192.0.2.4".into(),
            from_name: None,
            identity: sip::CallerIdentity::default(),
            route: Vec::new(),
            max_forwards: sip::MAX_FORWARDS,
            credentials: None,
            user_to_user: None,
            offer: OFFER.to_vec(),
        };
        sides[0].command(Command::Invite(invite), now);
        while (0..2).any(|side| step(&mut sides, side, now, &mut confirmed)) {}
    }
    confirmed
}

fn step(sides: &mut [Endpoint; 2], side: usize, now: Duration, confirmed: &mut u32) -> bool {
    let Some(output) = sides[side].poll_output() else { return false };
    match output {
        Output::Transmit { flow, bytes } => {
            let flow = Flow { local: flow.remote, remote: flow.local, ..flow };
            sides[1 - side].receive(flow, &bytes, now);
        }
        Output::Event(Event::Incoming(call)) => {
            sides[side].command(Command::Ring { dialog: call.dialog, status: 180, sdp: None }, now);
            sides[side].command(Command::Answer { dialog: call.dialog, sdp: OFFER.to_vec() }, now);
        }
        Output::Event(Event::Confirmed { dialog, .. }) => {
            *confirmed += 1;
            sides[side].command(Command::HangUp { dialog, reason: None }, now);
        }
        Output::Event(_) => {}
    }
    true
}
