//! How calls sound, told as stories: figures of each leg, somebody who is not
//! heard, and a leg from which nothing comes any more.

use crate::stage::{Stage, TALKS_WITH_ALICE, check_after, settings};
use expect_test::expect;

#[test]
fn each_leg_is_measured_for_its_call_although_that_is_over() {
    let mut stage = Stage::new(settings()).after(TALKS_WITH_ALICE);
    // What her page counted before the call is of no call.
    stage.goes_on("alice was measured 77", expect![[]]);
    stage.goes_on(
        "
            wait 20
            A hangs up
        ",
        expect![[]],
    );
    assert_eq!(stage.awaited(), (2, 1));
    stage.goes_on(
        "
            A was measured 1000
            alice was measured 990
            alice was measured 5
        ",
        expect![[]],
    );
    let sums = stage.sums();
    assert_eq!((sums.trunk.mos.count(), sums.browser.mos.count(), sums.phone.mos.count()), (1, 1, 0));
    assert_eq!((sums.trunk.mos.counts, sums.trunk.mos.sum), ([0, 0, 0, 0, 1, 0], 430));
    stage.goes_on("alice is ready", expect![[]]);
    assert_eq!(stage.awaited().1, 0, "nothing is kept of the call");
    // The next call on the same page is measured for itself.
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
        expect![[]],
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
        expect![[]],
    );
    assert_eq!(stage.awaited(), (2, 1));
    stage.goes_on("wait 25", expect![[]]);
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
        expect![[]],
    );
    expect![[]].assert_eq(&stage.live_sound());
    stage.goes_on(
        "
            wait 3
            A is heard
            alice is silent 10
        ",
        expect![[]],
    );
    expect![[]].assert_eq(&stage.live_sound());
    assert_eq!((stage.sums().trunk.silences, stage.sums().browser.silences), (1, 1));
}

#[test]
fn whoever_holds_us_is_not_missed() {
    check_after(TALKS_WITH_ALICE, "A is held 40", expect![[]]);
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
        expect![[]],
    );
}
