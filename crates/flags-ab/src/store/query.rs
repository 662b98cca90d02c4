//! Which events a scan wants.

use flags_core::Timestamp;

use crate::{EventKind, Name, Occurrence};

/// Which events are wanted, and of which units.
///
/// ```
/// use flags_ab::store::Query;
///
/// let query = Query::experiment("checkout_button").event("purchase").event("checkout_time");
/// assert!(query.wants_event("purchase") && !query.wants_event("login"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    everything: bool,
    experiment: Option<Name>,
    events: Vec<Name>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// A unit with what the query wants of it: at least one event.
#[derive(Clone, Copy, Debug)]
pub struct UnitEvents<'a> {
    /// What the unit is taken from.
    pub unit_kind: &'a str,
    /// The unit.
    pub unit: &'a str,
    /// Its events in the order of time.
    pub events: &'a [Occurrence],
}

impl Query {
    /// The exposures of an experiment. Units without one are not visited, whatever else they did.
    #[must_use]
    pub fn experiment(key: impl Into<Name>) -> Self {
        Self { experiment: Some(key.into()), ..Self::default() }
    }

    /// Tracked events of every unit, and no exposures; name the events with [`event`](Self::event).
    #[must_use]
    pub fn tracked() -> Self {
        Self::default()
    }

    /// Every exposure and every tracked event.
    #[must_use]
    pub fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// The query wanting a tracked event as well.
    #[must_use]
    pub fn event(mut self, name: impl Into<Name>) -> Self {
        let name = name.into();
        if !self.events.contains(&name) {
            self.events.push(name);
        }
        self
    }

    /// The query leaving out what is older.
    #[must_use]
    pub fn from(mut self, instant: Timestamp) -> Self {
        self.from = Some(instant);
        self
    }

    /// The query leaving out that instant and what came after it.
    #[must_use]
    pub fn until(mut self, instant: Timestamp) -> Self {
        self.until = Some(instant);
        self
    }

    /// The experiment whose exposures are wanted.
    #[must_use]
    pub fn experiment_key(&self) -> Option<&str> {
        self.experiment.as_deref()
    }

    /// The tracked events that are wanted.
    #[must_use]
    pub fn events(&self) -> &[Name] {
        &self.events
    }

    /// Whether every exposure and every tracked event is wanted.
    #[must_use]
    pub fn wants_everything(&self) -> bool {
        self.everything
    }

    /// Whether the tracked event is wanted.
    #[must_use]
    pub fn wants_event(&self, name: &str) -> bool {
        self.everything || self.events.iter().any(|wanted| **wanted == *name)
    }

    /// Whether the instant is within what is wanted.
    #[must_use]
    pub fn wants_instant(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }

    /// Whether an event is wanted, if its unit is.
    #[must_use]
    pub fn wants(&self, at: Timestamp, kind: &EventKind) -> bool {
        self.wants_instant(at)
            && match kind {
                EventKind::Exposure(exposure) => {
                    self.everything || self.experiment_key() == Some(&*exposure.experiment)
                }
                EventKind::Tracked { event, .. } => self.wants_event(event),
            }
    }

    /// Whether a unit with these events, all of them wanted, is visited.
    #[must_use]
    pub fn wants_unit(&self, events: &[Occurrence]) -> bool {
        let exposed = || events.iter().any(|event| matches!(event.kind, EventKind::Exposure(_)));
        !events.is_empty() && (self.experiment.is_none() || exposed())
    }
}
