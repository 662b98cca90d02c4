//! The steps of a run: what was done, how long it took, what was skipped and why, and how many tests passed.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::failure::Failure;

/// How a step went that did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It passed.
    Passed,
    /// It ran tests, all of which passed.
    Tested(Tally),
    /// It was not run, for this reason.
    Skipped(String),
}

/// What test runners counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, timed out, or could not be started.
    pub(crate) failed: u64,
    /// Tests that are ignored or were filtered out by the run.
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The steps of one run, in order.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    time: Duration,
    result: Result<Outcome, Failure>,
}

impl Report {
    /// Runs a step. A failing step does not stop the run: one run tells everything there is to mend.
    pub(crate) fn step(&mut self, name: &'static str, action: impl FnOnce() -> Result<Outcome, Failure>) {
        println!("\n==> {name}");
        let started = Instant::now();
        let result = action();
        let row = Row { name, time: started.elapsed(), result };
        println!("    {}", row.verdict());
        self.rows.push(row);
    }

    /// Prints the table of the steps and, as the last line, the tests of all runners together.
    pub(crate) fn finish(&self) -> ExitCode {
        println!("\n{}", self.summary());
        if self.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.result.is_err()).count()
    }

    fn summary(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        let total: Duration = self.rows.iter().map(|row| row.time).sum();
        let mut text = format!("{:<width$}  {:>8}  result\n", "step", "time");
        for row in &self.rows {
            text += &format!("{:<width$}  {:>6.1} s  {}\n", row.name, row.time.as_secs_f64(), row.headline());
        }
        let (failed, skipped) = (self.failed(), self.skipped());
        text += &format!(
            "{} steps: {} passed, {failed} failed, {skipped} skipped, in {:.0} s",
            self.rows.len(),
            self.rows.len() - failed - skipped,
            total.as_secs_f64()
        );
        let tally = self.tally();
        if tally != Tally::default() {
            text += &format!("\ntests: {} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
        }
        text
    }

    fn skipped(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.result, Ok(Outcome::Skipped(_)))).count()
    }

    fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for row in &self.rows {
            if let Ok(Outcome::Tested(tally)) | Err(Failure::Tests { tally }) = &row.result {
                sum.add(*tally);
            }
        }
        sum
    }
}

impl Row {
    /// The first line of the verdict; the lines after it were printed when the step ended.
    fn headline(&self) -> String {
        let verdict = self.verdict();
        verdict.lines().next().unwrap_or_default().trim_end_matches(':').to_owned()
    }

    fn verdict(&self) -> String {
        match &self.result {
            Ok(Outcome::Passed) => String::from("passed"),
            Ok(Outcome::Tested(tally)) => format!("passed: {} tests", tally.passed),
            Ok(Outcome::Skipped(reason)) => format!("skipped: {reason}"),
            Err(failure) => format!("FAILED: {failure}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_is_counted_and_the_others_still_run() {
        let mut report = Report::default();
        let mut ran = 0;
        report.step("first", || Err(Failure::Problems { problems: vec![String::from("a.rs: mend me")] }));
        report.step("second", || {
            ran += 1;
            Ok(Outcome::Tested(Tally { passed: 7, failed: 0, skipped: 2 }))
        });
        report.step("third", || Err(Failure::Tests { tally: Tally { passed: 1, failed: 2, skipped: 0 } }));
        report.step("fourth", || Ok(Outcome::Skipped(String::from("node is not installed"))));
        assert_eq!(ran, 1);
        assert_eq!(report.failed(), 2);

        let summary = report.summary();
        assert!(summary.contains("FAILED: 1 to mend\n"), "{summary}");
        assert_eq!(report.rows[0].verdict(), "FAILED: 1 to mend:\n  a.rs: mend me");
        assert!(summary.contains("skipped: node is not installed"), "{summary}");
        assert!(summary.contains("FAILED: 2 of 3 tests failed"), "{summary}");
        assert!(summary.contains("4 steps: 1 passed, 2 failed, 1 skipped"), "{summary}");
        assert_eq!(summary.lines().last(), Some("tests: 8 passed, 2 failed, 2 skipped"));
    }

    #[test]
    fn a_run_without_a_failure_succeeds() {
        let mut report = Report::default();
        report.step("only", || Ok(Outcome::Passed));
        assert_eq!(format!("{:?}", report.finish()), format!("{:?}", ExitCode::SUCCESS));
    }
}
