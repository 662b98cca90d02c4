//! Questions about means, from users, mean and variance of each arm.

use super::{
    Function,
    answer::Answer,
    arguments::{Argument, ArgumentError, Arguments, Kind, Presence, settle},
    field,
    lists::{ALPHA, MEAN_A, MEAN_B, N_A, N_B, VAR_A, VAR_B},
};
use crate::statistics::{Direction, Margin, non_inferiority, relative_lift, welch_t};

const EXAMPLE: &str = "--mean-a 12.0 --var-a 30 --n-a 2000 --mean-b 12.6 --var-b 33 --n-b 2050";

pub(super) const WELCH_T: Function = Function {
    name: "welch_t",
    title: "Do two means differ? Welch's t-test",
    formula: "\
diff = m_b - m_a, se = sqrt(v_a/n_a + v_b/n_b), t = diff/se
df = (v_a/n_a + v_b/n_b)^2/((v_a/n_a)^2/(n_a - 1) + (v_b/n_b)^2/(n_b - 1)), ci = diff -+ t_{1-alpha/2, df} se",
    source: "Welch, Biometrika 34, 1947",
    arguments: &[MEAN_A, VAR_A, N_A, MEAN_B, VAR_B, N_B, ALPHA],
    results: &[
        field("diff", "mean of the treatment minus mean of the control"),
        field("se", "standard error of the difference"),
        field("t", "the difference in standard errors"),
        field("df", "degrees of freedom, by Welch and Satterthwaite"),
        field("p_two_sided", "p-value against a difference in either direction"),
        field("p_greater", "p-value against the treatment being larger"),
        field("p_less", "p-value against the treatment being smaller"),
        field("ln_p_two_sided", "natural logarithm of p_two_sided"),
        field("ci_lower", "lower end of the interval of the difference"),
        field("ci_upper", "upper end of the interval of the difference"),
    ],
    example: EXAMPLE,
    evaluate: |arguments| {
        let (a, b) = arguments.summaries()?;
        let result = settle(welch_t(a, b, arguments.alpha()?))?;
        let test = result.and_then(|result| result.test);
        Ok(Answer::default()
            .maybe("diff", result.map(|result| result.difference))
            .maybe("se", test.map(|test| test.standard_error))
            .maybe("t", test.map(|test| test.t))
            .maybe("df", test.map(|test| test.degrees_of_freedom))
            .p_values(["p_two_sided", "p_greater", "p_less"], test.map(|test| test.p))
            .maybe("ln_p_two_sided", test.map(|test| test.p.two_sided.ln()))
            .interval(["ci_lower", "ci_upper"], test.map(|test| test.interval)))
    },
};

pub(super) const RELATIVE_LIFT_INTERVAL: Function = Function {
    name: "relative_lift_interval",
    title: "By how many percent is a mean larger? With four intervals",
    formula: "\
lift = (m_b - m_a)/|m_a|
delta: se^2 = v_b/(n_b m_a^2) + v_a m_b^2/(n_a m_a^4), with a normal or a t quantile
log: (m_b/m_a) exp(-+ z sqrt(v_a/(n_a m_a^2) + v_b/(n_b m_b^2))) - 1, for positive means
fieller: roots r of (m_b - r m_a)^2 = z^2 (v_b/n_b + r^2 v_a/n_a), minus 1, if g = z^2 v_a/(n_a m_a^2) < 1 and m_a > 0
for conversions give m = p and v = p (1 - p)",
    source: "Fieller, Journal of the Royal Statistical Society B 16, 1954; Deng, Knoblich and Lu, KDD 2018",
    arguments: &[MEAN_A, VAR_A, N_A, MEAN_B, VAR_B, N_B, ALPHA],
    results: &[
        field("lift", "the difference of the means over the control's: 0.1 is ten percent more"),
        field("se_delta", "standard error of the lift, by the delta method"),
        field("delta_z_lower", "lower end, delta method with a normal quantile"),
        field("delta_z_upper", "upper end, delta method with a normal quantile"),
        field("df", "degrees of freedom, by Welch and Satterthwaite"),
        field("delta_t_lower", "lower end, delta method with a t quantile"),
        field("delta_t_upper", "upper end, delta method with a t quantile"),
        field("log_z_lower", "lower end, by the logarithm of the ratio"),
        field("log_z_upper", "upper end, by the logarithm of the ratio"),
        field("fieller_g", "below 1 if Fieller's interval is bounded"),
        field("fieller_z_lower", "lower end by Fieller, the one to report for a small control mean"),
        field("fieller_z_upper", "upper end by Fieller, the one to report for a small control mean"),
        field("p_two_sided_z", "p-value of the lift over its standard error"),
    ],
    example: EXAMPLE,
    evaluate: lift,
};

fn lift(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let (a, b) = arguments.summaries()?;
    let result = settle(relative_lift(a, b, arguments.alpha()?))?;
    let intervals = result.and_then(|result| result.intervals);
    let fieller = intervals.and_then(|intervals| intervals.fieller);
    Ok(Answer::default()
        .maybe("lift", result.map(|result| result.lift))
        .maybe("se_delta", intervals.map(|intervals| intervals.standard_error))
        .interval(["delta_z_lower", "delta_z_upper"], intervals.map(|intervals| intervals.delta_z))
        .maybe("df", intervals.map(|intervals| intervals.degrees_of_freedom))
        .interval(["delta_t_lower", "delta_t_upper"], intervals.map(|intervals| intervals.delta_t))
        .interval(["log_z_lower", "log_z_upper"], intervals.and_then(|intervals| intervals.log))
        .maybe("fieller_g", fieller.map(|fieller| fieller.g))
        .interval(["fieller_z_lower", "fieller_z_upper"], fieller.and_then(|fieller| fieller.interval))
        .maybe("p_two_sided_z", intervals.map(|intervals| intervals.p_two_sided.value())))
}

pub(super) const NON_INFERIORITY: Function = Function {
    name: "non_inferiority",
    title: "Is a mean at least not worse by a margin? The test of a guardrail",
    formula: "\
absolute margin M, more is better: H0 m_b - m_a <= -M, statistic (m_b - m_a + M)/se, p = SF
                   less is better: H0 m_b - m_a >= M, statistic (m_b - m_a - M)/se, p = CDF
relative margin r, more is better: statistic (m_b - (1 - r) m_a)/sqrt(v_b/n_b + (1 - r)^2 v_a/n_a), p = SF
                   less is better: statistic (m_b - (1 + r) m_a)/sqrt(v_b/n_b + (1 + r)^2 v_a/n_a), p = CDF",
    source: "Blackwelder, Controlled Clinical Trials 3, 1982; with Welch's degrees of freedom",
    arguments: &[
        MEAN_A,
        VAR_A,
        N_A,
        MEAN_B,
        VAR_B,
        N_B,
        Argument::required("margin_kind", Kind::Choice(&["absolute", "relative"]), "whether the margin is a share"),
        Argument::required("margin", Kind::Number, "how much worse is acceptable; at least 0"),
        Argument::required("preferred_direction", Kind::Choice(&["increase", "decrease"]), "which way is better"),
        Argument::required("alpha", Kind::Number, "significance level, one-sided").or(Presence::Default("0.05")),
    ],
    results: &[
        field("statistic", "distance of the effect from the margin in standard errors"),
        field("df", "degrees of freedom, by Welch and Satterthwaite"),
        field("p_t", "p-value of being worse by the margin or more"),
        field("p_z", "the same from the normal distribution"),
        field("non_inferior_t", "whether p_t is below alpha: not worse"),
        field("one_sided_bound_t", "the effect is on the better side of this, at level 1 - alpha"),
    ],
    example: "--mean-a 200 --var-a 900 --n-a 5000 --mean-b 201 --var-b 950 --n-b 5000 --margin-kind relative \
              --margin 0.02 --preferred-direction decrease",
    evaluate: |arguments| {
        let (a, b) = arguments.summaries()?;
        let size = arguments.number("margin")?;
        let relative = arguments.choice("margin_kind")? == "relative";
        let margin = if relative { Margin::Relative(size) } else { Margin::Absolute(size) };
        let better = match arguments.choice("preferred_direction")?.as_str() {
            "decrease" => Direction::Decrease,
            _ => Direction::Increase,
        };
        let result = settle(non_inferiority(a, b, margin, better, arguments.alpha()?))?;
        let bound = match result {
            Ok(result) => result.bound.ok_or_else(|| "a bound is given for absolute margins only".to_owned()),
            Err(reason) => Err(reason.to_string()),
        };
        Ok(Answer::default()
            .maybe("statistic", result.map(|result| result.statistic))
            .maybe("df", result.map(|result| result.degrees_of_freedom))
            .maybe("p_t", result.map(|result| result.p.value()))
            .maybe("p_z", result.map(|result| result.p_normal.value()))
            .maybe("non_inferior_t", result.map(|result| result.non_inferior))
            .or_reason("one_sided_bound_t", bound))
    },
};
