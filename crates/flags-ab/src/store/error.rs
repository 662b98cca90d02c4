//! Why events could not be kept or read.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why events could not be kept or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store is at its limit.
    #[error(
        "no room for {events} more events: at most {limit} are kept; analyse and remove old ones, or raise the limit"
    )]
    Full {
        /// How many were to be added.
        events: usize,
        /// How many the store keeps.
        limit: usize,
    },
    /// The files could not be written or read.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was tried: `cannot write`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
