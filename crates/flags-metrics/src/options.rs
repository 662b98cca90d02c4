//! What can be chosen about measuring.

use std::time::Duration;

/// What can be chosen about measuring; the defaults suit a service of some hundred flags and of many threads.
///
/// ```
/// use flags_metrics::{Metrics, MetricsOptions};
///
/// let mut options = MetricsOptions::default();
/// options.max_series = 50_000;
/// let metrics = Metrics::with_options(options);
/// # let _ = metrics;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricsOptions {
    /// How many series that name a flag may be shown, 10 000 by default.
    ///
    /// What comes after them is summed up in series labelled [`OTHER`](crate::table::OTHER), and still told apart by
    /// [`Metrics::summary`](crate::Metrics::summary).
    pub max_series: usize,
    /// One in how many evaluations of a thread is timed, 1 024 by default; 0 times none, 1 all.
    pub time_one_in: u32,
    /// Whether the units of each flag are told apart and counted; off by default.
    ///
    /// It costs an evaluation about six nanoseconds (finding the unit, its hash, a look at a register), more than everything
    /// else together, and 2 KiB for each flag that is evaluated.
    pub unique_units: bool,
    /// The seed of the hash that tells units apart; random for each process by default, so that nobody can choose names of
    /// units that collide.
    pub unit_seed: Option<u64>,
    /// How long a measured branch may run before a success counts as slow, unless the flag has a limit of its own: one second
    /// by default.
    pub slow_after: Duration,
    /// What windows of outcomes are made of.
    pub window: WindowOptions,
}

/// What windows of outcomes are made of: for each branch a ring of buckets, each for an equal stretch of time.
///
/// A bucket takes 24 bytes, up to four times for a branch that many threads run at once. Out of range, the nearest is taken: 1 ms to 1 h for the resolution, 1 to 10 000 buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowOptions {
    /// The stretch of time of one bucket, five seconds by default.
    pub resolution: Duration,
    /// How far back a window can reach, half an hour by default; rounded up to whole buckets.
    pub length: Duration,
}

impl Default for MetricsOptions {
    fn default() -> Self {
        Self {
            max_series: 10_000,
            time_one_in: 1_024,
            unique_units: false,
            unit_seed: None,
            slow_after: Duration::from_secs(1),
            window: WindowOptions::default(),
        }
    }
}

impl Default for WindowOptions {
    fn default() -> Self {
        Self { resolution: Duration::from_secs(5), length: Duration::from_secs(30 * 60) }
    }
}
