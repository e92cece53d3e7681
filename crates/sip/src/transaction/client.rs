//! Client transaction of every method but INVITE and ACK: RFC 3261 §17.1.2.

use super::{Action, Event, Timer};

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of the RFC's figure")]
pub enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

/// What a new one does.
pub const START: &[Action] = &[Action::Send, Action::Start(Timer::E), Action::Start(Timer::F)];

/// The machine.
pub fn next(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Deliver, Resend, Start, Stop, TellTimeout, TellUnreachable};
    use Event::{Failure, Fired, Provisional, Success, TransportFailed};
    use State::{Completed, Proceeding, Terminated, Trying};
    match (state, event) {
        (Trying | Proceeding, Fired(Timer::E)) => (state, &[Resend, Start(Timer::E)]),
        (Trying | Proceeding, Fired(Timer::F)) => (Terminated, &[TellTimeout]),
        (Trying | Proceeding, Provisional) => (Proceeding, &[Deliver]),
        (Trying | Proceeding, Success | Failure) => {
            (Completed, &[Stop(Timer::E), Stop(Timer::F), Start(Timer::K), Deliver])
        }
        (Trying | Proceeding, TransportFailed) => (Terminated, &[TellUnreachable]),
        (Completed, Fired(Timer::K)) => (Terminated, &[]),
        (Trying | Proceeding | Completed | Terminated, _) => (state, &[]),
    }
}
