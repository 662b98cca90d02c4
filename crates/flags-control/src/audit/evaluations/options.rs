//! How evaluations are written down.

use std::num::{NonZeroU32, NonZeroUsize};

/// How evaluations are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvaluationOptions {
    /// How many evaluations there are, on average, for each that is written: 1 for all of them. 100 by default.
    pub one_in: NonZeroU32,
    /// What the choice of the sample follows from.
    pub seed: u64,
    /// How units are written. Hashed by default.
    pub units: UnitForm,
    /// How many evaluations may wait to be written; one more is dropped. 8192 by default.
    pub queue: NonZeroUsize,
    /// The size of a file, in bytes, from which on the next is begun. 16 MiB by default.
    pub segment_bytes: u64,
    /// The most that all files may take up, in bytes; the oldest are removed. 256 MiB by default.
    pub total_bytes: u64,
}

/// How the unit of an evaluation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnitForm {
    /// As a hash with a secret of the folder ([`hashed_unit`](super::hashed_unit)): evaluations of one unit can be told to
    /// be of one unit, and looked up by whoever knows the unit and may read the folder.
    Hashed,
    /// As it is.
    Plain,
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self {
            one_in: NonZeroU32::MIN.saturating_add(99),
            seed: 0,
            units: UnitForm::Hashed,
            queue: NonZeroUsize::MIN.saturating_add(8_191),
            segment_bytes: 16 << 20,
            total_bytes: 256 << 20,
        }
    }
}

impl EvaluationOptions {
    /// Writes one in so many, chosen at random; 0 counts as 1.
    #[must_use]
    pub fn one_in(mut self, count: u32) -> Self {
        self.one_in = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        self
    }

    /// Chooses the sample by that seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Writes units so.
    #[must_use]
    pub fn units(mut self, form: UnitForm) -> Self {
        self.units = form;
        self
    }

    /// So many may wait to be written; 0 counts as 1.
    #[must_use]
    pub fn queue(mut self, length: usize) -> Self {
        self.queue = NonZeroUsize::new(length).unwrap_or(NonZeroUsize::MIN);
        self
    }

    /// Files are of about that size, in bytes, and never of more than half of what all may take up.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// All files together take up no more than that, in bytes, but for one batch of lines.
    #[must_use]
    pub fn total_bytes(mut self, bytes: u64) -> Self {
        self.total_bytes = bytes;
        self
    }
}
