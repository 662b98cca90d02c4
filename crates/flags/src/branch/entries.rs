//! Where runs begin: at the client, at a snapshot, at a bound handle, at a request.

use std::sync::Arc;

use flags_core::Attributes;

use super::{BranchGuard, Run, RunAsync, TryRun, TryRunAsync, decided::Decided};
#[cfg(feature = "tower")]
use crate::web::RequestFlags;
use crate::{BoundFlags, Flags, Snapshot};

/// Branches of the program that are measured.
///
/// Each run counts once, for the variant that was served, as ok, error or slow: `flags_guard_outcomes_total` and
/// `flags_guard_latency_seconds`, [`Metrics::summary`](flags_metrics::Metrics::summary), and windows of the last minutes
/// ([`Metrics::window`](flags_metrics::Metrics::window)). A panic, and a future that is dropped before its end, counts as an
/// error. A client without metrics runs the branches all the same and records nothing; neither is recorded what a test forces.
///
/// The first run of a branch makes room for its windows; after that a run allocates nothing.
impl Flags {
    /// Decides for a context, then runs the branch that is decided: `on` if the flag is on, `off` if not or if it is unknown.
    ///
    /// Both closures are there at once, so they cannot both borrow something mutably, or take it: that is for
    /// [`branch`](Self::branch).
    ///
    /// ```
    /// use flags::{Context, Flags, metrics::Metrics};
    ///
    /// let flags = Flags::builder().toml("[features.gauss]\nenabled = true").metrics(Metrics::new()).build()?;
    /// let sum = |n: u64| flags.run("gauss", &Context::new("user-42")).on(|| n * (n + 1) / 2).off(|| (1..=n).sum());
    /// assert_eq!(sum(100), 5_050);
    /// assert_eq!(flags.metrics().unwrap().branch("gauss", Some("on")).unwrap().outcomes().ok, 1);
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[inline]
    pub fn run<C: Attributes>(&self, key: &str, context: &C) -> Run {
        Run::new(self.decided(key, context))
    }

    /// The same for branches that may fail: an `Err` counts as an error, and may lead to the old branch.
    ///
    /// ```
    /// use flags::{Context, Flags, metrics::Metrics};
    ///
    /// let flags = Flags::builder().toml("[features.hex_ids]\nenabled = true").metrics(Metrics::new()).build()?;
    /// let parse = |text: &str| {
    ///     let id = flags.try_run("hex_ids", &Context::new("user-42"));
    ///     id.on(|| u32::from_str_radix(text, 16)).fall_back().off(|| text.trim().parse())
    /// };
    /// assert_eq!(parse("ff"), Ok(255));
    /// assert_eq!(parse(" 12"), Ok(12), "the new branch cannot read this, the old one can");
    /// let on = flags.metrics().unwrap().branch("hex_ids", Some("on")).unwrap();
    /// assert_eq!((on.outcomes().ok, on.outcomes().errors, on.fall_backs().ok), (1, 1, 1));
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[inline]
    pub fn try_run<C: Attributes>(&self, key: &str, context: &C) -> TryRun {
        TryRun::new(self.decided(key, context))
    }

    /// Decides for a context, then makes and awaits the future of the branch that is decided.
    ///
    /// A future that is dropped before its end, by a time-out say, counts as an error.
    ///
    /// ```
    /// use flags::{Context, Flags, metrics::Metrics};
    ///
    /// # async fn ask(server: &str) -> String { server.to_owned() }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), flags::BuildError> {
    /// let flags = Flags::builder().toml("[features.new_backend]\nenabled = true").metrics(Metrics::new()).build()?;
    /// let run = flags.run_async("new_backend", &Context::new("user-42"));
    /// let answer = run.on(|| ask("new.example")).off(|| async { ask("old.example").await }).await;
    /// assert_eq!(answer, "new.example");
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn run_async<C: Attributes>(&self, key: &str, context: &C) -> RunAsync {
        RunAsync::new(self.decided(key, context))
    }

    /// The same for futures that may fail: an `Err` counts as an error, and may lead to the old branch.
    #[inline]
    pub fn try_run_async<C: Attributes>(&self, key: &str, context: &C) -> TryRunAsync {
        TryRunAsync::new(self.decided(key, context))
    }

    /// Decides for a context, and measures the branch that is decided until the guard is told how it ended: for code that fits
    /// no closure, and for flags with more than two variants.
    pub fn branch<C: Attributes>(&self, key: &str, context: &C) -> BranchGuard {
        let live = self.current().full();
        let outcome = live.decide(key, context, &live.meter);
        BranchGuard::new(live, outcome, context)
    }

    #[inline]
    pub(super) fn decided<C: Attributes>(&self, key: &str, context: &C) -> Decided {
        self.current().with(|live, counts| Decided::new(live, live.decide(key, context, counts), context).0)
    }
}

/// Branches of the program that are measured. What is decided is decided against the snapshot, and at its instant.
impl Snapshot {
    /// Decides for a context, then runs the branch that is decided. See [`Flags::run`].
    pub fn run<C: Attributes>(&self, key: &str, context: &C) -> Run {
        Run::new(self.decided(key, context))
    }

    /// The same for branches that may fail. See [`Flags::try_run`].
    pub fn try_run<C: Attributes>(&self, key: &str, context: &C) -> TryRun {
        TryRun::new(self.decided(key, context))
    }

    /// Decides for a context, then makes and awaits the future of the branch that is decided. See [`Flags::run_async`].
    pub fn run_async<C: Attributes>(&self, key: &str, context: &C) -> RunAsync {
        RunAsync::new(self.decided(key, context))
    }

    /// The same for futures that may fail. See [`Flags::try_run_async`].
    pub fn try_run_async<C: Attributes>(&self, key: &str, context: &C) -> TryRunAsync {
        TryRunAsync::new(self.decided(key, context))
    }

    /// Decides for a context, and measures the branch that is decided. See [`Flags::branch`].
    pub fn branch<C: Attributes>(&self, key: &str, context: &C) -> BranchGuard {
        BranchGuard::new(Arc::clone(self.live()), self.evaluate(key, context).outcome(), context)
    }

    fn decided<C: Attributes>(&self, key: &str, context: &C) -> Decided {
        Decided::new(self.live(), self.evaluate(key, context).outcome(), context).0
    }
}

/// Branches of the program that are measured. What is decided is decided anew, as by [`evaluate`](Self::evaluate): a branch
/// costs more than what the memory would spare.
impl<C: Attributes> BoundFlags<C> {
    /// Decides, then runs the branch that is decided. See [`Flags::run`].
    pub fn run(&self, key: &str) -> Run {
        self.flags().run(key, self.context())
    }

    /// The same for branches that may fail. See [`Flags::try_run`].
    pub fn try_run(&self, key: &str) -> TryRun {
        self.flags().try_run(key, self.context())
    }

    /// Decides, then makes and awaits the future of the branch that is decided. See [`Flags::run_async`].
    pub fn run_async(&self, key: &str) -> RunAsync {
        self.flags().run_async(key, self.context())
    }

    /// The same for futures that may fail. See [`Flags::try_run_async`].
    pub fn try_run_async(&self, key: &str) -> TryRunAsync {
        self.flags().try_run_async(key, self.context())
    }

    /// Decides, and measures the branch that is decided. See [`Flags::branch`].
    pub fn branch(&self, key: &str) -> BranchGuard {
        self.flags().branch(key, self.context())
    }
}

/// Branches of the program that are measured. What is decided is the request's one answer for the flag.
#[cfg(feature = "tower")]
impl RequestFlags {
    /// Runs the branch that is decided for the request. See [`Flags::run`].
    pub fn run(&self, key: &str) -> Run {
        Run::new(self.decided(key))
    }

    /// The same for branches that may fail. See [`Flags::try_run`].
    pub fn try_run(&self, key: &str) -> TryRun {
        TryRun::new(self.decided(key))
    }

    /// Makes and awaits the future of the branch that is decided for the request. See [`Flags::run_async`].
    pub fn run_async(&self, key: &str) -> RunAsync {
        RunAsync::new(self.decided(key))
    }

    /// The same for futures that may fail. See [`Flags::try_run_async`].
    pub fn try_run_async(&self, key: &str) -> TryRunAsync {
        TryRunAsync::new(self.decided(key))
    }

    /// Measures the branch that is decided for the request. See [`Flags::branch`].
    pub fn branch(&self, key: &str) -> BranchGuard {
        BranchGuard::new(Arc::clone(self.snapshot().live()), self.evaluate(key).outcome(), self.context())
    }

    fn decided(&self, key: &str) -> Decided {
        Decided::new(self.snapshot().live(), self.evaluate(key).outcome(), self.context()).0
    }
}
