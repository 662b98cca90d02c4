//! One-sided: is the arm at least not worse than the control by more than the margin?

use flags_core::definition::{AnalysisMethod, Goal};

use super::{Method, boundaries, enough, success::z_of};
use crate::{
    analysis::{TIGHTEST_AT, Unavailable, pair::Pair},
    statistics::{
        Alpha, Arm, PValue, Sides, Spread, Summary, Undefined,
        bayes::NormalPosterior,
        conversion_test,
        sequential::{EffectEstimate, OneSidedConfidenceSequence},
    },
};

/// How sure it is that a guardrail holds, and that it is breached.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) enum OneSided {
    /// Two one-sided tests.
    Tests {
        /// Of "worse by the margin or more".
        holds: PValue,
        /// Of "not worse by more than the margin".
        breached: PValue,
    },
    /// The probability that it holds.
    Chance(f64),
}

/// The two one-sided tests of a guardrail by the plan's method, each at level `alpha`.
///
/// With a relative margin r the arm is compared with c = 1 − r times the control (1 + r where less is better), linearly and
/// not by the lift, whose variance is worth nothing where the control is near zero:
///
/// ```text
/// S = m_b − c m_a        se² = s_b²/n_b + c² s_a²/n_a        turned so that more is better
/// ```
///
/// Without a margin c is 1, and a breach is any harm.
///
/// # Errors
///
/// `MeanNotPositive` for a margin on a control without a positive mean, and why a method has no answer.
pub(in crate::analysis) fn one_sided(
    method: Method<'_>,
    pair: &Pair,
    margin: Option<f64>,
    goal: Goal,
    alpha: Alpha,
) -> Result<OneSided, Unavailable> {
    let sign = match goal {
        Goal::Increase => 1.0,
        Goal::Decrease => -1.0,
    };
    if margin.is_some() && pair.control.mean() <= 0.0 {
        return Err(Undefined::MeanNotPositive { arm: Arm::Control }.into());
    }
    let factor = 1.0 - sign * margin.unwrap_or(0.0);
    let scaled =
        Summary::new(pair.control.users(), factor * pair.control.mean(), factor * factor * pair.control.variance())?;
    // Few conversions are tested exactly where nothing but "no difference" is asked.
    let plain = pair.conversions.filter(|_| margin.is_none());
    match method.plan.method {
        AnalysisMethod::Fixed => {
            let p = match plain {
                Some((control, arm)) => conversion_test(control, arm)?.p,
                None => {
                    let spread = Spread::new(scaled, pair.arm)?;
                    spread.p(spread.statistic(pair.arm.mean() - scaled.mean())?)
                }
            };
            let (holds, breached) = if sign > 0.0 { (p.greater, p.less) } else { (p.less, p.greater) };
            Ok(OneSided::Tests { holds, breached })
        }
        AnalysisMethod::Sequential => {
            enough(pair)?;
            let estimate = match plain {
                Some((control, arm)) => EffectEstimate::between(control, arm)?,
                None => estimate(scaled, pair.arm)?,
            };
            let look = OneSidedConfidenceSequence::new(alpha, TIGHTEST_AT)?.look(&estimate)?;
            let (above, below) = (look.p_above_zero, look.p_below_zero);
            let (holds, breached) = if sign > 0.0 { (above, below) } else { (below, above) };
            Ok(OneSided::Tests { holds, breached })
        }
        AnalysisMethod::GroupSequential => {
            let (look, boundaries) = boundaries(method, alpha, Sides::One)?;
            let z = sign
                * match plain {
                    Some((control, arm)) => {
                        let test = conversion_test(control, arm)?;
                        z_of(test.p.two_sided.value(), test.difference)
                    }
                    None => {
                        let spread = Spread::new(scaled, pair.arm)?;
                        let t = spread.statistic(pair.arm.mean() - scaled.mean())?;
                        z_of(spread.p(t).two_sided.value(), t)
                    }
                };
            Ok(OneSided::Tests {
                holds: boundaries.repeated_p_value(look, z)?,
                breached: boundaries.repeated_p_value(look, -z)?,
            })
        }
        AnalysisMethod::Bayesian => {
            let estimate = match plain {
                Some((control, arm)) => EffectEstimate::between(control, arm)?,
                None => estimate(scaled, pair.arm)?,
            };
            let chance = NormalPosterior::new(sign * estimate.effect(), estimate.se(), None)?.chance_above(0.0)?;
            Ok(OneSided::Chance(chance))
        }
    }
}

fn estimate(control: Summary, arm: Summary) -> Result<EffectEstimate, Unavailable> {
    let se = Spread::new(control, arm)?.standard_error;
    Ok(EffectEstimate::new(arm.mean() - control.mean(), se, control.users(), arm.users())?)
}
