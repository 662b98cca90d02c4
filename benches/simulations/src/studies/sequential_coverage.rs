//! Intervals that are looked at every day, where there is an effect.

use flags_ab::statistics::{
    Estimate, Proportion, Sides,
    sequential::{
        AdjustedResult, Boundaries, ConfidenceSequence, EffectEstimate, GroupSequential, MixtureTest,
        OneSidedConfidenceSequence, Running, Shape, Spending,
    },
};

use super::{ALPHA, holds};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::{Binomial, normal},
};

const TEXT: &str = "\
How often *all* intervals of sixty daily looks hold the truth together, at rates of 0.05 and 0.055. Always-valid and repeated\n\
intervals promise at least 95 % of that. After a group-sequential plan has stopped, its adjusted interval holds the truth in\n\
95 % of cases, and its estimate is too high as often as too low; the plain interval and the plain estimate do neither, because\n\
experiments stop where chance has been kind.";

const DAYS: u64 = 60;
const RATES: (f64, f64) = (0.05, 0.055);

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = always_valid(lab)?;
    for drift in [0.0, 1.5, 3.0] {
        rows.extend(stopped(lab, drift)?);
    }
    Ok(Section::new(TEXT, rows))
}

fn always_valid(lab: &Lab) -> Estimate<Vec<Row>> {
    let truth = RATES.1 - RATES.0;
    let daily = 500;
    let (control, treatment) = (Binomial::new(daily, RATES.0), Binomial::new(daily, RATES.1));
    let halfway = (daily * DAYS) as f64;
    let sequence = ConfidenceSequence::new(ALPHA, halfway)?;
    let one_sided = OneSidedConfidenceSequence::new(ALPHA, halfway)?;
    let mixture = MixtureTest::new(ALPHA, 0.005 * 0.005)?;
    let fractions: Vec<f64> = (1..=DAYS).map(|day| day as f64 / DAYS as f64).collect();
    let plan = |spending| GroupSequential::new(Shape::Spending(spending), ALPHA, Sides::Two)?.boundaries(&fractions);
    let (cautious, even) = (plan(Spending::ObrienFleming)?, plan(Spending::Pocock)?);
    let setting = "60 daily looks, 500 + 500 users a day";
    let runs = lab.runs(5);
    let [two_sided, lower, upper, mixed, in_common, repeated, repeated_even, fixed] =
        lab.count("coverage of sequences", runs, |rng| {
            let (mut a, mut b) = (Proportion::default(), Proportion::default());
            let mut all = [true; 8];
            let mut running = Running::new();
            for look in 0..DAYS as usize {
                a = a.merge(control.draw(rng)).expect("sixty days of users fit a counter");
                b = b.merge(treatment.draw(rng)).expect("sixty days of users fit a counter");
                let Ok(estimate) = EffectEstimate::between(a, b) else { return [false; 8] };
                let (effect, se) = (estimate.effect(), estimate.se());
                let look_at = sequence.look(&estimate);
                if let Ok(look) = &look_at {
                    running.look(look);
                }
                let bounds = one_sided.look(&estimate);
                // A look at which nothing is spent has no interval, and an interval without ends holds everything.
                let repeat = |plan: &Boundaries| holds(plan.repeated_interval(look, effect, se), truth).unwrap_or(true);
                let now = [
                    holds(look_at.map(|look| look.interval), truth) == Some(true),
                    bounds.is_ok_and(|bounds| bounds.lower <= truth),
                    bounds.is_ok_and(|bounds| bounds.upper >= truth),
                    holds(mixture.look(&estimate).map(|look| look.interval), truth) == Some(true),
                    holds(running.interval(), truth) == Some(true),
                    repeat(&cautious),
                    repeat(&even),
                    (effect - truth).abs() <= ALPHA.z_two_sided() * se,
                ];
                all.iter_mut().zip(now).for_each(|(all, now)| *all &= now);
            }
            all
        });
    let promised = Claim::at_least(0.95);
    Ok(vec![
        Row::share("confidence sequence", setting, two_sided, promised),
        Row::share("one-sided confidence sequence, lower bound", setting, lower, promised),
        Row::share("one-sided confidence sequence, upper bound", setting, upper, promised),
        Row::share("mSPRT", setting, mixed, promised),
        Row::share("what all intervals so far have in common", setting, in_common, promised),
        Row::share(
            "repeated interval, spending as O'Brien and Fleming",
            setting,
            repeated,
            promised.give_or_take(0.001),
        ),
        Row::share("repeated interval, spending as Pocock", setting, repeated_even, promised.give_or_take(0.001)),
        Row::share("fixed interval, looked at daily", setting, fixed, promised.unpromised()),
    ])
}

/// What is said after a plan of three looks has stopped, when the effect is `drift` standard errors at the end.
///
/// The statistics are drawn as the theory has them: normal, with independent increments.
fn stopped(lab: &Lab, drift: f64) -> Estimate<Vec<Row>> {
    let fractions = [1.0 / 3.0, 2.0 / 3.0, 1.0];
    let boundaries =
        GroupSequential::new(Shape::Spending(Spending::Pocock), ALPHA, Sides::Two)?.boundaries(&fractions)?;
    let setting = format!("3 looks, spending as Pocock, effect of {drift} standard errors");
    let tallies = lab.count_answers(&setting, lab.runs(20), |rng| {
        // The sum of the increments; its mean at the share t of the information is drift · t, its variance t.
        let (mut sum, mut before) = (0.0, 0.0);
        for (look, now) in fractions.into_iter().enumerate() {
            let step: f64 = now - before;
            sum += drift * step + step.sqrt() * normal(rng);
            before = now;
            let (effect, se) = (sum / now, 1.0 / now.sqrt());
            let crossed = boundaries.crossing(look, effect / se).is_ok_and(|side| side.is_some());
            if crossed || look == 2 {
                let adjusted = boundaries.stopped_at(look, effect, se);
                let said = |what: fn(AdjustedResult) -> bool| adjusted.ok().map(what);
                return [
                    holds(adjusted.map(|result| result.interval), drift),
                    adjusted.ok().map(|result| result.estimate > drift),
                    Some((effect - drift).abs() <= ALPHA.z_two_sided() * se),
                    Some(effect > drift),
                    said(|result| result.p_value.is_significant(ALPHA)),
                ];
            }
        }
        [None; 5]
    });
    let [interval, estimate, plain_interval, plain_estimate, p_value] = tallies;
    let mut rows = vec![
        Row::share("adjusted interval after stopping", setting.clone(), interval, Claim::equals(0.95)),
        Row::share("adjusted estimate too high", setting.clone(), estimate, Claim::equals(0.5)),
        Row::share("plain interval after stopping", setting.clone(), plain_interval, Claim::equals(0.95).unpromised()),
        Row::share("plain estimate too high", setting.clone(), plain_estimate, Claim::equals(0.5).unpromised()),
    ];
    if drift == 0.0 {
        rows.push(Row::share("adjusted p-value at most 0.05", setting, p_value, Claim::equals(ALPHA.value())));
    }
    Ok(rows)
}
