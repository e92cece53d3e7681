//! INVITE client transaction: RFC 3261 §17.1.1 with RFC 6026 §7.2.

use super::{Action, Event, Timer};

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of the RFC's figure")]
pub enum State {
    Calling,
    Proceeding,
    Accepted,
    Completed,
    Terminated,
}

/// What a new one does.
pub const START: &[Action] = &[Action::Send, Action::Start(Timer::A), Action::Start(Timer::B)];

/// The machine.
pub fn next(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Deliver, Resend, SendAck, Start, Stop, TellTimeout, TellUnreachable};
    use Event::{Failure, Fired, Provisional, Success, TransportFailed};
    use State::{Accepted, Calling, Completed, Proceeding, Terminated};
    match (state, event) {
        (Calling, Fired(Timer::A)) => (Calling, &[Resend, Start(Timer::A)]),
        (Calling, Fired(Timer::B)) => (Terminated, &[TellTimeout]),
        // Timer B must not run in Proceeding: a phone may ring for minutes.
        (Calling, Provisional) => (Proceeding, &[Stop(Timer::A), Stop(Timer::B), Deliver]),
        (Calling, Success) => (Accepted, &[Stop(Timer::A), Stop(Timer::B), Start(Timer::M), Deliver]),
        (Calling, Failure) => (Completed, &[Stop(Timer::A), Stop(Timer::B), SendAck, Start(Timer::D), Deliver]),
        (Proceeding, Provisional) => (Proceeding, &[Deliver]),
        (Proceeding, Success) => (Accepted, &[Start(Timer::M), Deliver]),
        (Proceeding, Failure) => (Completed, &[SendAck, Start(Timer::D), Deliver]),
        (Calling | Proceeding, TransportFailed) => (Terminated, &[TellUnreachable]),
        (Completed, Failure) => (Completed, &[SendAck]),
        // RFC 6026 §7.2: every 2xx goes to the user, who acknowledges it.
        (Accepted, Success) => (Accepted, &[Deliver]),
        (Completed, Fired(Timer::D) | TransportFailed) | (Accepted, Fired(Timer::M)) => (Terminated, &[]),
        // Late timers and answers that the figure does not name change nothing.
        (Calling | Proceeding | Accepted | Completed | Terminated, _) => (state, &[]),
    }
}
