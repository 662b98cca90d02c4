//! Which cell counts what: the layout of the cells for one compiled set.

use std::{fmt, sync::Arc};

use flags_core::{ErrorCode, FlagId, FlagSet, Outcome};

use super::{slab::Pool, thread::ThreadCounts};
use crate::{MonotonicClock, branch::Branch, histogram::BUCKETS, record::FlagRecord, setup::Setup, sketch::UnitHasher};

/// How many reasons there are.
pub(crate) const REASONS: usize = 6;

/// The codes of errors that a flag can be evaluated to; whatever comes in later releases is the last.
pub(crate) const ERROR_CODES: [&str; 3] =
    [ErrorCode::TargetingKeyMissing.name(), ErrorCode::TypeMismatch.name(), "GENERAL"];

/// Where an error is among [`ERROR_CODES`].
pub(super) fn error_cell(error: ErrorCode) -> usize {
    match error {
        ErrorCode::TargetingKeyMissing => 0,
        ErrorCode::TypeMismatch => 1,
        _ => 2,
    }
}

/// The cells before those of the flags, and the room that keeps slabs of two threads off each other's cache lines.
pub(crate) struct Cells;

impl Cells {
    /// Evaluations since the last that was timed.
    pub(super) const UNTIMED: usize = 16;
    /// Evaluations of flags that do not exist.
    pub(crate) const UNKNOWN: usize = 17;
    /// How long evaluations took: the buckets, then the sum in nanoseconds.
    pub(crate) const DURATIONS: usize = 18;
    /// The cells of the first flag.
    pub(crate) const FLAGS: usize = Self::DURATIONS + BUCKETS + 1;
    const AFTER: usize = 16;
}

/// The cells of one flag: for each reason one for each variant, none first; then one for each code of an error.
#[derive(Clone, Copy)]
struct Place {
    cells: u32,
    /// The place in the set of the flag's first variant.
    first_variant: u32,
    variants: u32,
}

/// What evaluations of one compiled set are counted with.
///
/// Cheap to clone. Made by [`Metrics::layout`](crate::Metrics::layout) whenever a set is compiled, and kept beside that set:
/// outcomes of another set would be counted for the wrong flags.
///
/// A thread counts in cells of its own. Either it keeps them itself ([`attach`](Self::attach)), or [`with`](Self::with) keeps
/// them for it.
#[derive(Clone)]
pub struct CounterLayout {
    layout: Arc<Layout>,
}

/// What clones of a layout, and the threads that count by it, share.
pub(crate) struct Layout {
    /// Which [`Metrics`](crate::Metrics) it belongs to.
    pub(super) owner: usize,
    places: Box<[Place]>,
    pub(super) records: Box<[Arc<FlagRecord>]>,
    unknown: Arc<FlagRecord>,
    pub(super) pool: Pool,
    cells: usize,
    pub(super) time_every: u64,
    pub(super) clock: Arc<dyn MonotonicClock>,
    pub(super) units: Option<UnitHasher>,
}

impl Layout {
    /// Lays out the cells of a set; `records` are its flags', in order.
    pub(crate) fn new(set: &FlagSet, records: Box<[Arc<FlagRecord>]>, setup: &Setup) -> Self {
        let mut next = Cells::FLAGS;
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let places = set.flags().map(|flag| {
            let variants = flag.variant_places();
            let place =
                Place { cells: narrow(next), first_variant: narrow(variants.start), variants: narrow(variants.len()) };
            next += (variants.len() + 1) * REASONS + ERROR_CODES.len();
            place
        });
        let places = places.collect();
        Self {
            owner: setup.id,
            places,
            records,
            unknown: Arc::clone(&setup.unknown),
            pool: Pool::new(next + Cells::AFTER),
            cells: next,
            time_every: match setup.chosen.time_one_in {
                0 => u64::MAX,
                one_in => u64::from(one_in),
            },
            clock: Arc::clone(&setup.clock),
            units: setup.chosen.unique_units.then(|| setup.unit_hasher.clone()),
        }
    }

    /// The cell of an outcome.
    #[inline]
    pub(super) fn cell(&self, outcome: Outcome) -> usize {
        let Some(place) = outcome.flag().and_then(|flag| self.places.get(flag.index())) else { return Cells::UNKNOWN };
        let reason = (outcome.reason() as usize) * (place.variants as usize + 1);
        place.cells as usize + reason + self.slot(*place, outcome)
    }

    /// The cell of an error of a flag.
    pub(super) fn error(&self, flag: FlagId, error: ErrorCode) -> usize {
        let Some(place) = self.places.get(flag.index()) else { return Cells::UNKNOWN };
        place.cells as usize + (place.variants as usize + 1) * REASONS + error_cell(error)
    }

    /// Which of the flag's variants, counted from 1; 0 for none, and for one that a test forces from outside of the flag.
    #[inline]
    fn slot(&self, place: Place, outcome: Outcome) -> usize {
        let Some(variant) = outcome.variant_place() else { return 0 };
        let offset = variant.wrapping_sub(place.first_variant as usize);
        if offset < place.variants as usize { offset + 1 } else { 0 }
    }

    /// The sums of all threads' cells.
    pub(crate) fn sums(&self) -> Vec<u64> {
        let mut sums = vec![0; self.cells];
        self.pool.sum(&mut sums);
        sums
    }

    /// Of each flag: its first cell, and how many slots it has for each reason.
    pub(crate) fn flags(&self) -> impl Iterator<Item = (usize, usize)> {
        self.places.iter().map(|place| (place.cells as usize, place.variants as usize + 1))
    }
}

impl CounterLayout {
    pub(crate) fn new(layout: Arc<Layout>) -> Self {
        Self { layout }
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Cells for the present thread to count in, until it drops them.
    ///
    /// Costs a lock, and memory the first time; keep them for many evaluations.
    #[must_use]
    pub fn attach(&self) -> ThreadCounts {
        ThreadCounts::new(Arc::clone(&self.layout))
    }

    /// Whether these cells were [attached](Self::attach) to this layout.
    #[must_use]
    #[inline]
    pub fn owns(&self, counts: &ThreadCounts) -> bool {
        Arc::ptr_eq(&self.layout, counts.layout())
    }

    /// Whether units are told apart; if not, [`ThreadCounts::count_unit`] does nothing.
    #[must_use]
    #[inline]
    pub fn counts_units(&self) -> bool {
        self.layout.units.is_some()
    }

    /// The branch of the program that an outcome of `set` leads to, to be measured.
    ///
    /// The first call for a flag makes branches of all its variants, so that those without an error are shown with none.
    #[must_use]
    pub fn branch(&self, set: &FlagSet, outcome: Outcome) -> Branch {
        let flag = outcome.flag();
        let record = flag.and_then(|flag| self.layout.records.get(flag.index()));
        let (Some(record), Some(view)) = (record, flag.and_then(|flag| set.view(flag))) else {
            return self.layout.unknown.branch(None, std::iter::empty());
        };
        record.branch(set.decision(outcome).variant(), view.variants().map(|(name, _)| name))
    }

    /// How many threads have counted by this layout at once, at most.
    #[must_use]
    pub fn slabs(&self) -> usize {
        self.layout.pool.count()
    }
}

impl fmt::Debug for CounterLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CounterLayout")
            .field("flags", &self.layout.places.len())
            .field("cells", &self.layout.cells)
            .field("slabs", &self.slabs())
            .finish()
    }
}
