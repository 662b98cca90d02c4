//! Controls laid over definitions, for the commands that ask and list.

use std::{path::PathBuf, sync::Arc};

use flags::{
    Cause, Clock as _, Decision, Definitions, FlagDefinition, SystemClock, Timestamp,
    control::{Action, Control, ControlState, Controls, Slot, Standing, Target},
    core::{Detail, Overlay},
};

use super::{StateOption, desk, seconds};
use crate::{
    failure::Failure,
    references::{self, Named},
};

/// The controls of a state folder as they change.
pub(crate) struct Followed {
    controls: Controls,
    laid: Laid,
    /// What was in force when it was last looked.
    overlay: Overlay,
}

impl Followed {
    /// The controls as they were when it was last looked.
    pub(crate) fn laid(&self) -> &Laid {
        &self.laid
    }

    /// Looks again; says whether others are in force, by somebody's change or by the time.
    pub(crate) fn look(&mut self) -> Result<bool, Failure> {
        self.controls.refresh().map_err(|error| Failure::Io(error.to_string()))?;
        self.laid.state = self.controls.state();
        let overlay = self.laid.overlay(SystemClock.now());
        let is_other = overlay != self.overlay;
        self.overlay = overlay;
        Ok(is_other)
    }
}

/// The controls of a state folder.
pub(crate) struct Laid {
    folder: PathBuf,
    state: Arc<ControlState>,
}

impl StateOption {
    /// The controls in the state folder that was named; `None` where none was.
    pub(crate) fn laid(&self) -> Result<Option<Laid>, Failure> {
        if self.folder().is_none() {
            return Ok(None);
        }
        Ok(Some(Laid { folder: self.existing()?, state: self.read()? }))
    }

    /// The controls in the state folder that was named, to be looked at again; `None` where none was.
    pub(crate) fn follow(&self) -> Result<Option<Followed>, Failure> {
        if self.folder().is_none() {
            return Ok(None);
        }
        let folder = self.existing()?;
        let controls = desk::open(&folder, self)?;
        let laid = Laid { folder, state: controls.state() };
        let overlay = laid.overlay(SystemClock.now());
        Ok(Some(Followed { controls, laid, overlay }))
    }

    /// The controls in the state folder, which has to be there.
    pub(crate) fn read(&self) -> Result<Arc<ControlState>, Failure> {
        Ok(desk::open(&self.existing()?, self)?.state())
    }
}

impl Laid {
    /// What is in force at an instant, for an evaluation.
    pub(crate) fn overlay(&self, at: Timestamp) -> Overlay {
        self.state.overlay(at)
    }

    /// The state folder, as it was named.
    pub(crate) fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// The controls in force now that a flag's decisions depend on: its own, those of the flags it asks, and those of the
    /// experiments on all of these.
    pub(crate) fn of(&self, definitions: &Definitions, key: &str) -> Vec<&Control> {
        let named = references::all_of(definitions, key);
        let now = SystemClock.now();
        let matters = |control: &&Control| {
            let target = match &control.target {
                Target::Experiment(key) => Named::Experiment(key.clone()),
                other => Named::Flag(other.key().into()),
            };
            control.is_in_force(now) && named.contains(&target)
        };
        self.state.controls().filter(matters).collect()
    }

    /// The control that a decision was made by, where one was, and it can be told which.
    pub(crate) fn deciding(&self, decision: &Decision<'_>) -> Option<&Control> {
        if let (Cause::Experiment, Some((experiment, _))) = (decision.cause(), decision.experiment()) {
            // Without either, it is as its definition says.
            let target = Target::Experiment(experiment.into());
            let in_force = |slot| self.state.in_force(&target, &slot, SystemClock.now());
            return in_force(Slot::Winner).or_else(|| in_force(Slot::Status));
        }
        let key = decision.flag()?.key();
        let (key, slot) = match (decision.cause(), decision.detail()) {
            (Cause::Kill, Some(Detail::Killed { flag })) => (flag, Slot::Kill),
            (Cause::Override, Some(Detail::Override { everybody: true })) => (key, Slot::Override),
            (Cause::Breaker, _) => (key, Slot::Breaker),
            // Units are known by the flag alone, so this one is found by what it serves.
            (Cause::Override, _) => {
                let is_served = |control: &&Control| match &control.action {
                    Action::OverrideUnit { variant, .. } => Some(&**variant) == decision.variant(),
                    _ => false,
                };
                let found: Vec<&Control> = self.on(key).into_iter().filter(is_served).collect();
                return if let [only] = found[..] { Some(only) } else { None };
            }
            _ => return None,
        };
        self.on(key).into_iter().find(|control| control.slot() == slot)
    }

    /// What is laid over a flag now, in a few words: its controls, and whether a flag above it is killed.
    pub(crate) fn in_brief(&self, all: &[FlagDefinition], flag: &FlagDefinition) -> Option<String> {
        let parent = |key: &str| all.iter().find(|flag| *flag.key == *key)?.parent.as_deref();
        let ancestors = std::iter::successors(flag.parent.as_deref(), |above| parent(above));
        let is_killed = |key: &&str| self.on(key).iter().any(|control| control.action == Action::Kill);
        let above = ancestors.into_iter().find(is_killed).map(|key| format!("killed with {key}"));
        let own = self.on(&flag.key).into_iter().map(|control| match &control.action {
            Action::Kill => "killed".to_owned(),
            action => action.to_string(),
        });
        // What goes first is said, the rest is counted: this is a cell of a table.
        let mut words = above.into_iter().chain(own);
        let first = words.next()?;
        Some(match words.count() {
            0 => first,
            more => format!("{first}, +{more}"),
        })
    }

    /// The controls in force now on the flag itself.
    pub(crate) fn on(&self, key: &str) -> Vec<&Control> {
        let now = SystemClock.now();
        let is_on = |control: &&Control| control.target.flag_key() == Some(key) && control.is_in_force(now);
        self.state.controls().filter(is_on).collect()
    }
}

/// A control in a line, without its target: what, by whom, since when, why, until when.
pub(crate) fn in_words(control: &Control) -> String {
    let mut words = format!("{} by {} since {}", control.action, control.author, seconds(control.at));
    if let Some(until) = control.expires_at {
        words.push_str(&format!(" until {}", seconds(until)));
    }
    match &control.standing {
        Standing::Unconfirmed => words.push_str(", NOT CONFIRMED"),
        Standing::Confirmed { by, .. } => words.push_str(&format!(", confirmed by {by}")),
        _ => {}
    }
    if let Some(reason) = &control.reason {
        words.push_str(&format!(": {reason}"));
    }
    words
}
