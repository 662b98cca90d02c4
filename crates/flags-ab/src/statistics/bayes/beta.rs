//! Rates with a Beta distribution: what is known of a conversion rate, before and after the data.

use crate::statistics::special::{beta, elementary};
use crate::statistics::{Alpha, Estimate, Interval, Proportion, Undefined, outcome::argument};

use super::contest::{Contender, Curve, Placed, contest};
use super::{Comparison, MAXIMUM_CONTENDERS};

/// The smallest and largest parameter: below, a distribution is a coin between 0 and 1; above, no counter goes.
const PARAMETERS: (f64, f64) = (1e-3, 1e20);

/// What is known of a rate: a Beta distribution, which stays one when conversions are counted (the beta-binomial model).
///
/// Source: Gelman et al., *Bayesian Data Analysis*, 3rd edition 2013, section 2.4. The rates of two arms are independent.
///
/// ```
/// use flags_ab::statistics::Proportion;
/// use flags_ab::statistics::bayes::BetaPosterior;
///
/// let control = BetaPosterior::UNIFORM.update(Proportion::new(10, 100)?)?;
/// let treatment = BetaPosterior::UNIFORM.update(Proportion::new(14, 100)?)?;
/// let comparison = BetaPosterior::compare(control, treatment)?;
/// assert!((comparison.chance_to_win - 0.803_416_9).abs() < 1e-7);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaPosterior {
    alpha: f64,
    beta: f64,
}

impl BetaPosterior {
    /// Every rate is as likely: Beta(1, 1), the usual prior.
    pub const UNIFORM: Self = Self { alpha: 1.0, beta: 1.0 };

    /// Jeffreys' prior Beta(½, ½), which is the same on every scale of the rate.
    pub const JEFFREYS: Self = Self { alpha: 0.5, beta: 0.5 };

    /// Beta(`alpha`, `beta`): as if `alpha` conversions and `beta` others had been seen.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when a parameter is not from 1e-3 to 1e20.
    pub fn new(alpha: f64, beta: f64) -> Estimate<Self> {
        let inside = |value: f64| (PARAMETERS.0..=PARAMETERS.1).contains(&value);
        Ok(Self {
            alpha: argument("alpha of a Beta distribution", alpha, "from 1e-3 to 1e20", inside)?,
            beta: argument("beta of a Beta distribution", beta, "from 1e-3 to 1e20", inside)?,
        })
    }

    /// What is known after these users too.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when a parameter exceeds 1e20.
    pub fn update(self, data: Proportion) -> Estimate<Self> {
        Self::new(self.alpha + data.conversions() as f64, self.beta + data.failures() as f64)
    }

    /// The first parameter, which counts conversions.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The second parameter, which counts users without conversion.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// The expected rate, α / (α + β).
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// The equal-tailed interval in which the rate lies with probability 1 − `level`. Relative error of the limits below
    /// 1e-9.
    ///
    /// # Errors
    ///
    /// [`Undefined::Overflow`] when a limit is too close to 0 or 1 for a double.
    pub fn credible_interval(&self, level: Alpha) -> Estimate<Interval> {
        let tail = 0.5 * level.value();
        Interval::between(
            beta::quantile(tail, self.alpha, self.beta),
            beta::upper_quantile(tail, self.alpha, self.beta),
        )
    }

    /// Treatment against control: the chance to win and what either choice may lose.
    ///
    /// Relative error below 1e-9, also of small chances and losses down to 1e-100.
    ///
    /// # Errors
    ///
    /// None for parameters in their range; the type is that of the other analyses.
    pub fn compare(control: Self, treatment: Self) -> Estimate<Comparison> {
        Comparison::of(&Self::best_of(&[control, treatment])?)
    }

    /// Several arms against each other, in their order. Relative error below 1e-8 down to 1e-100.
    ///
    /// # Errors
    ///
    /// [`Undefined::OneArm`] for fewer than two arms, [`Undefined::OutOfDomain`] for more than 32.
    pub fn best_of(arms: &[Self]) -> Estimate<Vec<Contender>> {
        let (Some(first), true) = (arms.first(), arms.len() >= 2) else { return Err(Undefined::OneArm) };
        argument("the number of arms", arms.len() as f64, "at most 32", |count| count <= MAXIMUM_CONTENDERS as f64)?;
        // The grid is the logit of the rate, where the densities are nearly Gaussian; its origin is the first arm's mode.
        let origin = libm::log(first.alpha / first.beta);
        let contenders: Vec<_> =
            arms.iter().map(|arm| Placed { curve: LogitBeta::of(*arm), mode: arm.logit_beyond(first) }).collect();
        let fabric = Placed { curve: LogitBeta::of(Self::UNIFORM), mode: -origin };
        contest(&contenders, Some(&fabric), |place| {
            let odds = libm::exp(-(origin + place).abs());
            odds / ((1.0 + odds) * (1.0 + odds))
        })
    }

    /// ln(α/β) minus that of another, exact also when the two nearly agree.
    fn logit_beyond(&self, other: &Self) -> f64 {
        let (left, right) = (self.alpha * other.beta, other.alpha * self.beta);
        // The difference of the products, with the rounding of the first one taken back.
        let rounding = libm::fma(self.alpha, other.beta, -left);
        let excess = (libm::fma(-other.alpha, self.beta, left) + rounding) / right;
        if excess.abs() < 0.5 {
            libm::log1p(excess)
        } else {
            libm::log(self.alpha / self.beta) - libm::log(other.alpha / other.beta)
        }
    }
}

/// The density of the logit of a Beta variable: x^α (1 − x)^β, with its mode at x = α / (α + β).
struct LogitBeta {
    /// The smaller of the two parameters, for whose side the formulas do not cancel.
    lesser: f64,
    total: f64,
    /// The smaller parameter over the sum of both, at most a half.
    share: f64,
    /// −1 when the second parameter is the smaller one, so that the axis is reversed.
    direction: f64,
    /// The logit of the mode in the reversed axis, at most zero.
    mode: f64,
}

impl LogitBeta {
    fn of(posterior: BetaPosterior) -> Self {
        let BetaPosterior { alpha, beta } = posterior;
        let (lesser, greater) = (alpha.min(beta), alpha.max(beta));
        let total = alpha + beta;
        Self {
            lesser,
            total,
            share: lesser / total,
            direction: if alpha <= beta { 1.0 } else { -1.0 },
            mode: libm::log(lesser / greater),
        }
    }
}

impl Curve for LogitBeta {
    /// α d − (α + β) ln(1 + s (e^d − 1)), s = α / (α + β).
    fn log_density(&self, d: f64) -> f64 {
        let d = d * self.direction;
        if d.abs() <= 1.0 {
            // The linear terms cancel by algebra: (α + β) s = α.
            -self.lesser * elementary::exp_m1_minus(d)
                - self.total * elementary::ln_1p_minus(self.share * libm::expm1(d))
        } else if d < 700.0 {
            self.lesser * d - self.total * libm::log1p(self.share * libm::expm1(d))
        } else {
            (self.lesser - self.total) * d - self.total * libm::log(self.share)
        }
    }

    fn resolution(&self, d: f64) -> f64 {
        let place = self.mode + d * self.direction;
        // −(ln f)″ = (α + β) x (1 − x) at x = 1 / (1 + e^−place).
        let odds = libm::exp(-place.abs());
        let curvature = self.total * odds / ((1.0 + odds) * (1.0 + odds));
        // The branch points ±iπ bound the radius of convergence.
        (3.0 / libm::sqrt(curvature)).min(3.0 + 0.5 * place.abs())
    }
}
