//! The phases of a rollout, for people: derived from where it stands, never stored.

use std::fmt;

use flags_core::Percentage;

/// Which part of its way a rollout is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It has not been started.
    Planned,
    /// Up to 5 percent.
    Canary,
    /// Above 5 percent, below half.
    Gradual,
    /// Half or more.
    Majority,
    /// It has passed its last stage.
    Complete,
    /// It waits for a person, or for data.
    Paused,
    /// It is being taken back.
    RollingBack,
    /// It has been taken back.
    RolledBack,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Canary,
        Self::Gradual,
        Self::Majority,
        Self::Complete,
        Self::Paused,
        Self::RollingBack,
        Self::RolledBack,
    ];

    /// The phase of a rollout that runs at that percentage.
    #[must_use]
    pub const fn of_running(percentage: Percentage) -> Self {
        match percentage.thousandths() {
            0..=5_000 => Self::Canary,
            5_001..=49_999 => Self::Gradual,
            _ => Self::Majority,
        }
    }

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Canary => "canary",
            Self::Gradual => "gradual",
            Self::Majority => "majority",
            Self::Complete => "complete",
            Self::Paused => "paused",
            Self::RollingBack => "rolling_back",
            Self::RolledBack => "rolled_back",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}
