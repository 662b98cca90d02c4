//! Bayesian analyses against closed forms, and at the edges of what they are defined for.

use flags_ab::statistics::bayes::{BetaPosterior, Contender, NormalPosterior, NormalPrior};
use flags_ab::statistics::{Alpha, Proportion, Undefined};
use proptest::prelude::*;

/// The chance that the second of two beats the first, as the finite sum for an integer second α (Evan Miller 2015), which
/// shares nothing with a quadrature.
fn closed_form_chance(a: (f64, f64), b: (u32, f64)) -> f64 {
    // The terms B(α_a + i, β_a + β_b) / ((β_b + i) B(1 + i, β_b) B(α_a, β_a)) by their ratios.
    let mut term = 1.0;
    for step in 0..b.1 as u32 {
        term *= (a.1 + f64::from(step)) / (a.0 + a.1 + f64::from(step));
    }
    let mut sum = 0.0;
    for i in 0..b.0 {
        let i = f64::from(i);
        sum += term;
        term *= (a.0 + i) / (a.0 + a.1 + b.1 + i) * (b.1 + i) / (1.0 + i);
    }
    sum
}

#[test]
fn small_chances_are_as_exact_as_large_ones() {
    for (a, b) in [
        ((11.0, 91.0), (15, 87.0)),
        ((1.0, 1.0), (1, 1.0)),
        ((0.5, 200.0), (30, 40.0)),
        ((120.0, 80.0), (60, 240.0)),
        ((90.0, 10.0), (10, 90.0)),
        ((0.01, 3.0), (2, 700.0)),
    ] {
        let posterior = |alpha, beta| BetaPosterior::new(alpha, beta).unwrap();
        let comparison = BetaPosterior::compare(posterior(a.0, a.1), posterior(f64::from(b.0), b.1)).unwrap();
        let expected = closed_form_chance(a, b);
        assert!((comparison.chance_to_win / expected - 1.0).abs() < 1e-9, "{a:?} {b:?}: {comparison:?} {expected}");
    }
}

/// For normals two against each other are one normal difference.
#[test]
fn two_normal_arms_are_their_difference() {
    for (a, b) in
        [((0.0, 1.0), (0.5, 2.0)), ((10.0, 0.1), (10.3, 0.2)), ((5.0, 1e-6), (4.0, 0.3)), ((0.0, 1.0), (-25.0, 1.0))]
    {
        let posterior = |(mean, sd)| NormalPosterior::new(mean, sd, None).unwrap();
        let contenders = NormalPosterior::best_of(&[posterior(a), posterior(b)]).unwrap();
        let difference = posterior((b.0 - a.0, f64::hypot(a.1, b.1))).against_zero().unwrap();
        let close = |got: f64, expected: f64| (got / expected - 1.0).abs() < 1e-8;
        assert!(close(contenders[1].chance_to_be_best, difference.chance_to_win), "{contenders:?} {difference:?}");
        assert!(close(contenders[0].expected_loss, difference.loss_if_control), "{contenders:?} {difference:?}");
        assert!(close(contenders[1].expected_loss, difference.loss_if_treatment), "{contenders:?} {difference:?}");
    }
}

#[test]
fn equal_arms_have_equal_chances_however_many() {
    let shares = |contenders: Vec<Contender>| {
        let count = contenders.len() as f64;
        for contender in &contenders {
            assert!((contender.chance_to_be_best * count - 1.0).abs() < 1e-9, "{contender:?} of {count}");
            assert!((contender.expected_loss - contenders[0].expected_loss).abs() < 1e-12);
        }
        contenders[0].expected_loss
    };
    for count in [2, 5, 32] {
        shares(BetaPosterior::best_of(&vec![BetaPosterior::new(30.0, 970.0).unwrap(); count]).unwrap());
        shares(BetaPosterior::best_of(&vec![BetaPosterior::JEFFREYS; count]).unwrap());
        shares(NormalPosterior::best_of(&vec![NormalPosterior::new(3.0, 0.5, None).unwrap(); count]).unwrap());
    }
    // The largest of n uniform variables is n / (n + 1) on average.
    let loss = shares(BetaPosterior::best_of(&[BetaPosterior::UNIFORM; 9]).unwrap());
    assert!((loss - (0.9 - 0.5)).abs() < 1e-12, "{loss}");
}

// Rounding of counts, sharp beside flat, a gap of many standard deviations between arms: nothing is missed in between.
#[test]
fn arms_of_any_sharpness_meet_on_one_grid() {
    let flat = BetaPosterior::UNIFORM;
    let sharp = BetaPosterior::new(3e17, 7e17).unwrap();
    let comparison = BetaPosterior::compare(flat, sharp).unwrap();
    assert!((comparison.chance_to_win - 0.3).abs() < 1e-9, "{comparison:?}");
    // E[max(U − 0.3, 0)] = 0.7² / 2 and E[max(0.3 − U, 0)] = 0.3² / 2.
    assert!((comparison.loss_if_control - 0.045).abs() < 1e-9, "{comparison:?}");
    assert!((comparison.loss_if_treatment - 0.245).abs() < 1e-9, "{comparison:?}");

    let low = BetaPosterior::new(1e14, 9e14).unwrap();
    let high = BetaPosterior::new(8e14, 2e14).unwrap();
    let comparison = BetaPosterior::compare(low, high).unwrap();
    assert!((comparison.chance_to_win - 1.0).abs() < 1e-14 && comparison.loss_if_treatment < 1e-100, "{comparison:?}");
    assert!((comparison.loss_if_control - 0.7).abs() < 1e-12, "{comparison:?}");

    let full = BetaPosterior::UNIFORM.update(Proportion::new(u64::MAX, u64::MAX).unwrap()).unwrap();
    let empty = BetaPosterior::UNIFORM.update(Proportion::new(0, u64::MAX).unwrap()).unwrap();
    let comparison = BetaPosterior::compare(full, empty).unwrap();
    assert!(comparison.chance_to_win < 1e-15 && (comparison.loss_if_treatment - 1.0).abs() < 1e-12, "{comparison:?}");
}

#[test]
fn refuses_what_is_no_distribution() {
    for (alpha, beta) in [(0.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY), (1e-4, 1.0), (1.0, 2e20)] {
        assert!(matches!(BetaPosterior::new(alpha, beta), Err(Undefined::OutOfDomain { .. })), "{alpha} {beta}");
    }
    assert_eq!(NormalPosterior::new(1.0, 0.0, None), Err(Undefined::ZeroVariance));
    for (effect, se) in [(f64::NAN, 1.0), (1.0, f64::NAN), (1.0, -1.0), (f64::INFINITY, 1.0), (1.0, f64::INFINITY)] {
        assert!(matches!(NormalPosterior::new(effect, se, None), Err(Undefined::OutOfDomain { .. })), "{effect} {se}");
    }
    for (mean, sd) in [(f64::NAN, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, f64::INFINITY)] {
        assert!(NormalPrior::new(mean, sd).is_err(), "{mean} {sd}");
    }
    assert!(NormalPosterior::new(0.0, 1.0, None).unwrap().chance_above(f64::NAN).is_err());
    assert_eq!(BetaPosterior::best_of(&[BetaPosterior::UNIFORM]), Err(Undefined::OneArm));
    assert_eq!(BetaPosterior::best_of(&[]), Err(Undefined::OneArm));
    assert!(matches!(BetaPosterior::best_of(&[BetaPosterior::UNIFORM; 33]), Err(Undefined::OutOfDomain { .. })));
}

#[test]
fn a_prior_pulls_and_a_threshold_shifts() {
    let prior = NormalPrior::new(0.0, 0.1).unwrap();
    let posterior = NormalPosterior::new(0.3, 0.1, Some(prior)).unwrap();
    assert!((posterior.mean() - 0.15).abs() < 1e-15 && (posterior.sd() - 0.1 / 2.0f64.sqrt()).abs() < 1e-15);
    assert_eq!(posterior.chance_above(0.15), Ok(0.5));
    assert_eq!(posterior.chance_above(0.0), Ok(posterior.against_zero().unwrap().chance_to_win));
    // A prior far wider or narrower than the data leaves one of the two.
    let wide = NormalPosterior::new(0.3, 1e-120, Some(NormalPrior::new(5.0, 1e120).unwrap())).unwrap();
    assert_eq!((wide.mean(), wide.sd()), (0.3, 1e-120));
    let narrow = NormalPosterior::new(0.3, 1e120, Some(NormalPrior::new(5.0, 1e-120).unwrap())).unwrap();
    assert_eq!((narrow.mean(), narrow.sd()), (5.0, 1e-120));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Total, consistent with itself, and the same for any order of arms.
    #[test]
    fn chances_sum_to_one_and_losses_differ_by_the_means(
        arms in prop::collection::vec((-3.0..8.0f64, -3.0..8.0f64), 2..6),
    ) {
        let arms: Vec<_> =
            arms.iter().map(|(a, b)| BetaPosterior::new(10f64.powf(*a), 10f64.powf(*b)).unwrap()).collect();
        let contenders = BetaPosterior::best_of(&arms).unwrap();
        let total: f64 = contenders.iter().map(|contender| contender.chance_to_be_best).sum();
        prop_assert!((total - 1.0).abs() < 1e-9, "{} {:?}", total, contenders);
        // E[max − X_i] + E[X_i] is the same for all i.
        let largest: Vec<f64> = contenders.iter().zip(&arms).map(|(c, arm)| c.expected_loss + arm.mean()).collect();
        for value in &largest {
            prop_assert!((value - largest[0]).abs() < 1e-9, "{:?}", largest);
        }
        let reversed: Vec<_> = arms.iter().rev().copied().collect();
        for (left, right) in contenders.iter().zip(BetaPosterior::best_of(&reversed).unwrap().iter().rev()) {
            prop_assert!((left.chance_to_be_best - right.chance_to_be_best).abs() < 1e-9);
            prop_assert!((left.expected_loss - right.expected_loss).abs() < 1e-9);
        }
    }

    #[test]
    fn intervals_hold_what_they_promise(a in -2.0..12.0f64, b in -2.0..12.0f64, level in 0.001..0.9f64) {
        let posterior = BetaPosterior::new(10f64.powf(a), 10f64.powf(b)).unwrap();
        match posterior.credible_interval(Alpha::new(level).unwrap()) {
            Ok(interval) => prop_assert!(0.0 <= interval.lower && interval.lower <= interval.upper && interval.upper <= 1.0),
            Err(reason) => prop_assert_eq!(reason, Undefined::Overflow { what: "the lower end" }),
        }
    }
}
