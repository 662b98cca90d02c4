//! `flags rollout list`: every rollout on a line.

use std::io::Write as _;

use clap::Args;
use flags::rollout::machine::Status as Standing;
use serde_json::{Value as Json, json};

use super::{RolloutOptions, json as wire, words};
use crate::{
    failure::Failure,
    operate::seconds,
    output::{DIM, Output, Status, WARN, count},
    table::{Table, or_dash},
};

/// List the rollouts, one line each.
///
/// Requests for protected flags that wait for a second person are listed below, and who drives.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags rollout list --state-dir var/flags
  flags rollout list --state-dir var/flags --active
  flags rollout list --state-dir var/flags --format json

JSON: {\"rollouts\",\"damaged\":[{\"flag\",\"error\"}],\"requests\":[{\"flag\",\"command\",\"by\",\"because\",\"at\",\"expires_at\"}],\"driven_by\":{\"pid\",\"since\"}}; a rollout
is as in `flags rollout status`, and driven_by is null where nobody drives.")]
pub(super) struct List {
    #[command(flatten)]
    options: RolloutOptions,
    /// Only those that are under way: started, and neither complete nor rolled back.
    #[arg(long)]
    active: bool,
}

impl List {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let driven = self.options.open()?;
        let mut views = driven.flags.rollouts().list().map_err(|error| super::failure(&error, &driven, None))?;
        if self.active {
            let is_active = |status: Standing| !status.is_terminal() && status != Standing::Planned;
            views.retain(|view| is_active(view.status));
        }
        let requests = driven.flags.rollouts().requests().map_err(|error| super::failure(&error, &driven, None))?;
        let now = driven.now();
        let requests: Vec<_> = requests.into_iter().filter(|request| request.waits_at(now)).collect();
        let damaged = driven.flags.rollouts().unreadable().map_err(|error| super::failure(&error, &driven, None))?;
        if output.is_json() {
            let rollouts: Vec<Json> = views.iter().map(|view| wire::rollout(view, now)).collect();
            let requests: Vec<Json> = requests.iter().map(wire::request).collect();
            let leader = wire::leader(&driven);
            let damaged: Vec<Json> =
                damaged.iter().map(|(flag, error)| json!({ "flag": flag, "error": error.to_string() })).collect();
            let status = Status::bad_if(!damaged.is_empty());
            output.json(
                &json!({ "rollouts": rollouts, "damaged": damaged, "requests": requests, "driven_by": leader }),
            )?;
            return Ok(status);
        }
        if views.is_empty() {
            let which = if self.active { "no rollout under way" } else { "no flag with a rollout plan" };
            writeln!(output, "there is {which} in {}", driven.place())?;
        } else {
            let headings = ["FLAG", "PHASE", "PERCENT", "STAGE", "DONE", "COMPLETE", "SINCE", "BY", "WHY"];
            let mut table = Table::new(headings).optional(&["SINCE", "BY", "COMPLETE"]);
            for view in &views {
                let is_started = view.state.version > 0;
                let row = [
                    view.flag.to_string(),
                    view.phase.to_string(),
                    or_dash(view.percentage.map(|share| format!("{share} %"))),
                    format!("{}/{}", view.stage, view.stages),
                    format!("{:.0} %", (view.progress * 100.0).floor()),
                    words::estimate(view),
                    or_dash(is_started.then(|| seconds(view.since))),
                    or_dash(is_started.then_some(&view.by)),
                    or_dash(Some(&view.because).filter(|text| !text.is_empty())),
                ];
                table.row(row, words::style(view.phase));
            }
            table.write(output)?;
            writeln!(output, "\n{DIM}{} in {}{DIM:#}", count(views.len(), "rollout"), driven.place())?;
        }
        for (flag, error) in &damaged {
            writeln!(output, "{WARN}damaged{WARN:#} {flag}: {error}")?;
            writeln!(output, "  it stays as it is, and nothing watches it; to take it off now: flags kill {flag}")?;
        }
        for request in &requests {
            let why = if request.because.is_empty() { String::new() } else { format!(": {}", request.because) };
            let (command, flag, by) = (super::word(&request.command), &request.flag, &request.by);
            writeln!(output, "{WARN}waits{WARN:#} {flag}: {by} asks to {command} it{why}")?;
            let until = seconds(request.expires_at);
            writeln!(output, "  somebody else, until {until}: {}", self.options.of_another(command, flag))?;
        }
        if !views.is_empty() {
            writeln!(output, "driven by {}", driven.driven_by())?;
        }
        Ok(Status::bad_if(!damaged.is_empty()))
    }
}
