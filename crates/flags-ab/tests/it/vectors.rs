//! Every analysis reproduces its reference vectors within the tolerance their README states. // G2

use flags_ab::statistics::{
    Alpha, Arm, CapOver, Correction, Direction, Estimate, JointMoments, Margin, MeansDesign, Moments, PValue,
    Proportion, Sides, Summary, adjust_p_values, barnard, boschloo, cuped, difference_intervals, fisher_exact,
    mann_whitney, minimum_detectable_rate, non_inferiority, power_means, power_two_proportions, ratio_metric,
    relative_lift, sample_ratio, sample_size_two_proportions, two_proportion_z, upper_cap, welch_t, wilson_interval,
    winsorize,
};
use flags_testkit::vectors::StatisticsVectors;
use serde_json::{Value as Json, json};

#[track_caller]
fn check(function: &str, compute: impl FnMut(&Json) -> Json) {
    let differences = StatisticsVectors::read(function).unwrap().differences(compute);
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// The number, or `null` where there is none.
fn or_null<T: Into<Json>>(estimate: Estimate<T>) -> Json {
    estimate.map_or(Json::Null, Into::into)
}

fn count(input: &Json, field: &str) -> u64 {
    input[field].as_u64().unwrap()
}

fn number(input: &Json, field: &str) -> f64 {
    input[field].as_f64().unwrap()
}

fn alpha(input: &Json) -> Alpha {
    Alpha::new(number(input, "alpha")).unwrap()
}

fn proportions(input: &Json) -> (Proportion, Proportion) {
    let arm = |arm| {
        let (conversions, users) = (format!("conversions_{arm}"), format!("users_{arm}"));
        Proportion::new(count(input, &conversions), count(input, &users)).unwrap()
    };
    (arm("a"), arm("b"))
}

fn summaries(input: &Json) -> (Summary, Summary) {
    let arm = |arm| {
        let [mean, variance, users] = ["mean", "var", "n"].map(|field| format!("{field}_{arm}"));
        Summary::new(count(input, &users), number(input, &mean), number(input, &variance)).unwrap()
    };
    (arm("a"), arm("b"))
}

#[test]
fn two_proportion_z_test() {
    check("two_proportion_z", |input| {
        let (a, b) = proportions(input);
        let test = two_proportion_z(a, b);
        let pooled = test.and_then(|test| test.pooled);
        let unpooled = test.and_then(|test| test.unpooled);
        let p = |p: fn(PValue) -> f64| {
            [0, 1, 2].map(|side| or_null(pooled.map(|test| p([test.p.two_sided, test.p.greater, test.p.less][side]))))
        };
        let ([two_sided, greater, less], [ln_two_sided, ln_greater, ln_less]) = (p(PValue::value), p(PValue::ln));
        json!({
            "diff": or_null(test.map(|test| test.difference)),
            "z_pooled": or_null(pooled.map(|test| test.z)),
            "p_two_sided": two_sided, "p_greater": greater, "p_less": less,
            "ln_p_two_sided": ln_two_sided, "ln_p_greater": ln_greater, "ln_p_less": ln_less,
            "z_unpooled": or_null(unpooled.map(|test| test.z)),
            "p_two_sided_unpooled": or_null(unpooled.map(|test| test.p.two_sided.value())),
        })
    });
}

#[test]
fn wilson_intervals() {
    check("wilson_interval", |input| {
        let arm = Proportion::new(count(input, "conversions"), count(input, "users")).unwrap();
        let interval = wilson_interval(arm, alpha(input));
        json!({
            "point": arm.rate(),
            "lower": or_null(interval.map(|interval| interval.lower)),
            "upper": or_null(interval.map(|interval| interval.upper)),
        })
    });
}

#[test]
fn intervals_of_a_difference() {
    check("newcombe_diff_interval", |input| {
        let (a, b) = proportions(input);
        let intervals = difference_intervals(a, b, alpha(input)).unwrap();
        json!({
            "diff": intervals.difference,
            "newcombe_lower": intervals.newcombe.lower, "newcombe_upper": intervals.newcombe.upper,
            "agresti_caffo_lower": intervals.agresti_caffo.lower, "agresti_caffo_upper": intervals.agresti_caffo.upper,
            "wald_lower": intervals.wald.lower, "wald_upper": intervals.wald.upper,
        })
    });
}

#[test]
fn welchs_t_test() {
    check("welch_t", |input| {
        let (a, b) = summaries(input);
        let result = welch_t(a, b, alpha(input)).unwrap();
        let test = result.test;
        json!({
            "diff": result.difference,
            "se": or_null(test.map(|test| test.standard_error)),
            "t": or_null(test.map(|test| test.t)),
            "df": or_null(test.map(|test| test.degrees_of_freedom)),
            "p_two_sided": or_null(test.map(|test| test.p.two_sided.value())),
            "p_greater": or_null(test.map(|test| test.p.greater.value())),
            "p_less": or_null(test.map(|test| test.p.less.value())),
            "ln_p_two_sided": or_null(test.map(|test| test.p.two_sided.ln())),
            "ci_lower": or_null(test.map(|test| test.interval.lower)),
            "ci_upper": or_null(test.map(|test| test.interval.upper)),
        })
    });
}

/// The values of a list of users.
fn list(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn joint(x: &Json, y: &Json) -> JointMoments {
    let mut moments = JointMoments::default();
    for (x, y) in list(x).into_iter().zip(list(y)) {
        moments.push(x, y).unwrap();
    }
    moments
}

fn sides(input: &Json) -> Sides {
    let sides = input["sides"].as_str().unwrap();
    assert!(["one-sided", "two-sided"].contains(&sides), "unknown sides `{sides}`");
    if sides == "one-sided" { Sides::One } else { Sides::Two }
}

#[test]
fn relative_lifts() {
    check("relative_lift_interval", |input| {
        let (a, b) = summaries(input);
        let result = relative_lift(a, b, alpha(input));
        let intervals = result.and_then(|result| result.intervals);
        let log = intervals.and_then(|intervals| intervals.log);
        let fieller = intervals.and_then(|intervals| intervals.fieller);
        let bounded = fieller.and_then(|fieller| fieller.interval);
        json!({
            "lift": or_null(result.map(|result| result.lift)),
            "se_delta": or_null(intervals.map(|intervals| intervals.standard_error)),
            "p_two_sided_z": or_null(intervals.map(|intervals| intervals.p_two_sided.value())),
            "delta_z_lower": or_null(intervals.map(|intervals| intervals.delta_z.lower)),
            "delta_z_upper": or_null(intervals.map(|intervals| intervals.delta_z.upper)),
            "df": or_null(intervals.map(|intervals| intervals.degrees_of_freedom)),
            "delta_t_lower": or_null(intervals.map(|intervals| intervals.delta_t.lower)),
            "delta_t_upper": or_null(intervals.map(|intervals| intervals.delta_t.upper)),
            "log_z_lower": or_null(log.map(|interval| interval.lower)),
            "log_z_upper": or_null(log.map(|interval| interval.upper)),
            "fieller_g": or_null(fieller.map(|fieller| fieller.g)),
            "fieller_z_lower": or_null(bounded.map(|interval| interval.lower)),
            "fieller_z_upper": or_null(bounded.map(|interval| interval.upper)),
        })
    });
}

#[test]
fn fishers_exact_test() {
    check("fisher_exact", |input| {
        let (a, b) = proportions(input);
        let p = fisher_exact(a, b).unwrap();
        json!({ "p_two_sided": p.two_sided.value(), "p_greater": p.greater.value(), "p_less": p.less.value() })
    });
}

#[test]
fn boschloos_and_barnards_tests() {
    check("boschloo", |input| {
        let (a, b) = proportions(input);
        let (boschloo, barnard) = (boschloo(a, b).unwrap(), barnard(a, b).unwrap());
        json!({
            "boschloo_p_two_sided": boschloo.two_sided.value(),
            "boschloo_p_greater": boschloo.greater.value(),
            "boschloo_p_less": boschloo.less.value(),
            "barnard_p_two_sided": barnard.two_sided.value(),
            "barnard_p_greater": barnard.greater.value(),
            "barnard_p_less": barnard.less.value(),
        })
    });
}

#[test]
fn non_inferiority_tests() {
    check("non_inferiority", |input| {
        let (a, b) = summaries(input);
        let margin = match input["margin_kind"].as_str().unwrap() {
            "absolute" => Margin::Absolute(number(input, "margin")),
            "relative" => Margin::Relative(number(input, "margin")),
            other => panic!("unknown margin `{other}`"),
        };
        let better = match input["preferred_direction"].as_str().unwrap() {
            "increase" => Direction::Increase,
            "decrease" => Direction::Decrease,
            other => panic!("unknown direction `{other}`"),
        };
        let result = non_inferiority(a, b, margin, better, alpha(input));
        json!({
            "statistic": or_null(result.map(|result| result.statistic)),
            "df": or_null(result.map(|result| result.degrees_of_freedom)),
            "p_t": or_null(result.map(|result| result.p.value())),
            "p_z": or_null(result.map(|result| result.p_normal.value())),
            "non_inferior_t": or_null(result.map(|result| result.non_inferior)),
            "one_sided_bound_t": result.ok().and_then(|result| result.bound),
        })
    });
}

#[test]
fn sample_sizes() {
    check("sample_size_two_proportions", |input| {
        let size = sample_size_two_proportions(
            number(input, "p_a"),
            number(input, "p_b"),
            number(input, "ratio_b_to_a"),
            number(input, "power"),
            alpha(input),
            sides(input),
        )
        .unwrap();
        json!({
            "cohens_h": size.cohens_h,
            "n_a_cohens_h": size.control_cohens_h,
            "n_a_pooled": size.control_pooled,
            "n_a_unpooled": size.control_unpooled,
            "n_b_unpooled": size.treatment_unpooled,
            "n_per_arm_baseline_null": size.each_baseline_null,
        })
    });
}

#[test]
fn power_of_proportions() {
    check("power_two_proportions", |input| {
        let power = power_two_proportions(
            number(input, "p_a"),
            number(input, "p_b"),
            count(input, "n_a"),
            count(input, "n_b"),
            alpha(input),
            sides(input),
        )
        .unwrap();
        json!({ "power_cohens_h": power.cohens_h, "power_pooled_null": or_null(power.pooled) })
    });
}

#[test]
fn power_of_means() {
    check("power_means", |input| {
        let design = MeansDesign {
            difference: number(input, "mean_diff"),
            standard_deviation: number(input, "sd"),
            alpha: alpha(input),
            sides: sides(input),
        };
        let power = power_means(design, count(input, "n_a"), count(input, "n_b")).unwrap();
        json!({ "power_z": power.z, "power_t": or_null(power.t) })
    });
}

#[test]
fn minimum_detectable_effects() {
    check("mde_two_proportions", |input| {
        let (n_a, n_b) = (count(input, "n_a"), count(input, "n_b"));
        let found =
            minimum_detectable_rate(number(input, "p_a"), n_a, n_b, number(input, "power"), alpha(input), Sides::Two)
                .unwrap();
        json!({
            "h": found.cohens_h,
            "p_b_cohens_h_up": or_null(found.above_cohens_h),
            "p_b_cohens_h_down": or_null(found.below_cohens_h),
            "delta_simple": found.difference_simple,
            "p_b_pooled_null_up": or_null(found.above_pooled),
        })
    });
}

#[test]
fn multiple_tests() {
    check("multipletests", |input| {
        let (p_values, alpha) = (list(&input["p_values"]), alpha(input));
        let mut answer = serde_json::Map::new();
        for (name, correction) in [
            ("bonferroni", Correction::Bonferroni),
            ("sidak", Correction::Sidak),
            ("holm", Correction::Holm),
            ("hochberg", Correction::Hochberg),
            ("benjamini_hochberg", Correction::BenjaminiHochberg),
            ("benjamini_yekutieli", Correction::BenjaminiYekutieli),
        ] {
            let adjusted = adjust_p_values(&p_values, correction).unwrap();
            answer.insert(name.to_owned(), json!(adjusted.values()));
            answer.insert(format!("{name}_reject"), json!(adjusted.rejected(alpha)));
        }
        Json::Object(answer)
    });
}

#[test]
fn sample_ratios() {
    check("srm_chi_square", |input| {
        let observed: Vec<u64> = input["observed"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        let result = sample_ratio(&observed, &list(&input["weights"]));
        json!({
            "chi2": or_null(result.map(|result| result.chi_squared)),
            "df": or_null(result.map(|result| result.degrees_of_freedom)),
            "p": or_null(result.map(|result| result.p.value())),
            "ln_p": or_null(result.map(|result| result.p.ln())),
        })
    });
}

#[test]
fn mann_whitney_u() {
    check("mann_whitney_u", |input| {
        let test = mann_whitney(&list(&input["a"]), &list(&input["b"])).unwrap();
        json!({
            "u_b": test.u,
            "effect_cles": test.superiority,
            "z_cc": or_null(test.corrected.map(|test| test.z)),
            "p_two_sided_cc": or_null(test.corrected.map(|test| test.p.two_sided.value())),
            "p_greater_cc": or_null(test.corrected.map(|test| test.p.greater.value())),
            "p_less_cc": or_null(test.corrected.map(|test| test.p.less.value())),
            "p_two_sided_no_cc": or_null(test.uncorrected.map(|test| test.p.two_sided.value())),
            "p_two_sided_exact": or_null(test.exact.map(|p| p.two_sided.value())),
        })
    });
}

#[test]
fn cuped_comparisons() {
    check("cuped", |input| {
        let (a, b) = (joint(&input["pre_a"], &input["post_a"]), joint(&input["pre_b"], &input["post_b"]));
        let result = cuped(a, b, alpha(input)).unwrap();
        let test = result.comparison.test;
        json!({
            "theta": result.theta,
            "mean_adj_a": result.control.mean(), "mean_adj_b": result.treatment.mean(),
            "var_adj_a": result.control.variance(), "var_adj_b": result.treatment.variance(),
            "diff": result.comparison.difference,
            "se": or_null(test.map(|test| test.standard_error)),
            "df": or_null(test.map(|test| test.degrees_of_freedom)),
            "p_two_sided": or_null(test.map(|test| test.p.two_sided.value())),
            "ci_lower": or_null(test.map(|test| test.interval.lower)),
            "ci_upper": or_null(test.map(|test| test.interval.upper)),
            "variance_ratio": or_null(result.variance_ratio),
        })
    });
}

#[test]
fn ratio_metrics() {
    check("ratio_metric", |input| {
        let arm = |name: &str, arm| {
            let totals = joint(&input[format!("numerator_{name}")], &input[format!("denominator_{name}")]);
            ratio_metric(totals, arm)
        };
        let (a, b) = (arm("a", Arm::Control), arm("b", Arm::Treatment));
        let both = a.and_then(|a| Ok((a, b?)));
        let welch = both.and_then(|(a, b)| welch_t(a, b, alpha(input)));
        let test = welch.and_then(|welch| welch.test);
        let lift = both.and_then(|(a, b)| relative_lift(a, b, alpha(input)));
        // The vectors have all of it or nothing.
        json!({
            "ratio_a": or_null(both.map(|(a, _)| a.mean())),
            "ratio_b": or_null(both.map(|(_, b)| b.mean())),
            "var_a": or_null(both.map(|(a, _)| a.variance())),
            "var_b": or_null(both.map(|(_, b)| b.variance())),
            "diff": or_null(welch.map(|welch| welch.difference)),
            "se": or_null(test.map(|test| test.standard_error)),
            "df": or_null(test.map(|test| test.degrees_of_freedom)),
            "p_two_sided": or_null(test.map(|test| test.p.two_sided.value())),
            "ci_lower": or_null(test.map(|test| test.interval.lower)),
            "ci_upper": or_null(test.map(|test| test.interval.upper)),
            "lift": or_null(lift.map(|lift| lift.lift)),
            "se_lift": or_null(lift.and_then(|lift| lift.intervals).map(|intervals| intervals.standard_error)),
        })
    });
}

#[test]
fn winsorized_means() {
    check("winsorized_mean", |input| {
        let (values, upper) = (list(&input["values"]), number(input, "upper_fraction"));
        let winsorized = winsorize(&values, number(input, "lower_fraction"), upper).unwrap();
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let mut moments = Moments::default();
            for value in values {
                moments.push(value).unwrap();
            }
            moments.mean().unwrap()
        };
        let capped = |cap: Estimate| or_null(cap.map(|cap| mean(&mut values.iter().map(|value| value.min(cap)))));
        let (cap, cap_nonzero) = (upper_cap(&values, upper, CapOver::All), upper_cap(&values, upper, CapOver::NonZero));
        json!({
            "replaced_low": winsorized.replaced_low,
            "replaced_high": winsorized.replaced_high,
            "winsorized_mean": mean(&mut winsorized.values.iter().copied()),
            "cap_value": or_null(cap),
            "capped_mean": capped(cap),
            "cap_value_nonzero": or_null(cap_nonzero),
            "capped_mean_nonzero": capped(cap_nonzero),
        })
    });
}

#[test]
fn accumulators() {
    check("accumulator", |input| {
        let (xs, ys) = (input["chunks_x"].as_array().unwrap(), input["chunks_y"].as_array().unwrap());
        let parts = xs.iter().zip(ys).map(|(x, y)| joint(x, y));
        let all = parts.reduce(|all, part| all.merge(part).unwrap()).unwrap();
        let (x, y) = (all.x().variance(), all.y().variance());
        json!({
            "n": all.count(),
            "mean_x": all.x().mean(), "mean_y": all.y().mean(),
            "var_x": x, "var_y": y, "cov_xy": all.covariance(),
            "cov_scale": x.zip(y).map(|(x, y)| x.sqrt() * y.sqrt()),
        })
    });
}
