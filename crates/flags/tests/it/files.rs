//! Following files: reloads under load, bad saves, what a restart finds (B3, B4).

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::channel,
    },
    thread,
    time::Duration,
};

use flags::{BuildError, Context, Flags};

const DEADLINE: Duration = Duration::from_secs(30);

/// Two flags that always serve the same number: a reader that sees two numbers has seen a mixed state.
fn definitions(number: i64) -> String {
    let flag = |key: &str| format!("[features.{key}]\nenabled = true\nvariants = {{ v = {number} }}\n");
    format!("{}# {}\n{}", flag("left"), "filler ".repeat(200), flag("right"))
}

fn save(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
}

#[test]
fn a_thousand_saves_under_load_are_never_mixed_and_the_last_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    save(&path, &definitions(0));
    let flags = Flags::builder().file(&path).build().unwrap();
    let (done, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (flags, done, seen) = (flags.clone(), Arc::clone(&done), Arc::clone(&seen));
            thread::spawn(move || {
                let context = Context::new("u");
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let snapshot = flags.snapshot();
                    let left = snapshot.get("left", &context, -1_i64);
                    assert_eq!(left, snapshot.get("right", &context, -2_i64), "a mixed state");
                    assert!(left >= last, "an older state came back");
                    // Beside a snapshot, single evaluations never go back either.
                    assert!(flags.integer("right", &context, -2) >= left);
                    last = left;
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for number in 1..=1_000 {
        save(&path, &definitions(number));
        if number % 100 == 0 {
            flags.reload().unwrap();
            assert_eq!(flags.integer("left", &Context::new("u"), -1), number);
        }
    }
    flags.reload().unwrap();
    assert_eq!(flags.integer("left", &Context::new("u"), -1), 1_000);
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    assert!(seen.load(Ordering::Relaxed) > 0);
}

#[test]
fn a_save_is_noticed_without_being_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    save(&path, &definitions(1));
    let flags = Flags::builder().file(&path).build().unwrap();
    let (sender, receiver) = channel();
    let _subscription = flags.on_flag_change("left", move |_, changes| sender.send(changes.source).unwrap());
    save(&path, &definitions(2));
    assert_eq!(receiver.recv_timeout(DEADLINE), Ok(flags::ChangeSource::File));
    assert_eq!(flags.integer("left", &Context::new("u"), -1), 2);
}

// B4
#[test]
fn a_bad_save_changes_nothing_but_the_status() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    save(&path, &definitions(1));
    let flags = Flags::builder().file(&path).build().unwrap();
    let context = Context::new("u");
    assert!(flags.status().is_fresh());

    save(&path, &definitions(2).replace("enabled", "enabeld"));
    let Err(BuildError::Rejected(report)) = flags.reload() else { panic!("the bad file was accepted") };
    assert!(!report.is_ok());
    assert_eq!(flags.integer("left", &context, -1), 1);
    let status = flags.status();
    assert!(!status.is_fresh());
    let failure = status.source.unwrap().error.unwrap();
    assert!(failure.message.contains("did you mean `enabled`") && failure.report.is_some(), "{}", failure.message);

    save(&path, &definitions(3));
    flags.reload().unwrap();
    assert_eq!(flags.integer("left", &context, -1), 3);
    assert!(flags.status().is_fresh() && flags.status().source.unwrap().error.is_none());
}

#[test]
fn changes_made_at_run_time_stay_over_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    save(&path, "[features.a]\nenabled = true\n[features.b]\nenabled = true\n");
    let flags = Flags::builder().file(&path).build().unwrap();
    let nobody = Context::anonymous();
    flags.toggle("a").unwrap();
    flags.update("b", |flag| flag.requires("a")).unwrap();
    save(&path, "[features.a]\nenabled = true\n[features.b]\nenabled = true\n[features.c]\nenabled = true\n");
    flags.reload().unwrap();
    assert!(!flags.is_enabled("a", &nobody) && !flags.is_enabled("b", &nobody) && flags.is_enabled("c", &nobody));
    flags.revert("a").unwrap();
    assert!(flags.is_enabled("a", &nobody) && flags.is_enabled("b", &nobody));

    // A file that is good by itself, but lacks what a run-time change requires.
    save(&path, "[features.b]\nenabled = true\n");
    let refused = flags.reload().unwrap_err().to_string();
    assert!(
        refused.contains("changes made at run time do not fit") && refused.contains("there is no flag `a`"),
        "{refused}"
    );
    assert!(flags.is_enabled("c", &nobody), "nothing changed");
    assert!(!flags.status().is_fresh());
    flags.revert("b").unwrap();
}

#[test]
fn a_restart_comes_to_the_same_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    save(
        &path,
        "[features.a]\nenabled = true\nrollout_percentage = 37.5\nvariants = { x = 1, y = 2, z = 3 }\noff = 'x'",
    );
    let decide = |flags: &Flags| -> Vec<i64> {
        (0..500).map(|user| flags.integer("a", &Context::new(format!("user-{user}")), 0)).collect()
    };
    let (first, second) =
        (Flags::builder().file(&path).build().unwrap(), Flags::builder().file(&path).build().unwrap());
    assert_eq!(decide(&first), decide(&second));
    assert_eq!(first.status().digest, second.status().digest);
}

#[test]
fn a_missing_or_bad_file_at_the_start_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Flags::builder().file(folder.path().join("none.toml")).build().unwrap_err();
    assert!(missing.to_string().contains("none.toml"), "{missing}");
    let path = folder.path().join("flags.toml");
    save(&path, "[features.a]\nenabled = maybe");
    let bad = Flags::builder().file(&path).watch(None).build().unwrap_err();
    assert!(bad.to_string().contains("flags.toml:2:"), "{bad}");
}

// A folder is merged; the client ends, and with it its thread, with the last clone.
#[test]
fn a_folder_is_one_source() {
    let folder = tempfile::tempdir().unwrap();
    save(&folder.path().join("a.toml"), "[features.a]\nenabled = true\nrequires = ['b']");
    save(&folder.path().join("b.toml"), "[features.b]\nenabled = true");
    let flags = Flags::builder().file(folder.path()).build().unwrap();
    assert!(flags.is_enabled("a", &Context::anonymous()));
    fs::remove_file(folder.path().join("b.toml")).unwrap();
    assert!(flags.reload().is_err());
    save(&folder.path().join("c.toml"), "[features.b]\nenabled = false");
    flags.reload().unwrap();
    assert!(!flags.is_enabled("a", &Context::anonymous()));
}
