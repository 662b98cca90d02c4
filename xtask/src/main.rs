//! Automation of the flags workspace: `cargo xtask <command>`.
//!
//! Every command is a file of its own and is made of ordinary programs (cargo, git, node, python); none of it needs a
//! shell. `ci` is what the pipeline runs, `test` is what the README tells a visitor to run, and the checks of `layers`
//! and of the house style are tests of this package too, so that a plain `cargo test` finds them.

#![expect(clippy::print_stdout, reason = "a program of the command line: printing is its job")]

mod bench;
mod ci;
mod codegen;
mod e2e;
mod editors;
mod failure;
mod fuzz;
mod layers;
mod no_std;
mod observability;
mod packages;
mod process;
mod report;
mod simulate;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{failure::Failure, workspace::Workspace};

/// Automation of the flags workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything the pipeline checks: formatting, lints, documentation, layers, then `test`.
    Ci(ci::Options),
    /// All tests: unit, integration, documentation, layers, the proof of no-std, generated files, end to end.
    Test(test::Options),
    /// Checks that dependencies inside the workspace point down, and the house style of its files.
    Layers,
    /// Builds and runs the proof that flags-core needs no standard library.
    NoStd,
    /// Writes the generated files: the schema and the reference pages.
    Codegen(codegen::Options),
    /// Runs the benchmarks and writes docs/evidence/benchmarks.md with its chart.
    Bench(bench::Options),
    /// Simulates experiments and rollouts to check what they promise, and writes docs/evidence/simulations.md and rollouts.md.
    Simulate(simulate::Options),
    /// Runs foreign clients against a server of this workspace.
    E2e(e2e::Options),
    /// Runs the fuzz targets, one after the other.
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(failure) => {
            println!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let workspace = Workspace::load()?;
    match command {
        Command::Ci(options) => Ok(ci::run(&workspace, &options)),
        Command::Test(options) => Ok(test::run(&workspace, &options)),
        Command::Layers => layers::run(&workspace).map(|()| ExitCode::SUCCESS),
        Command::NoStd => no_std::run(&workspace).map(|()| ExitCode::SUCCESS),
        Command::Codegen(options) => codegen::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Command::Bench(options) => bench::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Command::Simulate(options) => simulate::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Command::E2e(options) => Ok(e2e::run(&workspace, &options)),
        Command::Fuzz(options) => Ok(fuzz::run(&workspace, &options)),
    }
}
