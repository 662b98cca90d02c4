//! Questions before the experiment: how many users, how likely, how small an effect.

use super::{
    Function,
    answer::Answer,
    arguments::{Argument, ArgumentError, Arguments, Kind, Presence, settle},
    field,
    lists::{ALPHA, N_A, N_B, POWER, SIDES},
};
use crate::statistics::{
    MeansDesign, Sides, Undefined, minimum_detectable_mean, minimum_detectable_rate, power_means,
    power_two_proportions, sample_size_means, sample_size_two_proportions,
};

const P_A: Argument = Argument::required("p_a", Kind::Number, "conversion rate of the control, 0 to 1");
const P_B: Argument = Argument::required("p_b", Kind::Number, "conversion rate of the treatment to find, 0 to 1");
const MEAN_DIFF: Argument = Argument::required("mean_diff", Kind::Number, "difference of the means to find");
const SD: Argument = Argument::required("sd", Kind::Number, "standard deviation of the metric in each arm; above 0");
const RATIO: Argument =
    Argument::required("ratio_b_to_a", Kind::Number, "users of the treatment for each of the control")
        .or(Presence::Default("1"));

pub(super) const SAMPLE_SIZE_TWO_PROPORTIONS: Function = Function {
    name: "sample_size_two_proportions",
    title: "How many users to tell two conversion rates apart?",
    formula: "\
k = n_b/n_a; z_a = normal quantile of 1 - alpha/2 (two-sided) or 1 - alpha; z_b = that of the power; unrounded: round up
n_a_pooled = ((z_a sqrt(P (1 - P) (1 + 1/k)) + z_b sqrt(p_a q_a + p_b q_b/k))/(p_b - p_a))^2, P = (p_a + k p_b)/(1 + k)
n_b_unpooled = (z_a + z_b)^2 (k p_a q_a + p_b q_b)/(p_b - p_a)^2
n_a_cohens_h: by h = 2 asin sqrt(p_b) - 2 asin sqrt(p_a), both tails counted
n_per_arm_baseline_null = ((z_a sqrt(2 p_a q_a) + z_b sqrt(p_a q_a + p_b q_b))/(p_b - p_a))^2, for k = 1",
    source: "Cohen, Statistical Power Analysis, 2nd edition 1988, chapter 6; Fleiss, Levin and Paik 2003, chapter 4",
    arguments: &[P_A, P_B, ALPHA, POWER, RATIO, SIDES],
    results: &[
        field("cohens_h", "the effect as a difference of angles"),
        field("n_a_cohens_h", "users of the control by the arcsine approximation"),
        field("n_a_pooled", "users of the control for the pooled z-test: the one to plan with"),
        field("n_a_unpooled", "users of the control for the unpooled z-test"),
        field("n_b_unpooled", "users of the treatment for the unpooled z-test"),
        field("n_per_arm_baseline_null", "users of each arm as popular calculators say"),
    ],
    example: "--p-a 0.10 --p-b 0.12",
    evaluate: sample_size,
};

fn sample_size(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let size = settle(sample_size_two_proportions(
        arguments.number("p_a")?,
        arguments.number("p_b")?,
        arguments.number("ratio_b_to_a")?,
        arguments.number("power")?,
        arguments.alpha()?,
        arguments.sides()?,
    ))?;
    let baseline = match size {
        Ok(size) => size.each_baseline_null.ok_or_else(|| "defined for arms of one size only".to_owned()),
        Err(reason) => Err(reason.to_string()),
    };
    Ok(Answer::default()
        .maybe("cohens_h", size.map(|size| size.cohens_h))
        .maybe("n_a_cohens_h", size.map(|size| size.control_cohens_h))
        .maybe("n_a_pooled", size.map(|size| size.control_pooled))
        .maybe("n_a_unpooled", size.map(|size| size.control_unpooled))
        .maybe("n_b_unpooled", size.map(|size| size.treatment_unpooled))
        .or_reason("n_per_arm_baseline_null", baseline))
}

pub(super) const POWER_TWO_PROPORTIONS: Function = Function {
    name: "power_two_proportions",
    title: "How likely is it to find a difference of two conversion rates?",
    formula: "\
power_cohens_h: s = |h|/sqrt(1/n_a + 1/n_b), SF(z - s) + SF(z + s) (two-sided) or SF(z - s)
power_pooled_null: s0 = sqrt(P (1 - P) (1/n_a + 1/n_b)), P = (n_a p_a + n_b p_b)/(n_a + n_b),
s1 = sqrt(p_a q_a/n_a + p_b q_b/n_b), d = |p_b - p_a|: SF((z s0 - d)/s1) + SF((z s0 + d)/s1), one-sided the first term",
    source: "Cohen 1988, chapter 6; Fleiss, Levin and Paik 2003, chapter 4",
    arguments: &[P_A, P_B, N_A, N_B, ALPHA, SIDES],
    results: &[
        field("power_cohens_h", "power by the arcsine approximation"),
        field("power_pooled_null", "power of the pooled z-test: the one to plan with"),
    ],
    example: "--p-a 0.10 --p-b 0.12 --n-a 3841 --n-b 3841",
    evaluate: |arguments| {
        let power = settle(power_two_proportions(
            arguments.number("p_a")?,
            arguments.number("p_b")?,
            arguments.count("n_a")?,
            arguments.count("n_b")?,
            arguments.alpha()?,
            arguments.sides()?,
        ))?;
        Ok(Answer::default()
            .maybe("power_cohens_h", power.map(|power| power.cohens_h))
            .maybe("power_pooled_null", power.and_then(|power| power.pooled)))
    },
};

pub(super) const MDE_TWO_PROPORTIONS: Function = Function {
    name: "mde_two_proportions",
    title: "How small a difference of conversion rates can be found?",
    formula: "\
h: power_cohens_h(h) = power, both tails; p_b_cohens_h_up/down = sin^2(asin sqrt(p_a) +- h/2)
delta_simple = (z_{1-alpha/2} + z_power) sqrt(p_a q_a (1/n_a + 1/n_b))
p_b_pooled_null_up: the p_b above p_a at which power_pooled_null is the power",
    source: "the inverse of power_two_proportions",
    arguments: &[P_A, N_A, N_B, ALPHA, POWER],
    results: &[
        field("h", "the smallest difference of angles"),
        field("p_b_cohens_h_up", "the nearest rate above the control's that is found, by angles"),
        field("p_b_cohens_h_down", "the nearest rate below the control's that is found, by angles"),
        field("delta_simple", "the smallest difference, by a rule of thumb"),
        field("p_b_pooled_null_up", "the nearest rate above that the pooled z-test finds: the one to report"),
    ],
    example: "--p-a 0.10 --n-a 10000 --n-b 10000",
    evaluate: |arguments| {
        let found = settle(minimum_detectable_rate(
            arguments.number("p_a")?,
            arguments.count("n_a")?,
            arguments.count("n_b")?,
            arguments.number("power")?,
            arguments.alpha()?,
            Sides::Two,
        ))?;
        Ok(Answer::default()
            .maybe("h", found.map(|found| found.cohens_h))
            .maybe("p_b_cohens_h_up", found.and_then(|found| found.above_cohens_h))
            .maybe("p_b_cohens_h_down", found.and_then(|found| found.below_cohens_h))
            .maybe("delta_simple", found.map(|found| found.difference_simple))
            .maybe("p_b_pooled_null_up", found.and_then(|found| found.above_pooled)))
    },
};

/// The plan of a test of means. What is not read by a function may stay 0.
fn design(arguments: &Arguments<'_>, difference: f64) -> Result<MeansDesign, ArgumentError> {
    Ok(MeansDesign {
        difference,
        standard_deviation: arguments.number("sd")?,
        alpha: arguments.alpha()?,
        sides: arguments.sides()?,
    })
}

pub(super) const SAMPLE_SIZE_MEANS: Function = Function {
    name: "sample_size_means",
    title: "How many users to find a difference of means?",
    formula: "n_a = (s sd/mean_diff)^2 (1 + 1/k), s the mean a z statistic needs for the power; unrounded: round up",
    source: "Cohen 1988, chapter 2",
    arguments: &[MEAN_DIFF, SD, ALPHA, POWER, RATIO, SIDES],
    results: &[field("n_a", "users of the control"), field("n_b", "users of the treatment")],
    example: "--mean-diff 0.5 --sd 8",
    evaluate: |arguments| {
        let (ratio, power) = (arguments.number("ratio_b_to_a")?, arguments.number("power")?);
        let design = design(arguments, arguments.number("mean_diff")?)?;
        let users = settle(sample_size_means(design, ratio, power))?;
        let treatment = users.and_then(|users| match users * ratio {
            size if size.is_finite() => Ok(size),
            _ => Err(Undefined::Overflow { what: "the size of the treatment" }),
        });
        Ok(Answer::default().maybe("n_a", users).maybe("n_b", treatment))
    },
};

pub(super) const POWER_MEANS: Function = Function {
    name: "power_means",
    title: "How likely is it to find a difference of means?",
    formula: "\
s = mean_diff/(sd sqrt(1/n_a + 1/n_b)); power_z = SF(z - s) + SF(z + s), one-sided the first term
power_t: T non-central with df = n_a + n_b - 2 and non-centrality s: P(T > t) + P(T < -t), one-sided P(T > t)",
    source: "Cohen 1988, chapter 2; the non-central t by quadrature",
    arguments: &[MEAN_DIFF, SD, N_A, N_B, ALPHA, SIDES],
    results: &[
        field("power_z", "power of a z-test"),
        field("power_t", "power of a t-test, up to 50 000 degrees of freedom"),
    ],
    example: "--mean-diff 0.5 --sd 8 --n-a 2000 --n-b 2000",
    evaluate: |arguments| {
        let design = design(arguments, arguments.number("mean_diff")?)?;
        let power = settle(power_means(design, arguments.count("n_a")?, arguments.count("n_b")?))?;
        Ok(Answer::default()
            .maybe("power_z", power.map(|power| power.z))
            .maybe("power_t", power.and_then(|power| power.t)))
    },
};

pub(super) const MDE_MEANS: Function = Function {
    name: "mde_means",
    title: "How small a difference of means can be found?",
    formula: "mean_diff = s sd sqrt(1/n_a + 1/n_b), s the mean a z statistic needs for the power",
    source: "the inverse of power_means",
    arguments: &[SD, N_A, N_B, ALPHA, POWER, SIDES],
    results: &[field("mean_diff", "the smallest difference that is found with this power")],
    example: "--sd 8 --n-a 2000 --n-b 2000",
    evaluate: |arguments| {
        let power = arguments.number("power")?;
        let users = (arguments.count("n_a")?, arguments.count("n_b")?);
        let found = settle(minimum_detectable_mean(design(arguments, 0.0)?, users.0, users.1, power))?;
        Ok(Answer::default().maybe("mean_diff", found))
    },
};
