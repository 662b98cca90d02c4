//! Two-sided: is the arm any different from the control?

use flags_core::definition::AnalysisMethod;

use super::{Method, boundaries, enough, level_of, standard_error};
use crate::{
    analysis::{Measured, TIGHTEST_AT, Unavailable, pair::Pair},
    statistics::{
        Alpha, Estimate, Interval, PValue, Sides, Summary,
        bayes::{BetaPosterior, Comparison as Chances, NormalPosterior},
        conversion_test, difference_intervals,
        sequential::{ConfidenceSequence, EffectEstimate},
        special::{normal, student_t},
        welch_t,
    },
};

/// A pair as a method sees it.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Judged {
    /// The arm minus the control.
    pub(in crate::analysis) effect: Measured,
    /// How sure it is.
    pub(in crate::analysis) sure: Result<Sure, Unavailable>,
    /// The level at which the normal distribution has the critical value of the interval.
    pub(in crate::analysis) level: Alpha,
    /// The method in words.
    pub(in crate::analysis) words: String,
}

/// How the interval of a conversion by one look is named, behind the test.
const NEWCOMBE: &str = "; Newcombe's interval";

impl Judged {
    /// The test alone, in words.
    fn test(&self) -> &str {
        self.words.strip_suffix(NEWCOMBE).unwrap_or(&self.words)
    }
}

/// How sure an effect is.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) enum Sure {
    /// By a test of "no difference".
    Test(PValue),
    /// By the posterior of the difference.
    Posterior(Chances),
}

impl Sure {
    /// The two-sided p-value, or what stands for it.
    fn p_like(&self) -> f64 {
        match self {
            Self::Test(p) => p.value(),
            Self::Posterior(chances) => twice_the_smaller(chances.chance_to_win),
        }
    }
}

/// What a chance to win is compared with α by: as strict in both directions together as a two-sided test.
pub(in crate::analysis) fn twice_the_smaller(chance: f64) -> f64 {
    (2.0 * chance.min(1.0 - chance)).clamp(0.0, 1.0)
}

/// What the plan's method says of a pair, with an interval at level `alpha`.
///
/// # Errors
///
/// Why there is nothing to show at all.
pub(in crate::analysis) fn judge(method: Method<'_>, pair: &Pair, alpha: Alpha) -> Result<Judged, Unavailable> {
    match method.plan.method {
        AnalysisMethod::Fixed => fixed(pair, alpha),
        AnalysisMethod::Sequential => sequential(pair, alpha),
        AnalysisMethod::GroupSequential => group_sequential(method, pair, alpha),
        AnalysisMethod::Bayesian => bayesian(pair, alpha),
    }
}

fn fixed(pair: &Pair, alpha: Alpha) -> Result<Judged, Unavailable> {
    if let Some((control, arm)) = pair.conversions {
        let test = conversion_test(control, arm)?;
        let interval = difference_intervals(control, arm, alpha)?.newcombe;
        let effect = Measured { value: test.difference, interval: Ok(interval) };
        return Ok(Judged {
            effect,
            sure: Ok(Sure::Test(test.p.two_sided)),
            level: alpha,
            words: format!("{}{NEWCOMBE}", test.method),
        });
    }
    let welch = welch_t(pair.control, pair.arm, alpha)?;
    // The intervals of lifts and arms are normal ones, at the critical value of the t distribution.
    let level = welch
        .test
        .map_or(alpha, |test| level_of(student_t::upper_quantile(alpha.value() / 2.0, test.degrees_of_freedom)));
    let interval = welch.test.map(|test| test.interval).map_err(Unavailable::from);
    Ok(Judged {
        effect: Measured { value: welch.difference, interval },
        sure: welch.test.map(|test| Sure::Test(test.p.two_sided)).map_err(Unavailable::from),
        level,
        words: "Welch's t-test".to_owned(),
    })
}

fn sequential(pair: &Pair, alpha: Alpha) -> Result<Judged, Unavailable> {
    enough(pair)?;
    let estimate = match pair.conversions {
        Some((control, arm)) => EffectEstimate::between(control, arm)?,
        None => EffectEstimate::new(pair.effect(), standard_error(pair), pair.control.users(), pair.arm.users())?,
    };
    let look = ConfidenceSequence::new(alpha, TIGHTEST_AT)?.look(&estimate)?;
    Ok(Judged {
        effect: Measured { value: estimate.effect(), interval: Ok(look.interval) },
        sure: Ok(Sure::Test(look.p_value)),
        level: level_of(look.half_width / estimate.se()),
        words: "confidence sequence, valid however often one looks".to_owned(),
    })
}

/// How many standard errors a confidence sequence reaches at so many units of both arms.
pub(super) fn sequence_critical(alpha: Alpha, units: f64) -> Estimate {
    let half = (units / 2.0).clamp(1.0, 1e18) as u64;
    Ok(ConfidenceSequence::new(alpha, TIGHTEST_AT)?.look(&EffectEstimate::new(0.0, 1.0, half, half)?)?.half_width)
}

fn group_sequential(method: Method<'_>, pair: &Pair, alpha: Alpha) -> Result<Judged, Unavailable> {
    let (look, at_level) = boundaries(method, alpha, Sides::Two)?;
    let alone = fixed(pair, alpha)?;
    let z = alone.sure.map(|sure| z_of(sure.p_like(), alone.effect.value));
    let se = standard_error(pair);
    let boundary = at_level.looks().get(look).and_then(|look| look.boundary);
    let interval = at_level.repeated_interval(look, alone.effect.value, se).map_err(Unavailable::from);
    let p = z.and_then(|z| Ok(at_level.repeated_p_value(look, z)?));
    let planned = method.plan.looks.map_or(0, |looks| looks.planned);
    Ok(Judged {
        effect: Measured { value: alone.effect.value, interval },
        sure: p.map(Sure::Test),
        level: boundary.map_or(alpha, level_of),
        words: format!("O'Brien-Fleming spending, look {} of {planned}, from the {}", look + 1, alone.test()),
    })
}

/// The normal statistic with this two-sided p-value and the sign of the effect.
pub(super) fn z_of(p: f64, effect: f64) -> f64 {
    let z = normal::upper_quantile((p / 2.0).clamp(1e-300, 0.5));
    if effect < 0.0 { -z } else { z }
}

fn bayesian(pair: &Pair, alpha: Alpha) -> Result<Judged, Unavailable> {
    let words = |prior: &str| format!("posterior with {prior}");
    if let Some((control, arm)) = pair.conversions {
        let posterior = |arm| BetaPosterior::UNIFORM.update(arm);
        let (prior_control, prior_arm) = (posterior(control)?, posterior(arm)?);
        let estimate = EffectEstimate::between(control, arm)?;
        let normal = NormalPosterior::new(estimate.effect(), estimate.se(), None)?;
        let interval = normal.credible_interval(alpha).map(within_rates);
        return Ok(Judged {
            effect: Measured { value: estimate.effect(), interval: interval.map_err(Unavailable::from) },
            sure: Ok(Sure::Posterior(BetaPosterior::compare(prior_control, prior_arm)?)),
            level: alpha,
            words: words("every rate as likely before"),
        });
    }
    // An arm of one user has no variance; the test says it in the same words.
    welch_t(pair.control, pair.arm, alpha)?.test?;
    let posterior = NormalPosterior::new(pair.effect(), standard_error(pair), None)?;
    Ok(Judged {
        effect: Measured {
            value: pair.effect(),
            interval: posterior.credible_interval(alpha).map_err(Unavailable::from),
        },
        sure: Ok(Sure::Posterior(posterior.against_zero()?)),
        level: alpha,
        words: words("every effect as likely before"),
    })
}

/// Rates do not differ by more than 1.
fn within_rates(interval: Interval) -> Interval {
    Interval { lower: interval.lower.max(-1.0), upper: interval.upper.min(1.0) }
}

/// The interval of one arm's own mean, at the level of the comparison.
pub(in crate::analysis) fn mean_interval(arm: Summary, level: Alpha) -> Result<Interval, Unavailable> {
    use crate::statistics::Undefined;
    match arm.users() {
        0 => Err(Undefined::NoValues.into()),
        1 => Err(Undefined::TooFewUsers { arm: crate::statistics::Arm::Treatment, users: 1, needed: 2 }.into()),
        users => {
            let reach = level.z_two_sided() * (arm.variance() / users as f64).sqrt();
            Ok(Interval::around(arm.mean(), reach)?)
        }
    }
}
