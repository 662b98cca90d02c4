//! `flags proposals`: the changes that wait for a second person.

use std::io::Write as _;

use anstyle::Style;
use clap::Args;
use flags::{Clock as _, SystemClock, control::Proposal};
use serde_json::{Value as Json, json};

use super::controls::name;
use crate::{
    failure::Failure,
    operate::{CommandLine, StateOption, seconds, what},
    output::{DIM, Output, Status},
    table::{Table, or_dash},
    wire,
};

/// List the proposals that wait for somebody to approve them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags proposals --state-dir var/flags
  flags approve 7 --state-dir var/flags

JSON: {\"revision\",\"proposals\":[{\"id\",\"flag\",\"experiment\",\"action\",\"variant\",\"unit\",\"percentage\",
\"breaker\",\"arm\",\"end\",\"slot\",\"until\",\"author\",\"origin\",\"reason\",\"at\",\"expires_at\",\"expired\"}]}; slot is what a
clear clears, until is when the control would end, expires_at when the proposal does.")]
pub(crate) struct Proposals {
    #[command(flatten)]
    state: StateOption,
}

impl Proposals {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let state = self.state.read()?;
        let now = SystemClock.now();
        if output.is_json() {
            let to_json = |proposal: &Proposal| {
                let mut json = wire::proposal(proposal);
                json["expired"] = proposal.is_expired(now).into();
                json
            };
            let proposals: Vec<Json> = state.proposals().map(to_json).collect();
            output.json(&json!({ "revision": state.revision().get(), "proposals": proposals }))?;
            return Ok(Status::Fine);
        }
        if state.proposals().len() == 0 {
            writeln!(output, "there are no proposals")?;
            return Ok(Status::Fine);
        }
        let mut table =
            Table::new(["NUMBER", "FLAG", "CHANGE", "BY", "PROPOSED", "EXPIRES", "WHY"]).optional(&["PROPOSED"]);
        for proposal in state.proposals() {
            let is_expired = proposal.is_expired(now);
            let expires = if is_expired { "expired".to_owned() } else { seconds(proposal.expires_at) };
            let cells = [
                proposal.id.to_string(),
                name(proposal.change.target()),
                what(&proposal.change),
                proposal.author.to_string(),
                seconds(proposal.at),
                expires,
                or_dash(proposal.reason.as_deref()),
            ];
            table.row(cells, if is_expired { DIM } else { Style::new() });
        }
        table.write(output)?;
        let line = CommandLine::of_state(&self.state);
        if let Some(first) = state.proposals().find(|proposal| !proposal.is_expired(now)) {
            let id = first.id.to_string();
            let (approve, reject) = (line.look(&["approve", &id]), line.look(&["reject", &id]));
            writeln!(output, "\n{DIM}by somebody else than the author:{DIM:#} {approve}, or {reject}")?;
        }
        Ok(Status::Fine)
    }
}
