//! `flags experiment show`: everything there is to say about one experiment.

use std::io::Write as _;

use anstyle::Style;
use clap::Args;
use flags::{
    ExperimentDefinition,
    config::{condition_toml, value_toml},
    control::Target,
    core::{ExperimentView, Value, definition::ArmDefinition},
};
use serde_json::{Value as Json, json};

use super::{
    look::{LookOptions, Looked},
    words::{aim, analysis, events, share, time},
};
use crate::{
    arguments::experiment,
    failure::Failure,
    operate::{in_words, seconds, standing},
    output::{BOLD, Output, Status, facts},
    place::{self, Place},
    table::{Table, or_dash},
};

/// Show all of one experiment.
///
/// What it is to show, where it stands and who has done what to it, who takes part, what each arm serves, what is measured and
/// how it is judged.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment show checkout_button --file config
  flags experiment show checkout_button --state-dir var/flags --format json

JSON: an object as of `flags experiment list`, and {\"file\",\"line\",\"bucket_by\",\"audience\",\"holdouts\",
\"metrics\":[{\"name\",\"kind\",\"role\",\"goal\",\"event\",\"numerator\",\"denominator\",\"window_seconds\",
\"minimum_detectable_effect\",\"margin\",\"winsorize\"}],
\"analysis\":{\"method\",\"confidence\",\"power\",\"correction\",\"decide\"}}.")]
pub(super) struct Show {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    options: LookOptions,
}

impl Show {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let looked = self.options.look()?;
        let key = self.experiment.key();
        let (view, definition) = looked.find(key)?;
        let sources = looked.known.definitions().map(|known| known.report.sources());
        let place = sources.and_then(|sources| place::of_experiment(sources, key));
        if output.is_json() {
            output.json(&looked.json_of_all(view, definition, place.as_ref()))?;
            return Ok(Status::Fine);
        }
        let what = definition.hypothesis.as_deref().or(definition.description.as_deref());
        match what {
            Some(what) => writeln!(output, "{BOLD}{key}{BOLD:#}: {what}")?,
            None => writeln!(output, "{BOLD}{key}{BOLD:#}")?,
        }
        facts(output, &looked.facts(view, definition, place.as_ref()))?;
        writeln!(output)?;
        arms(definition).write(output)?;
        if !definition.metrics.is_empty() {
            writeln!(output)?;
            metrics(definition).write(output)?;
        }
        Ok(Status::Fine)
    }
}

impl Looked {
    fn facts(
        &self,
        view: ExperimentView<'_>,
        definition: &ExperimentDefinition,
        place: Option<&Place>,
    ) -> Vec<(&'static str, String)> {
        let mut lines = vec![("phase", standing(view, self.now))];
        let controls = self.controls(&definition.key);
        lines.extend(controls.iter().map(|control| ("control", in_words(control))));
        if !controls.is_empty() {
            lines.push(("written", written(definition)));
        }
        // What the hypothesis has not said already.
        let description = definition.description.as_ref().filter(|_| definition.hypothesis.is_some());
        lines.extend(description.map(|text| ("about", text.to_string())));
        lines.extend(definition.owner.as_ref().map(|owner| ("owner", owner.to_string())));
        lines.extend(view.start().map(|start| ("start", seconds(start))));
        lines.extend(view.end().map(|end| ("end", seconds(end))));
        let flags = definition.flags().join(", ");
        lines.extend((!flags.is_empty()).then_some(("flags", flags)));
        lines.push(("traffic", traffic(definition)));
        let units = definition.bucket_by.join(", ");
        lines.extend((!units.is_empty()).then_some(("units", units)));
        let audience: Vec<String> = definition.audience.iter().map(condition_toml).collect();
        lines.extend(audience.into_iter().map(|condition| ("audience", condition)));
        let holdouts = self.holdouts(&definition.key).join(", ");
        lines.extend((!holdouts.is_empty()).then_some(("holdouts", holdouts)));
        lines.push(("analysis", analysis(&definition.analysis)));
        lines.extend(place.map(|place| ("defined in", format!("{}:{}", place.file, place.line))));
        lines
    }

    /// The holdouts that keep units out of an experiment, with their shares.
    fn holdouts(&self, key: &str) -> Vec<String> {
        let all = self.known.definitions().map(|known| &known.document.definitions.holdouts).into_iter().flatten();
        let covering = all.filter(|holdout| holdout.covers(key));
        covering.map(|holdout| format!("{} ({} %)", holdout.key, holdout.percentage)).collect()
    }

    fn json_of_all(&self, view: ExperimentView<'_>, definition: &ExperimentDefinition, place: Option<&Place>) -> Json {
        let mut json = self.json(view, definition);
        json["file"] = json!(place.map(|place| &place.file));
        json["line"] = json!(place.map(|place| place.line));
        json["bucket_by"] = json!(definition.bucket_by);
        json["audience"] = definition.audience.iter().map(condition_toml).collect();
        json["holdouts"] = self.holdouts(&definition.key).into();
        let metric = |metric: &flags::core::definition::MetricDefinition| {
            json!({
                "name": metric.name,
                "kind": metric.kind.name(),
                "role": metric.role.name(),
                "goal": metric.goal.name(),
                "event": metric.event,
                "numerator": metric.numerator,
                "denominator": metric.denominator,
                "window_seconds": metric.window.map(|window| window.as_secs_f64()),
                "minimum_detectable_effect": metric.minimum_detectable_effect,
                "margin": metric.margin,
                "winsorize": metric.winsorize,
            })
        };
        json["metrics"] = definition.metrics.iter().map(metric).collect();
        let analysis = &definition.analysis;
        json["analysis"] = json!({
            "method": analysis.method.name(),
            "confidence": analysis.confidence,
            "power": analysis.power,
            "correction": analysis.correction.name(),
            "decide": analysis.decide.name(),
        });
        json
    }
}

/// What the definition says of where the experiment stands.
fn written(definition: &ExperimentDefinition) -> String {
    let mut words = definition.status.to_string();
    if let Some(start) = definition.start {
        words.push_str(&format!(", from {}", seconds(start)));
    }
    if let Some(end) = definition.end {
        words.push_str(&format!(", until {}", seconds(end)));
    }
    if let Some(winner) = &definition.winner {
        words.push_str(&format!(", winner {winner}"));
    }
    words
}

fn traffic(definition: &ExperimentDefinition) -> String {
    let share = definition.traffic.map_or_else(|| "100 %".to_owned(), |share| format!("{share} %"));
    match &definition.layer {
        Some(layer) => format!("{share} of layer {layer}"),
        None => share,
    }
}

fn arms(definition: &ExperimentDefinition) -> Table {
    let total = definition.arms.iter().map(|arm| u64::from(arm.weight)).sum();
    let has_payload = definition.arms.iter().any(|arm| !arm.payload.is_empty());
    let has_description = definition.arms.iter().any(|arm| arm.description.is_some());
    let mut headings = vec!["ARM", "SHARE", "SERVES"];
    headings.extend(has_payload.then_some("PAYLOAD"));
    headings.extend(has_description.then_some("DESCRIPTION"));
    let mut table = Table::new(headings);
    for arm in &definition.arms {
        let serves: Vec<String> = arm.overrides.iter().map(|(flag, variant)| format!("{flag} = {variant}")).collect();
        let payload = |arm: &ArmDefinition| value_toml(&Value::Object(arm.payload.clone()));
        let name = if arm.control { format!("{} (control)", arm.name) } else { arm.name.to_string() };
        let mut cells =
            vec![name, share(arm, total), or_dash(Some(serves.join(", ")).filter(|words| !words.is_empty()))];
        cells.extend(has_payload.then(|| or_dash((!arm.payload.is_empty()).then(|| payload(arm)))));
        cells.extend(has_description.then(|| or_dash(arm.description.as_deref())));
        table.row(cells, Style::new());
    }
    table
}

fn metrics(definition: &ExperimentDefinition) -> Table {
    let mut table = Table::new(["METRIC", "ROLE", "KIND", "EVENT", "WINDOW", "IS TO"]);
    for metric in &definition.metrics {
        let cells = [
            metric.name.to_string(),
            metric.role.name().to_owned(),
            metric.kind.name().to_owned(),
            events(metric),
            or_dash(metric.window.map(time)),
            aim(metric),
        ];
        table.row(cells, Style::new());
    }
    table
}
