//! `cargo xtask test`: every test of the repository, whatever runner it needs.

use std::process::ExitCode;

use clap::Args;

use crate::{
    codegen, e2e, editors,
    failure::Failure,
    layers, no_std, process,
    report::{Outcome, Report, Tally},
    workspace::Workspace,
};

/// What `cargo xtask test` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Leave the end-to-end tests out, which need node and python and fetch their clients from the network.
    #[arg(long)]
    no_e2e: bool,
}

/// The test program that makes its cases out of data files.
const DATA_SUITE: &str = "suite";

/// Runs all tests and prints what ran, what was skipped and why.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let mut report = Report::default();
    steps(workspace, &mut report, !options.no_e2e);
    report.finish()
}

/// The steps, for `ci` as well. The quick ones come first.
pub(crate) fn steps(workspace: &Workspace, report: &mut Report, end_to_end: bool) {
    report.step("layers and style", || layers::run(workspace).map(|()| Outcome::Passed));
    report.step("no_std proof", || no_std::run(workspace).map(|()| Outcome::Passed));
    report.step("generated files", || codegen::check(workspace).map(|()| Outcome::Passed));
    report.step("editors for the tests", || Ok(editors::install()));
    report.step("unit and integration tests", || unit_and_integration(workspace));
    report.step("data suites", || data_suites(workspace));
    report.step("documentation tests", || documentation(workspace));
    report.step("end-to-end tests", || {
        if end_to_end {
            e2e::step(workspace)
        } else {
            Ok(Outcome::Skipped(String::from("not asked for; `cargo xtask e2e` runs them")))
        }
    });
}

fn unit_and_integration(workspace: &Workspace) -> Result<Outcome, Failure> {
    let mut command = workspace.cargo();
    let read: fn(&str) -> Tally = if process::cargo_has("nextest") {
        command.args(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]);
        command.args(["--filterset", &format!("not binary({DATA_SUITE})")]);
        nextest
    } else {
        println!(
            "    cargo-nextest is not installed (`cargo install cargo-nextest --locked`): `cargo test` does as well"
        );
        command.args(["test", "--workspace", "--all-features", "--tests", "--no-fail-fast"]);
        libtest
    };
    tested(command, read)
}

/// The cases of the data files. There are thousands, and a process for each, as nextest would start, costs minutes.
fn data_suites(workspace: &Workspace) -> Result<Outcome, Failure> {
    if !process::cargo_has("nextest") {
        return Ok(Outcome::Skipped(String::from("ran with the integration tests")));
    }
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--all-features", "--no-fail-fast", "--test", DATA_SUITE, "--", "--quiet"]);
    tested(command, libtest)
}

fn documentation(workspace: &Workspace) -> Result<Outcome, Failure> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--all-features", "--doc", "--no-fail-fast"]);
    tested(command, libtest)
}

/// Runs a test runner; `read` finds its counts in what it printed.
fn tested(mut command: std::process::Command, read: fn(&str) -> Tally) -> Result<Outcome, Failure> {
    let (status, text) = process::run_and_keep(&mut command)?;
    let tally = read(&text);
    if status.success() {
        Ok(Outcome::Tested(tally))
    } else if 0 < tally.failed {
        Err(Failure::Tests { tally })
    } else {
        // It did not come as far as to run a test.
        Err(Failure::Command { command: process::shown(&command), status })
    }
}

/// Reads the line `Summary [ 1.2s] 402 tests run: 400 passed (1 slow), 1 failed, 1 timed out, 3 skipped`.
fn nextest(text: &str) -> Tally {
    let mut tally = Tally::default();
    let counts = text.lines().rev().find_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("Summary [")?;
        line.split_once(" run: ").map(|(_, counts)| counts)
    });
    for count in counts.unwrap_or_default().split(", ") {
        let mut words = count.split_whitespace();
        let Some(number) = words.next().and_then(|number| number.parse::<u64>().ok()) else { continue };
        match words.next() {
            Some("passed") => tally.passed += number,
            Some("skipped") => tally.skipped += number,
            Some("failed" | "timed" | "exec") => tally.failed += number,
            // Notes in brackets, such as `(1 slow, 2 leaky)`, count tests that are counted already.
            _ => {}
        }
    }
    tally
}

/// Adds up the lines `test result: ok. 12 passed; 0 failed; 1 ignored; …`, one for each test program.
fn libtest(text: &str) -> Tally {
    let mut tally = Tally::default();
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("test result: ")) {
        let counts = line.split_once(". ").map_or("", |(_, counts)| counts);
        for count in counts.split("; ") {
            let mut words = count.split_whitespace();
            let Some(number) = words.next().and_then(|number| number.parse::<u64>().ok()) else { continue };
            match words.next() {
                Some("passed") => tally.passed += number,
                Some("failed") => tally.failed += number,
                Some("ignored") => tally.skipped += number,
                _ => {}
            }
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_nextest_is_read() {
        let text = "   PASS [ 0.1s] a b\n------------\n     Summary [   1.204s] 402 tests run: 398 passed (2 slow, 1 flaky), \
                    2 failed, 1 timed out, 1 exec failed, 3 skipped\n        FAIL [ 0.1s] a c\n";
        assert_eq!(nextest(text), Tally { passed: 398, failed: 4, skipped: 3 });
        assert_eq!(
            nextest("     Summary [   0.1s] 1 test run: 1 passed, 0 skipped"),
            Tally { passed: 1, failed: 0, skipped: 0 }
        );
        assert_eq!(nextest("error: could not compile `a`"), Tally::default());
    }

    #[test]
    fn the_results_of_libtest_are_added_up() {
        let text = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 5 filtered out; finished in 0.00s\n\
                    test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n";
        assert_eq!(libtest(text), Tally { passed: 12, failed: 3, skipped: 1 });
    }
}
