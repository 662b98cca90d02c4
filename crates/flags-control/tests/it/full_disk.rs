//! A disk without room, with a real one: a small file system in memory, mounted by a process of its own.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command as Process,
};

use flags_control::{Action, ControlError, Incident, Receipt, StoreError, audit::Filter, check_log};

use crate::support::{NOW, apply, clear, flag, open, options, override_to, request, set};

const FOLDER: &str = "FLAGS_TEST_FOLDER";

/// Runs the ignored case with a file system of 256 KiB as its folder, in a name space where this is allowed to anybody.
fn on_a_small_disk(case: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=256k tmpfs \"$FLAGS_TEST_FOLDER\" || exit 77; exec \"$0\" \"$@\"";
    let program = env::current_exe().unwrap();
    let case = format!("full_disk::{case}");
    let output = Process::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(program)
        .args(["--exact", &case, "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .output();
    // Past what the harness keeps to itself, so that it is seen when the test passes.
    let skipped = |why: &str| {
        let mut standard_error = std::io::stderr();
        writeln!(standard_error, "SKIPPED: {case}: no small file system can be mounted here: {why}").unwrap();
    };
    match output {
        Err(error) => skipped(&error.to_string()),
        Ok(output) => {
            let text =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            if output.status.code() == Some(77) || text.starts_with("unshare:") {
                skipped(&text);
            } else {
                assert!(output.status.success() && text.contains("1 passed"), "{text}");
            }
        }
    }
}

fn given_folder() -> PathBuf {
    let folder: PathBuf = env::var_os(FOLDER).unwrap().into();
    folder.join("state")
}

/// Takes all the room there is.
fn fill(folder: &Path) {
    let mut file = fs::File::options().append(true).create(true).open(folder.parent().unwrap().join("filler")).unwrap();
    let full = loop {
        if let Err(error) = file.write_all(&[7; 512]) {
            break error;
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
}

fn empty(folder: &Path) {
    fs::remove_file(folder.parent().unwrap().join("filler")).unwrap();
}

// D1
#[test]
fn a_kill_gets_through_when_nothing_else_does() {
    on_a_small_disk("kill_on_a_full_disk");
}

#[test]
#[ignore = "run by a_kill_gets_through, on a disk of its own"]
fn kill_on_a_full_disk() {
    let folder = given_folder();
    let controls = open(&folder);
    apply(&controls, "ada", set("banner", override_to("blue")));
    let before = controls.state();
    fill(&folder);
    let ordinary = |number: u32| {
        let change = flags_control::Command::Change(set(&format!("other-{number}"), override_to("on")));
        controls.apply(&request("ada", flags_control::Origin::Cli, change), &|_| flags_control::Protection::Open, NOW)
    };
    let no_room = ControlError::Store(StoreError::NoRoom { folder: folder.clone() });
    for number in 0..3 {
        assert_eq!(ordinary(number), Err(no_room.clone()));
        assert_eq!(controls.state(), before, "a change that is refused changes nothing");
    }
    for key in ["checkout", "search"] {
        let Receipt::Applied { .. } = apply(&controls, "ada", set(key, Action::Kill)) else { panic!() };
        fill(&folder);
        assert!(ordinary(9).is_err());
    }
    drop(controls);
    // Neither a restart nor the full disk forgets them, even when the reserve is gone as well.
    fs::remove_file(folder.join("reserve")).unwrap();
    fill(&folder);
    let controls = open(&folder);
    assert!(controls.take_incidents().contains(&Incident::NoRoom));
    assert!(controls.state().is_killed(&flag("checkout")) && controls.state().is_killed(&flag("search")));
    let kills = controls.audit().unwrap().entries(Filter::default().action("kill")).unwrap();
    assert_eq!(kills.count(), 2);
    empty(&folder);
    apply(&controls, "bob", clear("banner", None));
    assert_eq!(fs::metadata(folder.join("reserve")).unwrap().len(), options().reserve_bytes, "it is made again");
    assert!(check_log(&folder, options().lock_wait).unwrap().is_intact());
}
