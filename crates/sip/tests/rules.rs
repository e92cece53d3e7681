//! The rules of RFC 3261 for single messages, by hand-written requests and answers: what
//! well-behaved endpoints never send to each other.

mod world;

use sip::{Command, Directory, EndCause, Event, Flow, Rejection, Transport, TrunkEntry, TrunkKey};
use world::{ANSWER, CARRIER, FAIR, OFFER, World, YARD, header, seconds};

/// A request of the carrier. `to_tag` and `extra` may be empty.
fn request(method: &str, (cseq, branch): (u32, &str), to_tag: &str, extra: &str) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:100@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:1@10.0.0.1>;tag=theirs\r\nTo: <sip:100@10.0.0.2>{tag}\r\nCall-ID: hand-made\r\n\
         CSeq: {cseq} {method}\r\nContact: <sip:1@10.0.0.1:5060>\r\n{extra}\r\n"
    )
}

fn with_body(kind: &str, body: &str) -> String {
    format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn status(answers: &[String]) -> &str {
    answers.first().and_then(|text| text.split(' ').nth(1)).unwrap_or("nothing")
}

/// Our tag in a call that came in and was answered by hand-written messages.
fn answered(world: &mut World) -> (sip::DialogId, String) {
    let sdp = String::from_utf8_lossy(OFFER).into_owned();
    let answers = world.inject(YARD, &request("INVITE", (1, "a"), "", &with_body("application/sdp", &sdp)));
    assert_eq!(status(&answers), "100");
    assert!(!header(&answers[0], "To").contains("tag"), "100 needs no tag");
    let dialog = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog, sdp: ANSWER.to_vec() });
    let tag = header(world.last_sent(YARD, "SIP/2.0 200"), "To").rsplit_once("tag=").expect("a tag").1.to_owned();
    assert!(world.inject(YARD, &request("ACK", (1, "b"), &tag, "")).is_empty());
    assert_eq!(world.next_event(YARD), Some(Event::Confirmed { dialog, answer: None }));
    (dialog, tag)
}

#[test]
fn copies_of_a_request_get_copies_of_the_answer() {
    let mut world = World::fair();
    let invite = request("INVITE", (1, "a"), "", "");
    let first = world.inject(YARD, &invite);
    assert_eq!(world.inject(YARD, &invite), first);
    let dialog = world.incoming().dialog;
    assert_eq!(world.next_event(YARD), None, "one call only");
    world.command(YARD, Command::Refuse { dialog, status: 404, retry_after: None, reason: None });
    let refusal = world.last_sent(YARD, "SIP/2.0 404").to_owned();
    assert_eq!(world.inject(YARD, &invite), std::slice::from_ref(&refusal));
    let tag = header(&refusal, "To").rsplit_once("tag=").expect("a tag").1;
    world.inject(YARD, &request("ACK", (1, "a"), tag, ""));
    assert_eq!(world.inject(YARD, &invite), [] as [String; 0], "Confirmed absorbs copies");
    world.rest();
}

#[test]
fn the_same_call_by_two_ways_is_merged() {
    let mut world = World::fair();
    world.inject(YARD, &request("INVITE", (1, "a"), "", ""));
    assert_eq!(status(&world.inject(YARD, &request("INVITE", (1, "other"), "", ""))), "482", "RFC 3261 §8.2.2.2");
}

#[test]
fn requests_for_dialogs_that_we_do_not_hold_are_refused() {
    let mut world = World::fair();
    let (dialog, tag) = answered(&mut world);
    assert_eq!(status(&world.inject(YARD, &request("BYE", (2, "c"), "wrong", ""))), "481");
    assert_eq!(status(&world.inject(YARD, &request("BYE", (2, "d"), "", ""))), "481");
    let other_call = request("BYE", (2, "e"), &tag, "").replace("hand-made", "another");
    assert_eq!(status(&world.inject(YARD, &other_call)), "481");
    let other_peer = request("BYE", (2, "f"), &tag, "").replace("tag=theirs", "tag=guessed");
    assert_eq!(status(&world.inject(YARD, &other_peer)), "481");
    let from = "203.0.113.9:5060".parse().expect("an address");
    let stranger = Flow { remote: from, ..world.flow_from(YARD) };
    world.inject_by(YARD, stranger, &request("BYE", (2, "g"), &tag, ""));
    assert_eq!(world.ends(YARD, dialog), [], "the right tags from the wrong place end nothing");
    assert!(world.sides[YARD].events.contains(&Event::Rejected { from, why: Rejection::UnknownDialog }));
    assert_eq!(status(&world.inject(YARD, &request("BYE", (2, "h"), &tag, ""))), "200");
    assert_eq!(world.ends(YARD, dialog), [EndCause::Bye { reason: None }]);
}

#[test]
fn old_sequence_numbers_are_out_of_order() {
    let mut world = World::fair();
    let (_, tag) = answered(&mut world);
    assert_eq!(status(&world.inject(YARD, &request("INFO", (9, "c"), &tag, ""))), "200", "gaps are allowed");
    assert_eq!(status(&world.inject(YARD, &request("INFO", (8, "d"), &tag, ""))), "500", "RFC 3261 §12.2.2");
    let extra = with_body("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n");
    assert_eq!(status(&world.inject(YARD, &request("INFO", (10, "e"), &tag, &extra))), "200");
    assert!(matches!(world.next_event(YARD), Some(Event::Digit { digit: '5', .. })));
    assert_eq!(status(&world.inject(YARD, &request("INFO", (11, "f"), &tag, &with_body("x/y", "z")))), "415");
    assert_eq!(status(&world.inject(YARD, &request("REFER", (12, "g"), &tag, ""))), "400", "no Refer-To");
    assert_eq!(status(&world.inject(YARD, &request("OPTIONS", (13, "h"), &tag, ""))), "200");
    assert_eq!(status(&world.inject(YARD, &request("UPDATE", (14, "i"), &tag, ""))), "200");
}

#[test]
fn a_bye_while_it_rings_ends_the_call() {
    let mut world = World::fair();
    world.inject(YARD, &request("INVITE", (1, "a"), "", ""));
    let dialog = world.incoming().dialog;
    world.command(YARD, Command::Ring { dialog, status: 180, sdp: None });
    let ringing = world.last_sent(YARD, "SIP/2.0 180").to_owned();
    let tag = header(&ringing, "To").rsplit_once("tag=").expect("a tag").1.to_owned();
    let answers = world.inject(YARD, &request("BYE", (2, "b"), &tag, "Reason: SIP;cause=600\r\n"));
    assert_eq!(answers.len(), 2, "487 for the INVITE and 200 for the BYE: {answers:?}");
    let Some(Event::Ended { cause: EndCause::Bye { reason: Some(reason) }, .. }) = world.next_event(YARD) else {
        panic!("the call is over")
    };
    assert_eq!((reason.protocol.as_str(), reason.cause), ("SIP", Some(600)));
    world.rest();
}

#[test]
fn a_call_without_an_offer_gets_ours_and_answers_in_its_ack() {
    let mut world = World::fair();
    world.inject(YARD, &request("INVITE", (1, "a"), "", ""));
    let call = world.incoming();
    assert_eq!(call.offer, None);
    world.command(YARD, Command::Answer { dialog: call.dialog, sdp: OFFER.to_vec() });
    let ok = world.last_sent(YARD, "SIP/2.0 200").to_owned();
    let tag = header(&ok, "To").rsplit_once("tag=").expect("a tag").1.to_owned();
    let body = with_body("application/sdp", &String::from_utf8_lossy(ANSWER));
    world.inject(YARD, &request("ACK", (1, "b"), &tag, &body));
    let confirmed = Event::Confirmed { dialog: call.dialog, answer: Some(ANSWER.to_vec()) };
    assert_eq!(world.next_event(YARD), Some(confirmed));
}

#[test]
fn recorded_routes_are_followed_and_strict_routers_are_humoured() {
    for (routes, line, route) in [
        ("<sip:p1;lr>, <sip:p2;lr>", "BYE sip:1@10.0.0.1:5060 SIP/2.0", "<sip:p1;lr>"),
        ("<sip:p1>, <sip:p2;lr>", "BYE sip:p1 SIP/2.0", "<sip:p2;lr>"),
    ] {
        let mut world = World::fair();
        world.inject(YARD, &request("INVITE", (1, "a"), "", &format!("Record-Route: {routes}\r\n")));
        let dialog = world.incoming().dialog;
        world.command(YARD, Command::Answer { dialog, sdp: ANSWER.to_vec() });
        let ok = world.last_sent(YARD, "SIP/2.0 200").to_owned();
        assert_eq!(header(&ok, "Record-Route"), routes);
        let tag = header(&ok, "To").rsplit_once("tag=").expect("a tag").1.to_owned();
        world.inject(YARD, &request("ACK", (1, "b"), &tag, ""));
        world.command(YARD, Command::HangUp { dialog, reason: None });
        let bye = world.last_sent(YARD, "BYE").to_owned();
        assert_eq!(bye.lines().next(), Some(line), "RFC 3261 §12.2.1.1");
        assert_eq!(header(&bye, "Route"), route);
        assert_eq!(header(&bye, "CSeq"), "1 BYE");
    }
}

#[test]
fn a_second_fork_that_answers_is_acknowledged_and_ended() {
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    let dialog = world.call();
    let invite = world.last_sent(CARRIER, "INVITE").to_owned();
    let answer = |tag: &str| {
        format!(
            "SIP/2.0 200 OK\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag={tag}\r\nCall-ID: {}\r\nCSeq: 1 INVITE\r\n\
             Contact: <sip:{tag}@10.0.0.2>\r\nRecord-Route: <sip:a;lr>, <sip:b;lr>\r\n{}",
            header(&invite, "Via"),
            header(&invite, "From"),
            header(&invite, "To"),
            header(&invite, "Call-ID"),
            with_body("application/sdp", &String::from_utf8_lossy(ANSWER)),
        )
    };
    let first = world.inject(CARRIER, &answer("one"));
    assert_eq!(first.len(), 1);
    assert!(first[0].starts_with("ACK sip:one@10.0.0.2 SIP/2.0"), "{first:?}");
    assert_eq!(header(&first[0], "Route"), "<sip:b;lr>", "reversed: RFC 3261 §12.1.2");
    assert_eq!(world.inject(CARRIER, &answer("one")), first, "a copy gets the same ACK");
    let second = world.inject(CARRIER, &answer("two"));
    assert!(second[0].starts_with("ACK sip:two@10.0.0.2"), "{second:?}");
    assert!(second[1].starts_with("BYE sip:two@10.0.0.2"), "{second:?}");
    assert_eq!(header(&second[1], "CSeq"), "2 BYE");
    assert_eq!(world.next_event(CARRIER), Some(Event::Answered { dialog, answer: ANSWER.to_vec() }));
    assert_eq!(world.next_event(CARRIER), None, "the owner has one call");
    let copy = world.inject(CARRIER, &answer("two"));
    assert_eq!(copy.len(), 1, "a copy is acknowledged; its BYE is on its way: {copy:?}");
    assert!(copy[0].starts_with("ACK sip:two@10.0.0.2"), "{copy:?}");
    let answered = (0..50).filter(|fork| !world.inject(CARRIER, &answer(&format!("fork{fork}"))).is_empty()).count();
    assert_eq!(answered, sip::limits::FORKS - 1, "nobody forks that often who means well");
}

#[test]
fn an_answer_finds_another_way_when_its_connection_is_closed() {
    let sdp = with_body("application/sdp", &String::from_utf8_lossy(OFFER));
    for answered_first in [true, false] {
        let mut world = World::new(1, FAIR, Transport::Tcp);
        let came = Flow { remote: "10.0.0.1:40000".parse().expect("an address"), ..world.flow_from(YARD) };
        world.inject_by(YARD, came, &request("INVITE", (1, "a"), "", &sdp));
        let dialog = world.incoming().dialog;
        let answer = Command::Answer { dialog, sdp: ANSWER.to_vec() };
        if answered_first {
            world.command(YARD, answer.clone());
            assert_eq!(world.flows.last(), Some(&came));
        }
        world.close(YARD, came);
        world.command(YARD, answer);
        world.run(seconds(1));
        assert!(world.last_sent(YARD, "SIP/2.0").starts_with("SIP/2.0 200"));
        let new = Flow { remote: "10.0.0.1:5060".parse().expect("an address"), connection: 0, ..came };
        assert_eq!(world.flows.last(), Some(&new), "RFC 3261 §18.2.2: the source address, the port of Via");
    }
}

#[test]
fn a_phone_is_not_spoken_for_by_another_transport() {
    let mut world = World::fair();
    world.phone_instead_of_trunk("1001", "secret");
    world.call_with(Some(("1001".into(), "secret".into())));
    world.run(seconds(1));
    assert!(matches!(world.next_event(YARD), Some(Event::Rejected { .. })));
    let dialog = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog, sdp: ANSWER.to_vec() });
    world.run(seconds(1));
    let bye = world.last_sent(CARRIER, "ACK").replace("ACK", "BYE").replace("CSeq: 2 ", "CSeq: 3 ");
    let tcp = Flow { transport: Transport::Tcp, connection: 3, ..world.flow_from(YARD) };
    world.inject_by(YARD, tcp, &bye);
    assert_eq!(world.ends(YARD, dialog), [], "whoever shares its address is not the phone");
    world.inject(YARD, &bye);
    assert_eq!(world.ends(YARD, dialog).len(), 1);
}

#[test]
fn answers_that_nobody_asked_for_are_dropped() {
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    world.call();
    let invite = world.last_sent(CARRIER, "INVITE").to_owned();
    let forged = format!(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK000000000000000000001\r\nFrom: {}\r\n\
         To: <sip:x@y>;tag=1\r\nCall-ID: {}\r\nCSeq: 1 INVITE\r\n\r\n",
        header(&invite, "From"),
        header(&invite, "Call-ID"),
    );
    assert!(world.inject(CARRIER, &forged).is_empty());
    let two_vias = format!(
        "SIP/2.0 486 Busy\r\nVia: {}\r\nVia: SIP/2.0/UDP x\r\nFrom: {}\r\nTo: <sip:x@y>;tag=1\r\nCall-ID: {}\r\n\
         CSeq: 1 INVITE\r\n\r\n",
        header(&invite, "Via"),
        header(&invite, "From"),
        header(&invite, "Call-ID"),
    );
    assert!(world.inject(CARRIER, &two_vias).is_empty(), "RFC 3261 §8.1.3.3");
}

#[test]
fn what_we_do_not_support_is_named() {
    let mut world = World::fair();
    let answers = world.inject(YARD, &request("INVITE", (1, "a"), "", "Require: 100rel, geolocation, timer, gruu\r\n"));
    assert_eq!(status(&answers), "420");
    assert_eq!(header(&answers[0], "Unsupported"), "geolocation, gruu");
    let answers = world.inject(YARD, &request("INVITE", (1, "b"), "", &with_body("application/x", "y")));
    assert_eq!((status(&answers), header(&answers[0], "Accept")), ("415", "application/sdp"));
    let answers = world.inject(YARD, &request("SUBSCRIBE", (1, "c"), "", ""));
    assert_eq!(status(&answers), "405");
    assert!(header(&answers[0], "Allow").contains("INVITE"));
    assert_eq!(status(&world.inject(YARD, &request("DANCE", (1, "d"), "", ""))), "501");
    let circled = request("INVITE", (1, "e"), "", "").replace("Max-Forwards: 70", "Max-Forwards: 0");
    assert_eq!(status(&world.inject(YARD, &circled)), "483");
    let answers = world.inject(YARD, &request("OPTIONS", (1, "f"), "", ""));
    assert_eq!(status(&answers), "200");
    assert_eq!(header(&answers[0], "Accept"), "application/sdp");
    assert_eq!(world.sides[YARD].endpoint.held(), (0, 0), "none of this leaves anything behind");
}

#[test]
fn overload_refuses_new_calls_and_keeps_the_old() {
    let mut world = World::fair();
    let (dialog, tag) = answered(&mut world);
    world.command(YARD, Command::SetOverload { shedding: true });
    let other = request("INVITE", (1, "z"), "", "").replace("hand-made", "another");
    let answers = world.inject(YARD, &other);
    assert_eq!((status(&answers), header(&answers[0], "Retry-After")), ("503", "5"));
    assert_eq!(status(&world.inject(YARD, &request("BYE", (2, "c"), &tag, ""))), "200");
    assert_eq!(world.ends(YARD, dialog).len(), 1);
}

#[test]
fn strangers_get_little_and_never_more_than_they_sent() {
    let mut world = World::fair();
    let from = "203.0.113.9:5060".parse().expect("an address");
    let stranger = Flow { remote: from, ..world.flow_from(YARD) };
    let invite = request("INVITE", (1, "a"), "", &with_body("application/sdp", &String::from_utf8_lossy(OFFER)));
    for method in ["INVITE", "OPTIONS", "BYE", "SUBSCRIBE", "DANCE", "CANCEL", "ACK", "REGISTER"] {
        let text = if method == "INVITE" {
            invite.clone()
        } else {
            request(method, (1, method), "", "User-Agent: scanner\r\n")
        };
        let answers = world.inject_by(YARD, stranger, &text);
        let bytes: usize = answers.iter().map(String::len).sum();
        assert!(answers.len() <= 1, "{method}: {answers:?}");
        assert!(bytes <= text.len(), "{method}: {answers:?}");
    }
    assert_eq!(world.sides[YARD].endpoint.held(), (0, 0));
    assert!(world.sides[YARD].events.contains(&Event::Rejected { from, why: Rejection::UnknownPeer }));
    assert!(!world.sides[YARD].events.iter().any(|event| matches!(event, Event::Incoming(_))));
}

#[test]
fn a_peer_behind_a_nat_is_answered_where_it_is() {
    let mut world = World::fair();
    let nat = Flow { remote: "10.0.0.1:40000".parse().expect("an address"), ..world.flow_from(YARD) };
    let invite = request("INVITE", (1, "a"), "", "")
        .replace(";branch", ";rport;branch")
        .replace("10.0.0.1:5060>", "192.168.1.5>");
    let answers = world.inject_by(YARD, nat, &invite);
    assert!(header(&answers[0], "Via").contains("received=10.0.0.1;rport=40000"), "{answers:?}");
    let dialog = world.incoming().dialog;
    world.command(YARD, Command::Refuse { dialog, status: 404, retry_after: None, reason: None });
    // The world only carries to 10.0.0.1; the port is what counts here.
    assert_eq!(world.count(YARD, "SIP/2.0 404"), 1);
}

#[test]
fn two_trunks_behind_one_address_are_told_apart_by_port() {
    let mut world = World::fair();
    let trunk = |key, port| TrunkEntry {
        trunk: TrunkKey(key),
        sources: vec!["10.0.0.0/8".parse().expect("a network")],
        port,
        credentials: None,
    };
    let directory = Directory { trunks: vec![trunk(1, None), trunk(2, Some(5060))], ..Directory::default() };
    world.command(YARD, Command::SetDirectory(directory));
    world.inject(YARD, &request("INVITE", (1, "a"), "", ""));
    assert_eq!(world.incoming().peer, sip::Peer::Trunk(TrunkKey(2)));
}

#[test]
fn a_description_beside_other_parts_is_the_offer() {
    let mut world = World::fair();
    let body = format!(
        "--x\r\nContent-Type: application/isup\r\n\r\n..\r\n--x\r\nContent-Type: application/sdp\r\n\r\n{}\r\n--x--\r\n",
        String::from_utf8_lossy(OFFER),
    );
    world.inject(YARD, &request("INVITE", (1, "a"), "", &with_body("multipart/mixed;boundary=x", &body)));
    assert_eq!(world.incoming().offer.as_deref(), Some(OFFER));
    world.run(seconds(1));
}
