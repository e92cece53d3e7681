//! A peer that speaks Opus, heard by one that does not.

mod support;

use media::{Codec, Command, LegId, PlainParams, Socket, Transport, rtp};
use std::net::SocketAddr;
use support::World;
use support::phone::{Phone, payload_type};
use support::tone::{assert_tone, sine};

/// Speaks Opus on leg 1 for a while as some source.
struct Speaker {
    encoder: opus::Encoder,
    tone: Vec<i16>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

impl Speaker {
    fn new(ssrc: u32, sequence: u16, hertz: f64) -> Speaker {
        let encoder = opus::Encoder::new(8_000, opus::Channels::Mono, opus::Application::Voip).expect("an encoder");
        Speaker { encoder, tone: sine(hertz, 1_000), ssrc, sequence, timestamp: 1_000 }
    }

    fn talk(&mut self, world: &mut World, frames: usize) {
        for n in 0..frames {
            let sound: Vec<i16> = (0..160).map(|at| self.tone[(n * 160 + at) % self.tone.len()]).collect();
            let body = self.encoder.encode_vec(&sound, 400).expect("a frame");
            self.sequence = self.sequence.wrapping_add(1);
            self.timestamp = self.timestamp.wrapping_add(960);
            let Speaker { sequence, timestamp, ssrc, .. } = *self;
            let header = rtp::Header { marker: false, payload_type: 111, sequence, timestamp, ssrc };
            let packet = [&rtp::write(&header)[..], &body].concat();
            world.engine.receive(Socket::Plain(LegId(1)), address(), &packet, world.now);
            world.drain();
            world.run(20);
        }
    }
}

fn address() -> SocketAddr {
    SocketAddr::from(([10, 0, 1, 1], 4_000))
}

#[test]
fn a_peer_whose_source_changes_is_still_heard() {
    let mut world = World::new();
    let params = PlainParams {
        remote: Some(address()),
        transport: Transport::default(),
        codec: Codec::Opus,
        payload_type: payload_type(Codec::Opus),
        telephone_event: None,
        sending: true,
    };
    world.command(Command::OpenPlain { leg: LegId(1), port: 20_000, params });
    let mut listener = Phone::new(2, Codec::Pcmu, 1_000.0);
    listener.next = None;
    let listener = world.open_phone(listener);
    world.bridge(1, 2);
    Speaker::new(1, 40_000, 440.0).talk(&mut world, 50);
    world.phones[listener].forget();
    // It begins far below where the first source was.
    Speaker::new(2, 100, 600.0).talk(&mut world, 50);
    world.run(100);
    let heard = world.phones[listener].heard();
    assert!(heard.len() >= 7_000, "{} samples", heard.len());
    assert_tone(&heard[2_000..6_000], 600.0, 0.95);
}
