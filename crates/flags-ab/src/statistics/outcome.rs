//! What an analysis answers: a number, or the reason why there is none.

use thiserror::Error;

/// A number, or whatever else was asked for, or the reason why it is not defined for this input.
///
/// No analysis answers with NaN or an infinity, with a zero or a p-value of 1 where there is nothing to say.
pub type Estimate<T = f64> = Result<T, Undefined>;

/// One of the two arms that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// The arm that is compared against; a in formulas.
    Control,
    /// The arm that is tried; b in formulas. Every effect is b minus a.
    Treatment,
}

impl std::fmt::Display for Arm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Control => "the control",
            Self::Treatment => "the treatment",
        })
    }
}

/// Why there is no number.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Undefined {
    /// Nobody is in the arm.
    #[error("{arm} has no users")]
    NoUsers {
        /// The arm that is empty.
        arm: Arm,
    },
    /// There are users, but fewer than the analysis needs.
    #[error("{arm} has too few users: {users}, where at least {needed} are needed")]
    TooFewUsers {
        /// The arm that is too small.
        arm: Arm,
        /// How many there are.
        users: u64,
        /// How many there have to be.
        needed: u64,
    },
    /// A sample without anything in it.
    #[error("there are no users and no values")]
    NoValues,
    /// The values of each arm do not differ among themselves, so there is nothing to measure a difference by.
    #[error("all values within an arm are the same, so there is no variance to measure a difference by")]
    ZeroVariance,
    /// A relative effect was asked for and the control's mean is zero.
    #[error("the mean of the control is zero, so there is no relative effect; use the absolute one")]
    ZeroControl,
    /// The method needs a positive mean in the arm.
    #[error("the mean of {arm} is not positive, which this interval needs")]
    MeanNotPositive {
        /// The arm it is about.
        arm: Arm,
    },
    /// The denominator of a ratio metric is zero in the arm.
    #[error("the denominators of {arm} add up to zero")]
    ZeroDenominator {
        /// The arm it is about.
        arm: Arm,
    },
    /// Fieller's interval has no end, because the control's mean may be zero.
    #[error("the mean of the control is too close to zero for a bounded interval (g = {g:.3}, which must be below 1)")]
    UnboundedFieller {
        /// z² times the squared coefficient of variation of the control's mean.
        g: f64,
    },
    /// There is no effect to plan for.
    #[error("the rates or means to tell apart are the same, so no sample is large enough")]
    NoEffect,
    /// No effect is large enough to be found with this sample.
    #[error("no effect that is possible from here can be found with this sample at this power")]
    NoDetectableEffect,
    /// Nobody is in any arm.
    #[error("there is no traffic yet")]
    NoTraffic,
    /// A comparison of arms needs at least two of them with a positive weight.
    #[error("there is one arm with a positive weight, and a comparison needs two")]
    OneArm,
    /// Somebody is in an arm that is not given out.
    #[error("the arm at index {arm} has weight 0, but {users} users are in it: look for what puts them there")]
    TrafficWithoutWeight {
        /// The index of the arm.
        arm: usize,
        /// How many are there.
        users: u64,
    },
    /// Two lists that belong together are not of the same length.
    #[error("the number of {what} is {found}, and has to be {expected}")]
    LengthMismatch {
        /// What the shorter or longer list holds.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there have to be.
        expected: usize,
    },
    /// More conversions than users, where a user converts at most once.
    #[error("{conversions} conversions of {users} users: count each user once")]
    ConversionsExceedUsers {
        /// The conversions.
        conversions: u64,
        /// The users.
        users: u64,
    },
    /// An argument is NaN, infinite, or outside of its range.
    #[error("{what} is {value}, and has to be {expected}")]
    OutOfDomain {
        /// The argument's name.
        what: &'static str,
        /// What it was.
        value: f64,
        /// What it has to be.
        expected: &'static str,
    },
    /// The result is beyond the doubles.
    #[error("{what} is too large or too small to be represented")]
    Overflow {
        /// What was computed.
        what: &'static str,
    },
    /// The sample is too large for a method that counts every case.
    #[error("the sample is too large for {method}; {instead}")]
    TooLarge {
        /// The method.
        method: &'static str,
        /// What to use.
        instead: &'static str,
    },
    /// There are equal values, and the method's distribution is for different ones.
    #[error("there are equal values, so the exact distribution does not apply; use the normal approximation")]
    Ties,
    /// A look of a group-sequential design brings next to no new information.
    #[error("look {look} brings less than a thousandth of new information: leave it out, or look later")]
    LooksTooClose {
        /// The number of the look, counted from 1.
        look: u64,
    },
    /// A design has no boundary at this look, because nothing of its level is spent there.
    #[error("nothing is spent at look {look}, so that no result stops there and its interval has no end")]
    NoBoundary {
        /// The number of the look, counted from 1.
        look: u64,
    },
    /// A result was to be adjusted for stopping at a look at which the design goes on.
    #[error(
        "the design goes on at look {look}, which crosses no boundary and is not the last: use its repeated interval"
    )]
    NotStopped {
        /// The number of the look, counted from 1.
        look: u64,
    },
    /// Intervals that all cover the effect, if there is one effect, have nothing in common.
    #[error("the intervals of the looks have nothing in common: the effect has changed over time")]
    NoCommonInterval,
    /// Over-dispersion was to be estimated without two batches in any arm.
    #[error("no arm has two batches, and the variation between batches needs at least that")]
    TooFewBatches,
    /// Fewer conversions, or units without, are expected in the smaller arm than the analysis needs.
    #[error(
        "too few conversions, or units without: {expected:.1} are expected in the smaller arm, where {needed} are needed"
    )]
    TooFewConversions {
        /// How many are expected in the smaller arm if the rates are the same.
        expected: f64,
        /// How many there have to be.
        needed: u64,
    },
}

impl Undefined {
    /// The reason as a word that does not change, for machines: `zero_control`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoUsers { .. } => "no_users",
            Self::TooFewUsers { .. } => "too_few_users",
            Self::NoValues => "no_values",
            Self::ZeroVariance => "zero_variance",
            Self::ZeroControl => "zero_control",
            Self::MeanNotPositive { .. } => "mean_not_positive",
            Self::ZeroDenominator { .. } => "zero_denominator",
            Self::UnboundedFieller { .. } => "unbounded_fieller",
            Self::NoEffect => "no_effect",
            Self::NoDetectableEffect => "no_detectable_effect",
            Self::NoTraffic => "no_traffic",
            Self::OneArm => "one_arm",
            Self::TrafficWithoutWeight { .. } => "traffic_without_weight",
            Self::LengthMismatch { .. } => "length_mismatch",
            Self::ConversionsExceedUsers { .. } => "conversions_exceed_users",
            Self::OutOfDomain { .. } => "out_of_domain",
            Self::Overflow { .. } => "overflow",
            Self::TooLarge { .. } => "too_large",
            Self::Ties => "ties",
            Self::LooksTooClose { .. } => "looks_too_close",
            Self::NoBoundary { .. } => "no_boundary",
            Self::NotStopped { .. } => "not_stopped",
            Self::NoCommonInterval => "no_common_interval",
            Self::TooFewBatches => "too_few_batches",
            Self::TooFewConversions { .. } => "too_few_conversions",
        }
    }
}

/// The value, if it is an ordinary number.
///
/// # Errors
///
/// [`Undefined::Overflow`] if it is infinite or NaN.
pub(crate) fn finite(what: &'static str, value: f64) -> Estimate {
    if value.is_finite() { Ok(value) } else { Err(Undefined::Overflow { what }) }
}

/// The argument, if it is within its range.
///
/// # Errors
///
/// [`Undefined::OutOfDomain`] if it is not, or NaN, or infinite.
pub(crate) fn argument(
    what: &'static str,
    value: f64,
    expected: &'static str,
    fits: impl FnOnce(f64) -> bool,
) -> Estimate {
    if value.is_finite() && fits(value) { Ok(value) } else { Err(Undefined::OutOfDomain { what, value, expected }) }
}
