//! The experiments of one compiled set, on the path of its evaluations.
//!
//! A flag that no experiment is about pays one look into a list of bits, which is empty unless somebody wants to know of
//! exposures.

use std::{fmt, sync::Arc};

use flags_core::{Assignment, Attributes, Clock, FlagSet, Outcome};

use super::{names::Names, queue::Shared, status::Dropped};
use crate::Flags;

/// Who hears of assignments.
pub(super) type AssignmentObserver = Arc<dyn Fn(&Assignment<'_>, &dyn Attributes) + Send + Sync>;

/// Who wants to know of exposures against one set, and by which flags.
#[derive(Clone)]
pub(crate) struct Exposures {
    /// A bit for each flag that an experiment is about.
    flags: Box<[u64]>,
    of_set: Option<Arc<OfSet>>,
}

struct OfSet {
    names: Names,
    recorder: Option<Arc<Shared>>,
    observers: Arc<[AssignmentObserver]>,
}

impl Exposures {
    /// Nobody wants to know.
    pub(crate) fn none() -> Self {
        Self { flags: Box::new([]), of_set: None }
    }

    pub(super) fn of(set: &FlagSet, recorder: Option<Arc<Shared>>, observers: Arc<[AssignmentObserver]>) -> Self {
        if recorder.is_none() && observers.is_empty() {
            return Self::none();
        }
        let names = Names::of(set, recorder.as_deref().map(|shared| &shared.first));
        if names.is_empty() {
            return Self::none();
        }
        let mut flags = vec![0; set.len().div_ceil(64)];
        for flag in set.flags().filter(|flag| flag.experiments().next().is_some()) {
            let at = flag.id().index();
            flags[at / 64] |= 1 << (at % 64);
        }
        Self { flags: flags.into(), of_set: Some(Arc::new(OfSet { names, recorder, observers })) }
    }

    /// Whether an outcome is one of a flag that an experiment is about, and somebody wants to know.
    #[inline]
    pub(crate) fn concern(&self, outcome: Outcome) -> bool {
        if self.flags.is_empty() {
            return false;
        }
        let Some(at) = outcome.flag().map(flags_core::FlagId::index) else { return false };
        self.flags.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }

    /// Tells of the arms that a unit has met on the way to an outcome. `clock` is the evaluation's, `present` the client's.
    #[inline(never)]
    pub(crate) fn meet<N: Clock + ?Sized>(
        &self,
        set: &FlagSet,
        present: &dyn Clock,
        context: &dyn Attributes,
        outcome: Outcome,
        clock: &N,
    ) {
        for assignment in set.enrolments(outcome, context, clock) {
            self.met(set, present, context, &assignment);
        }
    }

    /// Tells that a unit has met its arm.
    fn met(&self, set: &FlagSet, present: &dyn Clock, context: &dyn Attributes, assignment: &Assignment<'_>) {
        let Some(of_set) = &self.of_set else { return };
        for observer in &*of_set.observers {
            observer(assignment, context);
        }
        let (Some(recorder), Some(experiment), Some(arm)) =
            (&of_set.recorder, assignment.experiment(), assignment.arm())
        else {
            return;
        };
        let Some(names) = of_set.names.arm(experiment.id(), arm.index()) else { return };
        // Whoever was drawn is a unit.
        set.with_experiment_unit(experiment.id(), context, |unit| {
            recorder.expose(names, unit, context, || present.now());
        });
    }

    /// Tells of an assignment that was asked for, if the unit was drawn.
    #[inline]
    pub(super) fn assigned<C: Attributes>(
        &self,
        set: &FlagSet,
        present: &dyn Clock,
        context: &C,
        assignment: &Assignment<'_>,
    ) {
        if self.of_set.is_some() && assignment.is_enrolled() {
            self.met(set, present, context, assignment);
        }
    }

    /// Records something that the unit of a context did.
    fn track<C: Attributes>(&self, set: &FlagSet, present: &dyn Clock, event: &str, context: &C, value: f64) {
        let Some(of_set) = &self.of_set else { return };
        let Some(recorder) = &of_set.recorder else { return };
        if !value.is_finite() {
            recorder.refuse(Dropped::NotFinite);
            return;
        }
        let unplanned;
        let (name, units) = match of_set.names.event(event) {
            Some(names) => (&names.event, &*names.units),
            None => match recorder.unplanned(event) {
                Some(name) => {
                    unplanned = name;
                    (&unplanned, of_set.names.units())
                }
                None => return,
            },
        };
        let at = present.now();
        let mut has_unit = false;
        for source in units {
            let record = |unit: &str| recorder.track(at, name, &source.unit_kind, unit, value);
            has_unit |= set.with_experiment_unit(source.experiment, context, record).is_some();
        }
        if !has_unit {
            recorder.refuse(Dropped::NoUnit);
        }
    }
}

impl Flags {
    /// Records that the unit of a context did something: `value` is what it was worth (a price, a time in seconds), or `None`
    /// where it only counts, which is 1.
    ///
    /// It returns at once, whatever becomes of the event: the store is written on a thread of its own. A value that is no
    /// finite number, a context without a unit, and what finds no room are dropped, counted in [`recording`](Self::recording)
    /// and told to the log once a minute.
    ///
    /// The event is kept once for each kind of unit (`bucket_by`) of the experiments whose metrics name it, whatever their
    /// status: what happened before an experiment says how units differed anyway, and windows stay open when it has ended. An
    /// event that no metric names, such as a step of a funnel, is kept for the units of every experiment, and the log says so
    /// once. A client without [recording](crate::Builder::recording), or without an experiment, keeps nothing.
    ///
    /// ```
    /// # use flags::{Context, Flags};
    /// # fn bought(flags: &Flags) {
    /// let context = Context::new("user-42");
    /// flags.track("purchase", &context, 19.9);
    /// flags.track("signup", &context, None);
    /// # }
    /// ```
    pub fn track<C: Attributes>(&self, event: &str, context: &C, value: impl Into<Option<f64>>) {
        let value = value.into().unwrap_or(1.0);
        self.current().with(|live, _| live.exposures.track(&live.set, &*live.clock, event, context, value));
    }
}

impl fmt::Debug for Exposures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exposures").field("flags", &self.flags).finish_non_exhaustive()
    }
}
