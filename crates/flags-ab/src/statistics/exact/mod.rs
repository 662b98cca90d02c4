//! Tests of conversion rates for small counts, and the choice between them and the z-test.

mod fisher;
mod unconditional;

use std::fmt;

pub use self::{
    fisher::fisher_exact,
    unconditional::{barnard, boschloo},
};
use super::{
    level::PValues,
    outcome::{Estimate, Undefined},
    sample::{Proportion, TwoProportions},
    two_proportion_z::two_proportion_z,
};

/// A test of two conversion rates by the method that suits the counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConversionTest {
    /// The rate of the treatment minus the rate of the control.
    pub difference: f64,
    /// The method that was chosen, and the words for it in its `Display`.
    pub method: ConversionMethod,
    /// The smallest expected count of conversions or failures in an arm if the rates are the same; what the choice goes by.
    pub smallest_expected: f64,
    /// The p-values.
    pub p: PValues,
}

/// How two conversion rates were tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConversionMethod {
    /// The z-test with the pooled variance.
    PooledZ,
    /// Boschloo's unconditional exact test.
    Boschloo,
    /// Fisher's conditional exact test.
    Fisher,
}

impl fmt::Display for ConversionMethod {
    /// The name of the method and the reason for the choice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PooledZ => "z-test with pooled variance, since every expected count is at least 5",
            Self::Boschloo => "Boschloo's exact test, since an expected count is below 5",
            Self::Fisher => {
                "Fisher's exact test, since an expected count is below 5 and there are too many users for Boschloo's"
            }
        })
    }
}

/// Tests whether two conversion rates are the same, by the pooled z-test or an exact one.
///
/// The z-test if at least 5 conversions and 5 failures are expected in each arm under the pooled rate (Cochran, Biometrics 10,
/// 1954); else [`boschloo`] up to 2000 users, which is uniformly more powerful than Fisher's test and as exact; else
/// [`fisher_exact`]. The choice is part of the answer. Unlike the z-test it has an answer when nobody converted: p = 1.
///
/// ```
/// use flags_ab::statistics::{ConversionMethod, Proportion, conversion_test};
///
/// let few = conversion_test(Proportion::new(0, 40)?, Proportion::new(5, 40)?)?;
/// assert_eq!(few.method, ConversionMethod::Boschloo);
/// let many = conversion_test(Proportion::new(50, 1000)?, Proportion::new(70, 1000)?)?;
/// assert_eq!(many.method, ConversionMethod::PooledZ);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoUsers` if an arm is empty; `TooLarge` if an exact test is called for with more than 2^52 users.
pub fn conversion_test(control: Proportion, treatment: Proportion) -> Estimate<ConversionTest> {
    let arms = TwoProportions::new(control, treatment)?;
    let smallest_expected = smallest_expected(control, treatment);
    let (method, p) = if smallest_expected >= 5.0 {
        (ConversionMethod::PooledZ, two_proportion_z(control, treatment)?.pooled?.p)
    } else {
        match boschloo(control, treatment) {
            Err(Undefined::TooLarge { .. }) => (ConversionMethod::Fisher, fisher_exact(control, treatment)?),
            p => (ConversionMethod::Boschloo, p?),
        }
    };
    Ok(ConversionTest { difference: arms.difference, method, smallest_expected, p })
}

fn smallest_expected(control: Proportion, treatment: Proportion) -> f64 {
    let sum = |part: fn(Proportion) -> u64| part(control) as f64 + part(treatment) as f64;
    let rarer = sum(Proportion::conversions).min(sum(Proportion::failures));
    let smaller = control.users().min(treatment.users()) as f64;
    rarer * (smaller / sum(Proportion::users))
}
