//! CUPED: less variance by what was known about each user before the experiment.

use super::{
    level::Alpha,
    moments::{JointMoments, residual},
    outcome::{Arm, Estimate, Undefined, finite},
    sample::Summary,
    welch_t::{Spread, WelchT, welch_t},
};

/// A comparison after the part that was to be expected has been taken out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cuped {
    /// How much of the difference before is taken off the metric; 0 where the covariate does not vary.
    pub theta: f64,
    /// The adjusted control.
    pub control: Summary,
    /// The adjusted treatment.
    pub treatment: Summary,
    /// Welch's test of the adjusted arms.
    pub comparison: WelchT,
    /// The variance of the adjusted effect over that of the plain one; near 1 − ρ² with correlation ρ.
    pub variance_ratio: Estimate,
}

/// Compares two arms by a metric that is adjusted by a covariate from before the experiment.
///
/// Each arm holds the covariate of each user (x) and the metric (y). Over both arms together:
///
/// ```text
/// θ = cov(x, y)/var(x)        y' = y − θ (x − mean of x)        var(y') = var(y) + θ² var(x) − 2 θ cov(x, y) in each arm
/// ```
///
/// then Welch's test as always. The covariate must not be touched by the treatment: take it from before the first exposure.
/// θ is fixed by all data seen, so a sequential test that re-estimates it at each look is only asymptotically valid. An
/// adjusted variance below 1e-12 of its parts is rounding and counts as zero.
///
/// Source: Deng, Xu, Kohavi and Walker, Improving the Sensitivity of Online Controlled Experiments, WSDM 2013.
///
/// # Errors
///
/// `NoUsers` if an arm is empty, `Overflow` if a sum leaves the doubles. The comparison is undefined as in
/// [`welch_t`](super::welch_t); the variance ratio is as well, and is `ZeroVariance` where the metric did not vary.
pub fn cuped(control: JointMoments, treatment: JointMoments, alpha: Alpha) -> Estimate<Cuped> {
    for (arm, moments) in [(Arm::Control, control), (Arm::Treatment, treatment)] {
        if moments.count() == 0 {
            return Err(Undefined::NoUsers { arm });
        }
    }
    let pooled = control.merge(treatment)?;
    let theta = match (pooled.covariance(), pooled.x().variance()) {
        (Some(covariance), Some(variance)) if variance > 0.0 => finite("theta", covariance / variance)?,
        _ => 0.0,
    };
    let adjusted = |arm: JointMoments| adjust(arm, theta, pooled.x().mean().unwrap_or(0.0));
    let (adjusted_control, adjusted_treatment) = (adjusted(control)?, adjusted(treatment)?);
    let comparison = welch_t(adjusted_control, adjusted_treatment, alpha)?;
    let plain = Spread::new(control.y().summary(), treatment.y().summary());
    let variance_ratio = plain.and_then(|plain| {
        let ratio = comparison.test?.standard_error / plain.standard_error;
        finite("the variance ratio", ratio * ratio)
    });
    Ok(Cuped { theta, control: adjusted_control, treatment: adjusted_treatment, comparison, variance_ratio })
}

fn adjust(arm: JointMoments, theta: f64, mean_before: f64) -> Estimate<Summary> {
    let (before, after) = (arm.x().summary(), arm.y().summary());
    let own = after.variance();
    let explained = theta * theta * before.variance();
    let shared = 2.0 * theta * arm.covariance().unwrap_or(0.0);
    let variance = residual(own + explained - shared, own + explained + shared.abs());
    let mean = after.mean() - theta * (before.mean() - mean_before);
    Summary::new(arm.count(), finite("the adjusted mean", mean)?, finite("the adjusted variance", variance)?)
}
