//! The language of trunks and phones: messages, transactions, dialogs,
//! registration, digest and SDP.
//!
//! Pure: no socket, no clock, no thread. Bytes and commands go in through
//! [`Endpoint::receive`] and [`Endpoint::command`]; after every change drain
//! [`Endpoint::poll_output`] until it yields `None`, then sleep until
//! [`Endpoint::poll_timeout`] and call [`Endpoint::handle_timeout`].
//! Time is a [`core::time::Duration`] since the node's start.

#![forbid(unsafe_code)]

pub mod api;
pub mod endpoint;
pub mod limits;

pub mod message;
pub mod sdp;
pub mod framing;

pub mod transaction;
mod dialog;
mod registrar;
mod outward;

mod directory;
mod guard;
mod bans;
mod digest;
mod prover;

mod deadlines;
mod wire;

pub use api::*;
pub use endpoint::{Endpoint, EndpointConfig};
