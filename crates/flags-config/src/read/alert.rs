//! `[alerts.KEY]`.

use std::time::Duration;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Entry, Reader, duration_or, entries, names};
use crate::{AlertCondition, AlertDefinition, AlertSeverity, Code, leaf};

/// What counts where a window is not written.
const WINDOW: Duration = Duration::from_secs(5 * 60);

impl Reader<'_> {
    pub(crate) fn alert(&mut self, key: &str, table: &DeTable<'_>) -> AlertDefinition {
        let mut alert = AlertDefinition {
            key: key.into(),
            // Without a condition the document is refused.
            when: AlertCondition::ReloadFailed,
            severity: AlertSeverity::default(),
            cooldown: Duration::from_secs(10 * 60),
            hold: Duration::ZERO,
            notify: vec![],
            description: None,
        };
        let mut hold = None;
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match name {
                "when" => alert.when = self.alert_condition(value).unwrap_or(alert.when),
                "severity" => {
                    alert.severity = value.as_str().and_then(AlertSeverity::from_name).unwrap_or_default();
                }
                "cooldown" => alert.cooldown = duration_or(value, alert.cooldown),
                "for" => {
                    alert.hold = duration_or(value, Duration::ZERO);
                    hold = Some(entry);
                }
                "notify" => alert.notify = names(value),
                "description" => alert.description = leaf::text(value),
                _ => {}
            }
        }
        if let Some(entry) = hold {
            self.refuse_useless_hold(&alert, entry);
        }
        alert
    }

    fn alert_condition(&mut self, value: &DeValue<'_>) -> Option<AlertCondition> {
        let (name, entry) = entries(value.as_table()?).next()?;
        Some(match name {
            "evaluation_latency" => self.evaluation_latency(entry.value.get_ref()),
            "flag_error_rate" => self.flag_error_rate(entry.value.get_ref()),
            "rollback" => AlertCondition::Rollback,
            "rollout_attention" => AlertCondition::RolloutAttention,
            "experiment_significant" => AlertCondition::ExperimentSignificant,
            "unexpected_change" => AlertCondition::UnexpectedChange,
            "reload_failed" => AlertCondition::ReloadFailed,
            _ => return None,
        })
    }

    fn evaluation_latency(&mut self, value: &DeValue<'_>) -> AlertCondition {
        let (mut percentile, mut above, mut window, mut min_samples) = (0.5, Duration::ZERO, WINDOW, 20);
        for (name, entry) in value.as_table().into_iter().flat_map(entries) {
            let value = entry.value.get_ref();
            match name {
                "percentile" => percentile = leaf::float(value).unwrap_or(percentile),
                "above" => above = duration_or(value, above),
                "window" => window = self.some_time(name, entry.value, WINDOW),
                "min_samples" => min_samples = count_or(value, min_samples),
                _ => {}
            }
        }
        AlertCondition::EvaluationLatency { percentile, above, window, min_samples }
    }

    fn flag_error_rate(&mut self, value: &DeValue<'_>) -> AlertCondition {
        let (mut above, mut flag, mut window, mut min_samples) = (0.0, None, WINDOW, 10);
        for (name, entry) in value.as_table().into_iter().flat_map(entries) {
            let value = entry.value.get_ref();
            match name {
                "above" => above = leaf::float(value).unwrap_or(above),
                "flag" => flag = leaf::text(value),
                "window" => window = self.some_time(name, entry.value, WINDOW),
                "min_samples" => min_samples = count_or(value, min_samples),
                _ => {}
            }
        }
        AlertCondition::FlagErrorRate { above, flag, window, min_samples }
    }

    /// A duration that has to be longer than nothing.
    pub(super) fn some_time(&mut self, name: &str, value: &Spanned<DeValue<'_>>, otherwise: Duration) -> Duration {
        let duration = duration_or(value.get_ref(), otherwise);
        if duration.is_zero() {
            self.report(Code::OUT_OF_RANGE, value.span(), format!("`{name}` must be longer than nothing"))
                .label("expected a duration such as `\"5m\"`");
        }
        duration
    }

    fn refuse_useless_hold(&mut self, alert: &AlertDefinition, entry: Entry<'_>) {
        let what = match alert.when {
            AlertCondition::Rollback => "a rollback",
            AlertCondition::ExperimentSignificant => "a verdict",
            AlertCondition::UnexpectedChange => "a change",
            _ => return,
        };
        self.report(Code::HOLD_OF_AN_INSTANT, entry.key.span(), format!("{what} does not last, so there is no `for`"))
            .label("nothing to wait for")
            .help("remove `for`; the alert fires when it happens");
    }
}

fn count_or(value: &DeValue<'_>, otherwise: u64) -> u64 {
    leaf::integer(value).and_then(|count| count.try_into().ok()).unwrap_or(otherwise)
}
