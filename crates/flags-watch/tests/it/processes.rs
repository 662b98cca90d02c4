//! Cases that need a process of their own: another user, another folder, few descriptors, nobody else's threads.
//!
//! Each is a test that runs this test program again for its ignored counterpart, in the circumstances it needs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use flags_watch::{Checked, Failure, Origin, ReadError, Watcher};

use crate::support::{Live, Place, by_events, by_polling, load, replace, wait_until, write};

/// Runs the ignored test of that name in a process of its own, behind the given command if there is one.
pub(crate) fn run_alone(test: &str, before: &[&str], prepare: impl FnOnce(&mut Command)) {
    let program = std::env::current_exe().unwrap();
    let mut words = before.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    words.push(program.into());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    prepare(&mut command);
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").unwrap_or_default().lines().any(|line| line.starts_with("Uid:\t0\t"))
}

#[test]
fn case_16_a_relative_path_without_a_folder() {
    let place = Place::new();
    run_alone("processes::in_the_current_folder", &[], |command| {
        command.current_dir(place.folder.path());
    });
}

#[test]
#[ignore = "run by case_16, in a folder of its own"]
fn in_the_current_folder() {
    write(Path::new("flags.toml"), "one");
    let live = Live::file(Path::new("flags.toml"), by_events(), "one");
    for text in ["two", "three"] {
        replace(Path::new("flags.toml"), text);
        live.expect_text(text);
    }
    fs::remove_file("flags.toml").unwrap();
    assert!(live.expect_failure().to_string().starts_with("flags.toml does not exist"));
    write(Path::new("flags.toml"), "four");
    live.wait_for_text("four");
    let folder = Live::start(Origin::at("."), by_events(), "four");
    write(Path::new("flags.toml"), "five");
    folder.wait_for_text("five");
}

#[test]
fn case_18_permission_lost_and_regained() {
    // The superuser may read everything, so the test has to be somebody else.
    let nobody: &[&str] = &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let before = if is_root() { nobody } else { &[] };
    let place = Place::new();
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    run_alone("processes::as_an_ordinary_user", before, |command| {
        command.env("TMPDIR", place.folder.path()).env_remove("HOME").current_dir("/");
    });
}

#[test]
#[ignore = "run by case_18, as an ordinary user"]
fn as_an_ordinary_user() {
    assert!(!is_root());
    crate::support::both_ways(|options| {
        let place = Place::new();
        let folder = place.path("conf");
        fs::create_dir(&folder).unwrap();
        let path = folder.join("flags.toml");
        write(&path, "one");
        let live = Live::file(&path, options, "one");
        let denied = Failure::Unreadable(ReadError::PermissionDenied { path: path.clone() });
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

        mode(&path, 0o000);
        assert_eq!(live.expect_failure(), denied);
        mode(&path, 0o644);
        live.expect(&crate::support::Seen::Restored);

        mode(&folder, 0o000);
        assert_eq!(live.expect_failure(), denied);
        mode(&folder, 0o755);
        live.expect(&crate::support::Seen::Restored);
        replace(&path, "two");
        live.expect_text("two");
    });
}

#[cfg(feature = "events")]
#[test]
fn case_25_no_events_to_be_had() {
    run_alone("processes::without_descriptors", &["sh", "-c", "ulimit -n 64; exec \"$0\" \"$@\""], |_| {});
}

#[cfg(feature = "events")]
#[test]
#[ignore = "run by case_25, with few descriptors"]
fn without_descriptors() {
    use flags_watch::{Mode, PollReason};

    let (_place, path) = Place::with_file("one");
    // All descriptors but the one that reading takes.
    let mut taken = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        taken.push(file);
    }
    taken.pop();
    let live = Live::file(&path, by_events().poll_interval(std::time::Duration::from_millis(10)), "one");
    match live.watcher.status().mode {
        Mode::Polling(PollReason::Unavailable { message }) => assert!(!message.is_empty()),
        other => panic!("{other:?}"),
    }
    replace(&path, "two");
    live.expect_text("two");
    // Once there is room again, events are used again.
    drop(taken);
    replace(&path, "three");
    live.expect_text("three");
    wait_until("events come back", || live.watcher.status().mode == Mode::Events);
}

fn count(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn case_31_nothing_leaks() {
    run_alone("processes::counting", &[], |_| {});
}

#[test]
#[ignore = "run by case_31, where nobody else opens files and starts threads"]
fn counting() {
    let resources = || (count("/proc/self/fd"), count("/proc/self/task"));
    let (_place, path) = Place::with_file("0");
    let before = resources();
    let live = Live::file(&path, by_events(), "0");
    let during = resources();
    for number in 1..=1_000_u64 {
        replace(&path, &number.to_string());
        match live.watcher.check_now().unwrap() {
            Checked::Loaded { revision } | Checked::Unchanged { revision } => assert_eq!(revision, number + 1),
            other => panic!("{other:?}"),
        }
        if number % 100 == 0 {
            assert_eq!(resources(), during, "after {number} reloads");
        }
    }
    drop(live);
    for _ in 0..50 {
        let watcher = Watcher::start(Origin::at(&path), by_events(), load, |_| {}).unwrap();
        watcher.stop();
        let watcher = Watcher::start(Origin::at(&path), by_polling(), load, |_| {}).unwrap();
        drop(watcher);
    }
    // notify's own thread ends a moment after it is told to.
    wait_until("threads and descriptors are given back", || resources() == before);
}
