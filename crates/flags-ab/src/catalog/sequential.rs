//! Questions of those who look before the end.

use super::{
    Field, Function,
    answer::Answer,
    arguments::{Argument, ArgumentError, Arguments, Kind, Presence, in_range, settle},
    field,
    lists::{ALPHA, N_A, N_B},
};
use crate::statistics::{
    Alpha, Estimate, Sides, Undefined,
    sequential::{
        AlwaysValid, Boundaries, ConfidenceSequence, EffectEstimate, GroupSequential, MixtureTest, Shape, Spending,
    },
};

const EFFECT: Argument = Argument::required("effect", Kind::Number, "estimated effect so far: treatment minus control");
const HALF_WIDTH: Field = field("half_width", "half the width of the interval");
const LOWER: Field = field("lower", "lower end of the interval, valid whenever one stops");
const UPPER: Field = field("upper", "upper end of the interval, valid whenever one stops");
const P: Field = field("p_always_valid", "p-value of this look, valid whenever one stops");
const LN_P: Field = field("ln_p", "its natural logarithm");

pub(super) const ASYMPTOTIC_CONFIDENCE_SEQUENCE: Function = Function {
    name: "asymptotic_confidence_sequence",
    title: "What is the effect, if one looks at any time? The confidence sequence for large samples",
    formula: "\
N = n_a + n_b, rho = sqrt((-2 ln alpha + ln(1 - 2 ln alpha))/n_star), fixed for the whole experiment
half_width = se sqrt(N) sqrt(2 (N rho^2 + 1)/(N^2 rho^2) ln(sqrt(N rho^2 + 1)/alpha))
e = exp(rho^2 N (effect/se)^2/(2 (N rho^2 + 1)))/sqrt(N rho^2 + 1), p = min(1, 1/e)",
    source: "Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, arXiv 2103.06476v7, equations 9, 155 and 161",
    arguments: &[
        EFFECT,
        Argument::required("se", Kind::Number, "its standard error"),
        N_A,
        N_B,
        ALPHA,
        Argument::required("n_star", Kind::Number, "users at which the interval is to be the tightest; above 0"),
    ],
    results: &[
        field("rho", "the tuning that follows from n_star"),
        HALF_WIDTH,
        LOWER,
        UPPER,
        field("ln_e_value", "logarithm of the evidence against no effect"),
        P,
        LN_P,
    ],
    example: "--effect 0.021 --se 0.005 --n-a 5000 --n-b 5000 --n-star 10000",
    evaluate: |arguments| {
        let sequence = in_range("n_star", ConfidenceSequence::new(arguments.alpha()?, arguments.number("n_star")?))?;
        let estimate = settle(EffectEstimate::new(
            arguments.number("effect")?,
            arguments.number("se")?,
            arguments.count("n_a")?,
            arguments.count("n_b")?,
        ))?;
        let look = settle(estimate.and_then(|estimate| sequence.look(&estimate)))?;
        let answer = Answer::default()
            .with("rho", sequence.rho())
            .maybe("half_width", look.map(|look| look.half_width))
            .interval(["lower", "upper"], look.map(|look| look.interval))
            .maybe("ln_e_value", look.map(|look| look.ln_e_value));
        Ok(p_values(answer, look))
    },
};

pub(super) const MSPRT: Function = Function {
    name: "msprt",
    title: "Is there an effect, if one looks at any time? The mixture sequential probability ratio test",
    formula: "\
V = variance of the effect; mixture N(0, tau2), fixed before
ln_lambda = ln(V/(V + tau2))/2 + tau2 effect^2/(2 V (V + tau2)), p = min(1, exp(-ln_lambda))
half_width = sqrt(V (V + tau2)/tau2 (-2 ln alpha + ln((V + tau2)/V))); take the smallest p of all looks",
    source: "Robbins 1970; Johari, Koomen, Pekelis and Walsh, Operations Research 70, 2022",
    arguments: &[
        EFFECT,
        Argument::required("variance", Kind::Number, "variance of the effect: its standard error squared"),
        Argument::required("tau2", Kind::Number, "variance of the effects that are expected; above 0"),
        ALPHA,
    ],
    results: &[
        field("ln_lambda", "logarithm of the likelihood ratio against no effect"),
        P,
        LN_P,
        HALF_WIDTH,
        LOWER,
        UPPER,
    ],
    example: "--effect 0.021 --variance 0.000025 --tau2 0.0004",
    evaluate: |arguments| {
        let test = in_range("tau2", MixtureTest::new(arguments.alpha()?, arguments.number("tau2")?))?;
        let variance = arguments.number("variance")?;
        if variance < 0.0 {
            let expected = "at least 0";
            return in_range(
                "variance",
                Err(Undefined::OutOfDomain { what: "the variance", value: variance, expected }),
            );
        }
        // The number of users plays no part in this test; that of a look is above zero.
        let estimate = settle(EffectEstimate::new(arguments.number("effect")?, variance.sqrt(), 1, 1))?;
        let look = settle(estimate.and_then(|estimate| test.look(&estimate)))?;
        let answer = p_values(Answer::default().maybe("ln_lambda", look.map(|look| look.ln_e_value)), look);
        Ok(answer
            .maybe("half_width", look.map(|look| look.half_width))
            .interval(["lower", "upper"], look.map(|look| look.interval)))
    },
};

fn p_values(answer: Answer, look: Estimate<AlwaysValid>) -> Answer {
    answer
        .maybe("p_always_valid", look.map(|look| look.p_value.value()))
        .maybe("ln_p", look.map(|look| look.p_value.ln()))
}

pub(super) const GROUP_SEQUENTIAL_BOUNDARIES: Function = Function {
    name: "group_sequential_boundaries",
    title: "At which z may one stop at each of some planned looks?",
    formula: "\
Z_k at information fraction t_k, Cov(Z_j, Z_k) = sqrt(t_j/t_k); stop when |Z_k| >= z_k, with one side when Z_k >= z_k
obrien_fleming z_k = constant sqrt(K/k), pocock z_k = constant: total crossing probability alpha at equally spaced looks
spending by a = alpha/sides: lan_demets_obrien_fleming 2 (1 - Phi(Phi^-1(1 - a/2)/sqrt t)),
lan_demets_pocock a ln(1 + (e - 1) t), kim_demets_power a t^parameter,
hwang_shih_decani a (1 - exp(-g t))/(1 - exp(-g)) with g = parameter
nominal_p = sides SF(z_k); cumulative_alpha = probability without effect to have crossed up to look k",
    source: "Jennison and Turnbull, Group Sequential Methods, 2000; Lan and DeMets, Biometrika 70, 1983",
    arguments: &[
        Argument::required(
            "design",
            Kind::Choice(&[
                "obrien_fleming",
                "pocock",
                "lan_demets_obrien_fleming",
                "lan_demets_pocock",
                "kim_demets_power",
                "hwang_shih_decani",
            ]),
            "how the level is spent over the looks",
        ),
        Argument::required("sides", Kind::Count, "1 or 2").or(Presence::Default("2")),
        Argument::required("alpha", Kind::Number, "significance level of all looks together")
            .or(Presence::Default("0.05")),
        Argument::required("information_fractions", Kind::Numbers, "share of the planned users at each look, rising"),
        Argument::required("parameter", Kind::Number, "the number that kim_demets_power and hwang_shih_decani need")
            .or(Presence::Optional),
    ],
    results: &[
        field("constant", "the constant of obrien_fleming and pocock"),
        field("z", "boundary at each look"),
        field("nominal_p", "p-value of a single test on the boundary"),
        field("cumulative_alpha", "level that is spent by then"),
    ],
    example: "--design lan_demets_obrien_fleming --information-fractions 0.25,0.5,0.75,1",
    evaluate: boundaries,
};

fn boundaries(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let sides = match arguments.count("sides")? {
        1 => Sides::One,
        2 => Sides::Two,
        other => {
            let wrong = Undefined::OutOfDomain { what: "the number of sides", value: other as f64, expected: "1 or 2" };
            return in_range("sides", Err(wrong));
        }
    };
    let shape = shape(arguments)?;
    let alpha: Alpha = arguments.alpha()?;
    let design = settle(GroupSequential::new(shape, alpha, sides))?;
    let found = settle(match design {
        Ok(design) => design.boundaries(&arguments.numbers("information_fractions")?),
        Err(reason) => Err(reason),
    })?;
    let found = found.as_ref().map_err(|reason| *reason);
    let constant = match found {
        Ok(found) => found.constant().ok_or_else(|| "a design by spending has no constant".to_owned()),
        Err(reason) => Err(reason.to_string()),
    };
    let all = |of: fn(&Boundaries) -> Vec<Option<f64>>| found.map(of);
    Ok(Answer::default()
        .or_reason("constant", constant)
        .maybe("z", all(|found| found.looks().iter().map(|look| look.boundary).collect()))
        .maybe("nominal_p", all(|found| found.looks().iter().map(|look| Some(look.nominal_level)).collect()))
        .maybe("cumulative_alpha", all(|found| found.looks().iter().map(|look| Some(look.cumulative_alpha)).collect())))
}

fn shape(arguments: &Arguments<'_>) -> Result<Shape, ArgumentError> {
    let design = arguments.choice("design")?;
    let parameter = || {
        arguments
            .optional_number("parameter")?
            .ok_or(ArgumentError::Missing { argument: "parameter", expected: Kind::Number })
    };
    Ok(match design.as_str() {
        "pocock" => Shape::Pocock,
        "lan_demets_obrien_fleming" => Shape::Spending(Spending::ObrienFleming),
        "lan_demets_pocock" => Shape::Spending(Spending::Pocock),
        "kim_demets_power" => Shape::Spending(Spending::Power(parameter()?)),
        "hwang_shih_decani" => Shape::Spending(Spending::HwangShihDeCani(parameter()?)),
        _ => Shape::ObrienFleming,
    })
}
