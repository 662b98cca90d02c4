//! `flags recover`: makes good a state folder that was damaged.

use std::io::Write as _;

use clap::Args;
use serde_json::json;

use crate::{
    failure::Failure,
    operate::{Desk, OperatorOptions},
    output::{GOOD, Output, Status, count},
};

/// Make good a state folder that was damaged.
///
/// Controls that cannot be read are told again from the audit log; every command that opens the folder does so, and this one does
/// nothing else. Where the log does not help either, programs refuse to start, since they might forget a kill: then
/// --accept-loss begins without any controls. The damaged file stays beside the new one, and the log records the loss.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags recover --state-dir var/flags
  flags audit list --action kill --state-dir var/flags       the kills that the log still knows
  flags recover --accept-loss --state-dir var/flags --reason \"disk failure, see the incident\"

JSON: {\"revision\",\"controls\",\"incidents\"}: how many controls there are, what was made good.")]
pub(crate) struct Recover {
    /// Begins without any controls if they cannot be read and cannot be told again. It forgets kills.
    #[arg(long)]
    accept_loss: bool,
    #[command(flatten)]
    options: OperatorOptions,
}

impl Recover {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let (desk, incidents) = Desk::recover(&self.options, self.accept_loss)?;
        let state = desk.state();
        let (revision, controls) = (state.revision().get(), state.controls().len());
        if output.is_json() {
            output.json(&json!({ "revision": revision, "controls": controls, "incidents": incidents }))?;
            return Ok(Status::Fine);
        }
        for incident in &incidents {
            writeln!(output, "{incident}")?;
        }
        if incidents.is_empty() {
            writeln!(output, "there was nothing to make good")?;
        }
        let folder = desk.folder().display();
        writeln!(output, "{GOOD}ok{GOOD:#}: {folder} ({}, revision {revision})", count(controls, "control"))?;
        Ok(Status::Fine)
    }
}
