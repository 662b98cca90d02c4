//! Percentages, exact to a thousandth of a percent.

use core::fmt;

/// A share from 0 to 100 percent in steps of 0.001 percent, held as an integer so that who is admitted is exact.
///
/// ```
/// use flags_core::Percentage;
///
/// let share = Percentage::new(12.5)?;
/// assert_eq!(share.thousandths(), 12_500);
/// assert_eq!(share.to_string(), "12.5");
/// # Ok::<(), flags_core::PercentageError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentage(u32);

impl Percentage {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const HUNDRED: Self = Self(100_000);

    /// The percentage of a number from 0 to 100 with at most three decimals.
    ///
    /// # Errors
    ///
    /// When the number is outside 0 to 100, is not a number, or has more than three decimals.
    pub fn new(percent: f64) -> Result<Self, PercentageError> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(PercentageError::OutOfRange);
        }
        let thousandths = percent * 1_000.0;
        // Adding a half and cutting off rounds, as nothing here is negative; `round` is not in `core`.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100 000 by the check above")]
        let nearest = (thousandths + 0.5) as u32;
        // A number with three decimals is read as the float nearest to it, and so is this quotient rounded.
        #[expect(clippy::float_cmp, reason = "the same float or another number")]
        let has_three_decimals = f64::from(nearest) / 1_000.0 == percent;
        if !has_three_decimals {
            return Err(PercentageError::TooFine);
        }
        Ok(Self(nearest))
    }

    /// The percentage of that many thousandths of a percent, 0 to 100 000; `None` above.
    #[must_use]
    pub const fn from_thousandths(thousandths: u32) -> Option<Self> {
        if thousandths <= 100_000 { Some(Self(thousandths)) } else { None }
    }

    /// Thousandths of a percent, 0 to 100 000: a unit is admitted if its bucket is below this number.
    #[must_use]
    pub const fn thousandths(self) -> u32 {
        self.0
    }

    /// Whether some units are admitted and some are not, so that a draw is needed.
    #[must_use]
    pub const fn is_partial(self) -> bool {
        self.0 > 0 && self.0 < 100_000
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 1_000, self.0 % 1_000);
        match (fraction % 10, fraction % 100) {
            _ if fraction == 0 => write!(f, "{whole}"),
            (_, 0) => write!(f, "{whole}.{}", fraction / 100),
            (0, _) => write!(f, "{whole}.{:02}", fraction / 10),
            _ => write!(f, "{whole}.{fraction:03}"),
        }
    }
}

/// Why a number is not a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PercentageError {
    /// It is below 0, above 100, or not a number.
    OutOfRange,
    /// It has more than three decimals.
    TooFine,
}

impl fmt::Display for PercentageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "a percentage is a number from 0 to 100",
            Self::TooFine => "a percentage has at most three decimals",
        })
    }
}

impl core::error::Error for PercentageError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_thousandth_survives_text() {
        for thousandths in 0..=100_000 {
            let share = Percentage::from_thousandths(thousandths).unwrap();
            let number: f64 = share.to_string().parse().unwrap();
            assert_eq!(Percentage::new(number), Ok(share));
        }
    }

    #[test]
    fn refuses_the_rest() {
        for bad in [-0.001, 100.001, f64::NAN, f64::INFINITY] {
            assert_eq!(Percentage::new(bad), Err(PercentageError::OutOfRange), "{bad}");
        }
        for fine in [0.0001, 99.999_999_999_9, 12.500_000_01, 33.333_3] {
            assert_eq!(Percentage::new(fine), Err(PercentageError::TooFine), "{fine}");
        }
    }
}
