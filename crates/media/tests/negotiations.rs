//! Clients that are called, that hold and come back, and whose network changes:
//! every offer and answer after the first, both ways.

mod support;

use media::{Codec, Command, Event, LegId, Negotiation};
use str0m::media::Direction;
use support::World;
use support::browser::Client;
use support::phone::Phone;
use support::tone::{assert_tone, middle};

const ALL: [Codec; 3] = [Codec::Opus, Codec::Pcmu, Codec::Pcma];

/// A client that speaks 440 Hz on leg 5, and a telephone that speaks 1,000 Hz on leg 1.
fn talk() -> World {
    let mut world = World::new();
    let client = Client::new(5, &ALL, 440.0, world.origin);
    world.open_client(client);
    world.open_phone(Phone::new(1, Codec::Pcmu, 1_000.0));
    world.bridge(1, 5);
    world.run(500);
    world
}

fn answered(outcome: Negotiation) -> String {
    match outcome {
        Negotiation::Answered(answer) => answer,
        other => panic!("no answer: {other:?}"),
    }
}

fn word<'a>(description: &'a str, start: &str) -> &'a str {
    description.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_default()
}

/// How many packets a client is sent in a second, and that they are the telephone's tone.
fn heard_in_a_second(world: &mut World) -> usize {
    world.clients[0].packets.clear();
    world.run(1_000);
    let count = world.clients[0].packets.len();
    if count > 40 {
        assert_tone(middle(&world.clients[0].heard(), 100), 1_000.0, 0.95);
    }
    count
}

#[test]
fn a_client_that_is_called_and_a_telephone_hear_each_other() {
    for codecs in [&ALL[..], &[Codec::Opus], &[Codec::Pcma]] {
        let mut world = World::new();
        let client = Client::new(5, codecs, 440.0, world.origin);
        world.call_client(client);
        let telephone = world.open_phone(Phone::new(1, Codec::Pcmu, 1_000.0));
        world.bridge(1, 5);
        world.run(2_000);
        assert!(world.events.contains(&Event::Negotiated { leg: LegId(5), outcome: Negotiation::Accepted }));
        assert_tone(middle(&world.phones[telephone].heard(), 200), 440.0, 0.95);
        assert_tone(middle(&world.clients[0].heard(), 200), 1_000.0, 0.95);
    }
}

#[test]
fn keys_cross_between_the_clock_of_opus_and_that_of_g711() {
    let mut world = World::new();
    let (opus, g711) =
        (Client::new(5, &[Codec::Opus], 440.0, world.origin), Client::new(6, &[Codec::Pcmu], 700.0, world.origin));
    let (opus, g711) = (world.call_client(opus), world.call_client(g711));
    world.bridge(5, 6);
    world.run(500);
    world.clients[opus].keys.press("12#");
    world.run(1_500);
    world.clients[g711].keys.press("*0");
    world.run(1_500);
    assert_eq!((world.digits(5).as_str(), world.digits(6).as_str()), ("12#", "*0"));
    for (client, clock, keys) in [(g711, 8_000, 3), (opus, 48_000, 2)] {
        let lasted = keys_sent_to(&world.clients[client]);
        assert_eq!(lasted.len(), keys, "at {clock} Hz");
        for ticks in lasted {
            let ms = u32::from(ticks) * 1_000 / clock;
            assert!((80..=160).contains(&ms), "a key of {ms} ms at {clock} Hz");
        }
    }
}

/// How long each key was that a client was sent, in ticks of its clock.
fn keys_sent_to(client: &Client) -> Vec<u16> {
    let ends = client.packets.iter().filter(|(_, _, payload)| payload.len() == 4 && payload[1] & 0x80 != 0);
    let mut keys: Vec<(u32, u16)> =
        ends.map(|(_, timestamp, payload)| (*timestamp, u16::from_be_bytes([payload[2], payload[3]]))).collect();
    keys.dedup();
    keys.into_iter().map(|(_, ticks)| ticks).collect()
}

#[test]
fn a_client_that_holds_hears_nothing_until_it_comes_back() {
    let mut world = talk();
    assert!(heard_in_a_second(&mut world) > 45);
    let connected = world.events.iter().filter(|event| matches!(event, Event::BrowserConnected { .. })).count();

    let offer = world.clients[0].turn(Direction::SendOnly);
    let answer = answered(world.answer_to(5, offer));
    world.clients[0].accept(&answer);
    assert!(answer.contains("a=recvonly"), "{answer}");
    assert_eq!(heard_in_a_second(&mut world), 0, "who holds is sent nothing");

    let offer = world.clients[0].turn(Direction::SendRecv);
    let resumed = answered(world.answer_to(5, offer));
    world.clients[0].accept(&resumed);
    assert!(resumed.contains("a=sendrecv"), "{resumed}");
    assert!(heard_in_a_second(&mut world) > 45);
    for start in ["a=ice-ufrag:", "a=fingerprint:"] {
        assert_eq!(word(&answer, start), word(&resumed, start), "{start} stays");
    }
    let (session, version) = (word(&answer, "o=- "), word(&resumed, "o=- "));
    assert_eq!(session.replacen(" 2 ", " 3 ", 1), version, "one session, the next version");
    let again = world.events.iter().filter(|event| matches!(event, Event::BrowserConnected { .. })).count();
    assert_eq!(connected, again, "it was connected all the time");
}

#[test]
fn a_client_that_is_asked_for_an_answer_to_what_stands_may_hold_by_it() {
    let mut world = talk();
    world.command(Command::OfferBrowser { leg: LegId(5) });
    let Some(Event::Negotiated { outcome: Negotiation::Offered(offer), .. }) = world.events.last().cloned() else {
        panic!("no offer: {:?}", world.events.last());
    };
    assert!(offer.contains("a=setup:actpass") && offer.contains("a=sendrecv"), "{offer}");
    let answer = world.clients[0].answer(&offer).replace("a=sendrecv", "a=sendonly");
    world.command(Command::AcceptBrowser { leg: LegId(5), answer: answer.clone() });
    assert_eq!(heard_in_a_second(&mut world), 0);
    let answer = answer.replace("a=sendonly", "a=sendrecv");
    world.command(Command::AcceptBrowser { leg: LegId(5), answer });
    assert!(heard_in_a_second(&mut world) > 45);
}

#[test]
fn a_client_that_comes_back_from_another_network_goes_on() {
    let mut world = talk();
    let offer = world.clients[0].move_to("10.0.9.9:40000".parse().expect("an address"));
    let answer = answered(world.answer_to(5, offer));
    world.clients[0].accept(&answer);
    world.clients[0].arrive();
    world.run(3_000);
    assert!(heard_in_a_second(&mut world) > 45);
}

#[test]
fn a_description_with_another_certificate_changes_nothing() {
    let mut world = talk();
    let offer = world.clients[0].turn(Direction::SendOnly);
    let own = word(&offer, "a=fingerprint:").to_owned();
    let foreign = own.replace('A', "B").replace('1', "2");
    let outcome = world.answer_to(5, offer.replace(&own, &foreign));
    assert!(matches!(outcome, Negotiation::Refused(_)), "{outcome:?}");
    assert!(heard_in_a_second(&mut world) > 45, "the talk goes on");
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    let mut world = World::new();
    for (leg, answer) in (5..).zip(["", "v=0", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"]) {
        let leg = LegId(leg);
        world.command(Command::OfferBrowser { leg });
        world.command(Command::AcceptBrowser { leg, answer: answer.to_owned() });
        let last = world.events.last();
        assert!(matches!(last, Some(Event::Negotiated { outcome: Negotiation::Refused(_), .. })), "{last:?}");
        world.command(Command::Close { leg });
    }
    assert_eq!(world.engine.open_legs(), 0);
}
