//! Events in memory are given back as the trait promises. // F2, F11

use std::ops::ControlFlow;

use flags_ab::{
    Event, EventKind, Exposure,
    store::{EventStore, MemoryStore, Query, StoreError},
};
use flags_core::Timestamp;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn exposure(second: i64, unit: &str, experiment: &str) -> Event {
    let split = "control=1,treatment=1".into();
    let exposure = Exposure { experiment: experiment.into(), arm: "control".into(), split, dimensions: Box::default() };
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind: EventKind::Exposure(exposure) }
}

fn tracked(second: i64, unit: &str, event: &str, value: f64) -> Event {
    let kind = EventKind::Tracked { event: event.into(), value };
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind }
}

/// Each unit with the instants and values of its events; an exposure is worth 0.
fn scanned(store: &MemoryStore, query: &Query) -> Vec<String> {
    let mut lines = vec![];
    store
        .scan(query, &mut |unit| {
            let events = unit.events.iter().map(|event| match &event.kind {
                EventKind::Exposure(exposure) => format!("{}:{}", event.at.as_millis() / 1_000, exposure.experiment),
                EventKind::Tracked { event: name, value } => {
                    format!("{}:{name}={value}", event.at.as_millis() / 1_000)
                }
            });
            lines.push(format!("{}/{} {}", unit.unit_kind, unit.unit, events.collect::<Vec<_>>().join(" ")));
            ControlFlow::Continue(())
        })
        .unwrap();
    lines
}

fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let node = Event { unit_kind: "node_id".into(), ..exposure(1, "7", "button") };
    store.append(&[tracked(9, "b", "purchase", 1.0), exposure(5, "b", "button"), node]).unwrap();
    store
        .append(&[exposure(5, "b", "other"), tracked(5, "b", "purchase", 2.0), tracked(1, "b", "login", 3.0)])
        .unwrap();
    store.append(&[tracked(2, "a", "purchase", 4.0), tracked(2, "a", "purchase", 5.0)]).unwrap();
    store
}

#[test]
fn each_unit_comes_once_in_order_with_its_events_in_the_order_of_time() {
    let query = Query::experiment("button").event("purchase");
    assert_eq!(scanned(&filled(), &query), ["/b 5:button 5:purchase=2 9:purchase=1", "node_id/7 1:button"]);
    let purchases = Query::tracked().event("purchase");
    assert_eq!(scanned(&filled(), &purchases), ["/a 2:purchase=4 2:purchase=5", "/b 5:purchase=2 9:purchase=1"]);
}

#[test]
fn instants_bound_what_is_wanted() {
    let query = Query::tracked().event("purchase").from(at(2)).until(at(9));
    assert_eq!(scanned(&filled(), &query), ["/a 2:purchase=4 2:purchase=5", "/b 5:purchase=2"]);
    assert_eq!(scanned(&filled(), &Query::experiment("button").until(at(5))), ["node_id/7 1:button"]);
}

#[test]
fn a_visitor_can_end_the_scan() {
    let mut units = 0;
    let visit = &mut |_: flags_ab::store::UnitEvents<'_>| {
        units += 1;
        ControlFlow::Break(())
    };
    filled().scan(&Query::tracked().event("purchase"), visit).unwrap();
    assert_eq!(units, 1);
}

#[test]
fn a_batch_that_goes_beyond_the_limit_is_refused_whole() {
    let store = MemoryStore::with_limit(2);
    store.append(&[tracked(1, "a", "purchase", 1.0)]).unwrap();
    let error = store.append(&[tracked(2, "a", "purchase", 1.0), tracked(3, "a", "purchase", 1.0)]).unwrap_err();
    assert!(matches!(error, StoreError::Full { events: 2, limit: 2 }));
    assert_eq!(store.len(), 1);
    store.append(&[tracked(2, "a", "purchase", 1.0)]).unwrap();
}

#[test]
fn what_is_old_can_be_forgotten() {
    let store = filled();
    assert_eq!(store.prune(at(5)).unwrap(), 4);
    assert_eq!(store.len(), 4);
    assert_eq!(scanned(&store, &Query::tracked().event("purchase")), ["/b 5:purchase=2 9:purchase=1"]);
}
