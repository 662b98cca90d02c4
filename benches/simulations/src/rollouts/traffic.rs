//! Traffic of two arms, look by look, and what judges it: the guardrail, and the plain rules that others use.

use std::time::Duration;

use fastrand::Rng;
use flags_ab::statistics::{
    Alpha, Estimate, Proportion,
    sequential::{EffectEstimate, OneSidedConfidenceSequence},
    two_proportion_z,
};
use flags_core::Timestamp;
use flags_rollout::{
    guardrail::{Arms, Batch, Counts, Evidence, Reading},
    machine::Verdict,
    plan::Plan,
};

use super::ALPHA;
use crate::variates::beta;

/// How the arms fare, look by look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traffic {
    /// The runs of each arm between two looks.
    pub(super) runs: Arms<u64>,
    /// The share that fails.
    pub(super) rates: Arms<f64>,
    /// The same from some look on.
    pub(super) later: Option<(usize, Arms<f64>)>,
    /// The share that fails in both arms from the 40th to the 49th look.
    pub(super) outage: Option<f64>,
    /// What the parameters of the beta distribution sum to that a look's rate is drawn from.
    pub(super) concentration: Option<f64>,
    /// How many looks share their rates.
    pub(super) lasting: usize,
    /// How many looks there are.
    pub(super) looks: usize,
}

impl Traffic {
    /// So many runs in each arm at each of 240 looks, failing at constant rates.
    pub(super) fn new(runs: u64, control: f64, treatment: f64) -> Self {
        Self {
            runs: Arms::new(runs, runs),
            rates: Arms::new(control, treatment),
            later: None,
            outage: None,
            concentration: None,
            lasting: 1,
            looks: 240,
        }
    }

    /// The runs that each look brings, in order, until `each` says that it has seen enough.
    pub(super) fn run(&self, rng: &mut Rng, mut each: impl FnMut(usize, Arms<Counts>) -> bool) {
        let mut drawn = Arms::new(0.0, 0.0);
        for look in 1..=self.looks {
            if (look - 1).is_multiple_of(self.lasting) {
                drawn = self.rates_at(look, rng);
            }
            let control = Counts::new(failures(rng, self.runs.control, drawn.control), self.runs.control);
            let treatment = Counts::new(failures(rng, self.runs.treatment, drawn.treatment), self.runs.treatment);
            if each(look, Arms::new(control, treatment)) {
                return;
            }
        }
    }

    fn rates_at(&self, look: usize, rng: &mut Rng) -> Arms<f64> {
        let rates = match (self.later, self.outage) {
            (_, Some(share)) if (40..50).contains(&look) => Arms::new(share, share),
            (Some((from, later)), _) if look >= from => later,
            _ => self.rates,
        };
        let mut drawn = |rate: f64| match self.concentration {
            Some(sum) if rate > 0.0 && rate < 1.0 => beta(rng, rate * sum, (1.0 - rate) * sum),
            _ => rate,
        };
        Arms::new(drawn(rates.control), drawn(rates.treatment))
    }
}

/// How many of so many runs fail at a rate: from one of the rarer outcome to the next is a geometric number of runs.
fn failures(rng: &mut Rng, runs: u64, rate: f64) -> u64 {
    let rare = rate.min(1.0 - rate);
    let (mut count, mut at) = (0, 0.0);
    if rare > 0.0 {
        let scale = 1.0 / libm::log1p(-rare);
        loop {
            at += libm::floor(libm::log(1.0 - rng.f64()) * scale) + 1.0;
            if at > runs as f64 {
                break;
            }
            count += 1;
        }
    }
    if rate > 0.5 { runs - count } else { count }
}

/// The guardrail of a plan, as the machine asks it.
pub(super) struct Guard<'p> {
    plan: &'p Plan,
    evidence: Evidence,
    now: Timestamp,
}

impl<'p> Guard<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        let now = Timestamp::from_millis(0);
        Self { plan, evidence: Evidence::new(plan, plan.stage(0).percentage, 1, now), now }
    }

    /// Whether it fails at a look.
    pub(super) fn fails(&mut self, runs: Arms<Counts>) -> bool {
        self.now = self.now.saturating_add(Duration::from_secs(5));
        let batch = Batch { runs, readings: vec![Reading::Counts(runs)], ..Batch::default() };
        self.evidence.record(self.plan, &batch, self.now);
        self.evidence.observe(self.plan, &[], self.now).verdict(0) == Verdict::Fail
    }
}

/// What others judge by.
pub(super) struct PlainRules {
    sequence: OneSidedConfidenceSequence,
    total: [Proportion; 2],
    z_in_a_row: usize,
    bound_in_a_row: usize,
}

/// Their names, in the order of [`PlainRules::fail`].
pub(super) const PLAIN: [&str; 5] = [
    "confidence sequence that takes runs for independent",
    "z-test at every look",
    "z-test, three looks in a row",
    "more than 2 % of a look",
    "more than 2 % of a look, three in a row",
];

impl PlainRules {
    pub(super) fn new() -> Estimate<Self> {
        let sequence = OneSidedConfidenceSequence::new(Alpha::new(ALPHA)?, 2_000.0)?;
        Ok(Self { sequence, total: [Proportion::default(); 2], z_in_a_row: 0, bound_in_a_row: 0 })
    }

    /// Which of them fail at a look.
    pub(super) fn fail(&mut self, runs: Arms<Counts>) -> [bool; 5] {
        for (total, counts) in self.total.iter_mut().zip([runs.control, runs.treatment]) {
            let counts = Proportion::new(counts.bad, counts.runs).expect("no more runs fail than there are");
            *total = total.merge(counts).expect("the runs of a simulation fit a counter");
        }
        let [control, treatment] = self.total;
        let bounds = EffectEstimate::between(control, treatment).and_then(|estimate| self.sequence.look(&estimate));
        let z = two_proportion_z(control, treatment).and_then(|test| test.pooled).map_or(0.0, |test| test.z);
        let is_above = runs.treatment.rate().is_some_and(|rate| rate > 0.02);
        self.z_in_a_row = if z > 1.644_853_626_951_472 { self.z_in_a_row + 1 } else { 0 };
        self.bound_in_a_row = if is_above { self.bound_in_a_row + 1 } else { 0 };
        [
            bounds.is_ok_and(|bounds| bounds.lower > 0.0),
            self.z_in_a_row >= 1,
            self.z_in_a_row >= 3,
            is_above,
            self.bound_in_a_row >= 3,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_the_mean_and_the_variance_of_the_binomial() {
        let mut rng = Rng::with_seed(1);
        for (runs, rate) in [(200, 0.01), (50, 0.4), (50, 0.8)] {
            let drawn: Vec<f64> = (0..50_000).map(|_| failures(&mut rng, runs, rate) as f64).collect();
            let mean = drawn.iter().sum::<f64>() / 50_000.0;
            let variance = drawn.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / 50_000.0;
            let expected = runs as f64 * rate * (1.0 - rate);
            assert!((mean - runs as f64 * rate).abs() < 5.0 * (expected / 50_000.0).sqrt(), "{runs} {rate} {mean}");
            assert!((variance / expected - 1.0).abs() < 0.05, "{runs} {rate} {variance}");
        }
        assert_eq!((failures(&mut rng, 7, 0.0), failures(&mut rng, 7, 1.0)), (0, 7));
    }
}
