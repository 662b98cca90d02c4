//! A measured branch as a guard, for code that fits no closure.

use std::{fmt, sync::Arc};

use flags_core::{Attributes, Outcome, ValueRef};

use super::decided::{Decided, Running};
use crate::live::Live;

/// One run of the branch that was decided, measured from [`Flags::branch`](crate::Flags::branch) until it is told how it ended.
///
/// Dropped without being told, by `?`, a panic, a `return` or a future that is dropped, the run counts as an error, once.
///
/// It keeps the flags as they were when it was made, so [`variant`](Self::variant) and [`value`](Self::value) stay what they
/// were.
///
/// ```
/// use flags::{Context, Flags, metrics::Metrics};
///
/// # let flags = Flags::builder().toml("[features.parser]\nenabled = true\nvariants = { simple = 'simple', fast = 'fast' }\nserve = 'fast'").metrics(Metrics::new()).build()?;
/// fn parse(flags: &Flags, text: &str) -> Result<i64, std::num::ParseIntError> {
///     let branch = flags.branch("parser", &Context::new("user-42"));
///     let number = match branch.variant() {
///         Some("fast") => text.parse()?, // leaving here counts as an error of `fast`
///         _ => text.trim().parse()?,
///     };
///     branch.success();
///     Ok(number)
/// }
///
/// assert_eq!(parse(&flags, "12"), Ok(12));
/// assert!(parse(&flags, " 12").is_err());
/// let outcomes = flags.metrics().unwrap().branch("parser", Some("fast")).unwrap().outcomes();
/// assert_eq!((outcomes.ok, outcomes.errors), (1, 1));
/// # Ok::<(), flags::BuildError>(())
/// ```
#[must_use = "a run that is dropped at once counts as an error at once"]
pub struct BranchGuard {
    live: Arc<Live>,
    outcome: Outcome,
    running: Running,
}

impl BranchGuard {
    pub(super) fn new<C: Attributes + ?Sized>(live: Arc<Live>, outcome: Outcome, context: &C) -> Self {
        let (mut decided, outcome) = Decided::new(&live, outcome, context);
        let running = decided.start();
        Self { live, outcome, running }
    }

    /// Whether the flag is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.outcome.is_on()
    }

    /// The name of the variant served, or `None` where the caller's default is.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.live.set.decision(self.outcome).variant()
    }

    /// The value, or `None` where the caller's default is to be used.
    #[must_use]
    pub fn value(&self) -> Option<ValueRef<'_>> {
        self.live.set.decision(self.outcome).value()
    }

    /// The run has succeeded: it counts as ok, or as slow if it took longer than the flag's limit.
    pub fn success(self) {
        self.running.end(true);
    }

    /// The run has failed: it counts as an error.
    pub fn failure(self) {
        self.running.end(false);
    }

    /// The run has ended with `result`: an `Err` is a failure.
    pub fn result<T, E>(self, result: &Result<T, E>) {
        self.running.end(result.is_ok());
    }

    /// The run says nothing about the branch and does not count.
    pub fn discard(self) {
        self.running.discard();
    }
}

impl fmt::Debug for BranchGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BranchGuard").field("decision", &self.live.set.decision(self.outcome)).finish_non_exhaustive()
    }
}
