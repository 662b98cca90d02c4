//! `flags list`: every flag on a line.

use std::{io::Write as _, path::PathBuf};

use anstyle::Style;
use clap::Args;
use flags::{FlagDefinition, State};
use serde_json::{Value as Json, json};

use crate::{
    arguments::EnvironmentOption,
    failure::Failure,
    input,
    operate::StateOption,
    output::{BAD, DIM, Output, Status, WARN, count},
    table::{Table, or_dash},
    wire,
};

/// List the flags, one line each.
///
/// They are shown as they are in the environment; the filters have to hold all of them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags list config
  flags list config --environment production --tag checkout --state rollout --format json")]
pub(crate) struct List {
    /// A file, a folder, or - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    environment: EnvironmentOption,
    #[command(flatten)]
    state_folder: StateOption,
    /// Only flags with this tag; given several times, with all of them.
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only flags of this owner: `owner`, or `metadata.owner`.
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Only flags in this state: disabled, development, canary, rollout, enabled or emergency_off.
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<State>,
}

fn state(text: &str) -> Result<State, String> {
    State::from_name(text).ok_or_else(|| format!("expected one of {}", State::ALL.map(State::name).join(", ")))
}

impl List {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let definitions = input::definitions(&self.file)?;
        let laid = self.state_folder.laid()?;
        let environment = definitions.environment(self.environment.asked());
        let all = &definitions.document.definitions.flags;
        let forms = all.iter().map(|flag| flag.in_environment(&environment));
        let flags: Vec<&FlagDefinition> = forms.filter(|flag| self.wants(flag)).collect();
        if output.is_json() {
            let with_controls = |flag: &FlagDefinition| {
                let mut json = to_json(flag);
                if let Some(laid) = &laid {
                    json["controls"] = laid.on(&flag.key).into_iter().map(wire::control).collect();
                }
                json
            };
            let flags: Vec<Json> = flags.into_iter().map(with_controls).collect();
            output.json(&json!({ "environment": environment, "flags": flags }))?;
            return Ok(Status::Fine);
        }
        let mut headings = vec!["KEY", "KIND", "TYPE", "STATE", "ROLLOUT", "RULES", "OWNER", "EXPIRES", "DESCRIPTION"];
        if laid.is_some() {
            headings.insert(4, "CONTROLS");
        }
        let mut table = Table::new(headings).optional(&["EXPIRES", "RULES", "TYPE", "KIND", "OWNER"]);
        for flag in &flags {
            let mut row = cells(flag).to_vec();
            let mut style = style(flag.state, &environment);
            if let Some(laid) = &laid {
                let controls = laid.in_brief(all, flag);
                style = if controls.is_some() { WARN } else { style };
                row.insert(4, or_dash(controls));
            }
            table.row(row, style);
        }
        if flags.is_empty() {
            writeln!(output, "none of {} is like that", count(all.len(), "flag"))?;
            return Ok(Status::Fine);
        }
        table.write(output)?;
        let of = if flags.len() == all.len() { String::new() } else { format!(" of {}", all.len()) };
        let place = if environment.is_empty() { String::new() } else { format!(", environment {environment}") };
        let under = laid.map(|laid| format!(", controls of {}", laid.folder())).unwrap_or_default();
        writeln!(output, "\n{DIM}{}{of}{place}{under}{DIM:#}", count(flags.len(), "flag"))?;
        Ok(Status::Fine)
    }

    fn wants(&self, flag: &FlagDefinition) -> bool {
        self.tag.iter().all(|tag| flag.tags.iter().any(|known| **known == **tag))
            && self.owner.as_deref().is_none_or(|wanted| owner(flag) == Some(wanted))
            && self.state.is_none_or(|wanted| flag.state == wanted)
    }
}

/// Who answers for a flag. Older files say it in the metadata.
pub(crate) fn owner(flag: &FlagDefinition) -> Option<&str> {
    flag.owner.as_deref().or_else(|| match flag.metadata.get("owner") {
        Some(flags::Value::String(owner)) => Some(owner),
        _ => None,
    })
}

fn cells(flag: &FlagDefinition) -> [String; 9] {
    [
        flag.key.to_string(),
        flag.kind().to_string(),
        flag.value_type.to_string(),
        flag.state.to_string(),
        flag.rollout_percentage.map_or_else(|| "-".to_owned(), |share| format!("{share} %")),
        if flag.rules.is_empty() { "-".to_owned() } else { flag.rules.len().to_string() },
        or_dash(owner(flag)),
        or_dash(flag.expires),
        or_dash(flag.description.as_deref()),
    ]
}

fn style(state: State, environment: &str) -> Style {
    match state {
        State::EmergencyOff => BAD,
        state if state.is_on_in(environment) => Style::new(),
        _ => DIM,
    }
}

/// What is told of a flag as JSON.
pub(crate) fn to_json(flag: &FlagDefinition) -> Json {
    json!({
        "key": flag.key,
        "kind": flag.kind().name(),
        "type": flag.value_type.name(),
        "state": flag.state.name(),
        // Exact: a percentage has three decimals, far within what a float can tell apart.
        "rollout_percentage": flag.rollout_percentage.map(|share| f64::from(share.thousandths()) / 1_000.0),
        "rules": flag.rules.len(),
        "variants": flag.variants.iter().map(|variant| &variant.name).collect::<Vec<_>>(),
        "owner": owner(flag),
        "tags": flag.tags,
        "expires": flag.expires.map(|date| date.to_string()),
        "protected": flag.protected,
        "parent": flag.parent,
        "description": flag.description,
    })
}
