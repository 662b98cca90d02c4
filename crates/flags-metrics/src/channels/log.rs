//! The log as a channel.

use crate::alerts::{AlertSeverity, Notification};

/// Writes a notification to the log: as an error, a warning or for information, as serious as it is; for information if it is
/// over.
pub(super) fn write(notification: &Notification) {
    let Notification { rule, subject, summary, .. } = notification;
    let (status, severity) = (notification.status.name(), notification.severity.name());
    let flag = subject.flag();
    match notification.severity {
        AlertSeverity::Critical if notification.is_firing() => {
            tracing::error!(target: "flags::alerts", alert = &**rule, status, severity, flag, "{summary}");
        }
        AlertSeverity::Warning if notification.is_firing() => {
            tracing::warn!(target: "flags::alerts", alert = &**rule, status, severity, flag, "{summary}");
        }
        _ => tracing::info!(target: "flags::alerts", alert = &**rule, status, severity, flag, "{summary}"),
    }
}
