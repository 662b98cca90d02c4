//! Summaries: what databases print is read, what is wrong with it is said, and parts merge in any order.

use flags_ab::{
    Name,
    statistics::{JointMoments, Moments, Proportion},
    summary::{Day, ExperimentSummary, MetricSum, MetricSummary, Slice, SummaryError},
};
use proptest::prelude::*;

fn read(rows: &str) -> Result<ExperimentSummary, SummaryError> {
    ExperimentSummary::from_json("e", rows)
}

/// Each row of a table is the JSON of a row without the experiment, and what is wrong with it.
#[test]
fn what_is_wrong_with_a_row_is_said_with_its_place() {
    let rows = [
        r#"{"arm": "a", "metric": "m", "users": 10, "mean": 0.1}"#,
        r#"{"experiment": "e", "metric": "m", "users": 10, "mean": 0.1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "mean": 0.1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 12.5}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": "ten", "mean": 0.1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": -1, "mean": 0.1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10.5, "mean": 0.1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": "NaN", "variance": 1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 1.5, "variance": -1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "conversions": 11}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "conversion": 1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 1, "variance": 1, "mean_denominator": 1}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 1, "variance": 1, "mean_before": 1, "variance_before": 4, "covariance_before": 2.5}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 0.1, "phase": "half and half"}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 0.1, "day": "2026-02-30"}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 0.1, "value": "NL"}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 0.1, "dimension": "country", "value": "NL", "day": "2026-02-03"}"#,
        r#"{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 1, "variance": 1}{"experiment": "e", "arm": "a", "metric": "m", "users": 10, "mean": 1, "variance": 1, "mean_denominator": 1, "variance_denominator": 1, "covariance": 0}"#,
        r#"{"experiment": "f", "arm": "a", "metric": "m", "users": 10, "mean": 0.1}"#,
        r#"[1]"#,
        r#"[{"experiment": "e"]"#,
        "",
    ];
    let said: Vec<String> = rows.iter().map(|row| format!("{row}\n    {}", read(row).unwrap_err())).collect();
    insta::assert_snapshot!(said.join("\n"));
}

/// `BigQuery` writes numbers as text, Snowflake names in upper case, and databases without users no mean.
#[test]
fn databases_are_read_as_they_write() {
    let of_array = read(
        r#"[{"EXPERIMENT": "e", "ARM": "a", "METRIC": "revenue", "USERS": "3", "MEAN": "2.5", "VARIANCE": "0.25", "DAY": null},
            {"experiment": "e", "arm": "b", "metric": "revenue", "users": 0, "mean": null, "variance": null},
            {"experiment": "e", "arm": "c", "metric": "revenue", "users": 1.0, "mean": 7, "variance": null}]"#,
    )
    .unwrap();
    let overall = of_array.overall().unwrap();
    let sum = |arm: &str| overall.metric(arm, "revenue").map(|metric| metric.sum);
    let Some(MetricSum::Mean(a)) = sum("a") else { panic!("{overall:?}") };
    assert_eq!((a.count(), a.mean(), a.variance()), (3, Some(2.5), Some(0.25)));
    assert_eq!(sum("b"), None);
    assert_eq!(sum("c").unwrap().units(), 1);
    assert_eq!(["a", "b", "c"].map(|arm| overall.users(arm)), [3, 0, 1]);

    let of_lines = read(
        "{\"experiment\":\"e\",\"arm\":\"a\",\"metric\":\"exposures\",\"users\":9,\"in_two_arms\":2}\n\
         {\"experiment\":\"other\",\"arm\":\"a\",\"metric\":\"m\",\"users\":1,\"mean\":1}\n\
         {\"experiment\":\"e\",\"arm\":\"a\",\"metric\":\"m\",\"users\":7,\"conversions\":3}\n",
    )
    .unwrap()
    .overall()
    .unwrap();
    assert_eq!((of_lines.users("a"), of_lines.in_two_arms()), (9, 2));
    assert_eq!(of_lines.metric("a", "m").unwrap().sum.conversions().unwrap(), Proportion::new(3, 7).unwrap());
}

#[test]
fn days_alone_are_the_whole() {
    let summary = read(
        r#"[{"experiment": "e", "arm": "a", "metric": "m", "users": 5, "conversions": 1, "day": "2026-11-20"},
            {"experiment": "e", "arm": "a", "metric": "m", "users": 7, "conversions": 2, "day": "2026-11-21 00:00:00"}]"#,
    )
    .unwrap();
    assert_eq!(summary.users(), 12);
    assert_eq!(summary.days.keys().map(Day::to_string).collect::<Vec<_>>(), ["2026-11-20", "2026-11-21"]);
}

fn a_sum() -> impl Strategy<Value = [Option<MetricSum>; 4]> {
    let pairs = proptest::collection::vec((-1e3..1e3f64, -1e3..1e3f64), 1..6);
    pairs.prop_map(|pairs| {
        let (mut mean, mut joint) = (Moments::default(), JointMoments::default());
        for (x, y) in &pairs {
            mean.push(*x).unwrap();
            joint.push(*x, *y).unwrap();
        }
        let hits = pairs.iter().filter(|(x, _)| *x > 0.0).count() as u64;
        let conversion = Proportion::new(hits, pairs.len() as u64).unwrap();
        [
            Some(MetricSum::Conversion(conversion)),
            Some(MetricSum::Mean(mean)),
            Some(MetricSum::Ratio(joint)),
            Some(MetricSum::WithBefore(joint)),
        ]
    })
}

fn a_slice() -> impl Strategy<Value = Slice> {
    proptest::collection::btree_map("[ab]", (0..99u64, 0..9u64, 0..4usize, a_sum()), 1..3).prop_map(|arms| {
        let mut slice = Slice::default();
        for (name, (users, in_two_arms, metrics, sums)) in arms {
            let arm = slice.arms.entry(name.as_str().into()).or_default();
            (arm.users, arm.in_two_arms) = (users, in_two_arms);
            for (index, sum) in sums.into_iter().flatten().enumerate().take(metrics) {
                let metric = MetricSummary { open_windows: users % 3, ..MetricSummary::new(sum) };
                arm.metrics.insert(format!("metric-{index}").as_str().into(), metric);
            }
        }
        slice
    })
}

fn a_summary() -> impl Strategy<Value = ExperimentSummary> {
    let phase = prop_oneof![Just(""), Just("a=1,b=1"), Just("a=1,b=3")];
    let phases = proptest::collection::btree_map(phase.prop_map(Name::from), a_slice(), 1..3);
    let segment = ("country|device".prop_map(Name::from), "[A-C]".prop_map(Name::from));
    let segments = proptest::collection::btree_map(segment, a_slice(), 0..3);
    let days = proptest::collection::btree_map((20_000..20_003i64).prop_map(Day::from_number), a_slice(), 0..3);
    (phases, segments, days).prop_map(|(phases, segments, days)| ExperimentSummary {
        phases,
        segments,
        days,
        ..ExperimentSummary::new("e")
    })
}

/// The same numbers up to rounding.
fn assert_close(one: &ExperimentSummary, other: &ExperimentSummary) {
    let rows = |summary: &ExperimentSummary| -> Vec<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_str(&summary.to_json()).unwrap()
    };
    let (one, other) = (rows(one), rows(other));
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        assert!(one.keys().eq(other.keys()), "{one:?}\n{other:?}");
        for (field, value) in one {
            match (value.as_f64(), other[field].as_f64()) {
                (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-9 * (1.0 + 1e6f64.min(a.abs())), "{field}: {a} {b}"),
                _ => assert_eq!(value, &other[field]),
            }
        }
    }
}

proptest! {
    /// Order of segments, arms, and merging of partial statistics does not change a result beyond rounding.
    #[test]
    fn merging_in_any_order_is_the_same(parts in proptest::collection::vec(a_summary(), 1..5), turn in 0..5usize) {
        let merged = |parts: &[ExperimentSummary]| {
            parts.iter().try_fold(ExperimentSummary::new("e"), ExperimentSummary::merge)
        };
        let forward = merged(&parts).unwrap();
        let mut turned = parts.clone();
        turned.rotate_left(turn % parts.len());
        turned.reverse();
        assert_close(&forward, &merged(&turned).unwrap());
        let (left, right) = parts.split_at(turn % parts.len());
        assert_close(&forward, &merged(left).unwrap().merge(&merged(right).unwrap()).unwrap());
        prop_assert_eq!(forward.users(), parts.iter().map(ExperimentSummary::users).sum::<u64>());
    }

    #[test]
    fn what_is_written_is_read_again(summary in a_summary()) {
        let read = read(&summary.to_json()).unwrap();
        assert_close(&summary, &read);
        prop_assert_eq!(summary.phases.keys().collect::<Vec<_>>(), read.phases.keys().collect::<Vec<_>>());
    }
}

#[test]
fn summaries_of_two_experiments_do_not_merge() {
    let error = ExperimentSummary::new("e").merge(&ExperimentSummary::new("f")).unwrap_err();
    assert_eq!(error.to_string(), r#"the summaries are of two experiments, "e" and "f""#);
}
