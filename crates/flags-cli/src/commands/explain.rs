//! `flags explain`: why a flag is what it is for a context; or what a diagnostic's code means.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use flags::{
    config::Code,
    control::{Action, Control},
};

use super::codes;
use crate::{
    arguments::{AtOption, EnvironmentOption},
    context::ContextOptions,
    failure::Failure,
    input,
    operate::{Laid, StateOption, in_words},
    output::{BAD, BOLD, DIM, GOOD, Output, Status, note},
    references, suggest, wire,
};

/// Explain a decision step by step, or the code of a diagnostic.
///
/// Every step of the evaluation order is told with what it found, or why it was not reached: each condition with what was
/// expected and what the context has, each draw with its bucket.
#[derive(Args, Debug)]
#[command(
    override_usage = "flags explain [OPTIONS] <FILE> <FLAG>\n       flags explain <CODE>",
    after_help = "Examples:
  flags explain config checkout --set targeting_key=user-42 --set country=NL
  flags explain config checkout --context @user.json --at 2026-12-24T00:00:00Z --format json
  flags explain FLG014"
)]
pub(crate) struct Explain {
    /// A file, a folder, or - for standard input; or the code of a diagnostic, such as FLG014.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The flag's key.
    #[arg(value_name = "FLAG")]
    flag: Option<String>,
    #[command(flatten)]
    context: ContextOptions,
    #[command(flatten)]
    at: AtOption,
    #[command(flatten)]
    environment: EnvironmentOption,
    #[command(flatten)]
    state: StateOption,
}

impl Explain {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let Some(flag) = &self.flag else { return explain_code(&self.file, output) };
        if input::is_stdin(&self.file) && self.context.reads_stdin() {
            return Err(Failure::Usage("standard input can be the file or the context, not both".to_owned()));
        }
        let definitions = input::definitions(&self.file)?;
        let (laid, at) = (self.state.laid()?, self.at.or_now());
        let set = definitions.compile_under(&definitions.environment(self.environment.asked()), laid.as_ref(), at);
        if set.find(flag).is_none() && !output.is_json() {
            let keys = set.flags().map(flags::FlagView::key);
            return Err(Failure::NotFound(suggest::no_such_flag(flag, &self.file.display().to_string(), keys)));
        }
        let explanation = set.explain(flag, &self.context.read()?, &at);
        let definitions = &definitions.document.definitions;
        let controls = laid.as_ref().map(|laid| laid.of(definitions, flag));
        if output.is_json() {
            let mut json = wire::explanation(&explanation);
            if let Some(controls) = controls {
                json["controls"] = controls.into_iter().map(wire::control).collect();
            }
            output.json(&json)?;
            return Ok(Status::bad_if(explanation.error.is_some()));
        }
        for (number, line) in explanation.to_string().lines().enumerate() {
            write_line(output, number, line)?;
        }
        if let (Some(laid), Some(controls)) = (&laid, controls) {
            write_controls(laid, &controls, output)?;
        }
        for predicate in references::predicates_of(definitions, flag) {
            note(&format!("this program does not know the predicate `{predicate}`; without it, it counts as false"));
        }
        Ok(Status::bad_if(explanation.error.is_some()))
    }
}

/// Writes what is laid over the flag and over those it depends on: by whom, since when and why.
fn write_controls(laid: &Laid, controls: &[&Control], output: &mut Output) -> Result<(), Failure> {
    if controls.is_empty() {
        writeln!(output, "\n{DIM}no control in {} is on it or on what it depends on{DIM:#}", laid.folder())?;
        return Ok(());
    }
    writeln!(output, "\ncontrols in {}", laid.folder())?;
    for control in controls {
        let style = if control.action == Action::Kill { BAD } else { anstyle::Style::new() };
        writeln!(output, "  {style}{}: {}{style:#}", control.target.name_in_log(), in_words(control))?;
    }
    Ok(())
}

fn explain_code(code: &Path, output: &mut Output) -> Result<Status, Failure> {
    let text = code.display().to_string();
    if let Some(code) = Code::from_id(&text) {
        return codes::explain(code, output);
    }
    let looks_like_a_code = text.len() > 3 && text.is_char_boundary(3) && text[..3].eq_ignore_ascii_case("FLG");
    if looks_like_a_code && !code.exists() {
        return Err(Failure::NotFound(format!("there is no code {text}; `flags codes` lists those there are")));
    }
    Err(Failure::Usage(format!("which flag of {text} is to be explained? `flags list {text}` shows those there are")))
}

/// Writes a line of the explanation with what matters made to stand out.
fn write_line(output: &mut Output, number: usize, line: &str) -> Result<(), Failure> {
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let is_step = text.starts_with(|first: char| first.is_ascii_digit());
    if number == 0 || is_step && text.contains(" DECIDED: ") {
        writeln!(output, "{indent}{BOLD}{text}{BOLD:#}")?;
    } else if is_step && (text.ends_with(" -") || text.contains(" not reached: ")) {
        writeln!(output, "{indent}{DIM}{text}{DIM:#}")?;
    } else if let Some(rest) = text.strip_prefix("yes ") {
        writeln!(output, "{indent}{GOOD}yes{GOOD:#} {rest}")?;
    } else if let Some(rest) = text.strip_prefix("no  ") {
        writeln!(output, "{indent}{BAD}no{BAD:#}  {rest}")?;
    } else {
        writeln!(output, "{line}")?;
    }
    Ok(())
}
