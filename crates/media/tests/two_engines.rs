//! Two engines talk to each other, as two nodes (or a virtual carrier) do:
//! what one plays, the other records; keys that one presses, the other hears.

mod support;

use media::{
    Codec, Command, Engine, EngineConfig, Event, LegId, Output, PlainParams, PlaybackId, RecordingId, Socket, SoundId,
    Transport,
};
use std::net::SocketAddr;
use std::time::Duration;
use support::tone::{assert_tone, middle, sine};

const LEG: LegId = LegId(1);

struct Side {
    engine: Engine,
    address: SocketAddr,
    events: Vec<Event>,
    left: Vec<i16>,
}

fn side(number: u8, peer: u8) -> Side {
    let address = |n: u8| SocketAddr::from(([10, 0, 0, n], 20_000));
    let mut engine = Engine::new(EngineConfig {
        seed: [number; 32],
        origin: support::some_instant(),
        browser_addresses: vec![],
        max_legs: 10,
        patience: media::Patience::default(),
    });
    let params = PlainParams {
        remote: Some(address(peer)),
        transport: Transport::default(),
        codec: Codec::Pcma,
        payload_type: 8,
        telephone_event: Some(101),
        sending: true,
    };
    engine.command(Command::OpenPlain { leg: LEG, port: 20_000, params }, Duration::ZERO);
    Side { engine, address: address(number), events: vec![], left: vec![] }
}

fn drain(side: &mut Side) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let Some(output) = side.engine.poll_output() {
        match output {
            Output::Transmit { packet, .. } => packets.push(packet.to_vec()),
            Output::Event(event) => side.events.push(event),
            Output::Recording(block) => {
                side.left.extend(block.samples.as_chunks::<2>().0.iter().map(|[left, _]| *left));
            }
            Output::CloseSocket(_) => {}
        }
    }
    packets
}

/// Lets both talk until `end`, each packet arriving 5 ms after it was sent.
fn talk(sides: &mut [Side; 2], end: Duration) {
    let mut flights: Vec<(Duration, usize, Vec<u8>)> = Vec::new();
    loop {
        let due = sides.iter().filter_map(|side| side.engine.poll_timeout());
        let landing = flights.iter().map(|(at, ..)| *at);
        let Some(now) = due.chain(landing).min().filter(|now| *now <= end) else {
            return;
        };
        let (landed, flying) = flights.into_iter().partition(|(at, ..)| *at <= now);
        flights = flying;
        for (_, to, packet) in landed {
            let from = sides[1 - to].address;
            sides[to].engine.receive(Socket::Plain(LEG), from, &packet, now);
        }
        for side in sides.iter_mut() {
            side.engine.handle_timeout(now);
        }
        for (index, side) in sides.iter_mut().enumerate() {
            for packet in drain(side) {
                flights.push((now + Duration::from_millis(5), 1 - index, packet));
            }
        }
    }
}

#[test]
fn what_one_engine_plays_the_other_records_and_keys_arrive() {
    let mut sides = [side(1, 2), side(2, 1)];
    let start = Duration::ZERO;
    let sound = SoundId(1);
    let samples = sine(440.0, 1_000).into();
    let engine = &mut sides[0].engine;
    engine.command(Command::LoadSound { sound, samples }, start);
    let (playback, sounds) = (PlaybackId(1), vec![sound]);
    let play = Command::Play { leg: LEG, playback, sounds, times: 0, interruptible: false };
    engine.command(play, start);
    let recording = RecordingId(1);
    let record = Command::Record { recording, left: LEG, right: LegId(404) };
    sides[1].engine.command(record, start);
    talk(&mut sides, Duration::from_secs(5));
    let digits = "159#".to_owned();
    sides[0].engine.command(Command::SendDigits { leg: LEG, digits }, Duration::from_secs(5));
    talk(&mut sides, Duration::from_secs(8));
    assert_tone(middle(&sides[1].left[..4 * 8_000], 100), 440.0, 0.998);
    let keys: String = sides[1]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Digit { digit, .. } => Some(*digit),
            _ => None,
        })
        .collect();
    assert_eq!(keys, "159#");
}
