//! `flags check`: whether definitions are all right, and everything that is wrong with them if not.

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use flags::{
    Clock as _, SystemClock,
    config::{Code, Limits, LintCode, Loaded, Report, Severity, Sources, load_and_lint},
};
use serde_json::{Value as Json, json};

use crate::{
    failure::Failure,
    input,
    output::{GOOD, Output, Status, count},
};

/// Check definitions.
///
/// Every problem is told at once, with its place and how to mend it.
/// Each FILE is checked by itself; a folder is checked as one set. Exits with 1 if there is an error, with --strict also if
/// there is a warning. `flags lint` looks further, for what is well formed and hardly meant.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags check config
  flags check --strict --format json config/features.toml
  git show HEAD:config/features.toml | flags check -

JSON: {\"ok\":false,\"diagnostics\":[{\"code\",\"severity\",\"message\",\"file\",\"line\",\"column\",\"end_line\",\"end_column\",\"help\"}]}")]
pub(crate) struct Check {
    /// Files, folders, or - for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Warnings count as errors.
    #[arg(long)]
    strict: bool,
}

impl Check {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let mut ok = true;
        let mut found = Vec::new();
        for path in &self.files {
            let loaded = load_with_warnings(&input::sources(path)?);
            ok &= is_ok(&loaded.report, self.strict);
            if output.is_json() {
                if let Json::Array(diagnostics) = loaded.report.to_json()["diagnostics"].take() {
                    found.extend(diagnostics);
                }
                continue;
            }
            let color = output.has_color();
            write!(output, "{}", loaded.report.render_human(color))?;
            if let Some(document) = &loaded.document
                && is_ok(&loaded.report, self.strict)
            {
                let definitions = &document.definitions;
                let (flags, segments) = (definitions.flags.len(), definitions.segments.len());
                let mut found = format!("{}, {}", count(flags, "flag"), count(segments, "segment"));
                if !definitions.experiments.is_empty() {
                    found += &format!(", {}", count(definitions.experiments.len(), "experiment"));
                }
                writeln!(output, "{GOOD}ok{GOOD:#}: {} ({found})", path.display())?;
            }
        }
        if output.is_json() {
            output.json(&json!({ "ok": ok, "diagnostics": found }))?;
        }
        Ok(Status::bad_if(!ok))
    }
}

/// Loads definitions, with the lints that are warnings of the format itself: a canary above 5 %, a flag past its day, and an
/// experiment that cannot get its sample, or that is never judged.
fn load_with_warnings(sources: &Sources) -> Loaded {
    let mut loaded = load_and_lint(sources, &Limits::default(), SystemClock.now());
    let warnings = [LintCode::LargeCanary, LintCode::Expired, LintCode::SampleOutOfReach, LintCode::AnalysisWithoutEnd];
    let warnings = warnings.map(Code::from);
    let lints: Vec<Code> =
        LintCode::ALL.iter().copied().map(Code::from).filter(|code| !warnings.contains(code)).collect();
    loaded.report = loaded.report.without(&lints);
    loaded
}

/// Whether a report lets what it is on pass.
pub(crate) fn is_ok(report: &Report, strict: bool) -> bool {
    report.is_ok() && !(strict && report.count(Severity::Warning) > 0)
}
