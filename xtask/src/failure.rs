//! Why a command of the automation did not do what it was asked.

use std::{io, path::PathBuf, process::ExitStatus};

use crate::report::Tally;

/// A failure, worded for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// A program ran and said no. Its own output, above, says why.
    #[error("`{command}` ended with {status}")]
    Command {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A program could not be started.
    #[error("`{command}` could not be started ({source}); is it installed and on the PATH?")]
    Start {
        /// The command line.
        command: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A test runner ran, and tests failed.
    #[error("{} of {} tests failed", tally.failed, tally.passed + tally.failed)]
    Tests {
        /// What the runner counted.
        tally: Tally,
    },
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Something that should have been JSON was not, or had another shape.
    #[error("{what} is not the JSON expected: {source}")]
    Json {
        /// Whose output it is.
        what: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A check found something to mend.
    #[error("{} to mend:\n  {}", problems.len(), problems.join("\n  "))]
    Problems {
        /// One line each.
        problems: Vec<String>,
    },
    /// A server was started and never answered.
    #[error("{what} did not become ready within {seconds} s")]
    NotReady {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
    },
}

impl Failure {
    /// The failure for `path`, for use with `map_err`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }

    /// `Ok` where nothing was found, else the list of `problems`.
    pub(crate) fn unless_empty(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self::Problems { problems }) }
    }
}
