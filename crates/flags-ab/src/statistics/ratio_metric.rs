//! Metrics whose unit is not the user: revenue per order, clicks per view.

use super::{
    moments::{JointMoments, residual},
    outcome::{Arm, Estimate, Undefined, finite},
    sample::Summary,
};

/// The ratio of two totals of an arm, with its variance per user by the delta method, as a summary the tests take.
///
/// `totals` holds each user's numerator (x) and denominator (y). With means m, variances s² and the covariance `s_nd`
/// over the users:
///
/// ```text
/// R = m_n/m_d        v = (s_n² − 2 R s_nd + R² s_d²)/m_d²        Var(R) ≈ v/n
/// ```
///
/// Users are independent of each other and events of one user are not, so never test events as if they were users. Then use
/// [`welch_t`](super::welch_t) and [`relative_lift`](super::relative_lift) as with a mean. The linearisation is good once the
/// mean denominator is several of its standard errors from zero. A variance below 1e-12 of its parts is rounding and counts
/// as zero; else its relative error is that of the sums over the share that is left.
///
/// Source: Deng, Knoblich and Lu, Applying the Delta Method in Metric Analytics, KDD 2018, section 3.
///
/// ```
/// use flags_ab::statistics::{Arm, JointMoments, ratio_metric};
///
/// let mut arm = JointMoments::default();
/// for (revenue, orders) in [(10.0, 1.0), (0.0, 2.0), (20.0, 2.0)] {
///     arm.push(revenue, orders)?;
/// }
/// assert_eq!(ratio_metric(arm, Arm::Treatment)?.mean(), 6.0);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoUsers` without users, `ZeroDenominator` if the denominators add up to zero, `Overflow` if the ratio leaves the doubles.
pub fn ratio_metric(totals: JointMoments, arm: Arm) -> Estimate<Summary> {
    let (numerator, denominator) = (totals.x(), totals.y());
    let (Some(mean_numerator), Some(mean_denominator)) = (numerator.mean(), denominator.mean()) else {
        return Err(Undefined::NoUsers { arm });
    };
    if mean_denominator == 0.0 {
        return Err(Undefined::ZeroDenominator { arm });
    }
    let ratio = finite("the ratio", mean_numerator / mean_denominator)?;
    let own = numerator.variance().unwrap_or(0.0);
    let scaled = ratio * ratio * denominator.variance().unwrap_or(0.0);
    let shared = 2.0 * ratio * totals.covariance().unwrap_or(0.0);
    let variance = residual(own - shared + scaled, own + shared.abs() + scaled);
    Summary::new(totals.count(), ratio, finite("the variance", variance / mean_denominator / mean_denominator)?)
}
