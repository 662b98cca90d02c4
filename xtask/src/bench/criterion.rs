//! The benchmarks of this workspace: runs criterion and reads the results it leaves below target/criterion.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::Deserialize;

use super::{OURS, Row, Unit};
use crate::{failure::Failure, process, workspace::Workspace};

/// `benchmark.json`: what was measured.
#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

/// `estimates.json`: what came out, in nanoseconds.
#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// Runs the benchmarks and returns what they measured.
pub(super) fn measure(workspace: &Workspace, quick: bool) -> Result<Vec<Row>, Failure> {
    let started = SystemTime::now();
    // What counting and recording add needs features that the others are measured without.
    for selected in [
        &["--bench", "*"][..],
        &["--features=metrics", "--bench", "branches", "--bench", "counted"],
        &["--features=experiments", "--bench", "experiments"],
    ] {
        let mut command = workspace.cargo();
        command.args(["bench", "--package=flags-benches"]).args(selected);
        if quick {
            command.args(["--", "--quick"]);
        }
        process::run(&mut command)?;
    }
    read(&workspace.target.join("criterion"), started)
}

/// The results below `folder` that are not older than `since`: a benchmark that was renamed leaves its old ones there.
fn read(folder: &Path, since: SystemTime) -> Result<Vec<Row>, Failure> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut rows = Vec::new();
    for estimates in files {
        let changed = fs::metadata(&estimates).and_then(|file| file.modified()).map_err(Failure::file(&estimates))?;
        if changed < since {
            continue;
        }
        let benchmark: Benchmark = json(&estimates.with_file_name("benchmark.json"))?;
        let Estimates { median } = json(&estimates)?;
        rows.push(Row {
            subject: subject(benchmark.function_id, benchmark.value_str),
            question: benchmark.group_id,
            unit: Unit::Nanoseconds,
            median: median.point_estimate,
            low: median.confidence_interval.lower_bound,
            high: median.confidence_interval.upper_bound,
            allocations: None,
        });
    }
    Ok(rows)
}

/// A benchmark outside of a group measures us and names nobody.
fn subject(function: Option<String>, value: Option<String>) -> String {
    match (function, value) {
        (Some(function), Some(value)) => format!("{function}, {value}"),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => OURS.to_owned(),
    }
}

/// Finds each `<benchmark>/new/estimates.json`, at whatever depth.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
        let path = entry.map_err(Failure::file(folder))?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.ends_with("new/estimates.json") {
            found.push(path);
        }
    }
    Ok(())
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::file(path))?;
    serde_json::from_str(&text).map_err(|source| Failure::Json { what: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn leave(folder: &Path, name: &str, benchmark: &str, median: f64) {
        let folder = folder.join(name).join("new");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("benchmark.json"), benchmark).unwrap();
        let interval =
            format!(r#"{{"confidence_level":0.95,"lower_bound":{},"upper_bound":{}}}"#, median - 1.0, median + 1.0);
        let estimate =
            format!(r#"{{"confidence_interval":{interval},"point_estimate":{median},"standard_error":0.1}}"#);
        fs::write(folder.join("estimates.json"), format!(r#"{{"mean":{estimate},"median":{estimate},"slope":null}}"#))
            .unwrap();
    }

    #[test]
    fn results_are_found_at_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        let began = SystemTime::now() - Duration::from_secs(60);
        let group = r#"{"group_id":"evaluate","function_id":"rollout","value_str":"100","throughput":null}"#;
        leave(folder.path(), "evaluate/rollout/100", group, 12.0);
        leave(folder.path(), "load", r#"{"group_id":"load","function_id":null,"value_str":null}"#, 5000.0);
        let rows = read(folder.path(), began).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].question.as_str(), rows[0].subject.as_str()), ("evaluate", "rollout, 100"));
        assert_eq!((rows[0].low, rows[0].median, rows[0].high), (11.0, 12.0, 13.0));
        assert_eq!((rows[1].question.as_str(), rows[1].subject.as_str()), ("load", "flags"));
    }

    #[test]
    fn results_of_an_earlier_run_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        leave(folder.path(), "load", r#"{"group_id":"load","function_id":null,"value_str":null}"#, 5000.0);
        let later = SystemTime::now() + Duration::from_secs(3600);
        assert_eq!(read(folder.path(), later).unwrap(), []);
        assert_eq!(read(&folder.path().join("nowhere"), later).unwrap(), []);
    }

    #[test]
    fn a_broken_result_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        leave(folder.path(), "load", "[]", 5000.0);
        let failure = read(folder.path(), SystemTime::UNIX_EPOCH).unwrap_err();
        assert!(failure.to_string().contains("benchmark.json is not the JSON expected"), "{failure}");
    }
}
