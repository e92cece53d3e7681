//! What strangers and broken devices send: mutated RTP, RTCP, SRTP, STUN and
//! DTLS. Nothing panics, nothing grows, and no stranger gets an answer.

mod support;

use media::{
    Codec, Command, Engine, EngineConfig, LegId, Output, PlainParams, Reports, Socket, Srtp, SrtpKey, SrtpSuite,
    Transport, rtp,
};
use std::net::SocketAddr;
use std::time::Duration;

const PLAIN: LegId = LegId(1);
const PROTECTED: LegId = LegId(2);
const ROUNDS: u64 = 40_000;

/// SplitMix64.
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

fn peer(leg: LegId) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, leg.0 as u8], 4_000))
}

fn engine() -> Engine {
    let mut engine = Engine::new(EngineConfig {
        seed: [3; 32],
        origin: support::some_instant(),
        browser_addresses: vec!["192.0.2.200:8443".parse().expect("an address")],
        max_legs: 10,
        patience: media::Patience::default(),
    });
    let key = SrtpKey::new([5; 30]);
    let srtp = Srtp { suite: SrtpSuite::AesCm128Sha1Tag80, ours: key, theirs: key };
    let protected = Transport { srtp: Some(srtp), reports: Reports::Muxed };
    for (leg, transport) in [(PLAIN, Transport::default()), (PROTECTED, protected)] {
        let params = PlainParams {
            remote: Some(peer(leg)),
            transport,
            codec: Codec::Pcma,
            payload_type: 8,
            telephone_event: Some(101),
            sending: true,
        };
        engine.command(Command::OpenPlain { leg, port: 20_000, params }, Duration::ZERO);
    }
    engine.command(Command::Bridge { left: PLAIN, right: PROTECTED }, Duration::ZERO);
    engine
}

/// One good packet of each kind.
fn corpus() -> Vec<Vec<u8>> {
    let header = rtp::Header { marker: false, payload_type: 8, sequence: 7, timestamp: 160, ssrc: 9 };
    let sound = [&rtp::write(&header)[..], &[0x55; 160]].concat();
    let digit = [&rtp::write(&rtp::Header { payload_type: 101, ..header })[..], &[5, 10, 1, 64]].concat();
    let mut extended = sound.clone();
    extended[0] = 0xb2;
    extended[20..24].copy_from_slice(&[0xbe, 0xde, 0, 1]);
    let mut report = vec![0x81, 200, 0, 12];
    report.extend([1; 48]);
    report.extend([0x81, 202, 0, 6]);
    report.extend([2; 24]);
    report.extend([0x81, 203, 0, 1, 0, 0, 0, 9]);
    let mut stun = vec![0, 1, 0, 16, 0x21, 0x12, 0xa4, 0x42];
    stun.extend([3; 12]);
    stun.extend([0, 6, 0, 9]);
    stun.extend(b"ours:them\0\0\0");
    let mut hello = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1];
    hello.extend([4; 39]);
    vec![sound, digit, extended, report, stun, hello]
}

fn mutated(luck: &mut Luck, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut packet = corpus[luck.below(corpus.len())].clone();
    for _ in 0..luck.below(6) {
        let at = luck.below(packet.len().max(1));
        match luck.below(6) {
            0 => packet.truncate(at),
            1 => packet.extend(std::iter::repeat_n(0xff, luck.below(1_800))),
            2 => packet = [packet.clone(), corpus[luck.below(corpus.len())].clone()].concat(),
            3 if at + 1 < packet.len() => packet[at..at + 2].copy_from_slice(&[0xff, 0xff]),
            _ if at < packet.len() => packet[at] = luck.next() as u8,
            _ => {}
        }
    }
    packet.truncate(2_048);
    packet
}

fn sockets() -> [Socket; 5] {
    [
        Socket::Plain(PLAIN),
        Socket::Reports(PLAIN),
        Socket::Plain(PROTECTED),
        Socket::Reports(PROTECTED),
        Socket::Browser,
    ]
}

#[test]
fn mutated_packets_of_a_peer_neither_break_nor_flood_anything() {
    let (mut engine, corpus) = (engine(), corpus());
    let mut luck = Luck(1);
    let mut answers = 0;
    for round in 0..ROUNDS {
        let now = Duration::from_micros(500 * round);
        let socket = sockets()[luck.below(5)];
        let from = peer(if luck.below(2) == 0 { PLAIN } else { PROTECTED });
        engine.receive(socket, from, &mutated(&mut luck, &corpus), now);
        if engine.poll_timeout().is_some_and(|due| due <= now) {
            engine.handle_timeout(now);
        }
        let outputs = std::iter::from_fn(|| engine.poll_output()).count();
        assert!(outputs <= 16, "one packet, {outputs} outputs");
        answers += outputs;
    }
    assert!(answers > 0, "some of it was understood");
    assert_eq!(engine.open_legs(), 2);
}

#[test]
fn a_stranger_gets_no_answer_whatever_it_sends() {
    let (mut engine, corpus) = (engine(), corpus());
    // The peers have spoken: who they are is firm.
    for leg in [PLAIN, PROTECTED] {
        for sequence in 0..8 {
            let header = rtp::Header { marker: false, payload_type: 8, sequence, timestamp: 160, ssrc: 9 };
            let packet = [&rtp::write(&header)[..], &[0x55; 160]].concat();
            engine.receive(Socket::Plain(leg), peer(leg), &packet, Duration::ZERO);
        }
    }
    while engine.poll_output().is_some() {}
    let mut luck = Luck(2);
    for _ in 0..ROUNDS {
        let from = SocketAddr::from(([203, 0, 113, luck.below(256) as u8], 1 + luck.below(65_535) as u16));
        engine.receive(sockets()[luck.below(5)], from, &mutated(&mut luck, &corpus), Duration::from_millis(900));
        let sent = std::iter::from_fn(|| engine.poll_output())
            .find(|output| matches!(output, Output::Transmit { .. } | Output::Event(_)));
        assert!(sent.is_none(), "{sent:?} for {from}");
    }
}

/// An agent's page knows the names of its own leg, and may be somebody else's.
#[test]
fn a_page_that_sends_garbage_to_its_own_leg_breaks_nothing() {
    let mut engine = engine();
    let browser = LegId(3);
    let offer = support::browser::Client::new(3, &[Codec::Pcmu], 440.0, support::some_instant()).offer();
    engine.command(Command::OpenBrowser { leg: browser, offer: offer.clone() }, Duration::ZERO);
    let answer = std::iter::from_fn(|| engine.poll_output()).find_map(|output| match output {
        Output::Event(media::Event::LegOpened { leg, answer }) if leg == browser => answer,
        _ => None,
    });
    let fragment = |sdp: &str| {
        let line = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
        line.expect("a name").trim().to_owned()
    };
    let name = format!("{}:{}", fragment(&answer.expect("an answer")), fragment(&offer));
    let mut attributes = vec![0, 6, 0, name.len() as u8];
    attributes.extend(name.bytes());
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    attributes.extend([0, 0x24, 0, 4, 1, 2, 3, 4, 0, 8, 0, 20]);
    attributes.extend([7; 20]);
    attributes.extend([0x80, 0x28, 0, 4, 9, 9, 9, 9]);
    let mut stun = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
    stun.extend([3; 12]);
    stun.extend(attributes);
    let mut corpus = corpus();
    corpus.extend([stun.clone(), stun.clone(), stun]);
    let mut luck = Luck(3);
    let from = SocketAddr::from(([198, 51, 100, 1], 50_000));
    for round in 0..ROUNDS {
        let mut packet = mutated(&mut luck, &corpus);
        if luck.below(2) == 0 && packet.len() >= 20 {
            // Mostly the length is right, so that what lies inside is read.
            let [high, low] = ((packet.len() - 20) as u16).to_be_bytes();
            packet[2..4].copy_from_slice(&[high, low]);
        }
        let now = Duration::from_micros(100 * round);
        engine.receive(Socket::Browser, from, &packet, now);
        if engine.poll_timeout().is_some_and(|due| due <= now) {
            engine.handle_timeout(now);
        }
        let answered = std::iter::from_fn(|| engine.poll_output())
            .any(|output| matches!(output, Output::Transmit { socket: Socket::Browser, .. }));
        assert!(!answered, "nobody without the password is answered");
    }
    assert_eq!(engine.open_legs(), 3);
}
