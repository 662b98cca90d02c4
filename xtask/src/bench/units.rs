//! Ten million units of an experiment: runs `units.rs` of the benchmarks and reads the document it prints.

use serde::Deserialize;

use super::{Row, Unit};
use crate::{failure::Failure, process, workspace::Workspace};

#[derive(Deserialize)]
struct Document {
    units: u64,
    parts: Vec<Part>,
}

/// What was done once, in a process of its own.
#[derive(Deserialize)]
struct Part {
    what: String,
    seconds: f64,
    memory_bytes: f64,
}

/// Records them, sums them up, and returns what that took.
pub(super) fn measure(workspace: &Workspace, quick: bool) -> Result<Vec<Row>, Failure> {
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--release", "--package=flags-benches", "--example=units"]);
    if quick {
        command.args(["--", "100000"]);
    }
    read(&process::output(&mut command)?)
}

fn read(text: &str) -> Result<Vec<Row>, Failure> {
    let Document { units, parts } = serde_json::from_str(text)
        .map_err(|source| Failure::Json { what: String::from("the output of benches/units.rs"), source })?;
    let row = |part: &Part, question: &str, unit, number| Row {
        question: question.to_owned(),
        subject: part.what.clone(),
        unit,
        median: number,
        low: number,
        high: number,
        allocations: None,
    };
    let times = format!("Time for the events of {units} units, two each");
    let memory = format!("Most memory for the events of {units} units, two each");
    let times = parts.iter().map(|part| row(part, &times, Unit::Nanoseconds, part.seconds * 1e9));
    let memory = parts.iter().map(|part| row(part, &memory, Unit::Bytes, part.memory_bytes));
    Ok(times.chain(memory).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_a_time_and_its_memory() {
        let rows = read(r#"{"units":7,"parts":[{"what":"summing up","seconds":1.5,"memory_bytes":2097152}]}"#).unwrap();
        let shown: Vec<_> =
            rows.iter().map(|row| (row.question.as_str(), row.subject.as_str(), row.unit.show(row.median))).collect();
        assert_eq!(
            shown,
            [
                ("Time for the events of 7 units, two each", "summing up", String::from("1.50 s")),
                ("Most memory for the events of 7 units, two each", "summing up", String::from("2 MiB")),
            ]
        );
        assert!(read("[]").unwrap_err().to_string().contains("benches/units.rs is not the JSON expected"));
    }
}
