//! `flags controls`: what operators and automation have laid over the flags.

use std::io::Write as _;

use anstyle::Style;
use clap::Args;
use flags::{
    Clock as _, SystemClock, Timestamp,
    control::{Action, Control, ControlState, Revision, Standing, Target},
};
use serde_json::{Value as Json, json};

use crate::{
    arguments::target,
    failure::Failure,
    operate::{CommandLine, DefinitionsOptions, Known, StateOption, confirming, seconds},
    output::{BAD, DIM, Output, Status, WARN},
    table::{Table, or_dash},
    wire,
};

/// List the controls: what is killed, overridden, throttled or held, by whom and why.
///
/// With a flag only its own controls are listed, and the kills of the flags above it, which take it along. Controls of flags
/// that are not defined wait until they are, and say so.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags controls --state-dir var/flags
  flags controls checkout --state-dir var/flags
  flags controls --state-dir var/flags --format json

JSON: {\"revision\",\"controls\":[{\"id\",\"flag\",\"experiment\",\"action\",\"variant\",\"unit\",\"percentage\",
\"breaker\",\"arm\",\"end\",\"author\",\"origin\",\"reason\",\"at\",\"expires_at\",\"standing\",\"confirmed_by\",\"confirmed_at\",
\"orphaned\",\"expired\"}],\"unconfirmed\",\"orphaned\",\"proposals\"}; orphaned is null where no
definitions are known.")]
pub(crate) struct Controls {
    /// Only the controls that matter to this flag.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Option<Target>,
    #[command(flatten)]
    state: StateOption,
    #[command(flatten)]
    definitions: DefinitionsOptions,
}

impl Controls {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let state = self.state.read()?;
        let known = Known::read(&self.definitions, &self.state.existing()?);
        let now = SystemClock.now();
        let orphaned: Vec<Revision> = known.orphaned(&state).iter().map(|control| control.id).collect();
        let above = self.flag.as_ref().map(|flag| known.ancestors(flag.key())).unwrap_or_default();
        let wants = |control: &&Control| match &self.flag {
            None => true,
            Some(flag) => {
                control.target == *flag
                    || control.action == Action::Kill && above.iter().any(|key| key == control.target.key())
            }
        };
        let mut controls: Vec<&Control> = state.controls().filter(wants).collect();
        // Kills first: they are what somebody looks for.
        controls.sort_by_key(|control| control.action != Action::Kill);
        if output.is_json() {
            let to_json = |control: &&Control| {
                let mut json = wire::control(control);
                json["orphaned"] = known.set().map(|_| orphaned.contains(&control.id)).into();
                json["expired"] = (!control.is_in_force(now)).into();
                json
            };
            let count = |wanted: &dyn Fn(&Control) -> bool| controls.iter().filter(|control| wanted(control)).count();
            let unconfirmed = count(&|control| control.standing == Standing::Unconfirmed);
            let lost = known.set().map(|_| count(&|control| orphaned.contains(&control.id)));
            output.json(&json!({
                "revision": state.revision().get(),
                "controls": controls.iter().map(to_json).collect::<Vec<Json>>(),
                "unconfirmed": unconfirmed,
                "orphaned": lost,
                "proposals": state.proposals().len(),
            }))?;
            return Ok(Status::Fine);
        }
        if controls.is_empty() {
            let on = self.flag.as_ref().map(|flag| format!(" on {}", flag.key())).unwrap_or_default();
            writeln!(output, "there are no controls{on}")?;
        } else {
            let is_orphaned = |control: &Control| orphaned.contains(&control.id);
            write_table(&controls, &known, &is_orphaned, now, output)?;
        }
        write_waiting(&controls, &state, &CommandLine::of_state(&self.state), now, output)?;
        Ok(Status::Fine)
    }
}

fn write_table(
    controls: &[&Control],
    known: &Known,
    is_orphaned: &dyn Fn(&Control) -> bool,
    now: Timestamp,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut table = Table::new(["ID", "FLAG", "CONTROL", "BY", "VIA", "SINCE", "UNTIL", "STANDING", "WHY"])
        .optional(&["VIA", "ID", "UNTIL"]);
    for control in controls {
        let orphan = is_orphaned(control).then(|| orphan(control, known));
        let expired = (!control.is_in_force(now)).then(|| "expired".to_owned());
        let standing = match &control.standing {
            Standing::Unconfirmed => Some("NOT CONFIRMED".to_owned()),
            Standing::Confirmed { by, .. } => Some(format!("confirmed by {by}")),
            _ => None,
        };
        let words: Vec<String> = [standing, orphan.clone(), expired.clone()].into_iter().flatten().collect();
        let style = match (&control.standing, &control.action) {
            _ if expired.is_some() => DIM,
            (Standing::Unconfirmed, _) => BAD.bold(),
            _ if orphan.is_some() => WARN,
            (_, Action::Kill) => BAD,
            _ => Style::new(),
        };
        let cells = [
            control.id.to_string(),
            name(&control.target),
            control.action.to_string(),
            control.author.to_string(),
            control.origin.to_string(),
            seconds(control.at),
            or_dash(control.expires_at.map(seconds)),
            or_dash((!words.is_empty()).then(|| words.join(", "))),
            or_dash(control.reason.as_deref()),
        ];
        table.row(cells, style);
    }
    table.write(output)
}

/// What is missing for a control to have an effect.
fn orphan(control: &Control, known: &Known) -> String {
    let is_defined = known.set().is_some_and(|set| match &control.target {
        Target::Flag(key) => set.find(key).is_some(),
        target => set.find_experiment(target.key()).is_some(),
    });
    match &control.target {
        Target::Flag(_) if is_defined => "no such variant".to_owned(),
        Target::Flag(_) => "no such flag".to_owned(),
        _ if is_defined => "no such arm".to_owned(),
        _ => "no such experiment".to_owned(),
    }
}

/// A target as tables name it: flags by their keys alone.
pub(super) fn name(target: &Target) -> String {
    target.flag_key().map_or_else(|| target.to_string(), str::to_owned)
}

/// Tells what waits for somebody, and the command for it.
fn write_waiting(
    controls: &[&Control],
    state: &ControlState,
    line: &CommandLine,
    now: Timestamp,
    output: &mut Output,
) -> Result<(), Failure> {
    let waits = |control: &&&Control| control.standing == Standing::Unconfirmed && control.is_in_force(now);
    let unconfirmed: Vec<&&Control> = controls.iter().filter(waits).collect();
    let proposals = state.proposals().filter(|proposal| !proposal.is_expired(now)).count();
    if !unconfirmed.is_empty() || proposals > 0 {
        writeln!(output)?;
    }
    for control in unconfirmed {
        let (name, author) = (name(&control.target), &control.author);
        let command = line.look(&confirming(&control.target));
        writeln!(
            output,
            "{WARN}{name}: somebody other than {author} has to confirm the {}{WARN:#}: {command}",
            control.action
        )?;
    }
    if proposals > 0 {
        let waiting =
            if proposals == 1 { "1 proposal waits".to_owned() } else { format!("{proposals} proposals wait") };
        writeln!(output, "{waiting} to be approved: {}", line.look(&["proposals"]))?;
    }
    Ok(())
}
