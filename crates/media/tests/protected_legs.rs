//! Protected legs and reports, end to end: two engines talk over a wire that
//! delays, loses, bends, repeats and eavesdrops.

mod support;

use media::{
    Codec, Command, Engine, EngineConfig, Event, LegFigures, LegId, Output, PlainParams, PlaybackId, RecordingId,
    Reports, Socket, SoundId, Srtp, SrtpKey, SrtpSuite, Transport, g711, rtp,
};
use std::net::SocketAddr;
use std::time::Duration;
use support::tone::{assert_silent, assert_tone, middle, sine};

const LEG: LegId = LegId(1);
const SUITES: [SrtpSuite; 3] = [SrtpSuite::AesCm128Sha1Tag80, SrtpSuite::AesCm128Sha1Tag32, SrtpSuite::AeadAes128Gcm];

/// A datagram on its way to a side.
#[derive(Clone)]
struct Flight {
    at: Duration,
    to: usize,
    socket: Socket,
    from: SocketAddr,
    bytes: Vec<u8>,
}

struct Side {
    engine: Engine,
    events: Vec<Event>,
    left: Vec<i16>,
}

struct Wire {
    sides: [Side; 2],
    now: Duration,
    flights: Vec<Flight>,
    /// Everything that was ever sent.
    seen: Vec<Flight>,
    delay: Duration,
    /// Every so many-th packet is lost; 0 for none.
    lose: usize,
    /// Packets that went to neither the peer's sound nor its reports.
    strayed: usize,
}

fn address(side: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, side as u8 + 1], 20_000))
}

/// Keys of both sides, crosswise.
fn srtp(suite: SrtpSuite, side: usize) -> Srtp {
    let keys = [SrtpKey::new([0x11; 30]), SrtpKey::new([0x22; 30])];
    Srtp { suite, ours: keys[side], theirs: keys[1 - side] }
}

fn params(side: usize, transport: Transport) -> PlainParams {
    PlainParams {
        remote: Some(address(1 - side)),
        transport,
        codec: Codec::Pcma,
        payload_type: 8,
        telephone_event: Some(101),
        sending: true,
    }
}

fn protected(suite: SrtpSuite, reports: Reports) -> [Transport; 2] {
    [0, 1].map(|side| Transport { srtp: Some(srtp(suite, side)), reports })
}

impl Wire {
    /// Both legs are open; side 0 plays 440 Hz, side 1 plays 1000 Hz, both record.
    fn new(transports: [Transport; 2]) -> Wire {
        let sides = [0, 1].map(|side| {
            let mut engine = Engine::new(EngineConfig {
                seed: [side as u8; 32],
                origin: support::some_instant(),
                browser_addresses: vec![],
                max_legs: 10,
                patience: media::Patience::default(),
            });
            let open = Command::OpenPlain { leg: LEG, port: 20_000, params: params(side, transports[side]) };
            let sound = SoundId(1);
            let samples = sine([440.0, 1_000.0][side], 1_000).into();
            let (playback, sounds) = (PlaybackId(1), vec![sound]);
            for command in [
                open,
                Command::LoadSound { sound, samples },
                Command::Play { leg: LEG, playback, sounds, times: 0, interruptible: false },
                Command::Record { recording: RecordingId(1), left: LEG, right: LegId(404) },
            ] {
                engine.command(command, Duration::ZERO);
            }
            Side { engine, events: vec![], left: vec![] }
        });
        let delay = Duration::from_millis(5);
        Wire { sides, now: Duration::ZERO, flights: vec![], seen: vec![], delay, lose: 0, strayed: 0 }
    }

    fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        loop {
            let due = self.sides.iter().filter_map(|side| side.engine.poll_timeout());
            let landing = self.flights.iter().map(|flight| flight.at);
            let Some(now) = due.chain(landing).min().filter(|now| *now <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(now);
            let now = self.now;
            let (landed, flying) = std::mem::take(&mut self.flights).into_iter().partition(|flight| flight.at <= now);
            self.flights = flying;
            let landed: Vec<Flight> = landed;
            for flight in landed {
                self.sides[flight.to].engine.receive(flight.socket, flight.from, &flight.bytes, now);
            }
            self.sides.iter_mut().for_each(|side| side.engine.handle_timeout(now));
            self.drain();
        }
    }

    fn drain(&mut self) {
        for index in [0, 1] {
            while let Some(output) = self.sides[index].engine.poll_output() {
                match output {
                    Output::Transmit { socket, to, packet } => self.fly((index, socket, to), packet.to_vec()),
                    Output::Event(event) => self.sides[index].events.push(event),
                    Output::Recording(block) => {
                        let frames = block.samples.as_chunks::<2>().0.iter();
                        self.sides[index].left.extend(frames.map(|[left, _]| *left));
                    }
                    Output::CloseSocket(_) => {}
                }
            }
        }
    }

    fn fly(&mut self, (index, socket, to): (usize, Socket, SocketAddr), bytes: Vec<u8>) {
        let apart = u16::from(matches!(socket, Socket::Reports(_)));
        let expected = SocketAddr::new(address(1 - index).ip(), 20_000 + apart);
        if to != expected {
            self.strayed += 1;
            return;
        }
        let from = SocketAddr::new(address(index).ip(), 20_000 + apart);
        let flight = Flight { at: self.now + self.delay, to: 1 - index, socket, from, bytes };
        self.seen.push(flight.clone());
        if self.lose == 0 || !self.seen.len().is_multiple_of(self.lose) {
            self.flights.push(flight);
        }
    }

    fn figures(&self, side: usize) -> LegFigures {
        let figures = self.sides[side].events.iter().rev().find_map(|event| match event {
            Event::Figures { figures, .. } => Some(*figures),
            _ => None,
        });
        figures.expect("figures come every five seconds")
    }

    fn reports(&self) -> Vec<&Flight> {
        self.seen.iter().filter(|flight| rtp::is_rtcp(&flight.bytes)).collect()
    }
}

#[test]
fn both_sides_of_a_protected_call_hear_each_other_and_an_eavesdropper_nothing() {
    for suite in SUITES {
        for reports in [Reports::Muxed, Reports::Apart(None)] {
            let mut wire = Wire::new(protected(suite, reports));
            wire.run(12);
            assert_eq!(wire.strayed, 0);
            assert_tone(middle(&wire.sides[0].left[..4 * 8_000], 100), 1_000.0, 0.998);
            assert_tone(middle(&wire.sides[1].left[..4 * 8_000], 100), 440.0, 0.998);
            let figures = wire.figures(0);
            assert_eq!((figures.refused, figures.lost), (0, 0), "{suite:?}: {figures:?}");
            assert!((9_000..=11_500).contains(&figures.round_trip_us), "{suite:?}: {figures:?}");
            let caught = wire.seen.iter().filter_map(|flight| rtp::parse(&flight.bytes));
            let noise: Vec<i16> =
                caught.flat_map(|(_, payload)| payload.iter().map(|b| g711::alaw_to_linear(*b))).collect();
            for hertz in [440.0, 1_000.0] {
                assert!(support::tone::purity(&noise[..64_000], hertz) < 0.05, "{suite:?}");
            }
        }
    }
}

#[test]
fn a_forged_bent_or_repeated_packet_is_refused_and_counted() {
    let mut wire = Wire::new(protected(SrtpSuite::AesCm128Sha1Tag80, Reports::Muxed));
    wire.run(3);
    let caught: Vec<Flight> = wire.seen.iter().filter(|flight| flight.to == 1).cloned().collect();
    let (mut tried, heard_before) = (0, wire.sides[1].left.len());
    for flight in caught.iter().rev().take(40) {
        // As it was; one bit bent; the plain packet of somebody without keys.
        let mut bent = flight.bytes.clone();
        bent[14] ^= 1;
        let sequence = u16::from_be_bytes([flight.bytes[2], flight.bytes[3]]).wrapping_add(500);
        let forged = rtp::Header { marker: false, payload_type: 8, sequence, timestamp: 0, ssrc: 99 };
        let forged = [&rtp::write(&forged)[..], &[0x55; 160]].concat();
        for bytes in [flight.bytes.clone(), bent, forged] {
            wire.sides[1].engine.receive(Socket::Plain(LEG), flight.from, &bytes, wire.now);
            tried += 1;
        }
    }
    wire.drain();
    assert_eq!(wire.sides[1].left.len(), heard_before);
    wire.run(10);
    assert_eq!(wire.figures(1).refused, tried);
    assert_tone(middle(&wire.sides[1].left[5 * 8_000..], 100), 440.0, 0.998);
}

#[test]
fn a_stranger_without_the_key_never_becomes_the_peer() {
    let transports = protected(SrtpSuite::AesCm128Sha1Tag80, Reports::Muxed);
    let mut wire = Wire::new(transports);
    // A peer behind a NAT: its address is not that of its description.
    let behind = PlainParams { remote: Some(SocketAddr::from(([192, 168, 0, 9], 4_000))), ..params(1, transports[1]) };
    wire.sides[1].engine.command(Command::Close { leg: LEG }, Duration::ZERO);
    wire.sides[1].engine.command(Command::OpenPlain { leg: LEG, port: 20_000, params: behind }, Duration::ZERO);
    while wire.sides[1].engine.poll_output().is_some() {}
    let thief = SocketAddr::from(([203, 0, 113, 66], 666));
    for sequence in 0..50 {
        let header = rtp::Header { marker: false, payload_type: 8, sequence, timestamp: 0, ssrc: 99 };
        let packet = [&rtp::write(&header)[..], &[0x55; 170]].concat();
        wire.sides[1].engine.receive(Socket::Plain(LEG), thief, &packet, Duration::ZERO);
    }
    let to_thief = std::iter::from_fn(|| wire.sides[1].engine.poll_output())
        .any(|output| matches!(output, Output::Transmit { to, .. } if to == thief));
    assert!(!to_thief);
    wire.run(2);
    assert!(wire.sides[1].events.contains(&Event::FirstSound { leg: LEG }), "the peer has the key and is heard");
}

#[test]
fn a_call_whose_keys_do_not_fit_is_silent_not_noise() {
    let [ours, mut theirs] = protected(SrtpSuite::AesCm128Sha1Tag80, Reports::Muxed);
    theirs.srtp = Some(Srtp { ours: SrtpKey::new([9; 30]), ..srtp(SrtpSuite::AesCm128Sha1Tag80, 1) });
    let mut wire = Wire::new([ours, theirs]);
    wire.run(6);
    assert_silent(&wire.sides[0].left);
    assert!(!wire.sides[0].events.contains(&Event::FirstSound { leg: LEG }));
    assert_tone(middle(&wire.sides[1].left[..4 * 8_000], 100), 440.0, 0.998);
}

#[test]
fn a_new_offer_may_bring_new_keys_in_the_middle_of_a_call() {
    let mut wire = Wire::new(protected(SrtpSuite::AesCm128Sha1Tag80, Reports::Muxed));
    wire.run(3);
    for side in [0, 1] {
        let mut transport = protected(SrtpSuite::AeadAes128Gcm, Reports::Muxed)[side];
        let keys = [SrtpKey::new([0x33; 30]), SrtpKey::new([0x44; 30])];
        transport.srtp = transport.srtp.map(|srtp| Srtp { ours: keys[side], theirs: keys[1 - side], ..srtp });
        let update = Command::UpdatePlain { leg: LEG, params: params(side, transport) };
        wire.sides[side].engine.command(update, wire.now);
    }
    wire.run(4);
    assert_tone(middle(&wire.sides[1].left[4 * 8_000..6 * 8_000], 50), 440.0, 0.998);
}

#[test]
fn reports_tell_each_side_how_the_other_hears_it() {
    let mut wire = Wire::new([Transport::default(); 2]);
    wire.delay = Duration::from_millis(60);
    wire.lose = 10;
    wire.run(61);
    for side in [0, 1] {
        let figures = wire.figures(side);
        assert!((119_000..=121_500).contains(&figures.round_trip_us), "{figures:?}");
        assert!((200..=400).contains(&figures.remote_lost), "{figures:?}");
        assert_eq!(figures.codec, Some(Codec::Pcma));
        // Losing a tenth is heard, and is not the worst.
        assert!((250..=400).contains(&figures.mos), "{figures:?}");
    }
    let reports = wire.reports();
    assert!((16..=34).contains(&reports.len()), "two sides, a minute, five seconds: {}", reports.len());
    let gaps: Vec<_> = reports.iter().filter(|flight| flight.to == 0).map(|flight| flight.at).collect();
    assert!(gaps.windows(2).all(|pair| (2_400..=7_800).contains(&(pair[1] - pair[0]).as_millis())), "{gaps:?}");
    for flight in reports {
        assert!(matches!(flight.socket, Socket::Reports(_)));
        // A sender report, then a name of 16 letters that says nothing.
        assert_eq!(flight.bytes[1], 200);
        let name = &flight.bytes[flight.bytes.len() - 18..flight.bytes.len() - 2];
        assert!(name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)), "{name:?}");
    }
}

#[test]
fn a_leg_that_closes_says_good_bye() {
    for transports in [[Transport::default(); 2], protected(SrtpSuite::AesCm128Sha1Tag80, Reports::Muxed)] {
        let mut wire = Wire::new(transports);
        wire.run(1);
        let before = wire.seen.len();
        wire.sides[0].engine.command(Command::Close { leg: LEG }, wire.now);
        wire.drain();
        let last = wire.seen.get(before..).and_then(|rest| rest.last()).expect("a packet").bytes.clone();
        assert!(rtp::is_rtcp(&last));
        if transports[0].srtp.is_none() {
            assert_eq!(last[last.len() - 8..last.len() - 4], [0x81, 203, 0, 1]);
        }
    }
}

#[test]
fn reports_of_a_stranger_change_nothing() {
    let mut wire = Wire::new([Transport::default(); 2]);
    wire.run(12);
    let before = wire.figures(1);
    assert!(before.round_trip_us > 0);
    let report = wire.reports().iter().rev().find(|flight| flight.to == 1).expect("a report").bytes.clone();
    let stranger = SocketAddr::from(([203, 0, 113, 66], 20_001));
    for socket in [Socket::Reports(LEG), Socket::Plain(LEG)] {
        wire.sides[1].engine.receive(socket, stranger, &report, wire.now + Duration::from_secs(9));
    }
    wire.run(10);
    assert_eq!(wire.figures(1).refused, before.refused + 2);
    assert!(wire.figures(1).round_trip_us < 11_500, "and reports still go to the peer");
}
