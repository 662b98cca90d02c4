//! The effect as a share of the control.

use super::super::{Measured, Unavailable, pair::Pair};
use crate::statistics::{Alpha, Interval, LiftIntervals, RelativeLift, Undefined, relative_lift};

/// The lift of a pair, at the level of its interval.
///
/// Fieller's interval, which is right for small means of the control too; the delta method where that mean is negative, and
/// after CUPED, where the level that both arms share has a variance of its own (in the effect it cancels):
///
/// ```text
/// Var(lift) ≈ delta + lift² θ² s_x²/(n m_a²)
/// ```
///
/// # Errors
///
/// `ZeroControl` and whatever else [`relative_lift`] says. Where the control cannot be told from zero, the interval is
/// `UnboundedFieller`.
pub(in crate::analysis) fn lift(pair: &Pair, alpha: Alpha) -> Result<Measured, Unavailable> {
    let RelativeLift { lift, intervals } = relative_lift(pair.control, pair.arm, alpha)?;
    let interval = intervals.and_then(|intervals| interval(pair, alpha, lift, &intervals));
    Ok(Measured { value: lift, interval: interval.map_err(Unavailable::from) })
}

fn interval(pair: &Pair, alpha: Alpha, lift: f64, intervals: &LiftIntervals) -> Result<Interval, Undefined> {
    let mean = pair.control.mean();
    match intervals.fieller {
        Err(Undefined::MeanNotPositive { .. }) => Ok(intervals.delta_z),
        Err(why) => Err(why),
        Ok(fieller) if pair.shared == 0.0 => fieller.interval,
        Ok(fieller) => {
            // Whether the control's mean is far enough from zero is asked in the same way.
            fieller.interval?;
            let level = lift / mean;
            let variance = intervals.standard_error.powi(2) + level * level * pair.shared;
            Interval::around(lift, alpha.z_two_sided() * variance.sqrt())
        }
    }
}
