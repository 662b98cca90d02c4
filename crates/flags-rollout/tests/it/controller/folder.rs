//! Journals in a folder: what lasts, what is damaged, and who has his turn.

use std::{fs, io::Write as _, path::Path, sync::Arc};

use flags_rollout::{
    controller::{Controller, FolderJournal, Journal as _, JournalError, Leadership, Outcome},
    machine::{Command, Pause, Status, Step},
};

use super::world::{World, command, history, look, start, state};
use crate::rig::{guarded, minutes, unguarded};

fn open(world: &World, folder: &Path) -> Controller {
    world.controller(FolderJournal::open(folder).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

// G3
#[test]
fn it_goes_on_from_what_stands_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &unguarded());
    let controller = open(&world, folder.path());
    start(&controller, "checkout");
    world.pass(minutes(6));
    look(&controller);
    let before = state(&controller, "checkout");
    drop(controller);
    let controller = open(&world, folder.path());
    look(&controller);
    assert_eq!(state(&controller, "checkout"), before);
    world.pass(minutes(4));
    look(&controller);
    assert_eq!(world.share("checkout"), "25");
    assert_eq!(names(folder.path()), ["flag-checkout.jsonl", "leader.lock", "lock"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join("flag-checkout.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_line_that_was_cut_short_is_cut_off_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &unguarded());
    let controller = open(&world, folder.path());
    start(&controller, "checkout");
    let before = state(&controller, "checkout");
    let path = folder.path().join("flag-checkout.jsonl");
    let whole = fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    // Wherever a crash cuts the next line short, what comes before it counts.
    for length in [1, 5, 100, whole.len() - last - 1] {
        let mut torn = whole.clone();
        torn.extend_from_slice(&whole[last..last + length]);
        fs::write(&path, &torn).unwrap();
        let controller = open(&world, folder.path());
        assert_eq!(state(&controller, "checkout"), before, "readers pass it over");
        world.told();
        look(&controller);
        let told = world.told();
        assert!(told.contains(&format!("cut short when a program ended ({length} bytes)")), "{told}");
        assert!(fs::read(&path).unwrap() == whole);
        assert_eq!(state(&controller, "checkout"), before);
    }
    // The very first line may be the one.
    fs::write(&path, &whole[..10]).unwrap();
    let controller = open(&world, folder.path());
    look(&controller);
    assert_eq!(state(&controller, "checkout").status, Status::Planned);
    assert_eq!(fs::read(&path).unwrap(), b"");
}

#[test]
fn a_damaged_line_stops_its_own_rollout_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &unguarded());
    world.define("search", &unguarded());
    let controller = open(&world, folder.path());
    start(&controller, "checkout");
    start(&controller, "search");
    drop(controller);
    let path = folder.path().join("flag-checkout.jsonl");
    let damaged = fs::read_to_string(&path).unwrap().replacen("\"epoch\":1", "\"epoch\":x", 1);
    fs::write(&path, &damaged).unwrap();
    let controller = open(&world, folder.path());
    world.pass(minutes(11));
    look(&controller);
    assert_eq!((world.share("checkout"), world.share("search")), ("1".into(), "25".into()));
    let shown = |text: &str| text.replace(folder.path().to_str().unwrap(), "FOLDER");
    let told: String = world.told().lines().filter(|line| line.contains("incident")).collect();
    insta::assert_snapshot!(shown(&told));
    let refused = controller.command("checkout", Command::RollBack, "ada", "").unwrap_err();
    assert!(refused.to_string().contains("flag-checkout.jsonl, line 1"), "{refused}");
    let view = controller.view("checkout").unwrap();
    assert!(matches!(view.state, Err(JournalError::Damaged { line: 1, .. })), "{view:?}");
    assert!(controller.history("checkout").is_err());
    assert_eq!(controller.views().unwrap().len(), 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), damaged, "nothing is overwritten");
    // It is told again only after a while.
    look(&controller);
    assert_eq!(world.told(), "");
    world.pass(minutes(2));
    look(&controller);
    assert!(world.told().contains("line 1"));
    // Mended, it goes on.
    fs::remove_file(&path).unwrap();
    look(&controller);
    assert_eq!(state(&controller, "checkout").status, Status::Planned);
}

// E7: two processes on one folder
#[test]
fn only_one_leads_and_another_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &unguarded());
    let (first, second) = (open(&world, folder.path()), open(&world, folder.path()));
    assert_eq!(first.leader(), Ok(None));
    look(&first);
    let standby = second.look().unwrap();
    let Leadership::Standby { leader: Some(leader) } = standby else { unreachable!("{standby:?}") };
    assert_eq!(leader.pid, std::process::id());
    assert_eq!((first.leader(), second.leader()), (Ok(Some(leader)), Ok(Some(leader))));
    assert!(leader.to_string().starts_with(&format!("process {} since 20", std::process::id())));
    assert_eq!((first.is_leading(), second.is_leading()), (true, false));
    start(&first, "checkout");
    world.pass(minutes(11));
    second.look().unwrap();
    assert_eq!(world.share("checkout"), "1", "the second does nothing");
    drop(first);
    look(&second);
    assert_eq!(world.share("checkout"), "25");
    second.resign();
    assert_eq!((second.leader(), second.is_leading()), (Ok(None), false));
}

#[test]
fn a_command_of_another_process_is_noticed_and_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &unguarded());
    let controller = open(&world, folder.path());
    look(&controller);
    // Nobody has to lead for it.
    let other = open(&world, folder.path());
    start(&other, "checkout");
    assert_eq!(world.share("checkout"), "1");
    look(&controller);
    world.told();
    command(&other, "checkout", Command::Pause);
    assert_eq!(world.told(), "checkout entry: paused\n", "told where it was given");
    look(&controller);
    assert_eq!(world.told(), "checkout entry: paused\n", "and by the one that leads");
    assert_eq!(state(&controller, "checkout").status, Status::Paused(Pause::Manual));
    world.pass(minutes(60));
    look(&controller);
    assert_eq!(world.share("checkout"), "1");
    command(&other, "checkout", Command::Resume);
    world.pass(minutes(11));
    look(&controller);
    assert_eq!(world.share("checkout"), "25");
    // A process that ended between its journal and the control is made up for.
    world.inner().broken.insert("restore");
    command(&other, "checkout", Command::RollBack);
    assert_eq!(world.share("checkout"), "25");
    world.inner().broken.clear();
    look(&controller);
    assert_eq!(world.share("checkout"), "none");
}

#[test]
fn rearming_puts_the_journal_aside_and_the_history_has_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("Checkout", &unguarded());
    let controller = open(&world, folder.path());
    for _ in 0..25 {
        start(&controller, "Checkout");
        command(&controller, "Checkout", Command::RollBack);
        command(&controller, "Checkout", Command::Rearm);
    }
    let kept: Vec<String> = names(folder.path()).into_iter().filter(|name| name.starts_with("flag")).collect();
    assert_eq!(kept.len(), 21, "{kept:?}");
    assert!(kept.contains(&"flag-~checkout.jsonl".to_owned()) && kept.contains(&"flag-~checkout@25.jsonl".to_owned()));
    let records = controller.history("Checkout").unwrap();
    // Of the five oldest nothing is left; the others have a rearming, a start, two read-backs and a rollback each.
    assert_eq!(records.len(), 20 * 5 + 1);
    assert!(records.is_sorted_by(|before, after| before.state.version < after.state.version));
    assert!(history(&controller, "Checkout").ends_with("rolled back -> planned (ada): armed again\n"));
    // A program that ended while it put one aside leaves a part twice.
    let (aside, current) = (folder.path().join("flag-~checkout@26.jsonl"), folder.path().join("flag-~checkout.jsonl"));
    fs::copy(&current, &aside).unwrap();
    assert_eq!(controller.history("Checkout").unwrap(), records);
}

#[test]
fn a_journal_does_not_grow_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &unguarded());
    let controller = open(&world, folder.path());
    start(&controller, "checkout");
    let path = folder.path().join("flag-checkout.jsonl");
    let line = fs::read_to_string(&path).unwrap().lines().last().unwrap().to_owned() + "\n";
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(line.repeat(4 * 1024 * 1024 / line.len()).as_bytes()).unwrap();
    command(&controller, "checkout", Command::Pause);
    assert!(fs::metadata(&path).unwrap().len() < 4_096);
    assert_eq!(state(&controller, "checkout").status, Status::Paused(Pause::Manual));
    command(&controller, "checkout", Command::Resume);
    assert_eq!(state(&open(&world, folder.path()), "checkout").status, Status::Running(Step::Baking));
}

#[test]
fn whoever_does_not_let_go_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let journal = FolderJournal::open(folder.path()).unwrap();
    let writer = journal.write().unwrap();
    let other = FolderJournal::open(folder.path()).unwrap();
    // Readers do not wait.
    assert_eq!(other.last("checkout"), Ok(None));
    let waits = std::thread::spawn(move || other.write().map(|_| ()));
    drop(writer);
    assert_eq!(waits.join().unwrap(), Ok(()));
    let locked = JournalError::Locked { path: "rollouts/lock".into(), holder: Some(77), waited_seconds: 10 };
    assert_eq!(locked.to_string(), "rollouts/lock is locked by process 77: it has not let go for 10 s");
}

#[test]
fn requests_last_and_damaged_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &guarded());
    world.inner().protected.insert("checkout".into());
    let start = Command::from_name("start").unwrap();
    let asked = open(&world, folder.path()).command("checkout", start, "ada", "the launch").unwrap();
    let Outcome::Requested(request) = asked else { unreachable!("{asked:?}") };
    let controller = open(&world, folder.path());
    assert_eq!(controller.requests(), Ok(vec![request]));
    assert!(controller.command("checkout", start, "Ada", "").is_err());
    let path = folder.path().join("requests.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, "[{}]").unwrap();
    let error = controller.command("checkout", start, "bob", "").unwrap_err().to_string();
    assert!(error.contains("requests.json: number 1 is not a request. Remove the file"), "{error}");
    fs::write(&path, text).unwrap();
    controller.command("checkout", start, "bob", "").unwrap();
    assert_eq!(world.share("checkout"), "1");
    assert_eq!(fs::read_to_string(&path).unwrap(), "[]\n");
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rollouts");
    fs::write(&path, "").unwrap();
    let error = FolderJournal::open(&path).unwrap_err().to_string();
    assert!(error.starts_with("cannot create the folder") && error.contains("rollouts"), "{error}");
}

// Commands from many threads and processes never lose one another.
#[test]
fn commands_from_everywhere_come_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("checkout", &unguarded());
    start(&open(&world, folder.path()), "checkout");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (world, folder) = (world.clone(), Arc::new(folder.path().to_owned()));
            std::thread::spawn(move || {
                let controller = open(&world, &folder);
                let mut done = 0;
                for turn in 0..20 {
                    let command = if turn % 2 == 0 { Command::Pause } else { Command::Resume };
                    done += usize::from(controller.command("checkout", command, "ada", "").is_ok());
                }
                done
            })
        })
        .collect();
    let done: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    let controller = open(&world, folder.path());
    let records = controller.history("checkout").unwrap();
    let commands = records.iter().filter(|record| !matches!(record.event, flags_rollout::machine::Event::ReadBack(_)));
    assert_eq!(commands.count(), done + 1);
    assert!(records.windows(2).all(|pair| pair[1].state.version == pair[0].state.version + 1));
    assert!(done >= 2);
}
