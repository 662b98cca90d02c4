//! `flags stats`: the statistics of experiments by name, one question at a time or a file of them.

mod batch;
mod question;

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use flags_ab::catalog::{Answer, Field, Function, Presence};
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr as _;

use self::question::Question;
use crate::{
    failure::Failure,
    number::significant,
    output::{BOLD, DIM, Output, Status, WARN},
    table::Table,
};

/// Ask the statistics of experiments: tests, intervals, sample sizes.
///
/// Arm a is the control, arm b the treatment, and every effect is b minus a. What is undefined for an input says why.
/// `flags stats FUNCTION --help` tells the formula, its source and the options of a function.
#[derive(Args, Debug)]
#[command(
    arg_required_else_help = true,
    disable_help_subcommand = true,
    subcommand_value_name = "FUNCTION",
    subcommand_help_heading = "Functions",
    after_help = "Examples:
  flags stats two_proportion_z --conversions-a 250 --users-a 5000 --conversions-b 350 --users-b 5000
  flags stats mann_whitney_u --a @control.txt --b @treatment.txt    values from files
  flags stats --batch questions.jsonl
      lines such as {\"function\":\"wilson_interval\",\"args\":{\"conversions\":12,\"users\":200,\"alpha\":0.05}}

JSON: the results by name; what is undefined is null, and `reasons` has why. A line of a batch that cannot be answered gets
{\"line\",\"function\",\"argument\",\"error\"}, those that are known, and the exit status is 1."
)]
pub(crate) struct Stats {
    /// List the functions.
    #[arg(long)]
    list: bool,
    /// Answers every line of a file (- for standard input) with one line of JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "list")]
    batch: Option<PathBuf>,
    #[command(subcommand)]
    question: Option<Question>,
}

impl Stats {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match (self.question, self.batch) {
            (Some(_), Some(_)) => {
                Err(Failure::Usage("a file of questions and one question cannot both be asked".into()))
            }
            (Some(question), None) => {
                let answer = question.answer()?;
                if output.is_json() {
                    output.json(&answer.to_json())?;
                } else {
                    show(question.function, &answer, output)?;
                }
                Ok(Status::Fine)
            }
            (None, Some(path)) => batch::answer(&path, output),
            (None, None) => list(output),
        }
    }
}

/// The results for people: name, value, and what it says; or why there is none.
fn show(function: &Function, answer: &Answer, output: &mut Output) -> Result<(), Failure> {
    writeln!(output, "{BOLD}{}{BOLD:#}", function.title)?;
    if let Some(reason) = only_reason(answer) {
        writeln!(output, "  {WARN}undefined{WARN:#}: {reason}")?;
        return Ok(());
    }
    let lines: Vec<_> = answer.fields().map(|(name, value)| (name, value.map(words))).collect();
    let of_names = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let of_values = lines.iter().filter_map(|(_, value)| value.as_ref().ok()).map(|value| value.width());
    let of_values = of_values.max().unwrap_or_default();
    for (Field { name, meaning }, (_, value)) in function.results.iter().zip(&lines) {
        match value {
            Ok(value) => {
                let gap = " ".repeat(of_values.saturating_sub(value.width()));
                writeln!(output, "  {name:of_names$}  {value}{gap}  {DIM}{meaning}{DIM:#}")?;
            }
            Err(reason) => writeln!(output, "  {name:of_names$}  {WARN}undefined{WARN:#}: {reason}")?,
        }
    }
    Ok(())
}

/// The reason why nothing at all is defined, if it is one.
fn only_reason(answer: &Answer) -> Option<&str> {
    let mut reasons = answer.fields().map(|(_, value)| value.err());
    let first = reasons.next()??;
    reasons.all(|reason| reason == Some(first)).then_some(first)
}

/// A result as people read it: six digits.
fn words(value: &Json) -> String {
    match value {
        Json::Number(number) if number.is_f64() => significant(number.as_f64().unwrap_or_default()),
        Json::Bool(true) => "yes".to_owned(),
        Json::Bool(false) => "no".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Json::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

fn list(output: &mut Output) -> Result<Status, Failure> {
    if output.is_json() {
        let all = Function::ALL.map(|function| {
            json!({
                "function": function.name,
                "title": function.title,
                "formula": function.formula,
                "source": function.source,
                "arguments": function.arguments.iter().map(|argument| json!({
                    "name": argument.name,
                    "meaning": argument.meaning,
                    "expected": argument.kind.to_string(),
                    "required": argument.presence == Presence::Required,
                    "default": match argument.presence {
                        Presence::Default(text) => argument.kind.parse(text).unwrap_or_default(),
                        _ => Json::Null,
                    },
                })).collect::<Vec<_>>(),
                "results": function.results.iter().map(|Field { name, meaning }| json!({ "name": name, "meaning": meaning })).collect::<Vec<_>>(),
            })
        });
        output.json(&all.as_slice())?;
        return Ok(Status::Fine);
    }
    let mut table = Table::new(["FUNCTION", "QUESTION"]);
    for function in Function::ALL {
        table.row([function.name.to_owned(), function.title.to_owned()], anstyle::Style::new());
    }
    table.write(output)?;
    Ok(Status::Fine)
}
