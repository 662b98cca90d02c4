//! The evidence that the treatment is worse than the control by more than is allowed: two bets, of which the average counts.
//!
//! A bet wins nothing on average while there is no harm, whatever the rates are and however they change, so it ever multiplies
//! its stake by 1/alpha with at most the probability alpha (Ville's inequality): however often it is looked.
//!
//! - *By batches*: bad runs of a batch are as likely to lie with either arm. Given how many there are, their difference is as
//!   likely to be positive as negative, and a bet on the sign is fair. That holds for runs that share what befell them, however
//!   much: for any over-dispersion, and for outages that hit both arms. It can at most double with each batch.
//! - *By runs*: the likelihood of the bad runs of both arms, which settles large effects within a batch or two. For runs that
//!   share what befell them it is too sure, so each batch counts for as many runs only as are independent of each other.
//!
//! Harm may set in at any time, so a part of the stake is kept back and comes in little by little.
//!
//! Sources: Ramdas, Ruf, Larsson and Koolen, *Testing exchangeability*, arXiv 2102.00630 (bets on signs); Turner, Ly and
//! Grünwald, *Generic E-variables for exact sequential k-sample tests*, arXiv 2106.02693 (bets on two rates); Shin, Ramdas and
//! Rinaldo, *E-detectors*, arXiv 2203.03532 (bets that begin at any time).

use super::{Arms, Counts};

/// How much is bet at least on a difference of one standard deviation of a batch; five more bets are each twice as strong as the
/// one before, up to 2: on slight harm to strong.
const LEAST_STRENGTH: f64 = 0.0625;
/// How many times as often bad runs are bet to come in the treatment.
const RISKS: [f64; 6] = [1.5, 2.0, 3.0, 5.0, 10.0, 30.0];
/// The stakes on either, the least first: what is found soon is strong. They sum to one.
const STAKES: [f64; 6] = [1.0 / 12.0, 1.0 / 12.0, 1.0 / 6.0, 1.0 / 6.0, 0.25, 0.25];
/// The stake of the bet by runs; that by batches has the rest.
const BY_RUNS: f64 = 0.1;

/// The correlation of the runs of one batch that is assumed where there are few batches to estimate it from.
const ASSUMED_CORRELATION: f64 = 0.03;
/// How many batches that assumption is worth.
const ASSUMED_BATCHES: f64 = 15.0;

/// The part of the stake that is bet from the first batch on.
const AT_ONCE: f64 = 0.8;
/// The rest is shared out over the later batches by this power of their number, whose sum from the second on is below.
const LATER_POWER: f64 = 1.25;
const LATER_SUM: f64 = 3.595_111_765;

/// What both bets have come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Harm {
    /// How many times as many bad runs the treatment may have.
    allowed: f64,
    batches: u64,
    by_batches: Bets,
    by_runs: Bets,
    dispersion: Arms<Neighbours>,
    runs: f64,
}

/// The logarithms of what bets of different strength have come to.
#[derive(Clone, Copy, Debug)]
struct Bets([f64; 6]);

impl Harm {
    /// No batch so far; the treatment may have as many bad runs, and this share more.
    pub(super) fn new(max_increase: f64) -> Self {
        Self {
            allowed: 1.0 + max_increase,
            batches: 0,
            by_batches: Bets::NOTHING,
            by_runs: Bets::NOTHING,
            dispersion: Arms::default(),
            runs: 0.0,
        }
    }

    /// Takes in a batch. One in which an arm has no runs says nothing.
    pub(super) fn record(&mut self, batch: Arms<Counts>) {
        let Arms { control, treatment } = batch;
        if control.runs == 0 || treatment.runs == 0 {
            return;
        }
        self.batches += 1;
        let stake = ln_stake(self.batches);
        self.by_batches.record(stake, signs(batch, self.allowed));
        // As it was before this batch: what is bet on a batch must not depend on its outcome.
        let independent = 1.0 / self.inflation(control.runs.max(treatment.runs) as f64);
        self.by_runs.record(stake, likelihoods(batch, self.allowed, independent));
        self.dispersion.control.record(control);
        self.dispersion.treatment.record(treatment);
        self.runs += control.runs as f64 + treatment.runs as f64;
    }

    /// The logarithm of what a stake of one has come to: it ever reaches −ln(alpha) with at most the probability alpha while
    /// there is no harm.
    pub(super) fn ln_e(&self) -> f64 {
        let by_batches = libm::log1p(-BY_RUNS) + self.by_batches.ln();
        ln_sum(by_batches, libm::log(BY_RUNS) + self.by_runs.ln())
    }

    /// By how much the variance of a batch of that size is larger than that of independent runs: by what has been seen between
    /// the batches of each arm, and where there are few of them by what is assumed.
    fn inflation(&self, size: f64) -> f64 {
        let seen = self.dispersion.control.and(self.dispersion.treatment.without_largest());
        let mean_size = self.runs / (2.0 * self.batches.saturating_sub(1) as f64);
        let correlation = match seen.factor() {
            Some(factor) if mean_size > 1.0 => (factor - 1.0).max(0.0) / (mean_size - 1.0),
            _ => 0.0,
        };
        let known = ASSUMED_BATCHES * ASSUMED_CORRELATION + seen.pairs * correlation.min(1.0);
        1.0 + (size - 1.0) * known / (ASSUMED_BATCHES + seen.pairs)
    }
}

/// How much the batches of an arm differ from their neighbours, beside how much independent runs would.
///
/// From neighbour to neighbour, so that a rate that rises and stays there counts once: harm that sets in late is no dispersion.
/// Source: von Neumann, *Distribution of the ratio of the mean square successive difference to the variance*, 1941.
#[derive(Clone, Copy, Debug, Default)]
struct Neighbours {
    last: Option<Counts>,
    pairs: f64,
    seen: f64,
    expected: f64,
    /// What the pair that differs most has added to both.
    largest: (f64, f64),
}

impl Neighbours {
    fn record(&mut self, batch: Counts) {
        if let Some(last) = self.last.replace(batch) {
            let (a, b) = (last.runs as f64, batch.runs as f64);
            let (x, y) = (last.bad.min(last.runs) as f64, batch.bad.min(batch.runs) as f64);
            let rate = (x + y) / (a + b);
            let difference = y / b - x / a;
            self.pairs += 1.0;
            let (seen, expected) = (difference * difference * a * b / (a + b), rate * (1.0 - rate));
            if seen > self.largest.0 {
                self.largest = (seen, expected);
            }
            self.seen += seen;
            self.expected += expected;
        }
    }

    /// The same but for the pair that differs most, which may be the one at which harm has set in.
    fn without_largest(self) -> Self {
        let (seen, expected) = self.largest;
        Self { seen: self.seen - seen, expected: self.expected - expected, pairs: (self.pairs - 1.0).max(0.0), ..self }
    }

    /// Those of both arms.
    fn and(self, other: Self) -> Self {
        Self {
            last: None,
            pairs: self.pairs + other.pairs,
            seen: self.seen + other.seen,
            expected: self.expected + other.expected,
            largest: (0.0, 0.0),
        }
    }

    /// By how much the variance is larger than that of independent runs; `None` where no run was bad, or all were.
    fn factor(self) -> Option<f64> {
        (self.expected > 0.0).then(|| self.seen / self.expected)
    }
}

impl Bets {
    const NOTHING: Self = Self([f64::NEG_INFINITY; 6]);

    /// Adds a stake to each bet and lets it gain, both as logarithms.
    fn record(&mut self, stake: f64, gains: [f64; 6]) {
        for (ln, gain) in self.0.iter_mut().zip(gains) {
            *ln = ln_sum(*ln, stake) + gain;
        }
    }

    fn ln(&self) -> f64 {
        let parts = self.0.iter().zip(STAKES).map(|(ln, stake)| ln + libm::log(stake));
        parts.fold(f64::NEG_INFINITY, ln_sum)
    }
}

/// The logarithm of the stake that comes in with the batch of that number, from 1 on.
fn ln_stake(number: u64) -> f64 {
    match number {
        1 => libm::log(AT_ONCE),
        later => libm::log((1.0 - AT_ONCE) / LATER_SUM) - LATER_POWER * libm::log(later as f64),
    }
}

/// What bets on the sign of a batch's difference gain: 1 + tanh(strength · difference / √bad), which is 1 on average where
/// either sign is as likely.
///
/// It is so where both arms expect as many bad runs. Where one has more runs, or may have more bad ones, each of its bad runs is
/// kept with the probability that makes them even, and the gain is the average over what may be kept. That leaves an arm that
/// had more runs with a slightly longer tail: a little against harm where it is the treatment, as above half of the units, and a
/// little for it in the batches in which the control happens to have more, which batches of the opposite kind make up for.
fn signs(batch: Arms<Counts>, allowed: f64) -> [f64; 6] {
    let Arms { control, treatment } = batch;
    let (expected, kept) = (allowed * treatment.runs as f64, control.runs as f64);
    let mut means = [0.0; 6];
    let mut bet = |control: f64, treatment: f64, chance: f64| {
        let bad = control + treatment;
        if bad > 0.0 {
            let deviations = (treatment - control) / libm::sqrt(bad);
            let mut gain = libm::tanh(LEAST_STRENGTH * deviations);
            for mean in &mut means {
                // Never all of the stake: what is lost whole does not come back.
                *mean += chance * gain.clamp(-0.999_999_999, 0.999_999_999);
                // The hyperbolic tangent of twice as much.
                gain = 2.0 * gain / (1.0 + gain * gain);
            }
        }
    };
    if expected > kept {
        thinned(treatment.bad, kept / expected, |treatment, chance| bet(control.bad as f64, treatment, chance));
    } else {
        thinned(control.bad, expected / kept, |control, chance| bet(control, treatment.bad as f64, chance));
    }
    means.map(libm::log1p)
}

/// What bets on both arms' likelihoods gain. Of `runs` runs a batch counts for `independent · runs`.
///
/// A bad run multiplies the stake by q/q₀ in the treatment and by (1 − q)/(1 − q₀) in the control, where q₀ is the treatment's
/// share of the bad runs that is allowed and q the one that is bet on. On average that is at most 1, for any rates.
fn likelihoods(batch: Arms<Counts>, allowed: f64, independent: f64) -> [f64; 6] {
    let Arms { control, treatment } = batch;
    let (expected, kept) = (allowed * treatment.runs as f64, control.runs as f64);
    RISKS.map(|risk| {
        let rest = (expected + kept) / (risk * expected + kept);
        let gain = treatment.bad as f64 * libm::log(risk * rest) + control.bad as f64 * libm::log(rest);
        independent * gain
    })
}

/// Calls `each` with what may be left of `count` where each is kept with that probability, and how likely that is: the binomial
/// distribution, or for many a few numbers that stand for it.
fn thinned(count: u64, keep: f64, mut each: impl FnMut(f64, f64)) {
    /// From here on sixteen numbers stand for all.
    const MANY: u64 = 64;
    /// The quantiles of the normal distribution at (i + ½)/16, of which the negative ones are as likely, scaled to variance 1.
    const QUANTILES: [f64; 8] =
        [0.081_587, 0.246_806, 0.418_537, 0.602_581, 0.807_859, 1.050_884, 1.371_377, 1.938_153];
    let n = count as f64;
    if keep >= 1.0 {
        each(n, 1.0);
    } else if count <= MANY {
        let odds = keep / (1.0 - keep);
        let mut chance = libm::pow(1.0 - keep, n);
        for kept in 0..=count {
            each(kept as f64, chance);
            chance *= odds * (count - kept) as f64 / (kept + 1) as f64;
        }
    } else {
        let (mean, deviation) = (n * keep, libm::sqrt(n * keep * (1.0 - keep)));
        for quantile in QUANTILES {
            for sign in [-1.0, 1.0] {
                each((mean + sign * quantile * deviation).clamp(0.0, n), 1.0 / 16.0);
            }
        }
    }
}

/// The logarithm of the sum of two numbers given by their logarithms.
fn ln_sum(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + libm::log1p(libm::exp(low - high)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(control: (u64, u64), treatment: (u64, u64)) -> Arms<Counts> {
        Arms::new(Counts::new(control.0, control.1), Counts::new(treatment.0, treatment.1))
    }

    /// The probability of each count of bad runs.
    fn binomial(runs: u64, rate: f64) -> Vec<f64> {
        let mut chances = vec![];
        thinned(runs, rate, |_, chance| chances.push(chance));
        chances
    }

    // E8: with every outcome listed, no bet wins on average where there is no harm.
    #[test]
    fn no_bet_wins_on_average_without_harm() {
        for (control_runs, treatment_runs, allowed) in
            [(20, 20, 1.0), (20, 20, 1.25), (15, 45, 1.0), (20, 24, 1.1), (20, 18, 1.1)]
        {
            for rate in [0.01, 0.1, 0.3, 0.6] {
                let (without, with) = (binomial(control_runs, rate), binomial(treatment_runs, rate * allowed));
                let (mut signs_mean, mut likelihoods_mean) = ([0.0; 6], [0.0; 6]);
                for (control, a) in (0..).zip(&without) {
                    for (treatment, b) in (0..).zip(&with) {
                        let batch = batch((control, control_runs), (treatment, treatment_runs));
                        for (mean, gain) in signs_mean.iter_mut().zip(signs(batch, allowed)) {
                            *mean += a * b * libm::exp(gain);
                        }
                        for (mean, gain) in likelihoods_mean.iter_mut().zip(likelihoods(batch, allowed, 1.0)) {
                            *mean += a * b * libm::exp(gain);
                        }
                    }
                }
                let at = format!("{control_runs} {treatment_runs} {allowed} {rate}");
                assert!(likelihoods_mean.iter().all(|mean| *mean <= 1.0 + 1e-9), "{at}: {likelihoods_mean:?}");
                // Here the control may have the slightly longer tail.
                assert!(signs_mean.iter().all(|mean| *mean <= 1.0 + 3e-3), "{at}: {signs_mean:?}");
                if control_runs == treatment_runs {
                    assert!(signs_mean.iter().all(|mean| (mean - 1.0).abs() < 1e-8), "{at}: {signs_mean:?}");
                }
            }
        }
    }

    #[test]
    fn the_stakes_sum_to_one() {
        let later: f64 = (2..2_000_000).map(|number| libm::exp(ln_stake(number))).sum();
        assert!(AT_ONCE + later <= 1.0 && later > 0.95 * (1.0 - AT_ONCE) * (1.0 - 0.04), "{later}");
        assert!((STAKES.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn many_that_are_kept_are_stood_for_by_a_few() {
        for (count, keep) in [(64, 0.5), (1_000, 0.9), (1_000_000, 0.3)] {
            let (mut total, mut mean, mut squares) = (0.0, 0.0, 0.0);
            thinned(count, keep, |kept, chance| {
                total += chance;
                mean += chance * kept;
                squares += chance * kept * kept;
            });
            let n = count as f64;
            assert!((total - 1.0).abs() < 1e-9 && (mean / (n * keep) - 1.0).abs() < 1e-9, "{count} {keep}");
            let variance = squares - mean * mean;
            assert!((variance / (n * keep * (1.0 - keep)) - 1.0).abs() < 0.06, "{count} {keep} {variance}");
        }
    }

    #[test]
    fn what_says_nothing_changes_nothing() {
        let mut harm = Harm::new(0.0);
        harm.record(batch((0, 100), (90, 100)));
        let before = harm.ln_e();
        for nothing in [batch((0, 0), (5, 5)), batch((5, 5), (0, 0))] {
            harm.record(nothing);
            assert_eq!(harm.ln_e(), before);
        }
        assert!(before > 3.0, "{before}");
    }

    // Numbers of any size leave a number.
    #[test]
    fn extremes_stay_numbers() {
        let mut harm = Harm::new(1_000.0);
        for bad in [(u64::MAX, u64::MAX), (0, u64::MAX), (1, 1)] {
            harm.record(batch((bad.0, bad.1), (bad.1, bad.1)));
            harm.record(batch((bad.1, bad.1), (bad.0, bad.1)));
            assert!(!harm.ln_e().is_nan(), "{harm:?}");
        }
    }
}
