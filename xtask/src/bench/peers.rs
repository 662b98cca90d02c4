//! The other evaluators: runs the program of benches/peers and reads the document it prints.

use serde::Deserialize;

use super::Row;
use crate::{failure::Failure, process, workspace::Workspace};

/// What `flags-peers --format json` prints, as far as it is used.
#[derive(Deserialize)]
struct Document {
    rows: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    workload: String,
    peer: String,
    median_ns: f64,
    p10_ns: f64,
    p90_ns: f64,
    allocations: Option<f64>,
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

fn read(text: &str) -> Result<Vec<Row>, Failure> {
    let document: Document = serde_json::from_str(text)
        .map_err(|source| Failure::Json { what: String::from("the output of benches/peers"), source })?;
    Ok(document.rows.into_iter().map(Row::from).collect())
}

impl From<Measured> for Row {
    fn from(measured: Measured) -> Self {
        Self {
            question: measured.workload,
            subject: measured.peer,
            median: measured.median_ns,
            low: measured.p10_ns,
            high: measured.p90_ns,
            allocations: measured.allocations,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_of_the_peers_is_read() {
        let text = r#"{"machine":{},"rows":[
            {"workload":"W2","peer":"flags","median_ns":11.5,"p10_ns":11.0,"p90_ns":12.5,"allocations":0.0},
            {"workload":"W2","peer":"other","median_ns":110.0,"p10_ns":100.0,"p90_ns":120.0,"allocations":null}]}"#;
        let rows = read(text).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].subject.as_str(), rows[0].median, rows[0].allocations), ("flags", 11.5, Some(0.0)));
        assert_eq!((rows[1].question.as_str(), rows[1].high, rows[1].allocations), ("W2", 120.0, None));
    }

    #[test]
    fn another_document_is_refused() {
        assert!(
            read("{}").unwrap_err().to_string().starts_with("the output of benches/peers is not the JSON expected")
        );
    }
}
