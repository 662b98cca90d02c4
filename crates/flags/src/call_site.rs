//! What one `feature_enabled!` remembers: its last answer, for whom, and until when.
//!
//! Every thread remembers for itself, so a hit reads two thread-local numbers, one shared number that only changes write,
//! and a coarse clock.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{
    ambient,
    cache_stats::{self, Cache},
    coarse,
};

/// Changes whenever any client, or the ambient default, changes.
static EPOCH: AtomicU64 = AtomicU64::new(1);

/// Makes every call site look again, and keep its answer if its own flag has not changed.
pub(crate) fn invalidate() {
    EPOCH.fetch_add(1, Ordering::Release);
}

/// The memory of one place in the code; `feature_enabled!` makes one for each thread.
#[derive(Debug, Default)]
pub struct CallSite {
    kept: Cell<Kept>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    epoch: u64,
    scope: u64,
    /// In ticks of the coarse clock.
    expires: u64,
    /// What the flag's decisions depended on.
    fingerprint: u64,
    client: u64,
    enabled: bool,
}

impl CallSite {
    /// A place that remembers nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { kept: Cell::new(Kept { epoch: 0, scope: 0, expires: 0, fingerprint: 0, client: 0, enabled: false }) }
    }

    /// Whether the flag called `key` is on for the ambient client and context.
    #[inline]
    pub fn is_enabled(&self, key: &str) -> bool {
        self.is_enabled_at(key, coarse::now())
    }

    /// The same at an instant of the coarse clock.
    #[inline]
    fn is_enabled_at(&self, key: &str, now: u64) -> bool {
        let kept = self.kept.get();
        let epoch = EPOCH.load(Ordering::Acquire);
        if kept.epoch == epoch && kept.scope == ambient::scope_id() && now < kept.expires {
            cache_stats::hit(Cache::CallSite);
            return kept.enabled;
        }
        self.look_again(key, now, epoch)
    }

    #[cold]
    fn look_again(&self, key: &str, now: u64, epoch: u64) -> bool {
        let Some(ambient) = ambient::current() else { return false };
        let scope = ambient::scope_id();
        let kept = self.kept.get();
        ambient.flags.current().with(|live, counts| {
            let fingerprint = live.set.flag(key).map_or(0, flags_core::FlagView::fingerprint);
            let client = ambient.flags.current().id();
            let same =
                kept.scope == scope && now < kept.expires && kept.fingerprint == fingerprint && kept.client == client;
            // Something changed, but not this flag: the answer stands as long as it would have.
            if same && kept.epoch != 0 {
                self.kept.set(Kept { epoch, ..kept });
                cache_stats::hit(Cache::CallSite);
                return kept.enabled;
            }
            cache_stats::miss(Cache::CallSite);
            let enabled = live.decide(key, &*ambient.context, counts).is_on();
            let expires = coarse::expiry(now, live.cache_ttl);
            self.kept.set(Kept { epoch, scope, expires, fingerprint, client, enabled });
            enabled
        })
    }
}

/// Whether a flag is on for the ambient client and context: `feature_enabled!("new_checkout")`.
///
/// The client and the context come from [`set_default`](crate::ambient::set_default) and the scopes above it; without a
/// client every flag is off. Each place in the code, on each thread, remembers its last answer for five seconds
/// (`settings.cache_ttl`), and forgets it at once when the flag, or anything it depends on, changes.
///
/// ```
/// use flags::{Context, Flags, ambient, feature_enabled};
///
/// let flags = Flags::builder().toml("[features.cart]\nenabled = true").build()?;
/// ambient::set_default(flags, Context::new("node-7"));
/// assert!(feature_enabled!("cart"));
/// ambient::with_context(Context::new("user-42"), || assert!(feature_enabled!("cart")));
/// # Ok::<(), flags::BuildError>(())
/// ```
#[macro_export]
macro_rules! feature_enabled {
    ($key:expr) => {{
        ::std::thread_local! {
            static CALL_SITE: $crate::CallSite = const { $crate::CallSite::new() };
        }
        CALL_SITE.with(|site| site.is_enabled($key))
    }};
}

#[cfg(test)]
mod tests {
    use flags_core::{Context, FlagDefinition};

    use super::*;
    use crate::Flags;

    /// One test for all of it: the ambient default is one for the process.
    // C1
    #[test]
    fn an_answer_is_kept_for_its_time_and_dropped_with_a_change() {
        let flags = Flags::builder()
            .flag(FlagDefinition::new("a").enabled(true))
            .flag(FlagDefinition::new("b"))
            .build()
            .unwrap();
        ambient::set_default(flags.clone(), Context::new("u"));
        let site = CallSite::new();
        let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&asked);
        flags.observe(move |_: &str, _: &dyn flags_core::Attributes, _: &flags_core::Decision<'_>| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let second = coarsetime::Duration::from_secs(1).as_ticks();
        let at = |seconds: u64| 1_000 * second + seconds * second;
        let asked = || asked.load(Ordering::Relaxed);

        assert!(site.is_enabled_at("a", at(0)));
        assert!(site.is_enabled_at("a", at(4)));
        assert_eq!(asked(), 1, "the second answer came from the cache");
        assert!(site.is_enabled_at("a", at(5)));
        assert_eq!(asked(), 2, "five seconds on, the flag is asked again");

        flags.toggle("b").unwrap();
        assert!(site.is_enabled_at("a", at(6)));
        assert_eq!(asked(), 2, "another flag's change drops nothing");
        flags.toggle("a").unwrap();
        assert!(!site.is_enabled_at("a", at(6)), "its own change drops the answer at once");
        assert_eq!(asked(), 3);

        ambient::with_context(Context::new("v"), || site.is_enabled_at("a", at(6)));
        assert_eq!(asked(), 4, "another scope has another answer");
        ambient::clear_default();
        assert!(!site.is_enabled_at("a", at(7)));
    }
}
