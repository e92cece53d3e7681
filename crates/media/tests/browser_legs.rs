//! Browser legs with a full WebRTC client at the other end: ICE, DTLS and SRTP
//! on virtual time, tones through every path.

mod support;

use media::{Codec, Command, Event, LegFailure, LegId, PlaybackId, RecordingId};
use support::World;
use support::browser::Client;
use support::phone::Phone;
use support::tone::{assert_tone, middle, sine};

const ALL: [Codec; 3] = [Codec::Opus, Codec::Pcmu, Codec::Pcma];

fn with_client(codecs: &[Codec], hertz: f64) -> World {
    let mut world = World::new();
    let client = Client::new(5, codecs, hertz, world.origin);
    world.open_client(client);
    world
}

#[test]
fn a_browser_connects_and_is_asked_for_g711_first() {
    let world = with_client(&ALL, 440.0);
    assert_eq!(world.clients[0].codec, Codec::Pcmu);
    let answer = world.events.iter().find_map(|event| match event {
        Event::LegOpened { answer, .. } => answer.clone(),
        _ => None,
    });
    let answer = answer.expect("an answer");
    assert!(answer.contains("a=ice-lite"), "{answer}");
    assert!(answer.contains("10.0.0.1 8443 typ host"), "{answer}");
    assert!(answer.contains("telephone-event/8000"), "{answer}");
}

#[test]
fn a_customer_and_an_agent_hear_each_other_in_every_pair_of_codecs() {
    let offers: [&[Codec]; 3] = [&ALL, &[Codec::Pcma], &[Codec::Opus]];
    for trunk in [Codec::Pcmu, Codec::Pcma] {
        for offer in offers {
            let mut world = with_client(offer, 440.0);
            let customer = world.open_phone(Phone::new(1, trunk, 1_000.0));
            world.bridge(1, 5);
            world.run(3_000);
            let clean = if offer == [Codec::Opus] { 0.95 } else { 0.998 };
            let heard = world.phones[customer].heard();
            assert!(heard.len() > 22_000, "{trunk:?} {offer:?}: {}", heard.len());
            assert_tone(middle(&heard, 200), 440.0, clean);
            let heard = world.clients[0].heard();
            assert!(heard.len() > 22_000, "{trunk:?} {offer:?}: {}", heard.len());
            assert_tone(middle(&heard, 200), 1_000.0, clean);
            if offer != [Codec::Opus] {
                let wanted = support::phone::payload_type(if offer == ALL { trunk } else { Codec::Pcma });
                assert!(world.clients[0].packets.iter().all(|(pt, ..)| *pt == wanted));
            }
        }
    }
}

#[test]
fn figures_tell_how_far_the_browser_is_and_how_it_sounds() {
    let mut world = with_client(&[Codec::Pcma], 440.0);
    world.open_phone(Phone::new(1, Codec::Pcma, 1_000.0));
    world.bridge(1, 5);
    world.network.delay_ms = 40;
    world.run(25_000);
    let figures = world.events.iter().rev().find_map(|event| match event {
        Event::Figures { leg: LegId(5), figures } => Some(*figures),
        _ => None,
    });
    let figures = figures.expect("figures come every five seconds");
    assert_eq!(figures.codec, Some(Codec::Pcma));
    assert!((75_000..=95_000).contains(&figures.round_trip_us), "{figures:?}");
    assert!((400..=450).contains(&figures.mos), "{figures:?}");
}

#[test]
fn two_agents_hear_each_other() {
    let mut world = with_client(&ALL, 440.0);
    let other = Client::new(6, &[Codec::Opus], 1_000.0, world.origin);
    let other = world.open_client(other);
    world.bridge(5, 6);
    world.run(3_000);
    let heard = world.clients[0].heard();
    assert_tone(middle(&heard, 200), 1_000.0, 0.95);
    let heard = world.clients[other].heard();
    assert_tone(middle(&heard, 200), 440.0, 0.95);
}

#[test]
fn a_leg_outlives_its_calls_and_says_nothing_between_them() {
    let mut world = with_client(&ALL, 440.0);
    for call in 0..3 {
        let phone = world.open_phone(Phone::new(10 + call, Codec::Pcma, 1_000.0));
        world.bridge(10 + call, 5);
        world.run(1_000);
        assert_tone(middle(&world.phones[phone].heard(), 100), 440.0, 0.998);
        world.command(Command::Close { leg: LegId(10 + call) });
        world.phones[phone].next = None;
        world.run(100);
        world.clients[0].packets.clear();
        world.run(30_000);
        assert!(world.clients[0].packets.is_empty());
    }
    assert!(!world.events.contains(&Event::BrowserLost { leg: LegId(5) }));
}

#[test]
fn an_agent_hears_a_sound_in_g711_and_in_opus() {
    for offer in [&ALL[..], &[Codec::Opus]] {
        let mut world = with_client(offer, 440.0);
        let ring = world.load(1, sine(700.0, 1_000));
        let command = Command::Play {
            leg: LegId(5),
            playback: PlaybackId(1),
            sounds: vec![ring],
            times: 2,
            interruptible: false,
        };
        world.command(command);
        world.run(3_000);
        let heard = world.clients[0].heard();
        assert_eq!(heard.len(), 16_000);
        assert_tone(middle(&heard, 100), 700.0, 0.95);
    }
}

#[test]
fn keys_cross_between_a_browser_and_a_trunk_both_ways() {
    for offer in [&ALL[..], &[Codec::Opus]] {
        let mut world = with_client(offer, 440.0);
        let customer = world.open_phone(Phone::new(1, Codec::Pcmu, 1_000.0));
        world.bridge(1, 5);
        world.run(500);
        world.clients[0].keys.press("42#");
        world.run(2_000);
        assert_eq!(world.phones[customer].keys_heard(), "42#");
        assert_eq!(world.digits(5), "42#");
        world.phones[customer].keys.press("1*");
        world.run(1_500);
        assert_eq!(world.digits(1), "1*");
        let events = world.clients[0].packets.iter().filter(|(pt, ..)| *pt >= 124 && *pt != 111);
        assert_eq!(events.count(), 14, "two keys of seven packets");
    }
}

#[test]
fn keys_that_came_by_signalling_are_pressed_at_the_other_end() {
    let mut world = with_client(&ALL, 440.0);
    let customer = world.open_phone(Phone::new(1, Codec::Pcmu, 1_000.0));
    world.command(Command::PassOnDigits { leg: LegId(5), digits: "9".into() });
    world.bridge(1, 5);
    world.run(500);
    world.command(Command::PassOnDigits { leg: LegId(5), digits: "4".into() });
    world.command(Command::PassOnDigits { leg: LegId(5), digits: "2".into() });
    world.run(1_500);
    assert_eq!(world.phones[customer].keys_heard(), "42", "in no bridge nobody hears a key");
}

#[test]
fn a_call_between_a_browser_and_a_trunk_is_recorded() {
    for offer in [&ALL[..], &[Codec::Opus]] {
        let mut world = with_client(offer, 440.0);
        world.open_phone(Phone::new(1, Codec::Pcma, 1_000.0));
        world.bridge(1, 5);
        let recording = RecordingId(3);
        world.command(Command::Record { recording, left: LegId(1), right: LegId(5) });
        world.run(5_000);
        world.command(Command::StopRecord { recording });
        let [left, right] = world.recorded();
        assert_tone(middle(&left, 200), 1_000.0, 0.998);
        assert_tone(middle(&right, 200), 440.0, 0.95);
    }
}

#[test]
fn a_browser_that_goes_away_is_told_and_does_not_take_the_call_with_it() {
    let mut world = with_client(&ALL, 440.0);
    let lost = Event::BrowserLost { leg: LegId(5) };
    world.clients[0].rtc.disconnect();
    world.clients[0].next = None;
    world.clients[0].connected = false;
    world.run_until(30_000, |world| world.events.contains(&lost));
    world.command(Command::Close { leg: LegId(5) });
    assert_eq!(world.events.iter().filter(|event| **event == lost).count(), 1);
    assert_eq!(world.engine.open_legs(), 0);
    world.run(1_000);
    assert_eq!(world.engine.poll_timeout(), None);
}

#[test]
fn a_browser_is_told_when_its_leg_is_closed() {
    let mut world = with_client(&ALL, 440.0);
    world.command(Command::Close { leg: LegId(5) });
    world.run(500);
    assert!(world.clients[0].lost);
}

#[test]
fn offers_that_cannot_be_answered_say_why() {
    let offers = [
        String::new(),
        "v=0".into(),
        "x".repeat(100_000),
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n".into(),
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".repeat(30),
    ];
    let mut world = World::new();
    for (leg, offer) in (0..).map(LegId).zip(offers) {
        world.command(Command::OpenBrowser { leg, offer });
    }
    let failed = world
        .events
        .iter()
        .filter(|event| matches!(event, Event::LegFailed { cause: LegFailure::BadOffer(why), .. } if !why.is_empty()));
    assert_eq!(failed.count(), 5, "{:?}", world.events);
    assert_eq!(world.engine.open_legs(), 0);
}

#[test]
fn garbage_on_the_shared_port_is_answered_by_nobody() {
    let mut world = with_client(&ALL, 440.0);
    let stranger = "203.0.113.66:666".parse().expect("an address");
    let known = world.clients[0].address;
    for first in 0..=255u8 {
        for length in [0usize, 1, 12, 20, 60, 200] {
            let mut packet = vec![first; length];
            if length > 8 {
                packet[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
            }
            for from in [stranger, known] {
                world.engine.receive(media::Socket::Browser, from, &packet, world.now);
            }
            while let Some(output) = world.engine.poll_output() {
                if let media::Output::Transmit { to, .. } = output {
                    assert_ne!(to, stranger);
                }
            }
        }
    }
    world.open_phone(Phone::new(1, Codec::Pcmu, 1_000.0));
    world.bridge(1, 5);
    world.run(2_000);
    let heard = world.clients[0].heard();
    assert_tone(middle(&heard, 100), 1_000.0, 0.998);
}
