//! How the client stands: what it serves, since when, and what went wrong last.

use std::{fmt, time::SystemTime};

use flags_core::Timestamp;

/// How a client stands at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The revision served, counted from 1.
    pub revision: u64,
    /// A hash of everything served, as 16 hexadecimal digits: equal digests mean equal decisions.
    pub digest: String,
    /// The environment decisions are made for.
    pub environment: String,
    /// How many flags there are.
    pub flags: usize,
    /// How many experiments there are.
    pub experiments: usize,
    /// When the revision took effect.
    pub changed_at: Timestamp,
    /// How the files stand, where the client follows files.
    pub source: Option<SourceStatus>,
    /// How the controls stand: what operators and automation have laid over the definitions.
    pub controls: ControlStatus,
}

/// How the controls of a client stand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ControlStatus {
    /// Their revision; 0 before the first change.
    pub revision: u64,
    /// How many there are.
    pub in_force: usize,
    /// How many of them name a flag, a variant, an experiment or an arm that is not defined, and wait.
    pub orphaned: usize,
    /// How many of them took effect at once on a protected flag or experiment, and wait for a second person to confirm them.
    pub unconfirmed: usize,
    /// How many proposals wait for a second person.
    pub proposals: usize,
    /// Why they could not be brought up to date when they were last looked at; those that are known stay in force.
    pub error: Option<String>,
}

/// How the files of a client stand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceStatus {
    /// The file or folder.
    pub path: std::path::PathBuf,
    /// When the content that is served was read.
    pub loaded_at: Option<SystemTime>,
    /// When the files were last looked at.
    pub checked_at: SystemTime,
    /// Since when what is served is not what the files say; `None` while it is.
    pub stale_since: Option<SystemTime>,
    /// What is wrong with the files as they are; kept until they are good again.
    pub error: Option<LoadFailure>,
    /// How changes are noticed, in words.
    pub mode: String,
    /// What may keep changes from being noticed, in words.
    pub caveats: Vec<String>,
    /// How many times content was accepted.
    pub loads_ok: u64,
    /// How many times content was refused.
    pub loads_failed: u64,
}

/// Why the files as they are were not accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoadFailure {
    /// When they were refused.
    pub at: SystemTime,
    /// What is wrong, for people.
    pub message: String,
    /// The diagnostics, where the files could be read.
    #[cfg(feature = "config")]
    pub report: Option<std::sync::Arc<flags_config::Report>>,
}

impl Status {
    /// Whether what is served is what the files say.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.source.as_ref().is_none_or(|source| source.stale_since.is_none())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "revision {} ({}), {} flags, changed at {}",
            self.revision, self.digest, self.flags, self.changed_at
        )?;
        match self.source.as_ref().and_then(|source| source.error.as_ref()) {
            Some(failure) => write!(f, "; the files are refused: {}", failure.message),
            None => Ok(()),
        }
    }
}
