//! The door of this room: messages and commands in, messages and events out.
//! It only routes; what a message means is decided by the sub-machines.

use crate::api::{Command, DialogId, Flow, Output, Reason};
use std::collections::VecDeque;
use std::time::Duration;

/// What an endpoint needs to know when it is made.
#[derive(Debug, Clone)]
pub struct EndpointConfig {
    /// The luck of this endpoint: tags, branches, nonces. Random in production.
    pub seed: [u8; 32],
    /// Name and version for User-Agent and Server.
    pub product: String,
    /// Realm of challenges to phones whose domain is not their own.
    pub realm: String,
}

/// A SIP user agent for many calls: a value without sockets or clocks.
#[derive(Debug)]
pub struct Endpoint {
    next_dialog: u64,
    outputs: VecDeque<Output>,
}

impl Endpoint {
    /// An endpoint without trunks and phones: it refuses everybody until
    /// [`Command::SetDirectory`].
    pub fn new(_config: EndpointConfig, _now: Duration) -> Endpoint {
        Endpoint { next_dialog: 1, outputs: VecDeque::new() }
    }

    /// An id for [`Command::Invite`]. Never reused.
    pub fn reserve_dialog(&mut self) -> DialogId {
        let id = DialogId(self.next_dialog);
        self.next_dialog += 1;
        id
    }

    /// Takes one message (a datagram, or a frame of a stream) as it came by `flow`.
    pub fn receive(&mut self, _flow: Flow, _bytes: &[u8], _now: Duration) {}

    /// The connection behind `flow` is gone, or the network says that its peer is.
    pub fn flow_closed(&mut self, _flow: Flow, _now: Duration) {}

    /// Does what the owner wants. A command for a dialog that is over changes nothing.
    pub fn command(&mut self, _command: Command, _now: Duration) {}

    /// Fires every timer that is due.
    pub fn handle_timeout(&mut self, _now: Duration) {}

    /// The next output, if any.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Endpoint::handle_timeout`], and for whom.
    pub fn poll_timeout(&self) -> Option<(Duration, Reason)> {
        None
    }
}
