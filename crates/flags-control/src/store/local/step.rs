//! The instants at which a program may end in the middle of a change; a test ends it at each of them.

/// Passes one of them.
#[cfg(not(test))]
pub(super) const fn step() {}

#[cfg(test)]
pub(super) use self::tests::step;

#[cfg(test)]
pub(super) mod tests {
    //! A crash on demand: unwinding past everything that would be tidied up after an error.

    use std::{
        cell::Cell,
        panic::{self, AssertUnwindSafe},
    };

    thread_local! {
        static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    struct Crash;

    pub(crate) fn step() {
        match LEFT.get() {
            Some(0) => panic::resume_unwind(Box::new(Crash)),
            Some(left) => LEFT.set(Some(left - 1)),
            None => {}
        }
    }

    /// Runs `work` to its step of that number, from 0; `None` if that ended it.
    pub(crate) fn crash_at<T>(number: usize, work: impl FnOnce() -> T) -> Option<T> {
        LEFT.set(Some(number));
        let outcome = panic::catch_unwind(AssertUnwindSafe(work));
        LEFT.set(None);
        match outcome {
            Ok(value) => Some(value),
            Err(crash) if crash.is::<Crash>() => None,
            Err(other) => panic::resume_unwind(other),
        }
    }
}
