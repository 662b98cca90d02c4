//! What an analysis is given about an arm: sufficient statistics, checked once.

use super::outcome::{Arm, Estimate, Undefined, argument};

/// How many of the users of an arm converted.
///
/// ```
/// use flags_ab::statistics::Proportion;
///
/// let arm = Proportion::new(50, 1000)?;
/// assert_eq!(arm.rate(), Some(0.05));
/// assert!(Proportion::new(2, 1).is_err());
/// assert_eq!(arm.merge(Proportion::new(10, 200)?), Proportion::new(60, 1200));
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proportion {
    conversions: u64,
    users: u64,
}

impl Proportion {
    /// `conversions` of `users`; both may be 0.
    ///
    /// # Errors
    ///
    /// `ConversionsExceedUsers` if there are more conversions than users.
    pub fn new(conversions: u64, users: u64) -> Estimate<Self> {
        if conversions > users {
            return Err(Undefined::ConversionsExceedUsers { conversions, users });
        }
        Ok(Self { conversions, users })
    }

    /// How many converted.
    pub fn conversions(self) -> u64 {
        self.conversions
    }

    /// How many there are.
    pub fn users(self) -> u64 {
        self.users
    }

    /// How many did not convert.
    pub fn failures(self) -> u64 {
        self.users - self.conversions
    }

    /// The share that converted; `None` without users.
    pub fn rate(self) -> Option<f64> {
        (self.users > 0).then(|| self.conversions as f64 / self.users as f64)
    }

    /// The two together, as if they had been counted in one place.
    ///
    /// # Errors
    ///
    /// `Overflow` if there are more than 2^64 − 1 users.
    pub fn merge(self, other: Self) -> Estimate<Self> {
        let users = self.users.checked_add(other.users).ok_or(Undefined::Overflow { what: "the number of users" })?;
        // Not more than the users, so this does not overflow either.
        Ok(Self { conversions: self.conversions + other.conversions, users })
    }

    /// The same users as a metric that is 1 for a conversion and 0 else, with the sample variance p (1 − p) n/(n − 1); for what
    /// is asked of means, such as a relative lift or a margin. Mean and variance are 0 where they are not known.
    ///
    /// ```
    /// use flags_ab::statistics::Proportion;
    ///
    /// let summary = Proportion::new(1, 4)?.summary();
    /// assert_eq!((summary.users(), summary.mean(), summary.variance()), (4, 0.25, 0.25));
    /// # Ok::<(), flags_ab::statistics::Undefined>(())
    /// ```
    pub fn summary(self) -> Summary {
        let users = self.users as f64;
        let variance = if self.users > 1 { self.variance() * (users / (users - 1.0)) } else { 0.0 };
        Summary::from_finite(self.users, self.rate().unwrap_or(0.0), variance)
    }

    /// p (1 − p), with 1 − p from the count of failures.
    pub(crate) fn variance(self) -> f64 {
        let users = self.users as f64;
        (self.conversions as f64 / users) * (self.failures() as f64 / users)
    }
}

/// Both arms of a comparison by conversions, each with users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TwoProportions {
    pub(crate) control: Proportion,
    pub(crate) treatment: Proportion,
    /// The difference of the rates, from integers.
    pub(crate) difference: f64,
}

impl TwoProportions {
    pub(crate) fn new(control: Proportion, treatment: Proportion) -> Estimate<Self> {
        for (arm, proportion) in [(Arm::Control, control), (Arm::Treatment, treatment)] {
            if proportion.users == 0 {
                return Err(Undefined::NoUsers { arm });
            }
        }
        // (x_b n_a − x_a n_b)/(n_a n_b): at 1e12 users the rates share all but a few of their digits.
        let product =
            |proportion: Proportion, other: Proportion| u128::from(proportion.conversions) * u128::from(other.users);
        let (treated, controlled) = (product(treatment, control), product(control, treatment));
        let size = treated.abs_diff(controlled) as f64 / (control.users as f64 * treatment.users as f64);
        Ok(Self { control, treatment, difference: if treated < controlled { -size } else { size } })
    }

    /// The variance of the difference if each arm converts at its own rate.
    pub(crate) fn variance_of_difference(&self) -> f64 {
        let part = |arm: Proportion| arm.variance() / arm.users as f64;
        part(self.control) + part(self.treatment)
    }
}

/// Users, mean and variance of a metric in an arm, one value for each user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    users: u64,
    mean: f64,
    variance: f64,
}

impl Summary {
    /// `variance` is the sample variance, with divisor n − 1; give 0 for fewer than two users.
    ///
    /// # Errors
    ///
    /// `OutOfDomain` if the mean is not finite, or the variance is not finite or is negative.
    pub fn new(users: u64, mean: f64, variance: f64) -> Estimate<Self> {
        Ok(Self {
            users,
            mean: argument("the mean", mean, "a finite number", |_| true)?,
            variance: argument("the variance", variance, "a finite number of at least 0", |variance| variance >= 0.0)?,
        })
    }

    /// From numbers that are known to be finite, and a variance that is not negative.
    pub(crate) fn from_finite(users: u64, mean: f64, variance: f64) -> Self {
        Self { users, mean, variance }
    }

    /// How many users there are.
    pub fn users(self) -> u64 {
        self.users
    }

    /// The mean over the users.
    pub fn mean(self) -> f64 {
        self.mean
    }

    /// The sample variance over the users.
    pub fn variance(self) -> f64 {
        self.variance
    }

    /// The variance of the mean: s²/n.
    pub(crate) fn variance_of_mean(self) -> f64 {
        self.variance / self.users as f64
    }

    /// Refuses an arm with fewer than two users, whose variance is not known.
    pub(crate) fn require_two(self, arm: Arm) -> Estimate<Self> {
        match self.users {
            0 => Err(Undefined::NoUsers { arm }),
            1 => Err(Undefined::TooFewUsers { arm, users: 1, needed: 2 }),
            _ => Ok(self),
        }
    }
}
