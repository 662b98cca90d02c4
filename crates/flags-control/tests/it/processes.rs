//! Several processes on one folder, with real ones: this test program runs itself for the ignored cases.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command as Process, Stdio},
    time::Duration,
};

use flags_control::{Action, ControlError, Controls, LocalOptions, Rules, StoreError, audit::Filter, check_log};

use crate::support::{apply, flag, open, options, override_to, set};

const FOLDER: &str = "FLAGS_TEST_FOLDER";
const NAME: &str = "FLAGS_TEST_NAME";

fn run(case: &str, folder: &Path, name: &str) -> Child {
    Process::new(env::current_exe().unwrap())
        .args(["--exact", &format!("processes::{case}"), "--ignored", "--nocapture", "--test-threads=1"])
        .envs([(FOLDER, folder.as_os_str()), (NAME, name.as_ref())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn given_folder() -> PathBuf {
    env::var_os(FOLDER).unwrap().into()
}

/// Waits until the child says the word.
fn wait_for(child: &mut Child, word: &str) {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line.contains(word)), "the child never said {word}");
}

// A16
#[test]
fn processes_on_one_folder_lose_nothing_of_each_other() {
    const CHANGES: usize = 15;
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<_> = ["ada", "bob", "eve"].map(|name| run("change_many", folder.path(), name)).into();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let controls = open(folder.path());
    assert_eq!(controls.state().revision().get(), 3 * CHANGES as u64);
    assert_eq!(controls.state().controls().len(), 3 * CHANGES);
    let entries = controls.audit().unwrap().entries(Filter::default()).unwrap();
    let revisions: Vec<_> = entries.map(|entry| entry.unwrap().revision.unwrap()).collect();
    assert_eq!(revisions, (1..=3 * CHANGES as u64).collect::<Vec<_>>());
    assert!(check_log(folder.path(), options().lock_wait).unwrap().is_intact());
}

#[test]
#[ignore = "run by processes_on_one_folder, in a process of its own"]
fn change_many() {
    let controls = open(&given_folder());
    let name = env::var(NAME).unwrap();
    for number in 0..15 {
        apply(&controls, &name, set(&format!("{name}-{number}"), override_to("on")));
    }
}

// A16: "an error that names the holder's process id"
#[test]
fn who_waits_in_vain_learns_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let controls = open(folder.path());
    let mut holder = run("hold_the_lock", folder.path(), "ada");
    wait_for(&mut holder, "held");
    let impatient = LocalOptions::default().lock_wait(Duration::from_millis(30));
    let refused = Controls::open(folder.path(), impatient, Rules::default()).unwrap_err();
    let ControlError::Store(StoreError::Locked { holder: Some(id), .. }) = refused else { panic!("{refused}") };
    assert_eq!(id, holder.id());
    assert!(refused.to_string().contains(&format!("is locked by process {id}")), "{refused}");
    // Reading needs no lock.
    assert!(!controls.refresh().unwrap());
    // However a process ends, its lock ends with it.
    holder.kill().unwrap();
    holder.wait().unwrap();
    apply(&controls, "bob", set("checkout", Action::Kill));
}

#[test]
#[ignore = "run by who_waits_in_vain, in a process of its own"]
fn hold_the_lock() {
    let lock = fs::File::options().read(true).write(true).open(given_folder().join("lock")).unwrap();
    lock.lock().unwrap();
    (&lock).write_all(format!("{:<20}\n", std::process::id()).as_bytes()).unwrap();
    println!("held");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

// D1: a change by another process is seen without a restart, and a kill of it survives the end of both.
#[test]
fn a_running_process_sees_what_another_changes() {
    let folder = tempfile::tempdir().unwrap();
    let controls = open(folder.path());
    assert!(!controls.refresh().unwrap());
    let child = run("kill_one", folder.path(), "ada");
    assert!(child.wait_with_output().unwrap().status.success());
    assert!(!controls.state().is_killed(&flag("checkout")), "nobody looks by himself");
    assert!(controls.refresh().unwrap());
    assert!(controls.state().is_killed(&flag("checkout")));
    assert!(!controls.refresh().unwrap());
}

#[test]
#[ignore = "run by a_running_process, in a process of its own"]
fn kill_one() {
    apply(&open(&given_folder()), "ada", set("checkout", Action::Kill));
}

// A16
#[test]
fn threads_of_one_process_lose_nothing_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    // Two of the folder, as two parts of a program may have, and two threads on each.
    let opened = [open(folder.path()), open(folder.path())];
    std::thread::scope(|scope| {
        for (at, name) in ["ada", "bob", "eve", "joe"].into_iter().enumerate() {
            let controls = opened[at % 2].clone();
            scope.spawn(move || {
                for number in 0..8 {
                    let before = controls.state().revision();
                    apply(&controls, name, set(&format!("{name}-{number}"), override_to("on")));
                    assert!(before < controls.state().revision(), "one's own change is seen at once");
                }
            });
        }
    });
    assert_eq!(open(folder.path()).state().controls().len(), 32);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("var/flags");
    apply(&open(&folder), "ada", set("checkout", Action::Kill));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for name in ["controls.json", "lock", "reserve", "audit/audit-000001.jsonl"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&folder.join("audit")), 0o700);
}
