//! Controls laid over a compiled set, and what follows for the flags below a killed one.

use alloc::{vec, vec::Vec};

use crate::{
    Control, ControlAction, ExperimentAction, ExperimentControl, ExperimentId, FlagSet, Overlay, State,
    definition::ExperimentStatus,
    set::{ExperimentControls, FlagControls, FlagExperiment, Gates, NONE, VARIANT_OFF, VARIANT_ON, narrow},
};

impl FlagSet {
    /// The same set under other controls, without compiling the definitions anew.
    #[must_use]
    pub fn with_overlay(&self, overlay: &Overlay) -> Self {
        let mut set = self.clone();
        set.apply_controls(overlay);
        set
    }

    /// The controls that name a flag or a variant that is not there; they wait until it is.
    pub fn orphaned_controls<'o>(&self, overlay: &'o Overlay) -> impl Iterator<Item = &'o Control> {
        overlay.controls.iter().filter(|control| match (&control.action, self.find(&control.flag)) {
            (_, None) => true,
            (ControlAction::Override { variant } | ControlAction::OverrideUnit { variant, .. }, Some(flag)) => {
                self.variant_place(flag.0, variant).is_none()
            }
            _ => false,
        })
    }

    /// The controls that name an experiment or an arm that is not there; they wait until it is.
    pub fn orphaned_experiment_controls<'o>(
        &self,
        overlay: &'o Overlay,
    ) -> impl Iterator<Item = &'o ExperimentControl> {
        overlay.experiments.iter().filter(|control| {
            match (&control.action, self.find_experiment(&control.experiment)) {
                (_, None) => true,
                (ExperimentAction::Winner { arm }, Some(experiment)) => self.arm_place(experiment, arm).is_none(),
                _ => false,
            }
        })
    }

    pub(super) fn apply_controls(&mut self, overlay: &Overlay) {
        let mut controls: Vec<FlagControls> = vec![];
        for flag in &mut self.flags {
            flag.controls = NONE;
            flag.gates.set(Gates::CONTROLS, false);
        }
        for control in &overlay.controls {
            let Some(flag) = self.find(&control.flag).map(|id| id.0) else { continue };
            let variant = |name: &str| self.variant_place(flag, name);
            let change: FlagChange = match &control.action {
                ControlAction::Kill => FlagChange::Kill,
                ControlAction::BreakerOpen => FlagChange::BreakerOpen,
                ControlAction::Percentage(percentage) => FlagChange::Percentage(*percentage),
                ControlAction::Override { variant: name } => match variant(name) {
                    Some(variant) => FlagChange::Everybody(variant),
                    None => continue,
                },
                ControlAction::OverrideUnit { unit, variant: name } => match variant(name) {
                    Some(variant) => FlagChange::Unit(unit.clone(), variant),
                    None => continue,
                },
            };
            let Some(record) = self.flags.get_mut(flag as usize) else { continue };
            record.gates.set(Gates::CONTROLS, true);
            if record.controls == NONE {
                record.controls = narrow(controls.len());
                controls.push(FlagControls::default());
            }
            if let Some(entry) = controls.get_mut(record.controls as usize) {
                entry.apply(change);
            }
        }
        self.controls = controls;
        self.apply_experiment_controls(overlay);
        self.mark_kills();
        self.update_fingerprints();
    }

    fn apply_experiment_controls(&mut self, overlay: &Overlay) {
        for experiment in &mut self.experiments {
            experiment.controls = ExperimentControls::default();
        }
        for control in &overlay.experiments {
            let Some(place) = self.find_experiment(&control.experiment) else { continue };
            let arm = match &control.action {
                ExperimentAction::Winner { arm } => self.arm_place(place, arm),
                _ => None,
            };
            let Some(experiment) = self.experiments.get_mut(place.0 as usize) else { continue };
            let controls = &mut experiment.controls;
            let mut status = |status: ExperimentStatus| {
                controls.status = Some(status);
                controls.started = status == ExperimentStatus::Running;
            };
            match &control.action {
                ExperimentAction::Start => status(ExperimentStatus::Running),
                ExperimentAction::Pause => status(ExperimentStatus::Paused),
                ExperimentAction::Stop => status(ExperimentStatus::Stopped),
                ExperimentAction::Extend { end } => controls.end = Some(*end),
                ExperimentAction::Winner { .. } => controls.winner = arm.unwrap_or(controls.winner),
            }
        }
        self.order_experiments();
    }

    /// Puts the experiments on each flag into the order they are asked, and lets flags on which none may act pass the step.
    ///
    /// Those that enrol come first, as one that is decided takes its whole audience. Of these, one that was decided while the
    /// program runs comes before one that is decided in the file.
    fn order_experiments(&mut self) {
        let Self { flags, extras, experiments, .. } = self;
        for flag in flags {
            let Some(extra) = extras.get_mut(flag.extra as usize) else { continue };
            let rank = |on_it: &FlagExperiment| match experiments.get(on_it.experiment as usize) {
                Some(experiment) if experiment.controls.winner != NONE => 1,
                Some(experiment) if experiment.winner != NONE => 2,
                _ => 0,
            };
            extra.experiments.sort_by_key(|on_it| (rank(on_it), on_it.experiment));
            let may_act = |on_it: &FlagExperiment| {
                experiments.get(on_it.experiment as usize).is_some_and(crate::set::Experiment::may_act)
            };
            flag.gates.set(Gates::EXPERIMENTS, extra.experiments.iter().any(may_act));
        }
    }

    /// The place of an arm of an experiment, by name.
    fn arm_place(&self, experiment: ExperimentId, name: &str) -> Option<u32> {
        let arms = self.experiments.get(experiment.0 as usize)?.arms;
        let found = arms.of(&self.experiment_arms).iter().position(|arm| self.texts.get(arm.name) == name)?;
        Some(narrow(arms.start() + found))
    }

    /// Marks every flag that is killed, or whose ancestor is, or may be by a schedule.
    fn mark_kills(&mut self) {
        let marks: Vec<bool> = (0..self.flags.len()).map(|at| self.may_be_killed(narrow(at))).collect();
        for (flag, mark) in self.flags.iter_mut().zip(marks) {
            flag.gates.set(Gates::KILL, mark);
            flag.plain = flag.plain_variant();
        }
    }

    fn may_be_killed(&self, mut at: u32) -> bool {
        // Parents have been checked to be free of circles.
        while let Some(flag) = self.flags.get(at as usize) {
            let extra = self.extras.get(flag.extra as usize);
            let scheduled =
                extra.is_some_and(|extra| extra.schedule.iter().any(|step| step.state == Some(State::EmergencyOff)));
            let controlled = self.controls.get(flag.controls as usize).is_some_and(|controls| controls.killed);
            if controlled || scheduled || flag.is_killed_by_state() {
                return true;
            }
            at = extra.map_or(NONE, |extra| extra.parent);
        }
        false
    }

    /// The place of a variant of the flag at `flag`, by name.
    pub(crate) fn variant_place(&self, flag: u32, name: &str) -> Option<u32> {
        let variants = self.flags.get(flag as usize)?.variants;
        if variants.is_empty() {
            return match name {
                "on" => Some(VARIANT_ON),
                "off" => Some(VARIANT_OFF),
                _ => None,
            };
        }
        let found = variants.of(&self.variants).iter().position(|variant| self.texts.get(variant.name) == name)?;
        Some(narrow(variants.start() + found))
    }
}

/// One control with its names resolved.
enum FlagChange {
    Kill,
    BreakerOpen,
    Percentage(crate::Percentage),
    Everybody(u32),
    Unit(alloc::boxed::Box<str>, u32),
}

impl FlagControls {
    fn apply(&mut self, change: FlagChange) {
        match change {
            FlagChange::Kill => self.killed = true,
            FlagChange::BreakerOpen => self.breaker_open = true,
            FlagChange::Percentage(percentage) => self.percentage = Some(percentage),
            FlagChange::Everybody(variant) => self.everybody = Some(variant),
            FlagChange::Unit(unit, variant) => {
                self.units.retain(|(known, _)| *known != unit);
                self.units.push((unit, variant));
            }
        }
    }
}
