//! Rows out of a summary.

use serde_json::{Map, Value, json};

use super::EXPOSURES;
use crate::{
    statistics::{JointMoments, Moments},
    summary::{ExperimentSummary, MetricSum, MetricSummary, Slice},
};

/// The summary as an array with one row a line.
pub(in crate::summary) fn write(summary: &ExperimentSummary) -> String {
    let mut rows = Rows { experiment: &summary.experiment, rows: vec![] };
    for (phase, slice) in &summary.phases {
        let phase = (!phase.is_empty()).then(|| ("phase", json!(&**phase)));
        rows.slice(slice, phase.as_slice());
    }
    for ((dimension, value), slice) in &summary.segments {
        rows.slice(slice, &[("dimension", json!(&**dimension)), ("value", json!(&**value))]);
    }
    for (day, slice) in &summary.days {
        rows.slice(slice, &[("day", json!(day.to_string()))]);
    }
    let lines: Vec<String> = rows.rows.into_iter().map(|row| Value::Object(row).to_string()).collect();
    if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) }
}

struct Rows<'a> {
    experiment: &'a str,
    rows: Vec<Map<String, Value>>,
}

impl Rows<'_> {
    fn slice(&mut self, slice: &Slice, cut: &[(&str, Value)]) {
        for (arm, summary) in &slice.arms {
            let exposures = self.row(arm, EXPOSURES, summary.users, cut);
            if summary.in_two_arms > 0 {
                exposures.insert("in_two_arms".to_owned(), json!(summary.in_two_arms));
            }
            for (metric, sums) in &summary.metrics {
                numbers(self.row(arm, metric, sums.sum.units(), cut), sums);
            }
        }
    }

    fn row(&mut self, arm: &str, metric: &str, users: u64, cut: &[(&str, Value)]) -> &mut Map<String, Value> {
        let start = [("experiment", json!(self.experiment)), ("arm", json!(arm)), ("metric", json!(metric))];
        let fields = start.into_iter().chain(cut.iter().cloned()).chain([("users", json!(users))]);
        self.rows.push_mut(fields.map(|(field, value)| (field.to_owned(), value)).collect())
    }
}

fn numbers(row: &mut Map<String, Value>, metric: &MetricSummary) {
    let mut add = |field: &str, value: Value| row.insert(field.to_owned(), value);
    match &metric.sum {
        MetricSum::Conversion(sum) => {
            add("conversions", json!(sum.conversions()));
        }
        MetricSum::Mean(sum) => moments(&mut add, *sum, ["mean", "variance"]),
        MetricSum::Ratio(sum) => {
            moments(&mut add, sum.x(), ["mean", "variance"]);
            moments(&mut add, sum.y(), ["mean_denominator", "variance_denominator"]);
            covariance(&mut add, *sum, "covariance");
        }
        MetricSum::WithBefore(sum) => {
            moments(&mut add, sum.y(), ["mean", "variance"]);
            moments(&mut add, sum.x(), ["mean_before", "variance_before"]);
            covariance(&mut add, *sum, "covariance_before");
        }
    }
    for (field, count) in [("open_windows", metric.open_windows), ("capped", metric.capped)] {
        if count > 0 {
            add(field, json!(count));
        }
    }
}

fn moments(add: &mut impl FnMut(&str, Value) -> Option<Value>, sum: Moments, [mean, variance]: [&str; 2]) {
    add(mean, json!(sum.mean().unwrap_or(0.0)));
    add(variance, json!(sum.variance().unwrap_or(0.0)));
}

fn covariance(add: &mut impl FnMut(&str, Value) -> Option<Value>, sum: JointMoments, field: &str) {
    add(field, json!(sum.covariance().unwrap_or(0.0)));
}
