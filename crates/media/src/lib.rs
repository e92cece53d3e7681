//! Sound: RTP, WebRTC legs, codecs, bridges, conferences, digits, prompts and
//! recording taps. RTCP runs on all legs; SRTP on browser legs (by str0m, with
//! DTLS) and on plain legs whose keys came by signalling.
//!
//! Pure: no socket, no clock, no thread. One [`Engine`] per media thread.
//! Packets and commands go in, packets and events come out; the contract is
//! that of the other machines: change once, drain, sleep until the timeout.
//! Time is a [`core::time::Duration`] since the node's start.

pub mod api;
mod engine;
mod leg;
pub mod limits;
mod packet;

pub mod g711;
pub mod g722;
pub mod rtp;
pub mod telephone_event;

mod browser;
mod codec;
mod conference;
mod latch;
mod level;
mod mos;
mod playback;
mod playout;
mod recording;
mod reporting;
mod rtcp;
mod srtp;
mod stream;
mod stun;
mod tones;

pub use api::*;
pub use engine::{Engine, EngineConfig, Output, Patience, Socket};
pub use packet::{INLINE_CAPACITY, PacketBuf};
