//! What every command can be told, and the options that several share.

use clap::{Args, Parser, ValueEnum};
use flags::{Clock as _, SystemClock, Timestamp, ValueType, control::Target};

use crate::{commands::Command, failure::Failure};

/// Feature flags: check, ask, explain, change and serve them.
///
/// FILE is a TOML file, a folder whose *.toml files are read as one, or - for standard input.
///
/// Exit status: 0 all is well; 1 it is not (definitions refused, no such flag, a failed check); 2 wrong usage; 3 something
/// could not be read or written.
#[derive(Debug, Parser)]
#[command(name = "flags", version, max_term_width = 100, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How results are written: for people, or as JSON.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// When to use colour. `auto`: on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) color: Color,
}

const EXAMPLES: &str = "\
Examples:
  flags init                                           start a features.toml here
  flags check config                                   is everything in the folder all right?
  flags eval config checkout --set user_id=user-42     what does this user get?
  flags explain config checkout --set user_id=user-42  and why?
  flags serve config --state-dir var/flags             answer OpenFeature clients over HTTP
  flags kill checkout --state-dir var/flags            take a flag off at once";

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
}

/// When colour is used.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Holds for standard output and standard error from now on.
    pub(crate) fn write_global(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// For which environment flags are asked.
#[derive(Args, Debug, Default)]
pub(crate) struct EnvironmentOption {
    /// The environment; otherwise FLAGS_ENVIRONMENT, otherwise settings.environment of the file.
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,
}

impl EnvironmentOption {
    pub(crate) fn asked(&self) -> Option<&str> {
        self.environment.as_deref()
    }
}

/// For which moment flags are asked.
#[derive(Args, Debug, Default)]
pub(crate) struct AtOption {
    /// The moment to decide for, such as 2026-12-01T09:00:00Z; otherwise now.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) at: Option<Timestamp>,
}

impl AtOption {
    pub(crate) fn or_now(&self) -> Timestamp {
        self.at.unwrap_or_else(|| SystemClock.now())
    }

    /// The same for what is judged by its data, of which there are none from the future.
    pub(crate) fn or_now_at_most(&self) -> Result<Timestamp, Failure> {
        let now = SystemClock.now();
        match self.at {
            Some(at) if at > now => Err(Failure::Usage(format!(
                "--at {at} lies in the future: what an experiment will have shown then is not known yet"
            ))),
            at => Ok(at.unwrap_or(now)),
        }
    }
}

/// Reads an instant, or says how one is written.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .ok_or_else(|| "expected a date and time with its offset, such as 2026-12-01T09:00:00Z".into())
}

/// Reads the key of a flag, or says what one is.
pub(crate) fn target(text: &str) -> Result<Target, String> {
    Target::flag(text).map_err(|error| error.to_string())
}

/// Reads the key of an experiment, or says what one is.
pub(crate) fn experiment(text: &str) -> Result<Target, String> {
    Target::experiment(text).map_err(|error| error.to_string())
}

/// Reads the name of a type, or says which there are.
pub(crate) fn value_type(text: &str) -> Result<ValueType, String> {
    ValueType::from_name(text).ok_or_else(|| {
        let names = ValueType::ALL.map(ValueType::name).join(", ");
        format!("expected one of {names}")
    })
}
