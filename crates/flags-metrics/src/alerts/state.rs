//! How an alert stands, for whoever looks.

use flags_core::Timestamp;

use super::{AlertSeverity, AlertSubject};

/// How one alert of a rule stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AlertState {
    /// The key of its rule.
    pub rule: Box<str>,
    /// The name of the condition, such as `reload_failed`.
    pub condition: &'static str,
    /// How serious it is.
    pub severity: AlertSeverity,
    /// What it is about.
    pub subject: AlertSubject,
    /// Where it stands.
    pub phase: AlertPhase,
    /// Since when it stands there; `None` while it is inactive.
    pub since: Option<Timestamp>,
    /// What is or was the case, for people; `None` while it is inactive.
    pub summary: Option<Box<str>>,
    /// Whether it fires and there are no data at present that say whether it still should.
    pub without_data: bool,
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AlertPhase {
    /// Its condition does not hold.
    Inactive,
    /// Its condition holds, but not for long enough yet, or too soon after it last fired.
    Pending,
    /// It fires.
    Firing,
    /// It is over; it stays listed for a cooldown or two.
    Resolved,
}

impl AlertPhase {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}
