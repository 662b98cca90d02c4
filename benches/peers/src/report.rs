//! The report: one JSON document for tools, tables for people. The document's fields are documented in the README.

use std::{collections::BTreeMap, fs, thread};

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use serde::Serialize;

use crate::{
    measure::{Allocations, Disturbances, Effort, Loading, Measurements, Shares, Summary, TwoThreads},
    workload::{LARGE_SET, SMALL_SET, USERS, Workload},
};

/// The lock file this program was built with: the versions of the peers.
const LOCK_FILE: &str = include_str!("../Cargo.lock");

/// The whole document.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The version of the document's fields.
    schema: u32,
    machine: Machine,
    method: Method,
    workloads: BTreeMap<Workload, &'static str>,
    rows: Vec<ReportRow>,
}

#[derive(Debug, Serialize)]
struct Machine {
    cpu: String,
    cpus: usize,
    system: String,
    compiler: &'static str,
    profile: &'static str,
}

#[derive(Debug, Serialize)]
struct Method {
    rounds: u32,
    batches_per_round: u32,
    batch_milliseconds: f64,
    users: usize,
    small_set_flags: usize,
    large_set_flags: usize,
    seconds: f64,
    disturbances: Disturbances,
}

#[derive(Debug, Serialize)]
struct ReportRow {
    name: &'static str,
    package: Option<&'static str>,
    version: Option<&'static str>,
    note: &'static str,
    nanoseconds: BTreeMap<Workload, Summary>,
    allocations: BTreeMap<Workload, Allocations>,
    two_threads: TwoThreads,
    loading: Loading,
    shares: Shares,
}

impl Report {
    /// The report of a run that took so many seconds.
    pub(crate) fn new(measurements: Measurements, effort: Effort, seconds: f64) -> Self {
        Self {
            schema: 1,
            machine: Machine::this(),
            method: Method {
                rounds: effort.rounds,
                batches_per_round: effort.batches,
                batch_milliseconds: effort.batch.as_secs_f64() * 1_000.0,
                users: USERS,
                small_set_flags: SMALL_SET,
                large_set_flags: LARGE_SET,
                seconds,
                disturbances: measurements.disturbances,
            },
            workloads: Workload::ALL.into_iter().map(|workload| (workload, workload.title())).collect(),
            rows: measurements
                .rows
                .into_iter()
                .map(|row| ReportRow {
                    name: row.about.name,
                    package: row.about.package,
                    version: row.about.package.and_then(|package| locked_version(LOCK_FILE, package)),
                    note: row.about.note,
                    nanoseconds: row.times,
                    allocations: row.allocations,
                    two_threads: row.two_threads,
                    loading: row.loading,
                    shares: row.shares,
                })
                .collect(),
        }
    }

    /// The tables, in Markdown.
    pub(crate) fn tables(&self) -> String {
        let Machine { cpu, cpus, system, compiler, profile } = &self.machine;
        let Disturbances { measured, thrown_away, kept_all_the_same } = self.method.disturbances;
        let mut text = format!(
            "{cpu}, {cpus} CPUs, {system}, {compiler}, {profile}; {:.0} s; {measured} measurements, {thrown_away} thrown \
             away because other processes took the CPU, {kept_all_the_same} kept all the same\n",
            self.method.seconds
        );
        let mut section = |title: &str, table: &Table| text.push_str(&format!("\n{title}\n\n{table}\n"));
        section("Nanoseconds for one evaluation (median; W7: both threads, × against one)", &self.times());
        section("Noise: from the 10th to the 90th percentile of the batches, in percent of the median", &self.noise());
        section("Allocations (bytes) of one evaluation", &self.allocations());
        section("Loading its own file format", &self.loading());
        section("Shares, in percent, as verified before timing", &self.shares());
        for row in &self.rows {
            text.push_str(&format!("\n{}: {}", row.name, row.note));
        }
        text.push('\n');
        text
    }

    fn times(&self) -> Table {
        let mut table = table(["", "W1", "W2", "W3", "W4", "W5", "W6", "W7"]);
        for row in &self.rows {
            let mut cells = vec![row.name.to_owned()];
            cells.extend(row.nanoseconds.values().map(|summary| nanoseconds(summary.median)));
            let TwoThreads { two_threads_per_second, scaling, .. } = &row.two_threads;
            cells.push(format!("{:.2} M/s ({scaling:.2}×)", two_threads_per_second.median / 1e6));
            table.add_row(cells);
        }
        table
    }

    fn noise(&self) -> Table {
        let mut table = table(["", "W1", "W2", "W3", "W4", "W5", "W6", "W7"]);
        for row in &self.rows {
            let mut cells = vec![row.name.to_owned()];
            cells.extend(
                row.nanoseconds
                    .values()
                    .chain([&row.two_threads.two_threads_per_second])
                    .map(|summary| format!("{:.0}", 100.0 * summary.spread())),
            );
            table.add_row(cells);
        }
        table
    }

    fn allocations(&self) -> Table {
        let mut table = table(["", "W1", "W2", "W3", "W4", "W5", "W6"]);
        for row in &self.rows {
            let mut cells = vec![row.name.to_owned()];
            cells.extend(row.allocations.values().map(|Allocations { count, bytes }| {
                if *count == 0.0 { "0".to_owned() } else { format!("{} ({})", short(*count), short(*bytes)) }
            }));
            table.add_row(cells);
        }
        table
    }

    fn loading(&self) -> Table {
        let mut table = table([
            "",
            "package",
            "1,000 flags, ms",
            "10,000 flags, ms",
            "file, bytes a flag",
            "resident, bytes a flag",
        ]);
        for row in &self.rows {
            let loading = &row.loading;
            let package = match (row.package, row.version) {
                (Some(package), Some(version)) => format!("{package} {version}"),
                _ => "here".to_owned(),
            };
            table.add_row([
                row.name.to_owned(),
                package,
                format!("{:.1}", loading.milliseconds_for_1_000.median),
                format!("{:.1}", loading.milliseconds_for_10_000.median),
                format!("{:.0}", loading.file_bytes_per_flag),
                format!("{:.0}", loading.resident_bytes_per_flag),
            ]);
        }
        table
    }

    fn shares(&self) -> Table {
        let mut table = table(["", "W2 on", "W6 on", "W4 a / b / c / d"]);
        for row in &self.rows {
            let Shares { rollout_on, large_set_on, variants: [a, b, c, d] } = &row.shares;
            table.add_row([
                row.name.to_owned(),
                format!("{rollout_on:.1}"),
                format!("{large_set_on:.1}"),
                format!("{a:.1} / {b:.1} / {c:.1} / {d:.1}"),
            ]);
        }
        table
    }
}

impl Machine {
    /// What the system says of itself; a field it does not say is `unknown`.
    fn this() -> Self {
        let unknown = || "unknown".to_owned();
        let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            line.split_once(':').map(|(_, name)| name.trim().to_owned())
        });
        let release =
            fs::read_to_string("/proc/sys/kernel/osrelease").map_or_else(|_| unknown(), |text| text.trim().to_owned());
        Self {
            cpu: cpu.unwrap_or_else(unknown),
            cpus: thread::available_parallelism().map_or(1, std::num::NonZero::get),
            system: format!("{} {release}", std::env::consts::OS),
            compiler: env!("PEERS_COMPILER"),
            profile: env!("PEERS_PROFILE"),
        }
    }
}

/// A table whose first column is text and the others figures.
fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Nanoseconds, in microseconds where there are many.
fn nanoseconds(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.1} µs", value / 1_000.0)
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// A count with one decimal, and with none where that says the same.
fn short(value: f64) -> String {
    if (value - value.round()).abs() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// The version of a package in a lock file, whose entries have the name and then the version.
fn locked_version<'a>(lock_file: &'a str, package: &str) -> Option<&'a str> {
    let entry = format!("name = \"{package}\"\nversion = \"");
    let (_, rest) = lock_file.split_once(&entry)?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::ENTRIES;

    #[test]
    fn every_peer_has_a_version_in_the_lock_file() {
        for entry in ENTRIES {
            if let Some(package) = entry.about.package {
                let version = locked_version(LOCK_FILE, package);
                assert!(version.is_some_and(|version| version.contains('.')), "{package}: {version:?}");
            }
        }
        assert_eq!(locked_version(LOCK_FILE, "no-such-package"), None);
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(nanoseconds(5.04), "5.0");
        assert_eq!(nanoseconds(123.6), "124");
        assert_eq!(nanoseconds(44_540.0), "44.5 µs");
        assert_eq!(short(3.0), "3");
        assert_eq!(short(6.58), "6.6");
    }
}
