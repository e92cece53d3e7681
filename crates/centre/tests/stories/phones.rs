//! Telephones: calls to outside and from extension to extension, and how an
//! agent's state follows the agent's telephone.

use crate::stage::{check, check_after};
use expect_test::expect;

#[test]
fn an_agents_telephone_calls_outside_and_the_agents_state_follows() {
    check(
        "
            alice signs in
            phone 71 calls 13800138000
            X rings
            wait 4
            X answers
            alice loses sound
            wait 40
            phone 71 hangs up
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        alice dials
            0.0    X: rings
            0.0        phone 71 is told: rings true, sounds false
            4.0    X: answered by the other side
            4.0        phone 71 is answered
            4.0        both hear each other
            4.0    X: recording
            4.0        alice talks
            44.0   X: recorded
            44.0   X: ended by Seat, 1 ok
            44.0   X: RECORD ok waited - rang 4s talked 40s keys [] agents [alice ok]
            44.0   X is let go
            44.0   phone 71 is let go (480)
            44.0       alice writes up
        "#]],
    );
}

#[test]
fn a_telephone_hears_early_media_and_is_told_how_its_call_ended() {
    check(
        "
            phone 71 calls 13800138000
            X sounds
            X rings
            X refuses 486
        ",
        expect![[r#"
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        phone 71 is told: rings false, sounds true
            0.0        both hear each other
            0.0    X: rings
            0.0        phone 71 is told: rings true, sounds false
            0.0    X: ended by User, 206 busy, SIP;486
            0.0    X: RECORD busy waited - rang - talked - keys [] agents [alice busy]
            0.0    X is let go
            0.0    phone 71 is let go (486)
        "#]],
    );
}

#[test]
fn an_extension_calls_another_and_both_agents_are_busy() {
    check(
        "
            alice signs in
            bob signs in
            phone 73 registers
            phone 71 calls 8003
            X rings
            A calls
            A presses 0
            A presses 1
            X answers
            wait 5
            X hangs up
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        bob is signed out
            0.0        bob is ready
            0.0    X: alice calls 8003
            0.0    X: bob is called
            0.0        phone 73 is called as 8003 by 8001
            0.0        alice dials
            0.0        bob rings for Sales
            0.0    X: rings
            0.0        phone 71 is told: rings true, sounds false
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            0.0    A: pressed 1 (sales)
            0.0    A: at sales
            0.0    A: queued for Sales
            0.0    X: answered by the other side
            0.0        phone 71 is answered
            0.0        both hear each other
            0.0    X: recording
            0.0        alice talks
            0.0        bob talks
            5.0    X: recorded
            5.0    X: ended by User, 1 ok
            5.0    X: RECORD ok waited - rang 0s talked 5s keys [] agents [alice ok, bob ok]
            5.0    X is let go
            5.0    phone 71 is let go (480)
            5.0        alice writes up
            5.0        bob writes up
        "#]],
    );
}

#[test]
fn a_desk_calls_an_extension() {
    check_after(
        "
            alice signs in
            phone 72 registers
        ",
        "
            alice calls 8002
            X rings
            X answers
            alice hangs up
        ",
        expect![[r#"
            0.0    X: alice calls 8002
            0.0        phone 72 is called as 8002 by 8001
            0.0        alice dials
            0.0    X: rings
            0.0        the agent hears RingBack
            0.0    X: answered by the other side
            0.0        the tone stops
            0.0        both hear each other
            0.0    X: recording
            0.0        alice talks
            0.0    X: recorded
            0.0    X: ended by Seat, 1 ok
            0.0    X: RECORD ok waited - rang 0s talked 0s keys [] agents [alice ok]
            0.0    X is let go
            0.0        alice writes up
        "#]],
    );
}

#[test]
fn calls_of_telephones_that_cannot_be_put_through() {
    check(
        "
            phone 71 calls 8002
            phone 71 calls 8001
            phone 72 registers
            phone 73 registers
            phone 71 registers
            phone 71 calls 8001
            phone 72 calls 13800138000
            phone 71 calls abc
            bob signs in
            bob calls 13800138000
            phone 72 calls 8003
            phone 73 calls 8002
            phone 72 is gone
            phone 71 calls 8002
            phone 99 calls 8002
            node drains
            phone 71 calls 8003
        ",
        expect![[r#"
            0.0    phone 71 is let go (480)
            0.0    phone 71 is let go (486)
            0.0    phone 71 is let go (486)
            0.0    phone 72 is let go (403)
            0.0    phone 71 is let go (484)
            0.0        bob is signed out
            0.0        bob is ready
            0.0    X: bob calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        bob dials
            0.0    phone 72 is let go (486)
            0.0    phone 73 is let go (486)
            0.0    phone 71 is let go (480)
            0.0    phone 99 is let go (480)
            0.0    phone 71 is let go (503)
        "#]],
    );
}

#[test]
fn a_telephone_that_gives_up_or_dies_with_the_node_leaves_nothing() {
    check_after(
        "
            alice signs in
            phone 72 registers
            phone 71 calls 8002
            X rings
        ",
        "
            phone 71 hangs up
            X answers
            phone 71 calls 8002
            alice signs out
            phone 71 calls 8002
            node restarts
        ",
        expect![[r#"
            0.0    X: ended by Seat, 220 callerCancelWhileRing
            0.0    X: RECORD callerCancelWhileRing waited - rang - talked - keys [] agents [alice callerCancelWhileRing]
            0.0    X is let go
            0.0    phone 71 is let go (487)
            0.0        alice is ready
            0.0    X: alice calls 8002
            0.0        phone 72 is called as 8002 by 8001
            0.0        alice dials
            0.0    X: ended by Seat, 209 callerCancel
            0.0    X: RECORD callerCancel waited - rang - talked - keys [] agents [alice callerCancel]
            0.0    X is let go
            0.0    phone 71 is let go (487)
            0.0        alice is signed out
            0.0    X: alice calls 8002
            0.0        phone 72 is called as 8002 by 8001
            0.0    the node starts again
            0.0    X: ended by System, 0 error, node.restarted
            0.0    X: RECORD error waited - rang - talked - keys [] agents [alice error]
        "#]],
    );
}

/// Alice works at the page, and hears calls at her telephone.
const ALICE_AT_HER_PHONE: &str = "
    phone 71 registers
    alice opens page
    alice is ready
";

/// A waits for Sales, and Alice's telephone rings.
const HER_PHONE_RINGS: &str = "
    phone 71 registers
    alice opens page
    alice is ready
    A calls
    A presses 0
    A presses 1
";

#[test]
fn an_offer_rings_the_telephone_and_its_answer_is_the_agents() {
    check_after(
        ALICE_AT_HER_PHONE,
        "
            A calls
            A presses 0
            A presses 1
            wait 3
            X answers
            alice offers sound
            alice hears
            alice loses sound
            wait 60
            A hangs up
            wait 10
        ",
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            0.0    A: pressed 1 (sales)
            0.0    A: at sales
            0.0    A: queued for Sales
            0.0    A: offered to alice [bob SignedOut]
            0.0        phone 71 is called as 8001 by 13800138000
            0.0        alice rings for Sales
            3.0    A: accepted by alice
            3.0        both hear each other
            3.0    A: recording
            3.0        alice talks
            63.0   A: recorded
            63.0   A: ended by User, 1 ok
            63.0   A: RECORD ok waited 0s rang 3s talked 60s keys [1] agents [alice ok]
            63.0   A is let go
            63.0   X is let go (480)
            63.0       alice writes up
            73.0       alice is ready
        "#]],
    );
}

#[test]
fn a_telephone_that_declines_or_rings_out_takes_no_calls() {
    for what in [
        "X refuses 486",
        "X refuses 480",
        "wait 15",
        "alice declines",
        "X vanishes",
        "A hangs up",
        "alice accepts",
        "alice loses page",
    ] {
        let script = format!("{what}\nX answers\nwait 1");
        let expected = match what {
            "X refuses 486" => expect![[r#"
                0.0    X is let go (487)
                0.0    A: offer ended: Declined
                0.0        alice is away (not_ready)
            "#]],
            "X refuses 480" => expect![[r#"
                0.0    X is let go (487)
                0.0    A: offer ended: RangOut
                0.0        alice is away (missed_offer)
            "#]],
            "wait 15" => expect![[r#"
                15.0   X is let go (487)
                15.0   A: offer ended: RangOut
                15.0       alice is away (missed_offer)
            "#]],
            "alice declines" => expect![[r#"
                0.0    X is let go (487)
                0.0    A: offer ended: Declined
                0.0        alice is away (not_ready)
            "#]],
            "X vanishes" => expect![[r#"
                0.0    X is let go (487)
                0.0    A: offer ended: RangOut
                0.0        alice is away (missed_offer)
            "#]],
            "A hangs up" => expect![[r#"
                0.0    A: offer ended: CallerLeft
                0.0    A: ended by User, 104 ringingGiveUp
                0.0    A: RECORD ringingGiveUp waited 0s rang - talked - keys [1] agents [alice ringingGiveUp]
                0.0    A is let go
                0.0    X is let go (480)
                0.0        alice is ready
            "#]],
            "alice accepts" => expect![[r#"
                0.0        refused: desk.no_sound_path
                0.0    A: accepted by alice
                0.0        both hear each other
                0.0    A: recording
                0.0        alice talks
            "#]],
            _ => expect![[r#"
                0.0    X is let go (487)
                0.0    A: offer ended: Unreachable
            "#]],
        };
        check_after(HER_PHONE_RINGS, &script, expected);
    }
}

#[test]
fn an_agent_with_sound_may_choose_the_telephone_and_answer_on_the_page() {
    check_after(
        "
            alice signs in
        ",
        "
            alice uses phone
            phone 71 registers
            alice uses phone
            A calls
            A presses 0
            A presses 1
            alice accepts
            X answers
            A hangs up
            wait 10
            alice uses page
            B calls
            B presses 0
            B presses 1
            B hangs up
        ",
        expect![[r#"
            0.0        refused: phone.offline
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            0.0    A: pressed 1 (sales)
            0.0    A: at sales
            0.0    A: queued for Sales
            0.0    A: offered to alice [bob SignedOut]
            0.0        phone 71 is called as 8001 by 13800138000
            0.0        alice rings for Sales
            0.0    X is let go (200)
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            0.0    A: recorded
            0.0    A: ended by User, 1 ok
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok]
            0.0    A is let go
            0.0        alice writes up
            10.0       alice is ready
            10.0   B: arrived for 0086075512345678
            10.0   B: answered
            10.0   B: flow started
            10.0   B: at welcome
            10.0   B: at menu
            10.0   B: pressed 1 (sales)
            10.0   B: at sales
            10.0   B: queued for Sales
            10.0   B: offered to alice [bob SignedOut]
            10.0       alice rings for Sales
            10.0   B: offer ended: CallerLeft
            10.0   B: ended by User, 104 ringingGiveUp
            10.0   B: RECORD ringingGiveUp waited 0s rang - talked - keys [1] agents [alice ringingGiveUp]
            10.0   B is let go
            10.0       alice is ready
        "#]],
    );
}

#[test]
fn the_agent_hangs_up_the_telephone() {
    check_after(
        HER_PHONE_RINGS,
        "
            X answers
            phone 71 is gone
            alice loses page
            wait 40
            X hangs up
            wait 60
        ",
        expect![[r#"
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            40.0   A: recorded
            40.0   A: ended by Seat, 1 ok
            40.0   A: RECORD ok waited 0s rang 0s talked 40s keys [1] agents [alice ok]
            40.0   A is let go
            40.0   X is let go (480)
        "#]],
    );
}
