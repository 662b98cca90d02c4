//! `flags codes`: every diagnostic there is.

use std::io::Write as _;

use clap::Args;
use flags::config::{Code, Severity};
use serde_json::{Value as Json, json};

use crate::{
    failure::Failure,
    output::{BAD, DIM, Output, Status, WARN},
    table::Table,
};

/// List the codes of diagnostics.
///
/// A code never changes its meaning; `flags explain CODE` tells what one means and how to mend it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flags codes\n  flags explain FLG014")]
pub(crate) struct Codes {}

impl Codes {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if output.is_json() {
            output.json(&Code::all().map(to_json).collect::<Vec<_>>())?;
            return Ok(Status::Fine);
        }
        let mut table = Table::new(["CODE", "SEVERITY", "NAME", "MEANING"]);
        for code in Code::all() {
            let style = match code.severity() {
                Severity::Error => BAD,
                Severity::Warning => WARN,
                Severity::Info => DIM,
            };
            table.row([code.id(), code.severity().name(), code.name(), code.title()].map(str::to_owned), style);
        }
        table.write(output)?;
        Ok(Status::Fine)
    }
}

fn to_json(code: Code) -> Json {
    json!({ "code": code.id(), "name": code.name(), "severity": code.severity().name(), "title": code.title() })
}

/// Prints what there is to say about one code.
pub(crate) fn explain(code: Code, output: &mut Output) -> Result<Status, Failure> {
    if output.is_json() {
        output.json(&json!({
            "code": code.id(),
            "name": code.name(),
            "severity": code.severity().name(),
            "title": code.title(),
            "explanation": code.explanation(),
            "bad_example": code.bad_example(),
            "good_example": code.good_example(),
        }))?;
    } else {
        write!(output, "{}", code.explain())?;
    }
    Ok(Status::Fine)
}
