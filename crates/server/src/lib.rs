//! The shell of Callyard: the one binary's sockets, threads, files and pages
//! around the pure rooms. Nothing here decides about a call; it carries bytes
//! and values to the node and does what the node wants.
//!
//! Read [`serve`] first: it puts everything together and takes it apart again.

pub mod serve;
pub mod cli;
pub mod config;
pub mod control;
pub mod sip_sockets;
pub mod gateways;
pub mod media_thread;
pub mod recording_writer;
pub mod http;
pub mod api;
pub mod auth;
pub mod desk_socket;
pub mod cloud_api;
pub mod demo;
pub mod doctor;
pub mod operator;
pub mod virtual_phone;
pub mod data_folder;
pub mod metrics;
mod sound_metrics;
pub mod logging;
pub mod clock;
pub mod luck;
