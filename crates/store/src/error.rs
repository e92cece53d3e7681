//! How storing can fail, in words for the person who has to mend it. Every
//! failure has a code in the catalogue of `centre`.

use centre::catalogue::{self, Code};
use std::path::{Path, PathBuf};

/// Why the store refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing in this application.
    #[error("there is no {what}")]
    NotFound {
        /// What is missing, with its id: `skill group 12`.
        what: String,
    },
    /// The name is taken within the application.
    #[error("there is already a {what} called {name}")]
    Exists {
        /// What kind of thing.
        what: &'static str,
        /// The name it has.
        name: String,
    },
    /// The number belongs to another application.
    #[error("the number {number} belongs to another application")]
    NumberTaken {
        /// The number.
        number: String,
    },
    /// Somebody else published the flow since it was read.
    #[error("the flow {flow} has a newer version")]
    ChangedMeanwhile {
        /// Its name.
        flow: String,
    },
    /// It cannot be deleted, because something refers to it.
    #[error("{what} is in use by {by}")]
    InUse {
        /// What should have been deleted.
        what: String,
        /// The first thing that refers to it, by its name.
        by: String,
    },
    /// A value is too long or makes no sense.
    #[error("{what}: {why}")]
    Invalid {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The application has as many of these as it may have.
    #[error("no more than {most} {what} are allowed")]
    Limit {
        /// What kind of thing, in the plural.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// Too many passwords are being checked at once.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// The disk is full. Nothing of the request was kept, nothing older is lost.
    #[error("the disk is full ({0})")]
    Full(String),
    /// The database cannot be reached now; trying again later may work.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// What is stored cannot be read.
    #[error("{what} cannot be read: {why}")]
    Damaged {
        /// What.
        what: String,
        /// Why not.
        why: String,
    },
    /// The database refused in a way that our queries should not allow.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// The catalogue's entry for it.
    pub fn code(&self) -> &'static Code {
        match self {
            StoreError::NotFound { .. } => catalogue::STORE_NOT_FOUND,
            StoreError::Exists { .. } => catalogue::STORE_EXISTS,
            StoreError::NumberTaken { .. } => catalogue::STORE_NUMBER_TAKEN,
            StoreError::ChangedMeanwhile { .. } => catalogue::FLOW_CHANGED_MEANWHILE,
            StoreError::InUse { .. } => catalogue::STORE_IN_USE,
            StoreError::Invalid { .. } => catalogue::STORE_INVALID,
            StoreError::Limit { .. } => catalogue::STORE_LIMIT,
            StoreError::Busy => catalogue::STORE_BUSY,
            StoreError::Full(_) => catalogue::STORE_FULL,
            StoreError::Unavailable(_) => catalogue::STORE_UNAVAILABLE,
            StoreError::File { .. } | StoreError::Damaged { .. } => catalogue::STORE_DAMAGED,
            StoreError::Failed(_) => catalogue::STORE_FAILED,
        }
    }

    /// Whether the same request may succeed later, when space or the database is back.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Busy | StoreError::Full(_) | StoreError::Unavailable(_) => true,
            StoreError::NotFound { .. }
            | StoreError::Exists { .. }
            | StoreError::NumberTaken { .. }
            | StoreError::ChangedMeanwhile { .. }
            | StoreError::InUse { .. }
            | StoreError::Invalid { .. }
            | StoreError::Limit { .. }
            | StoreError::File { .. }
            | StoreError::Damaged { .. }
            | StoreError::Failed(_) => false,
        }
    }

    /// A file's error, with a full disk told apart.
    pub(crate) fn file(path: &Path, error: std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StoreError::Full(path.display().to_string())
            }
            _ => StoreError::File { path: path.to_owned(), error },
        }
    }

    /// Something that a deserialiser refused.
    pub(crate) fn damaged(what: impl Into<String>, why: impl ToString) -> StoreError {
        StoreError::Damaged { what: what.into(), why: why.to_string() }
    }

    /// A thing that is not there.
    pub(crate) fn not_found(kind: &str, id: impl std::fmt::Display) -> StoreError {
        StoreError::NotFound { what: format!("{kind} {id}") }
    }
}
