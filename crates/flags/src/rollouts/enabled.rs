//! With the feature `rollouts`: what a client knows of plans, and the ledger of what was measured for them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use flags_config::Document;
use flags_core::{CheckedDefinitions, ControlAction, Definitions, FlagSet, Overlay};
use flags_rollout::plan::{Plan, RolloutDefinition, Surroundings};

use super::{
    RolloutOptions,
    arms::{Armed, FlagArms, InForce},
    plans::{self, Defined},
    watch::{Watch, Watched},
};
use crate::{BuildError, client::Inner};

/// What a client knows of rollouts.
#[derive(Debug)]
pub(crate) struct Rollouts {
    options: RolloutOptions,
    /// Plans that the program has given, not yet checked.
    given: Vec<(Box<str>, RolloutDefinition)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The plans that the program has given, which go before those of definitions.
    chosen: BTreeMap<Box<str>, Arc<Plan>>,
    /// Those of definitions.
    written: BTreeMap<Box<str>, Arc<Plan>>,
    defined: Defined,
    /// By the name of the flag; outlives reloads and sets.
    ledger: BTreeMap<Box<str>, Arc<FlagArms>>,
}

impl Rollouts {
    pub(crate) fn new() -> Self {
        Self { options: RolloutOptions::new(), given: vec![], state: Mutex::default() }
    }

    pub(super) fn choose(&mut self, options: RolloutOptions) {
        self.options = options;
    }

    pub(super) fn give(&mut self, flag: Box<str>, plan: RolloutDefinition) {
        self.given.retain(|(known, _)| *known != flag);
        self.given.push((flag, plan));
    }

    /// Checks the plans that the program has given.
    pub(crate) fn check(&mut self, definitions: &Definitions) -> Result<(), BuildError> {
        let surroundings = Surroundings::default();
        for (flag, definition) in std::mem::take(&mut self.given) {
            if definitions.flag(&flag).is_none() {
                return Err(BuildError::UnknownRollout { flag });
            }
            match plans::check(&definition, &surroundings) {
                Ok(plan) => self.lock().chosen.insert(flag, Arc::new(plan)),
                Err(errors) => return Err(BuildError::Rollout { flag, errors }),
            };
        }
        Ok(())
    }

    /// Takes the plans that definitions hold, for [`define`](Self::define).
    pub(crate) fn plan(&self, _document: &Document) {}

    /// Goes on with the plans of flags as they are defined now.
    pub(crate) fn define(&self, definitions: &CheckedDefinitions, environment: &str) {
        let mut state = self.lock();
        let mut plans = state.written.clone();
        plans.extend(state.chosen.iter().map(|(flag, plan)| (flag.clone(), Arc::clone(plan))));
        state.defined = Defined::new(plans, definitions, environment);
    }

    /// What is watched of the runs of a set with those controls. To be made once for each set that is put in force.
    pub(crate) fn watch(&self, set: &FlagSet, overlay: &Overlay) -> Watch {
        let mut state = self.lock();
        let State { defined, ledger, .. } = &mut *state;
        let watched = defined.plans.iter().filter_map(|(key, plan)| {
            let flag = set.find(key)?;
            let controlled = overlay.controls.iter().rev().find_map(|control| match control.action {
                ControlAction::Percentage(percentage) if control.flag == *key => Some(percentage),
                _ => None,
            });
            let percentage = match controlled {
                Some(fixed) => InForce { fixed, steps: [].into() },
                None => defined.percentages.get(key)?.clone(),
            };
            let counts = ledger.entry(key.clone()).or_default();
            counts.follow(plan);
            let armed = Armed::new(Arc::clone(counts), percentage);
            Some(Watched { flag, armed: Some(armed), breaker: None })
        });
        Watch::new(watched.collect())
    }

    /// What was measured of a flag.
    pub(super) fn arms(&self, flag: &str) -> Option<Arc<FlagArms>> {
        self.lock().ledger.get(flag).cloned()
    }

    pub(crate) fn start(&self, _client: &Weak<Inner>) {}

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that happens under the lock panics; what is there would be whole if it did.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
