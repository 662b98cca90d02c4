//! `flags eval`: what a flag serves for a context; one question, or a file of them.

mod batch;

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use flags::{Decision, Detail, ErrorCode, FlagSet, ValueType, control::Control};
use serde_json::Value as Json;

use crate::{
    arguments::{AtOption, EnvironmentOption, value_type},
    context::{self, ContextOptions},
    failure::Failure,
    input,
    operate::{StateOption, in_words},
    output::{BAD, BOLD, GOOD, Output, Status, facts, note},
    references, suggest,
    wire::{Answer, JsonValue, revision},
};

/// Evaluate a flag for a context, or a file of questions.
///
/// Exits with 1 if the evaluation ends in an error, such as an unknown flag; the answer is printed all the same. A batch is
/// always answered in JSON, one line for each line, and exits with 1 only if a line cannot be read.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags eval config checkout --set targeting_key=user-42 --set country=NL
  flags eval config checkout --context '{\"targeting_key\":\"user-42\"}' --environment production --format json
  flags eval config --batch questions.jsonl > answers.jsonl

JSON: {\"flag\",\"value\",\"variant\",\"reason\",\"cause\",\"rule\",\"error_code\",\"bucket\",\"revision\"}, absent ones null; and \"experiment\" and \"arm\" where an experiment decided.
A question: {\"flag\",\"context\":{…},\"at\"?,\"type\"?,\"default\"?,\"environment\"?}; what it leaves out is as the options say.
A line that cannot be read is answered by {\"line\",\"error\"}.")]
pub(crate) struct Eval {
    /// A file, a folder, or - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The flag's key.
    #[arg(value_name = "FLAG", required_unless_present = "batch")]
    flag: Option<String>,
    #[command(flatten)]
    context: ContextOptions,
    #[command(flatten)]
    at: AtOption,
    #[command(flatten)]
    environment: EnvironmentOption,
    #[command(flatten)]
    state: StateOption,
    /// The type asked for: boolean, string, integer, float or object. A value of another type is an error.
    #[arg(long = "type", value_name = "TYPE", value_parser = value_type)]
    value_type: Option<ValueType>,
    /// What the caller uses where the flag has no value for it: JSON, or text as it is.
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    default: Option<String>,
    /// Answers every line of a file (- for standard input) with one line of JSON.
    #[arg(long, value_name = "QUESTIONS", conflicts_with_all = ["flag", "context", "set"])]
    batch: Option<PathBuf>,
}

impl Eval {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let asks_stdin = self.context.reads_stdin() || self.batch.as_deref().is_some_and(input::is_stdin);
        if input::is_stdin(&self.file) && asks_stdin {
            return Err(Failure::Usage("standard input can be the file or what is asked, not both".to_owned()));
        }
        let default = self.default()?;
        let definitions = input::definitions(&self.file)?;
        let laid = self.state.laid()?;
        if let Some(questions) = &self.batch {
            let defaults = batch::Defaults {
                at: self.at.at,
                value_type: self.value_type,
                default,
                environment: definitions.environment(self.environment.asked()),
            };
            return batch::run(&definitions, laid.as_ref(), questions, &defaults, output);
        }
        let flag = self.flag.as_deref().unwrap_or_default();
        let at = self.at.or_now();
        let set = definitions.compile_under(&definitions.environment(self.environment.asked()), laid.as_ref(), at);
        let context = self.context.read()?;
        let mut decision = set.evaluate(flag, &context, &at);
        if let Some(wanted) = self.value_type {
            decision = decision.expecting(wanted);
        }
        let revision = revision(&set);
        if output.is_json() {
            output.json(&Answer::new(flag, &decision, &default, &revision))?;
            return Ok(Status::bad_if(decision.error().is_some()));
        }
        if decision.flag().is_none() {
            let keys = set.flags().map(flags::FlagView::key);
            return Err(Failure::NotFound(suggest::no_such_flag(flag, &self.file.display().to_string(), keys)));
        }
        let control = laid.as_ref().and_then(|laid| laid.deciding(&decision));
        write_human(output, &decision, &default, &Scene { flag, set: &set, revision: &revision, control })?;
        for predicate in references::predicates_of(&definitions.document.definitions, flag) {
            note(&format!("this program does not know the predicate `{predicate}`; without it, it counts as false"));
        }
        Ok(Status::bad_if(decision.error().is_some()))
    }

    /// The caller's default, which has to be of the type that is asked for.
    fn default(&self) -> Result<Json, Failure> {
        let Some(text) = &self.default else { return Ok(Json::Null) };
        let json = match context::json_or_text(text) {
            Json::String(text) => Json::String(text),
            // A number is a good text, where a text is asked for.
            _ if self.value_type == Some(ValueType::String) => Json::String(text.clone()),
            json => json,
        };
        let fits = match self.value_type {
            None => true,
            _ if json.is_null() => true,
            Some(ValueType::Boolean) => json.is_boolean(),
            Some(ValueType::String) => json.is_string(),
            Some(ValueType::Integer) => json.is_i64(),
            Some(ValueType::Float) => json.is_number(),
            Some(ValueType::Object) => json.is_object(),
        };
        match self.value_type {
            Some(wanted) if !fits => {
                let found = context::kind(&json);
                Err(Failure::Usage(format!("--default {text} is {found}, and --type asks for {wanted}")))
            }
            _ => Ok(json),
        }
    }
}

/// What a decision was made of.
struct Scene<'a> {
    flag: &'a str,
    set: &'a FlagSet,
    revision: &'a str,
    /// The control that decided, if one did.
    control: Option<&'a Control>,
}

fn write_human(output: &mut Output, decision: &Decision<'_>, default: &Json, scene: &Scene<'_>) -> Result<(), Failure> {
    let (flag, environment) = (scene.flag, scene.set.environment());
    let (word, style) = if decision.is_on() { ("on", GOOD) } else { ("off", BAD) };
    writeln!(output, "{BOLD}{flag}{BOLD:#} is {style}{word}{style:#}")?;
    let value = match decision.value() {
        Some(value) => serde_json::to_string(&JsonValue(value)).map_err(std::io::Error::from)?,
        None if default.is_null() => "the caller's default".to_owned(),
        None => format!("{default} (the caller's default)"),
    };
    let reason = match (decision.error(), decision.detail()) {
        (Some(error), _) => format!("{}: {}", error, what_is_missing(error)),
        (None, None) => format!("{}, by {}", decision.reason(), decision.cause()),
        (None, Some(own @ (Detail::Rule { .. } | Detail::Experiment { .. }))) => {
            format!("{}, by {own}", decision.reason())
        }
        (None, Some(detail)) => format!("{}, by {}: {detail}", decision.reason(), decision.cause()),
    };
    let mut lines = vec![("value", value)];
    lines.extend(decision.variant().map(|variant| ("variant", variant.to_owned())));
    lines.push((if decision.error().is_some() { "error" } else { "reason" }, reason));
    lines.extend(decision.bucket().map(|bucket| ("bucket", bucket.to_string())));
    lines.extend(
        scene.control.map(|control| ("control", format!("{}: {}", control.target.name_in_log(), in_words(control)))),
    );
    if !environment.is_empty() {
        lines.push(("environment", environment.to_owned()));
    }
    lines.push(("revision", scene.revision.to_owned()));
    facts(output, &lines)
}

/// What an error means, and what to do.
fn what_is_missing(error: ErrorCode) -> &'static str {
    match error {
        ErrorCode::FlagNotFound => "there is no such flag",
        ErrorCode::TypeMismatch => "its value is of another type than --type asks for",
        ErrorCode::TargetingKeyMissing => {
            "a share of the units gets it, and the context names no unit; add --set targeting_key=…"
        }
        _ => "see `flags explain`",
    }
}
