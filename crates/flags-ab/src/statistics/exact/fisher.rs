//! Fisher's exact test.

use crate::statistics::{
    level::{PValue, PValues},
    outcome::{Arm, Estimate, Undefined},
    sample::Proportion,
    special::hypergeometric::Hypergeometric,
};

/// Fisher's exact test of two conversion rates, given how many converted in both arms together.
///
/// One-sided: the hypergeometric probability of as many conversions of the treatment or more (or fewer). Two-sided: the
/// probability of all outcomes that are not likelier than the one seen, ties to 1e-7 included. Relative error below 1e-12.
/// It is exact and cautious: its true error is often half of α, see [`boschloo`](super::boschloo()).
///
/// Source: Fisher, JRSS 98, 1935; the two-sided rule as in R.
///
/// ```
/// use flags_ab::statistics::{Proportion, fisher_exact};
///
/// let p = fisher_exact(Proportion::new(520, 1000)?, Proportion::new(480, 1000)?)?;
/// assert!((p.two_sided.value() - 0.0811).abs() < 1e-4);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoUsers` if an arm is empty; `TooLarge` beyond 2^52 users or a standard deviation of 1e5 conversions, where the z-test is
/// right to every digit that matters.
pub fn fisher_exact(control: Proportion, treatment: Proportion) -> Estimate<PValues> {
    for (arm, proportion) in [(Arm::Control, control), (Arm::Treatment, treatment)] {
        if proportion.users() == 0 {
            return Err(Undefined::NoUsers { arm });
        }
    }
    let too_large = Undefined::TooLarge {
        method: "Fisher's exact test",
        instead: "use the z-test, which is accurate for so many users",
    };
    let conversions = control.conversions().checked_add(treatment.conversions()).ok_or(too_large)?;
    let distribution = Hypergeometric::new(control.users(), treatment.users(), conversions).ok_or(too_large)?;
    let seen = treatment.conversions();
    let p = |value: f64| PValue::new(value, libm::log(value));
    Ok(PValues {
        two_sided: p(distribution.not_likelier(seen)),
        greater: p(distribution.at_least(seen)),
        less: p(distribution.at_most(seen)),
    })
}
