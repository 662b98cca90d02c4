//! What is recorded of a unit: that it was exposed to an arm, and what it did.

use std::sync::Arc;

use flags_core::Timestamp;

/// A name that definitions give, such as that of an arm; shared, since many events carry it.
pub type Name = Arc<str>;

/// Something that happened to one unit at one instant.
///
/// ```
/// use flags_ab::{Event, EventKind};
/// use flags_core::Timestamp;
///
/// let purchase = Event {
///     at: Timestamp::from_millis(1_795_000_000_000),
///     unit_kind: "".into(),
///     unit: "user-42".into(),
///     kind: EventKind::Tracked { event: "purchase".into(), value: 19.9 },
/// };
/// assert!(matches!(purchase.kind, EventKind::Tracked { value, .. } if value > 0.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it happened.
    pub at: Timestamp,
    /// What the unit is taken from: the attributes of an experiment's own `bucket_by`, joined by `|`, or nothing where the
    /// settings' list counts. User 7 and node 7 are two units by this.
    pub unit_kind: Name,
    /// The unit.
    pub unit: Box<str>,
    /// What happened.
    pub kind: EventKind,
}

/// An event of a unit that is known from elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a unit.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// It got an arm of an experiment.
    Exposure(Exposure),
    /// It did something that the program tracks.
    Tracked {
        /// The event's name.
        event: Name,
        /// What it was worth: a price, a time in seconds, or 1 where it only counts. Finite.
        value: f64,
    },
}

/// That a unit got an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// The experiment's key.
    pub experiment: Name,
    /// The arm's name.
    pub arm: Name,
    /// The weights in force when the arm was drawn, in written order: `control=1,treatment=1`. Whether the arms have the sizes
    /// they should have is judged against these, not against weights that came later.
    pub split: Name,
    /// What is known of the unit by which results are told apart, such as its country.
    pub dimensions: Box<[(Name, Box<str>)]>,
}
