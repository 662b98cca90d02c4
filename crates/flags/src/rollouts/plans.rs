//! The plans of a client: which flags have one, and what has to be known of the definitions to follow it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use flags_core::{Definitions, FlagDefinition, Percentage, Timestamp};
use flags_rollout::plan::{GuardMetric, Plan, PlanError, RolloutDefinition, Surroundings};

use super::arms::InForce;

/// Plans by the keys of their flags.
pub(super) type PlansByFlag = Arc<BTreeMap<Box<str>, Arc<Plan>>>;

/// What is defined at present.
#[derive(Debug, Default)]
pub(super) struct Defined {
    /// The plans of flags that are defined.
    pub(super) plans: PlansByFlag,
    /// The percentages of those flags without controls.
    pub(super) percentages: BTreeMap<Box<str>, InForce>,
    /// The flags that are protected, plan or not.
    pub(super) protected: BTreeSet<Box<str>>,
    /// Pairs of a flag and one it hangs on: its parent, and those it requires.
    pub(super) dependencies: Vec<(Box<str>, Box<str>)>,
}

impl Defined {
    /// Brings plans together with the definitions they are for.
    pub(super) fn new(
        plans: impl IntoIterator<Item = (Box<str>, Arc<Plan>)>,
        definitions: &Definitions,
        environment: &str,
    ) -> Self {
        let plans: BTreeMap<Box<str>, Arc<Plan>> =
            plans.into_iter().filter(|(flag, _)| definitions.flag(flag).is_some()).collect();
        let planned = plans.keys().filter_map(|key| definitions.flag(key));
        let percentages =
            planned.map(|flag| (flag.key.clone(), percentage(flag.in_environment(environment)))).collect();
        let dependencies = definitions.flags.iter().flat_map(|flag| {
            let (key, form) = (&flag.key, flag.in_environment(environment));
            let below = form.parent.iter().chain(form.requires.iter().map(|required| &required.flag));
            below.map(|other| (key.clone(), other.clone()))
        });
        let is_protected = |flag: &&FlagDefinition| flag.protected || flag.in_environment(environment).protected;
        let protected = definitions.flags.iter().filter(is_protected).map(|flag| flag.key.clone());
        Self {
            percentages,
            protected: protected.collect(),
            dependencies: dependencies.collect(),
            plans: Arc::new(plans),
        }
    }
}

/// The percentage of a flag without controls.
fn percentage(flag: &FlagDefinition) -> InForce {
    let mut steps: Vec<(Timestamp, Percentage)> =
        flag.schedule.iter().filter_map(|step| Some((step.at, step.rollout_percentage?))).collect();
    steps.sort_by_key(|(at, _)| *at);
    InForce { fixed: flag.rollout_percentage.unwrap_or(Percentage::HUNDRED), steps: steps.into() }
}

/// Checks a plan that was assembled in the program. The rules it names are those the program will bring along.
pub(super) fn check(definition: &RolloutDefinition, signals: &Surroundings) -> Result<Plan, Vec<PlanError>> {
    let mut surroundings = signals.clone();
    let rules = definition.guardrails.iter().filter_map(|guardrail| match &guardrail.metric {
        GuardMetric::Rule(name) => Some(name.clone()),
        _ => None,
    });
    surroundings.rules.extend(rules);
    definition.check(&surroundings)
}
