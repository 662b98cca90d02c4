//! Bytes become definitions, controls and a question; the evaluator answers as the naive oracle does, and its
//! explanation ends where the evaluation does.

#![no_main]

use flags_testkit::{differences, generate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (scenario, question) = generate::from_bytes(bytes);
    let set = scenario.compile().expect("because generated definitions are consistent");
    let decision = set.evaluate(&question.flag, &question.context, &question.now);
    let differences = differences(&scenario.expected(&question), &decision);
    assert!(differences.is_empty(), "{differences:#?}\n{scenario:#?}\n{question:#?}");

    let explanation = set.explain(&question.flag, &question.context, &question.now);
    assert!(!explanation.to_string().is_empty());
});
