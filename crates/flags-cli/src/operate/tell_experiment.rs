//! What became of a change of an experiment, for people.

use flags::{
    Clock as _, FlagSet, SystemClock,
    control::{Action, Control, Slot, Target},
    core::ExperimentView,
};

use super::{
    experiments::standing,
    seconds,
    tell::{Lines, Scene},
};
use crate::output::{BAD, BOLD, GOOD, WARN};

impl Scene<'_> {
    /// A control of an experiment that is in force now: what it means, and what goes before it.
    pub(super) fn experiment_in_force(&self, key: &str, control: &Control) -> (String, Lines) {
        let set = self.laid();
        let experiment = set.as_ref().and_then(|set| set.experiment(key));
        let head = match &control.action {
            Action::Start => {
                let until = match experiment.map(ExperimentView::end) {
                    Some(Some(end)) => format!(" until {}", seconds(end)),
                    Some(None) => " until it is stopped".to_owned(),
                    None => String::new(),
                };
                format!("{GOOD}started{GOOD:#} {BOLD}{key}{BOLD:#}: it enrols{until}")
            }
            Action::Pause => {
                let until = control.expires_at.map(|until| format!("until {}", seconds(until)));
                let until = until.unwrap_or_else(|| "until it is started again".to_owned());
                format!("{WARN}paused{WARN:#} {BOLD}{key}{BOLD:#}: nobody is enrolled {until}")
            }
            Action::Stop => format!("{BAD}stopped{BAD:#} {BOLD}{key}{BOLD:#}: nobody is enrolled any more"),
            Action::Extend { end } => format!("{BOLD}{key}{BOLD:#} ends at {}", seconds(*end)),
            Action::Winner { arm } => {
                format!("{GOOD}decided{GOOD:#} {BOLD}{key}{BOLD:#}: its whole audience gets `{arm}`")
            }
            action => format!("{}: {action} is in force", control.target),
        };
        let mut lines: Lines = vec![];
        if let Some(experiment) = experiment {
            lines.extend(was_to_end(experiment, &control.action).map(|words| ("was", words)));
            lines.extend(self.hindrances(experiment, &control.action).into_iter().map(|words| ("but", words)));
        }
        (head, lines)
    }

    /// Where an experiment stands once controls of it are gone.
    pub(super) fn experiment_now(&self, key: &str) -> Option<String> {
        Some(standing(self.laid()?.experiment(key)?, SystemClock.now()))
    }

    /// What goes before a control of an experiment, so that it does less than it says.
    fn hindrances(&self, experiment: ExperimentView<'_>, action: &Action) -> Vec<String> {
        let key = experiment.key();
        let stands = || standing(experiment, SystemClock.now());
        let mut words = vec![];
        if experiment.winner().is_some() && !matches!(action, Action::Winner { .. }) {
            let target = Target::Experiment(key.into());
            let by = self.desk.state().control(&target, &Slot::Winner).map(|winner| {
                let command = self.line.look(&["experiment", "clear", key, "--kind", "winner"]);
                format!("; declared by {}: {command}", winner.author)
            });
            words.push(format!("it is {}{}", stands(), by.unwrap_or_default()));
        } else {
            let now = SystemClock.now();
            let phase = flags::ExperimentPhase::of(experiment, now);
            let is_running = phase == flags::ExperimentPhase::Running;
            if matches!(action, Action::Start | Action::Extend { .. }) && !is_running {
                words.push(format!("it is {}", stands()));
            }
        }
        if matches!(action, Action::Start | Action::Winner { .. }) {
            words.extend(experiment.flags().filter_map(|flag| self.laid_over(flag)));
        }
        words
    }

    /// The control of a flag that goes before every experiment on it.
    fn laid_over(&self, flag: &str) -> Option<String> {
        let state = self.desk.state();
        if let Some(kill) = self.killed(&state, flag) {
            let command = self.line.look(&["revive", kill.target.key()]);
            let with = if kill.target.key() == flag { String::new() } else { format!(" with {}", kill.target.key()) };
            return Some(format!("{flag} is killed{with} by {}, which goes first: {command}", kill.author));
        }
        let everybody = state.in_force(&Target::flag(flag).ok()?, &Slot::Override, SystemClock.now())?.clone();
        let command = self.line.look(&["clear", flag, "--kind", "override"]);
        Some(format!("the {} of {flag} by {} goes first: {command}", everybody.action, everybody.author))
    }

    /// The flags and experiments as they are under all controls in force now; `None` where no definitions are known.
    fn laid(&self) -> Option<FlagSet> {
        Some(self.known.set()?.with_overlay(&self.desk.state().overlay(SystemClock.now())))
    }
}

/// What the end was before it was put off or brought forward.
fn was_to_end(experiment: ExperimentView<'_>, action: &Action) -> Option<String> {
    if !matches!(action, Action::Extend { .. }) {
        return None;
    }
    let written = experiment.definition()?.end;
    Some(written.map_or_else(
        || "without an end in its definition".to_owned(),
        |end| format!("{} in its definition", seconds(end)),
    ))
}
