//! Why an analysis shows no number.

use flags_core::Timestamp;
use thiserror::Error;

use crate::statistics::Undefined;

/// Why there is no number where one could be.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// The statistics have no answer.
    #[error(transparent)]
    Undefined(#[from] Undefined),
    /// Nothing is known of the metric in this arm.
    #[error("there is no data for it in this arm")]
    NoData,
    /// A test for one look, asked before that look.
    #[error("shown at the end only: a test for one look errs far more often when it is looked at before{}", by(*until))]
    BeforeTheEnd {
        /// When that is, if it is known.
        until: Option<Timestamp>,
    },
    /// A test for a few planned looks, asked before the first of them.
    #[error("shown at the first planned look, at {at}")]
    BeforeTheFirstLook {
        /// When that is.
        at: Timestamp,
    },
    /// A test for a few planned looks, of an experiment without the dates they are planned by.
    #[error("the method group_sequential plans its looks between start and end: write both, or use sequential")]
    NoDates,
    /// Too few units for a method that rests on the central limit theorem.
    #[error("too few units for this method: {units} in the smaller arm, where {needed} are needed")]
    TooFewUnits {
        /// The units of the smaller arm.
        units: u64,
        /// How many there have to be.
        needed: u64,
    },
    /// Too few units had the event, or too few had not, for a method that rests on the central limit theorem.
    #[error(
        "too few conversions for this method: {expected:.1} expected in the smaller arm, where {needed} are needed"
    )]
    TooFewConversions {
        /// The smallest number of conversions, or of units without, that is expected in an arm if the rates are the same.
        expected: f64,
        /// How many there have to be.
        needed: u64,
    },
    /// There was no time at which both arms were given out.
    #[error("the arm and the control were never given out at the same time, so nothing can be compared")]
    NeverTogether,
    /// Posteriors have no p-value.
    #[error("the method bayesian has no p-value")]
    NoPValue,
}

fn by(until: Option<Timestamp>) -> String {
    until.map_or_else(String::new, |until| format!(" (the end is {until})"))
}

impl Unavailable {
    /// Whether there would be a number, and it is not shown before its time.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        matches!(self, Self::BeforeTheEnd { .. } | Self::BeforeTheFirstLook { .. } | Self::NoDates)
    }

    /// The reason as a word that does not change, for machines: `before_the_end`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Undefined(undefined) => undefined.code(),
            Self::NoData => "no_data",
            Self::BeforeTheEnd { .. } => "before_the_end",
            Self::BeforeTheFirstLook { .. } => "before_the_first_look",
            Self::NoDates => "no_dates",
            Self::TooFewUnits { .. } => "too_few_units",
            Self::TooFewConversions { .. } => "too_few_conversions",
            Self::NeverTogether => "never_together",
            Self::NoPValue => "no_p_value",
        }
    }
}
