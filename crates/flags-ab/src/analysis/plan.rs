//! The rules an experiment is judged by, all of them known before the data.

use std::time::Duration;

use flags_core::{
    Timestamp,
    definition::{AnalysisMethod, Correction, ExperimentDefinition, ExperimentStatus, MetricRole},
};

use super::{AnalysisError, AnalysisOptions};
use crate::{Name, statistics::Alpha};

/// The number of users, in both arms of a comparison, at which confidence sequences are tightest.
///
/// It has to be fixed before the data. At a million users the interval is a fifth wider than the tightest possible one there;
/// see [`ConfidenceSequence::new`](crate::statistics::sequential::ConfidenceSequence::new).
pub const TIGHTEST_AT: f64 = 5000.0;

/// The rules an experiment is judged by, all of them known before the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The method.
    pub method: AnalysisMethod,
    /// The chance to find a difference where there is none, over all success metrics and arms; 1 minus the confidence.
    pub alpha: Alpha,
    /// The level of each interval: α over the number of comparisons, unless nothing is corrected.
    pub alpha_each: Alpha,
    /// The power that samples are planned for.
    pub power: f64,
    /// What is done about many comparisons.
    pub correction: Correction,
    /// How many there are: success metrics times arms other than the control.
    pub comparisons: usize,
    /// The control.
    pub control: Name,
    /// The primary metric: the first success metric.
    pub primary: Option<Name>,
    /// The looks of a group-sequential experiment with a start and an end.
    pub looks: Option<Looks>,
}

/// The looks of a group-sequential experiment, evenly spaced from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// When it starts.
    pub start: Timestamp,
    /// When it ends, which is the last look.
    pub end: Timestamp,
    /// How many there are in all.
    pub planned: usize,
    /// How many have passed.
    pub passed: usize,
    /// The instant of the last one that has passed: what is analysed has to end there.
    pub last: Option<Timestamp>,
    /// The instant of the next one.
    pub next: Option<Timestamp>,
}

impl Plan {
    /// The plan of an experiment.
    ///
    /// # Errors
    ///
    /// [`AnalysisError::NoControl`], [`AnalysisError::NoTreatment`] or [`AnalysisError::Plan`] for a definition that nothing
    /// can be computed for.
    pub fn of(definition: &ExperimentDefinition, options: &AnalysisOptions) -> Result<Self, AnalysisError> {
        let experiment = || Name::from(&*definition.key);
        let control = definition.control_arm().ok_or_else(|| AnalysisError::NoControl { experiment: experiment() })?;
        let treatments = definition.arms.len() - 1;
        if treatments == 0 {
            return Err(AnalysisError::NoTreatment { experiment: experiment() });
        }
        let mut success = definition.metrics.iter().filter(|metric| metric.role == MetricRole::Success);
        let primary = success.next().map(|metric| Name::from(&*metric.name));
        let comparisons = treatments * (usize::from(primary.is_some()) + success.count());
        let rules = &definition.analysis;
        // Above a half there is no such method, and 1 - 0.95 is not 0.05.
        let alpha = ((1.0 - rules.confidence) * 1e15).round() / 1e15;
        let level =
            |alpha: f64| Alpha::new(alpha).map_err(|reason| AnalysisError::Plan { experiment: experiment(), reason });
        let corrected = rules.correction != Correction::None;
        let share = if corrected { comparisons.max(1) as f64 } else { 1.0 };
        Ok(Self {
            method: rules.method,
            alpha: level(alpha)?,
            alpha_each: level(alpha / share)?,
            power: rules.power,
            correction: rules.correction,
            comparisons,
            control: Name::from(&*control.name),
            primary,
            looks: (rules.method == AnalysisMethod::GroupSequential).then(|| Looks::of(definition, options)).flatten(),
        })
    }
}

impl Looks {
    /// The looks of an experiment; `None` without a start or an end.
    fn of(definition: &ExperimentDefinition, options: &AnalysisOptions) -> Option<Self> {
        let (start, end) = (definition.start?, definition.end?);
        if end <= start {
            return None;
        }
        let none = Self { start, end, planned: options.looks.clamp(1, 50), passed: 0, last: None, next: None };
        let passed = (1..=none.planned).take_while(|look| none.at(*look) <= options.now).count();
        Some(Self {
            passed,
            last: (passed > 0).then(|| none.at(passed)),
            next: (passed < none.planned).then(|| none.at(passed + 1)),
            ..none
        })
    }

    /// The instant of a look, counted from 1.
    #[must_use]
    pub fn at(&self, look: usize) -> Timestamp {
        let micros = self.end.saturating_since(self.start).as_micros() * look as u128 / self.planned.max(1) as u128;
        self.start.saturating_add(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

/// When an experiment that is looked at once is looked at: at its end, once the windows of those who came last have closed.
///
/// Everything is in then, so a later look sees the same and is no second one. `None` without an end.
pub(crate) fn single_look(definition: &ExperimentDefinition) -> Option<Timestamp> {
    let longest = definition.metrics.iter().filter_map(|metric| metric.window).max().unwrap_or_default();
    definition.end.map(|end| end.saturating_add(longest))
}

/// Whether the one look of an experiment has come: it has been stopped or decided, or everything is in.
///
/// A sample that is reached is no such instant: the data go on growing, and each later look would be one more.
pub(crate) fn single_look_has_come(definition: &ExperimentDefinition, now: Timestamp) -> bool {
    definition.status == ExperimentStatus::Stopped
        || definition.winner.is_some()
        || single_look(definition).is_some_and(|look| look <= now)
}

/// Where an experiment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has not started: a draft, or before its start.
    NotStarted,
    /// It runs, or is paused.
    Running,
    /// It is over: stopped, past its end, or with a winner.
    Ended,
}

impl Progress {
    /// Where the experiment stands at an instant.
    #[must_use]
    pub fn of(definition: &ExperimentDefinition, now: Timestamp) -> Self {
        let over = definition.status == ExperimentStatus::Stopped
            || definition.winner.is_some()
            || definition.end.is_some_and(|end| end <= now);
        let before = definition.status == ExperimentStatus::Draft || definition.start.is_some_and(|start| now < start);
        if over {
            Self::Ended
        } else if before {
            Self::NotStarted
        } else {
            Self::Running
        }
    }

    /// The progress as a word that does not change, for machines: `running`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }
}
