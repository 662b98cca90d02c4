//! One set of behaviours for every store. // F2, F11

use std::ops::ControlFlow;

use flags_ab::{
    Event, EventKind,
    store::{EventStore, MemoryStore, Query, SegmentStore, StoreError, UnitEvents},
};

use super::{at, exposure, small, tracked};

/// Runs a check with each store, empty.
fn with_each_store(check: impl Fn(&dyn EventStore)) {
    check(&MemoryStore::new());
    // A log for each batch, one log for all, and a thread that tidies meanwhile.
    for options in [small().segment_bytes(1), small().segment_bytes(1 << 20), small().segment_bytes(1).background(true)]
    {
        let folder = tempfile::tempdir().unwrap();
        check(&SegmentStore::open(folder.path().join("events"), options).unwrap());
    }
}

/// Each unit with the instants and values of its events; an exposure is worth 0.
fn scanned(store: &dyn EventStore, query: &Query) -> Vec<String> {
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

fn fill(store: &dyn EventStore) {
    let node = Event { unit_kind: "node_id".into(), ..exposure(1, "7", "button") };
    store.append(&[tracked(9, "b", "purchase", 1.0), exposure(5, "b", "button"), node]).unwrap();
    store
        .append(&[exposure(5, "b", "other"), tracked(5, "b", "purchase", 2.0), tracked(1, "b", "login", 3.0)])
        .unwrap();
    store.append(&[]).unwrap();
    store.append(&[tracked(2, "a", "purchase", 4.0), tracked(2, "a", "purchase", 5.0)]).unwrap();
}

#[test]
fn each_unit_comes_once_in_order_with_its_events_in_the_order_of_time() {
    with_each_store(|store| {
        fill(store);
        let query = Query::experiment("button").event("purchase");
        assert_eq!(scanned(store, &query), ["/b 5:button 5:purchase=2 9:purchase=1", "node_id/7 1:button"]);
        let purchases = Query::tracked().event("purchase");
        assert_eq!(scanned(store, &purchases), ["/a 2:purchase=4 2:purchase=5", "/b 5:purchase=2 9:purchase=1"]);
        assert_eq!(
            scanned(store, &Query::everything()),
            [
                "/a 2:purchase=4 2:purchase=5",
                "/b 1:login=3 5:button 5:other 5:purchase=2 9:purchase=1",
                "node_id/7 1:button"
            ]
        );
    });
}

#[test]
fn instants_bound_what_is_wanted() {
    with_each_store(|store| {
        fill(store);
        let query = Query::tracked().event("purchase").from(at(2)).until(at(9));
        assert_eq!(scanned(store, &query), ["/a 2:purchase=4 2:purchase=5", "/b 5:purchase=2"]);
        assert_eq!(scanned(store, &Query::experiment("button").until(at(5))), ["node_id/7 1:button"]);
    });
}

#[test]
fn what_is_not_there_is_not_visited() {
    with_each_store(|store| {
        assert!(scanned(store, &Query::everything()).is_empty());
        fill(store);
        assert!(scanned(store, &Query::tracked()).is_empty());
        assert!(scanned(store, &Query::experiment("never").event("purchase")).is_empty());
    });
}

#[test]
fn a_visitor_can_end_the_scan() {
    with_each_store(|store| {
        fill(store);
        let mut units = 0;
        let visit = &mut |_: UnitEvents<'_>| {
            units += 1;
            ControlFlow::Break(())
        };
        store.scan(&Query::tracked().event("purchase"), visit).unwrap();
        assert_eq!(units, 1);
    });
}

#[test]
fn what_is_old_can_be_forgotten() {
    with_each_store(|store| {
        fill(store);
        assert_eq!(store.prune(at(5)).unwrap(), 4);
        assert_eq!(scanned(store, &Query::tracked().event("purchase")), ["/b 5:purchase=2 9:purchase=1"]);
        assert_eq!(store.prune(at(5)).unwrap(), 0);
        // What comes late is kept until somebody says again that it is too old.
        store.append(&[tracked(1, "a", "purchase", 6.0)]).unwrap();
        assert_eq!(scanned(store, &Query::tracked().event("purchase").until(at(5))), ["/a 1:purchase=6"]);
        assert_eq!(store.prune(at(100)).unwrap(), 5);
        assert!(scanned(store, &Query::everything()).is_empty());
    });
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
fn files_take_no_more_room_than_they_may() {
    let folder = tempfile::tempdir().unwrap();
    let store = SegmentStore::open(folder.path(), small().limit_bytes(2_000)).unwrap();
    let batch = [exposure(1, "a", "button"), tracked(2, "a", "purchase", 1.0)];
    let mut batches = 0;
    let error = loop {
        match store.append(&batch) {
            Ok(()) => batches += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::NoRoom { bytes, limit: 2_000, .. } if (2_000..2_400).contains(&bytes)));
    assert!(error.to_string().contains("keep them for a shorter time, or raise the limit"), "{error}");
    assert_eq!(store.status().unwrap().events, 2 * batches);
    // Room is made by forgetting, and then there is some.
    assert_eq!(store.prune(at(2)).unwrap(), batches);
    store.append(&batch).unwrap();
}

// F11: retention
#[test]
fn what_is_too_old_is_forgotten_without_being_asked() {
    let folder = tempfile::tempdir().unwrap();
    let clock = flags_testkit::ManualClock::new(at(1_000));
    let options = small().keep_for(std::time::Duration::from_secs(160)).clock(clock.clone());
    let store = SegmentStore::open(folder.path(), options).unwrap();
    for second in [900, 1_000] {
        store.append(&[tracked(second, "a", "purchase", 1.0)]).unwrap();
    }
    let kept = || scanned(&store, &Query::everything());
    store.tidy().unwrap();
    assert_eq!(kept(), ["/a 900:purchase=1 1000:purchase=1"]);
    // A sixteenth of the time may pass, so that files are not written anew for every event.
    clock.set(at(1_070));
    store.tidy().unwrap();
    assert_eq!(kept(), ["/a 900:purchase=1 1000:purchase=1"]);
    clock.set(at(1_071));
    store.tidy().unwrap();
    assert_eq!(kept(), ["/a 1000:purchase=1"]);
    clock.set(at(9_999));
    store.tidy().unwrap();
    assert!(kept().is_empty());
}

#[test]
fn a_folder_says_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let store = SegmentStore::open(folder.path(), small().segment_bytes(1 << 20)).unwrap();
    let empty = store.status().unwrap();
    assert_eq!((empty.events, empty.bytes, empty.files, empty.oldest, empty.newest), (0, 0, 0, None, None));
    fill(&store);
    for _ in 0..2 {
        let status = store.status().unwrap();
        assert_eq!((status.events, status.oldest, status.newest), (8, Some(at(1)), Some(at(9))));
        assert_eq!((status.torn_bytes, status.set_aside, status.problem, status.files), (0, 0, None, 1));
        let length: u64 = std::fs::read_dir(folder.path())
            .unwrap()
            .map(Result::unwrap)
            .filter(|entry| entry.file_name() != "lock")
            .map(|entry| entry.metadata().unwrap().len())
            .sum();
        assert_eq!(status.bytes, length);
        store.prune(at(1)).unwrap();
        // Once as a log, once sorted.
        store.tidy().unwrap();
    }
}
