//! Events that the tests of analytics are written in.

use flags_ab::{
    Event, EventKind, Exposure,
    analytics::{Arms, LeftOut, Participant, for_each_participant},
    store::{EventStore, MemoryStore, Query},
};
use flags_core::Timestamp;

pub(super) const DAY: i64 = 86_400;

/// A Monday at midnight.
pub(super) const MONDAY: i64 = 1_764_547_200;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

pub(super) fn exposure(second: i64, unit: &str, arm: &str) -> Event {
    let exposure = Exposure {
        experiment: "button".into(),
        arm: arm.into(),
        split: "control=1,treatment=1".into(),
        dimensions: Box::default(),
    };
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind: EventKind::Exposure(exposure) }
}

pub(super) fn tracked(second: i64, unit: &str, event: &str, value: f64) -> Event {
    let kind = EventKind::Tracked { event: event.into(), value };
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind }
}

pub(super) fn arms() -> Arms {
    Arms::new("button", "control", ["treatment"])
}

pub(super) fn pass(events: &[Event], query: &Query, visit: &mut dyn FnMut(&Participant<'_>)) -> LeftOut {
    let store = MemoryStore::new();
    store.append(events).unwrap();
    for_each_participant(&store, query, &arms(), visit).unwrap()
}
