//! How recording stands: what was kept, what was dropped and why.

use std::fmt;

use flags_ab::Name;

use super::queue::Shared;

/// How recording stands.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RecordingStatus {
    /// Exposures that were kept, by experiment and arm, in the order of their names.
    pub exposures: Vec<ArmCount>,
    /// Tracked events that were kept, by name, in the order of the names. An event of a unit of two kinds counts twice.
    pub events: Vec<EventCount>,
    /// What was not kept, by reason: every reason, also those that never came up.
    pub dropped: Vec<(Dropped, u64)>,
    /// Events that wait for the store.
    pub waiting: usize,
    /// How many may wait.
    pub capacity: usize,
    /// Exposures that are remembered, so that they are recorded once.
    pub remembered: usize,
    /// How many times in a row the store has not kept a batch. 0 is as it should be.
    pub failures: u32,
    /// What the store said when it last did not keep a batch.
    pub last_error: Option<String>,
}

/// How many units met an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArmCount {
    /// The experiment's key.
    pub experiment: Name,
    /// The arm's name.
    pub arm: Name,
    /// How many exposures were kept since the client was built.
    pub count: u64,
}

/// How often an event was tracked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCount {
    /// The event's name.
    pub event: Name,
    /// How many were kept since the client was built.
    pub count: u64,
}

/// Why an event was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dropped {
    /// Too many waited for the store already.
    QueueFull,
    /// The store has reached its limit.
    StoreFull,
    /// The client was at its end.
    Closed,
    /// The value was not a finite number.
    NotFinite,
    /// The context has nothing that identifies a unit.
    NoUnit,
    /// The unit has more than 1024 bytes.
    UnitTooLong,
    /// More than 256 events that no metric names were tracked, or one with a name of more than 128 bytes.
    TooManyNames,
}

impl Dropped {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::QueueFull,
        Self::StoreFull,
        Self::Closed,
        Self::NotFinite,
        Self::NoUnit,
        Self::UnitTooLong,
        Self::TooManyNames,
    ];

    /// Its name, in lower case: `queue_full`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::StoreFull => "store_full",
            Self::Closed => "closed",
            Self::NotFinite => "not_finite",
            Self::NoUnit => "no_unit",
            Self::UnitTooLong => "unit_too_long",
            Self::TooManyNames => "too_many_names",
        }
    }

    pub(super) const fn place(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl RecordingStatus {
    pub(super) fn of(shared: &Shared) -> Self {
        let counts = shared.counts();
        let arm = |((experiment, arm), count): (&(Name, Name), &u64)| ArmCount {
            experiment: Name::clone(experiment),
            arm: Name::clone(arm),
            count: *count,
        };
        let event = |(event, count): (&Name, &u64)| EventCount { event: Name::clone(event), count: *count };
        Self {
            exposures: counts.exposures.iter().map(arm).collect(),
            events: counts.events.iter().map(event).collect(),
            dropped: Dropped::ALL.map(|why| (why, shared.dropped(why))).to_vec(),
            waiting: shared.waiting(),
            capacity: shared.capacity(),
            remembered: shared.first.len(),
            failures: counts.failures,
            last_error: counts.last_error.clone(),
        }
    }

    /// How many events were dropped for a reason.
    #[must_use]
    pub fn dropped(&self, why: Dropped) -> u64 {
        self.dropped.iter().find(|(reason, _)| *reason == why).map_or(0, |(_, count)| *count)
    }
}
