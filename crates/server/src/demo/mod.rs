//! `--demo`: an application that shows the product, and a virtual carrier whose
//! customers call it with real SIP and RTP over the loopback. Starting it again
//! on the same data folder changes nothing.

mod application;
mod carrier;
mod facts;
pub mod sounds;

pub use application::{aim, prepare};
pub use carrier::Carrier;
pub use facts::Facts;

/// The demo's number.
pub const NUMBER: &str = "0086075512345678";
/// The demo application's name. A restart finds it again by its id, never by this.
pub const NAME: &str = "Callyard Demo";
