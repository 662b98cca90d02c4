//! Effects and means with a normal distribution.

use crate::statistics::special::normal;
use crate::statistics::{Alpha, Estimate, Interval, Undefined, outcome::argument};

use super::contest::{Contender, Curve, Placed, contest};
use super::{Comparison, MAXIMUM_CONTENDERS};

/// What was believed of an effect before the data: N(mean, sd²).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalPrior {
    mean: f64,
    sd: f64,
}

impl NormalPrior {
    /// An effect around `mean`, in two of three cases within `sd` of it.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when `mean` is not finite, or `sd` is not from 1e-150 to 1e150.
    pub fn new(mean: f64, sd: f64) -> Estimate<Self> {
        Ok(Self { mean: finite_argument("the mean of the prior", mean)?, sd: scale("the sd of the prior", sd)? })
    }
}

/// What is known of an effect (treatment minus control), or of the mean of an arm: a normal distribution.
///
/// Source: the conjugate normal model with known variance (Gelman et al., *Bayesian Data Analysis*, 3rd edition 2013,
/// section 2.5): precisions add, means are averaged with them. The estimate has to be asymptotically normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalPosterior {
    mean: f64,
    sd: f64,
}

impl NormalPosterior {
    /// What is known after an estimate with standard error `se`; without a prior, every effect was as likely.
    ///
    /// # Errors
    ///
    /// [`Undefined::ZeroVariance`] when `se` is zero, [`Undefined::OutOfDomain`] when `effect` is not finite or `se` is not
    /// from 1e-150 to 1e150, [`Undefined::Overflow`] when the posterior mean leaves the range of a double.
    pub fn new(effect: f64, se: f64, prior: Option<NormalPrior>) -> Estimate<Self> {
        let effect = finite_argument("the effect", effect)?;
        if se == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        let se = scale("the standard error", se)?;
        let Some(prior) = prior else { return Ok(Self { mean: effect, sd: se }) };
        let ratio = se / prior.sd;
        let weight = 1.0 / (1.0 + ratio * ratio);
        // A weighted mean, without the difference of the two, which might overflow.
        let mean = weight * effect + prior.mean / (1.0 + 1.0 / (ratio * ratio));
        let sd = if ratio <= 1.0 { se / libm::hypot(1.0, ratio) } else { prior.sd / libm::hypot(1.0, 1.0 / ratio) };
        Ok(Self { mean, sd })
    }

    /// The expected effect.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Its standard deviation, above zero.
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// The probability that the effect is above `threshold`. Relative error below 1e-12 for |z| ≤ 10, 1e-9 down to 1e-290.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when `threshold` is not finite.
    pub fn chance_above(&self, threshold: f64) -> Estimate {
        let threshold = finite_argument("the threshold", threshold)?;
        Ok(normal::cdf((self.mean - threshold) / self.sd))
    }

    /// The chance that the effect is above zero, and what either choice may lose: E[max(effect, 0)] by staying with the
    /// control, E[max(−effect, 0)] by taking the treatment.
    ///
    /// With k = mean/sd these are sd (φ(k) ± k Φ(±k)). Relative error below 1e-9 down to 1e-290.
    ///
    /// # Errors
    ///
    /// [`Undefined::Overflow`](crate::statistics::Undefined::Overflow) when a loss leaves the range of a double.
    pub fn against_zero(&self) -> Estimate<Comparison> {
        let k = self.mean / self.sd;
        Comparison::new(normal::cdf(k), self.sd * unit_loss(-k), self.sd * unit_loss(k))
    }

    /// The equal-tailed interval in which the effect lies with probability 1 − `level`.
    ///
    /// # Errors
    ///
    /// [`Undefined::Overflow`](crate::statistics::Undefined::Overflow) when a limit leaves the range of a double.
    pub fn credible_interval(&self, level: Alpha) -> Estimate<Interval> {
        Interval::around(self.mean, level.z_two_sided() * self.sd)
    }

    /// Several independent arms against each other, by the posteriors of their means, in their order. Relative error below
    /// 1e-8 down to 1e-100.
    ///
    /// # Errors
    ///
    /// [`Undefined::OneArm`] for fewer than two arms, [`Undefined::OutOfDomain`] for more than 32, and
    /// [`Undefined::Overflow`] when an expected loss leaves the range of a double.
    pub fn best_of(arms: &[Self]) -> Estimate<Vec<Contender>> {
        let (Some(first), true) = (arms.first(), arms.len() >= 2) else { return Err(Undefined::OneArm) };
        argument("the number of arms", arms.len() as f64, "at most 32", |count| count <= MAXIMUM_CONTENDERS as f64)?;
        let contenders: Vec<_> =
            arms.iter().map(|arm| Placed { curve: Gaussian { sd: arm.sd }, mode: arm.mean - first.mean }).collect();
        contest(&contenders, None, |_| 1.0)
    }
}

/// φ(k) − k Φ(−k): the expected shortfall of a standard normal variable below −k.
fn unit_loss(k: f64) -> f64 {
    (normal::pdf(k) - k * normal::sf(k)).max(0.0)
}

fn finite_argument(what: &'static str, value: f64) -> Estimate {
    argument(what, value, "a finite number", |_| true)
}

fn scale(what: &'static str, value: f64) -> Estimate {
    argument(what, value, "from 1e-150 to 1e150", |value| (1e-150..=1e150).contains(&value))
}

struct Gaussian {
    sd: f64,
}

impl Curve for Gaussian {
    fn log_density(&self, d: f64) -> f64 {
        let z = d / self.sd;
        -0.5 * z * z
    }

    fn resolution(&self, _: f64) -> f64 {
        3.0 * self.sd
    }
}
