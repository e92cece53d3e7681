//! What strangers can send us, bent in every way: each target takes any bytes
//! and feeds them to the code that meets them first. A target that returns has
//! passed; it panics when that code does, or when something was kept that should
//! have been let go.
//!
//! The same targets run in three ways: over the committed corpus with a fixed
//! seed (`cargo test -p fuzz`, in CI), for as long as one likes (`cargo run
//! --release -p fuzz -- --rounds N`), and under a coverage-guided fuzzer, for
//! which `TARGETS` is the list of entry points.

pub mod corpus;
pub mod mutate;
mod signalling;
mod sound;

/// One way in.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and its folder in the corpus.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
}

/// Every way in.
pub const TARGETS: &[Target] = &[
    Target { name: "sip_message", run: signalling::message },
    Target { name: "sip_endpoint", run: signalling::endpoint },
    Target { name: "sip_stream", run: signalling::stream },
    Target { name: "sdp", run: signalling::description },
    Target { name: "rtp", run: sound::plain },
    Target { name: "rtcp", run: sound::reports },
    Target { name: "stun", run: sound::browser },
];
