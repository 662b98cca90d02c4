//! One-sided tests for guardrails: is the treatment at least not worse by more than a margin?

use super::{
    level::{Alpha, PValue},
    outcome::{Arm, Estimate, Undefined, argument, finite},
    sample::Summary,
    special::normal,
    welch_t::Spread,
};

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More is better.
    Increase,
    /// Less is better.
    Decrease,
}

/// How much worse the treatment may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Margin {
    /// By this much, in the metric's unit.
    Absolute(f64),
    /// By this share of the control's mean.
    Relative(f64),
}

/// What a test of non-inferiority says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NonInferiority {
    /// How far, in standard errors, the effect is from the margin; positive is good where more is better, negative where less.
    pub statistic: f64,
    /// The degrees of freedom, by Welch and Satterthwaite.
    pub degrees_of_freedom: f64,
    /// The p-value of the null hypothesis that the treatment is worse by the margin or more, from the t distribution.
    pub p: PValue,
    /// The same from the normal distribution.
    pub p_normal: PValue,
    /// Whether that hypothesis is rejected at α.
    pub non_inferior: bool,
    /// The one-sided bound of the absolute effect at level 1 − α: a lower one where more is better, an upper one where less.
    /// Only for an absolute margin.
    pub bound: Option<f64>,
}

/// Tests that the treatment is not worse than the control by a margin or more; `alpha` is one-sided.
///
/// With c = 1 for an absolute margin M, and c = 1 − r or 1 + r for a relative one r:
///
/// ```text
/// S = m_b − c m_a                 se² = s_b²/n_b + c² s_a²/n_a
/// more is better  H₀: m_b − m_a ≤ −M  or  m_b ≤ (1 − r) m_a      (S + M)/se large      bound = m_b − m_a − t_{1−α} se
/// less is better  H₀: m_b − m_a ≥ M   or  m_b ≥ (1 + r) m_a      (S − M)/se small      bound = m_b − m_a + t_{1−α} se
/// ```
///
/// A relative margin is tested linearly and not on the lift, which has no variance worth the name where the control is near
/// zero. A margin of 0 is the ordinary one-sided test. Relative error of the p-values below 1e-11.
///
/// Source: Blackwelder, Controlled Clinical Trials 3, 1982; Welch's degrees of freedom.
///
/// ```
/// use flags_ab::statistics::{Alpha, Direction, Margin, Summary, non_inferiority};
///
/// let (control, treatment) = (Summary::new(500, 10.0, 4.0)?, Summary::new(500, 9.9, 4.0)?);
/// let result = non_inferiority(control, treatment, Margin::Absolute(0.5), Direction::Increase, Alpha::FIVE_PERCENT)?;
/// assert!(result.non_inferior);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `OutOfDomain` for a margin that is negative or not finite, `NoUsers`, `TooFewUsers` or `ZeroVariance` as in Welch's test,
/// `MeanNotPositive` for a relative margin on a control without a positive mean, of which a share says nothing.
pub fn non_inferiority(
    control: Summary,
    treatment: Summary,
    margin: Margin,
    better: Direction,
    alpha: Alpha,
) -> Estimate<NonInferiority> {
    let (Margin::Absolute(size) | Margin::Relative(size)) = margin;
    argument("the margin", size, "a finite number of at least 0", |size| size >= 0.0)?;
    // Everything is turned so that more is better.
    let sign = match better {
        Direction::Increase => 1.0,
        Direction::Decrease => -1.0,
    };
    let (factor, shift) = match margin {
        Margin::Absolute(size) => (1.0, size),
        Margin::Relative(_) if control.users() > 0 && control.mean() <= 0.0 => {
            return Err(Undefined::MeanNotPositive { arm: Arm::Control });
        }
        Margin::Relative(share) => (1.0 - sign * share, 0.0),
    };
    let scaled = Summary::new(
        control.users(),
        finite("the margin", factor * control.mean())?,
        finite("the margin", factor * factor * control.variance())?,
    )?;
    let spread = Spread::new(scaled, treatment)?;
    let toward = spread.statistic(sign * (treatment.mean() - scaled.mean()) + shift)?;
    let p = spread.p(toward).greater;
    let bound = match margin {
        Margin::Absolute(_) => {
            let difference = treatment.mean() - control.mean();
            Some(finite("the bound", difference - sign * spread.reach(alpha.value()))?)
        }
        Margin::Relative(_) => None,
    };
    Ok(NonInferiority {
        statistic: sign * toward,
        degrees_of_freedom: spread.degrees_of_freedom,
        p,
        p_normal: PValue::new(normal::sf(toward), normal::ln_sf(toward)),
        non_inferior: p.value() < alpha.value(),
        bound,
    })
}
