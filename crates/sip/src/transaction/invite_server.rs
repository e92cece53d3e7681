//! INVITE server transaction: RFC 3261 §17.2.1 with RFC 6026 §7.1. The user sends the
//! 100 itself, at once; 2xx retransmission is the dialog's. (RFC 3261 §13.3.1.4)

use super::{Action, Event, Timer};

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of the RFC's figure")]
pub enum State {
    Proceeding,
    Accepted,
    Completed,
    Confirmed,
    Terminated,
}

/// The machine.
pub fn next(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Resend, Send, Start, Stop, TellTimeout};
    use Event::{Ack, Failure, Fired, Provisional, Request, Success, TransportFailed};
    use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};
    match (state, event) {
        (Proceeding, Request) => (Proceeding, &[Resend]),
        (Proceeding, Provisional) => (Proceeding, &[Send]),
        (Proceeding, Success) => (Accepted, &[Send, Start(Timer::L)]),
        (Proceeding, Failure) => (Completed, &[Send, Start(Timer::G), Start(Timer::H)]),
        (Completed, Request) => (Completed, &[Resend]),
        (Completed, Fired(Timer::G)) => (Completed, &[Resend, Start(Timer::G)]),
        (Completed, Fired(Timer::H)) => (Terminated, &[TellTimeout]),
        (Completed, Ack) => (Confirmed, &[Stop(Timer::G), Stop(Timer::H), Start(Timer::I)]),
        (Completed, TransportFailed) => (Terminated, &[]),
        // RFC 6026 §7.1: the INVITE's copies die here; the dialog's 2xx pass through.
        (Accepted, Success) => (Accepted, &[Send]),
        (Confirmed, Fired(Timer::I)) | (Accepted, Fired(Timer::L)) => (Terminated, &[]),
        (Proceeding | Accepted | Completed | Confirmed | Terminated, _) => (state, &[]),
    }
}
