//! Alerts in words: clauses in lower case without a full stop.

use std::time::Duration;

use super::{AlertCondition, AlertRule, AlertSubject, Resolution};

/// What a look at a condition found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Finding<'f> {
    /// Nothing that was not known.
    Nothing,
    /// A quantile of evaluation times.
    Latency { nanos: f64, beyond: bool, samples: u64 },
    /// A share of errors.
    Rate { count: u64, errors: u64, share: f64 },
    /// Something happened.
    Happened { detail: &'f str },
}

impl Finding<'_> {
    /// The number that was measured, in seconds or as a share.
    pub(super) fn value(&self) -> Option<f64> {
        match self {
            Self::Latency { nanos, .. } => Some(nanos / 1e9),
            Self::Rate { share, .. } => Some(*share),
            Self::Nothing | Self::Happened { .. } => None,
        }
    }
}

/// That a condition holds.
pub(super) fn holding(rule: &AlertRule, subject: &AlertSubject, finding: &Finding<'_>) -> String {
    if let Some((measured, bound)) = measured(rule, subject, finding) {
        return format!("{measured}, above {bound}");
    }
    let what = match rule.condition {
        AlertCondition::Rollback => format!("the rollout of {subject} was rolled back"),
        AlertCondition::RolloutAttention => format!("{subject} needs attention"),
        AlertCondition::ExperimentSignificant => format!("{subject} has a verdict"),
        AlertCondition::UnexpectedChange => format!("{subject} changed unexpectedly"),
        AlertCondition::ReloadFailed => "changed definitions were refused, the last good ones stay in force".to_owned(),
        AlertCondition::EvaluationLatency { .. } | AlertCondition::FlagErrorRate { .. } => String::new(),
    };
    match finding {
        Finding::Happened { detail } if !detail.is_empty() => format!("{what}: {detail}"),
        _ => what,
    }
}

/// That an alert is over. `before` is what was the case.
pub(super) fn resolved(
    rule: &AlertRule,
    subject: &AlertSubject,
    resolution: Resolution,
    finding: &Finding<'_>,
    before: &str,
) -> String {
    let cooldown = duration(rule.cooldown);
    match (resolution, &rule.condition) {
        (Resolution::Recovered, _) => match measured(rule, subject, finding) {
            Some((measured, bound)) => format!("{measured}, within {bound} again"),
            None => "what was measured is within its bound again".into(),
        },
        (Resolution::Undone, AlertCondition::Rollback) => format!("the rollout of {subject} goes on"),
        (Resolution::Undone, AlertCondition::RolloutAttention) => format!("{subject} needs no attention any more"),
        (Resolution::Undone, AlertCondition::ExperimentSignificant) => format!("{subject} was concluded"),
        (Resolution::Undone, AlertCondition::UnexpectedChange) => format!("the change of {subject} was confirmed"),
        (Resolution::Undone, _) => "the definitions are accepted again".into(),
        (Resolution::Quiet, condition) => {
            let what = match condition {
                AlertCondition::Rollback => "rollback",
                AlertCondition::ExperimentSignificant => "verdict",
                _ => "unexpected change",
            };
            format!("no further {what} of {subject} for {cooldown}")
        }
        (Resolution::NoData, _) => {
            format!("there were no data for {cooldown}, so it is not known whether this is still so: {before}")
        }
        (Resolution::FlagRemoved, _) => format!("{subject} is not defined any more"),
        (Resolution::RuleRemoved, _) => "the rule was removed or changed".into(),
    }
}

/// What was measured, and its bound.
fn measured(rule: &AlertRule, subject: &AlertSubject, finding: &Finding<'_>) -> Option<(String, String)> {
    match (&rule.condition, finding) {
        (
            AlertCondition::EvaluationLatency { percentile, above, window, .. },
            Finding::Latency { nanos, beyond, samples },
        ) => {
            let more = if *beyond { "more than " } else { "" };
            let (quantile, value, window) = (percentile_name(*percentile), latency(*nanos), duration(*window));
            #[expect(clippy::cast_precision_loss, reason = "a bound on a latency is far below 2^53 ns, 104 days")]
            let bound = latency(above.as_nanos() as f64);
            Some((
                format!("{quantile} of evaluation time over the last {window} is {more}{value} ({samples} samples)"),
                bound,
            ))
        }
        (AlertCondition::FlagErrorRate { above, window, .. }, Finding::Rate { count, errors, share }) => {
            let (share, bound, window) = (percent(*share), percent(*above), duration(*window));
            Some((
                format!("{errors} of {count} outcomes of {subject} over the last {window} were errors, {share}"),
                bound,
            ))
        }
        _ => None,
    }
}

/// A duration as it is written in definitions, such as `1h 30m`: the two largest units that matter.
fn duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{}ms", duration.as_millis());
    }
    let mut rest = duration.as_secs();
    let mut parts = vec![];
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if rest >= seconds {
            parts.push(format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    parts.truncate(2);
    parts.join(" ")
}

/// A time in the unit it is best read in.
fn latency(nanos: f64) -> String {
    let (value, unit) = match nanos {
        nanos if nanos < 1e3 => (nanos, "ns"),
        nanos if nanos < 1e6 => (nanos / 1e3, "µs"),
        nanos if nanos < 1e9 => (nanos / 1e6, "ms"),
        nanos => (nanos / 1e9, "s"),
    };
    format!("{} {unit}", number(value))
}

/// A share in percent.
fn percent(share: f64) -> String {
    format!("{} %", number(share * 100.0))
}

/// The name of a quantile: `p99`, `p99.99`.
fn percentile_name(quantile: f64) -> String {
    let text = format!("{:.6}", quantile * 100.0);
    format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A number with about three digits that matter, and no zeros at its end.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        value if value >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (99.0, "99"),
            (99.9, "99.9"),
            (12.34, "12.3"),
            (5.0, "5"),
            (1.256, "1.26"),
            (0.05, "0.05"),
            (250.4, "250"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(99.99), "100");
        for (quantile, name) in [(0.5, "p50"), (0.99, "p99"), (0.999, "p99.9"), (0.9999, "p99.99"), (0.07, "p7")] {
            assert_eq!(percentile_name(quantile), name);
        }
    }

    #[test]
    fn durations_and_latencies() {
        for (seconds, text) in [(300, "5m"), (5_400, "1h 30m"), (90_061, "1d 1h"), (59, "59s"), (0, "0ms")] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
        assert_eq!(duration(Duration::from_millis(250)), "250ms");
        for (nanos, text) in [(850.0, "850 ns"), (2_300_000.0, "2.3 ms"), (12_345.0, "12.3 µs"), (2e9, "2 s")] {
            assert_eq!(latency(nanos), text);
        }
    }
}
