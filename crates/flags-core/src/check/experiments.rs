//! Checks of experiments, layers and holdouts: arms and what they override, metrics, dates, and who shares whose units.

use alloc::{boxed::Box, vec::Vec};

use hashbrown::{HashMap, HashSet};

use super::{Checker, conditions::has_variant, overlap};
use crate::{
    DEFAULT_BUCKET_BY, DefinitionError, Definitions, ExperimentDefinition, PathPart, Percentage, Problem,
    definition::{
        ArmDefinition, ExperimentStatus, HeldOutFrom, HoldoutDefinition, MetricDefinition, MetricKind, MetricRole,
    },
};

type Set<'d> = HashSet<&'d str, foldhash::fast::FixedState>;

impl<'d> Checker<'d> {
    /// Checks layers, holdouts and experiments, each and with each other.
    pub(super) fn check_experiments(&mut self) {
        let definitions = self.definitions;
        let layers = self.check_keys("layers", definitions.layers.iter().map(|layer| &layer.key));
        self.check_keys("holdouts", definitions.holdouts.iter().map(|holdout| &holdout.key));
        let experiments = self.check_keys("experiments", definitions.experiments.iter().map(|found| &found.key));
        for holdout in &definitions.holdouts {
            self.at("holdouts", |checker| {
                checker.at(&*holdout.key, |checker| checker.check_holdout(holdout, &experiments));
            });
        }
        let events: Set<'d> = definitions.events.iter().map(|event| &**event).collect();
        for experiment in &definitions.experiments {
            self.at("experiments", |checker| {
                checker.at(&*experiment.key, |checker| checker.check_experiment(experiment, &layers, &events));
            });
        }
        self.check_layers(&layers);
        for clash in overlap::clashes(definitions) {
            let place = [
                "experiments".into(),
                PathPart::Key(clash.experiment.key.clone()),
                "arms".into(),
                clash.arm.into(),
                "overrides".into(),
                clash.flag.into(),
            ];
            let problem = Problem::OverlappingExperiments { flag: clash.flag.into(), other: clash.other.key.clone() };
            self.errors.push(DefinitionError { path: place.into(), problem });
        }
    }

    /// Checks the keys of a section and returns them.
    fn check_keys(&mut self, section: &'static str, keys: impl Iterator<Item = &'d Box<str>>) -> Set<'d> {
        let mut known = Set::default();
        for key in keys {
            let doubled = !known.insert(&**key);
            self.at(section, |checker| checker.check_key(key, doubled));
        }
        known
    }

    fn check_holdout(&mut self, holdout: &'d HoldoutDefinition, experiments: &Set<'d>) {
        let HeldOutFrom::Experiments(keys) = &holdout.experiments else { return };
        if keys.is_empty() {
            self.at("experiments", |checker| checker.report(Problem::EmptyList));
        }
        self.at_each("experiments", keys, |checker, key| {
            if !experiments.contains(&**key) {
                checker.report(Problem::UnknownExperiment { name: key.clone() });
            }
        });
    }

    fn check_experiment(&mut self, experiment: &'d ExperimentDefinition, layers: &Set<'d>, events: &Set<'d>) {
        if let (Some(start), Some(end)) = (experiment.start, experiment.end)
            && end <= start
        {
            self.at("end", |checker| checker.report(Problem::EndBeforeStart));
        }
        if let Some(layer) = &experiment.layer
            && !layers.contains(&**layer)
        {
            self.at("layer", |checker| checker.report(Problem::UnknownLayer { name: layer.clone() }));
        }
        self.check_conditions("audience", &experiment.audience);
        self.check_arms(experiment);
        let mut names = Set::default();
        self.at_each("metrics", &experiment.metrics, |checker, metric| {
            if !names.insert(&*metric.name) {
                checker.at("name", |checker| checker.report(Problem::DuplicateMetric { name: metric.name.clone() }));
            }
            checker.check_metric(metric, events);
        });
        self.at("analysis", |checker| {
            let analysis = &experiment.analysis;
            checker.check_number("confidence", Some(analysis.confidence), |share| 0.0 < share && share < 1.0, INSIDE);
            checker.check_number("power", Some(analysis.power), |share| 0.0 < share && share < 1.0, INSIDE);
            checker.check_winner(experiment);
        });
    }

    fn check_winner(&mut self, experiment: &'d ExperimentDefinition) {
        let Some(winner) = &experiment.winner else { return };
        let problem = if !experiment.arms.iter().any(|arm| arm.name == *winner) {
            let known = experiment.arms.iter().map(|arm| arm.name.clone()).collect();
            Problem::UnknownArm { name: winner.clone(), known }
        } else if experiment.status == ExperimentStatus::Draft {
            Problem::WinnerOfDraft
        } else {
            return;
        };
        self.at("winner", |checker| checker.report(problem));
    }

    fn check_arms(&mut self, experiment: &'d ExperimentDefinition) {
        let arms = &experiment.arms;
        self.at("arms", |checker| {
            if arms.len() < 2 {
                checker.report(Problem::TooFewArms);
            }
            if !arms.is_empty() {
                checker.check_weights(arms.iter().map(|arm| arm.weight));
                if experiment.control_arm().is_none() {
                    checker.report(Problem::MissingControl);
                }
            }
        });
        let mut names = Set::default();
        let mut control: Option<&ArmDefinition> = None;
        self.at_each("arms", arms, |checker, arm| {
            if !names.insert(&*arm.name) {
                checker.at("name", |checker| checker.report(Problem::DuplicateArm { name: arm.name.clone() }));
            }
            if let (true, Some(first)) = (arm.control, control) {
                checker.at("control", |checker| checker.report(Problem::SecondControl { first: first.name.clone() }));
            } else if arm.control {
                control = Some(arm);
            }
            checker.at("overrides", |checker| {
                for (flag, variant) in &arm.overrides {
                    checker.at(flag, |checker| checker.check_override(flag, variant));
                }
            });
        });
    }

    /// Checks what an arm makes of a flag. The variant has to exist in some form of it: which one is in force depends on the
    /// environment.
    fn check_override(&mut self, key: &'d str, variant: &str) {
        let Some(flag) = self.flags.get(key).copied() else {
            self.report(Problem::UnknownFlag { name: key.into() });
            return;
        };
        if !has_variant(flag, variant) && !flag.environments.iter().any(|(_, form)| has_variant(form, variant)) {
            self.report_unknown_variant(flag, variant);
        }
    }

    fn check_metric(&mut self, metric: &'d MetricDefinition, events: &Set<'d>) {
        let written = [
            ("event", &metric.event, metric.kind != MetricKind::Ratio),
            ("numerator", &metric.numerator, metric.kind == MetricKind::Ratio),
            ("denominator", &metric.denominator, metric.kind == MetricKind::Ratio),
        ];
        for (field, event, belongs) in written {
            match event {
                // What a custom metric is computed from is the application's affair.
                None if belongs && metric.kind != MetricKind::Custom => {
                    self.report(Problem::MissingEvent { kind: metric.kind, field });
                }
                Some(_) if !belongs => {
                    self.at(field, |checker| checker.report(Problem::MisplacedEvent { kind: metric.kind, field }));
                }
                Some(name) if !events.is_empty() && !events.contains(&**name) => {
                    let problem = Problem::UnknownEvent { name: name.clone() };
                    self.at(field, |checker| checker.report(problem));
                }
                _ => {}
            }
        }
        match (metric.role, metric.margin) {
            (MetricRole::Guardrail, None) => self.report(Problem::MissingMargin),
            (MetricRole::Success, Some(_)) => self.at("margin", |checker| checker.report(Problem::MisplacedMargin)),
            _ => {}
        }
        self.check_number("margin", metric.margin, |number| number >= 0.0, "a number not below 0");
        let above_zero = |number| number > 0.0;
        self.check_number(
            "minimum_detectable_effect",
            metric.minimum_detectable_effect,
            above_zero,
            "a number above 0",
        );
        self.check_number("deviation", metric.deviation, above_zero, "a number above 0");
        match metric.kind {
            MetricKind::Conversion => {
                self.check_number("baseline", metric.baseline, |rate| 0.0 < rate && rate < 1.0, INSIDE);
            }
            _ => self.check_number("baseline", metric.baseline, |_| true, "a finite number"),
        }
        self.check_number("winsorize", metric.winsorize, |share| 0.0 < share && share < 1.0, INSIDE);
        if metric.window.is_some_and(|window| window.is_zero()) {
            self.at("window", |checker| checker.report(Problem::OutOfRange { expected: "a duration above 0" }));
        }
    }

    fn check_number(
        &mut self,
        field: &'static str,
        number: Option<f64>,
        fits: fn(f64) -> bool,
        expected: &'static str,
    ) {
        if number.is_some_and(|number| !number.is_finite() || !fits(number)) {
            self.at(field, |checker| checker.report(Problem::OutOfRange { expected }));
        }
    }

    /// The experiments of a layer own no more than all of it, and mean the same by a unit.
    fn check_layers(&mut self, layers: &Set<'d>) {
        let definitions = self.definitions;
        let mut taken: HashMap<&str, (u64, &'d ExperimentDefinition), foldhash::fast::FixedState> = HashMap::default();
        for experiment in &definitions.experiments {
            let Some(layer) = experiment.layer.as_deref().filter(|layer| layers.contains(layer)) else { continue };
            let share = u64::from(experiment.traffic.unwrap_or(Percentage::HUNDRED).thousandths());
            let (before, first) = taken.get(layer).copied().unwrap_or((0, experiment));
            let total = before + share;
            taken.insert(layer, (total, first));
            let whole = u64::from(Percentage::HUNDRED.thousandths());
            let mut problems: Vec<(&'static str, Problem)> = Vec::new();
            // Of those beyond the end, the first is enough.
            if before <= whole && total > whole {
                let left = Percentage::from_thousandths(u32::try_from(whole - before).unwrap_or(0));
                let left = left.unwrap_or(Percentage::ZERO);
                problems.push(("traffic", Problem::LayerOverfull { layer: layer.into(), left }));
            }
            if !core::ptr::eq(first, experiment) && unit_of(definitions, first) != unit_of(definitions, experiment) {
                let other = first.key.clone();
                problems.push(("bucket_by", Problem::LayerUnits { layer: layer.into(), other }));
            }
            for (field, problem) in problems {
                self.at("experiments", |checker| {
                    checker.at(&*experiment.key, |checker| checker.at(field, |checker| checker.report(problem)));
                });
            }
        }
    }
}

/// Where a share of all has to lie.
const INSIDE: &str = "a number between 0 and 1";

/// The attributes an experiment takes its unit from.
fn unit_of<'d>(definitions: &'d Definitions, experiment: &'d ExperimentDefinition) -> Vec<&'d str> {
    let written = |names: &'d [Box<str>]| names.iter().map(|name| &**name).collect();
    match (&*experiment.bucket_by, &*definitions.bucket_by) {
        ([], []) => DEFAULT_BUCKET_BY.to_vec(),
        ([], shared) => written(shared),
        (own, _) => written(own),
    }
}
