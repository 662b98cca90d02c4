//! What is summed up of a metric in an arm: enough for every test, little enough to be merged and sent around.

use crate::statistics::{Arm, Estimate, JointMoments, Moments, Proportion, Summary, Undefined, ratio_metric};

/// The sums of a metric over the units of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricSum {
    /// How many units had the event.
    Conversion(Proportion),
    /// One value for each unit.
    Mean(Moments),
    /// A numerator (x) and a denominator (y) for each unit: of a ratio, and of a duration, whose denominator is the number of
    /// events.
    Ratio(JointMoments),
    /// A value from before the first exposure (x) and the metric's value (y) for each unit, for less noise by CUPED.
    WithBefore(JointMoments),
}

impl MetricSum {
    /// How many units are in it.
    #[must_use]
    pub fn units(&self) -> u64 {
        match self {
            Self::Conversion(sum) => sum.users(),
            Self::Mean(sum) => sum.count(),
            Self::Ratio(sum) | Self::WithBefore(sum) => sum.count(),
        }
    }

    /// The two together, as if their units had been summed up in one place.
    ///
    /// # Errors
    ///
    /// `LengthMismatch` if one sum has something for each unit that the other has not, such as a denominator; `Overflow` if a
    /// sum leaves the doubles.
    pub fn merge(self, other: Self) -> Estimate<Self> {
        Ok(match (self, other) {
            (Self::Conversion(a), Self::Conversion(b)) => Self::Conversion(a.merge(b)?),
            (Self::Mean(a), Self::Mean(b)) => Self::Mean(a.merge(b)?),
            (Self::Ratio(a), Self::Ratio(b)) => Self::Ratio(a.merge(b)?),
            (Self::WithBefore(a), Self::WithBefore(b)) => Self::WithBefore(a.merge(b)?),
            // Conversions whose rows carry a variance and conversions whose rows carry a count are the same thing.
            (Self::Conversion(a), Self::Mean(b)) | (Self::Mean(b), Self::Conversion(a)) => {
                Self::Mean(Moments::from_summary(a.summary())?.merge(b)?)
            }
            (a, b) => {
                return Err(Undefined::LengthMismatch {
                    what: "numbers summed up for each unit",
                    found: b.width(),
                    expected: a.width(),
                });
            }
        })
    }

    fn width(&self) -> usize {
        match self {
            Self::Conversion(_) | Self::Mean(_) => 1,
            Self::Ratio(_) | Self::WithBefore(_) => 2,
        }
    }

    /// The sum as conversions, where it is or can be one.
    ///
    /// # Errors
    ///
    /// `OutOfDomain` if the mean is not a rate, `LengthMismatch` if the sum is of a ratio.
    pub fn conversions(&self) -> Estimate<Proportion> {
        let rate = |units: u64, mean: f64| {
            // A hair beyond is rounding by whoever computed it.
            if !(-1e-9..=1.0 + 1e-9).contains(&mean) {
                let (what, expected) = ("the mean of a conversion", "a rate from 0 to 1");
                return Err(Undefined::OutOfDomain { what, value: mean, expected });
            }
            Proportion::new(((mean * units as f64).round().max(0.0) as u64).min(units), units)
        };
        match self {
            Self::Conversion(sum) => Ok(*sum),
            Self::Mean(sum) => rate(sum.count(), sum.mean().unwrap_or(0.0)),
            Self::WithBefore(sum) => rate(sum.count(), sum.y().mean().unwrap_or(0.0)),
            Self::Ratio(_) => Err(Undefined::LengthMismatch {
                what: "numbers summed up for each unit",
                found: self.width(),
                expected: 1,
            }),
        }
    }

    /// Units, mean and variance for each unit, as the tests take them; of a ratio by the delta method.
    ///
    /// # Errors
    ///
    /// As [`ratio_metric`] for a ratio.
    pub fn summary(&self, arm: Arm) -> Estimate<Summary> {
        match self {
            Self::Conversion(sum) => Ok(sum.summary()),
            Self::Mean(sum) => Ok(sum.summary()),
            Self::WithBefore(sum) => Ok(sum.y().summary()),
            Self::Ratio(sum) => ratio_metric(*sum, arm),
        }
    }
}

/// A metric in an arm: its sums, and what was left out of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricSummary {
    /// The sums.
    pub sum: MetricSum,
    /// Units that are not in the sums because their window was still open, where only complete windows were asked for.
    pub open_windows: u64,
    /// Units whose value was cut to the limit that winsorising has found.
    pub capped: u64,
}

impl MetricSummary {
    /// Sums of which nothing was left out.
    #[must_use]
    pub fn new(sum: MetricSum) -> Self {
        Self { sum, open_windows: 0, capped: 0 }
    }

    /// The two together.
    ///
    /// # Errors
    ///
    /// As [`MetricSum::merge`].
    pub fn merge(self, other: Self) -> Estimate<Self> {
        Ok(Self {
            sum: self.sum.merge(other.sum)?,
            open_windows: self.open_windows.saturating_add(other.open_windows),
            capped: self.capped.saturating_add(other.capped),
        })
    }
}
