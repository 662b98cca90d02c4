//! Comparisons: both branches run for one call in so many, and what they come to is compared.

use std::{
    cell::Cell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use flags_core::Attributes;
use flags_metrics::{ShadowCounter, ShadowCounts, ShadowResult};

use super::{
    allowance::Allowance,
    compared::{Compared, ComparedAsync},
    decided::Decided,
};
use crate::{Flags, coarse};

/// Whether two results are the same.
type Same<R> = Box<dyn Fn(&R, &R) -> bool + Send + Sync>;
/// Who hears of two results that are not.
type OnMismatch<R> = Box<dyn Fn(&Mismatch<'_, R>) + Send + Sync>;

/// The two branches of a flag compared, for one call in so many; made by [`Flags::comparison`].
///
/// The branch that was decided is served and measured as by [`Flags::run`]. The other one is its shadow: it runs for
/// nothing but to be compared. **It must have no effects**: it must not write, send or charge for anything, since the served
/// branch does. Either branch is the shadow of the other, depending on the decision.
///
/// It is off until [`one_in`](Self::one_in) or [`set_one_in`](Self::set_one_in) says otherwise. Make it once and keep it,
/// beside the client or in a static; a reference is enough to run it.
///
/// # What it costs
///
/// A call that is not compared costs what a run costs, and one atomic addition. One that is compared takes as long as both
/// branches: the shadow runs after the served branch, on the same thread or task, before the result is returned. An
/// asynchronous one may be run [concurrently](ComparedAsync::concurrently). The shadow's runs are not among the outcomes of the
/// flag's branches, where nobody was served by them.
///
/// # What becomes of the shadow
///
/// - Comparisons are counted as `flags_shadow_comparisons_total`, by [`counts`](Self::counts), and in the flag's summary.
/// - A panic of the shadow, of the comparison or of whoever hears of a mismatch is caught. The program's panic hook reports it
///   as ever; in a program that is built to abort on panic, it aborts.
/// - Up to ten mismatches a minute are told: to [`on_mismatch`](Self::on_mismatch), and as a warning to `tracing`, without the
///   results. All of them are counted.
/// - A served branch that panics, or is dropped before its end, is not compared.
///
/// ```
/// use flags::{Context, Flags};
///
/// let flags = Flags::builder().toml("[features.new_tax]\nenabled = true\nrollout_percentage = 0").build()?;
/// let comparison = flags.comparison("new_tax").one_in(1);
/// for cents in [100_u32, 1_999, 250] {
///     let tax = comparison.run(&Context::new("user-42")).on(|| (cents * 19 + 50) / 100).off(|| cents * 19 / 100);
///     assert_eq!(tax, cents * 19 / 100, "the old branch is served");
/// }
/// let counts = comparison.counts();
/// assert_eq!((counts.matches, counts.mismatches), (1, 2));
/// # Ok::<(), flags::BuildError>(())
/// ```
pub struct Comparison<R> {
    flags: Flags,
    key: Box<str>,
    /// 0 for none.
    one_in: AtomicU64,
    calls: AtomicU64,
    same: Same<R>,
    succeeded: fn(&R) -> bool,
    on_mismatch: Option<OnMismatch<R>>,
    allowance: Allowance,
    counts: ShadowCounter,
}

/// Two results that differ.
#[derive(Debug)]
#[non_exhaustive]
pub struct Mismatch<'m, R> {
    /// The flag's key.
    pub flag: &'m str,
    /// Whether the flag is on: whether `on` was served and `off` is the shadow.
    pub is_on: bool,
    /// What the new branch came to.
    pub on: &'m R,
    /// What the old branch came to.
    pub off: &'m R,
    /// How many mismatches were not told since the last one that was.
    pub untold: u64,
}

impl Flags {
    /// A comparison of the two branches of a flag, whose results are the same if they are equal. It is off at first.
    #[must_use]
    pub fn comparison<R: PartialEq + 'static>(&self, key: &str) -> Comparison<R> {
        self.comparison_by(key, R::eq)
    }

    /// A comparison of the two branches of a flag, whose results are the same if `same` says so of what the new and what the
    /// old branch came to. It is off at first.
    ///
    /// ```
    /// use flags::{Context, Flags};
    ///
    /// let flags = Flags::builder().toml("[features.fast_sum]\nenabled = true").build()?;
    /// let comparison = flags.comparison_by("fast_sum", |on: &f64, off: &f64| (on - off).abs() < 1e-9).one_in(1);
    /// let values = [0.1, 0.2, 0.3];
    /// let context = Context::new("user-42");
    /// comparison.run(&context).on(|| values.iter().sum()).off(|| values.iter().rev().sum());
    /// assert_eq!(comparison.counts().matches, 1);
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[must_use]
    pub fn comparison_by<R>(&self, key: &str, same: impl Fn(&R, &R) -> bool + Send + Sync + 'static) -> Comparison<R> {
        Comparison::new(self, key, Box::new(same), |_| true)
    }

    /// A comparison of two branches that may fail. Results are the same if they are equal or both an `Err`, and an `Err` of
    /// the served branch counts as its error. It is off at first.
    #[must_use]
    pub fn try_comparison<T: PartialEq + 'static, E: 'static>(&self, key: &str) -> Comparison<Result<T, E>> {
        let same = |on: &Result<T, E>, off: &Result<T, E>| on.as_ref().ok() == off.as_ref().ok();
        Comparison::new(self, key, Box::new(same), Result::is_ok)
    }
}

impl<R> Comparison<R> {
    fn new(flags: &Flags, key: &str, same: Same<R>, succeeded: fn(&R) -> bool) -> Self {
        Self {
            flags: flags.clone(),
            key: key.into(),
            one_in: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            same,
            succeeded,
            on_mismatch: None,
            allowance: Allowance::default(),
            counts: ShadowCounter::default(),
        }
    }

    /// Compares one call in `calls`; 0 compares none, which is how it begins.
    #[must_use]
    pub fn one_in(self, calls: u64) -> Self {
        self.set_one_in(calls);
        self
    }

    /// The same for a comparison in use.
    pub fn set_one_in(&self, calls: u64) {
        self.one_in.store(calls, Ordering::Relaxed);
    }

    /// Tells `hear` of mismatches, ten a minute at most, on the thread of the call.
    #[must_use]
    pub fn on_mismatch(mut self, hear: impl Fn(&Mismatch<'_, R>) + Send + Sync + 'static) -> Self {
        self.on_mismatch = Some(Box::new(hear));
        self
    }

    /// Decides for a context, and runs the branch that is decided; for one call in so many, both.
    pub fn run<C: Attributes>(&self, context: &C) -> Compared<'_, R> {
        Compared::new(self, self.flags.decided(&self.key, context))
    }

    /// The same for branches that are futures.
    pub fn run_async<C: Attributes>(&self, context: &C) -> ComparedAsync<'_, R> {
        ComparedAsync::new(self, self.flags.decided(&self.key, context))
    }

    /// How the comparisons ended so far.
    #[must_use]
    pub fn counts(&self) -> ShadowCounts {
        self.counts.counts()
    }

    pub(super) fn succeeded(&self) -> fn(&R) -> bool {
        self.succeeded
    }

    /// Whether this call is one to compare.
    pub(super) fn is_due(&self) -> bool {
        match self.one_in.load(Ordering::Relaxed) {
            0 => false,
            one_in => self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(one_in),
        }
    }

    pub(super) fn count(&self, decided: &Decided, result: ShadowResult) {
        self.counts.count(result);
        decided.count_shadow(result);
    }

    /// Compares what was served with what `shadow` comes to, counts it, and tells of it. No panic gets out of here.
    pub(super) fn compare(&self, decided: &Decided, served: &R, shadow: impl FnOnce() -> R) {
        let found = Cell::new(ShadowResult::Error);
        // What a panic may leave behind is the shadow's own, and it has no effects; the documentation asks for that.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let shadow = shadow();
            let (on, off) = if decided.is_on() { (served, &shadow) } else { (&shadow, served) };
            if (self.same)(on, off) {
                found.set(ShadowResult::Match);
            } else {
                found.set(ShadowResult::Mismatch);
                self.tell(decided, on, off);
            }
        }));
        self.count(decided, found.get());
    }

    fn tell(&self, decided: &Decided, on: &R, off: &R) {
        let Some(untold) = self.allowance.take(coarse::now()) else { return };
        let is_on = decided.is_on();
        tracing::warn!(
            flag = &*self.key,
            served = if is_on { "on" } else { "off" },
            untold,
            "the two branches of a comparison came to different results"
        );
        if let Some(hear) = &self.on_mismatch {
            hear(&Mismatch { flag: &self.key, is_on, on, off, untold });
        }
    }
}

impl<R> fmt::Debug for Comparison<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison")
            .field("flag", &self.key)
            .field("one_in", &self.one_in)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
