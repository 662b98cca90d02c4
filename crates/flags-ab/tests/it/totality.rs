//! Every analysis has an answer for every input, however hostile: an ordinary number or the reason why there is none. // G2

use flags_ab::statistics::{
    Alpha, Arm, CapOver, Correction, Direction, JointMoments, Margin, MeansDesign, Moments, Proportion, Sides, Summary,
    adjust_p_values, barnard, boschloo, conversion_test, cuped, difference_intervals, fisher_exact, mann_whitney,
    minimum_detectable_mean, minimum_detectable_rate, non_inferiority, power_means, power_two_proportions, quantile,
    ratio_metric, relative_lift, sample_ratio, sample_size_means, sample_size_two_proportions, two_proportion_z,
    upper_cap, welch_t, wilson_interval, winsorize,
};
use proptest::prelude::*;

/// Fails if a NaN or an infinity is anywhere in an answer, but for an argument that is quoted back.
#[track_caller]
fn ordinary(answer: &dyn std::fmt::Debug) {
    let text = format!("{answer:?}");
    let quoted = text.replace("value: NaN", "").replace("value: inf", "").replace("value: -inf", "");
    let mut words = quoted.split(|c: char| !c.is_alphanumeric() && c != '_');
    assert!(!words.any(|word| word == "NaN" || word == "inf"), "{text}");
}

/// Any double, with those that break things more often than by chance.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        2 => any::<f64>(),
        2 => prop::sample::select(vec![
            0.0, -0.0, 1.0, -1.0, 0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN,
            f64::MIN_POSITIVE, 5e-324, 1e-300, 1e300, 1e154, 1e-154, 1.0 + f64::EPSILON, 1.0 - f64::EPSILON / 2.0,
        ]),
        2 => -10.0..10.0f64,
    ]
}

fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..5u64,
        0..3000u64,
        any::<u64>(),
        prop::sample::select(vec![u64::MAX, u64::MAX - 1, 1 << 32, 1 << 52, (1 << 52) + 1, 1 << 53, 1 << 63]),
    ]
}

fn any_proportion() -> impl Strategy<Value = Proportion> {
    (any_count(), any_count(), 0..4usize).prop_map(|(one, other, shape)| {
        let users = one.max(other);
        let conversions = [one.min(other), 0, users, users - one.min(other)][shape];
        Proportion::new(conversions, users).unwrap()
    })
}

/// A summary of any numbers that are accepted.
fn any_summary() -> impl Strategy<Value = Summary> {
    (any_count(), any_number(), any_number())
        .prop_filter_map("refused", |(users, mean, variance)| Summary::new(users, mean, variance.abs()).ok())
}

fn any_values() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        prop::collection::vec(any_number(), 0..12),
        prop::collection::vec((-3..3i32).prop_map(f64::from), 0..40),
        (any_number(), 0..20usize).prop_map(|(value, count)| vec![value; count]),
    ]
}

fn any_joint() -> impl Strategy<Value = JointMoments> {
    (any_values(), any_values()).prop_map(|(xs, ys)| {
        let mut moments = JointMoments::default();
        for (x, y) in xs.into_iter().zip(ys) {
            // What is refused is left out.
            let _ = moments.push(x, y);
        }
        moments
    })
}

fn any_alpha() -> impl Strategy<Value = Alpha> {
    prop_oneof![Just(0.05), Just(1e-300), Just(1.0 - f64::EPSILON), 1e-6..1.0f64]
        .prop_map(|value| Alpha::new(value).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn conversions(a in any_proportion(), b in any_proportion(), alpha in any_alpha()) {
        ordinary(&two_proportion_z(a, b));
        ordinary(&wilson_interval(a, alpha));
        ordinary(&difference_intervals(a, b, alpha));
        ordinary(&fisher_exact(a, b));
        ordinary(&a.merge(b));
        if let Ok(interval) = wilson_interval(a, alpha) {
            prop_assert!(0.0 <= interval.lower && interval.lower <= interval.upper && interval.upper <= 1.0);
        }
    }

    #[test]
    fn means(
        a in any_summary(), b in any_summary(), alpha in any_alpha(), margin in any_number(), relative in any::<bool>(),
        more in any::<bool>(),
    ) {
        ordinary(&welch_t(a, b, alpha));
        ordinary(&relative_lift(a, b, alpha));
        let margin = if relative { Margin::Relative(margin) } else { Margin::Absolute(margin) };
        let better = if more { Direction::Increase } else { Direction::Decrease };
        ordinary(&non_inferiority(a, b, margin, better, alpha));
    }

    #[test]
    fn sums(a in any_joint(), b in any_joint(), alpha in any_alpha()) {
        ordinary(&cuped(a, b, alpha));
        let (ratio_a, ratio_b) = (ratio_metric(a, Arm::Control), ratio_metric(b, Arm::Treatment));
        ordinary(&ratio_a);
        if let (Ok(ratio_a), Ok(ratio_b)) = (ratio_a, ratio_b) {
            ordinary(&welch_t(ratio_a, ratio_b, alpha));
        }
        ordinary(&a.x().summary());
    }

    #[test]
    fn values(a in any_values(), b in any_values(), fraction in any_number(), other in any_number()) {
        ordinary(&mann_whitney(&a, &b));
        ordinary(&winsorize(&a, fraction, other));
        ordinary(&quantile(&a, fraction));
        ordinary(&upper_cap(&a, fraction, CapOver::All));
        ordinary(&upper_cap(&a, fraction, CapOver::NonZero));
        let mut moments = Moments::default();
        for value in &a {
            let before = moments;
            if moments.push(*value).is_err() {
                prop_assert_eq!(before, moments);
            }
        }
        ordinary(&moments.summary());
    }

    #[test]
    fn many_tests(p_values in prop::collection::vec(prop_oneof![0.0..=1.0f64, any_number()], 0..10)) {
        for correction in [
            Correction::Bonferroni, Correction::Sidak, Correction::Holm, Correction::Hochberg,
            Correction::BenjaminiHochberg, Correction::BenjaminiYekutieli,
        ] {
            ordinary(&adjust_p_values(&p_values, correction));
        }
    }

    #[test]
    fn shares(users in prop::collection::vec(any_count(), 0..5), weights in prop::collection::vec(any_number(), 0..5)) {
        ordinary(&sample_ratio(&users, &weights));
        let weights: Vec<f64> = weights.iter().map(|weight| weight.abs()).collect();
        ordinary(&sample_ratio(&users, &weights));
    }

    #[test]
    fn planning(
        rate_a in any_number(), rate_b in any_number(), ratio in any_number(), power in any_number(),
        n_a in any_count(), n_b in any_count(), alpha in any_alpha(), two in any::<bool>(),
    ) {
        let sides = if two { Sides::Two } else { Sides::One };
        let rates = [(rate_a, rate_b), (rate_a.abs().min(1.0), rate_b.abs().min(1.0))];
        for (rate_a, rate_b) in rates {
            for power in [power, 0.8] {
                ordinary(&sample_size_two_proportions(rate_a, rate_b, ratio, power, alpha, sides));
                ordinary(&minimum_detectable_rate(rate_a, n_a, n_b, power, alpha, sides));
            }
            ordinary(&power_two_proportions(rate_a, rate_b, n_a, n_b, alpha, sides));
        }
        let design = MeansDesign { difference: rate_a, standard_deviation: rate_b, alpha, sides };
        ordinary(&sample_size_means(design, ratio, power));
        ordinary(&minimum_detectable_mean(design, n_a, n_b, power));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn small_counts(a in any_proportion(), b in any_proportion()) {
        ordinary(&boschloo(a, b));
        ordinary(&barnard(a, b));
        ordinary(&conversion_test(a, b));
    }

    #[test]
    fn power_of_t(
        difference in any_number(), deviation in any_number(), n_a in any_count(), n_b in any_count(),
        alpha in any_alpha(),
    ) {
        for (difference, standard_deviation) in [(difference, deviation), (difference.abs() + 0.1, 1.0)] {
            let design = MeansDesign { difference, standard_deviation, alpha, sides: Sides::Two };
            ordinary(&power_means(design, n_a, n_b));
        }
    }
}

/// Each cell of this table is a promise about what is said when there is no number.
#[test]
fn the_reasons() {
    let none = Proportion::default();
    let some = Proportion::new(5, 10).unwrap();
    let all = Proportion::new(10, 10).unwrap();
    let never = Proportion::new(0, 10).unwrap();
    let summary = |users, mean, variance| Summary::new(users, mean, variance).unwrap();
    let alpha = Alpha::FIVE_PERCENT;
    let mut lines = vec![];
    let mut say = |case: &str, reason: Option<String>| lines.push(format!("{case}: {}", reason.unwrap()));
    let text = |error: flags_ab::statistics::Undefined| Some(error.to_string());
    say("nobody in the control", two_proportion_z(none, some).err().and_then(text));
    say("nobody converted", two_proportion_z(never, never).unwrap().pooled.err().and_then(text));
    say("one arm all, the other none", two_proportion_z(never, all).unwrap().unpooled.err().and_then(text));
    say("interval of nothing", wilson_interval(none, alpha).err().and_then(text));
    say("more conversions than users", Proportion::new(3, 2).err().and_then(text));
    say("one user", welch_t(summary(1, 1.0, 0.0), summary(9, 1.0, 1.0), alpha).unwrap().test.err().and_then(text));
    say("a control of zeros", relative_lift(summary(9, 0.0, 0.0), summary(9, 1.0, 1.0), alpha).err().and_then(text));
    let noisy = relative_lift(summary(9, 0.1, 4.0), summary(9, 1.0, 4.0), alpha).unwrap().intervals.unwrap();
    say("a control near zero", noisy.fieller.unwrap().interval.err().and_then(text));
    let negative = relative_lift(summary(9, -1.0, 1.0), summary(9, 1.0, 1.0), alpha).unwrap().intervals.unwrap();
    say("a negative control", negative.log.err().and_then(text));
    let mut free = JointMoments::default();
    free.push(1.0, 0.0).unwrap();
    say("no denominators", ratio_metric(free, Arm::Treatment).err().and_then(text));
    say("somebody in an arm of weight 0", sample_ratio(&[10, 3, 9], &[1.0, 0.0, 1.0]).err().and_then(text));
    say("one arm", sample_ratio(&[10], &[1.0]).err().and_then(text));
    say("no traffic", sample_ratio(&[0, 0], &[1.0, 1.0]).err().and_then(text));
    say("a weight too few", sample_ratio(&[1, 2], &[1.0]).err().and_then(text));
    let mut values = vec![1.0; 3];
    say("equal values", mann_whitney(&values, &values).unwrap().corrected.err().and_then(text));
    values.push(2.0);
    say("ties", mann_whitney(&values, &values).unwrap().exact.err().and_then(text));
    say("too many for Boschloo", boschloo(Proportion::new(1, 5000).unwrap(), some).err().and_then(text));
    say("alpha of 5", Alpha::new(5.0).err().and_then(text));
    say("no effect", sample_size_two_proportions(0.1, 0.1, 1.0, 0.8, alpha, Sides::Two).err().and_then(text));
    say("power below alpha", sample_size_two_proportions(0.1, 0.2, 1.0, 0.01, alpha, Sides::Two).err().and_then(text));
    let few = minimum_detectable_rate(0.9, 5, 5, 0.9, alpha, Sides::Two).unwrap();
    say("nothing to find above", few.above_pooled.err().and_then(text));
    insta::assert_snapshot!(lines.join("\n"));
}
