//! By which way something was done.

use std::fmt;

use serde::{Deserialize, Serialize};

/// By which way a control was set or a definition changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Origin {
    /// The `flags` program.
    Cli,
    /// The library or the HTTP interface.
    Api,
    /// A staged rollout.
    Rollout,
    /// A circuit breaker.
    Breaker,
    /// An experiment.
    Experiment,
    /// A definition file.
    File,
    /// The library by itself: what has expired is removed, what was damaged is restored.
    System,
}

impl Origin {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Api => "api",
            Self::Rollout => "rollout",
            Self::Breaker => "breaker",
            Self::Experiment => "experiment",
            Self::File => "file",
            Self::System => "system",
        }
    }

    /// The way of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Cli, Self::Api, Self::Rollout, Self::Breaker, Self::Experiment, Self::File, Self::System]
            .into_iter()
            .find(|origin| origin.name() == name)
    }

    /// Whether a part of the system acts by itself this way, not a person.
    #[must_use]
    pub const fn is_automation(self) -> bool {
        matches!(self, Self::Rollout | Self::Breaker | Self::Experiment | Self::System)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
