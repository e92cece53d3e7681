//! Calls from end to end, told as stories: who does what, and what the
//! journal, the agents and the record say of it.

mod stage;

use expect_test::expect;
use stage::{check, check_with, settings};

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
        expect![[r#""#]],
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
        expect![[r#""#]],
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
            A presses 9
            A calls
            A presses 0
            A presses 1
            wait 15
            bob accepts
            alice accepts
            bob accepts
        ",
        expect![[r#""#]],
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
        expect![[r#""#]],
    );
}

#[test]
fn the_caller_leaves_in_the_menu() {
    check(
        "
            A calls
            A hears it out
            A hangs up
            A hangs up
        ",
        expect![[r#""#]],
    );
}

#[test]
fn the_caller_leaves_in_the_queue() {
    check(
        "
            alice signs in
            alice is not ready
            A calls
            A presses 0
            A presses 1
            wait 7
            A hangs up
        ",
        expect![[r#""#]],
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
        expect![[r#""#]],
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
        expect![[r#""#]],
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
        expect![[r#""#]],
    );
}

#[test]
fn the_longest_wait_is_over() {
    check(
        "
            alice signs in
            alice is not ready
            A calls
            A presses 0
            A presses 1
            wait 60
            A hears it out
        ",
        expect![[r#""#]],
    );
}

#[test]
fn a_ring_at_the_end_of_the_wait_is_the_last_chance() {
    check(
        "
            alice signs in
            alice is not ready
            A calls
            A presses 0
            A presses 1
            wait 50
            alice is ready
            wait 15
            A hears it out
        ",
        expect![[r#""#]],
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
        expect![[r#""#]],
    );
}

#[test]
fn a_flow_with_a_missing_target_ends_the_call() {
    check(
        "
            A calls
            A presses 0
            A presses 9
        ",
        expect![[r#""#]],
    );
}

#[test]
fn a_missing_sound_ends_the_call() {
    check(
        "
            A calls
            A hears nothing
        ",
        expect![[r#""#]],
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
        expect![[r#""#]],
    );
}

#[test]
fn numbers_that_cannot_be_called() {
    check(
        "
            A calls 12345
            B calls 4001
            C calls 4002
            D calls +8675512345678
            D hangs up
            node drains
            E calls
        ",
        expect![[r#""#]],
    );
}

#[test]
fn a_trunk_takes_no_more_than_its_limit() {
    check(
        "
            A calls
            B calls
            C calls
            D calls
            A hangs up
            D calls
        ",
        expect![[r#""#]],
    );
}

#[test]
fn a_page_that_is_lost_while_it_rings_loses_the_offer_at_once() {
    check(
        "
            alice signs in
            wait 1
            bob signs in
            A calls
            A presses 0
            A presses 1
            wait 2
            alice loses page
            wait 31
        ",
        expect![[r#""#]],
    );
}

#[test]
fn sound_that_is_lost_while_ready_makes_the_agent_unreachable() {
    check(
        "
            alice signs in
            wait 1
            bob signs in
            alice loses sound
            A calls
            A presses 0
            A presses 1
        ",
        expect![[r#""#]],
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
        expect![[r#""#]],
    );
}

#[test]
fn a_page_that_does_not_come_back_ends_the_call() {
    check(
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            alice accepts
            wait 10
            alice loses page
            wait 30
        ",
        expect![[r#""#]],
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
        expect![[r#""#]],
    );
}

#[test]
fn commands_at_the_wrong_time_are_refused_by_name() {
    check(
        "
            alice is ready
            alice signs in
            alice mutes
            alice sends 1
            A calls
            A presses 0
            A presses 1
            alice rests
            alice accepts
            alice rests
            alice signs out
            alice sends 12#
            alice sends x
            A vanishes
            alice rests
            alice signs out
            alice is ready
        ",
        expect![[r#""#]],
    );
}

#[test]
fn a_supervisor_ends_a_talk() {
    check(
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            alice accepts
            wait 5
            boss ends A
            boss ends A
        ",
        expect![[r#""#]],
    );
}

#[test]
fn calls_of_a_dead_node_end_once() {
    check(
        "
            alice signs in
            A calls
            B calls
            B presses 0
            B presses 1
            wait 1
            alice accepts
            C calls
            C presses 0
            C presses 1
            wait 4
            node restarts
            alice signs in
        ",
        expect![[r#""#]],
    );
}

#[test]
fn an_agent_who_is_removed_finishes_the_call() {
    check(
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            alice accepts
            settings without alice
            wait 3
            A hangs up
            alice is ready
        ",
        expect![[r#""#]],
    );
}

#[test]
fn an_application_that_is_removed_ends_its_calls() {
    check(
        "
            alice signs in
            A calls
            A presses 0
            A presses 1
            settings gone
            A calls
        ",
        expect![[r#""#]],
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
        expect![[r#""#]],
    );
}

#[test]
fn a_flow_that_runs_in_a_circle_is_ended() {
    let mut settings = settings();
    let flow = settings.flows.values_mut().next().expect("one flow");
    flow.start = centre::NodeName("sales".into());
    flow.nodes.insert(flow.start.clone(), silent_to_agent());
    let mut noticed = Vec::new();
    let stage = stage::Stage::new(settings);
    let (entries, last) = stage.run_loop();
    noticed.push(format!("{entries} entries"));
    noticed.push(last);
    expect![[r#""#]].assert_eq(&noticed.join("\n"));
}

fn silent_to_agent() -> centre::settings::FlowNode {
    use centre::settings::Step;
    stage::node(Step::ToAgent {
        group: stage::SALES,
        prompt: None,
        music: None,
        max_wait_s: 60,
        timeout_prompt: None,
        nobody_prompt: None,
        failure: Some(centre::NodeName("sales".into())),
    })
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
        expect![[r#""#]],
    );
}
