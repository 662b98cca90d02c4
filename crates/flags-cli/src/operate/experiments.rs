//! What is known of experiments: which there are, which take two people, and what is in the way of a change of one.

use flags::{
    ExperimentPhase, FlagSet, Timestamp,
    control::{Action, Change, ControlState, Obstacle, Protection, Slot, Target},
    core::{ArmView, ExperimentView},
};

use super::{CommandLine, Known, known::MOST_NAMES, seconds};
use crate::{failure::Failure, output::note, suggest};

impl Known {
    /// Whether a change of an experiment takes two people: it does if a flag it serves variants of is protected, in any of
    /// the definitions that are known here.
    pub(super) fn experiment_protection(&self, key: &str) -> Protection {
        let found: Vec<_> = self.all().filter_map(|known| known.experiment(key)).collect();
        if found.is_empty() {
            return Protection::Absent;
        }
        let flags = || found.iter().flat_map(|experiment| experiment.flags());
        let is_protected = |flag: &str| self.all().filter_map(|known| known.flag(flag)).any(super::known::is_protected);
        if flags().any(is_protected) { Protection::Protected } else { Protection::Open }
    }

    /// Refuses a change of an experiment that names what is not there, or that would not do what it says. To pause and to
    /// stop is refused for an unknown name only.
    pub(super) fn check_experiment(
        &self,
        change: &Change,
        state: &ControlState,
        (anyway, now): (bool, Timestamp),
        line: &CommandLine,
    ) -> Result<(), Failure> {
        let (Some(set), Target::Experiment(key)) = (self.set(), change.target()) else { return Ok(()) };
        if !anyway {
            self.check_names(key, change, state)?;
        }
        let obstacles = Obstacle::of(change, set, state, now);
        let words: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
        if anyway {
            words.iter().for_each(|words| note(words));
            return Ok(());
        }
        let Some(first) = obstacles.first() else { return Ok(()) };
        Err(Failure::Denied { message: words.join("; "), help: Some(way_out(first, line)) })
    }

    fn check_names(&self, key: &str, change: &Change, state: &ControlState) -> Result<(), Failure> {
        let Some(experiment) = self.set().and_then(|set| set.experiment(key)) else {
            // What programs have is there, even if the file that was named does not have it; and what waits for an experiment
            // that is gone can be taken back.
            let is_set = matches!(change, Change::Set { .. });
            if self.all().any(|known| known.experiment(key).is_some())
                || !is_set && state.of(change.target()).next().is_some()
            {
                return Ok(());
            }
            let anyway = if is_set { " (--anyway: the control is for an experiment to come)" } else { "" };
            return Err(Failure::NotFound(format!("{}{anyway}", self.no_such_experiment(key))));
        };
        let Change::Set { action: Action::Winner { arm }, .. } = change else { return Ok(()) };
        let names: Vec<&str> = experiment.arms().map(ArmView::name).collect();
        if names.contains(&&**arm) {
            return Ok(());
        }
        let meant = suggest::closest(arm, names.iter().copied());
        let meant = meant.map_or_else(|| "it has".to_owned(), |name| format!("did you mean `{name}`? It has"));
        Err(Failure::NotFound(format!(
            "experiment `{key}` has no arm `{arm}`; {meant} {} (--anyway: the control is for an arm to come)",
            names.join(", ")
        )))
    }

    /// What to say where there is no experiment of that key.
    pub(crate) fn no_such_experiment(&self, key: &str) -> String {
        let keys: Vec<&str> = self.set().into_iter().flat_map(FlagSet::experiments).map(ExperimentView::key).collect();
        let hint = match suggest::closest(key, keys.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if keys.is_empty() => "there are none".to_owned(),
            None if keys.len() <= MOST_NAMES => format!("there are {}", keys.join(", ")),
            None => format!("there are {} experiments", keys.len()),
        };
        format!("there is no experiment `{key}` in {}; {hint}", self.place())
    }
}

/// The command that takes an obstacle out of the way.
fn way_out(obstacle: &Obstacle, line: &CommandLine) -> String {
    let set =
        |key: &str, action: Action| Change::Set { target: Target::Experiment(key.into()), action, expires_at: None };
    let command = match obstacle {
        Obstacle::Rivals { rivals, .. } => rivals.first().map(|rival| set(rival, Action::Stop)),
        Obstacle::Decided { experiment, by_control: true, .. } => {
            Some(Change::Clear { target: Target::Experiment(experiment.clone()), slot: Some(Slot::Winner) })
        }
        Obstacle::NeverRan { experiment } => Some(set(experiment, Action::Start)),
        Obstacle::Over { experiment, .. } => {
            return format!(
                "{} --until INSTANT; or the same with --anyway",
                line.of_same(&["experiment", "extend", experiment])
            );
        }
        _ => None,
    };
    match command {
        Some(change) => format!("{}; or the same with --anyway", line.plain().change(&change, false)),
        None => "--anyway does it all the same".to_owned(),
    }
}

/// Where an experiment stands, in a sentence without its name.
pub(crate) fn standing(experiment: ExperimentView<'_>, now: Timestamp) -> String {
    let until =
        || experiment.end().map_or_else(|| "until it is stopped".to_owned(), |end| format!("until {}", seconds(end)));
    match ExperimentPhase::of(experiment, now) {
        ExperimentPhase::Draft => "a draft: nobody is enrolled until it is started".to_owned(),
        ExperimentPhase::Scheduled => {
            let start = experiment.start().map(seconds).unwrap_or_default();
            format!("scheduled: it enrols from {start} on, {}", until())
        }
        ExperimentPhase::Running => format!("running: it enrols {}", until()),
        ExperimentPhase::Paused => "paused: nobody is enrolled until it is started again".to_owned(),
        ExperimentPhase::Ended => {
            let end = experiment.end().map(seconds).unwrap_or_default();
            format!("ended at {end}: nobody is enrolled any more")
        }
        ExperimentPhase::Stopped => "stopped: nobody is enrolled any more".to_owned(),
        ExperimentPhase::Decided => {
            let winner = experiment.winner().map(ArmView::name).unwrap_or_default();
            format!("decided: its whole audience gets `{winner}`")
        }
        other => other.to_string(),
    }
}
