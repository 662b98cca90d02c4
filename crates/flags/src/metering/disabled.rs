//! Without the feature `metrics`, nothing is counted.

use std::sync::Weak;

use flags_core::{Attributes, FlagId, FlagSet, Outcome};

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

    #[inline]
    pub(crate) fn measure<C: Attributes>(
        &self,
        _set: &FlagSet,
        _context: &C,
        decide: impl FnOnce() -> Outcome,
    ) -> Outcome {
        decide()
    }

    #[inline]
    pub(crate) fn count_type_mismatch(&self, _flag: Option<FlagId>) {}
}
