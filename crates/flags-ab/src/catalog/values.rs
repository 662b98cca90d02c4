//! Questions about the values of single users.

use super::{
    Function,
    answer::Answer,
    arguments::{Argument, ArgumentError, Arguments, Kind, Presence, settle},
    field,
    lists::{ALPHA, joint, mean, same_length, sum_both},
};
use crate::statistics::{
    Arm, CapOver, JointMoments, Undefined, cuped, mann_whitney, ratio_metric, relative_lift, upper_cap, welch_t,
    winsorize,
};

pub(super) const MANN_WHITNEY_U: Function = Function {
    name: "mann_whitney_u",
    title: "Does one arm tend to have larger values? The rank test of Mann and Whitney",
    formula: "\
u_b = pairs with b > a, ties one half; effect_cles = u_b/(n_a n_b); mu = n_a n_b/2
s^2 = n_a n_b/12 (N + 1 - sum(t^3 - t)/(N (N - 1))), t the sizes of groups of equal values
z_cc = (max(u_b, n_a n_b - u_b) - mu - 1/2)/s; p_*_no_cc without the 1/2
exact: from all ways to divide the values, up to 2500 pairs without ties",
    source: "Mann and Whitney, Annals of Mathematical Statistics 18, 1947",
    arguments: &[
        Argument::required("a", Kind::Numbers, "values of the users of the control"),
        Argument::required("b", Kind::Numbers, "values of the users of the treatment"),
    ],
    results: &[
        field("u_b", "pairs in which the treatment is larger, ties one half"),
        field("effect_cles", "u_b over the pairs: chance that the treatment is larger"),
        field("z_cc", "distance from the mean, corrected for ties and continuity"),
        field("p_two_sided_cc", "p-value in either direction, corrected for continuity"),
        field("p_greater_cc", "p-value against the treatment being larger"),
        field("p_less_cc", "p-value against the treatment being smaller"),
        field("p_two_sided_no_cc", "p-value in either direction without the correction"),
        field("p_two_sided_exact", "exact p-value in either direction"),
    ],
    example: "--a 3.1,4.7,2.2,5.0 --b 6.1,5.2,4.8,7.7,6.6",
    evaluate: |arguments| {
        let test = settle(mann_whitney(&arguments.numbers("a")?, &arguments.numbers("b")?))?;
        let corrected = test.and_then(|test| test.corrected);
        Ok(Answer::default()
            .maybe("u_b", test.map(|test| test.u))
            .maybe("effect_cles", test.map(|test| test.superiority))
            .maybe("z_cc", corrected.map(|test| test.z))
            .p_values(["p_two_sided_cc", "p_greater_cc", "p_less_cc"], corrected.map(|test| test.p))
            .maybe("p_two_sided_no_cc", test.and_then(|test| test.uncorrected).map(|test| test.p.two_sided.value()))
            .maybe("p_two_sided_exact", test.and_then(|test| test.exact).map(|p| p.two_sided.value())))
    },
};

pub(super) const WINSORIZED_MEAN: Function = Function {
    name: "winsorized_mean",
    title: "What is the mean without the pull of outliers? Winsorised and capped",
    formula: "\
winsorized: the floor(lower_fraction n) smallest values become the next one up, the floor(upper_fraction n)
largest the next one down
capped: values above the 1 - upper_fraction quantile (type 7) become it; *_nonzero takes the quantile of the
values that are not zero, and averages all",
    source: "Dixon, Annals of Mathematical Statistics 31, 1960; Hyndman and Fan, The American Statistician 50, 1996",
    arguments: &[
        Argument::required("values", Kind::Numbers, "values of the users of all arms together"),
        Argument::required("lower_fraction", Kind::Number, "share of the values that is raised")
            .or(Presence::Default("0")),
        Argument::required("upper_fraction", Kind::Number, "share of the values that is lowered")
            .or(Presence::Default("0.01")),
    ],
    results: &[
        field("replaced_low", "how many values were raised"),
        field("replaced_high", "how many values were lowered"),
        field("winsorized_mean", "the mean after that"),
        field("cap_value", "the quantile of all values"),
        field("capped_mean", "the mean of the values capped at it"),
        field("cap_value_nonzero", "the quantile of the values that are not zero"),
        field("capped_mean_nonzero", "the mean of the values capped at it"),
    ],
    example: "--values 1,2,3,4,100 --upper-fraction 0.2",
    evaluate: winsorized,
};

fn winsorized(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let (values, upper) = (arguments.numbers("values")?, arguments.number("upper_fraction")?);
    let winsorized = settle(winsorize(&values, arguments.number("lower_fraction")?, upper))?;
    let counts = winsorized.as_ref().map_err(|reason| *reason);
    let winsorized_mean = match counts {
        Ok(winsorized) => mean("values", winsorized.values.iter().copied())?.ok_or(Undefined::NoValues),
        Err(reason) => Err(reason),
    };
    let mut answer = Answer::default()
        .maybe("replaced_low", counts.map(|winsorized| winsorized.replaced_low))
        .maybe("replaced_high", counts.map(|winsorized| winsorized.replaced_high))
        .maybe("winsorized_mean", winsorized_mean);
    for (cap_name, mean_name, over) in
        [("cap_value", "capped_mean", CapOver::All), ("cap_value_nonzero", "capped_mean_nonzero", CapOver::NonZero)]
    {
        let cap = settle(upper_cap(&values, upper, over))?;
        let capped = match cap {
            Ok(cap) => mean("values", values.iter().map(|value| value.min(cap)))?.ok_or(Undefined::NoValues),
            Err(reason) => Err(reason),
        };
        answer = answer.maybe(cap_name, cap).maybe(mean_name, capped);
    }
    Ok(answer)
}

pub(super) const RATIO_METRIC: Function = Function {
    name: "ratio_metric",
    title: "Does a ratio of totals differ, such as revenue per order? By the delta method",
    formula: "\
R_i = mean(num)/mean(den), v_i = (var(num) - 2 R cov + R^2 var(den))/mean(den)^2 for each user
diff = R_b - R_a, se = sqrt(v_a/n_a + v_b/n_b), then as welch_t; lift = diff/|R_a|",
    source: "Deng, Knoblich and Lu, Applying the Delta Method in Metric Analytics, KDD 2018",
    arguments: &[
        Argument::required("numerator_a", Kind::Numbers, "numerators of the users of the control"),
        Argument::required(
            "denominator_a",
            Kind::Numbers,
            "denominators of the users of the control, in the same order",
        ),
        Argument::required("numerator_b", Kind::Numbers, "numerators of the users of the treatment"),
        Argument::required("denominator_b", Kind::Numbers, "denominators of the users of the treatment"),
        ALPHA,
    ],
    results: &[
        field("ratio_a", "the ratio of the control"),
        field("ratio_b", "the ratio of the treatment"),
        field("var_a", "its variance for each user of the control"),
        field("var_b", "its variance for each user of the treatment"),
        field("diff", "ratio of the treatment minus ratio of the control"),
        field("se", "standard error of the difference"),
        field("df", "degrees of freedom, by Welch and Satterthwaite"),
        field("p_two_sided", "p-value against a difference in either direction"),
        field("ci_lower", "lower end of the interval of the difference"),
        field("ci_upper", "upper end of the interval of the difference"),
        field("lift", "the difference over the control's ratio"),
        field("se_lift", "standard error of the lift"),
    ],
    example: "--numerator-a 10,0,20,15 --denominator-a 1,2,2,1 --numerator-b 30,12,18,25 --denominator-b 2,1,1,2",
    evaluate: ratio,
};

fn ratio(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let a = ratio_metric(joint(arguments, "numerator_a", "denominator_a")?, Arm::Control);
    let b = ratio_metric(joint(arguments, "numerator_b", "denominator_b")?, Arm::Treatment);
    let both = settle(a.and_then(|a| Ok((a, b?))))?;
    let alpha = arguments.alpha()?;
    let welch = both.and_then(|(a, b)| welch_t(a, b, alpha));
    let test = welch.and_then(|welch| welch.test);
    let lift = both.and_then(|(a, b)| relative_lift(a, b, alpha));
    Ok(Answer::default()
        .maybe("ratio_a", both.map(|(a, _)| a.mean()))
        .maybe("ratio_b", both.map(|(_, b)| b.mean()))
        .maybe("var_a", both.map(|(a, _)| a.variance()))
        .maybe("var_b", both.map(|(_, b)| b.variance()))
        .maybe("diff", welch.map(|welch| welch.difference))
        .maybe("se", test.map(|test| test.standard_error))
        .maybe("df", test.map(|test| test.degrees_of_freedom))
        .maybe("p_two_sided", test.map(|test| test.p.two_sided.value()))
        .interval(["ci_lower", "ci_upper"], test.map(|test| test.interval))
        .maybe("lift", lift.map(|lift| lift.lift))
        .maybe("se_lift", lift.and_then(|lift| lift.intervals).map(|intervals| intervals.standard_error)))
}

pub(super) const CUPED: Function = Function {
    name: "cuped",
    title: "Do two means differ, with less noise by what was known before? CUPED",
    formula: "\
theta = cov(pre, post)/var(pre) over both arms; adjusted mean = post - theta (pre - pooled mean of pre)
adjusted var = var(post) + theta^2 var(pre) - 2 theta cov(pre, post) in each arm; then as welch_t
variance_ratio = se^2 over that without adjustment",
    source: "Deng, Xu, Kohavi and Walker, WSDM 2013",
    arguments: &[
        Argument::required("pre_a", Kind::Numbers, "values of the users of the control from before the experiment"),
        Argument::required("post_a", Kind::Numbers, "values of the same users in the experiment, in the same order"),
        Argument::required("pre_b", Kind::Numbers, "values of the users of the treatment from before the experiment"),
        Argument::required("post_b", Kind::Numbers, "values of the same users in the experiment, in the same order"),
        ALPHA,
    ],
    results: &[
        field("theta", "how much of the difference before is taken off"),
        field("mean_adj_a", "adjusted mean of the control"),
        field("mean_adj_b", "adjusted mean of the treatment"),
        field("diff", "adjusted difference"),
        field("var_adj_a", "adjusted variance of the control"),
        field("var_adj_b", "adjusted variance of the treatment"),
        field("se", "standard error of the difference"),
        field("df", "degrees of freedom, by Welch and Satterthwaite"),
        field("p_two_sided", "p-value against a difference in either direction"),
        field("ci_lower", "lower end of the interval of the difference"),
        field("ci_upper", "upper end of the interval of the difference"),
        field("variance_ratio", "variance that is left: about 1 - rho^2"),
    ],
    example: "--pre-a 1,2,3,4,5 --post-a 2,3,3,5,6 --pre-b 2,3,4,5,1 --post-b 4,4,6,6,3",
    evaluate: |arguments| {
        let (a, b) = (joint(arguments, "pre_a", "post_a")?, joint(arguments, "pre_b", "post_b")?);
        let result = settle(cuped(a, b, arguments.alpha()?))?;
        let test = result.and_then(|result| result.comparison.test);
        Ok(Answer::default()
            .maybe("theta", result.map(|result| result.theta))
            .maybe("mean_adj_a", result.map(|result| result.control.mean()))
            .maybe("mean_adj_b", result.map(|result| result.treatment.mean()))
            .maybe("diff", result.map(|result| result.comparison.difference))
            .maybe("var_adj_a", result.map(|result| result.control.variance()))
            .maybe("var_adj_b", result.map(|result| result.treatment.variance()))
            .maybe("se", test.map(|test| test.standard_error))
            .maybe("df", test.map(|test| test.degrees_of_freedom))
            .maybe("p_two_sided", test.map(|test| test.p.two_sided.value()))
            .interval(["ci_lower", "ci_upper"], test.map(|test| test.interval))
            .maybe("variance_ratio", result.and_then(|result| result.variance_ratio)))
    },
};

pub(super) const ACCUMULATOR: Function = Function {
    name: "accumulator",
    title: "What are mean, variance and covariance of values that come in parts?",
    formula: "\
one accumulator for each part, merged in order: means, and sample variances and covariance with divisor n - 1",
    source: "Welford, Technometrics 4, 1962; Chan, Golub and LeVeque, COMPSTAT 1982",
    arguments: &[
        Argument::required("chunks_x", Kind::NumberLists, "the first value of each user, in parts"),
        Argument::required("chunks_y", Kind::NumberLists, "the second value of each user, in the same parts"),
    ],
    results: &[
        field("n", "how many users"),
        field("mean_x", "mean of the first values"),
        field("mean_y", "mean of the second values"),
        field("var_x", "sample variance of the first values"),
        field("var_y", "sample variance of the second values"),
        field("cov_xy", "sample covariance"),
        field("cov_scale", "product of the standard deviations: the size that the covariance has at most"),
    ],
    example: "--chunks-x 1,2 --chunks-x 3,4,5 --chunks-y 2,1 --chunks-y 4,3,6",
    evaluate: accumulate,
};

fn accumulate(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let (xs, ys) = (arguments.number_lists("chunks_x")?, arguments.number_lists("chunks_y")?);
    same_length(xs.len(), "chunks_y", ys.len())?;
    let mut all = JointMoments::default();
    for (x, y) in xs.iter().zip(&ys) {
        all = super::arguments::in_range("chunks_x", all.merge(sum_both(("chunks_x", x), ("chunks_y", y))?))?;
    }
    let several = |value: Option<f64>| value.ok_or("fewer than two users");
    let (x, y) = (all.x().variance(), all.y().variance());
    Ok(Answer::default()
        .with("n", all.count())
        .or_reason("mean_x", all.x().mean().ok_or(Undefined::NoValues))
        .or_reason("mean_y", all.y().mean().ok_or(Undefined::NoValues))
        .or_reason("var_x", several(x))
        .or_reason("var_y", several(y))
        .or_reason("cov_xy", several(all.covariance()))
        .or_reason("cov_scale", several(x.zip(y).map(|(x, y)| x.sqrt() * y.sqrt()))))
}
