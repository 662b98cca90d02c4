//! A rule: a condition, how serious it is, and who hears of it.

use std::{fmt, time::Duration};

use super::AlertCondition;

/// How serious an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertSeverity {
    /// Worth knowing.
    Info,
    /// Somebody should look at it soon.
    #[default]
    Warning,
    /// Somebody should look at it now.
    Critical,
}

impl AlertSeverity {
    /// Its name in definitions and on labels: `info`, `warning` or `critical`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for AlertSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What somebody should hear of.
///
/// ```
/// use flags_metrics::alerts::{AlertCondition, AlertRule, AlertSeverity};
///
/// let rule = AlertRule::new("refused", AlertCondition::ReloadFailed).severity(AlertSeverity::Critical).notify("ops");
/// assert_eq!(rule.cooldown.as_secs(), 600);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AlertRule {
    /// Its name.
    pub key: Box<str>,
    /// What sets it off.
    pub condition: AlertCondition,
    /// How serious it is; a warning unless said otherwise.
    pub severity: AlertSeverity,
    /// How long it stays silent after it fired; ten minutes unless said otherwise.
    pub cooldown: Duration,
    /// How long the condition has to hold before it fires; not at all unless said otherwise. Of no effect on what happens at
    /// an instant: a rollback, a verdict, an unexpected change.
    pub hold: Duration,
    /// The keys of the channels that are told.
    pub notify: Vec<Box<str>>,
    /// What to do about it, for whoever is told.
    pub description: Option<Box<str>>,
}

impl AlertRule {
    /// A warning with a cooldown of ten minutes that is told to nobody.
    pub fn new(key: impl Into<Box<str>>, condition: AlertCondition) -> Self {
        Self {
            key: key.into(),
            condition,
            severity: AlertSeverity::default(),
            cooldown: Duration::from_secs(600),
            hold: Duration::ZERO,
            notify: vec![],
            description: None,
        }
    }

    /// The rule with that severity.
    #[must_use]
    pub fn severity(mut self, severity: AlertSeverity) -> Self {
        self.severity = severity;
        self
    }

    /// The rule with that cooldown.
    #[must_use]
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// The rule that fires only once its condition has held that long.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }

    /// The rule that tells one more channel.
    #[must_use]
    pub fn notify(mut self, channel: impl Into<Box<str>>) -> Self {
        self.notify.push(channel.into());
        self
    }

    /// The rule with advice for whoever is told.
    #[must_use]
    pub fn description(mut self, description: impl Into<Box<str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// How long the condition has to hold, where that means anything.
    pub(super) fn effective_hold(&self) -> Duration {
        if self.condition.is_occurrence() { Duration::ZERO } else { self.hold }
    }
}
