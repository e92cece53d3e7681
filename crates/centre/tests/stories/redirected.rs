//! Calls that whoever is called sends elsewhere: followed where that is allowed,
//! and never round and round.

use crate::stage::{check, check_after};
use expect_test::expect;

/// Alice calls Bob's telephone, which sends the call elsewhere.
const CALLS_BOB: &str = "
    alice signs in
    bob signs in
    phone 72 registers
    phone 73 registers
    alice calls 8003
    X rings
";

#[test]
fn a_telephone_sends_a_call_to_another_extension() {
    check_after(
        CALLS_BOB,
        "
            X goes to 8002
            X rings
            X answers
            alice hangs up
        ",
        expect![[r#"
            0.0    X is let go
            0.0    X: goes on to 8002
            0.0        phone 72 is called as 8002 by 8001
            0.0        bob is ready
            0.0    X: answered by the other side
            0.0        the tone stops
            0.0        both hear each other
            0.0    X: recording
            0.0        alice talks
            0.0    X: recorded
            0.0    X: ended by Seat, 1 ok
            0.0    X: RECORD ok waited - rang 0s talked 0s keys [] agents [alice ok, bob notAnswer]
            0.0    X is let go
            0.0        alice writes up
        "#]],
    );
}

#[test]
fn a_telephone_sends_a_call_outside_where_its_agent_may_call() {
    check_after(
        CALLS_BOB,
        "
            X goes to 13900139000
            X answers
            alice hangs up
        ",
        expect![[r#"
            0.0    X is let go
            0.0    X: goes on to 13900139000
            0.0        trunk 1 calls 13900139000 as 0086075512345678
            0.0        bob is ready
            0.0    X: answered by the other side
            0.0        the tone stops
            0.0        both hear each other
            0.0    X: recording
            0.0        alice talks
            0.0    X: recorded
            0.0    X: ended by Seat, 1 ok
            0.0    X: RECORD ok waited - rang 0s talked 0s keys [] agents [alice ok, bob notAnswer]
            0.0    X is let go
            0.0        alice writes up
        "#]],
    );
}

#[test]
fn a_telephone_of_nobody_sends_no_call_outside() {
    check(
        "
            phone 72 registers
            phone 71 calls 8002
            X goes to 13900139000 bob
        ",
        expect![[r#"
            0.0    X: alice calls 8002
            0.0        phone 72 is called as 8002 by 8001
            0.0    X is let go
            0.0    X: ended by System, 202 notAnswer, SIP;302
            0.0    X: RECORD notAnswer waited - rang - talked - keys [] agents [alice notAnswer]
            0.0    phone 71 is let go (480)
        "#]],
    );
}

#[test]
fn places_are_tried_in_turn_and_none_twice() {
    check_after(
        CALLS_BOB,
        "
            X goes to 8003 8009 8002
            X goes to 8003
        ",
        expect![[r#"
            0.0    X is let go
            0.0    X: goes on to 8009
            0.0        trunk 1 calls 8009 as 0086075512345678
            0.0        bob is ready
            0.0    X is let go
            0.0    X: goes on to 8002
            0.0        phone 72 is called as 8002 by 8001
        "#]],
    );
    check_after(
        CALLS_BOB,
        "
            X goes to 8002 13900139000
            X refuses 486
            X refuses 603
        ",
        expect![[r#"
            0.0    X is let go
            0.0    X: goes on to 8002
            0.0        phone 72 is called as 8002 by 8001
            0.0        bob is ready
            0.0    X is let go
            0.0    X: goes on to 13900139000
            0.0        trunk 1 calls 13900139000 as 0086075512345678
            0.0        the tone stops
            0.0        the agent hears Busy
            0.0    X: ended by User, 203 userReject, SIP;603
            0.0    X: RECORD userReject waited - rang - talked - keys [] agents [alice userReject, bob notAnswer]
            0.0    X is let go
            0.0        alice is ready
        "#]],
    );
}

#[test]
fn more_places_than_anybody_needs_are_not_tried() {
    check(
        "
            phone 71 calls 13800138000
            X goes to 1391 1392 1393
            X refuses 486
            X goes to 1394 1395 1396 1397
            X refuses 486
            X refuses 486
            X refuses 486
            X refuses 486
        ",
        expect![[r#"
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0    X is let go
            0.0    X: goes on to 1391
            0.0        trunk 1 calls 1391 as 0086075512345678
            0.0    X is let go
            0.0    X: goes on to 1392
            0.0        trunk 1 calls 1392 as 0086075512345678
            0.0    X is let go
            0.0    X: goes on to 1393
            0.0        trunk 1 calls 1393 as 0086075512345678
            0.0    X is let go
            0.0    X: goes on to 1394
            0.0        trunk 1 calls 1394 as 0086075512345678
            0.0    X is let go
            0.0    X: goes on to 1395
            0.0        trunk 1 calls 1395 as 0086075512345678
            0.0    X: ended by User, 206 busy, SIP;486
            0.0    X: RECORD busy waited - rang - talked - keys [] agents [alice busy]
            0.0    X is let go
            0.0    phone 71 is let go (486)
        "#]],
    );
}

#[test]
fn whoever_calls_gives_up_while_the_call_goes_on() {
    check_after(
        CALLS_BOB,
        "
            X goes to 8002
            alice hangs up
            X answers
        ",
        expect![[r#"
            0.0    X is let go
            0.0    X: goes on to 8002
            0.0        phone 72 is called as 8002 by 8001
            0.0        bob is ready
            0.0        the tone stops
            0.0    X: ended by Seat, 220 callerCancelWhileRing
            0.0    X: RECORD callerCancelWhileRing waited - rang - talked - keys [] agents [alice callerCancelWhileRing, bob notAnswer]
            0.0    X is let go
            0.0        alice is ready
        "#]],
    );
}

#[test]
fn a_carrier_sends_nobody_where_the_application_may_not_call() {
    check(
        "
            phone 71 calls 13800138000
            X goes to 0019005550100 008616812345678
        ",
        expect![[r#"
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0    X is let go
            0.0    X: ended by System, 202 notAnswer, SIP;302
            0.0    X: RECORD notAnswer waited - rang - talked - keys [] agents [alice notAnswer]
            0.0    phone 71 is let go (480)
        "#]],
    );
}
