//! The query for databases: its text. What databases make of it is tried end to end. // F9

use std::time::Duration;

use flags_ab::sql::{Dialect, SqlError, SqlOptions, summary_query};
use flags_core::{
    Timestamp,
    definition::{ArmDefinition, ExperimentDefinition, MetricDefinition, MetricKind},
};

/// An experiment with a metric of every kind, and names that have to be escaped.
fn every_kind() -> ExperimentDefinition {
    let metric = MetricDefinition::new;
    let window = Duration::from_secs(7 * 86_400);
    ExperimentDefinition::new("it's\\here")
        .arm(ArmDefinition::control("control"))
        .arm(ArmDefinition::new("treatment"))
        .metric(MetricDefinition::conversion("conversion", "purchase").window(window))
        .metric(metric("revenue", MetricKind::Mean, "purchase").window(window).winsorize(0.99))
        .metric(metric("visits", MetricKind::Count, "visit"))
        .metric(metric("checkout time", MetricKind::Duration, "checkout_time").winsorize(0.95))
        .metric(
            MetricDefinition::ratio("revenue per visit", "purchase", "visit").window(Duration::from_micros(1_500_000)),
        )
        .metric(metric("score", MetricKind::Custom, "score").winsorize(0.9))
}

fn all_of_it(dialect: Dialect) -> SqlOptions {
    SqlOptions {
        exposures: "analytics.exposures-2026".into(),
        until: Timestamp::parse("2026-12-01T00:00:00Z"),
        days: true,
        split: true,
        dimensions: vec!["country".into()],
        ..SqlOptions::new(dialect)
    }
}

#[test]
fn the_smallest_query() {
    let definition = ExperimentDefinition::new("checkout")
        .arm(ArmDefinition::control("control"))
        .metric(MetricDefinition::conversion("conversion", "purchase"));
    insta::assert_snapshot!(summary_query(&definition, &SqlOptions::new(Dialect::Postgres)).unwrap());
}

#[test]
fn every_kind_of_metric_in_every_dialect() {
    for dialect in Dialect::ALL {
        assert_eq!(Dialect::from_name(dialect.name()), Some(dialect));
        let query = summary_query(&every_kind(), &all_of_it(dialect)).unwrap();
        insta::assert_snapshot!(format!("every_kind_{dialect}"), query);
    }
}

#[test]
fn without_metrics_the_units_are_counted() {
    let definition = ExperimentDefinition::new("checkout").arm(ArmDefinition::control("control"));
    for dialect in Dialect::ALL {
        let query = summary_query(&definition, &SqlOptions::new(dialect)).unwrap();
        assert!(query.contains("in_two_arms") && !query.contains("UNION"), "{query}");
    }
}

// No name gets out of its quotes: what is written in a file must not become a statement.
#[test]
fn names_stay_names() {
    let hostile = "x' OR 1=1; DROP TABLE users; --\\";
    let definition = ExperimentDefinition::new(hostile)
        .arm(ArmDefinition::control("control"))
        .metric(MetricDefinition::conversion(hostile, hostile));
    for dialect in Dialect::ALL {
        let query = summary_query(&definition, &SqlOptions::new(dialect)).unwrap();
        for (line, text) in query.lines().enumerate().filter(|(_, text)| text.contains("DROP TABLE")) {
            let in_comment = line == 0 && text.starts_with("--");
            let backslash = !matches!(dialect, Dialect::Postgres | Dialect::DuckDb);
            let escaped = if backslash {
                "'x\\' OR 1=1; DROP TABLE users; --\\\\'"
            } else {
                "'x'' OR 1=1; DROP TABLE users; --\\'"
            };
            assert!(in_comment || text.contains(escaped), "{dialect}: {text}");
        }
        assert_eq!(query.lines().filter(|line| line.starts_with("--")).count(), 1, "{query}");
        for table in ["", "a b", "exposures; DROP TABLE users", "a..b", "x`y", "é\"", "a\nb"] {
            let refused = summary_query(&definition, &SqlOptions { events: table.into(), ..SqlOptions::new(dialect) });
            assert_eq!(refused, Err(SqlError::Identifier { what: "the table", name: table.into() }), "{table}");
        }
    }
    let broken =
        ExperimentDefinition::new("a").metric(MetricDefinition { name: "m".into(), ..MetricDefinition::default() });
    let refused = summary_query(&broken, &SqlOptions::new(Dialect::DuckDb)).unwrap_err();
    assert_eq!(refused.to_string(), "metric \"m\" has no event to be computed from");
    let lines = ExperimentDefinition::new("a\nDROP TABLE users");
    let query = summary_query(&lines, &SqlOptions::new(Dialect::DuckDb)).unwrap();
    assert!(query.lines().next().unwrap().ends_with("as JSON."), "a comment is one line: {query}");
}
