//! Callers who leave or are sent away, at every stage.

use crate::stage::{self, WAITS_FOR_ALICE, check, check_after};
use expect_test::expect;

#[test]
fn the_caller_leaves_in_the_menu() {
    check(
        "
            A calls
            A hears it out
            A hangs up
            A hangs up
        ",
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            0.0    A: ended by User, 102 ivrGiveUp
            0.0    A: RECORD ivrGiveUp waited - rang - talked - keys [] agents []
            0.0    A is let go
        "#]],
    );
}

#[test]
fn the_caller_leaves_in_the_queue() {
    check_after(
        WAITS_FOR_ALICE,
        "
            wait 7
            A hangs up
        ",
        expect![[r#"
            7.0    A: ended by User, 103 waitingGiveUp
            7.0    A: RECORD waitingGiveUp waited - rang - talked - keys [1] agents []
            7.0    A is let go
        "#]],
    );
}

#[test]
fn the_caller_leaves_while_a_desk_rings_and_the_agent_keeps_the_place() {
    check(
        "
            alice signs in
            wait 1
            bob signs in
            A calls
            A presses 0
            A presses 1
            wait 2
            A hangs up
            alice accepts
            B calls
            B presses 0
            B presses 1
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            1.0        bob is signed out
            1.0        bob is ready
            1.0    A: arrived for 0086075512345678
            1.0    A: answered
            1.0    A: flow started
            1.0    A: at welcome
            1.0    A: at menu
            1.0    A: pressed 1 (sales)
            1.0    A: at sales
            1.0    A: queued for Sales
            1.0    A: offered to alice [bob IdleForLess]
            1.0        alice rings for Sales
            3.0    A: offer ended: CallerLeft
            3.0    A: ended by User, 104 ringingGiveUp
            3.0    A: RECORD ringingGiveUp waited 0s rang - talked - keys [1] agents [alice ringingGiveUp]
            3.0    A is let go
            3.0        alice is ready
            3.0        refused: desk.offer_gone
            3.0    B: arrived for 0086075512345678
            3.0    B: answered
            3.0    B: flow started
            3.0    B: at welcome
            3.0    B: at menu
            3.0    B: pressed 1 (sales)
            3.0    B: at sales
            3.0    B: queued for Sales
            3.0    B: offered to alice [bob IdleForLess]
            3.0        alice rings for Sales
        "#]],
    );
}

#[test]
fn nobody_is_signed_in() {
    check(
        "
            A calls
            A presses 0
            A presses 1
            A hears it out
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
            0.0    A: left the queue: NobodySignedIn
            0.0    A: ended by System, 105 noSeatOnline
            0.0    A: RECORD noSeatOnline waited - rang - talked - keys [1] agents []
            0.0    A is let go
        "#]],
    );
}

#[test]
fn everybody_rests_while_a_caller_waits() {
    check(
        "
            bob signs in
            bob is not ready
            A calls
            A presses 0
            A presses 2
            bob rests
            A hears it out
            A hears it out
        ",
        expect![[r#"
            0.0        bob is signed out
            0.0        bob is ready
            0.0        bob is away (not_ready)
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            0.0    A: pressed 2 (service)
            0.0    A: at service
            0.0    A: queued for Service
            0.0    A: left the queue: NobodySignedIn
            0.0        bob is away (rest)
            0.0    A: at bye
            0.0    A: ended by System, 105 noSeatOnline
            0.0    A: RECORD noSeatOnline waited - rang - talked - keys [2] agents []
            0.0    A is let go
        "#]],
    );
}

#[test]
fn the_longest_wait_is_over() {
    check_after(
        WAITS_FOR_ALICE,
        "
            wait 60
            A hears it out
        ",
        expect![[r#"
            60.0   A: left the queue: WaitedTooLong
            60.0   A: ended by System, 103 waitingGiveUp
            60.0   A: RECORD waitingGiveUp waited - rang - talked - keys [1] agents []
            60.0   A is let go
        "#]],
    );
}

#[test]
fn a_ring_at_the_end_of_the_wait_is_the_last_chance() {
    check_after(
        WAITS_FOR_ALICE,
        "
            wait 50
            alice is ready
            wait 15
            A hears it out
        ",
        expect![[r#"
            50.0   A: offered to alice [bob SignedOut]
            50.0       alice rings for Sales
            65.0   A: offer ended: RangOut
            65.0   A: left the queue: WaitedTooLong
            65.0       alice is away (missed_offer)
            65.0   A: ended by System, 103 waitingGiveUp
            65.0   A: RECORD waitingGiveUp waited 50s rang - talked - keys [1] agents [alice seatGiveUp]
            65.0   A is let go
        "#]],
    );
}

#[test]
fn wrong_keys_and_no_keys_end_the_call() {
    check(
        "
            A calls
            A hears it out
            A presses 7
            A hears it out
            wait 5
            A hears it out
            A presses 8
            A hears it out
        ",
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            5.0    A: ended by System, 107 ivrEnd
            5.0    A: RECORD ivrEnd waited - rang - talked - keys [] agents []
            5.0    A is let go
        "#]],
    );
}

#[test]
fn a_digit_that_lags_behind_its_prompt_does_not_answer_the_menu() {
    check(
        "
            alice signs in
            A calls
            A is interrupted
            A presses 1
            A presses 1
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            0.0    A: pressed 1 (sales)
            0.0    A: at sales
            0.0    A: queued for Sales
            0.0    A: offered to alice [bob SignedOut]
            0.0        alice rings for Sales
        "#]],
    );
}

#[test]
fn a_full_queue_sends_the_caller_back() {
    let mut settings = stage::settings();
    settings.trunks.values_mut().for_each(|trunk| trunk.max_calls = None);
    let mut opening = "alice signs in\nalice is not ready\n".to_owned();
    for caller in 0..centre::limits::QUEUE {
        opening.push_str(&format!("c{caller} calls\nc{caller} presses 0\nc{caller} presses 1\n"));
    }
    stage::Stage::new(settings).after(&opening).check(
        "
            A calls
            A presses 0
            A presses 1
            A hears it out
            c7 hangs up
            B calls
            B presses 0
            B presses 1
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
            0.0    A: left the queue: Full
            0.0    A: ended by System, 103 waitingGiveUp
            0.0    A: RECORD waitingGiveUp waited - rang - talked - keys [1] agents []
            0.0    A is let go
            0.0    c7: ended by User, 103 waitingGiveUp
            0.0    c7: RECORD waitingGiveUp waited - rang - talked - keys [1] agents []
            0.0    c7 is let go
            0.0    B: arrived for 0086075512345678
            0.0    B: answered
            0.0    B: flow started
            0.0    B: at welcome
            0.0    B: at menu
            0.0    B: pressed 1 (sales)
            0.0    B: at sales
            0.0    B: queued for Sales
        "#]],
    );
}
