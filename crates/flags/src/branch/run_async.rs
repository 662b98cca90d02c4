//! Runs of futures: the branch that was decided, measured until it is done or dropped.

use std::{future::Future, panic::UnwindSafe};

use super::{
    decided::Decided,
    perform::{self, FallBack},
};

/// A run of futures that has been decided and waits for its branches; made by [`Flags::run`](crate::Flags::run_async).
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct RunAsync {
    decided: Decided,
}

impl RunAsync {
    pub(super) fn new(decided: Decided) -> Self {
        Self { decided }
    }

    /// What runs if the flag is on.
    pub fn on<F: Future, On: FnOnce() -> F>(self, on: On) -> RunAsyncOn<On> {
        RunAsyncOn { decided: self.decided, on, fall_back: FallBack::Never }
    }
}

/// A run of futures that knows what to do if the flag is on.
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct RunAsyncOn<On> {
    decided: Decided,
    on: On,
    fall_back: FallBack,
}

impl<On> RunAsyncOn<On> {
    /// Runs the old branch in place of the new one where that panics.
    ///
    /// The panic is reported by the program's panic hook as ever, and counts as an error of the new branch. Whatever the new
    /// branch can reach must be whole after it was broken off in the middle, which is what [`UnwindSafe`] asks. A program that
    /// is built to abort on panic aborts. Futures seldom say of themselves that they are unwind-safe; one that is wrapped in
    /// [`AssertUnwindSafe`](std::panic::AssertUnwindSafe) says so in your name.
    pub fn fall_back_on_panic<F>(self) -> Self
    where
        On: FnOnce() -> F + UnwindSafe,
        F: Future + UnwindSafe,
    {
        self.decided.open_fall_backs();
        Self { fall_back: FallBack::OnFailureOrPanic, ..self }
    }

    /// Runs the branch that was decided; `off` is the one for a flag that is off.
    ///
    /// The run begins when the future is first polled: one that never is counts nothing. It is `Send` if what the branches
    /// make and hold is, and allocates nothing.
    pub async fn off<R, F, Off>(self, off: impl FnOnce() -> Off) -> R
    where
        On: FnOnce() -> F,
        F: Future<Output = R>,
        Off: Future<Output = R>,
    {
        perform::run_async(self.decided, self.fall_back, self.on, off, |_| true).await
    }
}

/// A run of futures that may fail; made by [`Flags::try_run`](crate::Flags::try_run_async).
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct TryRunAsync {
    decided: Decided,
}

impl TryRunAsync {
    pub(super) fn new(decided: Decided) -> Self {
        Self { decided }
    }

    /// What runs if the flag is on.
    pub fn on<T, E, F: Future<Output = Result<T, E>>, On: FnOnce() -> F>(self, on: On) -> TryRunAsyncOn<On> {
        TryRunAsyncOn { decided: self.decided, on, fall_back: FallBack::Never }
    }
}

/// A run of futures that may fail, which knows what to do if the flag is on.
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct TryRunAsyncOn<On> {
    decided: Decided,
    on: On,
    fall_back: FallBack,
}

impl<On> TryRunAsyncOn<On> {
    /// Runs the old branch in place of the new one where that comes to an `Err`, whose error is dropped.
    pub fn fall_back(self) -> Self {
        self.decided.open_fall_backs();
        Self { fall_back: FallBack::OnFailure, ..self }
    }

    /// The same where it comes to an `Err` or panics. See [`RunAsyncOn::fall_back_on_panic`].
    pub fn fall_back_on_panic<F>(self) -> Self
    where
        On: FnOnce() -> F + UnwindSafe,
        F: Future + UnwindSafe,
    {
        self.decided.open_fall_backs();
        Self { fall_back: FallBack::OnFailureOrPanic, ..self }
    }

    /// Runs the branch that was decided; `off` is the one for a flag that is off.
    ///
    /// See [`RunAsyncOn::off`].
    ///
    /// # Errors
    ///
    /// Those of the branch whose result it is.
    pub async fn off<T, E, F, Off>(self, off: impl FnOnce() -> Off) -> Result<T, E>
    where
        On: FnOnce() -> F,
        F: Future<Output = Result<T, E>>,
        Off: Future<Output = Result<T, E>>,
    {
        perform::run_async(self.decided, self.fall_back, self.on, off, Result::is_ok).await
    }
}
