//! Transfers (RFC 3515, RFC 3891): a phone asks for them by hand-written messages, the owner
//! answers, and the phone hears how they go on.

mod world;

use sip::{Command, DialogId, EndCause, Event, TransferAnswer};
use world::{ANSWER, CARRIER, OFFER, World, YARD, header, seconds};

/// A request of the phone in the call of this name.
fn request(method: &str, call: &str, (cseq, to_tag): (u32, &str), extra: &str) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:100@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{call}{method}{cseq}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:1@10.0.0.1>;tag=tag-{call}\r\nTo: <sip:100@10.0.0.2>{tag}\r\nCall-ID: {call}\r\n\
         CSeq: {cseq} {method}\r\nContact: <sip:1@10.0.0.1:5060>\r\n{extra}\r\n"
    )
}

fn status(answers: &[String]) -> &str {
    answers.first().and_then(|text| text.split(' ').nth(1)).unwrap_or("nothing")
}

/// The next event that is not about other calls' ends.
fn incoming(world: &mut World) -> sip::IncomingCall {
    loop {
        match world.next_event(YARD) {
            Some(Event::Incoming(call)) => return *call,
            Some(_) => {}
            None => panic!("a call should have come in"),
        }
    }
}

fn sdp() -> String {
    let sdp = String::from_utf8_lossy(OFFER);
    format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
}

/// A call of the phone that is up: its dialog and our tag.
fn call(world: &mut World, name: &str) -> (DialogId, String) {
    world.inject(YARD, &request("INVITE", name, (1, ""), &sdp()));
    let dialog = incoming(world).dialog;
    world.command(YARD, Command::Answer { dialog, sdp: ANSWER.to_vec() });
    let tag = header(world.last_sent(YARD, "SIP/2.0 200"), "To").rsplit_once("tag=").expect("a tag").1.to_owned();
    world.inject(YARD, &request("ACK", name, (1, &tag), ""));
    assert!(matches!(world.next_event(YARD), Some(Event::Confirmed { .. })));
    (dialog, tag)
}

/// The phone answers our last notice; what it said.
fn hear_notice(world: &mut World) -> (String, String) {
    let notice = world.last_sent(YARD, "NOTIFY").to_owned();
    let answer = world.answer_to(YARD, "NOTIFY", "200 OK", "");
    world.inject(YARD, &answer);
    let body = notice.rsplit("\r\n\r\n").next().unwrap_or_default().trim().to_owned();
    assert_eq!(header(&notice, "Content-Type"), "message/sipfrag;version=2.0");
    (header(&notice, "Subscription-State").to_owned(), body)
}

/// The world in which the phone's own endpoint says nothing: its messages are written here.
fn world() -> World {
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    world
}

#[test]
fn a_blind_transfer_is_asked_accepted_and_told_to_its_end() {
    let mut world = world();
    let (dialog, tag) = call(&mut world, "a");
    let refer = request("REFER", "a", (2, &tag), "Refer-To: <sip:1002@yard>\r\nReferred-By: <sip:1@10.0.0.1>\r\n");
    assert!(world.inject(YARD, &refer).is_empty(), "the owner decides");
    let asked = Event::TransferAsked { dialog, target: "sip:1002@yard".into(), replaces: None };
    assert_eq!(world.next_event(YARD), Some(asked));
    world.command(YARD, Command::AnswerTransfer { dialog, answer: TransferAnswer::Accepted });
    assert_eq!(world.count(YARD, "SIP/2.0 202"), 1);
    assert_eq!(header(world.last_sent(YARD, "NOTIFY"), "Event"), "refer;id=2");
    let (state, said) = hear_notice(&mut world);
    assert_eq!((state.as_str(), said.as_str()), ("active;expires=300", "SIP/2.0 100 Trying"), "RFC 3515 §2.4.4");
    let again = request("REFER", "a", (3, &tag), "Refer-To: <sip:1003@yard>\r\n");
    assert_eq!(status(&world.inject(YARD, &again)), "491", "one at a time");
    world.command(YARD, Command::TellTransfer { dialog, status: 180 });
    assert_eq!(hear_notice(&mut world).1, "SIP/2.0 180 Ringing");
    world.command(YARD, Command::TellTransfer { dialog, status: 200 });
    let (state, said) = hear_notice(&mut world);
    assert_eq!((state.as_str(), said.as_str()), ("terminated;reason=noresource", "SIP/2.0 200 OK"));
    world.command(YARD, Command::TellTransfer { dialog, status: 486 });
    assert_eq!(world.count(YARD, "NOTIFY"), 3, "200 was the last word");
    assert_eq!(status(&world.inject(YARD, &request("BYE", "a", (4, &tag), ""))), "200");
    world.rest();
}

#[test]
fn a_transfer_that_nobody_wants_is_declined() {
    let mut world = world();
    let (dialog, tag) = call(&mut world, "a");
    world.inject(YARD, &request("REFER", "a", (2, &tag), "Refer-To: sip:1002@yard\r\n"));
    world.command(YARD, Command::AnswerTransfer { dialog, answer: TransferAnswer::Declined });
    assert_eq!(world.count(YARD, "SIP/2.0 603"), 1);
    world.inject(YARD, &request("REFER", "a", (3, &tag), "Refer-To: sip:1002@yard\r\n"));
    world.run(seconds(17));
    assert_eq!(world.count(YARD, "SIP/2.0 603"), 2, "the owner is silent");
    world.command(YARD, Command::AnswerTransfer { dialog, answer: TransferAnswer::Accepted });
    assert_eq!(world.count(YARD, "NOTIFY"), 0);
    world.inject(YARD, &request("REFER", "a", (4, &tag), "Refer-To: sip:1002@yard\r\n"));
    let answers = world.inject(YARD, &request("BYE", "a", (5, &tag), ""));
    assert_eq!(answers.iter().filter(|text| text.starts_with("SIP/2.0 487")).count(), 1, "{answers:?}");
    world.rest();
}

#[test]
fn a_transfer_without_news_is_told_to_have_failed() {
    let mut world = world();
    let (dialog, tag) = call(&mut world, "a");
    world.inject(YARD, &request("REFER", "a", (2, &tag), "Refer-To: sip:1002@yard\r\n"));
    world.command(YARD, Command::AnswerTransfer { dialog, answer: TransferAnswer::Accepted });
    hear_notice(&mut world);
    world.run(seconds(301));
    assert_eq!(hear_notice(&mut world).1, "SIP/2.0 408 Request Timeout");
}

#[test]
fn an_attended_transfer_names_the_other_call() {
    let mut world = world();
    let (first, first_tag) = call(&mut world, "a");
    let (second, second_tag) = call(&mut world, "b");
    let replaces = |tag: &str| format!("Refer-To: <sip:1002@yard?Replaces=b%3Bto-tag%3D{tag}%3Bfrom-tag%3Dtag-b>\r\n");
    assert_eq!(status(&world.inject(YARD, &request("REFER", "a", (2, &first_tag), &replaces("guess")))), "603");
    world.inject(YARD, &request("REFER", "a", (3, &first_tag), &replaces(&second_tag)));
    let asked = Event::TransferAsked { dialog: first, target: "sip:1002@yard".into(), replaces: Some(second) };
    assert_eq!(world.next_event(YARD), Some(asked));
}

#[test]
fn a_call_takes_the_place_of_another_if_it_knows_its_tags() {
    let mut world = world();
    let (first, tag) = call(&mut world, "a");
    let newcomer = |name: &str, replaces: &str| request("INVITE", name, (1, ""), &format!("{replaces}{}", sdp()));
    for (number, (replaces, expected)) in [
        (format!("Replaces: a;to-tag={tag};from-tag=guess\r\n"), "481"),
        (format!("Replaces: other;to-tag={tag};from-tag=tag-a\r\n"), "481"),
        ("Replaces: a;to-tag=x;from-tag=tag-a\r\n".to_owned(), "481"),
        (format!("Replaces: a;to-tag={tag};from-tag=tag-a;early-only\r\n"), "486"),
        ("Replaces: a;from-tag=tag-a\r\n".to_owned(), "400"),
        (format!("Replaces: a;to-tag={tag};from-tag=tag-a\r\nReplaces: b;to-tag=1;from-tag=2\r\n"), "400"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(status(&world.inject(YARD, &newcomer(&format!("n{number}"), &replaces))), expected, "{replaces}");
    }
    let replaces = format!("Require: replaces\r\nReplaces: a;from-tag=tag-a;to-tag={tag}\r\n");
    assert_eq!(status(&world.inject(YARD, &newcomer("c", &replaces))), "100");
    let call = incoming(&mut world);
    assert_eq!(call.replaces, Some(first), "RFC 3891 §3");
    world.command(YARD, Command::Answer { dialog: call.dialog, sdp: ANSWER.to_vec() });
    world.command(YARD, Command::HangUp { dialog: first, reason: None });
    assert_eq!(world.ends(YARD, first), [EndCause::Local]);
    assert_eq!(world.count(YARD, "BYE"), 1);
}

#[test]
fn nobody_is_transferred_who_has_no_call() {
    let mut world = world();
    assert_eq!(status(&world.inject(YARD, &request("REFER", "x", (1, ""), "Refer-To: sip:1002@yard\r\n"))), "403");
    world.inject(YARD, &request("INVITE", "a", (1, ""), &sdp()));
    let dialog = incoming(&mut world).dialog;
    world.command(YARD, Command::Ring { dialog, status: 180, sdp: None });
    let tag = header(world.last_sent(YARD, "SIP/2.0 180"), "To").rsplit_once("tag=").expect("a tag").1.to_owned();
    assert_eq!(status(&world.inject(YARD, &request("REFER", "a", (2, &tag), "Refer-To: sip:1@yard\r\n"))), "403");
    assert_eq!(status(&world.inject(YARD, &request("NOTIFY", "a", (3, &tag), "Event: dialog\r\n"))), "489");
    assert_eq!(status(&world.inject(YARD, &request("SUBSCRIBE", "y", (1, ""), "Event: dialog\r\n"))), "405");
    assert_eq!(world.count(CARRIER, "BYE"), 0);
}
