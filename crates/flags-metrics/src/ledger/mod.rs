//! The totals, by the names of flags and variants: what was counted in cells ends up here.
//!
//! Pure bookkeeping: [`Ledger::define`] says which flags and variants there are, and everything else adds. A total never falls
//! while what it counts is defined. A variant that its flag no longer has leaves its total to the flag's row
//! [`OTHER`], so that the sum over a flag never falls either. A flag that is no longer defined is forgotten; if it
//! comes back it starts from zero, which Prometheus takes for the restart of a counter, as it does a restart of the program.

mod guard;
mod series;

use std::{borrow::Cow, collections::HashMap, sync::Arc, time::Instant};

pub(crate) use self::{
    guard::Guard,
    series::{Budget, Series},
};
use crate::{
    branch::BranchOutcomes,
    counting::{ERROR_CODES, REASONS},
    histogram::{EVALUATION_BOUNDS, HistogramSnapshot},
    record::FlagRecord,
    table::{NO_VARIANT, OTHER},
};

/// Stands for a flag or a variant that is no longer there.
pub(crate) const GONE: u32 = u32::MAX;

/// The place of the only error that an evaluation of a flag comes to by itself.
const MISSING_UNIT: usize = 0;

/// Everything that was counted.
pub(crate) struct Ledger {
    flags: Vec<FlagTotals>,
    index: HashMap<Arc<str>, u32>,
    pub(crate) unknown: u64,
    pub(crate) durations: HistogramSnapshot,
    pub(crate) budget: Budget,
    pub(crate) overflow: Overflow,
}

/// What found no place among the series that are shown.
#[derive(Default)]
pub(crate) struct Overflow {
    pub(crate) evaluations: [u64; REASONS],
    pub(crate) errors: [u64; ERROR_CODES.len()],
    pub(crate) guard: BranchOutcomes,
    pub(crate) fall_backs: [u64; 3],
    pub(crate) shadows: [u64; 3],
}

/// The totals of one flag.
pub(crate) struct FlagTotals {
    pub(crate) key: Arc<str>,
    /// Who defines it.
    definers: Vec<usize>,
    /// No variant first, then the variants as they are defined.
    pub(crate) rows: Vec<Row>,
    /// Variants that the flag no longer has.
    pub(crate) gone: Row,
    pub(crate) errors: Series<{ ERROR_CODES.len() }>,
    pub(crate) record: Arc<FlagRecord>,
    pub(crate) guard: Guard,
    /// Whether the number of its units is shown.
    pub(crate) units_shown: bool,
    /// When evaluations of it were last found.
    pub(crate) last_evaluated: Option<Instant>,
}

/// The evaluations of one flag to one variant.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) variant: Box<str>,
    pub(crate) series: Series<REASONS>,
}

/// What is defined of a flag.
pub(crate) struct Defined<'d> {
    pub(crate) key: &'d str,
    pub(crate) variants: Vec<Cow<'d, str>>,
    /// Rows and reasons that the flag can come to.
    pub(crate) reachable: Vec<(usize, usize)>,
    /// Whether it can come to an error, which is that of a missing unit then.
    pub(crate) can_fail: bool,
}

/// Where flags and rows have moved by a new definition, for those who know them by their places.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// Of each former flag: its new place, or [`GONE`].
    pub(crate) flags: Vec<u32>,
    /// Of each former flag whose variants changed: the new place of each former row, or [`GONE`].
    pub(crate) rows: HashMap<u32, Box<[u32]>>,
}

impl Row {
    fn new(variant: &str) -> Self {
        Self { variant: variant.into(), series: Series::new() }
    }
}

impl Ledger {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            flags: Vec::new(),
            index: HashMap::new(),
            unknown: 0,
            durations: HistogramSnapshot::new(&EVALUATION_BOUNDS),
            budget: Budget::new(limit),
            overflow: Overflow::default(),
        }
    }

    pub(crate) fn flags(&self) -> &[FlagTotals] {
        &self.flags
    }

    pub(crate) fn find(&self, key: &str) -> Option<&FlagTotals> {
        self.flags.get(*self.index.get(key)? as usize)
    }

    /// Replaces what one client defines, and says where everything has moved. Its flags come first then, in its order.
    pub(crate) fn define(
        &mut self,
        definer: usize,
        defined: &[Defined<'_>],
        new_record: impl Fn() -> Arc<FlagRecord>,
    ) -> Moves {
        let mut moves = Moves { flags: vec![GONE; self.flags.len()], rows: HashMap::new() };
        let mut former: Vec<Option<FlagTotals>> = std::mem::take(&mut self.flags).into_iter().map(Some).collect();
        let index = std::mem::take(&mut self.index);
        for flag in defined {
            let known = index.get(flag.key).copied();
            let totals = match known.and_then(|at| Some((at, former.get_mut(at as usize)?.take()?))) {
                Some((at, mut totals)) => {
                    moves.flags[at as usize] = self.next_place();
                    if let Some(rows) = totals.redefine(definer, &flag.variants, &mut self.budget, &mut self.overflow) {
                        moves.rows.insert(at, rows);
                    }
                    totals
                }
                None => FlagTotals::new(definer, flag, new_record()),
            };
            self.push(totals);
        }
        for (at, mut totals) in former.into_iter().enumerate().filter_map(|(at, totals)| Some((at, totals?))) {
            totals.definers.retain(|known| *known != definer);
            if totals.definers.is_empty() {
                totals.retire(&mut self.budget);
            } else {
                moves.flags[at] = self.next_place();
                self.push(totals);
            }
        }
        self.show_in_advance(defined);
        moves
    }

    fn next_place(&self) -> u32 {
        u32::try_from(self.flags.len()).unwrap_or(GONE)
    }

    fn push(&mut self, totals: FlagTotals) {
        self.index.insert(Arc::clone(&totals.key), self.next_place());
        self.flags.push(totals);
    }

    /// Gives everything that can be counted its place before it is counted, if there is room for all of it.
    ///
    /// If there is not, places are taken in the order in which things are counted: those that are used have them.
    fn show_in_advance(&mut self, defined: &[Defined<'_>]) {
        for flag in &mut self.flags {
            for row in &mut flag.rows {
                row.series.ask_again();
            }
            flag.gone.series.ask_again();
            flag.errors.ask_again();
        }
        let new = |flag: &FlagTotals, row: usize, reason: usize| {
            flag.rows.get(row).is_some_and(|row| row.series.is_new(reason))
        };
        let each = || self.flags.iter().zip(defined);
        let wanted = each().map(|(totals, flag)| {
            let evaluations = flag.reachable.iter().filter(|(row, reason)| new(totals, *row, *reason)).count();
            evaluations + usize::from(flag.can_fail && totals.errors.is_new(MISSING_UNIT))
        });
        if !self.budget.has_room_for(wanted.sum()) {
            return;
        }
        for (totals, flag) in self.flags.iter_mut().zip(defined) {
            for (row, reason) in &flag.reachable {
                if let Some(row) = totals.rows.get_mut(*row) {
                    row.series.show(*reason, &mut self.budget);
                }
            }
            if flag.can_fail {
                totals.errors.show(MISSING_UNIT, &mut self.budget);
            }
        }
    }

    /// Adds evaluations of a flag; a row that is [`GONE`] is the flag's row of former variants.
    pub(crate) fn add(&mut self, flag: u32, row: u32, reason: usize, more: u64, now: Instant) {
        let Some(totals) = self.flags.get_mut(flag as usize) else { return };
        totals.last_evaluated = Some(now);
        let row = totals.rows.get_mut(row as usize).unwrap_or(&mut totals.gone);
        row.series.add(reason, more, &mut self.budget, &mut self.overflow.evaluations);
    }

    /// Adds errors of a flag.
    pub(crate) fn add_errors(&mut self, flag: u32, error: usize, more: u64) {
        if let Some(totals) = self.flags.get_mut(flag as usize) {
            totals.errors.add(error, more, &mut self.budget, &mut self.overflow.errors);
        }
    }

    /// Finds places for what is not counted here but measured elsewhere, before it is shown.
    pub(crate) fn place_measured(&mut self) {
        for flag in &mut self.flags {
            flag.guard.place(&flag.record, &mut self.budget, &mut self.overflow);
            if !flag.units_shown && flag.record.unique_units().is_some() {
                flag.units_shown = self.budget.take(1);
            }
        }
    }
}

impl FlagTotals {
    fn new(definer: usize, flag: &Defined<'_>, record: Arc<FlagRecord>) -> Self {
        Self {
            key: flag.key.into(),
            definers: vec![definer],
            rows: rows(&flag.variants).map(Row::new).collect(),
            gone: Row::new(OTHER),
            errors: Series::new(),
            record,
            guard: Guard::default(),
            units_shown: false,
            last_evaluated: None,
        }
    }

    /// Takes over a new list of variants. Where it differs from the former, returns where each row has moved.
    fn redefine(
        &mut self,
        definer: usize,
        variants: &[Cow<'_, str>],
        budget: &mut Budget,
        overflow: &mut Overflow,
    ) -> Option<Box<[u32]>> {
        let mut variants: Cow<'_, [Cow<'_, str>]> = variants.into();
        if !self.definers.contains(&definer) {
            self.definers.push(definer);
        }
        if self.definers.len() > 1 {
            let others = self.rows[1..]
                .iter()
                .map(|row| &row.variant)
                .filter(|variant| !variants.contains(&Cow::Borrowed(variant)));
            let others: Vec<_> = others.map(|variant| variant.to_string().into()).collect();
            variants.to_mut().extend(others);
        }
        let variants = &*variants;
        let same = self.rows[1..].iter().map(|row| &*row.variant).eq(variants.iter().map(|variant| &**variant));
        if same {
            return None;
        }
        let mut former: Vec<Option<Row>> = std::mem::take(&mut self.rows).into_iter().map(Some).collect();
        let mut moved = vec![GONE; former.len()];
        for (place, variant) in (0_u32..).zip(rows(variants)) {
            let known = former.iter().position(|row| row.as_ref().is_some_and(|row| *row.variant == *variant));
            let row = known.and_then(|at| {
                moved[at] = place;
                former[at].take()
            });
            self.rows.push(row.unwrap_or_else(|| Row::new(variant)));
        }
        for row in former.into_iter().flatten() {
            row.series.retire(budget);
            self.gone.series.inherit(&row.series, budget, &mut overflow.evaluations);
        }
        self.record.redefine_branches(variants.iter().map(|variant| &**variant));
        self.guard.retain(&self.record, budget);
        Some(moved.into())
    }

    fn retire(&self, budget: &mut Budget) {
        for row in self.rows.iter().chain([&self.gone]) {
            row.series.retire(budget);
        }
        self.errors.retire(budget);
        budget.give_back(usize::from(self.units_shown));
        self.guard.retire(budget);
    }

    /// All evaluations of the flag.
    pub(crate) fn evaluations(&self) -> u64 {
        self.rows.iter().chain([&self.gone]).map(|row| row.series.sum()).sum()
    }
}

/// The labels of a flag's rows.
fn rows<'v>(variants: &'v [Cow<'_, str>]) -> impl Iterator<Item = &'v str> {
    [NO_VARIANT].into_iter().chain(variants.iter().map(|variant| &**variant))
}
