//! What survives a restart: settings, staff, sessions, journals and records in
//! SQL; the spool and the recordings in files.
//!
//! [`Store`] is a cheap handle to SQLite or PostgreSQL; the same queries run on
//! both. Every row carries the id of its application. Nothing here decides
//! anything about a call.

pub mod error;
pub mod key;
pub mod limits;
pub mod model;
mod store;
pub mod spool;
pub mod recordings;

pub use error::StoreError;
pub use key::KeyFile;
pub use model::*;
pub use store::Store;
