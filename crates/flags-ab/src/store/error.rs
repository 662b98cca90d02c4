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
    /// The files of the store take all the room that they may.
    #[error(
        "{}: the events take {bytes} bytes, and may take {limit}; keep them for a shorter time, or raise the limit; nothing is \
         dropped for new ones, since a running experiment would come to another result without its first exposures",
        folder.display()
    )]
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// How many bytes the files take.
        bytes: u64,
        /// How many they may take.
        limit: u64,
    },
    /// A batch is too large to be kept as a whole.
    #[error("a batch of {events} events takes more than 4 GiB; append it in parts")]
    TooLarge {
        /// How many events it has.
        events: usize,
    },
    /// Another process writes to the folder.
    #[error(
        "{} is locked by {}: one program at a time records events in a folder; give each its own state folder, or read this one \
         without writing",
        path.display(), holder_in_words(*holder)
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The id of the process that holds it, if it could be told.
        holder: Option<u32>,
    },
    /// The store was opened to read.
    #[error("{} is opened to read; its events are added and removed by the program that records them", folder.display())]
    ReadOnly {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no folder of events.
    #[error("there are no events in {}; is this the state folder of a program that records experiments?", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is not as it was written.
    #[error(
        "{} is damaged at byte {offset}: {problem}; put back a copy of it, or move it elsewhere to go on without the events \
         that are in it",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where it is damaged.
        offset: u64,
        /// What is wrong there.
        problem: &'static str,
    },
    /// A file is of a format that a newer program writes.
    #[error("{} is of format {format}, and this program knows {known}; use the program that wrote it, or a newer one", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u8,
        /// The newest format known here.
        known: u8,
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

fn holder_in_words(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".into(), |id| format!("process {id}"))
}
