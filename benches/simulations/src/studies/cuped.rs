//! How much variance CUPED takes out, and that it takes out nothing else.

use fastrand::Rng;
use flags_ab::statistics::{Estimate, JointMoments, cuped};

use super::ALPHA;
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::{exponential, normal},
};

const TEXT: &str = "\
A metric whose correlation with its value from before the experiment is ρ: CUPED leaves 1 − ρ² of the variance of the effect.\n\
*Reported* is the mean of the ratio that the library reports with each experiment; *true* is the variance of the adjusted effect\n\
over all experiments, divided by the variance of the plain effect over the same experiments. The effect itself, of 0.25, is left\n\
where it is.";

const USERS: usize = 500;
const EFFECT: f64 = 0.25;

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = Vec::new();
    for correlation in [0.0, 0.3, 0.5, 0.7, 0.9] {
        rows.extend(reduction(lab, correlation, "normal", normal));
    }
    // Deviation 1, as the normal one has.
    rows.extend(reduction(lab, 0.7, "exponential", |rng| exponential(rng) - 1.0));
    Ok(Section::new(TEXT, rows))
}

fn reduction(lab: &Lab, correlation: f64, distribution: &str, value: fn(&mut Rng) -> f64) -> [Row; 3] {
    let rest = (1.0 - correlation * correlation).sqrt();
    let arm = |rng: &mut Rng, effect: f64| {
        let mut moments = JointMoments::default();
        for _ in 0..USERS {
            let before = value(rng);
            moments.push(before, correlation * before + rest * value(rng) + effect).expect("variates are finite");
        }
        moments
    };
    let setting = format!("{USERS} + {USERS} users, {distribution}, ρ = {correlation}");
    let runs = lab.runs(10);
    let [reported, adjusted, plain] = lab.average(&setting, runs, |rng| {
        let (a, b) = (arm(rng, 0.0), arm(rng, EFFECT));
        let result = cuped(a, b, ALPHA).expect("both arms have users");
        let ratio = result.variance_ratio.expect("the values vary");
        let mean = |moments: JointMoments| moments.y().mean().expect("there are users");
        [ratio, result.comparison.difference, mean(b) - mean(a)]
    });
    let left = rest * rest;
    // θ has to be estimated, which costs about 1/n of the variance.
    let claim = Claim::equals(left).give_or_take(2.0 / USERS as f64);
    let variance = |moments: flags_ab::statistics::Moments| moments.variance().unwrap_or(f64::NAN);
    let ratio = variance(adjusted) / variance(plain);
    // Of the ratio of the variances of two normal variables whose squared correlation is c²: 4 (1 − c²)/runs, relatively. The
    // plain and the adjusted effect differ by what the covariate explains, ρ², and by the error of θ, 1/(users of both arms).
    let apart = correlation * correlation + 1.0 / (2 * USERS) as f64;
    let error = left * 2.0 * (apart / runs as f64).sqrt();
    [
        Row::mean("variance left, reported", setting.clone(), reported, claim),
        Row::estimated("variance left, true", setting.clone(), ratio, error, runs, claim),
        Row::mean("adjusted effect", setting, adjusted, Claim::equals(EFFECT)),
    ]
}
