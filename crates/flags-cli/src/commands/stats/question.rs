//! One question on the command line: a command for each function, its options made from the table of the functions.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, Subcommand, error::ErrorKind};
use flags_ab::catalog::{Answer, Argument, Function, Kind, Presence};
use serde_json::{Map, Value as Json};

use crate::{failure::Failure, input};

/// A function and what it is given.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) function: &'static Function,
    given: Vec<(&'static Argument, Vec<Written>)>,
}

/// A value as it is written.
#[derive(Clone, Debug)]
enum Written {
    /// Itself.
    Value(Json),
    /// The name of a file that has it.
    File(PathBuf),
}

impl Question {
    /// The answer.
    pub(super) fn answer(&self) -> Result<Answer, Failure> {
        let mut arguments = Map::new();
        for (argument, written) in &self.given {
            let values = written.iter().map(|written| read(argument, written)).collect::<Result<Vec<_>, _>>()?;
            let value = if argument.kind.repeats() { Some(values.into()) } else { values.into_iter().next() };
            arguments.extend(value.map(|value| (argument.name.to_owned(), value)));
        }
        self.function.answer(&arguments).map_err(|error| Failure::Usage(error.to_string()))
    }
}

fn read(argument: &Argument, written: &Written) -> Result<Json, Failure> {
    match written {
        Written::Value(value) => Ok(value.clone()),
        Written::File(path) => argument
            .kind
            .parse(&input::text(path)?)
            .map_err(|expected| Failure::Usage(format!("{}: {expected} for `{}`", path.display(), argument.name))),
    }
}

impl FromArgMatches for Question {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let asked = matches.subcommand().and_then(|(name, matches)| Some((Function::named(name)?, matches)));
        let (function, matches) = asked.ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        let given = |argument: &'static Argument| {
            let values = matches.get_many::<Written>(argument.name)?;
            Some((argument, values.cloned().collect()))
        };
        Ok(Self { function, given: function.arguments.iter().filter_map(given).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Question {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(Function::ALL.iter().map(of_function))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Function::named(name).is_some()
    }
}

/// The command of a function.
fn of_function(function: &Function) -> Command {
    let width = function.results.iter().map(|field| field.name.len()).max().unwrap_or_default();
    let results: String =
        function.results.iter().map(|field| format!("  {:width$}  {}\n", field.name, field.meaning)).collect();
    let formula = function.formula.replace('\n', "\n  ");
    Command::new(function.name)
        .about(function.title)
        .after_help(format!(
            "Results:\n{results}\nFormula:\n  {formula}\n\nSource:\n  {}\n\nExample:\n  flags stats {} {}",
            function.source, function.name, function.example
        ))
        .args(function.arguments.iter().map(option))
}

/// The option of an argument: its name with `-` for `_`, though as it is will do.
fn option(argument: &Argument) -> Arg {
    let kind = argument.kind;
    let note = match argument.presence {
        Presence::Default(value) => format!(" [default: {value}]"),
        _ => String::new(),
    };
    let repeated = if kind.repeats() { "; repeat the option for each list" } else { "" };
    let choices = match kind {
        Kind::Choice(choices) => format!(" [{}]", choices.join(", ")),
        _ => String::new(),
    };
    let option = Arg::new(argument.name)
        .long(argument.name.replace('_', "-"))
        .value_name(value_name(kind))
        .help(format!("{}{repeated}{choices}{note}", argument.meaning))
        .required(argument.presence == Presence::Required)
        .allow_hyphen_values(true)
        .value_parser(move |text: &str| written(kind, text))
        .action(if kind.repeats() { ArgAction::Append } else { ArgAction::Set });
    if argument.name.contains('_') { option.alias(argument.name) } else { option }
}

fn written(kind: Kind, text: &str) -> Result<Written, String> {
    match text.strip_prefix('@') {
        Some(path) => Ok(Written::File(path.into())),
        None => kind.parse(text).map(Written::Value),
    }
}

fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Count => "COUNT",
        Kind::Number => "NUMBER",
        Kind::Choice(_) => "WORD",
        Kind::Numbers | Kind::NumberLists => "NUMBER,...",
        Kind::Counts | Kind::CountLists => "COUNT,...",
        Kind::Posteriors => "ALPHA,BETA",
        _ => "VALUE",
    }
}
