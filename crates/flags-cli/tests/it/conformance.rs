//! The conformance vectors, through the program as another implementation would be driven. // G2

use serde_json::{Value as Json, json};

use crate::support::Folder;

const BUCKETING: &str = include_str!("../../../flags-testkit/data/vectors/bucketing.json");
const EVALUATION: &str = include_str!("../../../flags-testkit/data/vectors/evaluation.json");

fn vectors(text: &str) -> Vec<Json> {
    serde_json::from_str(text).unwrap()
}

fn lines(values: &[Json]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

#[test]
fn bucketing() {
    let vectors = vectors(BUCKETING);
    assert!(vectors.len() >= 100);
    let ran = Folder::with(&[]).run_with(&["bucket", "--batch", "-"], &lines(&vectors));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), vectors.len());
    for (vector, answer) in vectors.iter().zip(answers) {
        for field in ["k0", "k1", "hash", "bucket", "arm"] {
            assert_eq!(answer[field], vector[field], "{field} of {vector}");
        }
    }
}

#[test]
fn evaluation() {
    let mut count = 0;
    for vector in vectors(EVALUATION) {
        let folder = Folder::with(&[("flags.toml", vector["definition"].as_str().unwrap())]);
        let cases = vector["cases"].as_array().unwrap();
        let ran = folder.run_with(&["eval", "flags.toml", "--batch", "-"], &lines(cases));
        assert_eq!(ran.status, 0, "{ran}");
        let answers = ran.json_lines();
        assert_eq!(answers.len(), cases.len());
        for (case, answer) in cases.iter().zip(answers) {
            count += 1;
            for (field, expected) in case["expect"].as_object().unwrap() {
                assert_eq!(answer[field], *expected, "{field} of {case}");
            }
        }
    }
    assert!(count >= 1_000, "{count}");
    // The comparison would notice an integer in place of a float.
    assert_ne!(json!(1), json!(1.0));
}
