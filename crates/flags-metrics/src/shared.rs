//! What clones of [`Metrics`](crate::Metrics) share: the ledger, and the layouts that are still counted in.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

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
    /// Whoever has defined flags, to notice when they are gone.
    definers: Vec<(usize, Weak<Definer>)>,
}

/// Whose flags they are: a client that counts. While it lives, so do the flags it defined last.
pub(crate) struct Definer {
    /// Never used twice in the process.
    id: usize,
}

static NEXT_DEFINER: AtomicUsize = AtomicUsize::new(0);

impl Definer {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { id: NEXT_DEFINER.fetch_add(1, Relaxed) })
    }
}

impl Shared {
    pub(crate) fn new(setup: Setup) -> Self {
        let ledger = Ledger::new(setup.chosen.max_series);
        Self { setup, state: Mutex::new(State { ledger, layouts: Vec::new(), definers: Vec::new() }) }
    }

    /// Makes the flags of a set those that a client counts, and lays out cells for it.
    pub(crate) fn layout(&self, definer: &Arc<Definer>, set: &FlagSet) -> Arc<Layout> {
        let mut state = self.up_to_date();
        let defined: Vec<_> = set.flags().map(defined).collect();
        state.define(definer.id, &defined, &self.setup);
        if !state.definers.iter().any(|(id, _)| *id == definer.id) {
            state.definers.push((definer.id, Arc::downgrade(definer)));
        }
        let records = state.ledger.flags().iter().take(set.len()).map(|flag| Arc::clone(&flag.record)).collect();
        let layout = Arc::new(Layout::new(set, definer.id, records, &self.setup));
        state.layouts.push(Tracked::new(Arc::clone(&layout)));
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
        let State { ledger, layouts, definers } = &mut *state;
        layouts.retain_mut(|tracked| tracked.absorb(ledger, now));
        let gone = |(_, definer): &mut (usize, Weak<Definer>)| definer.strong_count() == 0;
        for (id, _) in definers.extract_if(.., gone).collect::<Vec<_>>() {
            state.define(id, &[], &self.setup);
        }
        state
    }
}

impl State {
    /// Replaces what a client defines, and has everybody follow.
    fn define(&mut self, definer: usize, defined: &[Defined<'_>], setup: &Setup) {
        let moves = self.ledger.define(definer, defined, || setup.record());
        for tracked in &mut self.layouts {
            tracked.follow(&moves);
        }
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
