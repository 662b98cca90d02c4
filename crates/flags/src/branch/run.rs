//! Runs of closures: the branch that was decided, measured.

use std::panic::UnwindSafe;

use super::{
    decided::Decided,
    perform::{self, FallBack},
};

/// A run that has been decided and waits for its branches; made by [`Flags::run`](crate::Flags::run).
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct Run {
    decided: Decided,
}

impl Run {
    pub(super) fn new(decided: Decided) -> Self {
        Self { decided }
    }

    /// What runs if the flag is on.
    pub fn on<R, On: FnOnce() -> R>(self, on: On) -> RunOn<On> {
        RunOn { decided: self.decided, on, fall_back: FallBack::Never }
    }
}

/// A run that knows what to do if the flag is on.
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct RunOn<On> {
    decided: Decided,
    on: On,
    fall_back: FallBack,
}

impl<On> RunOn<On> {
    /// Runs the old branch in place of the new one where that panics.
    ///
    /// The panic is reported by the program's panic hook as ever, and counts as an error of the new branch. Whatever the new
    /// branch can reach must be whole after it was broken off in the middle, which is what [`UnwindSafe`] asks. A program that
    /// is built to abort on panic aborts.
    pub fn fall_back_on_panic(self) -> Self
    where
        On: UnwindSafe,
    {
        self.decided.open_fall_backs();
        Self { fall_back: FallBack::OnFailureOrPanic, ..self }
    }

    /// Runs the branch that was decided; `off` is the one for a flag that is off.
    pub fn off<R>(self, off: impl FnOnce() -> R) -> R
    where
        On: FnOnce() -> R,
    {
        perform::run(self.decided, self.fall_back, self.on, off, |_| true)
    }
}

/// A run of branches that may fail; made by [`Flags::try_run`](crate::Flags::try_run).
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct TryRun {
    decided: Decided,
}

impl TryRun {
    pub(super) fn new(decided: Decided) -> Self {
        Self { decided }
    }

    /// What runs if the flag is on.
    pub fn on<T, E, On: FnOnce() -> Result<T, E>>(self, on: On) -> TryRunOn<On> {
        TryRunOn { decided: self.decided, on, fall_back: FallBack::Never }
    }
}

/// A run of branches that may fail, which knows what to do if the flag is on.
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct TryRunOn<On> {
    decided: Decided,
    on: On,
    fall_back: FallBack,
}

impl<On> TryRunOn<On> {
    /// Runs the old branch in place of the new one where that comes to an `Err`, whose error is dropped.
    pub fn fall_back(self) -> Self {
        self.decided.open_fall_backs();
        Self { fall_back: FallBack::OnFailure, ..self }
    }

    /// The same where it comes to an `Err` or panics. See [`RunOn::fall_back_on_panic`].
    pub fn fall_back_on_panic(self) -> Self
    where
        On: UnwindSafe,
    {
        self.decided.open_fall_backs();
        Self { fall_back: FallBack::OnFailureOrPanic, ..self }
    }

    /// Runs the branch that was decided; `off` is the one for a flag that is off.
    ///
    /// # Errors
    ///
    /// Those of the branch whose result it is.
    pub fn off<T, E>(self, off: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        On: FnOnce() -> Result<T, E>,
    {
        perform::run(self.decided, self.fall_back, self.on, off, Result::is_ok)
    }
}
