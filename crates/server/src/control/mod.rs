//! The control thread: it alone owns the [`centre::node::Node`]. Everything
//! that happens reaches it through one bounded channel; whatever the node
//! wants done leaves only after its journal is safe on disk.

pub mod handle;
pub mod input;

pub use handle::{ControlHandle, DeskMessage, PageConnection};
pub use input::ControlInput;
