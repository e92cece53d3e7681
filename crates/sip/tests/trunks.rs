//! Carriers: how they prove who they are, and how we prove it to them.

mod world;

use sip::{
    Command, DialogId, Directory, EndCause, Event, Peer, PhoneEntry, PhoneKey, Rejection, TrunkCredentials, TrunkEntry,
    TrunkKey,
};
use world::{ANSWER, CARRIER, OFFER, World, YARD, header, seconds};

const TRUNK: TrunkKey = TrunkKey(3);

fn account(password: &str) -> Option<(String, String)> {
    Some(("carrier".into(), password.into()))
}

/// Our side knows the carrier by its password, and by its source if one is given.
fn yard(source: Option<&str>) -> World {
    let mut world = World::fair();
    let credentials =
        TrunkCredentials { user: "carrier".into(), realm: "callyard".into(), password: "tell nobody".into() };
    let sources = source.map(|net| net.parse().expect("a network")).into_iter().collect();
    let trunk = TrunkEntry { trunk: TRUNK, sources, port: None, credentials: Some(credentials) };
    let phone =
        PhoneEntry { phone: PhoneKey(9), user: "1001".into(), realm: "callyard".into(), password: "secret".into() };
    assert!(!format!("{trunk:?} {phone:?}").contains("nobody"));
    world.command(
        YARD,
        Command::SetDirectory(Directory { trunks: vec![trunk], phones: vec![phone], ..Directory::default() }),
    );
    world
}

fn refused(world: &World, dialog: DialogId) -> Option<u16> {
    world.ends(CARRIER, dialog).iter().find_map(|cause| match cause {
        EndCause::Refused { status, .. } => Some(*status),
        _ => None,
    })
}

#[test]
fn a_trunk_is_known_by_its_password_wherever_it_is() {
    for source in [None, Some("10.0.0.0/24")] {
        let mut world = yard(source);
        world.call_with(account("tell nobody"));
        world.run(seconds(1));
        assert_eq!(world.count(YARD, "SIP/2.0 407"), 1);
        let call = world.sides[YARD].events.iter().find_map(|event| match event {
            Event::Incoming(call) => Some(call.clone()),
            _ => None,
        });
        let call = call.expect("a call");
        assert_eq!((call.peer, call.caller.as_str()), (Peer::Trunk(TRUNK), "13800000000"));
        world.command(YARD, Command::Refuse { dialog: call.dialog, status: 486, retry_after: None, reason: None });
        world.rest();
    }
}

#[test]
fn the_source_alone_is_not_enough_for_a_trunk_with_a_password() {
    let mut world = yard(Some("10.0.0.1/32"));
    let silent = world.call();
    let wrong = world.call_with(account("guess"));
    let phone = world.call_with(Some(("1001".into(), "secret".into())));
    world.run(seconds(2));
    assert_eq!([silent, wrong, phone].map(|dialog| refused(&world, dialog)), [Some(407), Some(407), Some(403)]);
    assert!(!world.sides[YARD].events.iter().any(|event| matches!(event, Event::Incoming(_))));
    let bad = world.sides[YARD]
        .events
        .iter()
        .filter(|event| matches!(event, Event::Rejected { why: Rejection::BadCredentials, .. }));
    assert_eq!(bad.count(), 2, "a guess, and a phone that speaks for a trunk");
}

#[test]
fn the_password_alone_is_not_enough_for_a_trunk_with_a_source() {
    let mut world = yard(Some("192.0.2.0/24"));
    let elsewhere = world.call_with(account("tell nobody"));
    world.run(seconds(2));
    assert_eq!(refused(&world, elsewhere), Some(403));
}

/// The carrier, which proved itself in its INVITE, has its later requests refused.
fn answered_with_proof(world: &mut World) -> DialogId {
    let theirs = world.call_with(account("tell nobody"));
    world.run(seconds(1));
    let incoming = world.sides[YARD].events.iter().find_map(|event| match event {
        Event::Incoming(call) => Some(call.dialog),
        _ => None,
    });
    world.command(YARD, Command::Answer { dialog: incoming.expect("a call"), sdp: ANSWER.to_vec() });
    world.run(seconds(1));
    theirs
}

fn challenge(request: &str, line: &str) -> String {
    format!(
        "SIP/2.0 {}\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {}\r\n{line}\r\n\r\n",
        if line.starts_with("Proxy") { "407 Prove" } else { "401 Prove" },
        header(request, "Via"),
        header(request, "From"),
        header(request, "To"),
        header(request, "Call-ID"),
        header(request, "CSeq"),
    )
}

#[test]
fn every_request_of_a_call_carries_the_proof_and_counts_its_nonce() {
    let mut world = yard(None);
    let theirs = answered_with_proof(&mut world);
    let proof = |world: &World, start: &str| header(world.last_sent(CARRIER, start), "Proxy-Authorization").to_owned();
    assert!(proof(&world, "INVITE").contains("nc=00000001"));
    assert_eq!(proof(&world, "ACK"), proof(&world, "INVITE"), "RFC 3261 §13.2.2.4");
    world.command(CARRIER, Command::Offer { dialog: theirs, sdp: OFFER.to_vec() });
    assert!(proof(&world, "INVITE").contains("nc=00000002"), "RFC 7616 §3.4");
    world.run(seconds(20));
    world.swallow = Box::new(|_, text| text.starts_with("BYE"));
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    let bye = world.last_sent(CARRIER, "BYE").to_owned();
    assert!(proof(&world, "BYE").contains("nc=00000003"));
    let ask = "Proxy-Authenticate: Digest realm=\"callyard\",nonce=\"new\",algorithm=SHA-512-256,qop=\"auth\"";
    let again = world.inject(CARRIER, &challenge(&bye, ask));
    assert_eq!(again.len(), 1, "a BYE is proven too: {again:?}");
    assert!(header(&again[0], "Proxy-Authorization").contains("nonce=\"new\""));
    assert_eq!(header(&again[0], "CSeq"), "5 BYE", "RFC 3261 §22.2: the next sequence number");
    let stale = world.inject(CARRIER, &challenge(&again[0], &format!("{ask},stale=true")));
    assert_eq!(stale.len(), 1);
    assert!(world.inject(CARRIER, &challenge(&stale[0], &format!("{ask},stale=true"))).is_empty(), "two tries");
    assert_eq!(world.sides[CARRIER].endpoint.held().0, 0, "the call is over all the same");
}

#[test]
fn nobody_collects_proofs_by_refusing_our_bye() {
    let mut world = World::fair();
    let theirs = world.call_with(account("tell nobody"));
    world.run(seconds(1));
    let dialog = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog, sdp: ANSWER.to_vec() });
    world.run(seconds(1));
    world.swallow = Box::new(|_, _| true);
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    let bye = world.last_sent(CARRIER, "BYE").to_owned();
    let ask = "WWW-Authenticate: Digest realm=\"thief\",nonce=\"n\"";
    assert!(world.inject(CARRIER, &challenge(&bye, ask)).is_empty(), "the INVITE was not asked for a proof");
}
