//! The four transaction machines of RFC 3261 §17 with the Accepted states of RFC 6026,
//! as pure tables: state and event in, state and actions out. Transport, clock and
//! bytes are the business of [`store`]; the meaning of a message is the dialog's.

pub mod client;
pub mod invite_client;
pub mod invite_server;
pub mod server;
pub(crate) mod store;
#[cfg(test)]
mod tables;

use crate::api::Transport;
use crate::limits::{T1, T1_64, T2, T4};
use std::time::Duration;

/// The timers of RFC 3261 table 4 and RFC 6026 §7. C is a proxy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Retransmits an INVITE.
    A,
    /// An INVITE that nobody answers.
    B,
    /// Absorbs retransmitted refusals of an INVITE.
    D,
    /// Retransmits another request.
    E,
    /// A request that nobody answers.
    F,
    /// Retransmits a refusal of an INVITE.
    G,
    /// A refusal that nobody acknowledges.
    H,
    /// Absorbs retransmitted ACKs.
    I,
    /// Absorbs retransmitted requests.
    J,
    /// Absorbs retransmitted answers.
    K,
    /// Absorbs retransmitted INVITEs after a 2xx.
    L,
    /// Collects further 2xx of forks.
    M,
}

/// What a timer is for decides what a reliable transport does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sends again: not needed where the transport delivers.
    Retransmit,
    /// Waits for stray copies: zero where the transport makes none.
    Absorb,
    /// Gives up, or waits for other things than copies: always the same.
    Always,
}

impl Timer {
    fn kind(self) -> Kind {
        match self {
            Timer::A | Timer::E | Timer::G => Kind::Retransmit,
            Timer::D | Timer::I | Timer::J | Timer::K => Kind::Absorb,
            Timer::B | Timer::F | Timer::H | Timer::L | Timer::M => Kind::Always,
        }
    }

    /// How long it runs when started after `resends` retransmissions. `None`: not at all.
    fn length(self, transport: Transport, resends: u32) -> Option<Duration> {
        let doubled = T1.saturating_mul(1_u32.checked_shl(resends).unwrap_or(u32::MAX));
        match (self.kind(), transport.is_reliable()) {
            (Kind::Retransmit, true) => return None,
            (Kind::Absorb, true) => return Some(Duration::ZERO),
            (Kind::Retransmit | Kind::Absorb, false) | (Kind::Always, _) => {}
        }
        Some(match self {
            // RFC 3261 §17.1.1.2: doubles without a cap; B ends it.
            Timer::A => doubled,
            // RFC 3261 §17.1.2.2 and §17.2.1: doubles up to T2.
            Timer::E | Timer::G => doubled.min(T2),
            Timer::I | Timer::K => T4,
            Timer::B | Timer::D | Timer::F | Timer::H | Timer::J | Timer::L | Timer::M => T1_64,
        })
    }
}

/// What can happen to a transaction. "Response" is one received by a client, or one that
/// the user of a server transaction sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The request came again.
    Request,
    /// The ACK of a refusal.
    Ack,
    /// A 1xx response.
    Provisional,
    /// A 2xx response.
    Success,
    /// A 300–699 response.
    Failure,
    /// A timer fired.
    Fired(Timer),
    /// The transport says that it cannot deliver.
    TransportFailed,
}

impl Event {
    /// The event of a response with this status.
    pub fn of_status(status: u16) -> Event {
        match status {
            0..=199 => Event::Provisional,
            200..=299 => Event::Success,
            _ => Event::Failure,
        }
    }
}

/// What a transaction wants done, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send the message of the event for the first time, and keep it.
    Send,
    /// Send the kept message again.
    Resend,
    /// Send the ACK of a refusal. (RFC 3261 §17.1.1.3)
    SendAck,
    /// Start a timer; a running one of the same name starts anew.
    Start(Timer),
    /// Stop a timer.
    Stop(Timer),
    /// Hand the response to the user.
    Deliver,
    /// Tell the user that nobody answers.
    TellTimeout,
    /// Tell the user that the transport cannot reach the peer.
    TellUnreachable,
}
