//! Several programs and one folder. // F11

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use flags_ab::store::{EventStore, Query, SegmentOptions, SegmentStore, StoreError};

use super::{at, everything, exposure, small, tracked};

const FOLDER: &str = "FLAGS_TEST_FOLDER";

/// Runs an ignored case of this test program in a process of its own.
pub(super) fn run(case: &str, folder: &Path, environment: &[(&str, String)]) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", case, "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

pub(super) fn given_folder() -> PathBuf {
    env::var_os(FOLDER).unwrap().into()
}

#[test]
fn one_program_writes_and_others_read_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = run("stores::other_process::hold_the_folder", folder.path(), &[]);
    let lines = BufReader::new(holder.stdout.as_mut().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line.contains("held")));

    let impatient = SegmentOptions::default().lock_wait(Duration::from_millis(30));
    let refused = SegmentStore::open(folder.path(), impatient).unwrap_err();
    assert!(matches!(refused, StoreError::Locked { holder: Some(id), .. } if id == holder.id()), "{refused}");
    assert!(refused.to_string().contains(&format!("is locked by process {}", holder.id())), "{refused}");

    let reader = SegmentStore::read(folder.path()).unwrap();
    assert_eq!(everything(&reader, &Query::everything()).len(), 3);
    assert!(matches!(reader.append(&[tracked(1, "a", "purchase", 1.0)]), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(reader.prune(at(9)), Err(StoreError::ReadOnly { .. })));

    // However a process ends, its lock ends with it.
    holder.kill().unwrap();
    holder.wait().unwrap();
    let store = SegmentStore::open(folder.path(), small()).unwrap();
    assert_eq!(everything(&store, &Query::everything()), everything(&reader, &Query::everything()));
}

#[test]
#[ignore = "run by one_program_writes_and_others_read_meanwhile, in a process of its own"]
fn hold_the_folder() {
    let store = SegmentStore::open(given_folder(), small()).unwrap();
    store.append(&[exposure(1, "a", "button"), exposure(1, "b", "button")]).unwrap();
    store.append(&[exposure(1, "c", "button"), tracked(2, "a", "purchase", 1.0)]).unwrap();
    println!("held");
    std::io::stdout().flush().unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn where_there_is_nothing_a_reader_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = SegmentStore::read(folder.path().join("events")).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }));
    assert!(error.to_string().ends_with("is this the state folder of a program that records experiments?"), "{error}");
}

// While files are sorted, merged and removed, no scan sees an event twice or misses one that was there before it began.
#[test]
fn a_reader_sees_every_event_once_while_files_change() {
    const UNITS: u32 = 400;
    let folder = tempfile::tempdir().unwrap();
    let store = SegmentStore::open(folder.path(), small().segment_bytes(1)).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let reader = SegmentStore::read(folder.path()).unwrap();
            let mut seen = 0;
            while seen < UNITS as usize {
                let units = everything(&reader, &Query::everything());
                assert!(units.iter().all(|(.., events)| events.len() == 1));
                assert!(seen <= units.len(), "{seen} units were there, and now {}", units.len());
                seen = units.len();
            }
        });
        for unit in 0..UNITS {
            store.append(&[tracked(1, &format!("{unit:05}"), "purchase", 1.0)]).unwrap();
            if unit % 5 == 4 {
                store.tidy().unwrap();
            }
        }
        reader.join().unwrap();
    });
}
