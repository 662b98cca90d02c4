//! The cells that are kept for a thread, for whoever does not keep them itself.

use std::{cell::RefCell, sync::Arc};

use flags_core::Outcome;

use super::{CounterLayout, ThreadCounts};

/// For how many [`Metrics`](crate::Metrics) a thread keeps cells; with more, they take turns at the price of a lock.
const SLOTS: usize = 4;

thread_local! {
    /// The cells of the layout each `Metrics` last counted with here. A newer layout takes the place of the former, so that a
    /// thread never holds on to more than one of each.
    static KEPT: [RefCell<Option<ThreadCounts>>; SLOTS] = const { [const { RefCell::new(None) }; SLOTS] };
}

impl CounterLayout {
    /// Lends the present thread's cells to `count`; they are kept for the next time.
    #[inline]
    pub fn with<R>(&self, count: impl FnOnce(&ThreadCounts) -> R) -> R {
        let mut count = Some(count);
        let counted = KEPT.try_with(|slots| {
            let kept = slots[self.layout().owner % SLOTS].try_borrow().ok()?;
            let counts = kept.as_ref().filter(|counts| self.owns(counts))?;
            count.take().map(|count| count(counts))
        });
        match (counted, count) {
            (Ok(Some(result)), _) => result,
            (_, count) => self.with_new(count.expect("because a closure that was taken has given its result")),
        }
    }

    #[cold]
    fn with_new<R>(&self, count: impl FnOnce(&ThreadCounts) -> R) -> R {
        let counts = self.attach();
        let result = count(&counts);
        let former = KEPT.try_with(|slots| {
            // Not kept if one is in use just now: counting led to counting.
            let mut kept = slots[self.layout().owner % SLOTS].try_borrow_mut().ok()?;
            kept.replace(counts)
        });
        // Gives its slab back, which takes a lock: not while the slot is borrowed.
        drop(former);
        result
    }

    /// Counts the outcome of an evaluation on the present thread. See [`ThreadCounts::count`].
    #[inline]
    pub fn count(&self, outcome: Outcome) {
        self.with(|counts| counts.count(outcome));
    }

    /// Whether the present thread keeps cells of this layout.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        let kept = KEPT.try_with(|slots| {
            let kept = slots[self.layout().owner % SLOTS].try_borrow().ok()?;
            kept.as_ref().map(|counts| Arc::ptr_eq(counts.layout(), self.layout()))
        });
        matches!(kept, Ok(Some(true)))
    }
}
