//! What holds for every input: symmetries, the agreement of intervals with tests, inverses, and that neither order nor
//! partition of the data matters. // G2

use flags_ab::statistics::{
    Alpha, Arm, Correction, Direction, JointMoments, Margin, MeansDesign, Moments, PValues, Proportion, Sides, Summary,
    adjust_p_values, barnard, boschloo, conversion_test, cuped, difference_intervals, fisher_exact, mann_whitney,
    minimum_detectable_mean, minimum_detectable_rate, non_inferiority, power_means, power_two_proportions, quantile,
    ratio_metric, relative_lift, sample_ratio, sample_size_means, sample_size_two_proportions, two_proportion_z,
    welch_t, wilson_interval, winsorize,
};
use proptest::prelude::*;

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs())
}

fn mirrored(p: PValues, other: PValues) -> bool {
    close(p.two_sided.value(), other.two_sided.value(), 1e-9)
        && close(p.greater.value(), other.less.value(), 1e-9)
        && close(p.less.value(), other.greater.value(), 1e-9)
}

prop_compose! {
    fn proportion(most: u64)(users in 1..=most, share in 0.0..=1.0f64) -> Proportion {
        Proportion::new((users as f64 * share) as u64, users).unwrap()
    }
}

prop_compose! {
    fn summary()(users in 2..100_000u64, mean in -100.0..100.0f64, variance in 1e-3..1e4f64) -> Summary {
        Summary::new(users, mean, variance).unwrap()
    }
}

fn moments(values: &[f64]) -> Moments {
    let mut moments = Moments::default();
    values.iter().for_each(|value| moments.push(*value).unwrap());
    moments
}

fn joint(values: &[(f64, f64)]) -> JointMoments {
    let mut moments = JointMoments::default();
    values.iter().for_each(|(x, y)| moments.push(*x, *y).unwrap());
    moments
}

fn pairs(least: usize) -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((-10.0..10.0f64, 1.0..20.0f64), least..60)
}

proptest! {
    #[test]
    fn swapping_the_arms_turns_a_conversion_test_round(a in proportion(400), b in proportion(400)) {
        let (test, swapped) = (two_proportion_z(a, b).unwrap(), two_proportion_z(b, a).unwrap());
        prop_assert_eq!(test.difference, -swapped.difference);
        if let (Ok(test), Ok(swapped)) = (test.pooled, swapped.pooled) {
            prop_assert!(mirrored(test.p, swapped.p));
        }
        prop_assert!(mirrored(fisher_exact(a, b).unwrap(), fisher_exact(b, a).unwrap()));
        let (intervals, turned) =
            (difference_intervals(a, b, Alpha::FIVE_PERCENT).unwrap(), difference_intervals(b, a, Alpha::FIVE_PERCENT).unwrap());
        prop_assert!((intervals.newcombe.lower + turned.newcombe.upper).abs() < 1e-14);
        prop_assert!((intervals.agresti_caffo.lower + turned.agresti_caffo.upper).abs() < 1e-14);
    }

    #[test]
    fn counting_failures_turns_it_round_too(a in proportion(400), b in proportion(400)) {
        let failures = |arm: Proportion| Proportion::new(arm.failures(), arm.users()).unwrap();
        prop_assert!(mirrored(fisher_exact(a, b).unwrap(), fisher_exact(failures(a), failures(b)).unwrap()));
        let (interval, of_failures) = (
            wilson_interval(a, Alpha::FIVE_PERCENT).unwrap(),
            wilson_interval(failures(a), Alpha::FIVE_PERCENT).unwrap(),
        );
        prop_assert!((interval.lower + of_failures.upper - 1.0).abs() < 1e-14);
    }

    #[test]
    fn intervals_agree_with_their_tests(a in proportion(5000), b in proportion(5000), level in 0.001..0.3f64) {
        let alpha = Alpha::new(level).unwrap();
        let test = two_proportion_z(a, b).unwrap().unpooled;
        let wald = difference_intervals(a, b, alpha).unwrap().wald;
        if let Ok(test) = test {
            prop_assume!((test.p.two_sided.value() - level).abs() > 1e-9);
            prop_assert_eq!(test.p.two_sided.is_significant(alpha), !wald.contains(0.0));
        }
        let rate = a.rate().unwrap();
        let wilson = wilson_interval(a, alpha).unwrap();
        prop_assert!(wilson.contains(rate));
        // Wilson's limits are the rates whose own z-test just keeps the one seen.
        for limit in [wilson.lower, wilson.upper].into_iter().filter(|limit| 0.0 < *limit && *limit < 1.0) {
            let z = (rate - limit).abs() / (limit * (1.0 - limit) / a.users() as f64).sqrt();
            prop_assert!(close(z, alpha.z_two_sided(), 1e-7), "{z}");
        }
    }

    #[test]
    fn welch_agrees_with_its_interval_and_with_itself(a in summary(), b in summary(), level in 0.001..0.3f64) {
        let alpha = Alpha::new(level).unwrap();
        let test = welch_t(a, b, alpha).unwrap().test.unwrap();
        prop_assume!((test.p.two_sided.value() - level).abs() > 1e-9);
        prop_assert_eq!(test.p.two_sided.is_significant(alpha), !test.interval.contains(0.0));
        prop_assert!(mirrored(test.p, welch_t(b, a, alpha).unwrap().test.unwrap().p));
        // Between the smaller of the two and both together.
        let least = (a.users().min(b.users()) - 1) as f64;
        prop_assert!(test.degrees_of_freedom >= least * (1.0 - 1e-12));
        prop_assert!(test.degrees_of_freedom <= (a.users() + b.users() - 2) as f64 * (1.0 + 1e-12));
        prop_assert!(test.p.two_sided.ln().is_finite());
    }

    #[test]
    fn a_guardrail_without_margin_is_the_one_sided_test(a in summary(), b in summary()) {
        let alpha = Alpha::FIVE_PERCENT;
        let test = welch_t(a, b, alpha).unwrap().test.unwrap();
        let up = non_inferiority(a, b, Margin::Absolute(0.0), Direction::Increase, alpha).unwrap();
        let down = non_inferiority(a, b, Margin::Absolute(0.0), Direction::Decrease, alpha).unwrap();
        prop_assert_eq!((up.p, down.p), (test.p.greater, test.p.less));
        prop_assert_eq!(up.non_inferior, up.bound.unwrap() > 0.0);
        prop_assert_eq!(down.non_inferior, down.bound.unwrap() < 0.0);
        // More room for harm is easier to keep within.
        let wide = non_inferiority(a, b, Margin::Absolute(1.0), Direction::Increase, alpha).unwrap();
        prop_assert!(wide.p.ln() <= up.p.ln());
    }

    #[test]
    fn a_relative_margin_is_the_absolute_one_for_a_known_control(b in summary(), share in 0.0..0.5f64) {
        let control = Summary::new(1000, 20.0, 0.0).unwrap();
        let relative = non_inferiority(control, b, Margin::Relative(share), Direction::Decrease, Alpha::FIVE_PERCENT).unwrap();
        let absolute =
            non_inferiority(control, b, Margin::Absolute(share * 20.0), Direction::Decrease, Alpha::FIVE_PERCENT).unwrap();
        prop_assert!((relative.statistic - absolute.statistic).abs() < 1e-9 * (1.0 + absolute.statistic.abs()));
    }

    #[test]
    fn lifts_do_not_depend_on_the_unit(a in summary(), b in summary(), unit in 1e-3..1e3f64) {
        prop_assume!(a.mean().abs() > 0.1);
        let alpha = Alpha::FIVE_PERCENT;
        let scaled = |arm: Summary| Summary::new(arm.users(), arm.mean() * unit, arm.variance() * unit * unit).unwrap();
        let (lift, rescaled) = (relative_lift(a, b, alpha).unwrap(), relative_lift(scaled(a), scaled(b), alpha).unwrap());
        let (intervals, other) = (lift.intervals.unwrap(), rescaled.intervals.unwrap());
        let same = |x: f64, y: f64| (x - y).abs() < 1e-9 * (intervals.standard_error + x.abs());
        prop_assert!(same(lift.lift, rescaled.lift));
        prop_assert!(same(intervals.delta_t.lower, other.delta_t.lower));
        if let (Ok(one), Ok(two)) = (intervals.fieller, other.fieller) {
            prop_assert!(close(one.g, two.g, 1e-9));
            if let (Ok(one), Ok(two)) = (one.interval, two.interval) {
                prop_assert!((one.lower - two.lower).abs() < 1e-8 * (one.half_width() + one.lower.abs()));
                prop_assert!(one.contains(lift.lift));
            }
        }
        // All widths are one where the mean of the control is known.
        let known = Summary::new(a.users(), a.mean().abs(), 0.0).unwrap();
        let exact = relative_lift(known, b, alpha).unwrap().intervals.unwrap();
        let fieller = exact.fieller.unwrap().interval.unwrap();
        prop_assert!((fieller.lower - exact.delta_z.lower).abs() < 1e-9 * (exact.standard_error + fieller.lower.abs()));
    }

    #[test]
    fn neither_order_nor_partition_changes_sums(values in pairs(1), cuts in prop::collection::vec(0..60usize, 0..6), seed in any::<u64>()) {
        let whole = joint(&values);
        let mut shuffled = values.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).collect();
        cuts.extend([0, values.len()]);
        cuts.sort_unstable();
        let parts: Vec<JointMoments> = cuts.windows(2).map(|ends| joint(&shuffled[ends[0]..ends[1]])).collect();
        let forward = parts.iter().fold(JointMoments::default(), |all, part| all.merge(*part).unwrap());
        let backward = parts.iter().rfold(JointMoments::default(), |all, part| part.merge(all).unwrap());
        for merged in [forward, backward] {
            prop_assert_eq!(merged.count(), whole.count());
            prop_assert!((merged.x().mean().unwrap() - whole.x().mean().unwrap()).abs() < 1e-13);
            if let Some(variance) = whole.y().variance() {
                prop_assert!(close(merged.y().variance().unwrap(), variance, 1e-12));
                let scale = (variance * whole.x().variance().unwrap()).sqrt();
                prop_assert!((merged.covariance().unwrap() - whole.covariance().unwrap()).abs() < 1e-12 * scale);
            }
        }
    }

    #[test]
    fn merging_is_exactly_commutative_and_nothing_is_neutral(a in pairs(0), b in pairs(0)) {
        let (a, b) = (joint(&a), joint(&b));
        prop_assert_eq!(a.merge(b).unwrap(), b.merge(a).unwrap());
        prop_assert_eq!(a.merge(JointMoments::default()).unwrap(), a);
        prop_assert_eq!(a.x().merge(b.x()).unwrap(), b.x().merge(a.x()).unwrap());
        // The joint sums are those of each value by itself.
        prop_assert_eq!(a.merge(b).unwrap().x(), a.x().merge(b.x()).unwrap());
    }

    #[test]
    fn counts_merge_exactly(a in proportion(1 << 40), b in proportion(1 << 40), c in proportion(1 << 40)) {
        let merge = |a: Proportion, b: Proportion| a.merge(b).unwrap();
        prop_assert_eq!(merge(merge(a, b), c), merge(a, merge(b, c)));
        prop_assert_eq!(merge(a, b), merge(b, a));
    }

    #[test]
    fn a_variance_survives_a_large_mean(values in prop::collection::vec(-1.0..1.0f64, 2..100), exponent in 3..9) {
        // Shifted by a power of two and cut to what is exact there, so that the true variance is known.
        let offset = libm::pow(2.0, f64::from(exponent) * 4.0);
        let shifted: Vec<f64> = values.iter().map(|value| offset + value).collect();
        let exact: Vec<f64> = shifted.iter().map(|value| value - offset).collect();
        let (large, small) = (moments(&shifted).variance().unwrap(), moments(&exact).variance().unwrap());
        prop_assert!(close(large, small, 1e-15 * offset) || (large - small).abs() < 1e-15 * offset, "{large} {small}");
    }

    #[test]
    fn a_ratio_over_ones_is_a_mean(values in prop::collection::vec(-10.0..10.0f64, 2..50)) {
        let totals = joint(&values.iter().map(|value| (*value, 1.0)).collect::<Vec<_>>());
        let (ratio, mean) = (ratio_metric(totals, Arm::Control).unwrap(), moments(&values).summary());
        prop_assert_eq!(ratio, mean);
    }

    #[test]
    fn cuped_never_adds_variance_and_ignores_the_covariates_unit(a in pairs(3), b in pairs(3), unit in 0.01..100.0f64, shift in -1e3..1e3f64) {
        let alpha = Alpha::FIVE_PERCENT;
        let result = cuped(joint(&a), joint(&b), alpha).unwrap();
        let scaled = |values: &[(f64, f64)]| joint(&values.iter().map(|(x, y)| (x * unit + shift, *y)).collect::<Vec<_>>());
        let other = cuped(scaled(&a), scaled(&b), alpha).unwrap();
        prop_assert!((result.comparison.difference - other.comparison.difference).abs() < 1e-8);
        prop_assert!(close(result.theta, other.theta * unit, 1e-7) || result.theta.abs() < 1e-8);
        // Over both arms together the adjusted variance is the least of all linear ones, so it is never above the plain one.
        let residual = |theta: f64| {
            let rest: Vec<f64> = a.iter().chain(&b).map(|(x, y)| y - theta * x).collect();
            moments(&rest).variance().unwrap()
        };
        prop_assert!(residual(result.theta) <= residual(0.0) * (1.0 + 1e-12));
        prop_assert!(residual(result.theta) <= residual(result.theta * 1.1) * (1.0 + 1e-12));
    }

    #[test]
    fn corrections_keep_their_order(p_values in prop::collection::vec(0.0..=1.0f64, 1..20), seed in any::<u64>()) {
        let adjusted = |correction| adjust_p_values(&p_values, correction).unwrap().values().to_vec();
        let [bonferroni, sidak, holm, hochberg, bh, by] = [
            Correction::Bonferroni, Correction::Sidak, Correction::Holm, Correction::Hochberg,
            Correction::BenjaminiHochberg, Correction::BenjaminiYekutieli,
        ].map(adjusted);
        let at_most = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| *a <= b * (1.0 + 1e-12) + 1e-300);
        prop_assert!(at_most(&p_values, &bh) && at_most(&bh, &hochberg) && at_most(&hochberg, &holm));
        prop_assert!(at_most(&holm, &bonferroni) && at_most(&sidak, &bonferroni) && at_most(&bh, &by));
        for values in [&bonferroni, &sidak, &holm, &hochberg, &bh, &by] {
            for (i, p) in p_values.iter().enumerate() {
                prop_assert!((0.0..=1.0).contains(&values[i]));
                prop_assert!(p_values.iter().zip(values).all(|(q, value)| p > q || values[i] <= *value));
            }
        }
        // Order in, order out.
        let mut order: Vec<usize> = (0..p_values.len()).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        let shuffled: Vec<f64> = order.iter().map(|index| p_values[*index]).collect();
        let again = adjust_p_values(&shuffled, Correction::Hochberg).unwrap();
        prop_assert!(order.iter().zip(again.values()).all(|(index, value)| hochberg[*index] == *value));
    }

    #[test]
    fn sample_ratios_do_not_depend_on_order_or_unit_of_weights(
        arms in prop::collection::vec((0..1_000_000u64, 0.01..1.0f64), 2..6), unit in 0.01..100.0f64,
    ) {
        prop_assume!(arms.iter().any(|(users, _)| *users > 0));
        let split = |arms: &[(u64, f64)]| arms.iter().copied().unzip::<u64, f64, Vec<_>, Vec<_>>();
        let (users, weights) = split(&arms);
        let plain = sample_ratio(&users, &weights).unwrap();
        let scaled: Vec<f64> = weights.iter().map(|weight| weight * unit).collect();
        let reversed = split(&arms.iter().rev().copied().collect::<Vec<_>>());
        for other in [sample_ratio(&users, &scaled).unwrap(), sample_ratio(&reversed.0, &reversed.1).unwrap()] {
            prop_assert!(close(plain.chi_squared, other.chi_squared, 1e-9) || plain.chi_squared < 1e-9);
        }
    }

    #[test]
    fn ranks_ignore_every_rising_transformation(
        a in prop::collection::vec(-20..20i32, 1..30), b in prop::collection::vec(-20..20i32, 1..30),
    ) {
        let plain = |values: &[i32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
        let bent = |values: &[i32]| values.iter().map(|value| libm::exp(f64::from(*value) / 3.0)).collect::<Vec<_>>();
        let test = mann_whitney(&plain(&a), &plain(&b)).unwrap();
        prop_assert_eq!(test, mann_whitney(&bent(&a), &bent(&b)).unwrap());
        let swapped = mann_whitney(&plain(&b), &plain(&a)).unwrap();
        prop_assert_eq!(test.u + swapped.u, (a.len() * b.len()) as f64);
        if let (Ok(test), Ok(swapped)) = (test.corrected, swapped.corrected) {
            prop_assert!(mirrored(test.p, swapped.p));
        }
        let pairs = a.iter().flat_map(|a| b.iter().map(move |b| f64::from(u8::from(b > a)) + f64::from(u8::from(b == a)) / 2.0));
        prop_assert_eq!(test.u, pairs.sum::<f64>());
    }

    #[test]
    fn winsorized_values_are_within_what_is_kept(values in prop::collection::vec(-100.0..100.0f64, 1..40), lower in 0.0..0.5f64, upper in 0.0..0.5f64) {
        let result = winsorize(&values, lower, upper).unwrap();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let kept = &sorted[result.replaced_low..sorted.len() - result.replaced_high];
        let changed = values.iter().zip(&result.values).filter(|(before, after)| before != after).count();
        prop_assert_eq!(changed, result.replaced_low + result.replaced_high);
        prop_assert!(result.values.iter().all(|value| kept.contains(value)));
        prop_assert_eq!(quantile(&values, 0.0).unwrap(), sorted[0]);
        prop_assert_eq!(quantile(&values, 1.0).unwrap(), sorted[sorted.len() - 1]);
        prop_assert!(quantile(&values, lower).unwrap() <= quantile(&values, 1.0 - upper).unwrap());
    }

    #[test]
    fn sizes_powers_and_detectable_effects_are_inverses(
        rate_a in 0.001..0.6f64, lift in 0.02..0.5f64, target in 0.3..0.99f64, level in 0.001..0.2f64, two in any::<bool>(),
    ) {
        let (alpha, sides) = (Alpha::new(level).unwrap(), if two { Sides::Two } else { Sides::One });
        let rate_b = rate_a * (1.0 + lift);
        let size = sample_size_two_proportions(rate_a, rate_b, 1.0, target, alpha, sides).unwrap();
        let users = size.control_cohens_h.ceil() as u64;
        let power = |users: u64| power_two_proportions(rate_a, rate_b, users, users, alpha, sides).unwrap();
        prop_assert!(power(users).cohens_h >= target - 1e-9);
        prop_assert!(users < 3 || power(users - 1).cohens_h <= target + 1e-9);
        // The pooled formula leaves the other tail out, which only helps.
        prop_assert!(power(size.control_pooled.ceil() as u64).pooled.unwrap() >= target - 1e-9);
        let found = minimum_detectable_rate(rate_a, users, users, target, alpha, sides).unwrap();
        if let Ok(above) = found.above_cohens_h {
            prop_assert!(close(power_two_proportions(rate_a, above, users, users, alpha, sides).unwrap().cohens_h, target, 1e-8));
        }
        if let Ok(above) = found.above_pooled {
            let reached = power_two_proportions(rate_a, above, users, users, alpha, sides).unwrap().pooled.unwrap();
            prop_assert!(close(reached, target, 1e-8));
        }
        let design = MeansDesign { difference: lift, standard_deviation: 1.0, alpha, sides };
        let users = sample_size_means(design, 1.0, target).unwrap().ceil() as u64;
        prop_assert!(power_means(design, users, users).unwrap().z >= target - 1e-9);
        let detectable = minimum_detectable_mean(design, users, users, target).unwrap();
        prop_assert!(detectable <= lift * (1.0 + 1e-9));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn exact_tests_are_symmetric_and_sharper_than_fishers(a in proportion(60), b in proportion(60)) {
        let (exact, swapped) = (boschloo(a, b).unwrap(), boschloo(b, a).unwrap());
        prop_assert!(mirrored(exact, swapped));
        let fisher = fisher_exact(a, b).unwrap();
        prop_assert!(exact.greater.value() <= fisher.greater.value() * (1.0 + 1e-9));
        prop_assert!(exact.less.value() <= fisher.less.value() * (1.0 + 1e-9));
        prop_assert!(mirrored(barnard(a, b).unwrap(), barnard(b, a).unwrap()));
    }

    #[test]
    fn the_choice_follows_the_expected_counts(a in proportion(3000), b in proportion(3000)) {
        let test = conversion_test(a, b).unwrap();
        let users = (a.users() + b.users()) as f64;
        let conversions = (a.conversions() + b.conversions()) as f64;
        let cells = [a, b].into_iter().flat_map(|arm| [conversions, users - conversions].map(|sum| sum * arm.users() as f64 / users));
        let smallest = cells.fold(f64::INFINITY, f64::min);
        prop_assert!(close(test.smallest_expected, smallest, 1e-12));
        let method = test.method.to_string();
        prop_assert_eq!(method.starts_with("z-test"), test.smallest_expected >= 5.0);
        prop_assert_eq!(method.starts_with("Fisher"), test.smallest_expected < 5.0 && users > 2000.0);
    }

    #[test]
    fn the_exact_distribution_of_u_is_that_of_all_divisions(order in Just((0..9).collect::<Vec<u32>>()).prop_shuffle(), controls in 1..8usize) {
        let values: Vec<f64> = order.iter().map(|value| f64::from(*value)).collect();
        let (a, b) = values.split_at(controls);
        let test = mann_whitney(a, b).unwrap();
        let u_of = |members: u32| {
            let treated = (0..9).filter(|bit| members >> bit & 1 == 1);
            treated.map(|bit| (0..bit).filter(|lower| members >> lower & 1 == 0).count()).sum::<usize>() as f64
        };
        let divisions: Vec<u32> = (0..512u32).filter(|members| members.count_ones() as usize == b.len()).collect();
        let share = |keep: &dyn Fn(f64) -> bool| {
            divisions.iter().filter(|members| keep(u_of(**members))).count() as f64 / divisions.len() as f64
        };
        let exact = test.exact.unwrap();
        prop_assert!(close(exact.greater.value(), share(&|u| u >= test.u), 1e-13));
        prop_assert!(close(exact.less.value(), share(&|u| u <= test.u), 1e-13));
    }
}
