//! What clones of [`Metrics`](crate::Metrics) share: the ledger, and the layouts that are still counted in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flags_core::{FlagSet, FlagView, Reason};

use crate::{
    counting::Layout,
    ledger::{Defined, Ledger},
    record::variant_label,
    setup::Setup,
    tracked::Tracked,
};

/// What clones of [`Metrics`](crate::Metrics) share.
pub(crate) struct Shared {
    pub(crate) setup: Setup,
    state: Mutex<State>,
}

/// The ledger and what feeds it; locked by whoever reads totals or changes definitions, never by an evaluation.
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    layouts: Vec<Tracked>,
}

impl Shared {
    pub(crate) fn new(setup: Setup) -> Self {
        let ledger = Ledger::new(setup.chosen.max_series);
        Self { setup, state: Mutex::new(State { ledger, layouts: Vec::new() }) }
    }

    /// Makes the flags of a set those that are counted, and lays out cells for it.
    pub(crate) fn layout(&self, set: &FlagSet) -> Arc<Layout> {
        let mut state = self.up_to_date();
        let State { ledger, layouts } = &mut *state;
        let defined: Vec<_> = set.flags().map(defined).collect();
        let moves = ledger.define(&defined, || self.setup.record());
        for tracked in layouts.iter_mut() {
            tracked.follow(&moves);
        }
        let records = ledger.flags().iter().map(|flag| Arc::clone(&flag.record)).collect();
        let layout = Arc::new(Layout::new(set, records, &self.setup));
        layouts.push(Tracked::new(Arc::clone(&layout)));
        layout
    }

    /// The ledger as it is, for what is not counted there.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Numbers that only rise: a panic of a clock leaves them whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger with everything in it that was counted so far.
    pub(crate) fn up_to_date(&self) -> MutexGuard<'_, State> {
        let now = self.setup.clock.now();
        let mut state = self.state();
        let State { ledger, layouts } = &mut *state;
        layouts.retain_mut(|tracked| tracked.absorb(ledger, now));
        state
    }
}

fn defined(flag: FlagView<'_>) -> Defined<'_> {
    let reachable = flag.reachable();
    Defined {
        key: flag.key(),
        variants: flag.variants().map(|(name, _)| variant_label(Some(name))).collect(),
        can_fail: reachable.iter().any(|(_, reason)| *reason == Reason::Error),
        reachable: reachable
            .into_iter()
            .map(|(variant, reason)| (variant.map_or(0, |at| at + 1), reason as usize))
            .collect(),
    }
}
