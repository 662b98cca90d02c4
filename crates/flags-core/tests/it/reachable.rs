//! What a flag is said to be able to come to, against what it comes to. // D5

use flags_core::{FlagView, Outcome};
use flags_testkit::generate::{self, Choices};

/// The seed of every run, so that a failure on one machine is a failure on all.
const SEED: u64 = 0x7265_6163_6821;

/// Which of the flag's variants an outcome serves, counted in the flag.
fn local(flag: FlagView<'_>, outcome: Outcome) -> Option<usize> {
    let places = flag.variant_places();
    outcome.variant_place().map(|place| {
        assert!(places.contains(&place), "{outcome:?} serves a variant of another flag than {}", flag.key());
        place - places.start
    })
}

/// 400 scenarios with 60 questions each: no outcome is a surprise, and what is foretold is not simply everything.
#[test]
fn no_outcome_is_missing() {
    let (mut foretold, mut possible, mut seen) = (0, 0, 0);
    for number in 0..400 {
        let mut choices = Choices::seeded(SEED + number);
        let scenario = generate::scenario(&mut choices);
        let set = scenario.compile().unwrap();
        for flag in set.flags() {
            foretold += flag.reachable().len();
            possible += (flag.variants().count() + 1) * 6;
        }
        for _ in 0..60 {
            let question = generate::question(&mut choices, &scenario);
            let outcome = set.evaluate(&question.flag, &question.context, &question.now).outcome();
            let Some(flag) = outcome.flag() else { continue };
            let flag = set.view(flag).unwrap();
            assert_eq!(flag.key(), question.flag);
            let served = local(flag, outcome);
            let name = set.decision(outcome).variant();
            assert_eq!(served.and_then(|at| flag.variants().nth(at)).map(|(name, _)| name), name);
            let reachable = flag.reachable();
            assert!(
                reachable.contains(&(served, outcome.reason())),
                "seed {SEED} + {number}: {outcome:?} of {question:?} is not among {reachable:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 20_000, "{seen}");
    assert!(foretold * 2 < possible, "{foretold} of {possible} are foretold: that says nothing");
}

/// The unit lent is the one the draw is made for: the bucket is that unit's.
#[test]
fn the_unit_is_that_of_the_draw() {
    let mut drawn = 0;
    for number in 0..400 {
        let mut choices = Choices::seeded(SEED + number);
        let scenario = generate::scenario(&mut choices);
        let set = scenario.compile().unwrap();
        for _ in 0..60 {
            let question = generate::question(&mut choices, &scenario);
            let decision = set.evaluate(&question.flag, &question.context, &question.now);
            let (Some(bucket), Some(flag)) = (decision.bucket(), decision.flag()) else { continue };
            let definition = scenario.definitions.flags.iter().find(|known| *known.key == *flag.key()).unwrap();
            // A section for an environment may have a salt of its own.
            if !definition.environments.is_empty() {
                continue;
            }
            let salt = definition.salt.as_deref().unwrap_or(&definition.key);
            let key = flags_core::BucketKey::new(salt, flags_core::Purpose::Rollout);
            let found = set.with_unit(flag.id(), &question.context, |unit| key.hash(unit).bucket());
            assert_eq!(found, Some(bucket), "seed {SEED} + {number}: {question:?}");
            drawn += 1;
        }
    }
    assert!(drawn > 500, "{drawn}");
}
