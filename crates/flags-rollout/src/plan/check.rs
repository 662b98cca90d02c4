//! The check of a plan: all that is wrong with it at once, and its stages where nothing is.

use std::time::Duration;

use flags_core::{PathPart, Percentage};

use super::{
    Freeze, GuardMetric, GuardrailDefinition, Plan, PlanError, PlanProblem, RolloutDefinition, Stage, StageDefinition,
    Strategy,
};

/// How long a stage lasts for which nothing else is said.
const DEFAULT_HOLD: Duration = Duration::from_secs(10 * 60);

/// What there is for a plan to name.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The health signals from outside the process that are one number.
    pub signals: Vec<Box<str>>,
    /// Those that count the runs of both arms.
    pub counted: Vec<Box<str>>,
    /// The rules that the application brings along.
    pub rules: Vec<Box<str>>,
}

impl RolloutDefinition {
    /// The plan that was written, with its stages worked out.
    ///
    /// The duration is shared out equally over the stages without a hold of their own, the last one included: watching the
    /// target is a part of the rollout. Where no duration is written, they take ten minutes each. A stage that does not say
    /// how many outcomes it needs takes the plan's number if there is a guardrail that counts runs, and none otherwise.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of the fields.
    pub fn check(&self, surroundings: &Surroundings) -> Result<Plan, Vec<PlanError>> {
        let mut check = Check { errors: vec![] };
        check.percentages(self);
        let written = self.written_stages();
        let stages = check.holds(self, &written);
        for (index, guardrail) in self.guardrails.iter().enumerate() {
            check.guardrail(index, guardrail, surroundings);
        }
        check.numbers(self);
        if check.errors.is_empty() { Ok(Plan::new(self.clone(), stages)) } else { Err(check.errors) }
    }

    fn written_stages(&self) -> Vec<StageDefinition> {
        match self.strategy {
            Strategy::Custom => self.stages.clone(),
            computed => {
                let shares = computed.percentages(self.start, self.target.unwrap_or(Percentage::HUNDRED));
                shares.into_iter().map(StageDefinition::new).collect()
            }
        }
    }

    fn samples(&self, stage: &StageDefinition) -> u64 {
        let counted = self.guardrails.iter().any(|guardrail| guardrail.metric.is_counted());
        stage.min_samples.unwrap_or(if counted { self.min_samples } else { 0 })
    }
}

struct Check {
    errors: Vec<PlanError>,
}

impl Check {
    fn error<const N: usize>(&mut self, path: [PathPart; N], problem: PlanProblem) {
        self.errors.push(PlanError { path: path.into(), problem });
    }

    fn percentages(&mut self, plan: &RolloutDefinition) {
        let strategy = plan.strategy.name();
        let target = plan.target.unwrap_or(Percentage::HUNDRED);
        if let Some(start) = plan.start {
            if plan.strategy.default_start().is_none() {
                self.error(["start".into()], PlanProblem::StartUnused { strategy });
            } else if start == Percentage::ZERO || start >= target {
                self.error(["start".into()], PlanProblem::StartBeyondTarget { target });
            }
        }
        if target == Percentage::ZERO {
            self.error(["target".into()], PlanProblem::TargetIsZero);
        }
        if plan.strategy != Strategy::Custom {
            if !plan.stages.is_empty() {
                self.error(["stages".into()], PlanProblem::StagesComputed { strategy });
            }
            return;
        }
        let mut before = Percentage::ZERO;
        for (index, stage) in plan.stages.iter().enumerate() {
            if stage.percentage <= before {
                let path = ["stages".into(), index.into(), "percentage".into()];
                self.error(path, PlanProblem::NotRising { before });
            }
            before = stage.percentage;
        }
        match (plan.stages.last(), plan.target) {
            (None, _) => self.error(["stages".into()], PlanProblem::NoStages),
            (Some(last), Some(target)) if last.percentage != target => {
                self.error(["target".into()], PlanProblem::TargetMissed { last: last.percentage, target });
            }
            _ => {}
        }
    }

    fn holds(&mut self, plan: &RolloutDefinition, written: &[StageDefinition]) -> Vec<Stage> {
        let held = written.iter().filter_map(|stage| stage.hold).fold(Duration::ZERO, Duration::saturating_add);
        let open = u32::try_from(written.iter().filter(|stage| stage.hold.is_none()).count()).unwrap_or(u32::MAX);
        let mut share = DEFAULT_HOLD;
        if let Some(duration) = plan.duration {
            if duration < held {
                let (holds_seconds, duration_seconds) = (held.as_secs(), duration.as_secs());
                let problem = PlanProblem::HoldsExceedDuration { holds_seconds, duration_seconds };
                self.error(["duration".into()], problem);
            }
            share = duration.saturating_sub(held).checked_div(open).unwrap_or_default();
        }
        let stage = |stage: &StageDefinition| Stage {
            percentage: stage.percentage,
            hold: stage.hold.unwrap_or(share),
            min_samples: plan.samples(stage),
            approval: stage.approval,
        };
        written.iter().map(stage).collect()
    }

    fn guardrail(&mut self, index: usize, guardrail: &GuardrailDefinition, surroundings: &Surroundings) {
        let at = |field: &str| ["guardrails".into(), index.into(), field.into()];
        let GuardrailDefinition { metric, max, max_increase, .. } = guardrail;
        match metric {
            GuardMetric::Signal(name) => {
                if !surroundings.signals.contains(name) {
                    let known = surroundings.signals.clone();
                    self.error(at("metric"), PlanProblem::UnknownSignal { name: name.clone(), known });
                }
                if max_increase.is_some() {
                    self.error(at("max_increase"), PlanProblem::SignalWithoutControl);
                }
            }
            GuardMetric::SignalCounts(name) => {
                if !surroundings.counted.contains(name) {
                    let known = surroundings.counted.clone();
                    self.error(at("metric"), PlanProblem::UnknownSignal { name: name.clone(), known });
                }
            }
            GuardMetric::Rule(name) => {
                if !surroundings.rules.contains(name) {
                    let known = surroundings.rules.clone();
                    self.error(at("rule"), PlanProblem::UnknownRule { name: name.clone(), known });
                }
                if max.is_some() || max_increase.is_some() {
                    let field = if max.is_some() { "max" } else { "max_increase" };
                    self.error(at(field), PlanProblem::BoundOfRule);
                }
                return;
            }
            GuardMetric::ErrorRate | GuardMetric::Latency(_) => {}
        }
        if max.is_none() && max_increase.is_none() {
            self.error(["guardrails".into(), index.into()], PlanProblem::NoBound);
        }
        let is_share = matches!(metric, GuardMetric::ErrorRate | GuardMetric::SignalCounts(_));
        if is_share && max.is_some_and(|max| !(0.0..1.0).contains(&max)) {
            let expected = "a share of runs, from 0 to below 1 (0.05 is five in a hundred)";
            self.error(at("max"), PlanProblem::OutOfRange { expected });
        } else if max.is_some_and(|max| !max.is_finite() || max < 0.0) {
            self.error(at("max"), PlanProblem::OutOfRange { expected: "a finite number of at least 0" });
        }
        if max_increase.is_some_and(|increase| !(0.0..=1_000.0).contains(&increase)) {
            let expected = "a relative increase from 0 to 1000 (0.1 is a tenth more than the control)";
            self.error(at("max_increase"), PlanProblem::OutOfRange { expected });
        }
        if guardrail.window.is_zero() {
            self.error(at("window"), PlanProblem::OutOfRange { expected: "a time above zero" });
        }
    }

    fn numbers(&mut self, plan: &RolloutDefinition) {
        if !(1e-6..0.5).contains(&plan.alpha) {
            self.error(["alpha".into()], PlanProblem::OutOfRange { expected: "from 0.000001 to below 0.5" });
        }
        if !(plan.catastrophe > 0.0 && plan.catastrophe <= 1.0) {
            let expected = "a share of runs above 0, at most 1";
            self.error(["catastrophe".into()], PlanProblem::OutOfRange { expected });
        }
        for (index, freeze) in plan.freezes.iter().enumerate() {
            let expected = match freeze {
                Freeze::Between { from, until } if until <= from => "an end after the beginning",
                Freeze::Weekly { days, .. } if days.is_empty() => "at least one day",
                _ => continue,
            };
            self.error(["freezes".into(), index.into()], PlanProblem::OutOfRange { expected });
        }
    }
}
