//! Calls that go well, and calls that go on: to the next agent, over a reload,
//! after a mute.

use crate::stage::{check, check_with, settings};
use expect_test::expect;

#[test]
fn a_call_walks_from_the_menu_to_an_agent_and_ends_with_one_record() {
    check(
        "
            alice signs in
            A calls
            A hears it out
            A presses 1
            wait 2
            alice accepts
            wait 60
            A hangs up
            wait 10
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
            2.0    A: accepted by alice
            2.0        both hear each other
            2.0    A: recording
            2.0        alice talks
            62.0   A: recorded
            62.0   A: ended by User, 1 ok
            62.0   A: RECORD ok waited 0s rang 2s talked 60s keys [1] agents [alice ok]
            62.0   A is let go
            62.0       alice writes up
            72.0       alice is ready
        "#]],
    );
}

#[test]
fn the_agent_hangs_up_and_is_ready_after_wrap_up() {
    check(
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            alice accepts
            wait 5
            alice remarks nice
            alice hangs up
            wait 3
            alice remarks nicer
            wait 20
            alice hangs up
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
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            5.0    A: remark: nice
            5.0    A: recorded
            5.0    A: ended by Seat, 1 ok
            5.0    A: RECORD ok waited 0s rang 0s talked 5s keys [1] agents [alice ok]
            5.0    A is let go
            5.0        alice writes up
            8.0    A: remark: nicer
            8.0    A: RECORD ok waited 0s rang 0s talked 5s keys [1] agents [alice ok]
            15.0       alice is ready
            28.0       refused: desk.not_in_call
        "#]],
    );
}

#[test]
fn no_wrap_up_when_the_administrator_wants_none() {
    let mut settings = settings();
    settings.application.desk_rules.wrap_up_s = 0;
    check_with(
        settings,
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            alice accepts
            A hangs up
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
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            0.0    A: recorded
            0.0    A: ended by User, 1 ok
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok]
            0.0    A is let go
            0.0        alice is ready
        "#]],
    );
}

#[test]
fn a_missed_offer_goes_to_the_next_agent_and_the_caller_keeps_the_place() {
    check(
        "
            alice signs in
            wait 1
            bob signs in
            A calls
            A presses 0
            A presses 1
            wait 15
            bob accepts
            alice accepts
            bob accepts
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
            16.0   A: offer ended: RangOut
            16.0   A: offered to bob [alice Away]
            16.0       alice is away (missed_offer)
            16.0       bob rings for Sales
            16.0   A: accepted by bob
            16.0       both hear each other
            16.0   A: recording
            16.0       bob talks
            16.0       refused: desk.offer_gone
            16.0       refused: desk.offer_gone
        "#]],
    );
}

#[test]
fn a_declined_offer_goes_to_the_next_agent() {
    check(
        "
            alice signs in
            wait 1
            bob signs in
            A calls
            A presses 0
            A presses 1
            alice declines
            alice is ready
            bob declines
            wait 1
            alice accepts
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
            1.0    A: offer ended: Declined
            1.0    A: offered to bob [alice Away]
            1.0        alice is away (not_ready)
            1.0        bob rings for Sales
            1.0        alice is ready
            1.0    A: offer ended: Declined
            1.0    A: offered to alice [bob Away]
            1.0        alice rings for Sales
            1.0        bob is away (not_ready)
            2.0    A: accepted by alice
            2.0        both hear each other
            2.0    A: recording
            2.0        alice talks
        "#]],
    );
}

#[test]
fn an_agent_of_two_groups_serves_whoever_came_first() {
    check(
        "
            bob signs in
            bob is not ready
            A calls
            A presses 0
            A presses 2
            B calls
            B presses 0
            B presses 1
            bob is ready
            bob accepts
            A hangs up
            bob is ready
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
            0.0    B: arrived for 0086075512345678
            0.0    B: answered
            0.0    B: flow started
            0.0    B: at welcome
            0.0    B: at menu
            0.0    B: pressed 1 (sales)
            0.0    B: at sales
            0.0    B: queued for Sales
            0.0    A: offered to bob [carol SignedOut]
            0.0        bob rings for Service
            0.0    A: accepted by bob
            0.0        both hear each other
            0.0    A: recording
            0.0        bob talks
            0.0    A: recorded
            0.0    A: ended by User, 1 ok
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [2] agents [bob ok]
            0.0    A is let go
            0.0        bob writes up
            0.0    B: offered to bob [alice SignedOut]
            0.0        bob rings for Sales
        "#]],
    );
}

#[test]
fn a_reload_in_a_call_keeps_the_call() {
    check(
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            alice accepts
            alice mutes
            wait 10
            alice loses page
            wait 2
            alice opens page
            alice offers sound
            wait 1
            alice hears
            wait 40
            alice hangs up
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
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            0.0        the agent is muted: true
            13.0       both hear each other
            13.0       the agent is muted: true
            53.0   A: recorded
            53.0   A: ended by Seat, 1 ok
            53.0   A: RECORD ok waited 0s rang 0s talked 53s keys [1] agents [alice ok]
            53.0   A is let go
            53.0       alice writes up
        "#]],
    );
}

#[test]
fn sound_that_comes_back_within_the_grace_keeps_the_call() {
    check(
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            alice accepts
            wait 10
            alice loses sound
            wait 20
            alice offers sound
            alice hears
            wait 20
            A hangs up
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
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            30.0       both hear each other
            50.0   A: recorded
            50.0   A: ended by User, 1 ok
            50.0   A: RECORD ok waited 0s rang 0s talked 50s keys [1] agents [alice ok]
            50.0   A is let go
            50.0       alice writes up
        "#]],
    );
}
