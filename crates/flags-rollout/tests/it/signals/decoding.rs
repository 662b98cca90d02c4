//! Answers of Prometheus: whatever the bytes, samples or a problem in words.

use flags_core::Timestamp;
use flags_rollout::signals::decode_answer;
use proptest::prelude::*;
use serde_json::{Value, json};

fn said(answer: &str) -> String {
    match decode_answer(answer.as_bytes()) {
        Ok(samples) => format!("{samples:?}"),
        Err(problem) => problem.to_string(),
    }
}

#[test]
fn what_is_wrong_with_an_answer_is_told() {
    let answers = [
        "",
        "<html>a proxy says no</html>",
        "[]",
        r#"{"status": "success"}"#,
        r#"{"status": "fine", "data": {}}"#,
        r#"{"status": "success", "data": {"resultType": "vector"}}"#,
        r#"{"status": "success", "data": {"resultType": "vector", "result": 1}}"#,
        r#"{"status": "success", "data": {"resultType": "table", "result": []}}"#,
        r#"{"status": "success", "data": {"resultType": "matrix", "result": []}}"#,
        r#"{"status": "success", "data": {"resultType": "string", "result": [1, "x"]}}"#,
        r#"{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}}"#,
        r#"{"status": "success", "data": {"resultType": "vector", "result": [{"histogram": [1, {}]}]}}"#,
        r#"{"status": "success", "data": {"resultType": "scalar", "result": [1, 2]}}"#,
        r#"{"status": "success", "data": {"resultType": "scalar", "result": [1, "two"]}}"#,
        r#"{"status": "success", "data": {"resultType": "scalar", "result": [1e300, "2"]}}"#,
        r#"{"status": "success", "data": {"resultType": "scalar", "result": ["1", "2"]}}"#,
        r#"{"status": "success", "warnings": ["remote read:\n timeout"], "data": {"resultType": "vector", "result": []}}"#,
        r#"{"status": "success", "warnings": "odd", "data": {"resultType": "vector", "result": []}}"#,
        r#"{"status": "error", "errorType": "bad_data", "error": "1:5: parse error:\nunclosed left parenthesis"}"#,
        r#"{"status": "error"}"#,
    ];
    let told: Vec<String> = answers.iter().map(|answer| format!("{answer}\n    {}", said(answer))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// What Prometheus 2.42 writes, byte for byte.
// E5
#[test]
fn answers_of_a_real_prometheus_are_read() {
    let vector =
        |result: &str| format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#);
    let sample = |value: &str| vector(&format!(r#"{{"metric":{{}},"value":[1795186368.25,"{value}"]}}"#));
    for (query, answer, expected) in [
        ("vector(0.25)", sample("0.25"), "0.25 at 2026-11-20T14:52:48.250Z"),
        ("no_such_metric", vector(""), ""),
        ("vector(0) / vector(0)", sample("NaN"), "NaN at 2026-11-20T14:52:48.250Z"),
        ("vector(1) / vector(0)", sample("+Inf"), "inf at 2026-11-20T14:52:48.250Z"),
        ("-vector(1) / vector(0)", sample("-Inf"), "-inf at 2026-11-20T14:52:48.250Z"),
        (
            "scalar(no_such_metric)",
            r#"{"status":"success","data":{"resultType":"scalar","result":[1795186368,"NaN"]}}"#.into(),
            "NaN at 2026-11-20T14:52:48Z",
        ),
        (
            "up[2s]",
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#.into(),
            "the query yields a range of numbers over time, and a number is needed",
        ),
        (
            "\"text\"",
            r#"{"status":"success","data":{"resultType":"string","result":[1795186368,"text"]}}"#.into(),
            "the query yields a text, and a number is needed",
        ),
        (
            "rate(",
            r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:6: parse error: unclosed left parenthesis"}"#
                .into(),
            "bad_data: invalid parameter \"query\": 1:6: parse error: unclosed left parenthesis",
        ),
    ] {
        let found = match decode_answer(answer.as_bytes()) {
            Ok(samples) => {
                let samples = samples.iter().map(|sample| format!("{} at {}", sample.value, sample.at));
                samples.collect::<Vec<_>>().join(", ")
            }
            Err(problem) => problem.to_string(),
        };
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn advice_and_empty_warnings_are_no_warnings() {
    let answer = r#"{"status": "success", "warnings": [], "infos": ["the metric might not be a counter"],
                     "data": {"resultType": "scalar", "result": [1.5, "-2.5e1"]}}"#;
    let samples = decode_answer(answer.as_bytes()).unwrap();
    assert_eq!((samples.len(), samples[0].value, samples[0].at), (1, -25.0, Timestamp::from_millis(1_500)));
}

const WORDS: [&str; 9] = ["", "success", "error", "vector", "scalar", "matrix", "NaN", "+Inf", "1.5"];

const KEYS: [&str; 9] =
    ["status", "data", "resultType", "result", "value", "histogram", "warnings", "error", "errorType"];

/// JSON of any form, more often than not with the keys and types of an answer.
fn like_an_answer() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        let key = prop::sample::select(&KEYS[..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn bytes_of_any_kind_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(decode_answer(&bytes).is_err());
    }

    #[test]
    fn json_of_any_form_is_taken(data in like_an_answer(), result in like_an_answer(), kind in 0..3) {
        let answer = match kind {
            0 => data,
            1 => json!({ "status": "success", "data": data, "warnings": [] }),
            _ => json!({ "status": "success", "data": { "resultType": "vector", "result": [{ "value": result }] } }),
        };
        if let Err(problem) = decode_answer(answer.to_string().as_bytes()) {
            let told = problem.to_string();
            prop_assert!(!told.contains('\n') && told.chars().count() < 400, "{told}");
        }
    }

    /// What a server writes is read as it is: each value, each instant to the millisecond.
    #[test]
    fn samples_are_read_as_they_are_written(samples in prop::collection::vec((any::<f64>(), 0..4_000_000_000_000_i64), 0..20)) {
        let written = |value: f64| if value.is_infinite() {
            (if value > 0.0 { "+Inf" } else { "-Inf" }).to_owned()
        } else {
            value.to_string()
        };
        let series = samples.iter().map(|(value, millis)| {
            json!({ "metric": { "job": "x" }, "value": [*millis as f64 / 1_000.0, written(*value)] })
        });
        let answer = json!({
            "status": "success",
            "data": { "resultType": "vector", "result": series.collect::<Vec<_>>() },
        });
        let read = decode_answer(answer.to_string().as_bytes()).unwrap();
        prop_assert_eq!(read.len(), samples.len());
        for (read, (value, millis)) in read.iter().zip(samples) {
            prop_assert_eq!(read.at, Timestamp::from_millis(millis));
            prop_assert!(read.value == value || read.value.is_nan() && value.is_nan());
        }
    }
}
