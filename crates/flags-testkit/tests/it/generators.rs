//! Generated scenarios are consistent, repeatable, and reach every step of the evaluation order.

use std::collections::BTreeMap;

use flags_testkit::generate::{self, Choices};
use proptest::prelude::*;

/// Every row of the table of the evaluation order is what decides in at least 1 % of the questions.
#[test]
fn every_cause_occurs() {
    let mut causes: BTreeMap<String, u32> = BTreeMap::new();
    let mut total = 0;
    for seed in 0..600 {
        let mut choices = Choices::seeded(seed);
        let scenario = generate::scenario(&mut choices);
        for _ in 0..20 {
            let question = generate::question(&mut choices, &scenario);
            let expected = scenario.expected(&question);
            let code = expected.error_code.map_or(String::new(), |code| format!(" {code}"));
            *causes.entry(format!("{} {}{code}", expected.reason, expected.cause)).or_default() += 1;
            total += 1;
        }
    }
    let listing: Vec<String> = causes
        .iter()
        .map(|(cause, count)| format!("{cause}: {:.1} %", f64::from(*count) * 100.0 / f64::from(total)))
        .collect();
    for wanted in [
        "ERROR error FLAG_NOT_FOUND",
        "ERROR error TARGETING_KEY_MISSING",
        "DISABLED kill",
        "STATIC override",
        "TARGETING_MATCH override",
        "DISABLED breaker",
        "DISABLED state",
        "DISABLED parent",
        "DISABLED prerequisite",
        "TARGETING_MATCH unit_override",
        "DEFAULT condition",
        "DEFAULT target",
        "SPLIT experiment",
        "TARGETING_MATCH experiment",
        "TARGETING_MATCH rule",
        "SPLIT rule",
        "SPLIT rollout",
        "STATIC fallthrough",
        "SPLIT fallthrough",
    ] {
        let count = causes.get(wanted).copied().unwrap_or(0);
        assert!(count * 100 >= total, "{wanted} is rarer than 1 %:\n{}", listing.join("\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever the bytes, the definitions are consistent and the same bytes make the same scenario.
    #[test]
    fn scenarios_are_consistent(bytes in proptest::collection::vec(any::<u8>(), 0..3_000)) {
        let (scenario, question) = generate::from_bytes(&bytes);
        prop_assert_eq!(&generate::from_bytes(&bytes).0, &scenario);
        prop_assert!(flags_core::definition::is_key(&question.flag));
        if let Err(errors) = scenario.definitions.check() {
            return Err(TestCaseError::fail(errors.to_string()));
        }
    }
}
