//! Sound: RTP, RTCP, WebRTC legs, codecs, bridges, digits, prompts and
//! recording taps.
//!
//! Pure: no socket, no clock, no thread. One [`Engine`] per media thread.
//! Packets and commands go in, packets and events come out; the contract is
//! that of the other machines: change once, drain, sleep until the timeout.
//! Time is a [`core::time::Duration`] since the node's start.

pub mod api;
mod engine;
mod packet;

pub use api::*;
pub use engine::{Engine, EngineConfig, Output, Socket};
pub use packet::{INLINE_CAPACITY, PacketBuf};
