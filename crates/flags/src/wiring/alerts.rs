//! From alerts and channels as definitions hold them to those that look and send; and which changes of definitions are
//! unexpected.

use std::collections::HashMap;

use flags_config::{
    AlertCondition as Written, AlertDefinition, AlertSeverity as WrittenSeverity, ChannelDefinition,
    ChannelKind as WrittenKind, Document, SecretSource as WrittenSecret,
};
use flags_core::{Definitions, FlagDefinition};
use flags_metrics::{
    alerts::{AlertCondition, AlertRule, AlertSeverity, Event},
    channels::{Channel, ChannelKind, SecretSource},
};

/// The channel that alerts go to where definitions have none.
const LOG: &str = "log";

/// The rules and channels of definitions. Where there are no channels, alerts go to the log.
pub(crate) fn rules_and_channels(document: &Document) -> (Vec<AlertRule>, Vec<Channel>) {
    let mut channels: Vec<Channel> = document.channels.iter().filter_map(channel).collect();
    if channels.is_empty() {
        channels.push(Channel::new(LOG, ChannelKind::Log));
    }
    let all: Vec<Box<str>> = channels.iter().map(|channel| channel.key.clone()).collect();
    (document.alerts.iter().filter_map(|alert| rule(alert, &all)).collect(), channels)
}

fn rule(alert: &AlertDefinition, all_channels: &[Box<str>]) -> Option<AlertRule> {
    let condition = match alert.when.clone() {
        Written::EvaluationLatency { percentile, above, window, min_samples } => {
            AlertCondition::EvaluationLatency { percentile, above, window, min_samples }
        }
        Written::FlagErrorRate { above, flag, window, min_samples } => {
            AlertCondition::FlagErrorRate { above, flag, window, min_samples }
        }
        Written::Rollback => AlertCondition::Rollback,
        Written::RolloutAttention => AlertCondition::RolloutAttention,
        Written::ExperimentSignificant => AlertCondition::ExperimentSignificant,
        Written::UnexpectedChange => AlertCondition::UnexpectedChange,
        Written::ReloadFailed => AlertCondition::ReloadFailed,
        _ => {
            tracing::error!(alert = &*alert.key, "an alert has a condition that this program does not know");
            return None;
        }
    };
    let mut rule = AlertRule::new(alert.key.clone(), condition).cooldown(alert.cooldown).hold(alert.hold);
    rule.severity = match alert.severity {
        WrittenSeverity::Info => AlertSeverity::Info,
        WrittenSeverity::Warning => AlertSeverity::Warning,
        WrittenSeverity::Critical => AlertSeverity::Critical,
    };
    rule.notify = if alert.notify.is_empty() { all_channels.to_vec() } else { alert.notify.clone() };
    rule.description.clone_from(&alert.description);
    Some(rule)
}

fn channel(definition: &ChannelDefinition) -> Option<Channel> {
    let kind = match definition.kind.clone() {
        WrittenKind::Log => ChannelKind::Log,
        WrittenKind::Webhook { url, secret: key, token } => {
            ChannelKind::Webhook { url, secret: secret(key), token: secret(token) }
        }
        WrittenKind::Alertmanager { url, token } => ChannelKind::Alertmanager { url, token: secret(token) },
        _ => {
            tracing::error!(channel = &*definition.key, "a channel is of a kind that this program does not know");
            return None;
        }
    };
    let mut channel =
        Channel::new(definition.key.clone(), kind).timeout(definition.timeout).retries(definition.retries);
    channel.link.clone_from(&definition.link);
    Some(channel)
}

fn secret(source: Option<WrittenSecret>) -> Option<SecretSource> {
    match source? {
        WrittenSecret::File(path) => Some(SecretSource::File(path.into_string().into())),
        WrittenSecret::Environment(name) => Some(SecretSource::Environment(name)),
        // A delivery without it would pass for one that needs none; this name is of no variable, so it fails and says so.
        _ => Some(SecretSource::Environment("(a place this program does not know)".into())),
    }
}

/// That the definition of a flag changed, and nobody put his name to it.
pub(crate) fn unsigned(flag: &str) -> Event {
    let detail = "its definition changed, and its updated_by and updated_at did not";
    Event::UnexpectedChange { flag: flag.into(), detail: detail.into() }
}

/// The changes from one version of definitions to the next that are unexpected: of a flag that is signed (`updated_by`,
/// `updated_at`), one that leaves the signature as it was; of a protected flag, that it is gone or not protected any more, by
/// which changes at run time would not need a second person any more.
pub(crate) fn unexpected_changes(old: &Definitions, new: &Definitions) -> Vec<Event> {
    let by_key: HashMap<&str, &FlagDefinition> = new.flags.iter().map(|flag| (&*flag.key, flag)).collect();
    let unexpected = |before: &FlagDefinition| {
        let event = |detail: &str| Event::UnexpectedChange { flag: before.key.clone(), detail: detail.into() };
        match by_key.get(&*before.key) {
            None if before.protected => Some(event("it is protected, and was removed from the files")),
            None => None,
            Some(after) if before.protected && !after.protected => Some(event("it was protected, and is not any more")),
            Some(after) => {
                let signed = after.updated_by.is_some() || after.updated_at.is_some();
                let touched = before.updated_by != after.updated_by || before.updated_at != after.updated_at;
                (signed && !touched && before != *after).then(|| unsigned(&before.key))
            }
        }
    };
    old.flags.iter().filter_map(unexpected).collect()
}
