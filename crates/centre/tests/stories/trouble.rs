//! What goes wrong: faulty flows, lost pages, limits, a node that dies, commands
//! at the wrong time.

use crate::stage::{self, RINGS_AT_ALICE, TALKS_WITH_ALICE, WAITS_FOR_ALICE, check, check_after, settings};
use expect_test::expect;

#[test]
fn a_flow_with_a_missing_target_ends_the_call() {
    check(
        "
            A calls
            A presses 0
            A presses 9
        ",
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: at menu
            0.0    A: pressed 9 (nowhere)
            0.0    A: ended by System, 0 error, route.flow_missing
            0.0    A: RECORD error waited - rang - talked - keys [9] agents []
            0.0    A is let go (route.flow_missing)
        "#]],
    );
}

#[test]
fn a_missing_sound_ends_the_call() {
    check(
        "
            A calls
            A hears nothing
        ",
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    A: ended by System, 0 error, route.flow_missing
            0.0    A: RECORD error waited - rang - talked - keys [] agents []
            0.0    A is let go (route.flow_missing)
        "#]],
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
        expect![[r#"
            0.0    A is let go (route.number_unknown)
            0.0    B is let go (route.number_off)
            0.0    C is let go (route.flow_missing)
            0.0    D: arrived for 0086075512345678
            0.0    D: answered
            0.0    D: flow started
            0.0    D: at welcome
            0.0    D: ended by User, 102 ivrGiveUp
            0.0    D: RECORD ivrGiveUp waited - rang - talked - keys [] agents []
            0.0    D is let go
            0.0    E is let go (node.draining)
        "#]],
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
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    B: arrived for 0086075512345678
            0.0    B: answered
            0.0    B: flow started
            0.0    B: at welcome
            0.0    C: arrived for 0086075512345678
            0.0    C: answered
            0.0    C: flow started
            0.0    C: at welcome
            0.0    D is let go (limit.calls)
            0.0    A: ended by User, 102 ivrGiveUp
            0.0    A: RECORD ivrGiveUp waited - rang - talked - keys [] agents []
            0.0    A is let go
            0.0    D: arrived for 0086075512345678
            0.0    D: answered
            0.0    D: flow started
            0.0    D: at welcome
        "#]],
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
            3.0    A: offer ended: Unreachable
            3.0    A: offered to bob [alice Unreachable]
            3.0        bob rings for Sales
            18.0   A: offer ended: RangOut
            18.0       bob is away (missed_offer)
        "#]],
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
            1.0    A: offered to bob [alice Unreachable]
            1.0        bob rings for Sales
        "#]],
    );
}

#[test]
fn a_page_that_does_not_come_back_ends_the_call() {
    check_after(
        TALKS_WITH_ALICE,
        "
            wait 10
            alice loses page
            wait 30
        ",
        expect![[r#"
            40.0   A: recorded
            40.0   A: ended by Seat, 1 ok, desk.page_lost
            40.0   A: RECORD ok waited 0s rang 0s talked 40s keys [1] agents [alice ok]
            40.0   A is let go (desk.page_lost)
        "#]],
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
        expect![[r#"
            0.0        refused: desk.signed_out
            0.0        alice is signed out
            0.0        alice is ready
            0.0        refused: desk.not_in_call
            0.0        refused: desk.not_in_call
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
            0.0        refused: desk.busy
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            0.0        refused: desk.busy
            0.0        refused: desk.busy
            0.0        the caller's side hears 12#
            0.0        refused: desk.bad_digits
            0.0    A: recorded
            0.0    A: ended by System, 1 ok, sip.no_ack
            0.0    A: RECORD ok waited 0s rang 0s talked 0s keys [1] agents [alice ok]
            0.0    A is let go (sip.no_ack)
            0.0        alice writes up
            0.0        alice is away (rest)
            0.0        alice is signed out
            0.0        alice is ready
        "#]],
    );
}

#[test]
fn a_supervisor_ends_a_talk() {
    check_after(
        TALKS_WITH_ALICE,
        "
            wait 5
            boss ends A
            boss ends A
        ",
        expect![[r#"
            5.0    A: recorded
            5.0    A: ended by System, 1 ok, call.ended_from_outside
            5.0    A: RECORD ok waited 0s rang 0s talked 5s keys [1] agents [alice ok]
            5.0    A is let go (call.ended_from_outside)
            5.0        alice writes up
            5.0        refused: call.unknown
        "#]],
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
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    B: arrived for 0086075512345678
            0.0    B: answered
            0.0    B: flow started
            0.0    B: at welcome
            0.0    B: at menu
            0.0    B: pressed 1 (sales)
            0.0    B: at sales
            0.0    B: queued for Sales
            0.0    B: offered to alice [bob SignedOut]
            0.0        alice rings for Sales
            1.0    B: accepted by alice
            1.0        both hear each other
            1.0    B: recording
            1.0        alice talks
            1.0    C: arrived for 0086075512345678
            1.0    C: answered
            1.0    C: flow started
            1.0    C: at welcome
            1.0    C: at menu
            1.0    C: pressed 1 (sales)
            1.0    C: at sales
            1.0    C: queued for Sales
            5.0    the node starts again
            5.0    C: ended by System, 0 error, node.restarted
            5.0    C: RECORD error waited - rang - talked - keys [1] agents []
            5.0    A: ended by System, 0 error, node.restarted
            5.0    A: RECORD error waited - rang - talked - keys [] agents []
            5.0    B: recorded
            5.0    B: ended by System, 1 ok, node.restarted
            5.0    B: RECORD ok waited 0s rang 1s talked 4s keys [1] agents [alice ok]
            5.0        alice is signed out
            5.0        alice is ready
        "#]],
    );
}

#[test]
fn an_agent_who_is_removed_finishes_the_call() {
    check_after(
        TALKS_WITH_ALICE,
        "
            settings without alice
            wait 3
            A hangs up
            alice is ready
        ",
        expect![[r#"
            3.0    A: recorded
            3.0    A: ended by User, 1 ok
            3.0    A: RECORD ok waited 0s rang 0s talked 3s keys [1] agents [alice ok]
            3.0    A is let go
            3.0        refused: desk.staff_unknown
        "#]],
    );
}

#[test]
fn an_application_that_is_removed_ends_its_calls() {
    check_after(
        RINGS_AT_ALICE,
        "
            settings gone
            A calls
        ",
        expect![[r#"
            0.0    A: offer ended: Withdrawn
            0.0    A: ended by System, 0 error, application.gone
            0.0    A: RECORD error waited 0s rang - talked - keys [1] agents [alice error]
            0.0    A is let go (application.gone)
            0.0        sound 1 is let go
            0.0        sound 2 is let go
            0.0        sound 3 is let go
            0.0        sound 4 is let go
            0.0        sound 5 is let go
            0.0        sound 6 is let go
            0.0        sound 7 is let go
            0.0        sound 8 is let go
            0.0        sound 9 is let go
            0.0    A is let go (route.number_unknown)
        "#]],
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
    expect![[r#"
        3004 entries
        ended by System, 0 error, flow.loop"#]]
    .assert_eq(&noticed.join("\n"));
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
fn whoever_signed_out_stays_so_when_the_page_mends_its_sound() {
    check(
        "
            alice signs in
            alice signs out
            alice offers sound
            alice hears
            alice is ready
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        alice is signed out
            0.0        alice is ready
        "#]],
    );
}

#[test]
fn a_caller_whose_desk_rings_is_not_sent_on_when_the_group_loses_its_last_agent() {
    let mut settings = settings();
    let flow = settings.flows.values_mut().next().expect("one flow");
    flow.nodes.insert(centre::NodeName("sales".into()), stage::to_agent(stage::SALES, Some("service")));
    // Alice still takes what rings; B, who only waits, goes to Service, where Carol is.
    stage::Stage::new(settings).after("carol signs in").after(RINGS_AT_ALICE).check(
        "
            B calls
            B presses 0
            B presses 1
            settings without alice in sales
            B hears it out
            alice accepts
            carol accepts
            wait 5
            A hangs up
        ",
        expect![[r#"
            0.0    B: arrived for 0086075512345678
            0.0    B: answered
            0.0    B: flow started
            0.0    B: at welcome
            0.0    B: at menu
            0.0    B: pressed 1 (sales)
            0.0    B: at sales
            0.0    B: queued for Sales
            0.0    B: left the queue: NobodySignedIn
            0.0    B: at service
            0.0    B: queued for Service
            0.0    B: offered to carol [bob SignedOut]
            0.0        carol rings for Service
            0.0    A: accepted by alice
            0.0        both hear each other
            0.0    A: recording
            0.0        alice talks
            0.0    B: accepted by carol
            0.0        both hear each other
            0.0    B: recording
            0.0        carol talks
            5.0    A: recorded
            5.0    A: ended by User, 1 ok
            5.0    A: RECORD ok waited 0s rang 0s talked 5s keys [1] agents [alice ok]
            5.0    A is let go
            5.0        alice writes up
        "#]],
    );
}

#[test]
fn a_caller_whose_last_desk_lets_it_ring_is_sent_on_then() {
    let mut settings = settings();
    let flow = settings.flows.values_mut().next().expect("one flow");
    flow.nodes.insert(centre::NodeName("sales".into()), stage::to_agent(stage::SALES, Some("service")));
    stage::Stage::new(settings).after("carol signs in").after(RINGS_AT_ALICE).check(
        "
            settings without alice in sales
            wait 15
            A hears it out
            carol accepts
        ",
        expect![[r#"
            15.0   A: offer ended: RangOut
            15.0   A: left the queue: NobodySignedIn
            15.0       alice is away (missed_offer)
            15.0   A: at service
            15.0   A: queued for Service
            15.0   A: offered to carol [bob SignedOut]
            15.0       carol rings for Service
            15.0   A: accepted by carol
            15.0       both hear each other
            15.0   A: recording
            15.0       carol talks
        "#]],
    );
}

#[test]
fn a_supervisor_ends_a_call_that_waits() {
    check_after(
        WAITS_FOR_ALICE,
        "
            wait 5
            boss ends A
        ",
        expect![[r#"
            5.0    A: ended by System, 0 error, call.ended_from_outside
            5.0    A: RECORD error waited - rang - talked - keys [1] agents []
            5.0    A is let go (call.ended_from_outside)
        "#]],
    );
}

#[test]
fn a_supervisor_ends_a_call_that_rings() {
    check_after(
        RINGS_AT_ALICE,
        "
            wait 5
            boss ends A
        ",
        expect![[r#"
            5.0    A: offer ended: Withdrawn
            5.0    A: ended by System, 0 error, call.ended_from_outside
            5.0    A: RECORD error waited 0s rang - talked - keys [1] agents [alice error]
            5.0    A is let go (call.ended_from_outside)
            5.0        alice is ready
        "#]],
    );
}

#[test]
fn a_talk_has_an_end() {
    check_after(
        TALKS_WITH_ALICE,
        "
            wait 43199
            wait 1
        ",
        expect![[r#"
            43200.0 A: recorded
            43200.0 A: ended by System, 1 ok, limit.talk
            43200.0 A: RECORD ok waited 0s rang 0s talked 43200s keys [1] agents [alice ok]
            43200.0 A is let go (limit.talk)
            43200.0     alice writes up
        "#]],
    );
}

#[test]
fn an_orderly_stop_ends_every_call_under_its_own_name() {
    check_after(
        TALKS_WITH_ALICE,
        "
            B calls
            B presses 0
            B presses 1
            wait 5
            node stops
            C calls
        ",
        expect![[r#"
            0.0    B: arrived for 0086075512345678
            0.0    B: answered
            0.0    B: flow started
            0.0    B: at welcome
            0.0    B: at menu
            0.0    B: pressed 1 (sales)
            0.0    B: at sales
            0.0    B: queued for Sales
            5.0    A: recorded
            5.0    A: ended by System, 1 ok, node.stopped
            5.0    A: RECORD ok waited 0s rang 0s talked 5s keys [1] agents [alice ok]
            5.0    A is let go (node.stopped)
            5.0    B: ended by System, 0 error, node.stopped
            5.0    B: RECORD error waited - rang - talked - keys [1] agents []
            5.0    B is let go (node.stopped)
            5.0        alice writes up
            5.0    C is let go (node.draining)
        "#]],
    );
}

#[test]
fn a_call_lasts_until_its_node_died_and_not_until_the_next_start() {
    check_after(
        TALKS_WITH_ALICE,
        "
            wait 60
            B calls
            node was down 200000
        ",
        expect![[r#"
            60.0   B: arrived for 0086075512345678
            60.0   B: answered
            60.0   B: flow started
            60.0   B: at welcome
            200060.0 the node starts again
            200060.0 A: recorded
            200060.0 A: ended by System, 1 ok, node.restarted
            200060.0 A: RECORD ok waited 0s rang 0s talked 60s keys [1] agents [alice ok]
            200060.0 B: ended by System, 0 error, node.restarted
            200060.0 B: RECORD error waited - rang - talked - keys [] agents []
        "#]],
    );
}

#[test]
fn the_card_names_the_group_that_the_call_overflowed_to() {
    let mut settings = settings();
    let flow = settings.flows.values_mut().next().expect("one flow");
    flow.nodes.insert(centre::NodeName("sales".into()), stage::to_agent(stage::SALES, Some("service")));
    stage::Stage::new(settings).after("carol signs in").check(
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
            0.0    A: at service
            0.0    A: queued for Service
            0.0    A: offered to carol [bob SignedOut]
            0.0        carol rings for Service
        "#]],
    );
}

#[test]
fn a_deleted_sound_stays_for_the_calls_that_began_with_it() {
    check(
        "
            A calls
            B calls
            settings without sound 2
            settings without sound 9
            A hears it out
            A hears it out
            A hangs up
            B hangs up
            settings without sound 8
            C calls
            C hears it out
        ",
        expect![[r#"
            0.0    A: arrived for 0086075512345678
            0.0    A: answered
            0.0    A: flow started
            0.0    A: at welcome
            0.0    B: arrived for 0086075512345678
            0.0    B: answered
            0.0    B: flow started
            0.0    B: at welcome
            0.0    A: at menu
            0.0    A: ended by User, 102 ivrGiveUp
            0.0    A: RECORD ivrGiveUp waited - rang - talked - keys [] agents []
            0.0    A is let go
            0.0        sound 2 is let go
            0.0        sound 9 is let go
            0.0    B: ended by User, 102 ivrGiveUp
            0.0    B: RECORD ivrGiveUp waited - rang - talked - keys [] agents []
            0.0    B is let go
            0.0        sound 8 is let go
            0.0    C: arrived for 0086075512345678
            0.0    C: answered
            0.0    C: flow started
            0.0    C: at welcome
            0.0    C: at menu
            0.0    C: ended by System, 0 error, route.flow_missing
            0.0    C: RECORD error waited - rang - talked - keys [] agents []
            0.0    C is let go (route.flow_missing)
        "#]],
    );
}

#[test]
fn whoever_mutes_while_the_sound_is_lost_is_muted_when_it_comes_back() {
    check_after(
        TALKS_WITH_ALICE,
        "
            alice loses sound
            alice mutes
            wait 3
            alice offers sound
            alice hears
        ",
        expect![[r#"
            3.0        both hear each other
            3.0        the agent is muted: true
        "#]],
    );
}
