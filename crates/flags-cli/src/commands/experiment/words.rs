//! Arms, metrics and the analysis of an experiment in words.

use std::time::Duration;

use flags::core::definition::{AnalysisDefinition, ArmDefinition, MetricDefinition, MetricRole};

/// The share of an arm in percent, with one decimal where it is not whole.
pub(super) fn share(arm: &ArmDefinition, total: u64) -> String {
    if total == 0 {
        return "-".to_owned();
    }
    let tenths = (u64::from(arm.weight) * 1_000 + total / 2) / total;
    if tenths.is_multiple_of(10) { format!("{} %", tenths / 10) } else { format!("{}.{} %", tenths / 10, tenths % 10) }
}

/// The events a metric is computed from.
pub(super) fn events(metric: &MetricDefinition) -> String {
    match (&metric.event, &metric.numerator, &metric.denominator) {
        (Some(event), ..) => event.to_string(),
        (None, Some(above), Some(below)) => format!("{above} / {below}"),
        _ => "-".to_owned(),
    }
}

/// What is asked of a metric: which way it is to go, and how far or not.
pub(super) fn aim(metric: &MetricDefinition) -> String {
    let percent = |share: f64| format!("{} %", trimmed(share * 100.0));
    match (metric.role, metric.minimum_detectable_effect, metric.margin) {
        (MetricRole::Guardrail, _, Some(margin)) => {
            format!("{}, at most {} worse", metric.goal.name(), percent(margin))
        }
        (_, Some(effect), _) => format!("{}, by {} or more", metric.goal.name(), percent(effect)),
        _ => metric.goal.name().to_owned(),
    }
}

/// How an experiment is judged.
pub(super) fn analysis(analysis: &AnalysisDefinition) -> String {
    format!(
        "{}, confidence {} %, power {} %, correction {}, decide {}",
        analysis.method.name(),
        trimmed(analysis.confidence * 100.0),
        trimmed(analysis.power * 100.0),
        analysis.correction.name(),
        analysis.decide.name(),
    )
}

/// A time as files write it: `7d`, `1h30m`.
pub(super) fn time(time: Duration) -> String {
    let mut seconds = time.as_secs();
    let mut words = String::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if seconds >= length {
            words.push_str(&format!("{}{unit}", seconds / length));
            seconds %= length;
        }
    }
    if words.is_empty() { format!("{}ms", time.as_millis()) } else { words }
}

/// A number with at most three decimals, none of them a zero at the end.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use flags::core::definition::Goal;

    use super::*;

    #[test]
    fn shares_times_and_aims() {
        let arm = |weight| ArmDefinition::new("a").weight(weight);
        for (weight, total, words) in [(1, 2, "50 %"), (1, 3, "33.3 %"), (2, 3, "66.7 %"), (0, 3, "0 %"), (0, 0, "-")] {
            assert_eq!(share(&arm(weight), total), words);
        }
        for (seconds, words) in [(604_800, "7d"), (5_400, "1h30m"), (90_061, "1d1h1m1s")] {
            assert_eq!(time(Duration::from_secs(seconds)), words);
        }
        assert_eq!(time(Duration::from_millis(250)), "250ms");
        let orders = MetricDefinition::conversion("orders", "ordered");
        assert_eq!(aim(&orders), "increase");
        assert_eq!(aim(&orders.clone().minimum_detectable_effect(0.025)), "increase, by 2.5 % or more");
        assert_eq!(aim(&orders.goal(Goal::Decrease).guardrail(0.01)), "decrease, at most 1 % worse");
    }
}
