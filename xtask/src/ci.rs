//! `cargo xtask ci`: what has to hold before a change is taken.

use std::process::ExitCode;

use clap::Args;

use crate::{
    failure::Failure,
    process,
    report::{Outcome, Report},
    test,
    workspace::Workspace,
};

/// What `cargo xtask ci` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Run the end-to-end tests too, which need node, python and the network.
    #[arg(long)]
    e2e: bool,
}

/// The packages outside of the workspace whose sources are ours.
const OUTSIDE: [&str; 3] = ["benches/peers", "crates/flags-core/no-std-proof", "fuzz"];

/// Runs every check and prints the time each took.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let mut report = Report::default();
    report.step("formatting", || formatting(workspace));
    report.step("lints", || {
        lints(workspace, &["--workspace", "--all-targets", "--all-features"])?;
        // The core is a library for microcontrollers too: what it is without its default features is linted as well.
        lints(workspace, &["--package=flags-core", "--lib", "--no-default-features"])
    });
    report.step("documentation", || {
        let mut command = workspace.cargo();
        command
            .args(["doc", "--workspace", "--all-features", "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings");
        passed(process::run(&mut command))
    });
    report.step("licences and sources", || licences(workspace));
    test::steps(workspace, &mut report, options.e2e);
    report.finish()
}

fn formatting(workspace: &Workspace) -> Result<Outcome, Failure> {
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    for package in OUTSIDE.iter().map(|package| workspace.root.join(package).join("Cargo.toml")) {
        if package.is_file() {
            process::run(workspace.cargo().args(["fmt", "--check", "--manifest-path"]).arg(package))?;
        }
    }
    Ok(Outcome::Passed)
}

fn lints(workspace: &Workspace, selection: &[&str]) -> Result<Outcome, Failure> {
    let mut command = workspace.cargo();
    command.args(["clippy", "--locked"]).args(selection).args(["--", "-D", "warnings"]);
    passed(process::run(&mut command))
}

fn licences(workspace: &Workspace) -> Result<Outcome, Failure> {
    if !process::cargo_has("deny") {
        return Ok(Outcome::Skipped(String::from(
            "cargo-deny is not installed (`cargo install cargo-deny --locked` brings it)",
        )));
    }
    passed(process::run(workspace.cargo().args(["deny", "--all-features", "check", "licenses", "bans", "sources"])))
}

fn passed(result: Result<(), Failure>) -> Result<Outcome, Failure> {
    result.map(|()| Outcome::Passed)
}
