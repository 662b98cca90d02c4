//! How often a remembered answer was good: counted by each bound handle, and told in one place for all caches.

/// How often a cache could answer.
///
/// ```
/// use flags::{Context, Flags};
///
/// let flags = Flags::builder().toml("[features.cart]\nenabled = true").build()?;
/// let bound = flags.bind(Context::new("user-42"));
/// for _ in 0..1_000 {
///     assert!(bound.is_enabled("cart"));
/// }
/// let stats = bound.cache_stats();
/// assert_eq!((stats.hits, stats.misses, stats.hit_ratio()), (999, 1, 0.999));
/// # Ok::<(), flags::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Questions that were answered from the cache.
    pub hits: u64,
    /// Questions that were decided anew: the first of a flag, those after its answer grew too old or the flag changed, and
    /// those whose answer is not kept.
    pub misses: u64,
}

impl CacheStats {
    /// Hits by questions, from 0.0 to 1.0; 0.0 before the first question.
    #[must_use]
    pub fn hit_ratio(self) -> f64 {
        let questions = self.hits.saturating_add(self.misses);
        #[expect(clippy::cast_precision_loss, reason = "a ratio describes; it need not be exact beyond 2^53 questions")]
        if questions == 0 { 0.0 } else { self.hits as f64 / questions as f64 }
    }

    /// The sum of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { hits: self.hits.saturating_add(other.hits), misses: self.misses.saturating_add(other.misses) }
    }
}

/// The caches that remember answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cache {
    /// What a `feature_enabled!` remembers.
    CallSite,
    /// What a bound handle remembers.
    Bound,
}

#[cfg(feature = "metrics")]
impl Cache {
    const fn counted(self) -> flags_metrics::Cache {
        match self {
            Self::CallSite => flags_metrics::Cache::CallSite,
            Self::Bound => flags_metrics::Cache::Bound,
        }
    }
}

/// A cache answered. Every hit of every cache passes here, and nowhere else.
#[inline]
pub(crate) fn hit(cache: Cache) {
    #[cfg(feature = "metrics")]
    cache.counted().hit();
    #[cfg(not(feature = "metrics"))]
    let _ = cache;
}

/// A cache could not answer.
#[inline]
pub(crate) fn miss(cache: Cache) {
    #[cfg(feature = "metrics")]
    cache.counted().miss();
    #[cfg(not(feature = "metrics"))]
    let _ = cache;
}
