//! `cargo xtask fuzz`: runs the targets of fuzz/ for a while each.
//!
//! The targets need `cargo-fuzz` and a compiler that takes unstable flags (the sanitizer and the coverage counters).
//! That is a nightly toolchain where rustup has one; else the stable compiler is told by `RUSTC_BOOTSTRAP=1` to take
//! them, which is good enough for a fuzz run and for nothing else.

use std::{
    fs,
    process::{Command, ExitCode},
};

use clap::Args;

use crate::{
    failure::Failure,
    process,
    report::{Outcome, Report},
    workspace::Workspace,
};

/// A target: a file of its name in `fuzz/fuzz_targets`.
struct Target {
    name: &'static str,
    /// Folders with inputs to start from, besides those that once found a fault.
    seeds: &'static [&'static str],
}

const TARGETS: [Target; 4] = [
    Target { name: "load", seeds: &["config", "crates/flags-testkit/data/format", "crates/flags-testkit/data/broken"] },
    Target { name: "evaluate", seeds: &[] },
    Target { name: "expression", seeds: &["fuzz/seeds/expression"] },
    Target { name: "answer", seeds: &["fuzz/seeds/answer"] },
];

/// What `cargo xtask fuzz` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// One target only.
    #[arg(long, value_parser = TARGETS.map(|target| target.name))]
    target: Option<String>,
}

/// Runs the targets and prints which found something; cargo-fuzz leaves the input below fuzz/artifacts.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let mut report = Report::default();
    for target in TARGETS {
        if options.target.as_deref().is_none_or(|wanted| wanted == target.name) {
            report.step(target.name, || fuzz(workspace, &target, options.seconds));
        }
    }
    report.finish()
}

fn fuzz(workspace: &Workspace, target: &Target, seconds: u64) -> Result<Outcome, Failure> {
    if !process::cargo_has("fuzz") {
        return Ok(Outcome::Skipped(String::from(
            "cargo-fuzz is not installed (`cargo install cargo-fuzz --locked` brings it)",
        )));
    }
    let mut command = if process::succeeds(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])) {
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", "cargo"]);
        command
    } else {
        let mut command = process::cargo();
        command.env("RUSTC_BOOTSTRAP", "1");
        command
    };
    // What is found goes into the first folder, which git ignores; the others are read.
    let corpus = workspace.root.join("fuzz/corpus").join(target.name);
    fs::create_dir_all(&corpus).map_err(Failure::file(&corpus))?;
    command.current_dir(&workspace.root).args(["fuzz", "run", "--target-dir"]).arg(workspace.target.join("fuzz"));
    command.arg(target.name).arg(&corpus);
    let regressions = format!("fuzz/regressions/{}", target.name);
    let read = [regressions.as_str()].into_iter().chain(target.seeds.iter().copied());
    command.args(read.map(|folder| workspace.root.join(folder)).filter(|folder| folder.is_dir()));
    command.args(["--", &format!("-max_total_time={seconds}"), "-max_len=4096", "-timeout=10", "-print_final_stats=1"]);
    process::run(&mut command).map(|()| Outcome::Passed)
}
