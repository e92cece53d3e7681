//! The control thread: it alone owns the [`centre::node::Node`]. Everything
//! that happens reaches it through one bounded channel; whatever the node
//! wants done leaves only after its journal is safe on disk.

pub mod handle;
pub mod input;
pub mod thread;
pub mod ledger;
pub mod effects;
pub mod pages;

pub use handle::{ControlHandle, DeskMessage, PageConnection, ToMedia};
pub use input::ControlInput;
pub use thread::ControlThread;

/// Inputs that may wait for the control thread. SIP may take half of them, so
/// that what calls in progress need (media events, commands) still fits.
pub const INPUTS: usize = 16_384;
