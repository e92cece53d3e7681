//! The language of trunks and phones: messages, transactions, dialogs,
//! registration, digest and SDP.
//!
//! Pure: no socket, no clock, no thread. Bytes and commands go in through
//! [`Endpoint::receive`] and [`Endpoint::command`]; after every change drain
//! [`Endpoint::poll_output`] until it yields `None`, then sleep until
//! [`Endpoint::poll_timeout`] and call [`Endpoint::handle_timeout`].
//! Time is a [`core::time::Duration`] since the node's start.

pub mod api;

pub use api::*;
