//! Measures other in-process feature-flag evaluators, a hand-written floor, and this one: the same workloads, in one
//! process, in rounds interleaved over all rows. See the README for what is measured and how to read it.

#[cfg(feature = "ours")]
mod definitions;
mod measure;
#[cfg(feature = "ours")]
mod ours;
mod peer;
mod peers;
mod report;
mod workload;

use std::{alloc::System, process::ExitCode, time::Instant};

use clap::{Parser, ValueEnum};
use mockalloc::Mockalloc;

use crate::{measure::Effort, peer::Entry, report::Report};

/// Forwards to the system's allocator, and counts only while a count is asked for.
#[global_allocator]
static ALLOCATOR: Mockalloc<System> = Mockalloc(System);

/// Measures in-process feature-flag evaluators against each other.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to write to the standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Measure little: enough to see that everything works.
    #[arg(long)]
    quick: bool,

    /// Only rows whose name has this in it, whatever the case; may be given more than once.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Tables for people, in Markdown.
    Table,
    /// One JSON document.
    Json,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let entries: Vec<&Entry> =
        peers::ENTRIES.iter().filter(|entry| is_wanted(entry.about.name, &arguments.only)).collect();
    if entries.is_empty() {
        let names: Vec<&str> = peers::ENTRIES.iter().map(|entry| entry.about.name).collect();
        eprintln!("error: no row has that in its name; the rows are: {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let start = Instant::now();
    let measurements = match measure::run(&entries, effort, |what| eprintln!("{what}")) {
        Ok(measurements) => measurements,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let report = Report::new(measurements, effort, start.elapsed().as_secs_f64());
    match arguments.format {
        Format::Table => print!("{}", report.tables()),
        Format::Json => match serde_json::to_string_pretty(&report) {
            Ok(document) => println!("{document}"),
            Err(error) => {
                eprintln!("error: the report cannot be written as JSON: {error}");
                return ExitCode::FAILURE;
            }
        },
    }
    ExitCode::SUCCESS
}

fn is_wanted(name: &str, only: &[String]) -> bool {
    let name = name.to_lowercase();
    only.is_empty() || only.iter().any(|part| name.contains(&part.to_lowercase()))
}
