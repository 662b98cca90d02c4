//! Crashes, errors and damage at every place where they can be. // F11, G3

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use flags_core::Timestamp;

use super::{
    SegmentOptions, SegmentStore,
    frame::{FileHeader, FrameHeader},
    step::tests::{crash_at, fail_at},
};
use crate::{
    Event, EventKind,
    store::{EventStore, Query, StoreError},
};

/// Old enough to be forgotten by [`FORGET`].
const OLD: Timestamp = Timestamp::from_micros(10);
const NEW: Timestamp = Timestamp::from_micros(30);
const FORGET: Timestamp = Timestamp::from_micros(20);

/// A batch with a number: an old event and two new ones, of units that other batches have as well.
fn batch(number: u32) -> Vec<Event> {
    let event = |at, unit: u32| Event {
        at,
        unit_kind: "".into(),
        unit: format!("user-{}", unit % 7).into(),
        kind: EventKind::Tracked { event: "purchase".into(), value: f64::from(number) },
    };
    vec![event(OLD, number), event(NEW, number + 3), event(NEW, number + 5)]
}

/// A folder in memory, where there is such a place: what is tested is the order of the steps, and not the disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A log for every second batch.
fn options() -> SegmentOptions {
    SegmentOptions::default().segment_bytes(200).keep_forever().background(false)
}

fn open(folder: &Path) -> SegmentStore {
    SegmentStore::open(folder, options()).unwrap()
}

/// How many old and new events of each batch are there.
fn found(store: &SegmentStore) -> Result<BTreeMap<u32, (u32, u32)>, StoreError> {
    let mut batches: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    store.scan(&Query::everything(), &mut |unit| {
        for event in unit.events {
            let EventKind::Tracked { value, .. } = event.kind else { panic!("{event:?}") };
            let (old, new) = batches.entry(value as u32).or_default();
            *(if event.at == OLD { old } else { new }) += 1;
        }
        ControlFlow::Continue(())
    })?;
    Ok(batches)
}

/// Appends, seals, merges, forgets. Enough of each that the files of every kind are there together.
fn script(folder: &Path, acknowledged: &RefCell<Vec<u32>>, forgetting: &Cell<bool>) {
    let store = open(folder);
    for number in 0..22 {
        store.append(&batch(number)).unwrap();
        acknowledged.borrow_mut().push(number);
        if number % 6 == 5 {
            store.tidy().unwrap();
        }
        if number == 19 {
            forgetting.set(true);
            store.prune(FORGET).unwrap();
        }
    }
}

#[test]
fn a_crash_anywhere_loses_nothing_and_doubles_nothing() {
    let mut crashes = 0;
    loop {
        let folder = folder();
        let (acknowledged, forgetting) = (RefCell::default(), Cell::default());
        let ended = crash_at(crashes, || script(folder.path(), &acknowledged, &forgetting)).is_some();
        let acknowledged = acknowledged.into_inner();
        let check = |store: &SegmentStore, when: &str| {
            let found = found(store).unwrap();
            let context = || format!("crash {crashes}, {when}, {acknowledged:?} acknowledged: {found:?}");
            for (number, (old, new)) in &found {
                let may_be_there = *number as usize <= acknowledged.len();
                let old_may_be_gone = forgetting.get() && *number <= 19;
                assert!(may_be_there && *new == 2 && (*old == 1 || (*old == 0 && old_may_be_gone)), "{}", context());
            }
            assert!(acknowledged.iter().all(|number| found.contains_key(number)), "{}", context());
            found
        };
        let before = check(&SegmentStore::read(folder.path()).unwrap(), "seen by another program");
        let store = open(folder.path());
        assert_eq!(check(&store, "opened again"), before);
        store.tidy().unwrap();
        assert_eq!(check(&store, "tidied"), before);
        // Nothing that was forgotten comes back, and it goes on.
        store.prune(FORGET).unwrap();
        assert!(found(&store).unwrap().values().all(|(old, _)| *old == 0));
        store.append(&batch(100)).unwrap();
        assert_eq!(found(&store).unwrap()[&100], (1, 2));
        assert_eq!(store.status().unwrap().set_aside, 0);
        if ended {
            break;
        }
        crashes += 1;
    }
    assert!(100 < crashes, "only {crashes} steps");
}

#[test]
fn a_batch_that_was_refused_counts_once_or_never() {
    for (errors, again) in [(1, true), (1, false), (2, true), (2, false), (3, true)] {
        let mut failures = 0;
        loop {
            let folder = folder();
            let mut kept = vec![];
            let ((), came_to_it) = fail_at(failures, errors, || {
                let Ok(store) = SegmentStore::open(folder.path(), options()) else { return };
                for number in 0..12 {
                    let batch = batch(number);
                    let mut outcome = store.append(&batch);
                    while again && outcome.is_err() {
                        outcome = store.append(&batch);
                    }
                    kept.extend(outcome.is_ok().then_some(number));
                    // What could not be tidied is tidied the next time.
                    let _ = store.tidy();
                }
            });
            let context = || format!("{errors} errors from step {failures} on, again: {again}");
            let expected: BTreeMap<_, _> = kept.iter().map(|number| (*number, (1, 2))).collect();
            assert_eq!(found(&SegmentStore::read(folder.path()).unwrap()).unwrap(), expected, "{}", context());
            let store = open(folder.path());
            store.append(&batch(50)).unwrap();
            store.tidy().unwrap();
            let found = found(&store).unwrap();
            assert_eq!(found.len(), expected.len() + 1, "{}", context());
            assert!(found.values().all(|batch| *batch == (1, 2)), "{}: {found:?}", context());
            if !came_to_it {
                break;
            }
            failures += 1;
        }
        assert!(40 < failures, "only {failures} steps");
    }
}

/// A folder with one log of three batches, and where each of its frames ends.
fn log_of_three(folder: &Path) -> (PathBuf, Vec<u8>, Vec<usize>) {
    let store = SegmentStore::open(folder, options().segment_bytes(1 << 20)).unwrap();
    let path = folder.join("00000001.log");
    let ends = (0..3).map(|number| {
        store.append(&batch(number)).unwrap();
        fs::metadata(&path).unwrap().len() as usize
    });
    let ends = ends.collect();
    drop(store);
    let bytes = fs::read(&path).unwrap();
    (path, bytes, ends)
}

#[test]
fn of_a_log_that_is_cut_off_the_whole_batches_are_there() {
    let folder = folder();
    let (path, bytes, ends) = log_of_three(folder.path());
    for length in 0..=bytes.len() {
        for entry in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::write(&path, &bytes[..length]).unwrap();
        let whole = ends.iter().filter(|end| **end <= length).count();
        let expected: BTreeMap<_, _> = (0..whole).map(|number| (number as u32, (1, 2))).collect();
        assert_eq!(found(&SegmentStore::read(folder.path()).unwrap()).unwrap(), expected, "cut at {length}");
        let store = open(folder.path());
        store.append(&batch(7)).unwrap();
        store.tidy().unwrap();
        let found = found(&store).unwrap();
        assert_eq!(found.len(), whole + 1, "cut at {length}");
        let status = store.status().unwrap();
        let end =
            ends[..whole].last().copied().unwrap_or(if length < FileHeader::BYTES { 0 } else { FileHeader::BYTES });
        assert_eq!((status.torn_bytes, status.set_aside), ((length - end) as u64, 0), "cut at {length}");
    }
}

/// What is no log of ours must not be read as one in which nothing was recorded.
#[test]
fn a_log_that_is_nothing_but_damage_is_not_an_empty_one() {
    let folder = folder();
    log_of_three(folder.path());
    let path = folder.path().join("00000001.log");
    let noise: Vec<u8> = (0..5_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for length in [FileHeader::BYTES, FileHeader::BYTES + 1, noise.len()] {
        fs::write(&path, &noise[..length]).unwrap();
        let reader = SegmentStore::read(folder.path()).unwrap();
        let error = found(&reader).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { offset: 0, .. }), "{length}: {error}");
        assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
        let status = reader.status().unwrap();
        assert_eq!(status.problem.as_deref(), Some(error.to_string().as_str()), "{length}");
        assert_eq!((status.events, status.torn_bytes), (0, 0), "{length}");
    }
    // One that was begun and never finished has lost nothing: a few bytes, or as many zeros as a power cut leaves.
    for start in [&noise[..FileHeader::BYTES - 1], &[0; FileHeader::BYTES]] {
        fs::write(&path, start).unwrap();
        let reader = SegmentStore::read(folder.path()).unwrap();
        assert_eq!(found(&reader).unwrap(), BTreeMap::new());
        let status = reader.status().unwrap();
        assert_eq!((status.torn_bytes, status.problem), (start.len() as u64, None));
    }
    // Whoever writes there sets it aside, and never another one in its place.
    for aside in 1..3_u64 {
        let path = folder.path().join(format!("{aside:08}.log"));
        fs::write(&path, &noise).unwrap();
        let store = open(folder.path());
        store.tidy().unwrap();
        assert_eq!(found(&store).unwrap(), BTreeMap::new());
        let status = store.status().unwrap();
        assert_eq!((status.set_aside, status.torn_bytes, status.problem), (aside as usize, 0, None));
        assert_eq!(fs::read(path.with_extension("log.damaged")).unwrap(), noise);
        store.append(&batch(7)).unwrap();
        drop(store);
        let next = folder.path().join(format!("{:08}.log", aside + 1));
        assert!(next.exists(), "the log after {aside}");
        fs::remove_file(next).unwrap();
    }
}

#[test]
fn no_changed_bit_of_a_log_makes_other_events_or_goes_unnoticed() {
    let folder = folder();
    let (path, bytes, ends) = log_of_three(folder.path());
    for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        fs::write(&path, &changed).unwrap();
        let context = || format!("byte {at}, bit {bit}");
        let hit = ends.iter().position(|end| at < *end).unwrap();
        match found(&SegmentStore::read(folder.path()).unwrap()) {
            // As if it had never been finished.
            Ok(found) => assert!(hit == 2 && found.keys().copied().eq(0..2), "{}", context()),
            Err(StoreError::Damaged { offset, .. }) => {
                let start = if at < FileHeader::BYTES {
                    0
                } else {
                    hit.checked_sub(1).map_or(FileHeader::BYTES, |frame| ends[frame])
                };
                assert_eq!(offset, start as u64, "{}", context());
            }
            Err(StoreError::NewerFormat { .. }) => assert_eq!(at, 7),
            Err(other) => panic!("{}: {other}", context()),
        }
        if bit != at % 8 {
            continue;
        }
        // Whoever writes there keeps what is whole, and the rest to look at.
        let store = match SegmentStore::open(folder.path(), options()) {
            Err(StoreError::NewerFormat { .. }) => continue,
            opened => opened.unwrap(),
        };
        store.tidy().unwrap();
        let found = found(&store).unwrap();
        assert!(found.values().all(|batch| *batch == (1, 2)), "{}", context());
        let missing = (0..3).filter(|number| !found.contains_key(number)).count();
        assert_eq!(missing, usize::from(FileHeader::BYTES <= at), "{}", context());
        let status = store.status().unwrap();
        let damaged = folder.path().join("00000001.log.damaged");
        assert_eq!(
            (status.set_aside, 0 < status.torn_bytes),
            if hit == 2 { (0, true) } else { (1, false) },
            "{}",
            context()
        );
        drop(store);
        if damaged.exists() {
            assert_eq!(fs::read(&damaged).unwrap(), changed);
            fs::remove_file(damaged).unwrap();
        }
        for entry in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn no_changed_bit_of_a_sorted_file_makes_other_events_or_goes_unnoticed() {
    let folder = folder();
    log_of_three(folder.path());
    open(folder.path()).tidy().unwrap();
    let path = folder.path().join("00000001-00000001.sorted");
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > FileHeader::BYTES + 2 * FrameHeader::BYTES);
    let reader = SegmentStore::read(folder.path()).unwrap();
    let expected = found(&reader).unwrap();
    for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        fs::write(&path, &changed).unwrap();
        match found(&reader) {
            Err(StoreError::Damaged { .. }) => {}
            Err(StoreError::NewerFormat { format, .. }) => assert_eq!(format, changed[7]),
            other => panic!("byte {at}, bit {bit}: {other:?}"),
        }
    }
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(matches!(found(&reader), Err(StoreError::Damaged { .. })), "cut at {length}");
    }
    fs::write(&path, &bytes).unwrap();
    assert_eq!(found(&reader).unwrap(), expected);
}

#[test]
fn what_is_damaged_keeps_nothing_else_from_being_recorded() {
    let folder = folder();
    log_of_three(folder.path());
    open(folder.path()).tidy().unwrap();
    let path = folder.path().join("00000001-00000001.sorted");
    let mut bytes = fs::read(&path).unwrap();
    bytes[FileHeader::BYTES + FrameHeader::BYTES + 3] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let store = open(folder.path());
    (10..40).for_each(|number| store.append(&batch(number)).unwrap());
    assert!(matches!(store.tidy(), Err(StoreError::Damaged { .. })), "the damaged file is among those to be merged");
    let error = found(&store).unwrap_err();
    assert_eq!(
        error.to_string().strip_prefix(path.to_str().unwrap()).unwrap(),
        " is damaged at byte 28: a block is not as written; put back a copy of it, or move it elsewhere to go on without the \
         events that are in it"
    );
    // Who follows the advice goes on with the rest.
    fs::rename(&path, folder.path().join("kept")).unwrap();
    assert_eq!(found(&store).unwrap().keys().copied().collect::<Vec<_>>(), (10..40).collect::<Vec<_>>());
    store.tidy().unwrap();
    assert_eq!(found(&store).unwrap().len(), 30);
}

#[test]
fn many_short_lives_leave_few_files() {
    let folder = folder();
    for number in 0..60 {
        let store = open(folder.path());
        store.append(&batch(number)).unwrap();
        store.tidy().unwrap();
    }
    let store = open(folder.path());
    let status = store.status().unwrap();
    assert_eq!(status.events, 180);
    assert!(status.files <= 16, "{} files", status.files);
    assert_eq!(found(&store).unwrap().len(), 60);
}

#[test]
fn files_of_other_people_are_left_alone() {
    let folder = folder();
    let names = ["notes.txt", "1.log", "00000009-00000002.sorted", "+0000001.log", "00000001.sorted", "lock.log"];
    for name in names {
        fs::write(folder.path().join(name), "mine").unwrap();
    }
    let store = open(folder.path());
    store.append(&batch(0)).unwrap();
    store.tidy().unwrap();
    assert_eq!(found(&store).unwrap().len(), 1);
    for name in names {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "mine", "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_broken_link_is_told_and_not_waited_for() {
    let folder = folder();
    std::os::unix::fs::symlink("nowhere", folder.path().join("00000001.log")).unwrap();
    let error = found(&SegmentStore::read(folder.path()).unwrap()).unwrap_err();
    assert!(error.to_string().ends_with("or one of them is a broken link"), "{error}");
}
