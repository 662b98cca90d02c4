//! Welch's t-test of two means.

use super::{
    level::{Alpha, Interval, PValues},
    outcome::{Arm, Estimate, Undefined, finite},
    sample::Summary,
    special::student_t,
};

/// What Welch's test says about two means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WelchT {
    /// The mean of the treatment minus the mean of the control.
    pub difference: f64,
    /// The test and the interval, where the variances are known and not both zero.
    pub test: Estimate<TTest>,
}

/// A t statistic and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The standard error of the effect.
    pub standard_error: f64,
    /// The effect over its standard error.
    pub t: f64,
    /// The degrees of freedom, a real number of at least 1.
    pub degrees_of_freedom: f64,
    /// The p-values.
    pub p: PValues,
    /// The interval of the effect with coverage 1 − α.
    pub interval: Interval,
}

/// Tests whether the means of two arms are the same, without assuming that their variances are.
///
/// ```text
/// se² = s_a²/n_a + s_b²/n_b      t = (m_b − m_a)/se      interval = (m_b − m_a) ∓ t_{1−α/2, df} se
/// df  = se⁴/((s_a²/n_a)²/(n_a − 1) + (s_b²/n_b)²/(n_b − 1))
/// ```
///
/// Relative error of the p-values below 1e-11 for up to 2^64 − 1 users.
///
/// Source: Welch, Biometrika 34, 1947; Satterthwaite, Biometrics Bulletin 2, 1946.
///
/// ```
/// use flags_ab::statistics::{Alpha, Summary, welch_t};
///
/// let test = welch_t(Summary::new(2, 1.0, 1.0)?, Summary::new(2, 2.0, 1.0)?, Alpha::FIVE_PERCENT)?.test?;
/// assert!((test.p.two_sided.value() - 0.4226497308103742).abs() < 1e-12);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoUsers` if an arm is empty. The test is `TooFewUsers` if an arm has one user, and `ZeroVariance` if neither varies.
pub fn welch_t(control: Summary, treatment: Summary, alpha: Alpha) -> Estimate<WelchT> {
    for (arm, summary) in [(Arm::Control, control), (Arm::Treatment, treatment)] {
        if summary.users() == 0 {
            return Err(Undefined::NoUsers { arm });
        }
    }
    let difference = finite("the difference", treatment.mean() - control.mean())?;
    Ok(WelchT { difference, test: Spread::new(control, treatment).and_then(|spread| spread.test(difference, alpha)) })
}

/// How well a difference of means is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) standard_error: f64,
    pub(crate) degrees_of_freedom: f64,
}

impl Spread {
    /// From the variances and sizes of two arms.
    ///
    /// # Errors
    ///
    /// `NoUsers`, `TooFewUsers`, or `ZeroVariance` if neither arm varies.
    pub(crate) fn new(control: Summary, treatment: Summary) -> Estimate<Self> {
        let control = control.require_two(Arm::Control)?;
        let treatment = treatment.require_two(Arm::Treatment)?;
        let (a, b) = (control.variance_of_mean(), treatment.variance_of_mean());
        let variance = a + b;
        if variance == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        finite("the variance of the difference", variance)?;
        // The shares of the variance instead of their squares' sum, which could leave the doubles.
        let part = |share: f64, users: u64| share * share / (users - 1) as f64;
        let degrees_of_freedom = 1.0 / (part(a / variance, control.users()) + part(b / variance, treatment.users()));
        Ok(Self { standard_error: variance.sqrt(), degrees_of_freedom })
    }

    pub(crate) fn statistic(self, effect: f64) -> Estimate {
        finite("the t statistic", effect / self.standard_error)
    }

    /// The p-values of a t statistic.
    pub(crate) fn p(self, t: f64) -> PValues {
        let df = self.degrees_of_freedom;
        PValues::symmetric(t, |t| student_t::sf(t, df), |t| student_t::ln_sf(t, df))
    }

    /// The standard error times the critical value with mass `tail` above it.
    pub(crate) fn reach(self, tail: f64) -> f64 {
        student_t::upper_quantile(tail, self.degrees_of_freedom) * self.standard_error
    }

    pub(crate) fn test(self, effect: f64, alpha: Alpha) -> Estimate<TTest> {
        let t = self.statistic(effect)?;
        Ok(TTest {
            standard_error: self.standard_error,
            t,
            degrees_of_freedom: self.degrees_of_freedom,
            p: self.p(t),
            interval: Interval::around(effect, self.reach(alpha.value() / 2.0))?,
        })
    }
}
