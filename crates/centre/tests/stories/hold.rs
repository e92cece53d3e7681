//! Hold: what the held side hears, whoever holds.

use crate::stage::{TALKS_WITH_ALICE, check_after, check_with, settings};
use expect_test::expect;

#[test]
fn a_held_side_hears_the_applications_music_until_it_is_talked_to_again() {
    check_after(
        TALKS_WITH_ALICE,
        "
            A holds
            A holds
            wait 5
            A resumes
            A resumes
            A holds and sounds
            A holds
            alice offers sound
            alice hears
            A hangs up
        ",
        expect![[r#"
            0.0        the agent hears sound 5
            5.0        the tone stops
            5.0        the agent hears sound 5
            5.0        both hear each other
            5.0        the agent hears sound 5
            5.0    A: recorded
            5.0    A: ended by User, 1 ok
            5.0    A: RECORD ok waited 0s rang 0s talked 5s keys [1] agents [alice ok]
            5.0    A is let go
            5.0        alice writes up
        "#]],
    );
}

#[test]
fn a_telephone_holds_and_who_is_held_by_both_hears_music_too() {
    check_after(
        "
            alice signs in
            phone 71 calls 13800138000
            phone 71 holds and sounds
        ",
        "
            X answers
            X holds
            phone 71 resumes
            X resumes
            X hangs up
        ",
        expect![[r#"
            0.0    X: answered by the other side
            0.0        phone 71 is answered
            0.0        both hear each other
            0.0        X hears sound 5
            0.0    X: recording
            0.0        alice talks
            0.0        phone 71 hears sound 5
            0.0        X hears the other side again
            0.0        phone 71 hears the other side again
            0.0    X: recorded
            0.0    X: ended by User, 1 ok
            0.0    X: RECORD ok waited - rang - talked 0s keys [] agents [alice ok]
            0.0    X is let go
            0.0    phone 71 is let go (480)
            0.0        alice writes up
        "#]],
    );
}

#[test]
fn without_music_a_held_side_hears_nothing() {
    let mut settings = settings();
    settings.sounds.remove(&centre::SoundFileId(5));
    check_with(
        settings,
        "
            alice signs in
            phone 71 calls 13800138000
            X answers
            phone 71 holds
            phone 71 resumes
        ",
        expect![[r#"
            0.0        alice is signed out
            0.0        alice is ready
            0.0    X: alice calls 13800138000
            0.0        trunk 1 calls 13800138000 as 0086075512345678
            0.0        alice dials
            0.0    X: answered by the other side
            0.0        phone 71 is answered
            0.0        both hear each other
            0.0    X: recording
            0.0        alice talks
            0.0        X hears Silence
            0.0        X hears the other side again
        "#]],
    );
}
