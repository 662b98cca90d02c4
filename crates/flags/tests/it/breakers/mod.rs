//! The circuit breaker of a flag, from a run to the controls and back (E5).

mod concurrency;
mod folder;
mod hands;
mod model;
mod runs;
mod written;

use std::{path::Path, time::Duration};

use flags::{
    Builder, Context, FlagDefinition, Flags, Timestamp,
    rollout::breaker::{BreakerOptions, BreakerPhase, Window},
};
use flags_testkit::ManualClock;

fn options() -> BreakerOptions {
    BreakerOptions { window: Window::Count(10), min_samples: 4, permits: 3, ..BreakerOptions::new(0.5) }
}

fn builder(clock: &ManualClock) -> Builder {
    Flags::builder().flag(FlagDefinition::new("search").enabled(true)).breaker("search", options()).clock(clock.clone())
}

fn client(clock: &ManualClock) -> Flags {
    builder(clock).build().unwrap()
}

/// What a process on that state folder has: two in one program keep each other out as two programs do.
fn process(folder: &Path, clock: &ManualClock) -> Flags {
    builder(clock).state_dir(folder).build().unwrap()
}

fn noon() -> ManualClock {
    ManualClock::new(Timestamp::parse("2026-11-20T12:00:00Z").unwrap())
}

fn anybody() -> Context {
    Context::new("user-42")
}

/// Runs the flag once; whether it was the new branch.
fn run(flags: &Flags, succeeds: bool) -> bool {
    let outcome = if succeeds { Ok(true) } else { Err(true) };
    let (Ok(new) | Err(new)) = flags.try_run("search", &anybody()).on(|| outcome).off(|| Ok(false));
    new
}

/// Has the new branch fail until the breaker is open, and its control written.
fn open(flags: &Flags) {
    assert!((0..20).any(|_| !run(flags, false)), "more than half of ten runs have failed");
    flags.breakers().look();
    assert_eq!(phase(flags), BreakerPhase::Open);
}

fn phase(flags: &Flags) -> BreakerPhase {
    flags.breakers().view("search").unwrap().phase
}

/// Looks as the threads of a client do after a while.
fn look(flags: &Flags) {
    flags.control().refresh().unwrap();
    flags.breakers().look();
}

fn wait(clock: &ManualClock, seconds: u64) {
    clock.advance(Duration::from_secs(seconds));
}

/// What is written about the breaker, by everybody.
fn control(flags: &Flags) -> Option<String> {
    let [control] = &flags.control().of("search")[..] else { return None };
    Some(control.to_string())
}
