//! Intervals of a rate and of the difference of two rates.

use flags_ab::statistics::{Estimate, bayes::BetaPosterior, difference_intervals, wilson_interval};

use super::{ALPHA, holds};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    listing::probabilities,
    page::Section,
    variates::Binomial,
};

const TEXT: &str = "\
How often a 95 % interval of a conversion rate, or of the difference of two, holds the truth. Counts are whole, so coverage jumps\n\
up and down as the rate changes by a hair; the number is the average over eleven rates from half of the one named to one and a\n\
half times it, the treatment converting a fifth more, and *lowest* is the worst of the eleven. Every outcome is listed, so the\n\
numbers have no error. Below some five expected conversions no interval can be 95 % everywhere: the promise there is to be at\n\
least that on average. Wald's interval is in the library because everybody knows it; it is the one not to use.";

/// Users of an arm and the rate of the control: 50 at 0.01 is half a conversion.
const SETTINGS: [(u64, f64); 11] = [
    (50, 0.01),
    (50, 0.05),
    (50, 0.1),
    (50, 0.4),
    (200, 0.01),
    (200, 0.1),
    (200, 0.4),
    (1000, 0.01),
    (1000, 0.2),
    (10_000, 0.01),
    (10_000, 0.05),
];

/// The rates around the one named, as shares of it.
const AROUND: [f64; 11] = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5];

/// How much more the treatment converts.
const LIFT: f64 = 1.2;

/// The mean and the lowest of the coverages.
#[derive(Clone, Copy)]
struct Coverage {
    mean: f64,
    lowest: f64,
}

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = Vec::new();
    let found = lab.map(&SETTINGS, |(users, rate)| coverages(*users, *rate));
    for ((users, rate), coverages) in SETTINGS.into_iter().zip(found) {
        let expected = users as f64 * rate;
        let near = match expected {
            0.0..5.0 => Claim::at_least(0.95).give_or_take(0.01),
            5.0..50.0 => Claim::equals(0.95).give_or_take(0.02),
            _ => Claim::equals(0.95).give_or_take(0.005),
        };
        let claim = |method: &str| match method {
            method if method.starts_with("Wald") => Claim::at_least(0.95).give_or_take(0.005).unpromised(),
            // A posterior promises calibration, which is another study; with some conversions it covers as well.
            method if method.starts_with("credible") => near.promised_if(expected >= 5.0),
            _ => near,
        };
        for (method, coverage) in coverages {
            let row = Row::exactly(method, format!("{users} users at {rate}"), coverage.mean, claim(method));
            rows.push(row.with_note(format!("lowest {:.3}", coverage.lowest)));
        }
    }
    Ok(Section::new(TEXT, rows))
}

/// The coverage of every interval around a rate.
fn coverages(users: u64, rate: f64) -> [(&'static str, Coverage); 6] {
    let mut all = [Coverage { mean: 0.0, lowest: 1.0 }; 6];
    for around in AROUND {
        let (rate_a, rate_b) = (rate * around, rate * around * LIFT);
        let (a, b) = (Binomial::new(users, rate_a), Binomial::new(users, rate_b));
        let credible = |prior: BetaPosterior, arm| {
            holds(prior.update(arm).and_then(|posterior| posterior.credible_interval(ALPHA)), rate_a) == Some(true)
        };
        // Intervals of one rate do not need the other arm.
        let mut found = [0.0; 6];
        for (arm, mass) in a.outcomes(1e-12) {
            let single = [
                holds(wilson_interval(arm, ALPHA), rate_a) == Some(true),
                credible(BetaPosterior::UNIFORM, arm),
                credible(BetaPosterior::JEFFREYS, arm),
            ];
            found.iter_mut().zip(single).for_each(|(found, holds)| *found += if holds { mass } else { 0.0 });
        }
        let differences = probabilities(&a, &b, |a, b| {
            let truth = rate_b - rate_a;
            difference_intervals(a, b, ALPHA).map_or([false; 3], |intervals| {
                [intervals.newcombe, intervals.agresti_caffo, intervals.wald].map(|interval| interval.contains(truth))
            })
        });
        found[3..].copy_from_slice(&differences);
        for (coverage, found) in all.iter_mut().zip(found) {
            coverage.mean += found / AROUND.len() as f64;
            coverage.lowest = coverage.lowest.min(found);
        }
    }
    let methods = [
        "Wilson, one rate",
        "credible, one rate, uniform prior",
        "credible, one rate, Jeffreys' prior",
        "Newcombe, difference",
        "Agresti and Caffo, difference",
        "Wald, difference",
    ];
    let mut together = methods.into_iter().zip(all);
    std::array::from_fn(|_| together.next().expect("there are six of each"))
}
