//! What happens before a call is answered: answers that must arrive (RFC 3262), several forks
//! that speak at once, redirections, and what is said about who calls.

mod world;

use sip::{CallerIdentity, Command, DialogId, EndCause, Event, Invite, Privacy, Transport};
use world::{ANSWER, CARRIER, FAIR, OFFER, Weather, World, YARD, header, seconds};

fn ring(world: &mut World, dialog: DialogId, status: u16) {
    world.command(YARD, Command::Ring { dialog, status, sdp: Some(ANSWER.to_vec()) });
}

fn progress(dialog: DialogId, status: u16) -> Option<Event> {
    Some(Event::Progress { dialog, status, answer: Some(ANSWER.to_vec()) })
}

#[test]
fn early_media_is_repeated_until_it_is_acknowledged() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    let mut lost = 0;
    world.swallow = Box::new(move |_, text| {
        let early = text.starts_with("SIP/2.0 183");
        lost += usize::from(early);
        early && lost <= 3
    });
    ring(&mut world, ours, 183);
    let early = world.last_sent(YARD, "SIP/2.0 183").to_owned();
    assert_eq!(header(&early, "Require"), "100rel");
    world.run(seconds(8));
    assert_eq!(world.count(YARD, "SIP/2.0 183"), 4, "RFC 3262 §3: after 0.5, 1 and 2 seconds");
    assert_eq!(world.next_event(CARRIER), progress(theirs, 183));
    let prack = world.last_sent(CARRIER, "PRACK").to_owned();
    assert_eq!(header(&prack, "RAck"), format!("{} 1 INVITE", header(&early, "RSeq")));
    assert_eq!(header(&prack, "CSeq"), "2 PRACK");
    assert_eq!(world.count(CARRIER, "PRACK"), 1);
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    world.run(seconds(1));
    assert_eq!(world.next_event(CARRIER), Some(Event::Answered { dialog: theirs, answer: ANSWER.to_vec() }));
    assert_eq!(world.next_event(YARD), Some(Event::Confirmed { dialog: ours, answer: None }));
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.run(seconds(1));
    assert_eq!(header(world.last_sent(CARRIER, "BYE"), "CSeq"), "3 BYE");
    world.rest();
}

#[test]
fn the_answer_waits_for_the_acknowledgement_of_early_media() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.swallow = Box::new(|_, text| text.starts_with("PRACK"));
    ring(&mut world, ours, 183);
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    world.run(seconds(1));
    assert_eq!(world.count(YARD, "SIP/2.0 200"), 0, "RFC 3262 §3");
    world.swallow = Box::new(|_, _| false);
    world.run(seconds(3));
    assert_eq!(world.next_event(CARRIER), progress(theirs, 183));
    assert_eq!(world.next_event(CARRIER), Some(Event::Answered { dialog: theirs, answer: ANSWER.to_vec() }));
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    world.rest();
}

#[test]
fn early_media_that_nobody_acknowledges_ends_the_call() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.swallow = Box::new(|_, text| text.starts_with("PRACK"));
    ring(&mut world, ours, 183);
    world.run(seconds(33));
    assert_eq!(world.ends(YARD, ours), [EndCause::NoAck]);
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Refused { status: 504, reason: None }]);
    world.rest();
}

#[test]
fn a_caller_who_demands_it_gets_every_progress_reliably_and_in_order() {
    let mut world = World::fair();
    world.alter = Box::new(|side, text| match side {
        CARRIER if text.starts_with("INVITE") => {
            text.replacen("Supported: 100rel", "Require: 100rel\r\nSupported: x", 1)
        }
        _ => text,
    });
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.command(YARD, Command::Ring { dialog: ours, status: 180, sdp: None });
    ring(&mut world, ours, 183);
    assert_eq!((world.count(YARD, "SIP/2.0 180"), world.count(YARD, "SIP/2.0 183")), (1, 0), "one at a time");
    world.run(seconds(1));
    assert_eq!(world.next_event(CARRIER), Some(Event::Progress { dialog: theirs, status: 180, answer: None }));
    assert_eq!(world.next_event(CARRIER), progress(theirs, 183));
    assert_eq!(world.count(CARRIER, "PRACK"), 2);
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.rest();
}

#[test]
fn an_acknowledgement_of_something_else_is_refused() {
    let mut world = World::fair();
    world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.swallow = Box::new(|_, _| true);
    ring(&mut world, ours, 183);
    world.swallow = Box::new(|_, text| text.starts_with("PRACK"));
    world.run(seconds(1));
    let prack = world.last_sent(CARRIER, "PRACK").to_owned();
    let right = header(&prack, "RAck").to_owned();
    for (number, wrong) in
        ["1 1 INVITE", "x", &right.replace("INVITE", "BYE"), &right.replace(" 1 ", " 9 ")].iter().enumerate()
    {
        let text = prack.replace(&right, wrong).replace("branch=z9hG4bK", &format!("branch=z9hG4bKw{number}"));
        let text = text.replace("CSeq: 2", &format!("CSeq: {}", number + 2));
        let answers = world.inject(YARD, &text);
        assert!(answers[0].starts_with("SIP/2.0 481"), "{wrong}: {answers:?}");
    }
    let text = prack.replace("CSeq: 2", "CSeq: 20").replace("branch=z9hG4bK", "branch=z9hG4bKr");
    assert!(world.inject(YARD, &text)[0].starts_with("SIP/2.0 200"));
    world.run(seconds(100));
    assert_eq!(world.ends(YARD, ours), [], "it was acknowledged");
}

#[test]
fn a_media_change_before_the_answer_is_asked_of_the_owner() {
    let mut world = World::fair();
    world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    ring(&mut world, ours, 183);
    world.run(seconds(1));
    let sdp = String::from_utf8_lossy(OFFER).into_owned();
    let body = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len());
    let update = world.last_sent(CARRIER, "PRACK").replace("PRACK", "UPDATE").replace("CSeq: 2", "CSeq: 3");
    let update = update.replace("branch=z9hG4bK", "branch=z9hG4bKu").replace("Content-Length: 0\r\n\r\n", &body);
    world.inject(YARD, &update);
    let offered = Event::Offered { dialog: ours, offer: Some(OFFER.to_vec()) };
    assert_eq!(world.next_event(YARD), Some(offered), "RFC 3311 §5.2");
    world.command(YARD, Command::AnswerOffer { dialog: ours, sdp: Some(ANSWER.to_vec()) });
    assert!(world.last_sent(YARD, "SIP/2.0 200").contains("CSeq: 3 UPDATE"));
    let again = update.replace("CSeq: 3", "CSeq: 4").replace("branch=z9hG4bK", "branch=z9hG4bKv");
    world.inject(YARD, &again);
    assert!(world.next_event(YARD).is_some(), "this one stays open until the call is over");
    world.command(YARD, Command::Refuse { dialog: ours, status: 480, retry_after: None, reason: None });
    world.rest();
}

fn with_sdp(extra: &str) -> String {
    let sdp = String::from_utf8_lossy(ANSWER);
    format!("{extra}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
}

#[test]
fn forks_ring_together_and_one_is_heard() {
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    let dialog = world.call();
    let hear = |world: &mut World, line, tag, extra: &str| {
        let text = world.answer_from(CARRIER, ("INVITE", line), (tag, extra));
        let sent = world.inject(CARRIER, &text);
        (sent, world.next_event(CARRIER))
    };
    let silent = Some(Event::Progress { dialog, status: 180, answer: None });
    assert_eq!(hear(&mut world, "180 Ringing", "one", "").1, silent);
    let reliable = with_sdp("Require: 100rel\r\nRSeq: 7\r\nRecord-Route: <sip:10.0.0.2:5070;lr>\r\n");
    let (sent, event) = hear(&mut world, "183 Progress", "two", &reliable);
    assert_eq!(event, progress(dialog, 183));
    assert!(sent[0].starts_with("PRACK sip:two@10.0.0.2 SIP/2.0"), "to the fork that asked: {sent:?}");
    assert!(header(&sent[0], "To").ends_with("tag=two"));
    assert_eq!((header(&sent[0], "RAck"), header(&sent[0], "Route")), ("7 1 INVITE", "<sip:10.0.0.2:5070;lr>"));
    assert_eq!(hear(&mut world, "183 Progress", "two", &reliable), (vec![], None), "a copy");
    let skipped = with_sdp("Require: 100rel\r\nRSeq: 9\r\n");
    assert_eq!(hear(&mut world, "183 Progress", "two", &skipped), (vec![], None), "RFC 3262 §4: 8 is missing");
    let sdp = with_sdp("Contact: <sip:two@10.0.0.2>\r\n");
    let update = |tag: &str, number: u32| {
        format!(
            "UPDATE sip:10.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKup{tag}{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:0086075512345678@10.0.0.2>;tag={tag}\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: {number} UPDATE\r\n{sdp}",
            header(&sent[0], "From"),
            header(&sent[0], "Call-ID"),
        )
    };
    assert!(world.inject(CARRIER, &update("one", 1))[0].starts_with("SIP/2.0 491"), "it has described nothing");
    assert!(world.inject(CARRIER, &update("two", 1)).is_empty(), "the owner decides: RFC 3311 §5.2");
    assert_eq!(world.next_event(CARRIER), Some(Event::Offered { dialog, offer: Some(ANSWER.to_vec()) }));
    world.command(CARRIER, Command::AnswerOffer { dialog, sdp: Some(OFFER.to_vec()) });
    assert!(world.last_sent(CARRIER, "SIP/2.0 200").contains("CSeq: 1 UPDATE"));
    let other = Some(Event::Progress { dialog, status: 183, answer: None });
    assert_eq!(hear(&mut world, "183 Progress", "three", &with_sdp("")).1, other, "the first one keeps the ear");
    let (sent, event) = hear(&mut world, "200 OK", "two", "");
    assert_eq!(event, Some(Event::Answered { dialog, answer: ANSWER.to_vec() }), "what it said before counts");
    assert!(sent[0].starts_with("ACK sip:two@10.0.0.2"));
    let (sent, event) = hear(&mut world, "200 OK", "three", &with_sdp(""));
    assert_eq!(event, None);
    assert!(sent[0].starts_with("ACK sip:three@10.0.0.2") && sent[1].starts_with("BYE sip:three@10.0.0.2"));
    assert_eq!(header(&sent[1], "CSeq"), "3 BYE", "above the PRACK that one may have seen");
}

#[test]
fn a_redirected_call_says_where_to() {
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    let dialog = world.call();
    let more: String = (0..9).map(|number| format!("Contact: <sip:{number}@far>;q=0.1\r\n")).collect();
    let contacts =
        format!("Contact: <sip:late@far>;q=0.2, <tel:+8610>\r\nContact: <mailto:a@b>, <sip:early@far>;q=0.7\r\n{more}");
    let text =
        world.answer_to(CARRIER, "INVITE", "302 Moved", &contacts).replacen("Contact: <sip:x@10.0.0.2>\r\n", "", 1);
    world.inject(CARRIER, &text);
    let contacts = ["tel:+8610", "sip:early@far", "sip:late@far", "sip:0@far", "sip:1@far"].map(String::from).to_vec();
    assert_eq!(world.ends(CARRIER, dialog), [EndCause::Redirected { contacts }], "RFC 3261 §8.1.3.4");
}

fn invite(world: &mut World, change: impl FnOnce(&mut Invite)) -> DialogId {
    let dialog = world.sides[CARRIER].endpoint.reserve_dialog();
    let mut invite = Invite {
        dialog,
        flow: world.flow_from(CARRIER),
        to: "sip:100@yard.example".into(),
        from: "sip:13800000000@carrier.example".into(),
        from_name: Some("Li Lei".into()),
        identity: CallerIdentity::default(),
        route: Vec::new(),
        max_forwards: sip::MAX_FORWARDS,
        credentials: None,
        user_to_user: None,
        offer: OFFER.to_vec(),
    };
    change(&mut invite);
    assert!(!format!("{invite:?}").contains("1380"), "numbers do not print");
    world.command(CARRIER, Command::Invite(invite));
    world.run(seconds(1));
    dialog
}

#[test]
fn who_calls_is_told_as_far_as_he_allows() {
    let mut world = World::fair();
    invite(&mut world, |invite| {
        invite.identity.asserted = Some("sip:0755@carrier.example".into());
        invite.identity.diverted_from = Some("sip:888@carrier.example".into());
        invite.max_forwards = 12;
    });
    assert!(world.last_sent(CARRIER, "INVITE").starts_with("INVITE sip:100@yard.example SIP/2.0"), "a host name");
    let call = world.incoming();
    assert_eq!((call.caller.as_str(), call.privacy), ("0755", Privacy::Shown), "RFC 3325 §9.1");
    assert_eq!((call.diverted_from.as_deref(), call.to.as_str(), call.max_forwards), (Some("888"), "100", 12));
    invite(&mut world, |invite| {
        invite.identity.asserted = Some("sip:0755@carrier.example".into());
        invite.identity.privacy = Privacy::Withheld;
    });
    let sent = world.last_sent(CARRIER, "INVITE").to_owned();
    assert!(header(&sent, "From").starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="), "RFC 3323 §4.1");
    assert_eq!((header(&sent, "Privacy"), header(&sent, "P-Asserted-Identity")), ("id", "<sip:0755@carrier.example>"));
    let call = world.incoming();
    assert_eq!((call.caller.as_str(), call.caller_name, call.privacy), ("", None, Privacy::Withheld));
}

#[test]
fn a_phone_behind_a_proxy_is_called_along_its_path() {
    let mut world = World::fair();
    let path = vec!["<sip:edge.example;lr;ob>".to_owned(), "<sip:10.0.0.2:5060;lr>".to_owned()];
    invite(&mut world, |invite| invite.route = path.clone());
    let sent = world.last_sent(CARRIER, "INVITE").to_owned();
    let routes: Vec<&str> = sent.lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    assert_eq!(routes, path, "RFC 3327 §5.3");
    let place = world.sent.iter().position(|(_, text)| text.starts_with("INVITE")).expect("it was sent");
    assert_eq!(world.flows[place], world.flow_from(CARRIER), "names are the proxies' business, bytes go by the flow");
}

#[test]
fn early_calls_survive_bad_weather() {
    for seed in 0..100 {
        let mut world = World::new(seed, Weather { loss: 25, copies: 10, jitter_ms: 400 }, Transport::Udp);
        let theirs = world.call();
        world.run(seconds(20));
        let Some(Event::Incoming(call)) = world.next_event(YARD) else { continue };
        ring(&mut world, call.dialog, 183);
        world.run(seconds(4));
        match seed % 3 {
            0 => world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None }),
            1 => world.command(YARD, Command::HangUp { dialog: call.dialog, reason: None }),
            _ => world.command(YARD, Command::Answer { dialog: call.dialog, sdp: ANSWER.to_vec() }),
        }
        world.run(seconds(120));
        for (side, dialog) in [(CARRIER, theirs), (YARD, call.dialog)] {
            if world.ends(side, dialog).is_empty() {
                world.command(side, Command::HangUp { dialog, reason: None });
            }
        }
        world.rest();
        assert_eq!((world.ends(CARRIER, theirs).len(), world.ends(YARD, call.dialog).len()), (1, 1), "seed {seed}");
    }
}

#[test]
fn a_reliable_transport_needs_no_copies() {
    let mut world = World::new(1, FAIR, Transport::Tcp);
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    ring(&mut world, ours, 183);
    world.run(seconds(5));
    assert_eq!((world.count(YARD, "SIP/2.0 183"), world.count(CARRIER, "PRACK")), (1, 1));
    assert_eq!(world.next_event(CARRIER), progress(theirs, 183));
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    world.rest();
}
