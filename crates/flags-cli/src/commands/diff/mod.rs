//! `flags diff`: what changed between two versions of definitions, and whom it reaches.

mod reach;

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use serde_json::json;

use self::reach::Reach;
use crate::{
    arguments::{AtOption, EnvironmentOption},
    failure::Failure,
    input,
    output::{BAD, BOLD, DIM, GOOD, Output, Status, WARN, count},
    table::Table,
};

/// Tell what differs between two versions, and for whom.
///
/// With a sample of contexts, both versions are asked for each, and who gets another answer is counted. The sample is a file with a context on each line, as a JSON object. Both versions are asked for the same moment, and for
/// the same environment if one is given.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags diff config-before config-after
  git show HEAD:config/features.toml | flags diff - config/features.toml
  flags diff old.toml new.toml --contexts sample.jsonl --environment production")]
pub(crate) struct Diff {
    /// The version before: a file, a folder, or - for standard input.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The version after: a file, a folder, or - for standard input.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Contexts to ask both versions for, one JSON object on each line (- for standard input).
    #[arg(long, value_name = "SAMPLE")]
    contexts: Option<PathBuf>,
    #[command(flatten)]
    environment: EnvironmentOption,
    #[command(flatten)]
    at: AtOption,
    /// Exit with 1 if a decision can change.
    #[arg(long)]
    exit_code: bool,
}

impl Diff {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let inputs = [Some(&self.old), Some(&self.new), self.contexts.as_ref()];
        if inputs.into_iter().flatten().filter(|path| input::is_stdin(path)).count() > 1 {
            return Err(Failure::Usage("standard input can be only one of OLD, NEW and the sample".to_owned()));
        }
        let (old, new) = (input::definitions(&self.old)?, input::definitions(&self.new)?);
        let difference = flags::config::Difference::between_documents(&old.document, &new.document);
        let reach = match &self.contexts {
            None => None,
            Some(sample) => {
                let asked = self.environment.asked();
                let sets = [&old, &new].map(|version| version.compile(&version.environment(asked)));
                Some(Reach::measure(sets, sample, self.at.or_now())?)
            }
        };
        let status = Status::bad_if(self.exit_code && difference.affects_decisions());
        if output.is_json() {
            let mut json = difference.to_json();
            json["reach"] = reach.as_ref().map_or(json!(null), Reach::to_json);
            output.json(&json)?;
            return Ok(status);
        }
        if difference.is_empty() {
            writeln!(output, "nothing differs")?;
        }
        for line in difference.to_string().lines() {
            write_line(output, line)?;
        }
        if let Some(reach) = &reach {
            writeln!(output)?;
            write_reach(output, reach)?;
        }
        Ok(status)
    }
}

/// Writes a line of the difference, what it is about in bold.
fn write_line(output: &mut Output, line: &str) -> Result<(), Failure> {
    let Some((name, change)) = line.split_once(": ") else {
        return Ok(writeln!(output, "{line}")?);
    };
    let style = match change {
        "added" => GOOD,
        "removed" => BAD,
        change if change.ends_with("(units draw anew)") => WARN,
        change if change.starts_with("affected through ") => DIM,
        _ => anstyle::Style::new(),
    };
    Ok(writeln!(output, "{BOLD}{name}{BOLD:#}: {style}{change}{style:#}")?)
}

fn write_reach(output: &mut Output, reach: &Reach) -> Result<(), Failure> {
    let contexts = count(reach.contexts, "context");
    if reach.flags.is_empty() {
        writeln!(output, "none of {contexts} gets another answer")?;
        return Ok(());
    }
    writeln!(output, "of {contexts}, these get another answer:")?;
    let mut table = Table::new(["FLAG", "CONTEXTS", "SHARE", "FROM", "TO"]);
    for flag in &reach.flags {
        for (at, transition) in flag.transitions.iter().enumerate() {
            let name = if at == 0 { flag.key.clone() } else { String::new() };
            let share = reach::share(transition.contexts, reach.contexts);
            let (from, to) = (transition.from.to_string(), transition.to.to_string());
            table.row([name, transition.contexts.to_string(), share, from, to], anstyle::Style::new());
        }
    }
    table.write(output)
}
