//! How calls sound, told as stories: figures of each leg, somebody who is not
//! heard, and a leg from which nothing comes any more.

use crate::stage::{Stage, TALKS_WITH_ALICE, check_after, settings};
use expect_test::expect;

#[test]
fn each_leg_is_measured_for_its_call_although_that_is_over() {
    let mut stage = Stage::new(settings()).after(TALKS_WITH_ALICE);
    // What her page counted before the call is of no call.
    stage.goes_on("alice was measured 77", expect![[r#""#]]);
    stage.goes_on(
        "
            wait 20
            A hangs up
        ",
        expect![[r#"
            20.0   A: recorded
            20.0   A: ended by User, 1 ok
            20.0   A: RECORD ok waited 0s rang 0s talked 20s keys [1] agents [alice ok]
            20.0   A is let go
            20.0       alice writes up
        "#]],
    );
    assert_eq!(stage.awaited(), (2, 1));
    stage.goes_on(
        "
            A was measured 1000
            alice was measured 990
            alice was measured 5
        ",
        expect![[r#"
            20.0   A: Customer measured: 1000 packets
            20.0   A: Seat measured: 990 packets
        "#]],
    );
    let sums = stage.sums();
    assert_eq!((sums.trunk.mos.count(), sums.browser.mos.count(), sums.phone.mos.count()), (1, 1, 0));
    assert_eq!((sums.trunk.mos.counts, sums.trunk.mos.sum), ([0, 0, 0, 0, 1, 0], 430));
    stage.goes_on(
        "alice is ready",
        expect![[r#"
        20.0       alice is ready
    "#]],
    );
    assert_eq!(stage.awaited().1, 0, "nothing is kept of the call");
}

#[test]
fn the_next_call_on_the_same_page_is_measured_for_itself() {
    let first = "wait 20\nA hangs up\nalice was measured 5\nA was measured 6\nalice is ready";
    let mut stage = Stage::new(settings()).after(TALKS_WITH_ALICE).after(first);
    stage.goes_on(
        "
            B calls
            B presses 0
            B presses 1
            alice accepts
            alice was measured 3
            alice hangs up
            alice was measured 50
            B was measured 60
        ",
        expect![[r#"
            20.0   B: arrived for 0086075512345678
            20.0   B: answered
            20.0   B: flow started
            20.0   B: at welcome
            20.0   B: at menu
            20.0   B: pressed 1 (sales)
            20.0   B: at sales
            20.0   B: queued for Sales
            20.0   B: offered to alice [bob SignedOut]
            20.0       alice rings for Sales
            20.0   B: accepted by alice
            20.0       both hear each other
            20.0   B: recording
            20.0       alice talks
            20.0   B: recorded
            20.0   B: ended by Seat, 1 ok
            20.0   B: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok]
            20.0   B is let go
            20.0       alice writes up
            20.0   B: Seat measured: 50 packets
            20.0   B: Customer measured: 60 packets
        "#]],
    );
}

#[test]
fn figures_that_never_come_are_not_waited_for_long() {
    let mut stage = Stage::new(settings()).after(TALKS_WITH_ALICE);
    stage.goes_on(
        "
            A hangs up
            alice is ready
        ",
        expect![[r#"
            0.0    A: recorded
            0.0    A: ended by User, 1 ok
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok]
            0.0    A is let go
            0.0        alice writes up
            0.0        alice is ready
        "#]],
    );
    assert_eq!(stage.awaited(), (2, 1));
    stage.goes_on("wait 25", expect![[r#""#]]);
    assert_eq!(stage.awaited(), (1, 0), "only her page is known");
}

#[test]
fn somebody_who_is_not_heard_is_told_once_and_when_it_is_over() {
    let mut stage = Stage::new(settings()).after(TALKS_WITH_ALICE);
    stage.goes_on(
        "
            alice was measured 1
            A sounds good
            alice sounds bad
            wait 12
            A is silent 10
            wait 30
            A is silent 40
        ",
        expect![[r#"
            12.0   A: Customer not heard for 10000 ms
        "#]],
    );
    expect![[r#"
        Customer 440 Some(40000)
        Seat 210 None
        alice is told: [Customer]
    "#]]
    .assert_eq(&stage.live_sound());
    stage.goes_on(
        "
            wait 3
            A is heard
            alice is silent 10
        ",
        expect![[r#"
            45.0   A: Customer heard again after 43000 ms
            45.0   A: Seat not heard for 10000 ms
        "#]],
    );
    expect![[r#"
        Customer 440 None
        Seat 210 Some(10000)
        alice is told: [Seat]
    "#]]
    .assert_eq(&stage.live_sound());
    assert_eq!((stage.sums().trunk.silences, stage.sums().browser.silences), (1, 1));
}

#[test]
fn whoever_holds_us_is_not_missed() {
    check_after(TALKS_WITH_ALICE, "A is held 40", expect![[r#""#]]);
}

/// No BYE came, and nobody else would ever end the call.
#[test]
fn a_call_whose_caller_is_gone_without_a_word_is_ended() {
    check_after(
        TALKS_WITH_ALICE,
        "
            wait 190
            A is dead 180
            A is dead 210
        ",
        expect![[r#"
            190.0  A: recorded
            190.0  A: ended by System, 1 ok, call.leg_dead
            190.0  A: RECORD ok waited 0s rang 0s talked 190s keys [1] agents [alice ok]
            190.0  A is let go (call.leg_dead)
            190.0      alice writes up
        "#]],
    );
}
