//! Several processes on one state folder: one has the breaker, all of them mind it. // E5, A16

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use flags::{
    Cause, FlagDefinition, Flags, SystemClock,
    control::{FolderLock, audit::Filter},
    rollout::breaker::{BreakerOptions, BreakerPhase},
};
use flags_testkit::ManualClock;

use super::{anybody, builder, control, look, noon, open, options, phase, process, run, wait};

fn two(folder: &Path, clock: &ManualClock) -> [Flags; 2] {
    [process(folder, clock), process(folder, clock)]
}

#[test]
fn one_opens_it_for_all_and_only_that_one_tries_and_closes_it() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let [one, other] = two(folder.path(), &clock);
    open(&one);
    look(&other);
    assert_eq!(other.evaluate("search", &anybody()).cause(), Cause::Breaker);
    let view = other.breakers().view("search").unwrap();
    assert_eq!((view.phase, view.is_own, view.until), (BreakerPhase::Open, false, None));

    wait(&clock, 60);
    for _ in 0..100 {
        assert!(!run(&other, true), "it has no permits: the other one does");
        look(&other);
    }
    assert!(run(&one, true) && run(&one, true));
    look(&one);
    look(&other);
    assert_eq!(phase(&other), BreakerPhase::HalfOpen);
    assert!(!other.is_enabled("search", &anybody()) && !run(&other, true));
    assert!(run(&one, true));
    look(&one);
    look(&other);
    assert!([&one, &other].iter().all(|flags| flags.is_enabled("search", &anybody()) && control(flags).is_none()));

    // And the other way round.
    open(&other);
    look(&one);
    assert!(!one.is_enabled("search", &anybody()));
    assert!(!one.breakers().view("search").unwrap().is_own);
}

#[test]
fn both_see_it_fail_and_one_has_it() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let [one, other] = two(folder.path(), &clock);
    for _ in 0..4 {
        run(&one, false);
        run(&other, false);
    }
    look(&one);
    look(&other);
    look(&one);
    let owners = [&one, &other].map(|flags| flags.breakers().view("search").unwrap().is_own);
    assert_eq!(owners.iter().filter(|is_own| **is_own).count(), 1, "{owners:?}");
    wait(&clock, 60);
    let trials = [&one, &other].map(|flags| (0..10).filter(|_| flags.branch("search", &anybody()).is_on()).count());
    assert!(trials.contains(&0), "{trials:?}");
}

#[test]
fn a_new_process_goes_on_where_the_one_that_is_gone_was() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let former = process(folder.path(), &clock);
    open(&former);
    drop(former);
    // One of its threads may be in the middle of something.
    FolderLock::acquire(&folder.path().join("breakers/search.lock"), Duration::from_secs(60)).unwrap();
    wait(&clock, 30);
    let flags = process(folder.path(), &clock);
    assert!(!flags.is_enabled("search", &anybody()), "it was open, and it is");
    assert!(!flags.breakers().view("search").unwrap().is_own, "a program without runs takes nothing over");
    look(&flags);
    assert!(!flags.breakers().view("search").unwrap().is_own);
    assert!(!run(&flags, true));
    look(&flags);
    let view = flags.breakers().view("search").unwrap();
    assert_eq!((view.phase, view.is_own), (BreakerPhase::Open, true));
    assert!(!run(&flags, true), "the cool-down goes on");
    wait(&clock, 30);
    assert!((0..3).all(|_| run(&flags, true)));
    look(&flags);
    assert!(flags.is_enabled("search", &anybody()));
    let entries = flags.control().audit().unwrap().entries(Filter::default()).unwrap();
    let reasons: Vec<_> = entries.filter_map(|entry| entry.unwrap().reason).collect();
    assert_eq!(
        (&*reasons[0], &*reasons[1]),
        ("4 of 4 runs failed", "4 of 4 runs failed, and whoever had the breaker is gone")
    );
    assert_eq!(reasons.last().map(|reason| &**reason), Some("0 of 3 trials failed"));
}

#[test]
fn without_anybody_it_expires() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    drop({
        let former = process(folder.path(), &clock);
        open(&former);
        former
    });
    let bystander = Flags::builder()
        .flag(FlagDefinition::new("search").enabled(true))
        .clock(clock.clone())
        .state_dir(folder.path());
    let bystander = bystander.build().unwrap();
    wait(&clock, 299);
    look(&bystander);
    assert!(!bystander.is_enabled("search", &anybody()));
    wait(&clock, 1);
    look(&bystander);
    assert!(bystander.is_enabled("search", &anybody()));
}

#[test]
fn it_is_renewed_while_there_are_runs_to_try_it() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let flags = builder(&clock)
        .breaker("search", BreakerOptions { cooldown: Duration::from_secs(3_600), ..options() })
        .state_dir(folder.path())
        .build()
        .unwrap();
    open(&flags);
    for _ in 0..59 {
        wait(&clock, 60);
        look(&flags);
        assert!(!flags.is_enabled("search", &anybody()));
    }
    let entries = flags.control().audit().unwrap().entries(Filter::default()).unwrap().count();
    assert!((20..=30).contains(&entries), "one in two minutes and a half, and no more: {entries}");
}

#[test]
fn who_has_no_runs_any_more_lets_another_try() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let [one, other] = two(folder.path(), &clock);
    open(&one);
    look(&other);
    wait(&clock, 200);
    look(&one);
    look(&other);
    assert!(!run(&other, true));
    look(&other);
    assert!(other.breakers().view("search").unwrap().is_own, "the one has had no run since the cool-down, and let go");
    assert!(!run(&one, true), "which it knows");
    look(&one);
    assert!(!run(&one, true) && !one.breakers().view("search").unwrap().is_own);
    assert!((0..3).all(|_| run(&other, true)));
    look(&other);
    look(&one);
    assert!([&one, &other].iter().all(|flags| flags.is_enabled("search", &anybody())));
    assert_eq!([phase(&one), phase(&other)], [BreakerPhase::Closed; 2]);
}

#[test]
fn a_flag_without_any_runs_is_on_again_after_a_while_and_tried_by_the_next() {
    for in_folder in [true, false] {
        let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
        let flags = if in_folder { process(folder.path(), &clock) } else { super::client(&clock) };
        open(&flags);
        for _ in 0..11 {
            wait(&clock, 30);
            look(&flags);
        }
        assert!(flags.is_enabled("search", &anybody()), "nobody has run it for five minutes");
        // The first run may find that it has to ask for the breaker.
        let trials = (0..5).filter(|_| {
            let is_on = run(&flags, true);
            look(&flags);
            is_on
        });
        assert!(trials.count() >= 3);
        assert_eq!((phase(&flags), control(&flags)), (BreakerPhase::Closed, None));
    }
}

const FOLDER: &str = "FLAGS_TEST_BREAKER_FOLDER";

/// A process that is killed with its breaker open; another one takes over at its first run, with the real clock and threads.
#[cfg(unix)]
#[test]
fn a_process_that_is_killed_leaves_its_breaker_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "breakers::folder::open_and_hang", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line.contains("it is open")));
    let flags = quick(folder.path());
    assert!(!flags.is_enabled("search", &anybody()));
    run(&flags, true);
    flags.breakers().look();
    assert!(!flags.breakers().view("search").unwrap().is_own, "it is alive");
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Instant::now();
    while !flags.is_enabled("search", &anybody()) {
        run(&flags, true);
        assert!(killed.elapsed() < Duration::from_secs(60), "{:?}", flags.breakers().list());
        std::thread::yield_now();
    }
    println!("on again {:?} after the other one was killed, by three trials", killed.elapsed());
    let entries: Vec<_> = flags.control().audit().unwrap().entries(Filter::default()).unwrap().collect();
    let reasons: Vec<_> = entries.into_iter().filter_map(|entry| entry.unwrap().reason).collect();
    assert!(reasons.iter().any(|reason| reason.contains("whoever had the breaker is gone")), "{reasons:?}");
}

fn quick(folder: &Path) -> Flags {
    let options = BreakerOptions { cooldown: Duration::from_millis(50), ..options() };
    let flag = FlagDefinition::new("search").enabled(true);
    Flags::builder().flag(flag).breaker("search", options).clock(SystemClock).state_dir(folder).build().unwrap()
}

#[test]
#[ignore = "run by a_process_that_is_killed, in a process of its own"]
fn open_and_hang() {
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    // A cool-down that is never over: it never tries.
    let options = BreakerOptions { cooldown: Duration::from_secs(86_400), ..options() };
    let flag = FlagDefinition::new("search").enabled(true);
    let flags = Flags::builder().flag(flag).breaker("search", options).state_dir(folder).build().unwrap();
    open(&flags);
    println!("it is open");
    loop {
        std::thread::park();
    }
}

/// What cannot be written is refused all the same, and written when it can be.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_does_not_keep_the_broken_branch_running() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let flags = process(folder.path(), &clock);
    let file = fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = file.map(|entry| entry.unwrap().path()).collect();
    // The folder is gone from under it: nothing in it can be opened.
    let hidden = folder.path().with_extension("hidden");
    fs::rename(folder.path(), &hidden).unwrap();
    fs::write(folder.path(), "in the way").unwrap();
    for _ in 0..4 {
        assert!(run(&flags, false));
    }
    flags.breakers().look();
    assert!(!run(&flags, true), "the process knows");
    let view = flags.breakers().view("search").unwrap();
    assert!(view.trouble.is_some() && view.phase == BreakerPhase::Open, "{view:?} {names:?}");

    fs::remove_file(folder.path()).unwrap();
    fs::rename(&hidden, folder.path()).unwrap();
    wait(&clock, 1);
    look(&flags);
    assert!(!flags.is_enabled("search", &anybody()));
    assert_eq!(flags.breakers().view("search").unwrap().trouble, None);
}
