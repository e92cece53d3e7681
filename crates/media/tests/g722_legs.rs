//! G.722 legs: as they are to each other, resampled to everybody else.

mod support;

use media::{
    Codec, Command, ConferenceId, ConferenceRole, LegId, PlainParams, RecordingId, Socket, Transport, g722, rtp,
};
use std::net::SocketAddr;
use support::World;
use support::browser::Client;
use support::phone::Phone;
use support::tone::{assert_tone, level, middle};

/// A wideband phone that says a tone of 16 kHz samples.
struct Wide {
    leg: u64,
    encoder: g722::Encoder,
    hertz: f64,
    said: u32,
}

impl Wide {
    fn open(world: &mut World, leg: u64, hertz: f64) -> Wide {
        let params = PlainParams {
            remote: Some(address(leg)),
            transport: Transport::default(),
            codec: Codec::G722,
            payload_type: 9,
            telephone_event: None,
            sending: true,
        };
        world.command(Command::OpenPlain { leg: LegId(leg), port: 20_000, params });
        Wide { leg, encoder: g722::Encoder::default(), hertz, said: 0 }
    }

    /// Says 20 ms, a second of them fifty times.
    fn say(&mut self, world: &mut World) {
        let sample = |n: u32| {
            let time = f64::from(self.said * 2 + n) / 16_000.0;
            ((time * self.hertz * std::f64::consts::TAU).sin() * 8_000.0) as i16
        };
        let samples: Vec<i16> = (0..320).map(sample).collect();
        let payload: Vec<u8> = samples.as_chunks::<2>().0.iter().map(|pair| self.encoder.encode(*pair)).collect();
        let header = rtp::Header {
            marker: false,
            payload_type: 9,
            sequence: (self.said / 160) as u16,
            timestamp: self.said,
            ssrc: 70 + self.leg as u32,
        };
        self.said += 160;
        let packet = [&rtp::write(&header)[..], &payload].concat();
        world.engine.receive(Socket::Plain(LegId(self.leg)), address(self.leg), &packet, world.now);
        world.drain();
    }
}

fn address(leg: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 1, leg as u8], 4_000))
}

fn talk(world: &mut World, wide: &mut [Wide], ms: u64) {
    for _ in 0..ms / 20 {
        wide.iter_mut().for_each(|wide| wide.say(world));
        world.run(20);
    }
}

/// What a phone that only listens on a leg's address heard, at 16 kHz.
fn heard_wide(world: &World, phone: usize) -> Vec<i16> {
    let mut decoder = g722::Decoder::default();
    let bytes = world.phones[phone].packets.iter().flat_map(|(_, _, payload)| payload.iter());
    bytes.flat_map(|byte| decoder.decode(*byte)).collect()
}

/// An ear at the address of a wide leg: it has no voice.
fn ear(world: &mut World, leg: u64) -> usize {
    let mut phone = Phone::new(leg, Codec::Pcmu, 1_000.0);
    phone.next = None;
    world.phones.push(phone);
    world.phones.len() - 1
}

#[test]
fn two_wideband_phones_hear_each_other_bit_by_bit() {
    let mut world = World::new();
    let mut wide = [Wide::open(&mut world, 1, 5_000.0), Wide::open(&mut world, 2, 440.0)];
    let ear = ear(&mut world, 2);
    world.bridge(1, 2);
    talk(&mut world, &mut wide, 1_000);
    let heard = heard_wide(&world, ear);
    assert!(heard.len() >= 15_000);
    // 5 kHz exists on a wideband line only; at 16 kHz it stands where 2.5 does at 8.
    assert_tone(&heard[4_000..14_000], 2_500.0, 0.8);
}

#[test]
fn a_wideband_phone_and_a_narrow_one_hear_each_other_at_their_levels() {
    let mut world = World::new();
    let mut wide = [Wide::open(&mut world, 1, 1_500.0)];
    let wide_ear = ear(&mut world, 1);
    let narrow = world.open_phone(Phone::new(2, Codec::Pcma, 600.0));
    world.bridge(1, 2);
    talk(&mut world, &mut wide, 1_500);
    let heard = world.phones[narrow].heard();
    assert_tone(middle(&heard, 100), 1_500.0, 0.99);
    assert!((7_600.0..8_400.0).contains(&level(middle(&heard, 100), 1_500.0)));
    let heard = heard_wide(&world, wide_ear);
    assert_tone(&heard[4_000..20_000], 300.0, 0.99);
}

#[test]
fn a_wideband_phone_and_a_browser_hear_each_other_whatever_the_browser_speaks() {
    for (codec, clean) in [(Codec::Opus, 0.95), (Codec::Pcma, 0.99)] {
        let mut world = World::new();
        let client = Client::new(5, &[codec], 600.0, world.origin);
        world.open_client(client);
        let mut wide = [Wide::open(&mut world, 1, 1_500.0)];
        let ear = ear(&mut world, 1);
        world.bridge(1, 5);
        talk(&mut world, &mut wide, 2_000);
        let heard = world.clients[0].heard();
        assert!(heard.len() > 14_000, "{codec:?}: {}", heard.len());
        assert_tone(middle(&heard, 200), 1_500.0, clean);
        let loud = level(middle(&heard, 200), 1_500.0);
        assert!((6_500.0..9_500.0).contains(&loud), "{codec:?}: {loud}");
        let heard = heard_wide(&world, ear);
        // 16,000 samples a second: 600 Hz stands where 300 does at 8.
        assert!(heard.len() > 28_000, "{codec:?}: {}", heard.len());
        assert_tone(&heard[4_000..24_000], 300.0, clean);
        let loud = level(&heard[4_000..24_000], 300.0);
        assert!((6_500.0..9_500.0).contains(&loud), "{codec:?}: {loud}");
    }
}

#[test]
fn a_wideband_party_is_mixed_and_recorded() {
    let mut world = World::new();
    let mut wide = [Wide::open(&mut world, 1, 1_500.0)];
    let second = world.open_phone(Phone::new(2, Codec::Pcmu, 440.0));
    world.open_phone(Phone::new(3, Codec::Pcma, 800.0));
    let conference = ConferenceId(5);
    world.command(Command::OpenConference { conference });
    for leg in (1..=3).map(LegId) {
        world.command(Command::JoinConference { conference, leg, role: ConferenceRole::Speaker });
    }
    world.command(Command::Record { recording: RecordingId(1), left: LegId(1), right: LegId(2) });
    talk(&mut world, &mut wide, 2_000);
    let heard = world.phones[second].heard();
    let heard = middle(&heard, 200);
    for hertz in [1_500.0, 800.0] {
        assert!((7_500.0..8_500.0).contains(&level(heard, hertz)), "{hertz} Hz at {}", level(heard, hertz));
    }
    assert!(level(heard, 440.0) < 80.0);
    world.command(Command::StopRecord { recording: RecordingId(1) });
    let [left, _] = world.recorded();
    assert_tone(middle(&left, 200), 1_500.0, 0.99);
}
