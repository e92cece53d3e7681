//! The shell of Callyard: the one binary's sockets, threads, files and pages
//! around the pure rooms. Nothing here decides about a call; it carries bytes
//! and values to the node and does what the node wants.

pub mod control;
