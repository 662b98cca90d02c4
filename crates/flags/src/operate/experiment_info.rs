//! Experiments as a program tells of them: what is written, and where they stand under the controls.

use std::fmt;

use flags_control::Control;
use flags_core::{ArmView, ExperimentDefinition, ExperimentView, Timestamp, definition::ExperimentStatus};

use crate::Flags;

/// An experiment as [`Flags::experiments`] tells of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExperimentInfo {
    /// Its definition, as it is written.
    pub definition: ExperimentDefinition,
    /// Where it stands now, controls and the clock considered.
    pub phase: ExperimentPhase,
    /// From when on it enrols, if anything holds it back; starting it by a control lifts the written start.
    pub start: Option<Timestamp>,
    /// Until when it enrols, that instant not included, controls considered.
    pub end: Option<Timestamp>,
    /// The arm that won, controls considered.
    pub winner: Option<Box<str>>,
    /// What operators and automation have laid over it, what has expired and is not removed yet included.
    pub controls: Vec<Control>,
}

/// Where an experiment stands at an instant, controls considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExperimentPhase {
    /// It is being written: nobody is enrolled yet.
    Draft,
    /// It is to run, and its start is yet to come.
    Scheduled,
    /// It enrols.
    Running,
    /// It is held.
    Paused,
    /// It was to run until its end, which has come.
    Ended,
    /// It is over, because somebody has stopped it.
    Stopped,
    /// It has a winner, which its whole audience gets.
    Decided,
}

impl ExperimentPhase {
    /// Where an experiment stands at an instant.
    #[must_use]
    pub fn of(experiment: ExperimentView<'_>, now: Timestamp) -> Self {
        if experiment.winner().is_some() {
            return Self::Decided;
        }
        match experiment.status() {
            ExperimentStatus::Draft => Self::Draft,
            ExperimentStatus::Paused => Self::Paused,
            ExperimentStatus::Stopped => Self::Stopped,
            ExperimentStatus::Running if experiment.end().is_some_and(|end| end <= now) => Self::Ended,
            ExperimentStatus::Running if experiment.start().is_some_and(|start| now < start) => Self::Scheduled,
            ExperimentStatus::Running => Self::Running,
        }
    }

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
            Self::Decided => "decided",
        }
    }
}

impl fmt::Display for ExperimentPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Flags {
    /// Every experiment with its definition and where it stands, in the order of the keys.
    ///
    /// ```
    /// use flags::{ExperimentPhase, Flags};
    ///
    /// let text = r#"
    /// [features.button]
    /// enabled = true
    /// [experiments.colour]
    /// status = "running"
    /// arms = [{ name = "plain", control = true }, { name = "bold", overrides = { button = "on" } }]
    /// "#;
    /// let flags = Flags::builder().toml(text).build()?;
    /// flags.control().by("ada")?.because("complaints").pause_experiment("colour")?;
    /// let [colour] = &flags.experiments()[..] else { panic!("there is one") };
    /// assert_eq!((&*colour.definition.key, colour.phase), ("colour", ExperimentPhase::Paused));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn experiments(&self) -> Vec<ExperimentInfo> {
        let live = self.current().unforced();
        let mut experiments: Vec<_> = live.set.experiments().filter_map(|view| self.experiment_info(view)).collect();
        experiments.sort_by(|a, b| a.definition.key.cmp(&b.definition.key));
        experiments
    }

    /// One experiment with its definition and where it stands; `None` if there is none of that key.
    #[must_use]
    pub fn experiment(&self, key: &str) -> Option<ExperimentInfo> {
        let live = self.current().unforced();
        self.experiment_info(live.set.experiment(key)?)
    }

    fn experiment_info(&self, view: ExperimentView<'_>) -> Option<ExperimentInfo> {
        Some(ExperimentInfo {
            definition: view.definition()?.clone(),
            phase: ExperimentPhase::of(view, self.now()),
            start: view.start(),
            end: view.end(),
            winner: view.winner().map(|arm| ArmView::name(arm).into()),
            controls: self.control().of_experiment(view.key()),
        })
    }
}
