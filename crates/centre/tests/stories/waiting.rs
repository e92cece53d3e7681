//! How many callers wait, as desks show it.

use crate::stage::{self, Stage};

#[test]
fn all_desks_show_how_many_wait_even_one_that_was_told_in_between() {
    Stage::new(stage::settings()).noticed_in(
        "
            alice signs in
            bob signs in
            alice is not ready
            bob is not ready
            A calls
            A presses 0
            A presses 1
            alice sees 0 waiting
            wait 1
            alice sees 1 waiting
            bob sees 1 waiting
            B calls
            B presses 0
            B presses 1
            alice rests
            alice sees 2 waiting
            B hangs up
            bob sees 1 waiting
            wait 1
            alice sees 1 waiting
            bob sees 1 waiting
            A hangs up
            wait 1
            alice sees 0 waiting
            bob sees 0 waiting
        ",
    );
}

#[test]
fn a_page_that_opens_while_callers_come_and_go_shows_the_truth_a_second_later() {
    Stage::new(stage::settings()).noticed_in(
        "
            alice signs in
            alice is not ready
            A calls
            A presses 0
            A presses 1
            bob opens page
            bob sees 1 waiting
            A hangs up
            wait 1
            bob sees 0 waiting
            alice sees 0 waiting
        ",
    );
}
