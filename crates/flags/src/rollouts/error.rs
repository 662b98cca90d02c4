//! Why nothing came of what was asked of a rollout.

use std::fmt;

use flags_rollout::controller::{CommandError, JournalError};

/// Why nothing came of what was asked of a rollout. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RolloutError {
    /// There is no flag of that key, and there never was a rollout of one.
    UnknownFlag {
        /// The key.
        key: Box<str>,
    },
    /// This client leaves it to others to drive rollouts.
    NotDriving,
    /// The command was not carried out.
    Command(CommandError),
    /// The journals cannot be used.
    Journal(JournalError),
}

impl From<CommandError> for RolloutError {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

impl From<JournalError> for RolloutError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl fmt::Display for RolloutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag { key } => write!(f, "there is no flag `{key}`, so there is nothing to roll out"),
            Self::NotDriving => f.write_str(
                "this client does not drive rollouts: build it with `RolloutOptions::new().drive(true)`, or have the program \
                 look that does",
            ),
            Self::Command(error) => error.fmt(f),
            Self::Journal(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RolloutError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::UnknownFlag { .. } | Self::NotDriving => None,
            Self::Command(error) => Some(error),
            Self::Journal(error) => Some(error),
        }
    }
}
