//! A program that records is killed in the middle. // F11, G3

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead as _, BufReader, Write as _},
    ops::ControlFlow,
};

use flags_ab::{
    Event, EventKind, Occurrence,
    store::{EventStore, Query, SegmentOptions, SegmentStore},
};

use super::{
    exposure,
    other_process::{given_folder, run},
    tracked,
};

const FIRST: &str = "FLAGS_TEST_FIRST";

/// How many events a batch has: exposures and conversions of half as many units.
const BATCH: usize = 4_000;

const BATCHES: usize = 250;

fn options() -> SegmentOptions {
    // A segment for every few batches, so that the program is killed while it sorts and merges as well.
    SegmentOptions::default().segment_bytes(400_000).keep_forever()
}

/// The events of a batch; the value of a conversion tells which one.
fn batch(number: usize) -> Vec<Event> {
    let units = (0..BATCH / 2).map(|unit| number * BATCH / 2 + unit);
    // Their order is not that of their names.
    let events = units.flat_map(|unit| {
        let name = format!("user-{:07}", unit * 7_919 % 1_000_003);
        [exposure(unit as i64, &name, "button"), tracked(unit as i64 + 1, &name, "purchase", number as f64)]
    });
    events.collect()
}

/// How often each batch is there, by its conversions; and that each of them has its exposure before it.
fn batches(store: &SegmentStore) -> BTreeMap<usize, usize> {
    let mut events = BTreeMap::new();
    let mut strange = vec![];
    let query = Query::experiment("button").event("purchase");
    store
        .scan(&query, &mut |unit| {
            match unit.events {
                [
                    Occurrence { kind: EventKind::Exposure(_), .. },
                    Occurrence { kind: EventKind::Tracked { value, .. }, .. },
                ] => *events.entry(*value as usize).or_default() += 1,
                _ => strange.push(format!("{unit:?}")),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(strange.is_empty(), "{strange:?}");
    events
}

// 1 000 000 exposures and conversions, killed with -9 in the middle, started again: every acknowledged batch is there, none twice.
#[test]
fn what_was_acknowledged_survives_being_killed() {
    let folder = tempfile::tempdir().unwrap();
    let seed = env::var("FLAGS_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(11);
    println!("FLAGS_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut next = 0;
    let mut kills = 0;
    while next < BATCHES {
        let mut child = run("stores::killed::record", folder.path(), &[(FIRST, next.to_string())]);
        let lives = random.usize(1..BATCHES / 4);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut acknowledged = vec![];
        for line in lines {
            // What it said before it ended is read to the end, also after it was killed.
            acknowledged.extend(line.strip_prefix("acknowledged ").map(|number| number.parse::<usize>().unwrap()));
            if acknowledged.len() == lives {
                child.kill().unwrap();
            }
        }
        let finished = child.wait().unwrap().success();
        kills += usize::from(!finished);
        let reader = SegmentStore::read(folder.path()).unwrap();
        let found = batches(&reader);
        let last = acknowledged.last().map_or(next, |last| last + 1);
        assert!(found.values().all(|events| *events == BATCH / 2), "in parts or twice: {found:?}");
        // The one that it was about to acknowledge may be there as well.
        let there = found.len();
        assert!((last..=last + 1).contains(&there) && found.keys().copied().eq(0..there), "{last}: {found:?}");
        assert!(!finished || there == BATCHES, "it ended before its time: {found:?}");
        // Who was not told that it is there does not know; so this test looks.
        next = there;
    }
    assert!(3 <= kills, "killed only {kills} times");
    let store = SegmentStore::open(folder.path(), options()).unwrap();
    store.tidy().unwrap();
    assert_eq!(batches(&store), (0..BATCHES).map(|number| (number, BATCH / 2)).collect());
    assert_eq!(store.status().unwrap().events, (BATCH * BATCHES) as u64);
}

#[test]
#[ignore = "run by what_was_acknowledged_survives_being_killed, in a process of its own"]
fn record() {
    let store = SegmentStore::open(given_folder(), options()).unwrap();
    let first: usize = env::var(FIRST).unwrap().parse().unwrap();
    println!();
    for number in first..BATCHES {
        store.append(&batch(number)).unwrap();
        println!("acknowledged {number}");
        std::io::stdout().flush().unwrap();
    }
}
