//! The oracle reproduces the conformance vectors. // G2

use flags_core::Value;
use flags_testkit::{oracle, vectors};

#[test]
fn bucketing() {
    let vectors = vectors::bucketing().unwrap();
    assert!(vectors.len() >= 100);
    for vector in vectors {
        let (salt, purpose, unit) = (&*vector.salt, &*vector.purpose, &*vector.unit);
        assert_eq!(oracle::draw::draw_key(salt, purpose), vector.key, "{vector:?}");
        assert_eq!(oracle::draw::hash(salt, purpose, unit), vector.hash, "{vector:?}");
        assert_eq!(oracle::draw::bucket(salt, purpose, unit), vector.bucket, "{vector:?}");
        assert_eq!(oracle::draw::arm(salt, purpose, unit, &vector.weights), Some(vector.arm), "{vector:?}");
    }
}

#[test]
fn evaluation() {
    let mut differences = vec![];
    let mut count = 0;
    for (number, vector) in vectors::evaluation().unwrap().iter().enumerate() {
        let checked = vector.document.definitions.clone().check();
        assert!(checked.is_ok(), "set {number}: {}", checked.unwrap_err());
        for case in &vector.cases {
            count += 1;
            let found = oracle::evaluate(
                &vector.document.definitions,
                &vector.document.environment,
                &[],
                &|_| None,
                &case.flag,
                &case.context,
                case.at,
            );
            let texts = [
                found.variant.clone(),
                Some(found.reason.to_owned()),
                Some(found.cause.to_owned()),
                found.rule.clone(),
                found.error_code.map(str::to_owned),
            ];
            let same = found.value == case.value && texts == case.texts;
            if !same {
                differences.push(format!("set {number}, {case:?}\n  found {found:?}"));
            }
        }
    }
    assert!(count >= 1_000);
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
    // The comparison would notice a difference.
    assert_ne!(Value::Integer(1), Value::Float(1.0));
}

#[test]
fn statistics_are_complete() {
    let mut files: Vec<_> = std::fs::read_dir("data/vectors/stats")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    assert_eq!(files, vectors::STATISTICS);
    let read = vectors::STATISTICS.map(|function| vectors::StatisticsVectors::read(function).unwrap());
    assert_eq!(read.iter().map(|vectors| vectors.cases.len()).sum::<usize>(), 1081);
    for vectors in read {
        let expected: Vec<_> = vectors.cases.iter().map(|case| case.expected.clone()).collect();
        let mut answers = expected.into_iter();
        assert_eq!(vectors.differences(|_| answers.next().unwrap()), Vec::<String>::new(), "{}", vectors.function);
        assert!(!vectors.differences(|_| serde_json::Value::Null).is_empty(), "{}", vectors.function);
    }
}
