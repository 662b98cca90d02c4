//! Migrations over a client: flags switched on by controls, health from measured branches, and nothing left behind. // D10

use std::{path::Path, time::Duration};

use flags::{
    Clock as _, Context, Flags, LastLook, MigrationView, RolloutOptions, Timestamp,
    control::{Origin, Standing},
    metrics::Metrics,
    rollout::{
        machine::Verdict,
        migration::{MigrationOutcome, PhaseStatus, Stand},
    },
};
use flags_testkit::ManualClock;

const STORE: &str = r#"
[features.copied]
enabled = true
[features.write_both]
enabled = false
[features.read_new]
enabled = false
[features.read_both]
enabled = false

[signals.lag]
source = "application"

[migrations.store]
description = "Orders move to the new store"
phases = [
  { name = "write both", flag = "write_both", requires = ["copied"], hold = "10m", guardrails = [{ metric = "error_rate", max = 0.05 }] },
  { name = "read new", flag = "read_new", requires = ["write_both"], hold = "10m", rollback_flag = "read_both", guardrails = [
    { metric = "error_rate", max = 0.05 },
    { metric = "lag", max = 30, window = "2m" },
  ] },
]
"#;

struct Store {
    flags: Flags,
    clock: &'static ManualClock,
}

impl Store {
    fn open(text: &str, folder: Option<&Path>) -> Self {
        let start = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
        let clock: &'static ManualClock = Box::leak(Box::new(ManualClock::new(start)));
        let mut builder = Flags::builder()
            .toml(text)
            .metrics(Metrics::new())
            .clock(clock)
            .rollouts(RolloutOptions::new().drive(true).look_every(None));
        if let Some(folder) = folder {
            builder = builder.state_dir(folder);
        }
        Self { flags: builder.build().unwrap(), clock }
    }

    fn start(&self) -> MigrationOutcome {
        self.flags.migrations().by("ada").unwrap().because("the copy is done").start("store").unwrap()
    }

    /// A minute in which both flags have so many runs, and of those of `read_new` so many fail.
    fn minute(&self, failing: u32) {
        self.clock.advance(Duration::from_secs(60));
        for run in 0..100 {
            let context = Context::new(format!("order-{run}"));
            let _: Result<(), ()> = self.flags.try_run("write_both", &context).on(|| Ok(())).off(|| Ok(()));
            let is_bad = run < failing;
            let read = self.flags.try_run("read_new", &context);
            let _: Result<(), ()> = read.on(|| if is_bad { Err(()) } else { Ok(()) }).off(|| Ok(()));
        }
        self.flags.migrations().look().unwrap();
    }

    fn view(&self) -> MigrationView {
        self.flags.migrations().view("store").unwrap().unwrap()
    }

    fn statuses(&self) -> Vec<PhaseStatus> {
        self.view().phases.iter().map(|phase| phase.status).collect()
    }

    fn is_on(&self, flag: &str) -> bool {
        self.flags.is_enabled(flag, &Context::new("order-1"))
    }
}

#[test]
fn phases_go_on_by_the_health_of_their_runs() {
    let store = Store::open(STORE, None);
    assert_eq!(store.view().stand, Stand::Planned);
    assert_eq!(store.view().description.as_deref(), Some("Orders move to the new store"));
    store.start();
    for _ in 0..4 {
        store.minute(0);
    }
    assert!(store.is_on("write_both") && !store.is_on("read_new"));
    assert_eq!(store.statuses(), [PhaseStatus::UnderWay, PhaseStatus::Ahead]);
    let view = store.view();
    assert_eq!(view.guardrails[0].verdict, Some(Verdict::Pass), "{}", view.guardrails[0].text);
    assert!((0.05..0.5).contains(&view.progress), "{}", view.progress);
    assert!(view.estimated_completion.is_some());
    for _ in 0..14 {
        store.minute(0);
    }
    assert_eq!(store.statuses(), [PhaseStatus::Done, PhaseStatus::UnderWay]);
    // The program that copies has said nothing of its lag: the phase is held, however well its runs are.
    for _ in 0..30 {
        store.minute(0);
    }
    assert_eq!(store.view().stand, Stand::Watching);
    let held = "phase `read new` is due and held: lag: it has not been read yet";
    assert_eq!(&*store.view().because, held);
    for _ in 0..2 {
        store.flags.rollouts().update_metrics("lag", 3.0).unwrap();
        store.minute(0);
    }
    assert_eq!((store.view().stand, store.view().progress), (Stand::Complete, 1.0));
    assert!(store.is_on("write_both") && store.is_on("read_new"));
}

#[test]
fn a_phase_whose_runs_fail_is_taken_back_and_leaves_nothing_behind() {
    let store = Store::open(STORE, None);
    store.start();
    for _ in 0..16 {
        store.minute(0);
    }
    assert!(store.is_on("read_new"));
    for _ in 0..4 {
        store.minute(40);
    }
    assert_eq!(store.statuses(), [PhaseStatus::Done, PhaseStatus::RolledBack]);
    assert!(store.is_on("write_both") && !store.is_on("read_new") && store.is_on("read_both"));
    let controls = |flag: &str| store.flags.control().of(flag);
    assert!(controls("read_new").is_empty(), "it is off by its definition again");
    let laid = &controls("read_both")[0];
    assert_eq!((laid.origin, laid.author.name()), (Origin::Rollout, "migration"));
    assert!(laid.reason.as_deref().unwrap().starts_with("store: phase `read new`: error_rate: "), "{laid}");
    // Tried again, what stood in for it is not needed any more.
    store.start();
    for _ in 0..3 {
        store.minute(0);
    }
    assert!(store.is_on("read_new") && !store.is_on("read_both"));
    assert!(controls("read_both").is_empty());
    // And taken back as a whole by one person.
    store.flags.migrations().by("bob").unwrap().because("orders are missing").roll_back("store").unwrap();
    for _ in 0..3 {
        store.minute(0);
    }
    assert!(!store.is_on("write_both") && !store.is_on("read_new"));
    let told: Vec<String> = store
        .flags
        .migrations()
        .history("store")
        .unwrap()
        .iter()
        .flat_map(|record| record.told.iter().map(|(text, _)| format!("{}: {text}", record.state.by)))
        .collect();
    let evidence = "phase `read new`: error_rate: ";
    assert_eq!(told.iter().filter(|line| line.starts_with(&format!("the plan: {evidence}"))).count(), 1, "{told:#?}");
    let expected = [
        "ada: started: the copy is done",
        "the plan: phase `write both` begins",
        "the plan: phase `write both` is on and watched",
        "the plan: phase `write both` is in force",
        "the plan: phase `read new` begins",
        "the plan: phase `read new` is on and watched",
        "the plan: phase `read new` has been taken back",
        "ada: started: the copy is done",
        "the plan: phase `read new` begins",
        "the plan: phase `read new` is on and watched",
        "bob: taken back by hand: orders are missing",
        "the plan: phase `read new` has been taken back",
        "the plan: phase `write both` has been taken back",
    ];
    let others: Vec<&str> = told.iter().map(String::as_str).filter(|line| !line.contains(evidence)).collect();
    assert_eq!(others, expected);
}

// A definition that says `enabled = true` by then has to be overruled, and is named as the reason of the control.
#[test]
fn a_flag_that_is_on_by_its_definition_is_switched_off_by_a_control() {
    let store = Store::open(
        &STORE.replace("[features.write_both]\nenabled = false", "[features.write_both]\nenabled = true"),
        None,
    );
    store.start();
    for _ in 0..3 {
        store.minute(0);
    }
    assert!(store.flags.control().of("write_both").is_empty(), "it is on already");
    store.flags.migrations().by("ada").unwrap().roll_back("store").unwrap();
    store.minute(0);
    assert_eq!(store.view().stand, Stand::RolledBack);
    assert!(!store.is_on("write_both"));
}

// A kill goes before what a migration wants, which says so and waits.
#[test]
fn a_killed_flag_holds_the_migration_up() {
    let store = Store::open(STORE, None);
    store.flags.control().by("bob").unwrap().kill("write_both").unwrap();
    store.start();
    for _ in 0..4 {
        store.minute(0);
    }
    assert_eq!(store.view().stand, Stand::Settling);
    assert!(store.view().because.contains("has been switched on and is not on"), "{}", store.view().because);
    store.flags.control().by("bob").unwrap().revive("write_both").unwrap();
    store.minute(0);
    assert_eq!(store.view().stand, Stand::Watching);
}

// D4
#[test]
fn protected_flags_take_two_people_and_their_controls_say_who() {
    let text =
        STORE.replace("[features.read_new]\nenabled = false", "[features.read_new]\nenabled = false\nprotected = true");
    let store = Store::open(&text, None);
    assert!(matches!(store.start(), MigrationOutcome::Requested(_)));
    assert_eq!(store.view().requested.map(|request| request.by), Some("ada".into()));
    let done = store.flags.migrations().by("bob").unwrap().start("store").unwrap();
    assert!(matches!(done, MigrationOutcome::Done { .. }), "{done:?}");
    for _ in 0..16 {
        store.minute(0);
    }
    let controls = store.flags.control().of("read_new");
    let Standing::Confirmed { by, .. } = &controls[0].standing else { unreachable!("{}", controls[0]) };
    assert_eq!(by.name(), "bob");
    store.flags.migrations().by("eve").unwrap().roll_back("store").unwrap();
    store.minute(0);
    assert!(!store.is_on("read_new"), "one person may take it back");
}

#[test]
fn a_folder_keeps_what_becomes_of_it_and_tells_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(STORE, Some(folder.path()));
    store.start();
    for _ in 0..4 {
        store.minute(0);
    }
    let other = Flags::builder().toml(STORE).state_dir(folder.path()).build().unwrap();
    let seen = other.migrations().view("store").unwrap().unwrap();
    assert_eq!(seen.stand, Stand::Watching);
    assert_eq!(seen.guardrails[0].verdict, Some(Verdict::Pass), "what the one that drives has seen");
    assert!(other.migrations().look().is_err(), "it leaves it to the one that drives");
    assert_eq!(LastLook::read(folder.path()).unwrap().unwrap().at, store.clock.now());
    // Killed and started again, it goes on from where it was; what was commanded meanwhile counts.
    other.migrations().by("ada").unwrap().pause("store").unwrap();
    drop(store);
    let again = Store::open(STORE, Some(folder.path()));
    again.minute(0);
    assert_eq!((again.view().stand, &*again.view().because), (Stand::Paused, "paused by hand"));
    assert!(again.is_on("write_both"));
    assert_eq!(again.flags.migrations().list().unwrap().len(), 1);
}
