//! The shell around the machines: sockets, threads, files and HTTP.

pub mod media_thread;
