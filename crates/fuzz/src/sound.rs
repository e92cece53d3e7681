//! The sound ports: a plain leg's, and the one that all browsers share.

use media::{
    Codec, Command, Engine, EngineConfig, LegId, Output, PlainParams, Reports, Socket, Srtp, SrtpKey, SrtpSuite,
    Transport,
};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Packets that one packet may call forth.
const OUTPUTS: usize = 100;
const LEG: LegId = LegId(1);

/// A leg that talks to us, and meets whatever else arrives at its port: in the
/// clear, and protected.
pub fn plain(bytes: &[u8]) {
    let protections = [SrtpSuite::AesCm128Sha1Tag80, SrtpSuite::AeadAes128Gcm]
        .map(|suite| Some(Srtp { suite, ours: SrtpKey::new([1; 30]), theirs: SrtpKey::new([2; 30]) }));
    for srtp in [[None].as_slice(), &protections].concat() {
        one_leg(bytes, Transport { srtp, reports: Reports::Muxed }, Socket::Plain(LEG));
    }
}

/// The same for the port of its reports.
pub fn reports(bytes: &[u8]) {
    one_leg(bytes, Transport::default(), Socket::Reports(LEG));
}

fn one_leg(bytes: &[u8], transport: Transport, socket: Socket) {
    let peer = SocketAddr::from(([192, 0, 2, 7], 4_000));
    let params = PlainParams {
        remote: Some(peer),
        transport,
        codec: Codec::Pcma,
        payload_type: 8,
        telephone_event: Some(101),
        sending: true,
    };
    let mut engine = engine();
    engine.command(Command::OpenPlain { leg: LEG, port: 20_000, params }, Duration::ZERO);
    drain(&mut engine);
    // The peer itself, and a stranger: as often as it takes to be believed.
    for source in [peer, SocketAddr::from(([203, 0, 113, 9], 9))] {
        for turn in 0..6 {
            receive(&mut engine, (socket, source), bytes, turn);
        }
    }
}

/// The shared port before any browser is known: STUN, DTLS, RTP and noise alike.
pub fn browser(bytes: &[u8]) {
    let mut engine = engine();
    receive(&mut engine, (Socket::Browser, SocketAddr::from(([203, 0, 113, 9], 9))), bytes, 0);
}

fn receive(engine: &mut Engine, (socket, from): (Socket, SocketAddr), bytes: &[u8], turn: u64) {
    let now = Duration::from_millis(20 * (turn + 1));
    engine.receive(socket, from, bytes, now);
    drain(engine);
    engine.handle_timeout(now);
    drain(engine);
}

fn drain(engine: &mut Engine) {
    for count in 0.. {
        assert!(count < OUTPUTS, "one packet makes no flood");
        match engine.poll_output() {
            None => return,
            Some(Output::Transmit { .. } | Output::Event(_) | Output::Recording(_) | Output::CloseSocket(_)) => {}
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "the WebRTC library counts from an instant; any will do")]
fn engine() -> Engine {
    let browser_addresses = vec![SocketAddr::from(([192, 0, 2, 1], 8_443))];
    Engine::new(EngineConfig {
        seed: [7; 32],
        origin: Instant::now(),
        browser_addresses,
        max_legs: 4,
        patience: media::Patience::default(),
    })
}
