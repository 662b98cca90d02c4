//! Which cell counts what: the layout of the cells for one compiled set.

use std::{fmt, ops::Range, sync::Arc};

use flags_core::{ErrorCode, FlagId, FlagSet, Outcome};

use super::{
    slab::{Pool, Sizes, Sums},
    thread::ThreadCounts,
};
use crate::{MonotonicClock, branch::Branch, record::FlagRecord, setup::Setup, sketch::UnitHasher};

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

/// The places of the variants `on` and `off`, which all flags without written variants share.
const SHARED: usize = 2;

/// How many slots each flag has to itself: for no variant, and for `on` and `off`.
const OWN_SLOTS: usize = 1 + SHARED;

/// The slots of one flag.
#[derive(Clone)]
pub(crate) struct Slots {
    /// That of no variant.
    pub(crate) none: usize,
    /// Those of its variants, in order.
    pub(crate) variants: Range<usize>,
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
    /// Which client it belongs to.
    pub(super) owner: usize,
    /// How many variants the set has: their places are slots, one for each. Behind them each flag has slots of its own. So
    /// the slot of an outcome is arithmetic on what the outcome says, and nothing has to be looked up.
    variants: usize,
    slots: Box<[Slots]>,
    pub(super) records: Box<[Arc<FlagRecord>]>,
    unknown: Arc<FlagRecord>,
    pub(super) pool: Pool,
    pub(super) time_every: u64,
    pub(super) clock: Arc<dyn MonotonicClock>,
    pub(super) units: Option<UnitHasher>,
}

impl Layout {
    /// Lays out the cells of a set; `records` are its flags', in order.
    pub(crate) fn new(set: &FlagSet, owner: usize, records: Box<[Arc<FlagRecord>]>, setup: &Setup) -> Self {
        let variants = set.flags().map(|flag| flag.variant_places().end).fold(SHARED, usize::max);
        let slots: Box<[Slots]> = (0..)
            .zip(set.flags())
            .map(|(at, flag)| {
                let none = variants + at * OWN_SLOTS;
                let places = flag.variant_places();
                let variants = if places.start < SHARED { none + 1..none + OWN_SLOTS } else { places };
                Slots { none, variants }
            })
            .collect();
        let sizes = Sizes { slots: variants + slots.len() * OWN_SLOTS, errors: slots.len() * ERROR_CODES.len() };
        Self {
            owner,
            variants,
            slots,
            records,
            unknown: Arc::clone(&setup.unknown),
            pool: Pool::new(sizes),
            time_every: match setup.chosen.time_one_in {
                0 => u64::MAX,
                one_in => u64::from(one_in),
            },
            clock: Arc::clone(&setup.clock),
            units: setup.chosen.unique_units.then(|| setup.unit_hasher.clone()),
        }
    }

    /// The slot of an outcome; `None` if its flag is unknown.
    #[inline]
    pub(super) fn slot(&self, outcome: Outcome) -> Option<usize> {
        let own = self.variants + outcome.flag()?.index() * OWN_SLOTS;
        Some(match outcome.variant_place().unwrap_or(usize::MAX) {
            shared if shared < SHARED => own + 1 + shared,
            variant if variant < self.variants => variant,
            // None, or one that a test forces from outside of the set.
            _ => own,
        })
    }

    /// The cell of an error of a flag.
    pub(super) fn error(flag: FlagId, error: ErrorCode) -> usize {
        flag.index() * ERROR_CODES.len() + error_cell(error)
    }

    /// Counts a unit, where units are told apart.
    #[inline]
    pub(super) fn count_unit(&self, flag: FlagId, unit: &str) {
        if let Some(hasher) = &self.units
            && let Some(record) = self.records.get(flag.index())
        {
            record.units().insert(hasher.hash(unit));
        }
    }

    /// The sums of all threads' cells.
    pub(crate) fn sums(&self) -> Sums {
        self.pool.sums()
    }

    /// Of each flag: its slots.
    pub(crate) fn slots(&self) -> &[Slots] {
        &self.slots
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

    /// Whether units are told apart; if not, [`count_unit`](Self::count_unit) does nothing.
    #[must_use]
    #[inline]
    pub fn counts_units(&self) -> bool {
        self.layout.units.is_some()
    }

    /// Counts the unit a flag was evaluated for, unless it has been seen before; does nothing where units are not told apart.
    ///
    /// [`FlagSet::with_unit`] lends the unit.
    #[inline]
    pub fn count_unit(&self, flag: FlagId, unit: &str) {
        self.layout.count_unit(flag, unit);
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
            .field("flags", &self.layout.records.len())
            .field("slabs", &self.slabs())
            .finish()
    }
}
