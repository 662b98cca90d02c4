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
mod output;
mod place;
mod references;
mod suggest;
mod table;
mod wire;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{arguments::Arguments, output::Output};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.color.write_global();
    let mut output = Output::new(arguments.format);
    match commands::run(arguments.command, &mut output).and_then(|status| output.finish().map(|()| status)) {
        Ok(status) => status.into(),
        Err(failure) => failure.report(arguments.format),
    }
}
