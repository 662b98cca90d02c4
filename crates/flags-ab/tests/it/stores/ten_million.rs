//! How long it takes to read many units, and with how much memory. Not part of the usual run: it takes a minute and a disk.

use std::{ops::ControlFlow, time::Instant};

use flags_ab::{
    EventKind,
    store::{Durability, EventStore, Query, SegmentOptions, SegmentStore},
};

use super::{exposure, tracked};

const UNITS: u64 = 10_000_000;

/// The most memory this process has had so far, in MiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? >> 10)
}

// F11: analysis of 10 million units' events in bounded memory
#[test]
#[ignore = "a measurement: cargo test --release -p flags-ab --test it -- --ignored --nocapture ten_million"]
fn ten_million_units_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let options = SegmentOptions::default().keep_forever().durability(Durability::EveryBatch);
    let store = SegmentStore::open(folder.path(), options).unwrap();
    let began = Instant::now();
    let mut batch = vec![];
    let (shown, bought) = (exposure(0, "", "button"), tracked(0, "", "purchase", 19.9));
    let mut appending = 0.0;
    for unit in 0..UNITS {
        let name: Box<str> = format!("user-{:08}", unit * 7_368_787 % UNITS).into();
        for (later, event) in [(0, &shown), (1_000, &bought)] {
            let at = flags_core::Timestamp::from_millis(1_795_000_000_000 + unit as i64 + later);
            batch.push(flags_ab::Event { at, unit: name.clone(), ..event.clone() });
        }
        if batch.len() == 4_096 || unit + 1 == UNITS {
            let began = Instant::now();
            store.append(&batch).unwrap();
            appending += began.elapsed().as_secs_f64();
            batch.clear();
        }
    }
    println!("{} events appended in {appending:.1} s, {:.1} s in all", 2 * UNITS, began.elapsed().as_secs_f64());
    println!("peak memory so far: {:?} MiB", peak_memory());
    for round in ["as recorded", "tidied"] {
        let status = store.status().unwrap();
        let began = Instant::now();
        let (mut units, mut sum) = (0, 0.0);
        store
            .scan(&Query::experiment("button").event("purchase"), &mut |unit| {
                units += 1;
                sum += unit
                    .events
                    .iter()
                    .map(|event| if let EventKind::Tracked { value, .. } = event.kind { value } else { 0.0 })
                    .sum::<f64>();
                ControlFlow::Continue(())
            })
            .unwrap();
        println!(
            "{round}: {} files, {} MiB: {units} units in {:.1} s",
            status.files,
            status.bytes >> 20,
            began.elapsed().as_secs_f64()
        );
        println!("peak memory so far: {:?} MiB", peak_memory());
        assert_eq!(units, UNITS);
        assert!((sum / UNITS as f64 - 19.9).abs() < 1e-6);
        store.tidy().unwrap();
    }
}
