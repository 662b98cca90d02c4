//! Whether a flag is in force, when that changes, and what sort of flag it is.

use core::fmt;

use crate::{Percentage, Timestamp};

/// Whether a flag is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Off.
    Disabled,
    /// On only where the environment is `development`.
    Development,
    /// On for a small percentage.
    Canary,
    /// On for a growing percentage.
    Rollout,
    /// On.
    #[default]
    Enabled,
    /// Killed, and everything below it.
    EmergencyOff,
}

impl State {
    /// Every state, in the order of the format's documentation.
    pub const ALL: [Self; 6] =
        [Self::Disabled, Self::Development, Self::Canary, Self::Rollout, Self::Enabled, Self::EmergencyOff];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Development => "development",
            Self::Canary => "canary",
            Self::Rollout => "rollout",
            Self::Enabled => "enabled",
            Self::EmergencyOff => "emergency_off",
        }
    }

    /// The state called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether a flag in this state is on in `environment`, all else aside.
    #[must_use]
    pub fn is_on_in(self, environment: &str) -> bool {
        match self {
            Self::Canary | Self::Rollout | Self::Enabled => true,
            Self::Development => environment == "development",
            Self::Disabled | Self::EmergencyOff => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What sort of flag it is, inferred from what is written ([`FlagDefinition::kind`](super::FlagDefinition::kind)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlagKind {
    /// On or off.
    Boolean,
    /// On for a share of units.
    Percentage,
    /// On for those who are listed.
    AllowList,
    /// Serves one of several variants.
    Multivariate,
    /// There to switch something off: it is in `emergency_off`, or tagged `kill-switch`.
    KillSwitch,
}

impl FlagKind {
    /// Its name, in lower case with hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Percentage => "percentage",
            Self::AllowList => "allow-list",
            Self::Multivariate => "multivariate",
            Self::KillSwitch => "kill-switch",
        }
    }
}

impl fmt::Display for FlagKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A dated change: from its instant on, the fields it names replace the flag's.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ScheduleStep {
    /// From when on.
    pub at: Timestamp,
    /// The new state.
    pub state: Option<State>,
    /// The new rollout percentage.
    pub rollout_percentage: Option<Percentage>,
}

impl ScheduleStep {
    /// A step that changes nothing yet.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self { at, state: None, rollout_percentage: None }
    }

    /// The step that switches the flag on or off.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.state = Some(if enabled { State::Enabled } else { State::Disabled });
        self
    }

    /// The step that changes the rollout percentage.
    #[must_use]
    pub fn rollout(mut self, percentage: Percentage) -> Self {
        self.rollout_percentage = Some(percentage);
        self
    }
}
