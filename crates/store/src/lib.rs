//! What survives a restart: settings, staff, sessions, journals and records in
//! SQL; the spool and the recordings in files.
//!
//! [`Store`] is a cheap handle to SQLite or PostgreSQL; the same queries run on
//! both. Every row carries the id of its application. Nothing here decides
//! anything about a call.

pub mod error;
pub mod limits;
pub mod model;
pub mod key;
mod store;
mod migrations;
mod sql;
mod settings;
mod applications;
mod staff;
mod skill_groups;
mod trunks;
mod phones;
mod flows;
mod sounds;
mod operators;
mod sessions;
mod api_keys;
mod calls;
mod call_legs;
mod audit;
pub mod spool;
pub mod recordings;
mod disk;
mod password;
mod token;

pub use error::StoreError;
pub use key::KeyFile;
pub use model::*;
pub use store::Store;
