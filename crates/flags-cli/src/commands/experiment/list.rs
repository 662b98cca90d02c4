//! `flags experiment list`: every experiment on a line.

use std::io::Write as _;

use anstyle::Style;
use clap::Args;
use flags::{ExperimentDefinition, ExperimentPhase, core::ExperimentView};
use serde_json::{Value as Json, json};

use super::look::{LookOptions, Looked};
use crate::{
    failure::Failure,
    operate::seconds,
    output::{DIM, GOOD, Output, Status, WARN, count},
    table::{Table, or_dash},
};

/// List the experiments, one line each.
///
/// Where they stand is told as of now, with what operators have done where a state folder is named.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment list --file config
  flags experiment list --state-dir var/flags
  flags experiment list --file config --format json

JSON: {\"experiments\":[{\"key\",\"phase\",\"status\",\"start\",\"end\",\"winner\",\"written\":{\"status\",\"start\",\"end\",
\"winner\"},\"hypothesis\",\"description\",\"owner\",\"layer\",\"traffic\",\"flags\",\"arms\":[{\"name\",
\"control\",\"weight\",\"overrides\",\"payload\",\"description\"}],\"controls\"}]}; the phases are draft, scheduled, running,
paused, ended, stopped and decided, and controls are there with a state folder.")]
pub(super) struct List {
    #[command(flatten)]
    options: LookOptions,
}

impl List {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let looked = self.options.look()?;
        if output.is_json() {
            let all: Vec<Json> = looked.experiments().map(|(view, definition)| looked.json(view, definition)).collect();
            output.json(&json!({ "experiments": all }))?;
            return Ok(Status::Fine);
        }
        let number = looked.experiments().count();
        if number == 0 {
            writeln!(output, "there are no experiments in {}", looked.known.place())?;
            return Ok(Status::Fine);
        }
        let mut headings = vec!["KEY", "PHASE", "FLAGS", "ARMS", "TRAFFIC", "START", "END", "OWNER", "HYPOTHESIS"];
        if looked.has_controls {
            headings.insert(2, "CONTROLS");
        }
        let mut table = Table::new(headings).optional(&["OWNER", "TRAFFIC", "START", "ARMS"]);
        for (view, definition) in looked.experiments() {
            table.row(looked.row(view, definition), looked.style(view));
        }
        table.write(output)?;
        writeln!(output, "\n{DIM}{} in {}{DIM:#}", count(number, "experiment"), looked.known.place())?;
        Ok(Status::Fine)
    }
}

impl Looked {
    fn row(&self, view: ExperimentView<'_>, definition: &ExperimentDefinition) -> Vec<String> {
        let arms: Vec<String> = definition.arms.iter().map(|arm| format!("{} {}", arm.name, arm.weight)).collect();
        let traffic = definition.traffic.map_or_else(|| "100 %".to_owned(), |share| format!("{share} %"));
        let traffic =
            definition.layer.as_ref().map_or_else(|| traffic.clone(), |layer| format!("{traffic} of {layer}"));
        let mut row = vec![
            definition.key.to_string(),
            ExperimentPhase::of(view, self.now).to_string(),
            or_dash(Some(definition.flags().join(", ")).filter(|flags| !flags.is_empty())),
            arms.join(", "),
            traffic,
            or_dash(view.start().map(seconds)),
            or_dash(view.end().map(seconds)),
            or_dash(definition.owner.as_deref()),
            or_dash(definition.hypothesis.as_deref().or(definition.description.as_deref())),
        ];
        if self.has_controls {
            let controls: Vec<String> =
                self.controls(&definition.key).into_iter().map(|control| control.action.to_string()).collect();
            row.insert(2, or_dash(Some(controls.join(", ")).filter(|words| !words.is_empty())));
        }
        row
    }

    fn style(&self, view: ExperimentView<'_>) -> Style {
        match ExperimentPhase::of(view, self.now) {
            ExperimentPhase::Running | ExperimentPhase::Decided => GOOD,
            ExperimentPhase::Paused => WARN,
            ExperimentPhase::Scheduled => Style::new(),
            _ => DIM,
        }
    }
}
