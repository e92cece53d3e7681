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
            0.0        phone 73 is called as 8003 by 8001
            0.0        alice dials
            0.0        bob dials
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
            5.0    X: RECORD ok waited - rang 0s talked 5s keys [] agents [alice ok]
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
