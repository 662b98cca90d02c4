//! Questions about conversion rates.

use super::{
    Field, Function,
    answer::Answer,
    arguments::{Argument, ArgumentError, Arguments, Kind, settle},
    field,
    lists::{ALPHA, CONVERSIONS_A, CONVERSIONS_B, USERS_A, USERS_B},
};
use crate::statistics::{
    ConversionMethod, Undefined, barnard, boschloo, conversion_test, difference_intervals, fisher_exact,
    two_proportion_z, wilson_interval,
};

const FOUR_COUNTS: &[Argument] = &[CONVERSIONS_A, USERS_A, CONVERSIONS_B, USERS_B];
const FEW_OR_MANY: &str = "--conversions-a 250 --users-a 5000 --conversions-b 350 --users-b 5000";
const FEW: &str = "--conversions-a 1 --users-a 40 --conversions-b 7 --users-b 42";

const DIFF: Field = field("diff", "rate of the treatment minus rate of the control");
const P_TWO_SIDED: Field = field("p_two_sided", "p-value against a difference in either direction");
const P_GREATER: Field = field("p_greater", "p-value against the treatment being better");
const P_LESS: Field = field("p_less", "p-value against the treatment being worse");

pub(super) const TWO_PROPORTION_Z: Function = Function {
    name: "two_proportion_z",
    title: "Do two conversion rates differ? The z-test for many users",
    formula: "\
p_i = x_i/n_i, diff = p_b - p_a
pooled:   p = (x_a + x_b)/(n_a + n_b), z = diff/sqrt(p (1 - p) (1/n_a + 1/n_b)); no continuity correction
unpooled: z = diff/sqrt(p_a (1 - p_a)/n_a + p_b (1 - p_b)/n_b)
p_greater = SF(z), p_less = CDF(z), p_two_sided = 2 SF(|z|)",
    source: "Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd edition 2003, chapter 3",
    arguments: FOUR_COUNTS,
    results: &[
        DIFF,
        field("z_pooled", "the difference in standard errors, if both rates were one"),
        P_TWO_SIDED,
        P_GREATER,
        P_LESS,
        field("ln_p_two_sided", "natural logarithm of p_two_sided"),
        field("ln_p_greater", "natural logarithm of p_greater"),
        field("ln_p_less", "natural logarithm of p_less"),
        field("z_unpooled", "the difference in standard errors, each arm with its own rate"),
        field("p_two_sided_unpooled", "p-value of z_unpooled"),
    ],
    example: FEW_OR_MANY,
    evaluate: |arguments| {
        let (a, b) = arguments.proportions()?;
        let test = settle(two_proportion_z(a, b))?;
        let pooled = test.and_then(|test| test.pooled);
        let unpooled = test.and_then(|test| test.unpooled);
        Ok(Answer::default()
            .maybe("diff", test.map(|test| test.difference))
            .maybe("z_pooled", pooled.map(|test| test.z))
            .p_values(["p_two_sided", "p_greater", "p_less"], pooled.map(|test| test.p))
            .maybe("ln_p_two_sided", pooled.map(|test| test.p.two_sided.ln()))
            .maybe("ln_p_greater", pooled.map(|test| test.p.greater.ln()))
            .maybe("ln_p_less", pooled.map(|test| test.p.less.ln()))
            .maybe("z_unpooled", unpooled.map(|test| test.z))
            .maybe("p_two_sided_unpooled", unpooled.map(|test| test.p.two_sided.value())))
    },
};

pub(super) const CONVERSION_TEST: Function = Function {
    name: "conversion_test",
    title: "Do two conversion rates differ? By the test that suits the counts",
    formula: "\
the pooled z-test if at least 5 conversions and 5 failures are expected in each arm at the common rate;
else Boschloo's test up to 2000 users, else Fisher's",
    source: "Cochran, Biometrics 10, 1954, for the rule; the tests as under their own names",
    arguments: FOUR_COUNTS,
    results: &[
        DIFF,
        field("method", "the test that was chosen: pooled_z, boschloo or fisher"),
        field("smallest_expected", "the smallest expected count, by which it was chosen"),
        P_TWO_SIDED,
        P_GREATER,
        P_LESS,
    ],
    example: FEW,
    evaluate: |arguments| {
        let (a, b) = arguments.proportions()?;
        let test = settle(conversion_test(a, b))?;
        Ok(Answer::default()
            .maybe("diff", test.map(|test| test.difference))
            .maybe("method", test.map(|test| method(test.method)))
            .maybe("smallest_expected", test.map(|test| test.smallest_expected))
            .p_values(["p_two_sided", "p_greater", "p_less"], test.map(|test| test.p)))
    },
};

fn method(method: ConversionMethod) -> &'static str {
    match method {
        ConversionMethod::PooledZ => "pooled_z",
        ConversionMethod::Boschloo => "boschloo",
        ConversionMethod::Fisher => "fisher",
    }
}

pub(super) const FISHER_EXACT: Function = Function {
    name: "fisher_exact",
    title: "Do two conversion rates differ? Fisher's exact test, for few conversions",
    formula: "\
hypergeometric on fixed margins: p_greater = P(X_b >= x_b), p_less = P(X_b <= x_b),
p_two_sided = the sum of the probabilities not larger than that of the observed table, ties included",
    source: "Fisher, Journal of the Royal Statistical Society 98, 1935",
    arguments: FOUR_COUNTS,
    results: &[P_TWO_SIDED, P_GREATER, P_LESS],
    example: FEW,
    evaluate: |arguments| {
        let (a, b) = arguments.proportions()?;
        let p = settle(fisher_exact(a, b))?;
        Ok(Answer::default().p_values(["p_two_sided", "p_greater", "p_less"], p))
    },
};

pub(super) const BOSCHLOO: Function = Function {
    name: "boschloo",
    title: "Do two conversion rates differ? Boschloo's and Barnard's exact tests, sharper than Fisher's",
    formula: "\
the largest probability, over the unknown common rate, of a table at least as extreme as the observed one
Boschloo: extreme by Fisher's one-sided p-value; p_two_sided = min(1, 2 min(p_greater, p_less))
Barnard:  extreme by the pooled z statistic",
    source: "Boschloo, Statistica Neerlandica 24, 1970; Barnard, Biometrika 34, 1947",
    arguments: FOUR_COUNTS,
    results: &[
        field("boschloo_p_two_sided", P_TWO_SIDED.meaning),
        field("boschloo_p_greater", P_GREATER.meaning),
        field("boschloo_p_less", P_LESS.meaning),
        field("barnard_p_two_sided", P_TWO_SIDED.meaning),
        field("barnard_p_greater", P_GREATER.meaning),
        field("barnard_p_less", P_LESS.meaning),
    ],
    example: FEW,
    evaluate: |arguments| {
        let (a, b) = arguments.proportions()?;
        Ok(Answer::default()
            .p_values(["boschloo_p_two_sided", "boschloo_p_greater", "boschloo_p_less"], settle(boschloo(a, b))?)
            .p_values(["barnard_p_two_sided", "barnard_p_greater", "barnard_p_less"], settle(barnard(a, b))?))
    },
};

pub(super) const WILSON_INTERVAL: Function = Function {
    name: "wilson_interval",
    title: "How high is a conversion rate? Wilson's interval",
    formula: "\
z = the normal quantile of 1 - alpha/2, p = x/n
centre = (p + z^2/2n)/(1 + z^2/n), half width = z/(1 + z^2/n) sqrt(p (1 - p)/n + z^2/4n^2)",
    source: "Wilson, Journal of the American Statistical Association 22, 1927",
    arguments: &[
        Argument::required("conversions", Kind::Count, "users that converted"),
        Argument::required("users", Kind::Count, "all users"),
        ALPHA,
    ],
    results: &[
        field("point", "conversions over users"),
        field("lower", "lower end of the interval"),
        field("upper", "upper end of the interval"),
    ],
    example: "--conversions 12 --users 200",
    evaluate: wilson,
};

fn wilson(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let arm = arguments.proportion("conversions", "users")?;
    let interval = settle(wilson_interval(arm, arguments.alpha()?))?;
    Ok(Answer::default()
        .or_reason("point", arm.rate().ok_or(Undefined::NoValues))
        .interval(["lower", "upper"], interval))
}

pub(super) const NEWCOMBE_DIFF_INTERVAL: Function = Function {
    name: "newcombe_diff_interval",
    title: "By how much do two conversion rates differ? Newcombe's interval, and two others to compare",
    formula: "\
with Wilson's limits (l_i, u_i) of each arm
newcombe:      diff - sqrt((p_b - l_b)^2 + (u_a - p_a)^2) to diff + sqrt((u_b - p_b)^2 + (p_a - l_a)^2)
agresti_caffo: wald on (x + 1)/(n + 2)
wald:          diff -+ z sqrt(p_a q_a/n_a + p_b q_b/n_b)",
    source: "Newcombe, Statistics in Medicine 17, 1998, method 10; Agresti and Caffo, The American Statistician 54, 2000",
    arguments: &[CONVERSIONS_A, USERS_A, CONVERSIONS_B, USERS_B, ALPHA],
    results: &[
        DIFF,
        field("newcombe_lower", "lower end, the one to report"),
        field("newcombe_upper", "upper end, the one to report"),
        field("agresti_caffo_lower", "lower end by Agresti and Caffo"),
        field("agresti_caffo_upper", "upper end by Agresti and Caffo"),
        field("wald_lower", "lower end by Wald: too narrow for small counts"),
        field("wald_upper", "upper end by Wald: too narrow for small counts"),
    ],
    example: FEW_OR_MANY,
    evaluate: |arguments| {
        let (a, b) = arguments.proportions()?;
        let intervals = settle(difference_intervals(a, b, arguments.alpha()?))?;
        Ok(Answer::default()
            .maybe("diff", intervals.map(|intervals| intervals.difference))
            .interval(["newcombe_lower", "newcombe_upper"], intervals.map(|intervals| intervals.newcombe))
            .interval(
                ["agresti_caffo_lower", "agresti_caffo_upper"],
                intervals.map(|intervals| intervals.agresti_caffo),
            )
            .interval(["wald_lower", "wald_upper"], intervals.map(|intervals| intervals.wald)))
    },
};
