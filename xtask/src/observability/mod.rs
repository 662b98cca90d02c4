//! What is shipped for those who watch programs with flags: rules for Prometheus and a dashboard for Grafana.
//!
//! Both are made from the table of metrics that `flags-metrics` has, so they name no metric that does not exist. The
//! end-to-end tests load the rules into a Prometheus and run every expression of the dashboard against it.

pub(crate) mod dashboard;
mod names;
pub(crate) mod panels;
pub(crate) mod rules;

/// The names in an expression that look like metrics of ours.
#[cfg(test)]
fn metrics_in(expression: &str) -> impl Iterator<Item = &str> {
    let in_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | ':');
    expression.split(move |character| !in_name(character)).filter(|word| word.starts_with("flags_"))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use flags_metrics::table::{self, Kind, Metric};
    use serde_json::Value;

    use super::*;
    use crate::workspace::Workspace;

    /// The metric that a name in an expression is of: a histogram has a few.
    fn metric(name: &str) -> Option<&'static Metric> {
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        match of_histogram.and_then(table::find) {
            Some(metric) if metric.kind == Kind::Histogram => Some(metric),
            _ => table::find(name).filter(|metric| metric.kind != Kind::Histogram),
        }
    }

    fn expressions_of_rules() -> Vec<String> {
        let recorded = rules::recordings().into_iter().map(|rule| rule.expression);
        recorded.chain(rules::alerts().into_iter().map(|rule| rule.expression)).collect()
    }

    /// Every value of a key `expr`, wherever it stands.
    fn expressions(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    match value.as_str().filter(|_| key == "expr") {
                        Some(expression) => found.push(expression.to_owned()),
                        None => expressions(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
            _ => {}
        }
    }

    fn expressions_of_the_dashboard() -> Vec<String> {
        let mut found = vec![];
        expressions(&serde_json::from_str(&dashboard::file()).unwrap(), &mut found);
        found
    }

    // D8
    #[test]
    fn expressions_name_metrics_and_recordings_that_exist() {
        let recorded: BTreeSet<String> = rules::recordings().into_iter().map(|rule| rule.name).collect();
        for expression in expressions_of_rules().iter().chain(&expressions_of_the_dashboard()) {
            let mut words = 0;
            for name in metrics_in(expression) {
                assert!(metric(name).is_some(), "{name} in {expression}");
                words += 1;
            }
            for name in expression.split([' ', '(', ')']).filter(|word| word.contains(':')) {
                assert!(recorded.contains(name), "{name} in {expression}");
                words += 1;
            }
            assert!(words > 0, "{expression}");
        }
    }

    // D8
    #[test]
    fn labels_are_those_of_the_metrics() {
        for expression in expressions_of_rules().iter().chain(&expressions_of_the_dashboard()) {
            let mut known: BTreeSet<&str> = BTreeSet::from(["job", "instance", "le"]);
            known.extend(metrics_in(expression).filter_map(metric).flat_map(|metric| metric.labels.iter().copied()));
            let grouped = expression.split("by (").skip(1).filter_map(|rest| rest.split(')').next());
            for label in grouped.flat_map(|labels| labels.split(", ")) {
                assert!(known.contains(label), "{label} in {expression}");
            }
            let matched = expression.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            for label in
                matched.flat_map(|matchers| matchers.split(',')).filter_map(|matcher| matcher.split(['=', '!']).next())
            {
                assert!(known.contains(label), "{label} in {expression}");
            }
        }
    }

    // D8
    #[test]
    fn the_dashboard_shows_every_metric() {
        let dashboard = expressions_of_the_dashboard();
        let shown: BTreeSet<&str> = dashboard
            .iter()
            .flat_map(|expression| metrics_in(expression))
            .filter_map(metric)
            .map(|metric| metric.name)
            .collect();
        let missing: Vec<&str> =
            table::ALL.iter().map(|metric| metric.name).filter(|name| !shown.contains(name)).collect();
        assert_eq!(missing, [""; 0], "the panels are in xtask/src/observability/panels.rs");
    }

    // D8
    #[test]
    fn every_alert_is_tested_firing_and_silent() {
        let path = Workspace::load().unwrap().root.join("config/prometheus/flags-rules_test.yml");
        let tests = fs::read_to_string(path).unwrap();
        let cases: Vec<(&str, bool)> = tests
            .split("alertname: ")
            .skip(1)
            .map(|rest| (rest.lines().next().unwrap().trim(), rest.lines().nth(1).unwrap().trim() == "exp_alerts: []"))
            .collect();
        for rule in rules::alerts() {
            for silent in [false, true] {
                assert!(
                    cases.contains(&(rule.name, silent)),
                    "{} has no test that it {}",
                    rule.name,
                    if silent { "is silent" } else { "fires" }
                );
            }
        }
        for name in tests.lines().flat_map(metrics_in) {
            assert!(metric(name).is_some(), "{name} in flags-rules_test.yml");
        }
    }

    #[test]
    fn panels_stand_beside_and_below_each_other() {
        let dashboard: Value = serde_json::from_str(&dashboard::file()).unwrap();
        let mut taken = BTreeSet::new();
        for panel in dashboard["panels"].as_array().unwrap() {
            let number = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(number("x") + number("w") <= 24, "{}", panel["title"]);
            for x in number("x")..number("x") + number("w") {
                for y in number("y")..number("y") + number("h") {
                    assert!(taken.insert((x, y)), "{} is on top of another panel", panel["title"]);
                }
            }
        }
    }
}
