//! `cargo xtask bench`: runs the benchmarks and writes what they found, as a page and as a chart.
//!
//! The benchmarks of this workspace are criterion's (package `flags-benches`); the peers are measured by a program of
//! their own (benches/peers), because their dependencies stay out of this workspace. Both become [`Row`]s, and a row
//! is compared with the row of [`OURS`] for the same question.

mod criterion;
mod page;
mod peers;
mod plot;
mod units;

use std::{fs, path::PathBuf};

use clap::Args;

use crate::{failure::Failure, workspace::Workspace};

/// The name of this project among the subjects.
const OURS: &str = "flags";

/// The page, from the root of the repository.
const PAGE: &str = "docs/evidence/benchmarks.md";

/// The chart on it.
const CHART: &str = "docs/evidence/benchmarks.svg";

/// What `cargo xtask bench` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Measure the peers too. Building them takes minutes the first time.
    #[arg(long)]
    peers: bool,
    /// Record and sum up ten million units of an experiment too. It takes minutes, and half a gigabyte of disk.
    #[arg(long)]
    units: bool,
    /// Fewer samples: a look, not evidence. The page is printed and not written.
    #[arg(long)]
    quick: bool,
}

/// What one subject took to answer one question.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    /// What was measured: the criterion group, or the workload of the peers.
    question: String,
    /// Who was measured.
    subject: String,
    /// What the numbers count.
    unit: Unit,
    /// The middle value, for one iteration.
    median: f64,
    /// The lower end of what was seen: of the 95 % interval of the median, or the tenth percentile of the batches.
    low: f64,
    /// The upper end, likewise.
    high: f64,
    /// Allocations of one iteration, where they were counted.
    allocations: Option<f64>,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Nanoseconds,
    Bytes,
}

impl Unit {
    /// The number with three digits and a unit that suits it.
    fn show(self, number: f64) -> String {
        match self {
            Self::Nanoseconds => time(number),
            Self::Bytes if number < f64::from(1 << 20) => format!("{number:.0} B"),
            Self::Bytes => format!("{:.0} MiB", number / f64::from(1 << 20)),
        }
    }
}

/// Runs the benchmarks and writes the page and the chart.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let mut rows = criterion::measure(workspace, options.quick)?;
    if options.peers {
        rows.extend(peers::measure(workspace, options.quick)?);
    }
    if options.units {
        rows.extend(units::measure(workspace, options.quick)?);
    }
    if rows.is_empty() {
        return Failure::unless_empty(vec![String::from("benches/: no benchmark left a result")]);
    }
    let page = page::page(&rows, &page::Machine::this(workspace)?);
    print!("{page}");
    if options.quick {
        println!("\nA quick look; {PAGE} is left as it is.");
        return Ok(());
    }
    for (path, text) in [(PAGE, page), (CHART, plot::chart(&rows))] {
        let path: PathBuf = workspace.root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Failure::file(folder))?;
        }
        fs::write(&path, text).map_err(Failure::file(&path))?;
    }
    println!("\n{PAGE} and {CHART} are written.");
    Ok(())
}

/// The questions in the order in which they first appear.
fn questions(rows: &[Row]) -> Vec<&str> {
    let mut questions: Vec<&str> = Vec::new();
    for row in rows {
        if !questions.contains(&row.question.as_str()) {
            questions.push(&row.question);
        }
    }
    questions
}

/// The rows of a question, the fastest first, each with its ratio to ours: 2.0 is twice as slow as we are.
fn answers<'a>(rows: &'a [Row], question: &str) -> Vec<(&'a Row, Option<f64>)> {
    let mut answers: Vec<&Row> = rows.iter().filter(|row| row.question == question).collect();
    answers.sort_by(|a, b| a.median.total_cmp(&b.median));
    let ours = answers.iter().find(|row| row.subject == OURS).map(|row| row.median);
    answers.into_iter().map(|row| (row, ours.map(|ours| row.median / ours))).collect()
}

/// A time with three digits and the unit that suits it.
fn time(nanoseconds: f64) -> String {
    let (number, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let decimals = if number < 9.995 { 2 } else { usize::from(number < 99.95) };
    format!("{number:.decimals$} {unit}")
}

#[cfg(test)]
fn row(question: &str, subject: &str, median: f64) -> Row {
    Row {
        question: question.to_owned(),
        subject: subject.to_owned(),
        unit: Unit::Nanoseconds,
        median,
        low: median * 0.9,
        high: median * 1.1,
        allocations: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared_with_ours() {
        let rows =
            [row("on", "slow", 40.0), row("load", "flags", 1e6), row("on", "flags", 10.0), row("on", "floor", 5.0)];
        assert_eq!(questions(&rows), ["on", "load"]);
        let on: Vec<_> = answers(&rows, "on").iter().map(|(row, ratio)| (row.subject.as_str(), *ratio)).collect();
        assert_eq!(on, [("floor", Some(0.5)), ("flags", Some(1.0)), ("slow", Some(4.0))]);
    }

    #[test]
    fn without_ours_there_is_no_ratio() {
        let rows = [row("on", "a", 40.0), row("on", "b", 10.0)];
        assert!(answers(&rows, "on").iter().all(|(_, ratio)| ratio.is_none()));
    }

    #[test]
    fn times_have_three_digits() {
        let shown = [1.2345, 12.345, 123.45, 1234.5, 9_999_999.0, 2.5e9].map(time);
        assert_eq!(shown, ["1.23 ns", "12.3 ns", "123 ns", "1.23 µs", "10.0 ms", "2.50 s"]);
    }
}
