//! What channels are told: that an alert fires, or that it is over and why.

use flags_core::Timestamp;

use super::{AlertSeverity, AlertSubject};

/// That an alert fires, or is over.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Notification {
    /// The key of its rule.
    pub rule: Box<str>,
    /// What it is about.
    pub subject: AlertSubject,
    /// Whether it fires or is over.
    pub status: NotificationStatus,
    /// How serious it is.
    pub severity: AlertSeverity,
    /// The name of its condition, such as `flag_error_rate`.
    pub condition: &'static str,
    /// What is the case, for people: a clause in lower case without a full stop.
    pub summary: Box<str>,
    /// What to do about it, in the words of whoever wrote the rule.
    pub description: Option<Box<str>>,
    /// What was measured: seconds for a latency, a share for a rate. `None` where nothing is measured.
    pub value: Option<f64>,
    /// The bound it is judged by, in the same unit.
    pub bound: Option<f64>,
    /// When it fired.
    pub starts_at: Timestamp,
    /// When it was over; not before it fired.
    pub ends_at: Option<Timestamp>,
    /// How many more times its condition came to hold since it last fired, which the cooldown kept quiet.
    pub untold: u64,
    /// The keys of the channels that are told.
    pub notify: Vec<Box<str>>,
}

/// Whether an alert fires or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotificationStatus {
    /// It fires.
    Firing,
    /// It is over, for that reason.
    Resolved(Resolution),
}

/// Why an alert is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resolution {
    /// What was measured is within its bound again.
    Recovered,
    /// What brought it about was undone or acted upon.
    Undone,
    /// Nothing further happened for a cooldown.
    Quiet,
    /// There were no data for a cooldown, so that nobody knows.
    NoData,
    /// The flag is not defined any more.
    FlagRemoved,
    /// The rule is not defined any more, or says something else.
    RuleRemoved,
}

impl Notification {
    /// Whether it says that an alert fires.
    #[must_use]
    pub const fn is_firing(&self) -> bool {
        matches!(self.status, NotificationStatus::Firing)
    }
}

impl NotificationStatus {
    /// `firing` or `resolved`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved(_) => "resolved",
        }
    }
}

impl Resolution {
    /// Its name, in lower case with underscores.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::Undone => "undone",
            Self::Quiet => "quiet",
            Self::NoData => "no_data",
            Self::FlagRemoved => "flag_removed",
            Self::RuleRemoved => "rule_removed",
        }
    }
}
