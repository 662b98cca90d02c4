//! Bayesian answers: calibrated if the truth comes from the prior, and no guarantee of errors if one decides by them.

use fastrand::Rng;
use flags_ab::statistics::{
    Estimate, Moments, Proportion,
    bayes::{BetaPosterior, NormalPosterior, NormalPrior},
    sequential::EffectEstimate,
};

use super::{ALPHA, holds};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::{Binomial, beta, conversions, normal},
};

const TEXT: &str = "\
What a posterior promises is calibration: if true rates are drawn from the prior, a 95 % credible interval holds the truth in 95 %\n\
of cases, an arm with a chance to win between 80 and 90 % is better as often as the chances said, and that stays so when one stops\n\
at the first look that pleases. What it does not promise is an error rate: without a difference, the rule \"stop as soon as the\n\
chance to win exceeds 95 %\" declares a winner in one of twenty experiments at one look and in far more with daily looks.";

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = calibrated(lab)?;
    rows.extend(best(lab)?);
    rows.extend(normal_effects(lab)?);
    rows.extend(stopping(lab)?);
    rows.extend(deciding(lab));
    Ok(Section::new(TEXT, rows))
}

/// A conversion rate of about five percent.
fn prior() -> Estimate<BetaPosterior> {
    BetaPosterior::new(5.0, 95.0)
}

fn draw_rate(rng: &mut Rng) -> f64 {
    beta(rng, 5.0, 95.0)
}

fn calibrated(lab: &Lab) -> Estimate<Vec<Row>> {
    let prior = prior()?;
    let setting = "300 + 300 users, rates from the prior Beta(5, 95)";
    let runs = lab.runs(2);
    let [interval] = lab.count_answers(setting, runs, |rng| {
        let rate = draw_rate(rng);
        let posterior = prior.update(conversions(rng, 300, rate));
        [holds(posterior.and_then(|posterior| posterior.credible_interval(ALPHA)), rate)]
    });
    let moments = lab.average(&format!("{setting} surplus"), runs, |rng| {
        let (rate_a, rate_b) = (draw_rate(rng), draw_rate(rng));
        let a = prior.update(conversions(rng, 300, rate_a)).expect("counts are small");
        let b = prior.update(conversions(rng, 300, rate_b)).expect("counts are small");
        let said = BetaPosterior::compare(a, b).expect("two arms can be compared");
        let [surplus, variance] = surplus(said.chance_to_win, rate_b > rate_a);
        let is_high = (0.8..0.9).contains(&said.chance_to_win);
        let of_high = |value: f64| if is_high { value } else { 0.0 };
        let loss = said.loss_if_treatment - (rate_a - rate_b).max(0.0);
        [surplus, variance, of_high(surplus), of_high(variance), 1e3 * loss]
    });
    let [all, all_variance, high, high_variance, loss] = moments;
    Ok(vec![
        Row::share("credible interval of a rate", setting, interval, Claim::equals(0.95)),
        calibration("chance to win, less whether it won", setting, all, all_variance),
        calibration("the same, of chances between 0.8 and 0.9", setting, high, high_variance),
        Row::mean("expected loss, less the loss, in thousandths", setting, loss, Claim::equals(0.0)),
    ])
}

/// A chance less whether it came true, and the variance of that if the chance is right.
fn surplus(chance: f64, came: bool) -> [f64; 2] {
    [chance - if came { 1.0 } else { 0.0 }, chance * (1.0 - chance)]
}

/// That chances come true as often as they say: the surplus is zero on average, with the error it has if they do.
fn calibration(method: &str, setting: &str, surplus: Moments, variance: Moments) -> Row {
    let error = (variance.mean().unwrap_or(f64::NAN) / variance.count() as f64).sqrt();
    let mean = surplus.mean().unwrap_or(f64::NAN);
    Row::estimated(method, setting, mean, error, surplus.count(), Claim::equals(0.0))
}

fn best(lab: &Lab) -> Estimate<Vec<Row>> {
    let prior = prior()?;
    let setting = "4 arms of 300 users, rates from the prior Beta(5, 95)";
    let [first, first_variance, favourite, favourite_variance] = lab.average(setting, lab.runs(50), |rng| {
        let rates: [f64; 4] = std::array::from_fn(|_| draw_rate(rng));
        let arms = rates.map(|rate| prior.update(conversions(rng, 300, rate)).expect("counts are small"));
        let said = BetaPosterior::best_of(&arms).expect("four arms can be compared");
        let chance = |place: usize| said[place].chance_to_be_best;
        let is_best = |place: usize| rates.iter().all(|rate| *rate <= rates[place]);
        let favourite = (0..4).max_by(|a, b| chance(*a).total_cmp(&chance(*b))).unwrap_or(0);
        let [first, first_variance] = surplus(chance(0), is_best(0));
        let [of_favourite, favourite_variance] = surplus(chance(favourite), is_best(favourite));
        [first, first_variance, of_favourite, favourite_variance]
    });
    Ok(vec![
        calibration("chance to be best of the first arm, less whether it was", setting, first, first_variance),
        calibration("chance to be best of the favourite, less whether it was", setting, favourite, favourite_variance),
    ])
}

fn normal_effects(lab: &Lab) -> Estimate<Vec<Row>> {
    let prior = NormalPrior::new(0.01, 0.02)?;
    let setting = "effects from the prior N(0.01, 0.02²), standard error 0.015";
    let [interval] = lab.count_answers(setting, lab.runs(1), |rng| {
        let truth = 0.01 + 0.02 * normal(rng);
        let posterior = NormalPosterior::new(truth + 0.015 * normal(rng), 0.015, Some(prior));
        [holds(posterior.and_then(|posterior| posterior.credible_interval(ALPHA)), truth)]
    });
    Ok(vec![Row::share("credible interval of an effect", setting, interval, Claim::equals(0.95))])
}

/// Calibration when one stops at the first look that pleases: sixty looks, effects from the prior.
fn stopping(lab: &Lab) -> Estimate<Vec<Row>> {
    let prior = NormalPrior::new(0.0, 1.0)?;
    let setting = "60 looks, stopped at the first chance to win above 95 %, effects from the prior";
    let [when_stopped, variance] = lab.average(setting, lab.runs(4), |rng| {
        let effect = normal(rng);
        let mut sum = 0.0;
        for look in 1..=60 {
            // Each look brings as much information as a standard error of 3.
            sum += effect + 3.0 * normal(rng);
            let posterior = NormalPosterior::new(sum / f64::from(look), 3.0 / f64::from(look).sqrt(), Some(prior));
            let chance = posterior.and_then(|posterior| posterior.chance_above(0.0)).unwrap_or(0.5);
            if chance > 0.95 {
                return surplus(chance, effect > 0.0);
            }
        }
        // Nothing was decided, so nothing can have been decided wrongly.
        [0.0; 2]
    });
    Ok(vec![calibration("chance to win when stopped, less whether it won", setting, when_stopped, variance)])
}

/// Deciding by the chance to win without any difference.
fn deciding(lab: &Lab) -> Vec<Row> {
    let day = Binomial::new(200, 0.05);
    let setting = "A/A, 200 + 200 users a day at 0.05, uniform prior";
    let runs = lab.runs(200);
    let [once, daily] = lab.count(setting, runs, |rng| {
        let (mut a, mut b) = (Proportion::default(), Proportion::default());
        let (mut stopped, mut last) = (false, false);
        for _ in 0..60 {
            a = a.merge(day.draw(rng)).expect("sixty days of users fit a counter");
            b = b.merge(day.draw(rng)).expect("sixty days of users fit a counter");
            let posterior = |arm| BetaPosterior::UNIFORM.update(arm);
            let chance = posterior(a).and_then(|a| BetaPosterior::compare(a, posterior(b)?));
            last = chance.is_ok_and(|comparison| comparison.chance_to_win > 0.95);
            stopped |= last;
        }
        [last, stopped]
    });
    let [normal_once, normal_daily] = lab.count(&format!("{setting}, normal"), lab.runs(4), |rng| {
        let (mut a, mut b) = (Proportion::default(), Proportion::default());
        let (mut stopped, mut last) = (false, false);
        for _ in 0..60 {
            a = a.merge(day.draw(rng)).expect("sixty days of users fit a counter");
            b = b.merge(day.draw(rng)).expect("sixty days of users fit a counter");
            let posterior = EffectEstimate::between(a, b)
                .and_then(|estimate| NormalPosterior::new(estimate.effect(), estimate.se(), None));
            last = posterior.and_then(|posterior| posterior.chance_above(0.0)).is_ok_and(|chance| chance > 0.95);
            stopped |= last;
        }
        [last, stopped]
    });
    let nothing = Claim::at_most(ALPHA.value()).unpromised();
    let flat = "A/A, 200 + 200 users a day at 0.05, flat prior of the effect";
    vec![
        Row::share("Beta: chance to win above 95 %, looked at once after 60 days", setting, once, nothing),
        Row::share("Beta: chance to win above 95 %, looked at daily", setting, daily, nothing),
        Row::share("normal: chance to win above 95 %, looked at once after 60 days", flat, normal_once, nothing),
        Row::share("normal: chance to win above 95 %, looked at daily", flat, normal_daily, nothing),
    ]
}
