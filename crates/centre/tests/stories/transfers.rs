//! Transfers that telephones ask for: who talks with whom then, and what the record says.

use crate::stage::{check, check_after};
use expect_test::expect;

/// A talks with Alice at her telephone P, and Bob is ready at his desk, with a telephone.
const AT_HER_PHONE: &str = "
    phone 71 registers
    phone 72 registers
    phone 73 registers
    alice opens page
    alice is ready
    A calls
    A presses 0
    A presses 1
    X answers
    X is now P
    bob opens page
    bob is ready
";

#[test]
fn a_call_is_given_to_a_colleague_who_talks_while_the_giver_writes_up() {
    check_after(
        AT_HER_PHONE,
        "
            P holds
            wait 2
            P transfers to 8003
            N rings
            wait 3
            N answers
            P resumes
            wait 4
            alice remarks vip
            A hangs up
            alice remarks again
            wait 10
        ",
        expect![[r#"
            0.0        A hears sound 5
            2.0        P hears of its transfer: Tried
            2.0    A: 8001 (alice) transfers to 8003, Blind
            2.0        phone 73 is called as 8003 by 13800138000
            2.0        bob dials
            2.0        P hears of its transfer: Status(180)
            5.0    A: transferred: Seat is bob now
            5.0        both hear each other
            5.0        A hears the other side again
            5.0        P hears of its transfer: Status(200)
            5.0    P is let go (480)
            5.0        alice writes up
            5.0        bob talks
            9.0    A: remark: vip
            9.0    A: recorded
            9.0    A: ended by User, 1 ok
            9.0    A: RECORD ok waited 0s rang 0s talked 9s keys [1] agents [alice ok, bob ok] Done { at_ms: 05000, agent: Some(StaffId(2)) }
            9.0    A is let go
            9.0    N is let go (480)
            9.0        bob writes up
            9.0    A: remark: again
            9.0    A: RECORD ok waited 0s rang 0s talked 9s keys [1] agents [alice ok, bob ok] Done { at_ms: 05000, agent: Some(StaffId(2)) }
            15.0       alice is ready
            19.0       bob is ready
        "#]],
    );
}

#[test]
fn a_transfer_that_nobody_takes_leaves_the_call_as_it_was() {
    check_after(
        AT_HER_PHONE,
        "
            P transfers to 8001
            P transfers to abc
            P transfers to 13800138001
            P transfers to 8003
            N refuses 486
            P transfers to 8003
            bob signs out
            bob is ready
            P transfers to 8003
            P transfers to 8002
            wait 90
            P transfers to 13800138001
            N cannot be reached
            A hangs up
        ",
        expect![[r#"
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 8001, Blind
            0.0    A: transfer failed: 486
            0.0        P hears of its transfer: Status(486)
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to abc, Blind
            0.0    A: transfer failed: 484
            0.0        P hears of its transfer: Status(484)
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 13800138001, Blind
            0.0        trunk 1 calls 13800138001 as 0086075512345678
            0.0        P hears of its transfer: Declined
            0.0    A: transfer failed: 486
            0.0    N is let go (487)
            0.0        P hears of its transfer: Status(486)
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 8003, Blind
            0.0        phone 73 is called as 8003 by 13800138000
            0.0        bob dials
            0.0    A: transfer failed: 603
            0.0    N is let go (487)
            0.0        P hears of its transfer: Status(603)
            0.0        bob is signed out
            0.0        bob is ready
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 8003, Blind
            0.0        phone 73 is called as 8003 by 13800138000
            0.0        bob dials
            0.0        P hears of its transfer: Declined
            90.0   A: transfer failed: 480
            90.0   N is let go (487)
            90.0       P hears of its transfer: Status(480)
            90.0       bob is ready
            90.0       P hears of its transfer: Tried
            90.0   A: 8001 (alice) transfers to 13800138001, Blind
            90.0       trunk 1 calls 13800138001 as 0086075512345678
            90.0   A: transfer failed: 503
            90.0   N is let go (487)
            90.0       P hears of its transfer: Status(503)
            90.0   A: recorded
            90.0   A: ended by User, 1 ok
            90.0   A: RECORD ok waited 0s rang 0s talked 90s keys [1] agents [alice ok] Failed { at_ms: 00000, status: 486 } Failed { at_ms: 00000, status: 484 } Failed { at_ms: 00000, status: 486 } Failed { at_ms: 00000, status: 603 } Failed { at_ms: 90000, status: 480 } Failed { at_ms: 90000, status: 503 }
            90.0   A is let go
            90.0   P is let go (480)
            90.0       alice writes up
        "#]],
    );
}

#[test]
fn whoever_gives_a_call_away_need_not_wait() {
    check_after(
        AT_HER_PHONE,
        "
            P transfers to 8003
            P hangs up
            N rings
            wait 20
            N answers
            wait 5
            N hangs up
        ",
        expect![[r#"
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 8003, Blind
            0.0        phone 73 is called as 8003 by 13800138000
            0.0        bob dials
            0.0    P is let go (480)
            0.0        A hears RingBack
            0.0        alice writes up
            10.0       alice is ready
            20.0   A: transferred: Seat is bob now
            20.0       both hear each other
            20.0       A hears the other side again
            20.0       bob talks
            25.0   A: recorded
            25.0   A: ended by Seat, 1 ok
            25.0   A: RECORD ok waited 0s rang 0s talked 25s keys [1] agents [alice ok, bob ok] Done { at_ms: 20000, agent: Some(StaffId(2)) }
            25.0   A is let go
            25.0   N is let go (480)
            25.0       bob writes up
        "#]],
    );
}

#[test]
fn when_the_giver_is_gone_and_nobody_answers_the_call_ends() {
    check_after(
        AT_HER_PHONE,
        "
            P holds
            P transfers to 13800138001
            P hangs up
            N refuses 404
        ",
        expect![[r#"
            0.0        A hears sound 5
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 13800138001, Blind
            0.0        trunk 1 calls 13800138001 as 0086075512345678
            0.0    P is let go (480)
            0.0        alice writes up
            0.0    A: transfer failed: 404
            0.0    N is let go (487)
            0.0    A: recorded
            0.0    A: ended by System, 1 ok, transfer.failed
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok] Failed { at_ms: 00000, status: 404 }
            0.0    A is let go (transfer.failed)
        "#]],
    );
}

#[test]
fn a_caller_who_leaves_ends_the_transfer_too() {
    check_after(
        AT_HER_PHONE,
        "
            P transfers to 8003
            N rings
            A hangs up
            N answers
        ",
        expect![[r#"
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 8003, Blind
            0.0        phone 73 is called as 8003 by 13800138000
            0.0        bob dials
            0.0        P hears of its transfer: Status(180)
            0.0    A: recorded
            0.0    N is let go (487)
            0.0    A: ended by User, 1 ok
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok] Open
            0.0    A is let go
            0.0    P is let go (480)
            0.0        alice writes up
            0.0        bob is ready
        "#]],
    );
}

#[test]
fn a_carrier_may_not_transfer_and_a_page_has_other_ways() {
    check(
        "
            alice signs in
            A calls
            A transfers to 13800138001
            A presses 0
            A presses 1
            alice accepts
            A transfers to 13800138001
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0        A hears of its transfer: Declined
            0.0    A: at menu
            0.0    A: pressed 1 (sales)
            0.0    A: at sales
            0.0    A: queued for Sales
            0.0    A: offered to alice [bob SignedOut]
            0.0        alice rings for Sales
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            0.0        A hears of its transfer: Declined
        "#]],
    );
}

#[test]
fn whoever_was_called_inside_may_give_the_call_away() {
    check_after(
        "
            alice signs in
            phone 72 registers
            phone 73 registers
            alice calls 8002
            X answers
            X is now P
        ",
        "
            P transfers to 8003
            N answers
            wait 3
            alice hangs up
        ",
        expect![[r#"
            0.0        P hears of its transfer: Tried
            0.0    P: 8002 (nobody) transfers to 8003, Blind
            0.0        phone 73 is called as 8003 by 8001
            0.0    P: transferred: Customer is nobody's now
            0.0        both hear each other
            0.0        P hears of its transfer: Status(200)
            0.0    P is let go (480)
            3.0    P: recorded
            3.0    P: ended by Seat, 1 ok
            3.0    P: RECORD ok waited - rang - talked 3s keys [] agents [alice ok] Done { at_ms: 00000, agent: None }
            3.0    N is let go
            3.0        alice writes up
        "#]],
    );
}

#[test]
fn two_calls_of_a_telephone_become_one() {
    check_after(
        AT_HER_PHONE,
        "
            phone 71 calls 8003
            wait 1
            P holds
            phone 71 calls 8003
            X answers
            wait 5
            phone 71 joins P
            wait 5
            A hangs up
        ",
        expect![[r#"
            0.0    phone 71 is let go (486)
            1.0        A hears sound 5
            1.0    X: alice calls 8003
            1.0    X: bob is called
            1.0        phone 73 is called as 8003 by 8001
            1.0        bob rings for Sales
            1.0    X: answered by the other side
            1.0        phone 71 is answered
            1.0        both hear each other
            1.0    X: recording
            1.0        bob talks
            6.0        phone 71 hears of its transfer: Tried
            6.0    A: 8001 (alice) transfers to 8003, Attended
            6.0    A: transferred: Seat is bob now
            6.0        both hear each other
            6.0        A hears the other side again
            6.0        phone 71 hears of its transfer: Status(200)
            6.0    P is let go (480)
            6.0    X: recorded
            6.0    X: ended by Seat, 1 ok, transfer.joined
            6.0    X: RECORD ok waited - rang - talked 5s keys [] agents [alice ok, bob ok]
            6.0    phone 71 is let go (480)
            6.0        alice writes up
            11.0   A: recorded
            11.0   A: ended by User, 1 ok
            11.0   A: RECORD ok waited 0s rang 0s talked 11s keys [1] agents [alice ok, bob ok] Done { at_ms: 06000, agent: Some(StaffId(2)) }
            11.0   A is let go
            11.0   X is let go (480)
            11.0       bob writes up
        "#]],
    );
}

#[test]
fn a_consultation_outside_is_joined_from_the_first_call() {
    check_after(
        AT_HER_PHONE,
        "
            wait 1
            P holds
            phone 71 calls 13800138001
            X answers
            P joins phone 71
            wait 5
            X hangs up
        ",
        expect![[r#"
            1.0        A hears sound 5
            1.0    X: alice calls 13800138001
            1.0        trunk 1 calls 13800138001 as 0086075512345678
            1.0    X: answered by the other side
            1.0        phone 71 is answered
            1.0        both hear each other
            1.0        P hears of its transfer: Tried
            1.0    A: 8001 (alice) transfers to 13800138001, Attended
            1.0    A: transferred: Seat is nobody's now
            1.0        both hear each other
            1.0        A hears the other side again
            1.0        P hears of its transfer: Status(200)
            1.0    P is let go (480)
            1.0    X: ended by Seat, 1 ok, transfer.joined
            1.0    X: RECORD ok waited - rang - talked 0s keys [] agents [alice ok]
            1.0    phone 71 is let go (480)
            1.0        alice writes up
            6.0    A: recorded
            6.0    A: ended by Seat, 1 ok
            6.0    A: RECORD ok waited 0s rang 0s talked 6s keys [1] agents [alice ok] Done { at_ms: 01000, agent: None }
            6.0    A is let go
            6.0    X is let go (480)
        "#]],
    );
}

#[test]
fn calls_that_cannot_be_joined_go_on() {
    check_after(
        "
            alice signs in
            bob signs in
            phone 72 registers
            alice calls 8002
            X answers
            X is now P
            bob calls 8002
            X answers
            X is now Q
        ",
        "
            P joins P
            P joins Q
            alice hangs up
            bob hangs up
        ",
        expect![[r#"
            0.0        P hears of its transfer: Declined
            0.0        P hears of its transfer: Declined
            0.0    P: recorded
            0.0    P: ended by Seat, 1 ok
            0.0    P: RECORD ok waited - rang - talked 0s keys [] agents [alice ok]
            0.0    P is let go
            0.0        alice writes up
            0.0    Q: recorded
            0.0    Q: ended by Seat, 1 ok
            0.0    Q: RECORD ok waited - rang - talked 0s keys [] agents [bob ok]
            0.0    Q is let go
            0.0        bob writes up
        "#]],
    );
}

#[test]
fn another_telephone_takes_the_call() {
    check_after(
        AT_HER_PHONE,
        "
            phone 73 takes P
            phone 72 takes P
            wait 4
            A hangs up
        ",
        expect![[r#"
            0.0    A: 8001 (alice) transfers to 8003, Taken
            0.0        bob dials
            0.0        phone 73 is answered
            0.0    A: transferred: Seat is bob now
            0.0        both hear each other
            0.0    P is let go (480)
            0.0        alice writes up
            0.0        bob talks
            0.0    phone 72 is let go (481)
            4.0    A: recorded
            4.0    A: ended by User, 1 ok
            4.0    A: RECORD ok waited 0s rang 0s talked 4s keys [1] agents [alice ok, bob ok] Done { at_ms: 00000, agent: Some(StaffId(2)) }
            4.0    A is let go
            4.0    phone 73 is let go (480)
            4.0        bob writes up
        "#]],
    );
}

#[test]
fn a_node_that_dies_in_a_transfer_ends_the_call_once() {
    check_after(
        AT_HER_PHONE,
        "
            P transfers to 8003
            node restarts
        ",
        expect![[r#"
            0.0        P hears of its transfer: Tried
            0.0    A: 8001 (alice) transfers to 8003, Blind
            0.0        phone 73 is called as 8003 by 13800138000
            0.0        bob dials
            0.0    the node starts again
            0.0    A: recorded
            0.0    A: ended by System, 1 ok, node.restarted
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok] Open
        "#]],
    );
}

#[test]
fn a_colleague_who_was_asked_at_a_desk_has_the_call_and_both_hear_each_other() {
    check_after(
        "
            phone 71 registers
            alice opens page
            alice is ready
            A calls
            A presses 0
            A presses 1
            X answers
            X is now P
            bob signs in
        ",
        "
            P holds
            wait 1
            phone 71 calls 8003
            bob accepts
            wait 8
            phone 71 joins P
            wait 5
            bob hangs up
        ",
        expect![[r#"
            0.0        A hears sound 5
            1.0    X: alice calls 8003
            1.0    X: bob is called
            1.0    X: rings
            1.0        phone 71 is told: rings true, sounds false
            1.0        bob rings for Sales
            1.0    X: answered by the other side
            1.0        phone 71 is answered
            1.0        both hear each other
            1.0    X: recording
            1.0        bob talks
            9.0        phone 71 hears of its transfer: Tried
            9.0    A: 8001 (alice) transfers to 8003, Attended
            9.0    A: transferred: Seat is bob now
            9.0        both hear each other
            9.0        A hears the other side again
            9.0        phone 71 hears of its transfer: Status(200)
            9.0    P is let go (480)
            9.0    X: recorded
            9.0    X: ended by Seat, 1 ok, transfer.joined
            9.0    X: RECORD ok waited - rang 0s talked 8s keys [] agents [alice ok, bob ok]
            9.0    phone 71 is let go (480)
            9.0        alice writes up
            14.0   A: recorded
            14.0   A: ended by Seat, 1 ok
            14.0   A: RECORD ok waited 0s rang 0s talked 14s keys [1] agents [alice ok, bob ok] Done { at_ms: 09000, agent: Some(StaffId(2)) }
            14.0   A is let go
            14.0       bob writes up
        "#]],
    );
}
