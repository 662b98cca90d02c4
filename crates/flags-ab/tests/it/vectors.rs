//! Every analysis reproduces its reference vectors within the tolerance their README states. // G2

use flags_ab::statistics::{
    Alpha, Estimate, PValue, Proportion, Summary, difference_intervals, two_proportion_z, welch_t, wilson_interval,
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
