//! The coarse clock that remembered answers age by: some milliseconds exact, and cheap enough to be read at every question.

use std::time::Duration;

/// The present instant in ticks; it never goes back.
#[inline]
pub(crate) fn now() -> u64 {
    coarsetime::Instant::now().as_ticks()
}

/// The instant at which something made at `now` is `ttl` old.
pub(crate) fn expiry(now: u64, ttl: Duration) -> u64 {
    let milliseconds = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
    now.saturating_add(coarsetime::Duration::from_millis(milliseconds).as_ticks())
}
