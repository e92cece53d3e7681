//! Server transaction of every method but INVITE and ACK: RFC 3261 §17.2.2.

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

/// The machine.
pub fn next(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Resend, Send, Start};
    use Event::{Failure, Fired, Provisional, Request, Success, TransportFailed};
    use State::{Completed, Proceeding, Terminated, Trying};
    match (state, event) {
        (Trying | Proceeding, Provisional) => (Proceeding, &[Send]),
        (Trying | Proceeding, Success | Failure) => (Completed, &[Send, Start(Timer::J)]),
        (Proceeding | Completed, Request) => (state, &[Resend]),
        (Completed, Fired(Timer::J)) | (Proceeding | Completed, TransportFailed) => (Terminated, &[]),
        (Trying | Proceeding | Completed | Terminated, _) => (state, &[]),
    }
}
