//! Calls that agents make: answered, refused in every way, given up, and cut
//! off by a lost page or a node that dies.

use crate::stage::{Stage, check, check_after, check_with, settings};
use expect_test::expect;

/// Alice calls a customer whose telephone rings.
const ALICE_DIALS: &str = "
    alice signs in
    alice calls 0086-138-0013-8000
    X rings
";

#[test]
fn an_agent_calls_a_customer_who_answers() {
    check(
        "
            alice signs in
            alice calls +8613800138000
            wait 2
            X rings
            X rings
            wait 5
            X answers
            wait 60
            alice remarks sold
            X hangs up
            wait 10
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    X: alice calls 008613800138000
            0.0        trunk 1 calls 013800138000 as 0086075512345678
            0.0        alice dials
            2.0    X: rings
            2.0        the agent hears RingBack
            7.0    X: answered by the other side
            7.0        the tone stops
            7.0        both hear each other
            7.0    X: recording
            7.0        alice talks
            67.0   X: remark: sold
            67.0   X: recorded
            67.0   X: ended by User, 1 ok
            67.0   X: RECORD ok waited - rang 5s talked 60s keys [] agents [alice ok]
            67.0   X is let go
            67.0       alice writes up
            77.0       alice is ready
        "#]],
    );
}

#[test]
fn a_customer_with_early_media_is_heard_before_the_answer() {
    check(
        "
            alice signs in
            alice calls 13800138000
            X rings
            X sounds
            X rings
            wait 3
            X answers
            alice hangs up
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        alice dials
            0.0    X: rings
            0.0        the agent hears RingBack
            0.0        the tone stops
            0.0        both hear each other
            3.0    X: answered by the other side
            3.0    X: recording
            3.0        alice talks
            3.0    X: recorded
            3.0    X: ended by Seat, 1 ok
            3.0    X: RECORD ok waited - rang 3s talked 0s keys [] agents [alice ok]
            3.0    X is let go
            3.0        alice writes up
        "#]],
    );
}

#[test]
fn every_refusal_has_its_end_status() {
    let mut ends = String::new();
    for refusal in [
        "X refuses 486",
        "X refuses 603",
        "X refuses 480 Q.850;19",
        "X refuses 480",
        "X refuses 404",
        "X refuses 484",
        "X refuses 403",
        "X refuses 402",
        "X refuses 500",
        "X refuses 503 Q.850;38",
        "X cannot be reached",
        "X vanishes",
        "wait 91",
        "alice hangs up",
        "alice signs out",
        "boss ends X",
        "node stops",
    ] {
        let noticed = Stage::new(settings()).after(ALICE_DIALS).noticed_in(refusal);
        let ended = noticed.lines().find(|line| line.contains("ended by")).expect("an end");
        let after = noticed.lines().rfind(|line| line.contains("alice is")).unwrap_or_default();
        ends.push_str(&format!(
            "{refusal:<24} {} → {}\n",
            &ended[10..],
            after.trim_start_matches(|c: char| !c.is_alphabetic())
        ));
    }
    expect![[r#"
        X refuses 486            ended by User, 206 busy, SIP;486 → alice is ready
        X refuses 603            ended by User, 203 userReject, SIP;603 → alice is ready
        X refuses 480 Q.850;19   ended by System, 202 notAnswer, Q.850;19 → alice is ready
        X refuses 480            ended by System, 204 powerOff, SIP;480 → alice is ready
        X refuses 404            ended by System, 205 numberNotExist, SIP;404 → alice is ready
        X refuses 484            ended by System, 215 numberInvalid, SIP;484 → alice is ready
        X refuses 403            ended by System, 212 carrierBlocked, SIP;403 → alice is ready
        X refuses 402            ended by System, 207 outOfCredit, SIP;402 → alice is ready
        X refuses 500            ended by System, 208 operatorError, SIP;500 → alice is ready
        X refuses 503 Q.850;38   ended by System, 208 operatorError, Q.850;38 → alice is ready
        X cannot be reached      ended by System, 208 operatorError, trunk.unreachable → alice is ready
        X vanishes               ended by System, 208 operatorError, trunk.unreachable → alice is ready
        wait 91                  ended by System, 202 notAnswer, call.not_answered → alice is ready
        alice hangs up           ended by Seat, 220 callerCancelWhileRing → alice is ready
        alice signs out          ended by Seat, 220 callerCancelWhileRing → alice is signed out
        boss ends X              ended by System, 0 error, call.ended_from_outside → alice is ready
        node stops               ended by System, 0 error, node.stopped → alice is ready
    "#]]
    .assert_eq(&ends);
}

#[test]
fn who_gives_up_before_it_rings_cancels() {
    check_after(
        "
            alice signs in
            alice is not ready
            alice calls 13800138000
        ",
        "
            wait 3
            alice hangs up
            X rings
            X answers
        ",
        expect![[r#"
            3.0    X: ended by Seat, 209 callerCancel
            3.0    X: RECORD callerCancel waited - rang - talked - keys [] agents [alice callerCancel]
            3.0    X is let go
            3.0        alice is away (not_ready)
        "#]],
    );
}

#[test]
fn a_call_from_wrap_up_that_nobody_answers_leads_back_to_it() {
    check_after(
        crate::stage::TALKS_WITH_ALICE,
        "
            A hangs up
            alice calls 13800138000
            wait 4
            X refuses 486
            alice remarks nice
            wait 6
        ",
        expect![[r#"
            0.0    A: recorded
            0.0    A: ended by User, 1 ok
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok]
            0.0    A is let go
            0.0        alice writes up
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        alice dials
            4.0        the agent hears Busy
            4.0    X: ended by User, 206 busy, SIP;486
            4.0    X: RECORD busy waited - rang - talked - keys [] agents [alice busy]
            4.0    X is let go
            4.0        alice writes up
            4.0    A: remark: nice
            4.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok]
            10.0       alice is ready
        "#]],
    );
}

#[test]
fn calls_that_may_not_be_made_are_refused() {
    check(
        "
            alice calls 13800138000
            alice opens page
            alice is ready
            alice calls 13800138000
            alice signs in
            alice calls nobody
            alice calls 12
            alice calls +442079460958
            alice calls 13800138000 as 4001
            alice calls 13800138000 as 555
            carol signs in
            carol calls 13800138000
            alice calls 13800138000
            alice calls 13800138000 again
            alice calls 13800138000
            alice is ready
            alice mutes
        ",
        expect![[r#"
            0.0        refused: desk.signed_out
            0.0        alice is signed out
            0.0        alice is ready
            0.0        refused: desk.no_sound_path
            0.0        refused: call.bad_number
            0.0        refused: call.bad_number
            0.0        refused: call.outside_not_allowed
            0.0        refused: call.number_not_yours
            0.0        refused: call.number_not_yours
            0.0        carol is signed out
            0.0        carol is ready
            0.0        refused: call.no_number_to_show
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        alice dials
            0.0        refused: desk.busy
            0.0        refused: desk.busy
            0.0        refused: desk.not_in_call
        "#]],
    );
}

#[test]
fn a_call_out_is_refused_while_a_desk_rings_or_the_node_drains() {
    check_after(
        crate::stage::RINGS_AT_ALICE,
        "
            alice calls 13800138000
            alice accepts
            alice calls 13800138000
            node drains
            bob signs in
            bob calls 13800138000
        ",
        expect![[r#"
            0.0        refused: desk.busy
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            0.0        refused: desk.busy
            0.0        bob is signed out
            0.0        bob is ready
            0.0        refused: node.draining
        "#]],
    );
}

#[test]
fn a_trunk_has_its_limits_both_ways() {
    let mut narrow = settings();
    let trunk = narrow.trunks.values_mut().next().expect("a trunk");
    trunk.max_calls = Some(1);
    check_with(
        narrow.clone(),
        "
            alice signs in
            A calls
            alice calls 13800138000
            A hangs up
            alice calls 13800138000
            B calls
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0        refused: limit.calls
            0.0    A: ended by User, 102 ivrGiveUp
            0.0    A: RECORD ivrGiveUp waited - rang - talked - keys [] agents []
            0.0    A is let go
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        alice dials
            0.0    B is let go (limit.calls)
        "#]],
    );
    let trunk = narrow.trunks.values_mut().next().expect("a trunk");
    (trunk.max_calls, trunk.rules.max_calls_per_second) = (None, Some(1));
    check_with(
        narrow,
        "
            alice signs in
            A calls
            alice calls 13800138000
            wait 1
            alice calls 13800138000
            B calls
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0        refused: limit.calls_per_second
            1.0    X: alice calls 13800138000
            1.0        trunk 1 calls 13800138000 as 0086075512345678
            1.0        alice dials
            1.0    B is let go (limit.calls_per_second)
        "#]],
    );
}

#[test]
fn a_trunk_without_a_gateway_makes_no_calls() {
    let mut settings = settings();
    settings.trunks.values_mut().for_each(|trunk| trunk.outward = None);
    check_with(
        settings,
        "
            alice signs in
            alice calls 13800138000
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        refused: call.no_way_out
        "#]],
    );
}

#[test]
fn a_number_is_rewritten_before_it_is_looked_up() {
    let mut settings = settings();
    let rule = centre::settings::Rewrite { prefix: "7788".into(), replacement: "+86755".into() };
    settings.trunks.values_mut().for_each(|trunk| trunk.rules.inward_rewrites = vec![rule.clone()]);
    check_with(
        settings,
        "
            A calls 778812345678
            A hangs up
        ",
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: ended by User, 102 ivrGiveUp
            0.0    A: RECORD ivrGiveUp waited - rang - talked - keys [] agents []
            0.0    A is let go
        "#]],
    );
}

#[test]
fn a_page_that_is_lost_while_dialling_leaves_nothing_behind() {
    check_after(
        ALICE_DIALS,
        "
            alice loses page
            wait 31
        ",
        expect![[r#"
            30.0       the tone stops
            30.0   X: ended by System, 211 clientError, desk.page_lost
            30.0   X: RECORD clientError waited - rang - talked - keys [] agents [alice clientError]
            30.0   X is let go (desk.page_lost)
        "#]],
    );
    check_after(
        ALICE_DIALS,
        "
            alice loses sound
            X answers
        ",
        expect![[r#"
            0.0    X: ended by System, 211 clientError, desk.page_lost
            0.0    X: RECORD clientError waited - rang - talked - keys [] agents [alice clientError]
            0.0    X is let go (desk.page_lost)
            0.0        alice is ready
        "#]],
    );
    check_after(
        ALICE_DIALS,
        "
            alice loses page
            alice signs in
            X answers
        ",
        expect![[r#"
            0.0        the tone stops
            0.0    X: ended by System, 211 clientError, desk.page_lost
            0.0    X: RECORD clientError waited - rang - talked - keys [] agents [alice clientError]
            0.0    X is let go (desk.page_lost)
            0.0        alice is ready
        "#]],
    );
}

#[test]
fn an_agent_who_is_dismissed_while_dialling_goes_at_once() {
    check_after(
        ALICE_DIALS,
        "settings without alice",
        expect![[r#"
        0.0        the tone stops
        0.0    X: ended by Seat, 220 callerCancelWhileRing
        0.0    X: RECORD callerCancelWhileRing waited - rang - talked - keys [] agents [alice callerCancelWhileRing]
        0.0    X is let go
    "#]],
    );
}

#[test]
fn a_node_that_dies_ends_a_call_out_once() {
    check_after(
        ALICE_DIALS,
        "
            node was down 5
            wait 20
        ",
        expect![[r#"
            5.0    the node starts again
            5.0    X: ended by System, 0 error, node.restarted
            5.0    X: RECORD error waited - rang - talked - keys [] agents [alice error]
        "#]],
    );
}
