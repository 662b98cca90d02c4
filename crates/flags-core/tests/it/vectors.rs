//! The conformance vectors, which other languages implement as well. // G2

use flags_core::{BucketKey, Purpose, Value, ValueRef};
use flags_testkit::{compile, vectors};

#[test]
fn bucketing() {
    let vectors = vectors::bucketing().unwrap();
    assert!(vectors.len() >= 100);
    for vector in vectors {
        let purpose = Purpose::from_name(&vector.purpose).unwrap();
        let key = BucketKey::new(&vector.salt, purpose);
        let draw = key.hash(&vector.unit);
        assert_eq!(key.halves(), vector.key, "{vector:?}");
        assert_eq!(draw.hash(), vector.hash, "{vector:?}");
        assert_eq!(draw.bucket(), vector.bucket, "{vector:?}");
        let total = vector.weights.iter().sum();
        let mut passed = 0;
        let arm = vector.weights.iter().position(|weight| {
            passed += weight;
            draw.position(total) < passed
        });
        assert_eq!(arm, Some(vector.arm), "{vector:?}");
    }
}

#[test]
fn evaluation() {
    let mut differences = vec![];
    let mut count = 0;
    for (number, vector) in vectors::evaluation().unwrap().iter().enumerate() {
        let set = compile(&vector.document.definitions, &vector.document.environment, &[]).unwrap();
        for case in &vector.cases {
            count += 1;
            let decision = set.evaluate(&case.flag, &case.context, &case.at);
            let rule = decision.rule().map(|(number, name)| name.map_or_else(|| number.to_string(), str::to_owned));
            let texts = [
                decision.variant().map(str::to_owned),
                Some(decision.reason().name().to_owned()),
                Some(decision.cause().name().to_owned()),
                rule,
                decision.error().map(|error| error.name().to_owned()),
            ];
            let value: Option<Value> = decision.value().map(ValueRef::to_value);
            if value != case.value || texts != case.texts {
                let explanation = set.explain(&case.flag, &case.context, &case.at);
                differences.push(format!("set {number}: {case:?}\n{explanation}"));
            }
        }
    }
    assert!(count >= 1_000);
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
}
