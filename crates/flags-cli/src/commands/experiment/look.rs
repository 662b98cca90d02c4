//! Experiments as `list` and `show` see them: the definitions, with the controls of a state folder where one was named.

use std::sync::Arc;

use clap::Args;
use flags::{
    Clock as _, ExperimentDefinition, ExperimentPhase, FlagSet, SystemClock, Timestamp,
    control::{Control, ControlState, Target},
    core::{ArmView, ExperimentView, Value, definition::ArmDefinition},
};
use serde_json::{Value as Json, json};

use crate::{
    failure::Failure,
    input,
    operate::{DefinitionsOptions, Known, StateOption},
    wire::{self, JsonValue},
};

/// Where experiments are looked up.
#[derive(Args, Debug)]
pub(super) struct LookOptions {
    #[command(flatten)]
    definitions: DefinitionsOptions,
    #[command(flatten)]
    state: StateOption,
}

/// Experiments, as they stand now.
pub(super) struct Looked {
    pub(super) known: Known,
    /// The controls; none where no state folder was named.
    state: Arc<ControlState>,
    /// Whether a state folder was named.
    pub(super) has_controls: bool,
    /// Under the controls.
    pub(super) set: FlagSet,
    pub(super) now: Timestamp,
}

impl LookOptions {
    /// Reads the definitions, and the controls where a state folder is named.
    pub(super) fn look(&self) -> Result<Looked, Failure> {
        look(&self.definitions, &self.state)
    }

    /// Where programs keep their state.
    pub(super) fn state(&self) -> &StateOption {
        &self.state
    }
}

/// Reads the definitions, and the controls where a state folder is named.
pub(super) fn look(definitions: &DefinitionsOptions, state: &StateOption) -> Result<Looked, Failure> {
    let folder = state.folder().map(|_| state.existing()).transpose()?;
    // Whoever names a file wants to hear what is wrong with it.
    if let Some(path) = definitions.path() {
        input::definitions(&path)?;
    }
    let known = Known::look_up(definitions, folder.as_deref());
    let controls = if folder.is_some() { state.read()? } else { Arc::default() };
    let now = SystemClock.now();
    let set = known.set().map(|set| set.with_overlay(&controls.overlay(now))).ok_or_else(|| {
            Failure::Usage(
                "which definitions? give --file FILE, or set FLAGS_FILE, or name by --state-dir DIR the state folder of programs, \
                 which have recorded theirs there"
                    .to_owned(),
            )
        })?;
    Ok(Looked { known, state: controls, has_controls: folder.is_some(), set, now })
}

impl Looked {
    /// The experiments with their definitions, in the order of the definitions.
    pub(super) fn experiments(&self) -> impl Iterator<Item = (ExperimentView<'_>, &ExperimentDefinition)> {
        self.set.experiments().filter_map(|view| Some((view, view.definition()?)))
    }

    /// The experiment of a key, with its definition.
    pub(super) fn find(&self, key: &str) -> Result<(ExperimentView<'_>, &ExperimentDefinition), Failure> {
        let found = self.experiments().find(|(view, _)| view.key() == key);
        found.ok_or_else(|| Failure::NotFound(self.known.no_such_experiment(key)))
    }

    /// The controls in force on an experiment.
    pub(super) fn controls(&self, key: &str) -> Vec<&Control> {
        let is_on = |control: &&Control| matches!(&control.target, Target::Experiment(known) if **known == *key);
        self.state.controls().filter(is_on).filter(|control| control.is_in_force(self.now)).collect()
    }

    /// What is told of an experiment as JSON.
    pub(super) fn json(&self, view: ExperimentView<'_>, definition: &ExperimentDefinition) -> Json {
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let mut json = json!({
            "key": definition.key,
            "phase": ExperimentPhase::of(view, self.now).name(),
            "status": view.status().name(),
            "start": instant(view.start()),
            "end": instant(view.end()),
            "winner": view.winner().map(ArmView::name),
            "written": {
                "status": definition.status.name(),
                "start": instant(definition.start),
                "end": instant(definition.end),
                "winner": definition.winner,
            },
            "hypothesis": definition.hypothesis,
            "description": definition.description,
            "owner": definition.owner,
            "layer": definition.layer,
            // Exact: a percentage has three decimals, far within what a float can tell apart.
            "traffic": definition.traffic.map_or(100.0, |share| f64::from(share.thousandths()) / 1_000.0),
            "flags": definition.flags(),
            "arms": definition.arms.iter().map(arm_json).collect::<Vec<_>>(),
        });
        if self.has_controls {
            json["controls"] = self.controls(&definition.key).into_iter().map(wire::control).collect();
        }
        json
    }
}

fn arm_json(arm: &ArmDefinition) -> Json {
    let overrides = arm.overrides.iter().map(|(flag, variant)| (flag.to_string(), Json::from(&**variant)));
    json!({
        "name": arm.name,
        "control": arm.control,
        "weight": arm.weight,
        "overrides": overrides.collect::<serde_json::Map<_, _>>(),
        "payload": JsonValue::from(&Value::Object(arm.payload.clone())),
        "description": arm.description,
    })
}
