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

/// Where one flag's slots begin: one for no variant, then one for each variant. The next flag's begin where they end.
///
/// A slot has a cell in the bank of each reason.
#[derive(Clone, Copy)]
struct Place {
    first_slot: u32,
    /// The place in the set of the flag's first variant.
    first_variant: u32,
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
    /// Of each flag, and one more for where the last ends.
    places: Box<[Place]>,
    pub(super) records: Box<[Arc<FlagRecord>]>,
    unknown: Arc<FlagRecord>,
    pub(super) pool: Pool,
    pub(super) time_every: u64,
    pub(super) clock: Arc<dyn MonotonicClock>,
    pub(super) units: Option<UnitHasher>,
}

impl Layout {
    /// Lays out the cells of a set; `records` are its flags', in order.
    pub(crate) fn new(set: &FlagSet, records: Box<[Arc<FlagRecord>]>, setup: &Setup) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut slots = 0;
        let mut places: Vec<Place> = Vec::with_capacity(set.len() + 1);
        for flag in set.flags() {
            let variants = flag.variant_places();
            places.push(Place { first_slot: narrow(slots), first_variant: narrow(variants.start) });
            slots += variants.len() + 1;
        }
        let errors = places.len() * ERROR_CODES.len();
        places.push(Place { first_slot: narrow(slots), first_variant: 0 });
        Self {
            owner: setup.id,
            places: places.into(),
            records,
            unknown: Arc::clone(&setup.unknown),
            pool: Pool::new(Sizes { slots, errors }),
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
        let flag = outcome.flag()?.index();
        let (place, next) = (self.places.get(flag)?, self.places.get(flag + 1)?);
        let variants = (next.first_slot as usize).saturating_sub(place.first_slot as usize + 1);
        let offset = match outcome.variant_place() {
            Some(variant) => variant.wrapping_sub(place.first_variant as usize),
            None => usize::MAX,
        };
        // The first slot is for no variant, and for one that a test forces from outside of the flag.
        Some(place.first_slot as usize + if offset < variants { offset + 1 } else { 0 })
    }

    /// The cell of an error of a flag.
    pub(super) fn error(flag: FlagId, error: ErrorCode) -> usize {
        flag.index() * ERROR_CODES.len() + error_cell(error)
    }

    /// The sums of all threads' cells.
    pub(crate) fn sums(&self) -> Sums {
        self.pool.sums()
    }

    /// Of each flag: its slots.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Range<usize>> {
        self.places.windows(2).map(|pair| pair[0].first_slot as usize..pair[1].first_slot as usize)
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
            .field("flags", &self.layout.records.len())
            .field("slabs", &self.slabs())
            .finish()
    }
}
