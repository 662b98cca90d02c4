//! Without the feature `metrics`, nothing is counted.

use std::sync::Weak;

use flags_core::{Attributes, FlagId, FlagSet, Outcome};

use super::Tally;
use crate::client::Inner;

/// Counts nothing.
#[derive(Clone, Debug)]
pub(crate) struct Metering;

impl Metering {
    pub(crate) const NONE: Self = Self;

    pub(crate) fn meter(&self, _set: &FlagSet) -> Meter {
        Meter
    }

    pub(crate) fn count_changes(&self, _by: &'static str, _flags: usize) {}

    pub(crate) fn show(&self, _client: &Weak<Inner>) {}
}

/// Counts no evaluation of one compiled set.
#[derive(Clone, Debug)]
pub(crate) struct Meter;

impl Meter {
    #[cfg(feature = "testing")]
    pub(crate) const NONE: Self = Self;

    pub(crate) fn attach(&self) -> Counts {
        Counts::NONE
    }
}

impl Tally for Meter {
    #[inline]
    fn begin(&self) -> Begun {
        Begun
    }

    #[inline]
    fn finish<C: Attributes>(&self, _begun: Begun, _outcome: Outcome, _set: &FlagSet, _context: &C) {}

    #[inline]
    fn type_mismatch(&self, _flag: Option<FlagId>) {}
}

/// A thread keeps nothing to count with.
pub(crate) struct Counts;

impl Counts {
    pub(crate) const NONE: Self = Self;
}

impl Tally for Counts {
    #[inline]
    fn begin(&self) -> Begun {
        Begun
    }

    #[inline]
    fn finish<C: Attributes>(&self, _begun: Begun, _outcome: Outcome, _set: &FlagSet, _context: &C) {}

    #[inline]
    fn type_mismatch(&self, _flag: Option<FlagId>) {}
}

/// Nothing is known of an evaluation that has begun.
pub(crate) struct Begun;
