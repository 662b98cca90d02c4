//! What a folder of events holds, for metrics and for people.

use flags_core::Timestamp;

/// What a folder of events holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentStatus {
    /// How many events there are.
    pub events: u64,
    /// How many bytes their files take.
    pub bytes: u64,
    /// How many files there are.
    pub files: usize,
    /// The instant of the oldest event.
    pub oldest: Option<Timestamp>,
    /// The instant of the newest event.
    pub newest: Option<Timestamp>,
    /// How many bytes of half-written batches were found since the store was opened; for one that only reads, how many there are
    /// now, a batch that is being written among them. They were never acknowledged, unless the machine lost power within the
    /// interval of [`Durability::Interval`](super::Durability::Interval).
    pub torn_bytes: u64,
    /// How many files are set aside because a place in them is damaged. What is whole in them is kept; the rest is lost unless
    /// they are restored.
    pub set_aside: usize,
    /// What the store failed to do by itself when it tried last: sorting, merging, forgetting. It goes on trying. Otherwise the
    /// damage of a log that nobody has set aside yet: a scan fails with it.
    pub problem: Option<Box<str>>,
}
