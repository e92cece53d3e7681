//! The engine: legs, bridges, playbacks and recordings of one media thread.
//! Commands and packets go in, packets and events come out. It does no I/O and
//! reads no clock.

use crate::{Command, Event, LegId, PacketBuf, RecordingBlock};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What an engine is made of.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The engine's luck: sequence numbers, sources, ICE credentials.
    pub seed: [u8; 32],
    /// The instant of `Duration::ZERO`, which the WebRTC library asks for.
    pub origin: Instant,
    /// Addresses of the shared browser port, given to browsers as candidates.
    pub browser_addresses: Vec<SocketAddr>,
    /// How many legs may be open at once.
    pub max_legs: usize,
}

/// Which socket a packet came from or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Socket {
    /// The socket of a plain leg, bound to the port of its `OpenPlain`.
    Plain(LegId),
    /// The socket that all browser legs share.
    Browser,
}

/// What leaves the engine.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // On purpose: packets are the common case and must not allocate.
pub enum Output {
    /// Send a packet.
    Transmit {
        /// From which socket.
        socket: Socket,
        /// To whom.
        to: SocketAddr,
        /// Its bytes.
        packet: PacketBuf,
    },
    /// Something that the owner wants to know.
    Event(Event),
    /// A piece of a recording.
    Recording(RecordingBlock),
    /// A plain leg is gone: close its socket.
    CloseSocket(LegId),
}

/// The sound of many calls.
pub struct Engine {
    _config: EngineConfig,
}

impl Engine {
    /// An engine without legs.
    #[must_use]
    pub fn new(config: EngineConfig) -> Engine {
        Engine { _config: config }
    }

    /// Does what the owner wants.
    pub fn command(&mut self, _command: Command, _now: Duration) {}

    /// Takes a packet that arrived on one of the sockets.
    pub fn receive(&mut self, _socket: Socket, _from: SocketAddr, _packet: &[u8], _now: Duration) {}

    /// Does what is due by now.
    pub fn handle_timeout(&mut self, _now: Duration) {}

    /// The next thing to do for the shell, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }

    /// When `handle_timeout` wants to be called, if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        None
    }
}
