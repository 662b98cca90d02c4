//! `flags schema`: the JSON Schema of definition files.

use clap::Args;

use crate::{
    failure::Failure,
    output::{Output, Status},
};

/// Print the JSON Schema of definition files.
///
/// Editors complete and check files whose first line is `#:schema ./flags.schema.json`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  flags schema > config/flags.schema.json")]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        output.json(&flags::config::schema())?;
        Ok(Status::Fine)
    }
}
