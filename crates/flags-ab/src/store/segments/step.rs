//! The instants at which a program may end while files change; a test ends it at each of them, and fails it at each of them.

/// Passes one of them.
#[cfg(not(test))]
pub(super) const fn step() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use self::tests::step;

#[cfg(test)]
pub(super) mod tests {
    //! A crash on demand, unwinding past everything that would be tidied up after an error; or an error.

    use std::{
        cell::Cell,
        io,
        panic::{self, AssertUnwindSafe},
    };

    thread_local! {
        static LEFT: Cell<Option<(usize, Mishap)>> = const { Cell::new(None) };
    }

    #[derive(Clone, Copy)]
    enum Mishap {
        Crash,
        /// So many errors in a row.
        Errors(usize),
    }

    struct Crash;

    pub(crate) fn step() -> io::Result<()> {
        match LEFT.get() {
            Some((0, Mishap::Crash)) => {
                LEFT.set(None);
                panic::resume_unwind(Box::new(Crash))
            }
            Some((0, Mishap::Errors(errors))) => {
                LEFT.set((1 < errors).then(|| (0, Mishap::Errors(errors - 1))));
                Err(io::Error::other("the test wants it"))
            }
            Some((left, mishap)) => {
                LEFT.set(Some((left - 1, mishap)));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Runs `work` to its step of that number, from 0; `None` if that ended it.
    pub(crate) fn crash_at<T>(number: usize, work: impl FnOnce() -> T) -> Option<T> {
        LEFT.set(Some((number, Mishap::Crash)));
        let outcome = panic::catch_unwind(AssertUnwindSafe(work));
        LEFT.set(None);
        match outcome {
            Ok(value) => Some(value),
            Err(crash) if crash.is::<Crash>() => None,
            Err(other) => panic::resume_unwind(other),
        }
    }

    /// Runs `work` with so many errors in a row from its step of that number on, from 0, and says whether it came to all.
    pub(crate) fn fail_at<T>(number: usize, errors: usize, work: impl FnOnce() -> T) -> (T, bool) {
        LEFT.set(Some((number, Mishap::Errors(errors))));
        let outcome = work();
        (outcome, LEFT.take().is_none())
    }
}
