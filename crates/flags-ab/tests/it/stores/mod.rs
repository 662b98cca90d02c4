//! Stores give back what they were given, as the trait promises. // F2, F11

mod behaviour;
mod exported;
mod killed;
mod oracle;
mod other_process;

use std::ops::ControlFlow;

use flags_ab::{
    Event, EventKind, Exposure,
    store::{EventStore, Query, SegmentOptions},
};
use flags_core::Timestamp;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn exposure(second: i64, unit: &str, experiment: &str) -> Event {
    let split = "control=1,treatment=1".into();
    let dimensions = [("country".into(), "SE".into()), ("plan".into(), "".into())].into();
    let exposure = Exposure { experiment: experiment.into(), arm: "control".into(), split, dimensions };
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind: EventKind::Exposure(exposure) }
}

fn tracked(second: i64, unit: &str, event: &str, value: f64) -> Event {
    let kind = EventKind::Tracked { event: event.into(), value };
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind }
}

/// Everything that a scan gives, a unit each.
fn everything(store: &dyn EventStore, query: &Query) -> Vec<(String, String, Vec<flags_ab::Occurrence>)> {
    let mut units = vec![];
    store
        .scan(query, &mut |unit| {
            units.push((unit.unit_kind.to_owned(), unit.unit.to_owned(), unit.events.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    units
}

/// Small segments, so that little is needed for several, and no thread but the test's own.
fn small() -> SegmentOptions {
    SegmentOptions::default().segment_bytes(400).keep_forever().background(false)
}
