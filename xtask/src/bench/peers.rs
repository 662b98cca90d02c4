//! The other evaluators: runs the program of benches/peers and reads the document it prints. Its README describes the
//! fields.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Row, Unit};
use crate::{failure::Failure, process, workspace::Workspace};

/// What `flags-peers --format json` prints, as far as it is used.
#[derive(Deserialize)]
struct Document {
    workloads: BTreeMap<String, String>,
    rows: Vec<Peer>,
}

#[derive(Deserialize)]
struct Peer {
    name: String,
    version: Option<String>,
    nanoseconds: BTreeMap<String, Summary>,
    allocations: BTreeMap<String, Allocations>,
    two_threads: TwoThreads,
    loading: Loading,
}

/// Batches: the middle one, and those that a tenth are below and above.
#[derive(Clone, Copy, Deserialize)]
struct Summary {
    median: f64,
    p10: f64,
    p90: f64,
}

#[derive(Deserialize)]
struct Allocations {
    count: f64,
}

#[derive(Deserialize)]
struct TwoThreads {
    two_threads_per_second: Summary,
}

#[derive(Deserialize)]
struct Loading {
    milliseconds_for_10_000: Summary,
    resident_bytes_per_flag: f64,
}

/// Builds the peers in a release profile, runs them, and returns what was measured.
pub(super) fn measure(workspace: &Workspace, quick: bool) -> Result<Vec<Row>, Failure> {
    let mut command = workspace.cargo_outside("run", "benches/peers");
    command.args(["--release", "--", "--format", "json"]);
    if quick {
        command.arg("--quick");
    }
    read(&process::output(&mut command)?)
}

/// The rows in the order of the workloads, then loading and memory.
fn read(text: &str) -> Result<Vec<Row>, Failure> {
    let Document { workloads, rows: peers } = serde_json::from_str(text)
        .map_err(|source| Failure::Json { what: String::from("the output of benches/peers"), source })?;
    let mut rows = Vec::new();
    for (workload, title) in workloads {
        let question = format!("{workload}: {title}");
        for peer in &peers {
            let time = match peer.nanoseconds.get(&workload) {
                Some(summary) => *summary,
                // The one workload that is told as a rate.
                None if workload == "W7" => peer.two_threads.two_threads_per_second.nanoseconds_each(),
                None => continue,
            };
            let allocations = peer.allocations.get(&workload).map(|allocations| allocations.count);
            rows.push(Row { allocations, ..peer.row(&question, Unit::Nanoseconds, time) });
        }
    }
    for peer in &peers {
        let time = peer.loading.milliseconds_for_10_000.times(1e6);
        rows.push(peer.row("Loading 10,000 flags", Unit::Nanoseconds, time));
    }
    for peer in &peers {
        let bytes = peer.loading.resident_bytes_per_flag;
        let summary = Summary { median: bytes, p10: bytes, p90: bytes };
        rows.push(peer.row("Memory held for one flag of 10,000", Unit::Bytes, summary));
    }
    Ok(rows)
}

impl Peer {
    fn row(&self, question: &str, unit: Unit, summary: Summary) -> Row {
        let subject =
            self.version.as_ref().map_or_else(|| self.name.clone(), |version| format!("{} {version}", self.name));
        // Our own version says nothing: it is this commit.
        let ours = self.name.split(' ').next() == Some(super::OURS);
        let subject = if ours { super::OURS.to_owned() } else { subject };
        let Summary { median, p10: low, p90: high } = summary;
        Row { question: question.to_owned(), subject, unit, median, low, high, allocations: None }
    }
}

impl Summary {
    fn times(self, factor: f64) -> Self {
        Self { median: self.median * factor, p10: self.p10 * factor, p90: self.p90 * factor }
    }

    /// A rate as the time of one; the highest rate is the lowest time.
    fn nanoseconds_each(self) -> Self {
        Self { median: 1e9 / self.median, p10: 1e9 / self.p90, p90: 1e9 / self.p10 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"schema":1,"workloads":{"W1":"on","W7":"two threads"},"rows":[
        {"name":"flags","version":"0.1.0","note":"","nanoseconds":{"W1":{"median":10.0,"p10":9.0,"p90":12.0,"samples":8}},
         "allocations":{"W1":{"count":0.0,"bytes":0.0}},
         "two_threads":{"scaling":2.0,"two_threads_per_second":{"median":1e8,"p10":5e7,"p90":2e8,"samples":2}},
         "loading":{"milliseconds_for_10_000":{"median":50.0,"p10":40.0,"p90":60.0,"samples":2},"resident_bytes_per_flag":120.0}},
        {"name":"other","version":"2.1","note":"","nanoseconds":{"W1":{"median":100.0,"p10":90.0,"p90":120.0,"samples":8}},
         "allocations":{"W1":{"count":3.0,"bytes":96.0}},
         "two_threads":{"scaling":1.0,"two_threads_per_second":{"median":1e7,"p10":1e7,"p90":1e7,"samples":2}},
         "loading":{"milliseconds_for_10_000":{"median":90.0,"p10":90.0,"p90":90.0,"samples":2},"resident_bytes_per_flag":900.0}}]}"#;

    #[test]
    fn the_document_of_the_peers_is_read() {
        let rows = read(DOCUMENT).unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.question.as_str(), row.subject.as_str(), row.median)).collect();
        assert_eq!(
            shown,
            [
                ("W1: on", "flags", 10.0),
                ("W1: on", "other 2.1", 100.0),
                ("W7: two threads", "flags", 10.0),
                ("W7: two threads", "other 2.1", 100.0),
                ("Loading 10,000 flags", "flags", 50e6),
                ("Loading 10,000 flags", "other 2.1", 90e6),
                ("Memory held for one flag of 10,000", "flags", 120.0),
                ("Memory held for one flag of 10,000", "other 2.1", 900.0),
            ]
        );
        assert_eq!((rows[1].allocations, rows[2].allocations), (Some(3.0), None));
        assert_eq!((rows[2].low, rows[2].high), (5.0, 20.0));
        assert_eq!((rows[5].unit, rows[6].unit), (Unit::Nanoseconds, Unit::Bytes));
    }

    #[test]
    fn another_document_is_refused() {
        assert!(
            read("{}").unwrap_err().to_string().starts_with("the output of benches/peers is not the JSON expected")
        );
    }
}
