//! The always-valid methods at the edges of what they are defined for.

use flags_ab::statistics::sequential::{
    ConfidenceSequence, Dispersion, EffectEstimate, MixtureTest, OneSidedConfidenceSequence, Running,
    SequentialSampleRatio, VarianceInflation,
};
use flags_ab::statistics::{Alpha, Arm, Interval, Proportion, Undefined};
use proptest::prelude::*;

fn alpha(value: f64) -> Alpha {
    Alpha::new(value).unwrap()
}

// The value of the plain formula in 50 digits (mpmath): its terms are of the size 1e13, their sum is not.
#[test]
fn the_bayes_factor_does_not_cancel_at_a_trillion_users() {
    let mut test = SequentialSampleRatio::new(&[0.5, 0.5], 10_000.0).unwrap();
    let look = test.look(&[500_000_000_000, 500_001_000_000]).unwrap();
    assert!((look.ln_bayes_factor - -8.710366381974543).abs() < 1e-7, "{}", look.ln_bayes_factor);

    let mut test = SequentialSampleRatio::new(&[0.1, 0.2, 0.7], 1.0).unwrap();
    let look = test.look(&[100_000_000_123, 200_000_400_456, 699_999_600_789]).unwrap();
    assert!((look.ln_bayes_factor - -27.98351134836076).abs() < 1e-4, "{}", look.ln_bayes_factor);
}

#[test]
fn a_sample_ratio_test_refuses_what_is_no_test() {
    assert_eq!(SequentialSampleRatio::new(&[1.0], 100.0), Err(Undefined::OneArm));
    assert_eq!(SequentialSampleRatio::new(&[1.0, 0.0], 100.0), Err(Undefined::OneArm));
    for weights in [[1.0, -1.0], [1.0, f64::NAN], [1.0, f64::INFINITY], [1.0, 1e-300]] {
        assert!(
            matches!(SequentialSampleRatio::new(&weights, 100.0), Err(Undefined::OutOfDomain { .. })),
            "{weights:?}"
        );
    }
    for concentration in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(SequentialSampleRatio::new(&[1.0, 1.0], concentration).is_err(), "{concentration}");
    }

    let mut test = SequentialSampleRatio::new(&[1.0, 0.0, 1.0], 100.0).unwrap();
    assert_eq!(test.look(&[5, 1, 5]), Err(Undefined::TrafficWithoutWeight { arm: 1, users: 1 }));
    assert!(matches!(test.look(&[5, 5]), Err(Undefined::LengthMismatch { .. })));
    assert_eq!(test.counts(), [0, 0, 0], "what is refused is not counted");
    let look = test.look(&[u64::MAX, 0, u64::MAX]).unwrap();
    assert!(look.ln_bayes_factor.is_finite());
    assert_eq!(test.look(&[1, 0, 0]), Err(Undefined::Overflow { what: "the users of an arm" }));
    assert_eq!(test.counts(), [u64::MAX, 0, u64::MAX]);
}

#[test]
fn the_sample_ratio_test_sees_a_mismatch_and_stays_calm_without_one() {
    let mut fair = SequentialSampleRatio::new(&[1.0, 1.0], 10_000.0).unwrap();
    let mut skewed = fair.clone();
    for _ in 0..100 {
        assert!(fair.look(&[500, 500]).unwrap().p_value.value() > 0.5);
        skewed.look(&[515, 485]).unwrap();
    }
    let remembered = skewed.look(&[0, 0]).unwrap().p_value;
    assert!(remembered.value() < 0.001);
    // Balance that comes later does not undo the evidence.
    assert_eq!(skewed.look(&[0, 3000]).unwrap().p_value, remembered);
}

#[test]
fn an_effect_without_users_or_variance_is_no_effect() {
    assert_eq!(EffectEstimate::new(0.1, 0.0, 5, 5), Err(Undefined::ZeroVariance));
    assert_eq!(EffectEstimate::new(0.1, 0.1, 0, 0), Err(Undefined::NoTraffic));
    for (effect, se) in [(f64::NAN, 0.1), (0.1, f64::NAN), (f64::INFINITY, 0.1), (0.1, f64::INFINITY), (0.1, -0.1)] {
        let refused = EffectEstimate::new(effect, se, 5, 5);
        assert!(matches!(refused, Err(Undefined::OutOfDomain { .. })), "{effect} {se}");
    }
    let none = Proportion::new(0, 0).unwrap();
    let some = Proportion::new(0, 10).unwrap();
    assert_eq!(EffectEstimate::between(none, some), Err(Undefined::NoUsers { arm: Arm::Control }));
    let start = EffectEstimate::between(some, some).unwrap();
    assert_eq!(start.effect(), 0.0);
    assert!(start.se() > 0.0, "zero conversions are not certainty");
    assert!(EffectEstimate::new(1.0, 0.1, u64::MAX, u64::MAX).is_ok());
}

#[test]
fn sequences_refuse_parameters_outside_of_their_range() {
    for tightest_at in [0.0, -5.0, f64::NAN, f64::INFINITY, 1e19] {
        assert!(ConfidenceSequence::new(alpha(0.05), tightest_at).is_err(), "{tightest_at}");
        assert!(OneSidedConfidenceSequence::new(alpha(0.05), tightest_at).is_err(), "{tightest_at}");
    }
    assert!(OneSidedConfidenceSequence::new(alpha(0.5), 100.0).is_err());
    for variance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(MixtureTest::new(alpha(0.05), variance).is_err(), "{variance}");
    }
}

// arXiv 2103.06476, equation 161, and GrowthBook's documentation: tightest where it was asked to be.
#[test]
fn a_sequence_is_tightest_where_it_was_asked_to_be() {
    let width = |tightest_at: f64| {
        let estimate = EffectEstimate::new(0.0, 0.01, 2500, 2500).unwrap();
        ConfidenceSequence::new(alpha(0.05), tightest_at).unwrap().look(&estimate).unwrap().half_width / 0.01
    };
    let best = width(5000.0);
    assert!((best - 3.03).abs() < 0.01, "{best}");
    for other in [500.0, 2000.0, 4000.0, 6500.0, 20_000.0, 100_000.0] {
        assert!(width(other) > best, "{other}");
    }
}

// arXiv 2103.06476, equation 134, in 50 digits (mpmath): the reference vectors have no one-sided sequence.
#[test]
fn one_sided_bounds_are_those_of_the_formula() {
    for (level, tightest_at, users, effect, half_width, ln_p) in [
        (0.05, 5000.0, 2500, 3.0, 2.7790942353135217, -3.562485141131514),
        (0.01, 500.0, 40000, 4.5, 3.9003951617077792, -7.122515524191743),
        (0.2, 100000.0, 100, 0.7, 20.955961121093136, 0.0),
        (0.05, 10000.0, 1000000, 60.0, 3.429911889145918, -1795.7000990477688),
    ] {
        let sequence = OneSidedConfidenceSequence::new(alpha(level), tightest_at).unwrap();
        let look = sequence.look(&EffectEstimate::new(effect, 1.0, users, users).unwrap()).unwrap();
        assert!(((look.upper - look.lower) / 2.0 / half_width - 1.0).abs() < 1e-12, "{look:?}");
        assert!((look.p_above_zero.ln() - ln_p).abs() < 1e-10 * (1.0 - ln_p), "{look:?}");
        assert_eq!(look.p_below_zero.value(), 1.0);
        let mirrored = sequence.look(&EffectEstimate::new(-effect, 1.0, users, users).unwrap()).unwrap();
        assert_eq!((mirrored.p_below_zero, mirrored.upper), (look.p_above_zero, -look.lower));
    }
}

#[test]
fn running_results_keep_the_best_evidence_and_notice_a_contradiction() {
    let sequence = ConfidenceSequence::new(alpha(0.05), 1000.0).unwrap();
    let look = |effect: f64| sequence.look(&EffectEstimate::new(effect, 0.01, 500, 500).unwrap()).unwrap();
    let mut running = Running::new();
    assert_eq!(running.interval(), Err(Undefined::NoTraffic));
    assert_eq!(running.p_value().value(), 1.0);
    running.look(&look(0.04));
    running.look(&look(0.02));
    assert_eq!(running.looks(), 2);
    assert_eq!(running.p_value(), look(0.04).p_value);
    let (first, second) = (look(0.04).interval, look(0.02).interval);
    assert_eq!(running.interval(), Ok(Interval { lower: first.lower, upper: second.upper }));
    running.look(&look(-0.9));
    assert_eq!(running.interval(), Err(Undefined::NoCommonInterval));
}

#[test]
fn over_dispersion_is_what_pearson_says() {
    let batch = |successes, trials| Proportion::new(successes, trials).unwrap();
    let mut arm = Dispersion::new();
    assert_eq!(Dispersion::inflation(&[arm]), Err(Undefined::TooFewBatches));
    for (successes, trials) in [(10, 100), (30, 100), (0, 0), (20, 100), (20, 100)] {
        arm.record(batch(successes, trials));
    }
    assert_eq!(arm.batches(), 4, "a batch without trials is none");
    // Σ n (r − r̄)² / (r̄ (1 − r̄)) / (B − 1) = 100 (0.01 + 0.01) / 0.16 / 3.
    let factor = Dispersion::inflation(&[arm]).unwrap().factor();
    assert!((factor - 2.0 / 0.16 / 3.0).abs() < 1e-12, "{factor}");
    // 7.81 is the 95 % point of chi-squared with three degrees of freedom, 0.3518 the 5 % point.
    let upper = Dispersion::upper_inflation(&[arm], 0.95).unwrap().factor();
    assert!((upper - 12.5 / 0.351_846_317_749_271).abs() < 1e-6, "{upper}");

    let mut even = Dispersion::new();
    for _ in 0..5 {
        even.record(batch(20, 100));
    }
    assert_eq!(Dispersion::inflation(&[even]), Ok(VarianceInflation::NONE), "never below one");
    let mut silent = Dispersion::new();
    for _ in 0..5 {
        silent.record(batch(0, 100));
    }
    assert_eq!(Dispersion::inflation(&[silent]), Err(Undefined::ZeroVariance));
    assert_eq!(Dispersion::inflation(&[silent, arm]), Dispersion::inflation(&[arm]));
    assert!(Dispersion::upper_inflation(&[arm], 0.2).is_err());
    assert!(VarianceInflation::new(0.9).is_err() && VarianceInflation::new(f64::NAN).is_err());

    let estimate = EffectEstimate::new(0.1, 0.02, 50, 50).unwrap();
    let inflated = estimate.inflated(VarianceInflation::new(4.0).unwrap()).unwrap();
    assert!((inflated.se() - 0.04).abs() < 1e-15);
    assert_eq!((inflated.effect(), inflated.users()), (0.1, 100.0));
}

proptest! {
    // The interval excludes zero exactly when the p-value is at most alpha: both tell the same story.
    #[test]
    fn interval_and_p_value_agree(
        effect in -1.0..1.0f64, se in 1e-4..1.0f64, users in 1u64..1_000_000_000, tightest_at in 10.0..1e7f64, level in 0.001..0.3f64,
    ) {
        let estimate = EffectEstimate::new(effect, se, users, users).unwrap();
        let level = alpha(level);
        let clear = |bound: f64| bound.abs() > 1e-9 * se;

        let look = ConfidenceSequence::new(level, tightest_at).unwrap().look(&estimate).unwrap();
        if clear(look.interval.lower) && clear(look.interval.upper) {
            prop_assert_eq!(!look.interval.contains(0.0), look.p_value.is_significant(level));
        }
        let mixture = MixtureTest::new(level, tightest_at * 1e-9).unwrap().look(&estimate).unwrap();
        if clear(mixture.interval.lower) && clear(mixture.interval.upper) {
            prop_assert_eq!(!mixture.interval.contains(0.0), mixture.p_value.is_significant(level));
        }
        let one = OneSidedConfidenceSequence::new(level, tightest_at).unwrap().look(&estimate).unwrap();
        if clear(one.lower) && clear(one.upper) {
            prop_assert_eq!(one.lower >= 0.0, one.p_above_zero.is_significant(level));
            prop_assert_eq!(one.upper <= 0.0, one.p_below_zero.is_significant(level));
        }
        prop_assert!(one.lower <= effect);
        // From where the sequence is tightest on, one side costs about what two at twice the level do. Long before, it is wider
        // by more than any fixed share of the standard error, and nothing is promised.
        if (2 * users) as f64 >= tightest_at {
            let two = ConfidenceSequence::new(alpha(2.0 * level.value()), tightest_at).unwrap().look(&estimate).unwrap();
            prop_assert!(one.lower >= two.interval.lower - 0.7 * se);
        }
    }

    // Total: whatever finite numbers come in, what comes out are finite numbers or a reason.
    #[test]
    fn looks_never_answer_with_nan(
        effect in any::<f64>(), se in any::<f64>(), a in any::<u64>(), b in any::<u64>(), parameter in any::<f64>(), level in 1e-300..1.0f64,
    ) {
        let Ok(estimate) = EffectEstimate::new(effect, se, a, b) else { return Ok(()) };
        let level = alpha(level);
        let looks = [
            ConfidenceSequence::new(level, parameter.abs()).and_then(|sequence| sequence.look(&estimate)),
            ConfidenceSequence::new(level, 5000.0).and_then(|sequence| sequence.look(&estimate)),
            MixtureTest::new(level, parameter.abs()).and_then(|test| test.look(&estimate)),
        ];
        for look in looks.into_iter().flatten() {
            for number in [look.interval.lower, look.interval.upper, look.half_width, look.ln_e_value, look.p_value.ln()] {
                prop_assert!(number.is_finite(), "{:?}", look);
            }
        }
        if let Ok(look) = OneSidedConfidenceSequence::new(level, 5000.0).and_then(|sequence| sequence.look(&estimate)) {
            for number in [look.lower, look.upper, look.p_above_zero.ln(), look.p_below_zero.ln()] {
                prop_assert!(number.is_finite(), "{:?}", look);
            }
        }
    }

    // Sums of batches may be formed anywhere and in any order.
    #[test]
    fn dispersion_merges_in_any_order(batches in prop::collection::vec((0u64..50, 50u64..5000), 2..40), cut in 0usize..40) {
        let sum = |batches: &[(u64, u64)]| {
            let mut sum = Dispersion::new();
            for &(successes, trials) in batches {
                sum.record(Proportion::new(successes, trials).unwrap());
            }
            sum
        };
        let (left, right) = batches.split_at(cut.min(batches.len()));
        let mut merged = sum(right);
        merged.merge(&sum(left));
        prop_assert_eq!(merged.batches(), batches.len() as u64);
        match (Dispersion::inflation(&[merged]), Dispersion::inflation(&[sum(&batches)])) {
            (Ok(a), Ok(b)) => prop_assert!((a.factor() / b.factor() - 1.0).abs() < 1e-9),
            (a, b) => prop_assert_eq!(a, b),
        }
    }
}
