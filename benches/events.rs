//! What it takes to keep events in a folder, and to read them again. The folder is where temporary files are.
//!
//! `units.rs` does it once with ten million units.

use std::{hint::black_box, ops::ControlFlow, time::Duration};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use flags_ab::{
    Event, EventKind, Exposure,
    store::{Durability, EventStore, Query, SegmentOptions, SegmentStore},
};
use flags_core::Timestamp;

/// How many events a recorder appends at once.
const BATCH: u64 = 4_096;

/// The exposures and conversions of units from a number on, in an order that is not that of their names.
fn batch(first: u64) -> Vec<Event> {
    let exposure = EventKind::Exposure(Exposure {
        experiment: "button".into(),
        arm: "control".into(),
        split: "control=1,treatment=1".into(),
        dimensions: [("country".into(), "NL".into())].into(),
    });
    let tracked = EventKind::Tracked { event: "purchase".into(), value: 19.9 };
    let units = (first..first + BATCH / 2).flat_map(|unit| [(unit, &exposure), (unit, &tracked)]);
    let event = |(unit, kind): (u64, &EventKind)| Event {
        at: Timestamp::from_millis(1_795_000_000_000 + unit.cast_signed()),
        unit_kind: "".into(),
        unit: format!("user-{:08}", unit * 7_368_787 % 100_000_007).into(),
        kind: kind.clone(),
    };
    units.map(event).collect()
}

fn appending(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("appending 4096 events");
    let durabilities = [
        ("on disk before it returns", Durability::EveryBatch),
        ("on disk within a second", Durability::Interval(Duration::from_secs(1))),
    ];
    for (name, durability) in durabilities {
        let folder = tempfile::tempdir().expect("because there is room for temporary files");
        let options = SegmentOptions::default().durability(durability).limit_bytes(u64::MAX);
        let store = SegmentStore::open(folder.path(), options).expect("because the folder is new");
        let mut first = 0;
        let mut next = || {
            first += BATCH / 2;
            batch(first)
        };
        let append = |batch: Vec<Event>| store.append(&batch).expect("because there is room for temporary files");
        group.bench_function(name, |bencher| bencher.iter_batched(&mut next, append, BatchSize::SmallInput));
    }
    group.finish();
}

fn reading(criterion: &mut Criterion) {
    const UNITS: u64 = 1_000_000;
    let folder = tempfile::tempdir().expect("because there is room for temporary files");
    let options = SegmentOptions::default().durability(Durability::Interval(Duration::from_secs(1)));
    let store = SegmentStore::open(folder.path(), options).expect("because the folder is new");
    for number in 0..UNITS / (BATCH / 2) {
        store.append(&batch(number * BATCH / 2)).expect("because there is room for temporary files");
    }
    store.tidy().expect("because there is room for temporary files");
    let mut group = criterion.benchmark_group("reading a million units of two events");
    group.sample_size(10);
    let queries = [
        ("an experiment and its conversions", Query::experiment("button").event("purchase")),
        ("an experiment that none of them is in", Query::experiment("other").event("purchase")),
    ];
    for (name, query) in queries {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut events = 0;
                let visited = store.scan(&query, &mut |unit| {
                    events += unit.events.len();
                    ControlFlow::Continue(())
                });
                visited.expect("because nothing else writes to the folder");
                black_box(events)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, appending, reading);
criterion_main!(benches);
