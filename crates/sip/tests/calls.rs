//! Calls between two endpoints, told as stories: what each side hears, and what may be
//! left when it is over (nothing).

mod world;

use sip::{Command, EndCause, Event, ReasonHeader, Transport};
use std::time::Duration;
use world::{ANSWER, CARRIER, FAIR, OFFER, Weather, World, YARD, header, seconds};

fn reason() -> Option<ReasonHeader> {
    Some(ReasonHeader { protocol: "Q.850".into(), cause: Some(16), text: Some("Normal call clearing".into()) })
}

#[test]
fn a_call_rings_is_answered_and_is_hung_up_by_us() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut world = World::new(1, FAIR, transport);
        let theirs = world.call();
        world.run(seconds(1));
        let call = world.incoming();
        assert_eq!(call.called, "0086075512345678");
        assert_eq!(call.caller, "13800000000");
        assert_eq!(call.caller_name.as_deref(), Some("Li \"Lei\""));
        assert_eq!(call.user_to_user.as_deref(), Some("00c0ffee;encoding=hex"));
        assert_eq!(call.offer.as_deref(), Some(OFFER));
        let ours = call.dialog;
        world.command(YARD, Command::Ring { dialog: ours, status: 183, sdp: Some(ANSWER.to_vec()) });
        world.run(seconds(1));
        let early = Event::Progress { dialog: theirs, status: 183, answer: Some(ANSWER.to_vec()) };
        assert_eq!(world.next_event(CARRIER), Some(early));
        world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
        world.run(seconds(1));
        assert_eq!(world.next_event(CARRIER), Some(Event::Answered { dialog: theirs, answer: ANSWER.to_vec() }));
        assert_eq!(world.next_event(YARD), Some(Event::Confirmed { dialog: ours, answer: None }));
        world.run(seconds(120));
        world.command(YARD, Command::HangUp { dialog: ours, reason: reason() });
        assert_eq!(world.next_event(YARD), Some(Event::Ended { dialog: ours, cause: EndCause::Local }));
        world.run(seconds(1));
        let bye = Event::Ended { dialog: theirs, cause: EndCause::Bye { reason: reason() } };
        assert_eq!(world.next_event(CARRIER), Some(bye));
        assert_eq!(world.count(CARRIER, "INVITE"), 1, "a fair network needs no copies");
        assert_eq!(world.count(CARRIER, "ACK"), 1);
        world.rest();
    }
}

#[test]
fn the_caller_hangs_up() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.run(seconds(1));
    assert_eq!(world.next_event(YARD), Some(Event::Ended { dialog: ours, cause: EndCause::Bye { reason: None } }));
    world.rest();
}

#[test]
fn a_refused_call_says_why() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(1));
    let dialog = world.incoming().dialog;
    world.command(YARD, Command::Refuse { dialog, status: 486, retry_after: Some(30), reason: reason() });
    world.run(seconds(1));
    let cause = EndCause::Refused { status: 486, reason: reason() };
    assert_eq!(world.next_event(CARRIER), Some(Event::Ended { dialog: theirs, cause }));
    assert_eq!(world.next_event(YARD), Some(Event::Ended { dialog, cause: EndCause::Local }));
    let refusal = world.last_sent(YARD, "SIP/2.0 486").to_owned();
    assert_eq!(header(&refusal, "Retry-After"), "30");
    // The ACK carries the tag of the refusal and the branch of the INVITE.
    let ack = world.last_sent(CARRIER, "ACK").to_owned();
    assert_eq!(header(&ack, "To"), header(&refusal, "To"));
    assert_eq!(header(&ack, "Via"), header(world.last_sent(CARRIER, "INVITE"), "Via"));
    world.rest();
}

#[test]
fn a_ringing_call_is_cancelled() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.command(YARD, Command::Ring { dialog: ours, status: 180, sdp: None });
    world.run(seconds(5));
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: reason() });
    world.run(seconds(1));
    let cause = EndCause::Cancelled { reason: reason() };
    assert_eq!(world.next_event(YARD), Some(Event::Ended { dialog: ours, cause }));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Local]);
    assert_eq!(world.count(YARD, "SIP/2.0 487"), 1);
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    assert_eq!(world.count(YARD, "SIP/2.0 200 OK"), 1, "only the CANCEL was answered 200");
    world.rest();
}

#[test]
fn cancel_waits_for_the_first_provisional_answer() {
    let mut world = World::fair();
    let mut dropped = 0;
    world.swallow = Box::new(move |side, text| {
        let trying = side == YARD && text.starts_with("SIP/2.0 100");
        dropped += usize::from(trying);
        trying && dropped <= 2
    });
    let theirs = world.call();
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.run(Duration::from_millis(100));
    assert_eq!(world.count(CARRIER, "CANCEL"), 0, "RFC 3261 §9.1");
    world.run(seconds(3));
    let ours = world.incoming().dialog;
    assert_eq!(world.ends(YARD, ours), [EndCause::Cancelled { reason: None }]);
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Local]);
    world.rest();
}

#[test]
fn an_answer_that_crosses_a_cancel_is_acknowledged_and_ended() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.run(seconds(1));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Local]);
    assert_eq!(world.next_event(YARD), Some(Event::Confirmed { dialog: ours, answer: None }));
    assert_eq!(world.next_event(YARD), Some(Event::Ended { dialog: ours, cause: EndCause::Bye { reason: None } }));
    assert_eq!(world.count(CARRIER, "CANCEL"), 1);
    assert_eq!(world.count(CARRIER, "BYE"), 1);
    world.rest();
}

#[test]
fn a_lost_ack_is_sent_again_for_every_copy_of_the_200() {
    let mut world = World::fair();
    let mut lost = 0;
    world.swallow = Box::new(move |_, text| {
        let ack = text.starts_with("ACK");
        lost += usize::from(ack);
        ack && lost <= 3
    });
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    world.run(seconds(10));
    assert_eq!(world.next_event(YARD), Some(Event::Confirmed { dialog: ours, answer: None }));
    assert_eq!(world.count(CARRIER, "ACK"), 4);
    assert_eq!(world.ends(CARRIER, theirs), []);
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.rest();
}

#[test]
fn an_answer_that_nobody_acknowledges_ends_after_32_seconds() {
    let mut world = World::fair();
    world.swallow = Box::new(|_, text| text.starts_with("ACK"));
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    world.run(seconds(31));
    assert_eq!(world.ends(YARD, ours), []);
    world.run(seconds(2));
    assert_eq!(world.ends(YARD, ours), [EndCause::NoAck]);
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Bye { reason: None }], "RFC 3261 §13.3.1.4: BYE");
    // 0.5, 1, 2, 4, 4 … seconds apart.
    assert_eq!(world.count(YARD, "SIP/2.0 200"), 11);
    world.rest();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut world = World::fair();
    world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    assert_eq!(world.count(YARD, "BYE"), 0, "RFC 3261 §15");
    world.run(seconds(1));
    assert_eq!(world.count(YARD, "BYE"), 1);
    assert_eq!(world.ends(YARD, ours), [EndCause::Local]);
    world.rest();
}

#[test]
fn a_dead_peer_times_out() {
    let mut world = World::fair();
    world.swallow = Box::new(|_, _| true);
    let theirs = world.call();
    world.run(seconds(40));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Timeout]);
    assert_eq!(world.count(CARRIER, "INVITE"), 7, "timer A: 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s");
    world.rest();
}

#[test]
fn a_phone_may_ring_longer_than_timer_b() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(1));
    let ours = world.incoming().dialog;
    world.command(YARD, Command::Ring { dialog: ours, status: 180, sdp: None });
    world.run(seconds(150));
    assert_eq!(world.ends(CARRIER, theirs), []);
    assert_eq!(world.count(YARD, "SIP/2.0 180"), 3, "repeated every minute: RFC 3261 §13.3.1.1");
    world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
    world.run(seconds(1));
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    world.rest();
}

#[test]
fn a_call_without_end_is_given_up_by_its_limit() {
    let mut world = World::fair();
    let theirs = world.call();
    world.run(seconds(310));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Timeout]);
    let ours = world.incoming().dialog;
    assert_eq!(world.ends(YARD, ours), [EndCause::Cancelled { reason: None }]);
    world.rest();
}

#[test]
fn an_unreachable_peer_is_told_at_once() {
    let mut world = World::new(1, FAIR, Transport::Tcp);
    let theirs = world.call();
    let flow = world.flow_from(CARRIER);
    let now = world.now;
    world.sides[CARRIER].endpoint.flow_closed(flow, now);
    world.run(seconds(1));
    assert_eq!(world.ends(CARRIER, theirs), [EndCause::Unreachable]);
}

#[test]
fn a_caller_who_is_there_is_not_disturbed_by_our_asking() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut world = World::new(1, FAIR, transport);
        let (theirs, ours) = world.talking();
        for _ in 0..3 {
            world.command(YARD, Command::Probe { dialog: ours });
            world.command(YARD, Command::Probe { dialog: ours });
            world.run(seconds(40));
        }
        assert_eq!(world.count(YARD, "OPTIONS"), 3, "one question at a time");
        assert_eq!((world.next_event(YARD), world.next_event(CARRIER)), (None, None));
        world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
        world.rest();
    }
}

#[test]
fn a_caller_who_vanished_is_noticed_when_we_ask() {
    let mut world = World::fair();
    let (_, ours) = world.talking();
    world.swallow = Box::new(|_, _| true);
    world.command(YARD, Command::Probe { dialog: ours });
    world.run(seconds(33));
    assert_eq!(world.ends(YARD, ours), [EndCause::Timeout]);
    assert_eq!(world.count(YARD, "BYE"), 2, "it is tried all the same: at once and 0.5 s later");
}

#[test]
fn a_peer_that_forgot_the_call_is_noticed_when_we_ask() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.swallow = Box::new(|_, text| text.starts_with("BYE"));
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.run(seconds(60));
    world.command(YARD, Command::Probe { dialog: ours });
    world.run(seconds(1));
    assert_eq!(world.ends(YARD, ours), [EndCause::Refused { status: 481, reason: None }], "RFC 5057 §5.1");
    world.rest();
}

#[test]
fn a_closed_connection_is_no_proof_that_the_caller_is_gone() {
    let mut world = World::new(1, FAIR, Transport::Tcp);
    let (theirs, ours) = world.talking();
    world.swallow = Box::new(|_, text| text.starts_with("OPTIONS"));
    world.command(YARD, Command::Probe { dialog: ours });
    world.swallow = Box::new(|_, _| false);
    let gone = world.flow_from(YARD);
    world.close(YARD, gone);
    world.run(seconds(1));
    assert_eq!(world.count(YARD, "OPTIONS"), 2, "asked again by a new connection");
    assert_eq!(world.ends(YARD, ours), []);
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.rest();
}

#[test]
fn a_call_that_ends_during_our_offer_leaves_nothing_behind() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.command(YARD, Command::Offer { dialog: ours, sdp: OFFER.to_vec() });
    world.run(seconds(1));
    world.swallow = Box::new(|_, text| text.starts_with("SIP/2.0 487") && text.contains("INVITE"));
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.run(seconds(1));
    assert_eq!(world.ends(YARD, ours), [EndCause::Bye { reason: None }]);
    world.rest();
}

#[test]
fn a_bye_is_not_followed_by_copies_of_an_older_answer() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.command(CARRIER, Command::Offer { dialog: theirs, sdp: OFFER.to_vec() });
    world.run(seconds(1));
    world.swallow = Box::new(|side, _| side == CARRIER);
    world.command(YARD, Command::AnswerOffer { dialog: ours, sdp: Some(ANSWER.to_vec()) });
    let before = world.count(YARD, "SIP/2.0 200");
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    // The carrier, which has the BYE, answers it in vain.
    world.run(seconds(20));
    assert_eq!(world.count(YARD, "SIP/2.0 200"), before);
    world.rest();
}

#[test]
fn the_media_is_renegotiated_by_either_side() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    let sides = [(CARRIER, theirs, YARD, ours), (YARD, ours, CARRIER, theirs), (CARRIER, theirs, YARD, ours)];
    for (asker, asking, answerer, answering) in sides {
        world.command(asker, Command::Offer { dialog: asking, sdp: OFFER.to_vec() });
        world.run(seconds(1));
        let offered = Event::Offered { dialog: answering, offer: Some(OFFER.to_vec()) };
        assert_eq!(world.next_event(answerer), Some(offered));
        world.command(answerer, Command::AnswerOffer { dialog: answering, sdp: Some(ANSWER.to_vec()) });
        world.run(seconds(1));
        let answered = Event::OfferAnswered { dialog: asking, answer: Some(ANSWER.to_vec()) };
        assert_eq!(world.next_event(asker), Some(answered));
    }
    world.command(CARRIER, Command::Offer { dialog: theirs, sdp: OFFER.to_vec() });
    world.run(seconds(1));
    assert!(world.next_event(YARD).is_some());
    world.command(YARD, Command::AnswerOffer { dialog: ours, sdp: None });
    world.run(seconds(1));
    assert_eq!(world.next_event(CARRIER), Some(Event::OfferAnswered { dialog: theirs, answer: None }));
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    world.rest();
}

#[test]
fn an_offer_that_the_owner_ignores_is_refused_for_it() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.command(CARRIER, Command::Offer { dialog: theirs, sdp: OFFER.to_vec() });
    world.run(seconds(20));
    assert_eq!(world.next_event(CARRIER), Some(Event::OfferAnswered { dialog: theirs, answer: None }));
    world.command(YARD, Command::AnswerOffer { dialog: ours, sdp: Some(ANSWER.to_vec()) });
    world.command(YARD, Command::HangUp { dialog: ours, reason: None });
    world.rest();
}

#[test]
fn offers_that_cross_are_both_answered_in_the_end() {
    let mut world = World::fair();
    let (theirs, ours) = world.talking();
    world.command(CARRIER, Command::Offer { dialog: theirs, sdp: OFFER.to_vec() });
    world.command(YARD, Command::Offer { dialog: ours, sdp: ANSWER.to_vec() });
    let mut answered = 0;
    for _ in 0..100 {
        world.run(Duration::from_millis(100));
        for (side, dialog) in [(CARRIER, theirs), (YARD, ours)] {
            match world.next_event(side) {
                Some(Event::Offered { .. }) => {
                    world.command(side, Command::AnswerOffer { dialog, sdp: Some(ANSWER.to_vec()) });
                }
                Some(Event::OfferAnswered { answer, .. }) => answered += usize::from(answer.is_some()),
                Some(other) => panic!("{other:?}"),
                None => {}
            }
        }
    }
    assert_eq!(world.count(CARRIER, "SIP/2.0 491") + world.count(YARD, "SIP/2.0 491"), 2, "RFC 3261 §14.2");
    assert_eq!(answered, 2);
    world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
    world.rest();
}

/// Whatever the network does, both sides agree in the end, every call ends once, and nothing
/// is kept.
#[test]
fn calls_survive_bad_weather() {
    for seed in 0..150 {
        let weather = Weather { loss: 25, copies: 10, jitter_ms: 400 };
        let mut world = World::new(seed, weather, Transport::Udp);
        let theirs = world.call();
        world.run(seconds(20));
        let Some(Event::Incoming(call)) = world.next_event(YARD) else {
            world.rest();
            assert_eq!(world.ends(CARRIER, theirs).len(), 1, "seed {seed}");
            continue;
        };
        let ours = call.dialog;
        world.command(YARD, Command::Ring { dialog: ours, status: 180, sdp: None });
        world.run(seconds(3));
        match seed % 4 {
            0 => world.command(YARD, Command::Refuse { dialog: ours, status: 486, retry_after: None, reason: None }),
            1 => world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None }),
            2 => {
                world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
                world.command(CARRIER, Command::HangUp { dialog: theirs, reason: None });
            }
            _ => {
                world.command(YARD, Command::Answer { dialog: ours, sdp: ANSWER.to_vec() });
                world.run(seconds(40));
                world.command(CARRIER, Command::Offer { dialog: theirs, sdp: OFFER.to_vec() });
                world.run(seconds(2));
                world.command(YARD, Command::AnswerOffer { dialog: ours, sdp: Some(ANSWER.to_vec()) });
                world.run(seconds(40));
                world.command(YARD, Command::HangUp { dialog: ours, reason: None });
            }
        }
        world.run(seconds(120));
        // A BYE that was lost in all of its copies leaves the other side up: that is what the
        // owner's media time-out is for.
        for (side, dialog) in [(CARRIER, theirs), (YARD, ours)] {
            if world.ends(side, dialog).is_empty() {
                world.command(side, Command::HangUp { dialog, reason: None });
            }
        }
        world.rest();
        assert_eq!(world.ends(CARRIER, theirs).len(), 1, "seed {seed}");
        assert_eq!(world.ends(YARD, ours).len(), 1, "seed {seed}");
    }
}
