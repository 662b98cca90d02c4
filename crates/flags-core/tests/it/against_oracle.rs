//! The evaluator against the naive oracle, on random definitions, controls, contexts and instants. // G3

use flags_core::{Cause, FlagSet};
use flags_testkit::{
    answer, assigned, differences,
    generate::{self, Choices, Question, Scenario},
};
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

/// The seed of every run, so that a failure on one machine is a failure on all.
const SEED: u64 = 0x666c_6167_7321;

fn judge(set: &FlagSet, scenario: &Scenario, question: &Question) -> Result<(), String> {
    let decision = set.evaluate(&question.flag, &question.context, &question.now);
    let mut differences = differences(&scenario.expected(question), &decision);
    // E5: what a trial run of a half-open breaker gets.
    if let Some(flag) = set.find(&question.flag) {
        let tried = set.decision(set.decide_despite_breaker(flag, &question.context, &question.now));
        let found = flags_testkit::differences(&scenario.expected_despite_breaker(question), &tried);
        differences.extend(found.iter().map(|difference| format!("despite the breaker, {difference}")));
        let refused = set.decision(set.off_by_breaker(flag));
        if decision.cause() == Cause::Breaker && answer(&refused) != answer(&decision) {
            differences.push(format!("refused by the breaker: expected {decision:?}, found {refused:?}"));
        }
    }
    for experiment in set.experiments() {
        let expected = scenario.expected_arm(experiment.key(), question);
        let found = assigned(&set.assign(experiment.key(), &question.context, &question.now));
        if found != expected {
            differences.push(format!("experiment {}: expected {expected:?}, found {found:?}", experiment.key()));
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    let explanation = set.explain(&question.flag, &question.context, &question.now);
    Err(format!("{}\n{question:#?}\n{explanation}\n{scenario:#?}", differences.join("\n")))
}

/// 300 scenarios with 60 questions each: 18 000 pairs, wide rather than deep.
#[test]
fn wide() {
    let mut failures = 0;
    let mut first = String::new();
    for number in 0..300 {
        let mut choices = Choices::seeded(SEED + number);
        let scenario = generate::scenario(&mut choices);
        let set = scenario.compile().unwrap();
        for _ in 0..60 {
            let question = generate::question(&mut choices, &scenario);
            if let Err(failure) = judge(&set, &scenario, &question) {
                failures += 1;
                if failures == 1 || failure.len() < first.len() {
                    first = format!("seed {SEED} + {number}\n{failure}");
                }
            }
        }
    }
    assert_eq!(failures, 0, "of 18000 decisions, {failures} differ; the smallest:\n{first}");
}

/// The same through proptest, which shrinks what it finds to the smallest scenario and question.
#[test]
fn shrinking() {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEED.to_le_bytes());
    let config = Config { cases: 2_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let result = runner.run(&vec(any::<u8>(), 0..1_500), |bytes| {
        let (scenario, question) = generate::from_bytes(&bytes);
        let set = scenario.compile().map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        judge(&set, &scenario, &question).map_err(TestCaseError::fail)
    });
    if let Err(failure) = result {
        panic!("seed {SEED}: {failure}");
    }
}
