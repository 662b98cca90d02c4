//! Significance: the level that was chosen, the p-value that was found, and the interval that goes with them.

use super::{
    outcome::{Estimate, argument},
    special::normal,
};

/// A significance level α: how often a test may find an effect where there is none; 1e-300 ≤ α < 1.
///
/// It is two-sided unless a function says otherwise; 1 − α is then the coverage of an interval.
///
/// ```
/// use flags_ab::statistics::Alpha;
///
/// let alpha = Alpha::new(0.05)?;
/// assert!((alpha.z_two_sided() - 1.959963984540054).abs() < 1e-12);
/// assert!(Alpha::new(1.0).is_err());
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    /// 5 %, two-sided: the level of the textbooks.
    pub const FIVE_PERCENT: Self = Self(0.05);

    /// A level from 1e-300, which leaves its half a double of full precision, to below 1.
    ///
    /// # Errors
    ///
    /// `OutOfDomain` for every other number.
    pub fn new(value: f64) -> Estimate<Self> {
        argument("alpha", value, "at least 1e-300 and below 1", |value| (1e-300..1.0).contains(&value)).map(Self)
    }

    /// The level as a number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The critical value z_{1−α/2}, with α/2 of the normal distribution above it.
    pub fn z_two_sided(self) -> f64 {
        normal::upper_quantile(self.0 / 2.0)
    }

    /// The critical value z_{1−α}, with α of the normal distribution above it; negative for α above ½.
    pub fn z_one_sided(self) -> f64 {
        normal::upper_quantile(self.0)
    }
}

/// Whether an effect in either direction counts, or only in the one that was named before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sides {
    /// Only in the named direction: all of α on one side.
    One,
    /// In both: half of α on each side.
    Two,
}

impl Sides {
    /// The critical value of the normal distribution for this level.
    pub fn z(self, alpha: Alpha) -> f64 {
        match self {
            Self::One => alpha.z_one_sided(),
            Self::Two => alpha.z_two_sided(),
        }
    }

    /// The mass above the critical value: α, or half of it.
    pub(crate) fn tail(self, alpha: Alpha) -> f64 {
        match self {
            Self::One => alpha.value(),
            Self::Two => alpha.value() / 2.0,
        }
    }
}

/// A p-value with its logarithm, so that 1e-400 is neither zero nor equal to 1e-500.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct PValue {
    // First, so that values are ordered by it.
    ln: f64,
    value: f64,
}

impl PValue {
    /// The p-value 1: no evidence at all.
    pub const ONE: Self = Self { ln: 0.0, value: 1.0 };

    /// From a tail probability and its logarithm, both as they were computed.
    ///
    /// What is above 1 by rounding becomes 1, and a logarithm of −∞ the lowest double.
    pub(crate) fn new(value: f64, ln: f64) -> Self {
        Self { ln: ln.clamp(f64::MIN, 0.0), value: value.clamp(0.0, 1.0) }
    }

    /// From the logarithm alone.
    pub(crate) fn from_ln(ln: f64) -> Self {
        Self::new(libm::exp(ln), ln)
    }

    /// The p-value, between 0 and 1; 0 where it is below the smallest double.
    pub fn value(self) -> f64 {
        self.value
    }

    /// Its natural logarithm, at most 0 and always finite; the number to store and to rank by.
    pub fn ln(self) -> f64 {
        self.ln
    }

    /// Whether it is at most α.
    pub fn is_significant(self, alpha: Alpha) -> bool {
        self.value <= alpha.value()
    }
}

/// The three p-values of one statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PValues {
    /// Against a difference in either direction.
    pub two_sided: PValue,
    /// Against the treatment being larger.
    pub greater: PValue,
    /// Against the treatment being smaller.
    pub less: PValue,
}

impl PValues {
    /// From a statistic whose distribution is symmetric about 0, by the tail above it and that tail's logarithm.
    pub(crate) fn symmetric(statistic: f64, sf: impl Fn(f64) -> f64, ln_sf: impl Fn(f64) -> f64) -> Self {
        let tail = |statistic: f64| PValue::new(sf(statistic), ln_sf(statistic));
        let outer = tail(statistic.abs());
        let two_sided = if statistic == 0.0 {
            PValue::ONE
        } else {
            PValue::new(2.0 * outer.value, outer.ln + std::f64::consts::LN_2)
        };
        Self { two_sided, greater: tail(statistic), less: tail(-statistic) }
    }

    /// From a z statistic.
    pub(crate) fn normal(z: f64) -> Self {
        Self::symmetric(z, normal::sf, normal::ln_sf)
    }
}

/// A confidence or credible interval, ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end; not below the lower one.
    pub upper: f64,
}

impl Interval {
    /// The interval from `center` − `half_width` to `center` + `half_width`.
    ///
    /// # Errors
    ///
    /// `Overflow` if an end is beyond the doubles.
    pub(crate) fn around(center: f64, half_width: f64) -> Estimate<Self> {
        Self::between(center - half_width, center + half_width)
    }

    /// The interval from `lower` to `upper`.
    ///
    /// # Errors
    ///
    /// `Overflow` if an end is beyond the doubles.
    pub(crate) fn between(lower: f64, upper: f64) -> Estimate<Self> {
        use super::outcome::finite;
        Ok(Self { lower: finite("the lower end", lower)?, upper: finite("the upper end", upper)? })
    }

    /// Half of its width.
    pub fn half_width(self) -> f64 {
        (self.upper - self.lower) / 2.0
    }

    /// Whether the value is in it.
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}
