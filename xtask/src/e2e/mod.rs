//! `cargo xtask e2e`: foreign clients, and a Prometheus with its Alertmanager, against a server of this workspace; rollouts that go by
//! what a Prometheus counts; a browser that draws the report of an experiment.
//!
//! Builds the `flags` program, starts it on a free loopback port over a copy of e2e/flags.toml (so that a script may edit
//! the file to see a reload), and runs the scripts below e2e/. A script gets its bearings from the environment:
//! `FLAGS_URL` is the server, `FLAGS_FILE` the file it serves, `FLAGS_PROGRAM` the program. It succeeds with the
//! exit code 0. A script is found by its name, so a new one needs no line here.

mod http;
mod monitoring;
mod page;
mod prometheus;
mod rollouts;
mod runtime;
mod server;
mod wait;

use std::{fs, path::Path, path::PathBuf, process::ExitCode};

use clap::Args;

use self::{runtime::Runtime, server::Server};
use crate::{
    failure::Failure,
    process,
    report::{Outcome, Report, Tally},
    workspace::Workspace,
};

/// The runtimes whose clients are tried, in order.
const RUNTIMES: [Runtime; 2] = [runtime::NODE, runtime::PYTHON];

/// What `cargo xtask e2e` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only the rollouts that a Prometheus guards.
    #[arg(long)]
    rollouts: bool,
}

/// Runs the scripts as a command of its own.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let mut report = Report::default();
    report.step("end-to-end tests", || if options.rollouts { guarded(workspace) } else { step(workspace) });
    report.finish()
}

fn guarded(workspace: &Workspace) -> Result<Outcome, Failure> {
    if let Some(missing) = rollouts::missing() {
        return Ok(Outcome::Skipped(missing));
    }
    let tally = rollouts::run(workspace)?;
    if tally.failed == 0 { Ok(Outcome::Tested(tally)) } else { Err(Failure::Tests { tally }) }
}

/// Runs the scripts as a step of a run. Each script is one test.
pub(crate) fn step(workspace: &Workspace) -> Result<Outcome, Failure> {
    let mut planned = Vec::new();
    let mut missing = Vec::new();
    for runtime in RUNTIMES {
        let scripts = scripts(workspace, &runtime)?;
        if scripts.is_empty() {
            missing.push(format!("no {}/*{}", runtime.folder, runtime.suffix));
        } else if let Some(program) = runtime.programs.iter().find(|program| !process::installed(program)) {
            missing.push(format!("{program} is not installed"));
        } else {
            planned.push((runtime, scripts));
        }
    }
    let unwatched = monitoring::missing();
    let watched = unwatched.is_none();
    missing.extend(unwatched);
    let unguarded = rollouts::missing();
    let guarded = unguarded.is_none();
    // The same is missing for both.
    missing.extend(unguarded.filter(|_| watched));
    let undrawn = page::missing();
    let drawn = undrawn.is_none();
    missing.extend(undrawn);
    if planned.is_empty() && !watched && !guarded && !drawn {
        return Ok(Outcome::Skipped(missing.join("; ")));
    }
    for reason in missing {
        println!("    left out: {reason}");
    }
    let program = build(workspace)?;
    let mut tally = run_all(workspace, &program, &planned)?;
    if watched {
        tally.add(monitoring::run(workspace, &program)?);
    }
    if guarded {
        tally.add(rollouts::run(workspace)?);
    }
    if drawn {
        tally.add(page::run(&program)?);
    }
    if tally.failed == 0 { Ok(Outcome::Tested(tally)) } else { Err(Failure::Tests { tally }) }
}

fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    process::run(workspace.cargo().args(["build", "--release", "--package=flags-cli", "--locked"]))?;
    Ok(workspace.target.join("release").join(format!("flags{}", std::env::consts::EXE_SUFFIX)))
}

fn run_all(workspace: &Workspace, program: &Path, planned: &[(Runtime, Vec<PathBuf>)]) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for (runtime, scripts) in planned {
        let interpreter = (runtime.prepare)(&workspace.root.join(runtime.folder))?;
        for script in scripts {
            // A server for each script: what one changes, the next must not see.
            let folder = tempfile::tempdir().map_err(Failure::file(std::env::temp_dir()))?;
            let file = copy_of_definitions(workspace, folder.path())?;
            let server = Server::start(program, &file)?;
            println!("    {}", script.strip_prefix(&workspace.root).unwrap_or(script).display());
            let result = process::run(
                std::process::Command::new(&interpreter)
                    .args(runtime.arguments)
                    .arg(script)
                    .current_dir(workspace.root.join(runtime.folder))
                    .env("FLAGS_URL", server.url())
                    .env("FLAGS_FILE", &file)
                    .env("FLAGS_PROGRAM", program),
            );
            match result {
                Ok(()) => tally.passed += 1,
                Err(failure) => {
                    println!("    {failure}");
                    tally.failed += 1;
                }
            }
        }
    }
    Ok(tally)
}

/// The scripts of `runtime`, by name.
fn scripts(workspace: &Workspace, runtime: &Runtime) -> Result<Vec<PathBuf>, Failure> {
    let folder = workspace.root.join(runtime.folder);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut scripts: Vec<_> = files(&folder)?
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(runtime.suffix)))
        .collect();
    scripts.sort();
    Ok(scripts)
}

fn copy_of_definitions(workspace: &Workspace, folder: &Path) -> Result<PathBuf, Failure> {
    let (original, copy) = (workspace.root.join("e2e/flags.toml"), folder.join("flags.toml"));
    fs::copy(&original, &copy).map_err(Failure::file(&original))?;
    Ok(copy)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::file(folder))?;
    Ok(entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}
