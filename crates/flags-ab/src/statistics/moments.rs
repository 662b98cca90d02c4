//! Sufficient statistics that are gathered value by value, in parts, and merged: means, variances and covariances.

use super::{
    outcome::{Estimate, Undefined, argument, finite},
    sample::Summary,
};

/// Count, mean and variance of one value per user, in 24 bytes.
///
/// Source: Welford, Technometrics 4, 1962, for one more value; Chan, Golub and `LeVeque`, COMPSTAT 1982, for two parts. The
/// variance keeps its digits however far the mean is from zero: its relative error is of the order of 1e-16 √n (1 + mean/s)
/// at worst, where a sum of squares would lose all of them at mean/s = 1e8. Merging is exactly commutative, the empty
/// accumulator is exactly neutral, and any two ways to cut and merge the same values agree within that error.
///
/// ```
/// use flags_ab::statistics::Moments;
///
/// let mut monday = Moments::default();
/// let mut tuesday = Moments::default();
/// monday.push(1.0)?;
/// tuesday.push(2.0)?;
/// tuesday.push(3.0)?;
/// let both = monday.merge(tuesday)?;
/// assert_eq!((both.count(), both.mean(), both.variance()), (3, Some(2.0), Some(1.0)));
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Σ (x − mean)².
    squares: f64,
}

impl Moments {
    /// Adds a value.
    ///
    /// # Errors
    ///
    /// `OutOfDomain` if it is NaN or infinite, `Overflow` if the variance leaves the doubles (values around 1e154) or after
    /// 2^64 − 1 values; nothing has changed then.
    pub fn push(&mut self, value: f64) -> Estimate<()> {
        let value = argument("the value", value, "a finite number", |_| true)?;
        *self = self.merge(Self { count: 1, mean: value, squares: 0.0 })?;
        Ok(())
    }

    /// The two together, as if their values had been pushed one after the other.
    ///
    /// # Errors
    ///
    /// `Overflow` if the variance leaves the doubles or there are more than 2^64 − 1 values.
    pub fn merge(self, other: Self) -> Estimate<Self> {
        let count = joined(self.count, other.count)?;
        // The larger part first, so that the order of the two makes no difference at all.
        let (large, small) =
            if precedes(&[self.mean, self.squares], self.count, &[other.mean, other.squares], other.count) {
                (self, other)
            } else {
                (other, self)
            };
        if small.count == 0 {
            return Ok(large);
        }
        let share = small.count as f64 / count as f64;
        let shift = small.mean - large.mean;
        Ok(Self {
            count,
            mean: finite("the mean", large.mean + shift * share)?,
            squares: finite(
                "the variance",
                large.squares + small.squares + shift * (shift * share) * large.count as f64,
            )?,
        })
    }

    /// How many values there are.
    pub fn count(self) -> u64 {
        self.count
    }

    /// Their mean; `None` without values.
    pub fn mean(self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Their sample variance, with divisor n − 1; `None` for fewer than two values.
    pub fn variance(self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    /// What the tests take.
    pub fn summary(self) -> Summary {
        Summary::from_finite(self.count, self.mean, self.variance().unwrap_or(0.0))
    }

    /// The values behind a summary that was computed elsewhere, such as by a database; to merge it with others.
    ///
    /// The way back gives the same mean, and the same variance up to one rounding.
    ///
    /// # Errors
    ///
    /// `Overflow` if the sum of squares leaves the doubles.
    pub fn from_summary(summary: Summary) -> Estimate<Self> {
        let degrees = summary.users().saturating_sub(1) as f64;
        let squares = finite("the sum of squares", summary.variance() * degrees)?;
        let mean = if summary.users() == 0 { 0.0 } else { summary.mean() };
        Ok(Self { count: summary.users(), mean, squares })
    }
}

/// Count, means, variances and covariance of two values per user: a numerator and its denominator, or a metric and its value
/// from before the experiment. 48 bytes; errors and merging as of [`Moments`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JointMoments {
    count: u64,
    mean_x: f64,
    mean_y: f64,
    squares_x: f64,
    squares_y: f64,
    /// Σ (x − mean) (y − mean).
    products: f64,
}

impl JointMoments {
    /// Adds the two values of a user.
    ///
    /// # Errors
    ///
    /// `OutOfDomain` if one is NaN or infinite, `Overflow` if a variance leaves the doubles (values around 1e154) or after
    /// 2^64 − 1 users; nothing has changed then.
    pub fn push(&mut self, x: f64, y: f64) -> Estimate<()> {
        let mean_x = argument("the first value", x, "a finite number", |_| true)?;
        let mean_y = argument("the second value", y, "a finite number", |_| true)?;
        *self = self.merge(Self { count: 1, mean_x, mean_y, ..Self::default() })?;
        Ok(())
    }

    /// The two together, as if their values had been pushed one after the other.
    ///
    /// # Errors
    ///
    /// `Overflow` if a variance leaves the doubles or there are more than 2^64 − 1 users.
    pub fn merge(self, other: Self) -> Estimate<Self> {
        let count = joined(self.count, other.count)?;
        let (large, small) = if precedes(&self.fields(), self.count, &other.fields(), other.count) {
            (self, other)
        } else {
            (other, self)
        };
        if small.count == 0 {
            return Ok(large);
        }
        let share = small.count as f64 / count as f64;
        let (shift_x, shift_y) = (small.mean_x - large.mean_x, small.mean_y - large.mean_y);
        let between = |first: f64, second: f64| first * (second * share) * large.count as f64;
        Ok(Self {
            count,
            mean_x: finite("the mean", large.mean_x + shift_x * share)?,
            mean_y: finite("the mean", large.mean_y + shift_y * share)?,
            squares_x: finite("the variance", large.squares_x + small.squares_x + between(shift_x, shift_x))?,
            squares_y: finite("the variance", large.squares_y + small.squares_y + between(shift_y, shift_y))?,
            products: finite("the covariance", large.products + small.products + between(shift_x, shift_y))?,
        })
    }

    /// The values behind summaries of both and their sample covariance that were computed elsewhere, such as by a database.
    ///
    /// The way back gives the same means, and the same variances and covariance up to one rounding. A covariance that is
    /// larger than the variances permit, by no more than rounding, is cut to what they permit.
    ///
    /// # Errors
    ///
    /// `LengthMismatch` if the two are not of as many users, `OutOfDomain` if the covariance is not finite or larger than
    /// the variances permit by more than rounding, `Overflow` if a sum of squares leaves the doubles.
    pub fn from_summaries(x: Summary, y: Summary, covariance: f64) -> Estimate<Self> {
        let (x, y, degrees) =
            (Moments::from_summary(x)?, Moments::from_summary(y)?, x.users().saturating_sub(1) as f64);
        if x.count != y.count {
            let (found, expected) = (y.count as usize, x.count as usize);
            return Err(Undefined::LengthMismatch { what: "second values", found, expected });
        }
        let most = x.squares.sqrt() * y.squares.sqrt();
        let products =
            argument("the covariance", covariance * degrees, "within what both variances permit", |products| {
                products.abs() <= most * (1.0 + 1e-9)
            })
            .map_err(|_| Undefined::OutOfDomain {
                what: "the covariance",
                value: covariance,
                expected: "a number no larger than the product of both standard deviations",
            })?;
        Ok(Self {
            count: x.count,
            mean_x: x.mean,
            mean_y: y.mean,
            squares_x: x.squares,
            squares_y: y.squares,
            products: products.clamp(-most, most),
        })
    }

    /// How many users there are.
    pub fn count(self) -> u64 {
        self.count
    }

    /// The first value of each user, by itself.
    pub fn x(self) -> Moments {
        Moments { count: self.count, mean: self.mean_x, squares: self.squares_x }
    }

    /// The second value of each user, by itself.
    pub fn y(self) -> Moments {
        Moments { count: self.count, mean: self.mean_y, squares: self.squares_y }
    }

    /// The sample covariance, with divisor n − 1; `None` for fewer than two users.
    pub fn covariance(self) -> Option<f64> {
        (self.count > 1).then(|| self.products / (self.count - 1) as f64)
    }

    fn fields(&self) -> [f64; 5] {
        [self.mean_x, self.mean_y, self.squares_x, self.squares_y, self.products]
    }
}

fn joined(count: u64, other: u64) -> Estimate<u64> {
    count.checked_add(other).ok_or(Undefined::Overflow { what: "the number of users" })
}

/// A total order of parts, larger counts first, in which only equal parts are equal.
fn precedes(fields: &[f64], count: u64, other_fields: &[f64], other_count: u64) -> bool {
    let by_fields = || {
        let pairs = fields.iter().zip(other_fields);
        pairs.map(|(field, other)| field.total_cmp(other)).find(|order| order.is_ne())
    };
    match count.cmp(&other_count) {
        std::cmp::Ordering::Equal => by_fields().is_none_or(std::cmp::Ordering::is_le),
        order => order.is_ge(),
    }
}

/// A variance that was computed as a difference: 0 where it is nothing but rounding.
///
/// `size` is the sum of what was subtracted from what; a true share below 1e-12 of it is not found in real data.
pub(crate) fn residual(variance: f64, size: f64) -> f64 {
    if variance <= size * 1e-12 { 0.0 } else { variance }
}
