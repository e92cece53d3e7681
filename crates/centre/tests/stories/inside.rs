//! Calls inside the house: the desk that rings, what both agents come back to,
//! and skill groups that are called by their own number.

use crate::stage::{SALES, SERVICE, check, check_after, check_with, settings};
use centre::settings::Settings;
use expect_test::expect;

/// Alice and Bob work at their pages; Bob has a telephone that is not there.
const AT_THEIR_DESKS: &str = "
    alice signs in
    bob signs in
";

/// Alice talks to Bob, who answered at the desk.
const TALK_BY_DESK: &str = "
    alice signs in
    bob signs in
    alice calls 8003
    bob accepts
";

fn with_group_numbers() -> Settings {
    let mut settings = settings();
    for (group, alias) in [(SALES, "700"), (SERVICE, "701")] {
        if let Some(group) = settings.skill_groups.get_mut(&group) {
            group.alias = alias.to_owned();
        }
    }
    settings
}

#[test]
fn the_desk_of_an_agent_without_a_telephone_rings() {
    check_after(
        AT_THEIR_DESKS,
        "
            phone 72 calls 8003
            wait 4
            bob accepts
            wait 6
            phone 72 hangs up
            wait 10
            phone 72 calls 8003
            bob declines
            phone 72 calls 8003
            wait 90
        ",
        expect![[r#"
            0.0    X: a phone calls 8003
            0.0    X: bob is called
            0.0    X: rings
            0.0        phone 72 is told: rings true, sounds false
            0.0        bob rings for 
            4.0    X: answered by the other side
            4.0        phone 72 is answered
            4.0        both hear each other
            4.0    X: recording
            4.0        bob talks
            10.0   X: recorded
            10.0   X: ended by Seat, 1 ok
            10.0   X: RECORD ok waited - rang 4s talked 6s keys [] agents [bob ok]
            10.0   phone 72 is let go (480)
            10.0       bob writes up
            20.0       bob is ready
            20.0   X: a phone calls 8003
            20.0   X: bob is called
            20.0   X: rings
            20.0       phone 72 is told: rings true, sounds false
            20.0       bob rings for 
            20.0   X: ended by User, 203 userReject
            20.0   X: RECORD userReject waited - rang - talked - keys [] agents [bob userReject]
            20.0   phone 72 is let go (603)
            20.0       bob is ready
            20.0   X: a phone calls 8003
            20.0   X: bob is called
            20.0   X: rings
            20.0       phone 72 is told: rings true, sounds false
            20.0       bob rings for 
            110.0  X: ended by System, 202 notAnswer, call.not_answered
            110.0  X: RECORD notAnswer waited - rang - talked - keys [] agents [bob notAnswer]
            110.0  phone 72 is let go (480)
            110.0      bob is ready
        "#]],
    );
}

#[test]
fn one_desk_calls_another() {
    check_after(
        AT_THEIR_DESKS,
        "
            alice calls 8003
            wait 2
            bob accepts
            wait 5
            alice hangs up
        ",
        expect![[r#"
            0.0    X: alice calls 8003
            0.0    X: bob is called
            0.0    X: rings
            0.0        the agent hears RingBack
            0.0        alice dials
            0.0        bob rings for Sales
            2.0    X: answered by the other side
            2.0        the tone stops
            2.0        both hear each other
            2.0    X: recording
            2.0        alice talks
            2.0        bob talks
            7.0    X: recorded
            7.0    X: ended by Seat, 1 ok
            7.0    X: RECORD ok waited - rang 2s talked 5s keys [] agents [alice ok, bob ok]
            7.0        alice writes up
            7.0        bob writes up
        "#]],
    );
}

#[test]
fn an_agent_who_was_called_mutes_sends_keys_and_loads_the_page_anew() {
    check_after(
        TALK_BY_DESK,
        "
            bob mutes
            bob sends 5
            bob loses sound
            wait 12
            bob offers sound
            bob hears
            wait 60
            bob hangs up
        ",
        expect![[r#"
            0.0        the agent is muted: true
            0.0        the caller's side hears 5
            12.0       both hear each other
            12.0       the agent is muted: true
            72.0   X: recorded
            72.0   X: ended by User, 1 ok
            72.0   X: RECORD ok waited - rang 0s talked 72s keys [] agents [alice ok, bob ok]
            72.0       alice writes up
            72.0       bob writes up
        "#]],
    );
}

#[test]
fn a_telephone_that_rings_is_answered_at_the_desk() {
    check_after(
        AT_THEIR_DESKS,
        "
            phone 73 registers
            phone 72 calls 8003
            X rings
            bob accepts
            X answers
            phone 72 hangs up
        ",
        expect![[r#"
            0.0    X: a phone calls 8003
            0.0    X: bob is called
            0.0        phone 73 is called as 8003 by 8002
            0.0        bob rings for 
            0.0    X: rings
            0.0        phone 72 is told: rings true, sounds false
            0.0    X is let go (200)
            0.0    X: answered by the other side
            0.0        phone 72 is answered
            0.0        both hear each other
            0.0    X: recording
            0.0        bob talks
            0.0    X: recorded
            0.0    X: ended by Seat, 1 ok
            0.0    X: RECORD ok waited - rang 0s talked 0s keys [] agents [bob ok]
            0.0    phone 72 is let go (480)
            0.0        bob writes up
        "#]],
    );
}

#[test]
fn a_desk_that_is_lost_while_it_rings_ends_the_call() {
    for what in ["bob loses sound", "bob offers sound", "bob signs out", "settings without bob"] {
        let script = format!("phone 72 calls 8003\n{what}\nwait 40");
        let expected = match what {
            "bob loses sound" => expect![[r#"
                0.0    X: a phone calls 8003
                0.0    X: bob is called
                0.0    X: rings
                0.0        phone 72 is told: rings true, sounds false
                0.0        bob rings for 
                0.0    X: ended by System, 211 clientError, desk.page_lost
                0.0    X: RECORD clientError waited - rang - talked - keys [] agents [bob clientError]
                0.0    phone 72 is let go (480)
                0.0        bob is ready
            "#]],
            "bob offers sound" => expect![[r#"
                0.0    X: a phone calls 8003
                0.0    X: bob is called
                0.0    X: rings
                0.0        phone 72 is told: rings true, sounds false
                0.0        bob rings for 
                0.0    X: ended by System, 211 clientError, desk.page_lost
                0.0    X: RECORD clientError waited - rang - talked - keys [] agents [bob clientError]
                0.0    phone 72 is let go (480)
                0.0        bob is ready
            "#]],
            "bob signs out" => expect![[r#"
                0.0    X: a phone calls 8003
                0.0    X: bob is called
                0.0    X: rings
                0.0        phone 72 is told: rings true, sounds false
                0.0        bob rings for 
                0.0    X: ended by User, 203 userReject
                0.0    X: RECORD userReject waited - rang - talked - keys [] agents [bob userReject]
                0.0    phone 72 is let go (603)
                0.0        bob is signed out
            "#]],
            _ => expect![[r#"
                0.0    X: a phone calls 8003
                0.0    X: bob is called
                0.0    X: rings
                0.0        phone 72 is told: rings true, sounds false
                0.0        bob rings for 
                0.0    X: ended by User, 203 userReject
                0.0    X: RECORD userReject waited - rang - talked - keys [] agents [bob userReject]
                0.0    phone 72 is let go (603)
            "#]],
        };
        check_after(AT_THEIR_DESKS, &script, expected);
    }
}

#[test]
fn a_break_goes_on_after_a_call_inside_the_house() {
    check_after(
        AT_THEIR_DESKS,
        "
            alice rests
            bob is not ready
            alice calls 8003
            bob accepts
            bob hangs up
            wait 10
            alice calls 8003
            bob declines
        ",
        expect![[r#"
            0.0        alice is away (rest)
            0.0        bob is away (not_ready)
            0.0    X: alice calls 8003
            0.0    X: bob is called
            0.0    X: rings
            0.0        the agent hears RingBack
            0.0        alice dials
            0.0        bob rings for Sales
            0.0    X: answered by the other side
            0.0        the tone stops
            0.0        both hear each other
            0.0    X: recording
            0.0        alice talks
            0.0        bob talks
            0.0    X: recorded
            0.0    X: ended by User, 1 ok
            0.0    X: RECORD ok waited - rang 0s talked 0s keys [] agents [alice ok, bob ok]
            0.0        alice writes up
            0.0        bob writes up
            10.0       alice is away (rest)
            10.0       bob is away (not_ready)
            10.0   X: alice calls 8003
            10.0   X: bob is called
            10.0   X: rings
            10.0       the agent hears RingBack
            10.0       alice dials
            10.0       bob rings for Sales
            10.0       the tone stops
            10.0       the agent hears Busy
            10.0   X: ended by User, 203 userReject
            10.0   X: RECORD userReject waited - rang - talked - keys [] agents [alice userReject, bob userReject]
            10.0       alice is away (rest)
            10.0       bob is away (not_ready)
        "#]],
    );
}

#[test]
fn whoever_leaves_the_wrap_up_first_leaves_the_other_the_remark() {
    check_after(
        TALK_BY_DESK,
        "
            alice hangs up
            bob is ready
            alice remarks later
            alice is ready
            alice remarks too-late
        ",
        expect![[r#"
            0.0    X: recorded
            0.0    X: ended by Seat, 1 ok
            0.0    X: RECORD ok waited - rang 0s talked 0s keys [] agents [alice ok, bob ok]
            0.0        alice writes up
            0.0        bob writes up
            0.0        bob is ready
            0.0    X: remark: later
            0.0    X: RECORD ok waited - rang 0s talked 0s keys [] agents [alice ok, bob ok]
            0.0        alice is ready
            0.0        refused: desk.not_in_call
        "#]],
    );
}

#[test]
fn nobody_calls_oneself() {
    check_after(
        AT_THEIR_DESKS,
        "
            bob calls 8003
            phone 73 registers
            bob calls 8003
        ",
        expect![[r#"
            0.0        refused: phone.own_extension
            0.0        refused: phone.own_extension
        "#]],
    );
}

#[test]
fn a_telephone_calls_a_group_and_waits_like_any_caller() {
    check_with(
        with_group_numbers(),
        "
            phone 72 calls 700
            phone 72 hears it out
            alice signs in
            alice is not ready
            phone 72 calls 700
            wait 20
            alice is ready
            wait 3
            alice accepts
            wait 5
            phone 72 hangs up
            phone 72 calls 700
            wait 1
            phone 72 hangs up
        ",
        expect![[r#"
            0.0    X: a phone calls 700
            0.0    X: answered
            0.0        phone 72 is answered
            0.0    X: at group
            0.0    X: queued for Sales
            0.0    X: left the queue: NobodySignedIn
            0.0    X: ended by System, 105 noSeatOnline
            0.0    X: RECORD noSeatOnline waited - rang - talked - keys [] agents []
            0.0    phone 72 is let go
            0.0        alice is signed out
            0.0        alice is ready
            0.0        alice is away (not_ready)
            0.0    X: a phone calls 700
            0.0    X: answered
            0.0        phone 72 is answered
            0.0    X: at group
            0.0    X: queued for Sales
            20.0   X: offered to alice [bob SignedOut]
            20.0       alice rings for Sales
            23.0   X: accepted by alice
            23.0       both hear each other
            23.0   X: recording
            23.0       alice talks
            28.0   X: recorded
            28.0   X: ended by User, 1 ok
            28.0   X: RECORD ok waited 20s rang 3s talked 5s keys [] agents [alice ok]
            28.0   phone 72 is let go
            28.0       alice writes up
            28.0   X: a phone calls 700
            28.0   X: answered
            28.0       phone 72 is answered
            28.0   X: at group
            28.0   X: queued for Sales
            29.0   X: ended by User, 103 waitingGiveUp
            29.0   X: RECORD waitingGiveUp waited - rang - talked - keys [] agents []
            29.0   phone 72 is let go
        "#]],
    );
}

#[test]
fn an_agent_who_calls_the_own_group_is_not_offered_the_own_call() {
    check_with(
        with_group_numbers(),
        "
            bob signs in
            bob calls 700
            wait 12
            alice signs in
            alice declines
            alice is ready
            alice accepts
            bob mutes
            bob hangs up
            wait 10
        ",
        expect![[r#"
            0.0        bob is signed out
            0.0        bob is ready
            0.0    X: bob calls 700
            0.0    X: answered
            0.0    X: at group
            0.0    X: queued for Sales
            0.0        bob dials
            12.0       alice is signed out
            12.0       alice is ready
            12.0   X: offered to alice [bob Talking]
            12.0       alice rings for Sales
            12.0   X: offer ended: Declined
            12.0       alice is away (not_ready)
            12.0   X: offered to alice [bob Talking]
            12.0       alice rings for Sales
            12.0   X: accepted by alice
            12.0       the tone stops
            12.0       both hear each other
            12.0   X: recording
            12.0       alice talks
            12.0       bob talks
            12.0       the agent is muted: true
            12.0   X: recorded
            12.0   X: ended by User, 1 ok
            12.0   X: RECORD ok waited 12s rang 0s talked 0s keys [] agents [bob ok, alice seatGiveUp, alice ok]
            12.0       alice writes up
            12.0       bob writes up
            22.0       alice is ready
            22.0       bob is ready
        "#]],
    );
}

/// Bob calls a group where nobody is ready, waits, and then does this.
fn bob_waits_and(what: &str, expected: expect_test::Expect) {
    let begin = "alice signs in\nalice is not ready\nbob signs in\nbob calls 700\nwait 11";
    let script = format!("{begin}\n{what}\nbob hears it out\nwait 12");
    check_with(with_group_numbers(), &script, expected);
}

#[test]
fn an_agent_who_waits_hangs_up() {
    bob_waits_and(
        "bob hangs up",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        alice is away (not_ready)
            0.0        bob is signed out
            0.0        bob is ready
            0.0    X: bob calls 700
            0.0    X: answered
            0.0    X: at group
            0.0    X: queued for Sales
            0.0        bob dials
            11.0   X: ended by User, 103 waitingGiveUp
            11.0   X: RECORD waitingGiveUp waited - rang - talked - keys [] agents [bob waitingGiveUp]
            11.0       the tone stops
            11.0       bob is ready
        "#]],
    );
}

#[test]
fn an_agent_who_waits_loses_the_page_s_sound() {
    bob_waits_and(
        "bob loses sound",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        alice is away (not_ready)
            0.0        bob is signed out
            0.0        bob is ready
            0.0    X: bob calls 700
            0.0    X: answered
            0.0    X: at group
            0.0    X: queued for Sales
            0.0        bob dials
            11.0   X: ended by System, 211 clientError, desk.page_lost
            11.0   X: RECORD clientError waited - rang - talked - keys [] agents [bob clientError]
            11.0       bob is ready
        "#]],
    );
}

#[test]
fn an_agent_who_waits_signs_out() {
    bob_waits_and(
        "bob signs out",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        alice is away (not_ready)
            0.0        bob is signed out
            0.0        bob is ready
            0.0    X: bob calls 700
            0.0    X: answered
            0.0    X: at group
            0.0    X: queued for Sales
            0.0        bob dials
            11.0   X: ended by User, 103 waitingGiveUp
            11.0   X: RECORD waitingGiveUp waited - rang - talked - keys [] agents [bob waitingGiveUp]
            11.0       the tone stops
            11.0       bob is signed out
        "#]],
    );
}

#[test]
fn an_agent_waits_too_long() {
    bob_waits_and(
        "wait 49",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        alice is away (not_ready)
            0.0        bob is signed out
            0.0        bob is ready
            0.0    X: bob calls 700
            0.0    X: answered
            0.0    X: at group
            0.0    X: queued for Sales
            0.0        bob dials
            60.0   X: left the queue: WaitedTooLong
            60.0       the tone stops
            60.0   X: ended by System, 103 waitingGiveUp
            60.0   X: RECORD waitingGiveUp waited - rang - talked - keys [] agents [bob waitingGiveUp]
            60.0       bob is ready
        "#]],
    );
}

#[test]
fn a_group_that_no_flow_leads_to_lets_hear_the_ring_back_tone() {
    let mut settings = with_group_numbers();
    settings.flows.clear();
    check_with(
        settings,
        "
            alice signs in
            alice is not ready
            phone 72 calls 700
            wait 300
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0        alice is away (not_ready)
            0.0    X: a phone calls 700
            0.0    X: answered
            0.0        phone 72 is answered
            0.0    X: at group
            0.0    X: queued for Sales
            300.0  X: left the queue: WaitedTooLong
            300.0  X: ended by System, 103 waitingGiveUp
            300.0  X: RECORD waitingGiveUp waited - rang - talked - keys [] agents []
            300.0  phone 72 is let go
        "#]],
    );
}

#[test]
fn what_a_telephone_says_that_does_not_take_the_call() {
    for status in ["486", "600", "603", "480", "404"] {
        let script = format!("phone 72 registers\nphone 71 calls 8002\nX refuses {status}");
        let expected = match status {
            "486" => expect![[r#"
                0.0    X: alice calls 8002
                0.0        phone 72 is called as 8002 by 8001
                0.0    X: ended by User, 206 busy, SIP;486
                0.0    X: RECORD busy waited - rang - talked - keys [] agents [alice busy]
                0.0    X is let go
                0.0    phone 71 is let go (486)
            "#]],
            "600" => expect![[r#"
                0.0    X: alice calls 8002
                0.0        phone 72 is called as 8002 by 8001
                0.0    X: ended by User, 206 busy, SIP;600
                0.0    X: RECORD busy waited - rang - talked - keys [] agents [alice busy]
                0.0    X is let go
                0.0    phone 71 is let go (486)
            "#]],
            "603" => expect![[r#"
                0.0    X: alice calls 8002
                0.0        phone 72 is called as 8002 by 8001
                0.0    X: ended by User, 203 userReject, SIP;603
                0.0    X: RECORD userReject waited - rang - talked - keys [] agents [alice userReject]
                0.0    X is let go
                0.0    phone 71 is let go (603)
            "#]],
            "480" => expect![[r#"
                0.0    X: alice calls 8002
                0.0        phone 72 is called as 8002 by 8001
                0.0    X: ended by System, 204 powerOff, SIP;480
                0.0    X: RECORD powerOff waited - rang - talked - keys [] agents [alice powerOff]
                0.0    X is let go
                0.0    phone 71 is let go (480)
            "#]],
            _ => expect![[r#"
                0.0    X: alice calls 8002
                0.0        phone 72 is called as 8002 by 8001
                0.0    X: ended by System, 205 numberNotExist, SIP;404
                0.0    X: RECORD numberNotExist waited - rang - talked - keys [] agents [alice numberNotExist]
                0.0    X is let go
                0.0    phone 71 is let go (404)
            "#]],
        };
        check(&script, expected);
    }
}
