//! Why a change of an experiment would not do what whoever asks for it expects.
//!
//! The controls would take it: they know no definitions. Whoever knows them asks here first, and tells people before the
//! numbers are spoilt rather than after.

use std::fmt;

use flags_core::{ArmView, ExperimentView, FlagSet, Overlay, Timestamp, definition::ExperimentStatus};

use crate::{Action, Change, ControlState, Slot, Target};

/// Why a change of an experiment would not do what whoever asks for it expects, or would spoil what others show.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obstacle {
    /// It would enrol the units that other experiments enrol for the same flags at the same time.
    Rivals {
        /// The experiment.
        experiment: Box<str>,
        /// The others, in the order of the definitions; at least one.
        rivals: Vec<Box<str>>,
        /// The flags that are served by it and by one of them.
        flags: Vec<Box<str>>,
    },
    /// It is decided: its audience gets the winning arm, whatever its status and its end say.
    Decided {
        /// The experiment.
        experiment: Box<str>,
        /// The arm that won.
        winner: Box<str>,
        /// Whether a control declares it; the definition does otherwise.
        by_control: bool,
    },
    /// Its end has come, and to start it does not move the end.
    Over {
        /// The experiment.
        experiment: Box<str>,
        /// The end.
        end: Timestamp,
    },
    /// The new end is not after its start.
    EndBeforeStart {
        /// The experiment.
        experiment: Box<str>,
        /// Its start.
        start: Timestamp,
        /// The new end.
        end: Timestamp,
    },
    /// It is to have a winner and has never run.
    NeverRan {
        /// The experiment.
        experiment: Box<str>,
    },
}

impl Obstacle {
    /// The obstacles to a change under the controls of `state`, where `set` is what is defined; empty where there are none,
    /// where the change is not one of an experiment, and where the experiment is not defined.
    ///
    /// To pause and to stop has none: what somebody does in an emergency is not held up.
    ///
    /// ```
    /// use flags_control::{Action, Change, ControlState, Obstacle, Target};
    /// use flags_core::{CompileOptions, Definitions, FlagSet, Timestamp};
    ///
    /// let set = FlagSet::compile(&Definitions::default().check()?, &CompileOptions::new("production"));
    /// let start = Change::Set { target: Target::experiment("button")?, action: Action::Start, expires_at: None };
    /// assert_eq!(Obstacle::of(&start, &set, &ControlState::new(), Timestamp::default()), []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(change: &Change, set: &FlagSet, state: &ControlState, now: Timestamp) -> Vec<Self> {
        let Target::Experiment(key) = change.target() else { return vec![] };
        if set.find_experiment(key).is_none() {
            return vec![];
        }
        let before = set.with_overlay(&state.overlay(now));
        let after = set.with_overlay(&overlay_after(change, state, now));
        let (Some(was), Some(is)) = (before.experiment(key), after.experiment(key)) else { return vec![] };
        let mut found = vec![];
        if let Change::Set { action, .. } = change {
            found.extend(by_itself(action, was, is, state, now));
        }
        found.extend(rivals(was, is, now));
        found
    }
}

/// The controls in force after a change.
fn overlay_after(change: &Change, state: &ControlState, now: Timestamp) -> Overlay {
    let target = change.target();
    let stays = |control: &&crate::Control| {
        control.is_in_force(now) && !(control.target == *target && change.touches(&control.slot()))
    };
    let rest = state.controls().filter(stays);
    let overlay = rest.fold(Overlay::new(), |overlay, control| control.action.lay_over(&control.target, overlay));
    match change {
        Change::Set { action, .. } => action.lay_over(target, overlay),
        Change::Revive { .. } | Change::Clear { .. } => overlay,
    }
}

/// What is in the way of an action whatever other experiments do.
fn by_itself(
    action: &Action,
    was: ExperimentView<'_>,
    is: ExperimentView<'_>,
    state: &ControlState,
    now: Timestamp,
) -> Vec<Obstacle> {
    let experiment = || Box::from(is.key());
    let decided = || {
        let winner = is.winner().map(ArmView::name)?.into();
        let target = Target::Experiment(experiment());
        let by_control = state.in_force(&target, &Slot::Winner, now).is_some();
        Some(Obstacle::Decided { experiment: experiment(), winner, by_control })
    };
    let mut found = vec![];
    match *action {
        Action::Start => {
            found.extend(decided());
            let over = is.end().filter(|end| *end <= now);
            found.extend(over.map(|end| Obstacle::Over { experiment: experiment(), end }));
        }
        Action::Extend { end } => {
            found.extend(decided());
            let late = is.start().filter(|start| end <= *start);
            found.extend(late.map(|start| Obstacle::EndBeforeStart { experiment: experiment(), start, end }));
        }
        Action::Winner { .. } if was.status() == ExperimentStatus::Draft => {
            found.push(Obstacle::NeverRan { experiment: experiment() });
        }
        _ => {}
    }
    found
}

/// The experiments that a change brings into each other's way and that were not so before.
fn rivals(was: ExperimentView<'_>, is: ExperimentView<'_>, now: Timestamp) -> Option<Obstacle> {
    let before: Vec<&str> = rivals_of(was, now).map(ExperimentView::key).collect();
    let new: Vec<ExperimentView<'_>> = rivals_of(is, now).filter(|rival| !before.contains(&rival.key())).collect();
    if new.is_empty() {
        return None;
    }
    let is_shared = |flag: &&str| new.iter().any(|rival| rival.flags().any(|other| other == *flag));
    Some(Obstacle::Rivals {
        experiment: is.key().into(),
        rivals: new.iter().map(|rival| rival.key().into()).collect(),
        flags: is.flags().filter(is_shared).map(Into::into).collect(),
    })
}

/// The experiments that enrol the same units for the same flag at the same time, from `now` on.
fn rivals_of(experiment: ExperimentView<'_>, now: Timestamp) -> impl Iterator<Item = ExperimentView<'_>> {
    let may_enrol = experiment.status() == ExperimentStatus::Running && experiment.winner().is_none();
    let meets = move |other: &ExperimentView<'_>| {
        let begins = [experiment.start(), other.start(), Some(now)].into_iter().flatten().max();
        let ends = [experiment.end(), other.end()].into_iter().flatten().min();
        may_enrol && ends.is_none_or(|ends| begins < Some(ends))
    };
    experiment.rivals().filter(meets)
}

/// Writes it for people, in one sentence without a full stop.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rivals { experiment, rivals, flags } => write!(
                f,
                "experiment `{experiment}` would be in the way of {}, which enrols the same units for {} at the same time: of two \
                 arms one is served, and neither result could be trusted; stop the other first, or put both into one layer",
                list(rivals),
                list(flags),
            ),
            Self::Decided { experiment, winner, by_control } => {
                write!(
                    f,
                    "experiment `{experiment}` is decided: its audience gets `{winner}`, so this would do nothing; "
                )?;
                f.write_str(if *by_control {
                    "take the winner back first"
                } else {
                    "remove `winner` from its definition first"
                })
            }
            Self::Over { experiment, end } => write!(
                f,
                "experiment `{experiment}` ended at {end}, and to start it does not move its end; extend it first"
            ),
            Self::EndBeforeStart { experiment, start, end } => write!(
                f,
                "experiment `{experiment}` starts at {start}, so it cannot end at {end}; give an end after its start"
            ),
            Self::NeverRan { experiment } => write!(
                f,
                "experiment `{experiment}` is a draft that has never run, so nothing has shown that an arm is better; start it first"
            ),
        }
    }
}

/// Writes `` `a` and `b` ``.
fn list(keys: &[Box<str>]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ")
}
