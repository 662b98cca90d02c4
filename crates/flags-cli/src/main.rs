//! `flags`: checks, asks, explains, changes and serves feature flags from the command line.
//!
//! Results go to standard output, messages to standard error. The exit status is 0 where all is well, 1 where what was asked
//! about is not (definitions refused, no such flag), 2 for wrong usage, 3 where something could not be read or written.

#![expect(clippy::doc_markdown, reason = "the documentation of arguments is printed as their help, backticks and all")]

mod arguments;
mod commands;
mod context;
mod failure;
mod input;
mod number;
mod operate;
mod output;
mod place;
mod references;
mod suggest;
mod table;
mod wire;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser as _;

use crate::{
    arguments::{Arguments, Format},
    failure::Failure,
    output::Output,
};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and the version are no failures, and a person is told of wrong usage in clap's own way.
        Err(error) if !error.use_stderr() || !asks_for_json(std::env::args_os()) => error.exit(),
        Err(error) => return Failure::Usage(first_line(&error.to_string())).report(Format::Json),
    };
    arguments.color.write_global();
    let mut output = Output::new(arguments.format);
    match commands::run(arguments.command, &mut output).and_then(|status| output.finish().map(|()| status)) {
        Ok(status) => status.into(),
        Err(failure) => failure.report(arguments.format),
    }
}

/// Whether the arguments, which could not be read as a whole, ask for JSON.
fn asks_for_json(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
        || arguments.iter().any(|argument| argument == "--format=json")
}

/// What clap says, without its label and the usage below it.
fn first_line(message: &str) -> String {
    let line = message.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    line.trim_start_matches("error: ").to_owned()
}
