//! The cells that are kept for a thread, for whoever does not keep them itself.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use flags_core::{ErrorCode, FlagId, Outcome};

use super::{CounterLayout, Sample, ThreadCounts};

/// For how many clients a thread keeps cells; with more, they take turns at the price of a lock.
const SLOTS: usize = 4;

thread_local! {
    /// Evaluations of the present thread since the last that was timed.
    static UNTIMED: Cell<u64> = const { Cell::new(1) };
    /// The cells of the layout by which each client was last counted here. A newer layout takes the place of the former, so
    /// that a thread never holds on to more than one of each.
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

    /// Begins an evaluation on the present thread, and takes the time if it is this one's turn.
    #[inline]
    pub fn begin(&self) -> Sample {
        UNTIMED.with(|untimed| {
            let before = untimed.get();
            if before >= self.layout().time_every {
                untimed.set(1);
                return self.layout().begin_timed();
            }
            untimed.set(before + 1);
            Sample::untimed()
        })
    }

    /// Finishes an evaluation that was begun on the present thread: counts its outcome, and records how long it took if it was
    /// timed.
    #[inline]
    pub fn finish(&self, sample: Sample, outcome: Outcome) {
        self.with(|counts| counts.finish(sample, outcome));
    }

    /// Counts the outcome of an evaluation on the present thread. See [`ThreadCounts::count`].
    #[inline]
    pub fn count(&self, outcome: Outcome) {
        self.with(|counts| counts.count(outcome));
    }

    /// Counts an error on the present thread. See [`ThreadCounts::count_error`].
    #[cold]
    pub fn count_error(&self, flag: FlagId, error: ErrorCode) {
        self.with(|counts| counts.count_error(flag, error));
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
