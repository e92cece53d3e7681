//! Session timers (RFC 4028): calls that live on, calls whose peer is gone, and peers that
//! have never heard of it.

mod world;

use sip::{Command, DialogId, EndCause, Event, Transport};
use world::{ANSWER, CARRIER, FAIR, OFFER, Weather, World, YARD, header, seconds};

fn hang_up(world: &mut World, dialog: DialogId) {
    world.command(CARRIER, Command::HangUp { dialog, reason: None });
    world.rest();
}

#[test]
fn a_long_call_is_refreshed_by_its_caller_and_nobody_is_disturbed() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut world = World::new(1, FAIR, transport);
        let (theirs, _) = world.talking();
        assert_eq!(header(world.last_sent(CARRIER, "INVITE"), "Session-Expires"), "1800;refresher=uac");
        let ok = world.last_sent(YARD, "SIP/2.0 200").to_owned();
        assert_eq!(header(&ok, "Session-Expires"), "1800;refresher=uac", "RFC 4028 §9");
        assert_eq!(header(&ok, "Require"), "timer");
        world.run(seconds(2 * 3_600));
        assert_eq!(world.count(CARRIER, "UPDATE"), 8, "every half of the interval: RFC 4028 §10");
        assert_eq!(world.count(YARD, "UPDATE"), 0);
        assert_eq!((world.next_event(YARD), world.next_event(CARRIER)), (None, None));
        hang_up(&mut world, theirs);
    }
}

#[test]
fn a_peer_that_takes_no_update_is_refreshed_by_re_invite() {
    let mut world = World::fair();
    world.alter = Box::new(|side, text| match side {
        YARD => text.replace(", UPDATE", ""),
        _ => text,
    });
    let (theirs, ours) = world.talking();
    world.run(seconds(901));
    assert_eq!((world.count(CARRIER, "UPDATE"), world.count(CARRIER, "INVITE")), (0, 2));
    assert!(world.last_sent(CARRIER, "INVITE").ends_with(&String::from_utf8_lossy(OFFER).into_owned()));
    assert_eq!(world.next_event(YARD), Some(Event::Offered { dialog: ours, offer: Some(OFFER.to_vec()) }));
    world.command(YARD, Command::AnswerOffer { dialog: ours, sdp: Some(ANSWER.to_vec()) });
    world.run(seconds(1));
    assert_eq!(world.next_event(CARRIER), None, "the same description is no news");
    world.run(seconds(900));
    assert!(world.next_event(YARD).is_some());
    world.command(YARD, Command::AnswerOffer { dialog: ours, sdp: Some(OFFER.to_vec()) });
    world.run(seconds(1));
    let moved = Event::OfferAnswered { dialog: theirs, answer: Some(OFFER.to_vec()) };
    assert_eq!(world.next_event(CARRIER), Some(moved), "another one is");
    hang_up(&mut world, theirs);
}

#[test]
fn both_sides_end_a_call_whose_refresh_does_not_come_through() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.run(seconds(10));
    world.swallow = Box::new(|_, _| true);
    world.run(seconds(940));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::SessionExpired], "the refresh was not answered");
    assert_eq!(world.ends(YARD, ours), []);
    world.run(seconds(830));
    assert_eq!(world.ends(YARD, ours), [EndCause::SessionExpired], "RFC 4028 §10: 32 s before the end");
    assert!(world.last_sent(YARD, "BYE").contains("Reason: SIP;cause=408;text=\"Session expired\""));
}

#[test]
fn a_peer_that_forgot_the_call_ends_it_at_the_refresh() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.swallow = Box::new(|_, text| text.starts_with("BYE"));
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    world.run(seconds(902));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::SessionExpired], "481 to the UPDATE");
}

#[test]
fn a_peer_without_session_timers_is_left_alone() {
    let mut world = World::fair();
    world.alter = Box::new(|_, text| {
        let lines = text.split_inclusive("\r\n");
        lines
            .filter(|line| !["Supported", "Session-E", "Min-SE", "Require"].iter().any(|it| line.starts_with(it)))
            .collect()
    });
    let (theirs, _) = world.talking();
    world.run(seconds(4 * 3_600));
    assert_eq!(world.count(CARRIER, "UPDATE") + world.count(YARD, "UPDATE"), 0);
    hang_up(&mut world, theirs);
}

#[test]
fn a_session_that_is_too_short_is_asked_for_again() {
    let mut world = World::fair();
    let mut first = true;
    world.alter = Box::new(move |side, text| match side {
        CARRIER if text.starts_with("INVITE") && std::mem::take(&mut first) => {
            text.replace("Session-Expires: 1800", "Session-Expires: 60")
        }
        _ => text,
    });
    let theirs = world.call();
    world.run(seconds(1));
    assert_eq!(header(world.last_sent(YARD, "SIP/2.0 422"), "Min-SE"), "90");
    assert_eq!(
        world.ends(CARRIER, theirs),
        [EndCause::Refused { status: 422, reason: None }],
        "90 is what it wanted anyway: nothing to ask for again"
    );
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    let theirs = world.call();
    let refusal = world.answer_to(CARRIER, "INVITE", "422 Too Small", "Min-SE: 7200\r\n");
    let again = world.inject(CARRIER, &refusal);
    let invite = again.iter().find(|text| text.starts_with("INVITE")).expect("a second INVITE");
    assert_eq!((header(invite, "Session-Expires"), header(invite, "Min-SE")), ("7200;refresher=uac", "7200"));
    assert_eq!(world.ends(CARRIER, theirs), [], "RFC 4028 §7.3");
    let greedy = world.answer_to(CARRIER, "INVITE", "422 Too Small", "Min-SE: 99999999\r\n");
    world.inject(CARRIER, &greedy);
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Refused { status: 422, reason: None }]);
}

#[test]
fn sessions_survive_bad_weather() {
    for seed in 0..60 {
        let mut world = World::new(seed, Weather { loss: 20, copies: 10, jitter_ms: 300 }, Transport::Udp);
        let theirs = world.call();
        world.run(seconds(20));
        let Some(Event::Incoming(call)) = world.next_event(YARD) else { continue };
        world.command(YARD, Command::Answer { dialog: call.dialog, sdp: ANSWER.to_vec() });
        world.run(seconds(40));
        if !world.ends(CARRIER, theirs).is_empty() || !world.ends(YARD, call.dialog).is_empty() {
            continue;
        }
        world.run(seconds(3_600));
        assert_eq!(world.ends(CARRIER, theirs), [], "seed {seed}: a refresh is repeated until it arrives");
        world.command(YARD, Command::HangUp { dialog: call.dialog, reason: None });
        world.run(seconds(60));
        if world.ends(CARRIER, theirs).is_empty() {
            world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
        }
        world.rest();
    }
}

/// An INVITE by hand, answered at once; the 200.
fn answered(world: &mut World, name: &str, extra: &str) -> String {
    let sdp = String::from_utf8_lossy(OFFER);
    let invite = format!(
        "INVITE sip:100@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{name}\r\nMax-Forwards: 70\r\n\
         From: <sip:1@10.0.0.1>;tag=t{name}\r\nTo: <sip:100@10.0.0.2>\r\nCall-ID: {name}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:1@10.0.0.1:5060>\r\nAllow: INVITE, UPDATE\r\n{extra}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    world.inject(YARD, &invite);
    let dialog = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog, sdp: ANSWER.to_vec() });
    world.last_sent(YARD, "SIP/2.0 200").to_owned()
}

#[test]
fn who_refreshes_is_decided_by_the_table_of_the_rfc() {
    for (number, (asked, answer)) in [
        // Whether the caller supports it, what it asks for, what we say.
        ("", None),
        ("Supported: timer\r\n", Some("1800;refresher=uas")),
        ("Supported: timer\r\nSession-Expires: 600\r\n", Some("600;refresher=uas")),
        ("k: timer\r\nx: 600;refresher=uac\r\n", Some("600;refresher=uac")),
        ("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", Some("600;refresher=uas")),
        ("Session-Expires: 600\r\n", Some("600;refresher=uas")),
        ("Session-Expires: 40\r\nMin-SE: 120\r\n", Some("120;refresher=uas")),
        ("Supported: timer\r\nMin-SE: 3600\r\n", Some("3600;refresher=uas")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut world = World::fair();
        let ok = answered(&mut world, &format!("n{number}"), asked);
        let found = ok.lines().find_map(|line| line.strip_prefix("Session-Expires: "));
        assert_eq!(found, answer, "RFC 4028 §9, table 2: {asked}");
        let demanded = ok.contains("Require: timer");
        assert_eq!(demanded, answer.is_some_and(|answer| answer.ends_with("uac")), "{asked}");
    }
}

#[test]
fn the_peer_refreshes_and_the_call_lives_until_it_stops() {
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    let ok = answered(&mut world, "a", "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n");
    let request = |method: &str, number: u32, extra: &str| {
        format!(
            "{method} sip:10.0.0.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{method}{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:1@10.0.0.1>;tag=ta\r\nTo: {}\r\nCall-ID: a\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:1@10.0.0.1:5060>\r\n{extra}\r\n",
            header(&ok, "To"),
        )
    };
    world.inject(YARD, &request("ACK", 1, ""));
    let Some(Event::Confirmed { dialog, .. }) = world.next_event(YARD) else { panic!("it is confirmed") };
    let refresh = "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n";
    for number in 2..20 {
        world.run(seconds(45));
        let answers = world.inject(YARD, &request("UPDATE", number, refresh));
        assert_eq!(header(&answers[0], "Session-Expires"), "90;refresher=uac");
    }
    let brief = request("UPDATE", 20, &refresh.replace("90", "89"));
    let answers = world.inject(YARD, &brief);
    assert!(answers[0].starts_with("SIP/2.0 422") && header(&answers[0], "Min-SE") == "90", "{answers:?}");
    assert_eq!(world.ends(YARD, dialog), []);
    world.run(seconds(59));
    assert_eq!(world.ends(YARD, dialog), []);
    world.run(seconds(2));
    assert_eq!(world.ends(YARD, dialog), [EndCause::SessionExpired], "RFC 4028 §10: a third before the end");
}
