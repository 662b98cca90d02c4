//! Over-dispersion: how much more the rates of batches vary than chance explains, and the variance that allows for it.
//!
//! Calls of one node, or of one minute, share what befell that node or minute. A test that takes them for independent sees
//! effects that are none, the more the larger its batches are.

use crate::statistics::{
    Estimate, Proportion, Undefined,
    outcome::argument,
    special::{chi_squared, solve},
};

/// The factor by which a variance is larger than independent users would make it; at least 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct VarianceInflation(f64);

impl VarianceInflation {
    /// No inflation: users are independent.
    pub const NONE: Self = Self(1.0);

    /// A factor known from elsewhere.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when it is not a number from 1 to 1e12.
    pub fn new(factor: f64) -> Estimate<Self> {
        argument("the variance inflation", factor, "from 1 to 1e12", |factor| (1.0..=1e12).contains(&factor)).map(Self)
    }

    /// The factor.
    pub fn factor(self) -> f64 {
        self.0
    }
}

/// The rates of the batches of one arm, as sums that merge in any order.
///
/// Source: Pearson's X² over its degrees of freedom, the dispersion of the quasi-binomial model (McCullagh and Nelder,
/// *Generalized Linear Models*, 1989, section 4.5). The sum of squares is kept as weighted West and Chan updates, so it does
/// not cancel.
///
/// ```text
/// X² = Σ n_i (r_i − r)² / (r (1 − r)),     φ = X² / (B − 1)     over B batches with rates r_i of n_i trials
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Dispersion {
    batches: u64,
    trials: f64,
    rate: f64,
    squares: f64,
}

impl Dispersion {
    /// No batch so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a batch; one without trials says nothing and is left out.
    pub fn record(&mut self, batch: Proportion) {
        if let Some(rate) = batch.rate() {
            self.merge(&Self { batches: 1, trials: batch.users() as f64, rate, squares: 0.0 });
        }
    }

    /// Takes in the batches of another sum of the same arm.
    pub fn merge(&mut self, other: &Self) {
        let trials = self.trials + other.trials;
        if trials == 0.0 {
            return;
        }
        let difference = other.rate - self.rate;
        let share = other.trials / trials;
        self.squares += other.squares + difference * difference * self.trials * share;
        self.rate += difference * share;
        self.trials = trials;
        self.batches = self.batches.saturating_add(other.batches);
    }

    /// The number of batches with trials.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// The estimated inflation over the batches of all `arms`, each around its own rate; never below 1.
    ///
    /// With few batches the estimate is uncertain, and as often too small as too large;
    /// [`Dispersion::upper_inflation`] is on the safe side.
    ///
    /// # Errors
    ///
    /// [`Undefined::TooFewBatches`] when no arm has two batches, [`Undefined::ZeroVariance`] when no arm with two batches
    /// has both successes and failures.
    pub fn inflation(arms: &[Self]) -> Estimate<VarianceInflation> {
        let (pearson, freedom) = Self::pearson(arms)?;
        VarianceInflation::new((pearson / freedom).max(1.0))
    }

    /// The inflation that the true one exceeds with probability 1 − `confidence` at most, if X²/φ is chi-squared, as it is
    /// nearly for batches of some size. With ten batches and 90 % it is twice the estimate, with a hundred 1.2 times.
    ///
    /// # Errors
    ///
    /// As for [`Dispersion::inflation`], and [`Undefined::OutOfDomain`] when `confidence` is not from 0.5 to 0.999.
    pub fn upper_inflation(arms: &[Self], confidence: f64) -> Estimate<VarianceInflation> {
        let expected = "from 0.5 to 0.999";
        argument("the confidence of an upper limit", confidence, expected, |value| (0.5..=0.999).contains(&value))?;
        let (pearson, freedom) = Self::pearson(arms)?;
        // The quantile lies below the median, which is below the degrees of freedom.
        let quantile = solve::root(|x| chi_squared::sf(x, freedom) - confidence, 0.0, freedom);
        let quantile = quantile.ok_or(Undefined::Overflow { what: "the quantile of the chi-squared distribution" })?;
        VarianceInflation::new((pearson / quantile).max(1.0))
    }

    /// X² and its degrees of freedom, summed over the arms.
    fn pearson(arms: &[Self]) -> Estimate<(f64, f64)> {
        if arms.iter().all(|arm| arm.batches < 2) {
            return Err(Undefined::TooFewBatches);
        }
        let (mut pearson, mut freedom) = (0.0, 0.0);
        for arm in arms {
            let variance = arm.rate * (1.0 - arm.rate);
            if arm.batches >= 2 && variance > 0.0 {
                pearson += arm.squares / variance;
                freedom += (arm.batches - 1) as f64;
            }
        }
        if freedom > 0.0 { Ok((pearson, freedom)) } else { Err(Undefined::ZeroVariance) }
    }
}
