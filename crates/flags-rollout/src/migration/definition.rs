//! Migrations as people write them, and their check.

use std::{hash::Hasher, time::Duration};

use siphasher::sip::SipHasher13;

use super::MigrationProblem;
use crate::plan::{GuardMetric, GuardrailDefinition, Plan, RolloutDefinition, Strategy, Surroundings};

/// A migration that has been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    phases: Vec<PhaseDefinition>,
    /// What judges the health of each phase.
    plans: Vec<Plan>,
    rollback_on_failure: bool,
}

/// One phase of a migration.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseDefinition {
    /// Its name.
    pub name: Box<str>,
    /// The flag that guards it.
    pub flag: Box<str>,
    /// The flags that have to be on before it starts.
    pub requires: Vec<Box<str>>,
    /// How long it has to be healthy before the next one.
    pub hold: Duration,
    /// The flag that is switched on when it is taken back.
    pub rollback_flag: Option<Box<str>>,
    /// What has to stay well while it is watched: the errors of its flag's runs, and signals, each with a bound (`max`).
    pub guardrails: Vec<GuardrailDefinition>,
}

impl PhaseDefinition {
    /// A phase guarded by a flag, without requirements or hold.
    #[must_use]
    pub fn new(name: impl Into<Box<str>>, flag: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            flag: flag.into(),
            requires: vec![],
            hold: Duration::ZERO,
            rollback_flag: None,
            guardrails: vec![],
        }
    }

    /// The phase with one more flag that has to be on before.
    #[must_use]
    pub fn requires(mut self, flag: impl Into<Box<str>>) -> Self {
        self.requires.push(flag.into());
        self
    }

    /// The phase with a time it has to be healthy.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }

    /// The phase with a flag that is switched on when it is taken back.
    #[must_use]
    pub fn rollback_flag(mut self, flag: impl Into<Box<str>>) -> Self {
        self.rollback_flag = Some(flag.into());
        self
    }

    /// The phase with one more thing that has to stay well.
    #[must_use]
    pub fn guardrail(mut self, guardrail: GuardrailDefinition) -> Self {
        self.guardrails.push(guardrail);
        self
    }
}

impl Migration {
    /// The migration of these phases, in order, which takes back a phase that fails. Signals are taken to be there.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn new(phases: impl IntoIterator<Item = PhaseDefinition>) -> Result<Self, Vec<MigrationProblem>> {
        let phases: Vec<_> = phases.into_iter().collect();
        let metrics = phases.iter().flat_map(|phase| &phase.guardrails).map(|guardrail| &guardrail.metric);
        let signals = metrics.filter_map(|metric| match metric {
            GuardMetric::Signal(name) => Some(name.clone()),
            _ => None,
        });
        let surroundings = Surroundings { signals: signals.collect(), ..Surroundings::default() };
        Self::within(phases, &surroundings)
    }

    /// The same where it is known which signals there are.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, guardrails on signals that are not there included.
    pub fn within(
        phases: impl IntoIterator<Item = PhaseDefinition>,
        surroundings: &Surroundings,
    ) -> Result<Self, Vec<MigrationProblem>> {
        let phases: Vec<_> = phases.into_iter().collect();
        let (mut problems, mut plans) = (vec![], vec![]);
        if phases.is_empty() {
            problems.push(MigrationProblem::NoPhases);
        }
        for (phase, definition) in phases.iter().enumerate() {
            let before = &phases[..phase];
            let PhaseDefinition { name, flag, .. } = definition;
            if before.iter().any(|other| other.name == *name) {
                problems.push(MigrationProblem::DuplicateName { phase, name: name.clone() });
            }
            if before.iter().any(|other| other.flag == *flag) {
                problems.push(MigrationProblem::DuplicateFlag { phase, flag: flag.clone() });
            }
            for required in &definition.requires {
                if let Some(later) = phases[phase..].iter().find(|later| later.flag == *required) {
                    let (flag, by) = (required.clone(), later.name.clone());
                    problems.push(MigrationProblem::RequiresLater { phase, flag, by });
                }
            }
            match &definition.rollback_flag {
                Some(other) if other == flag => problems.push(MigrationProblem::RollbackIsFlag { phase }),
                Some(other) if phases.iter().any(|phase| phase.flag == *other) => {
                    problems.push(MigrationProblem::RollbackIsPhase { phase, flag: other.clone() });
                }
                _ => {}
            }
            plans.extend(health(phase, definition, surroundings, &mut problems));
        }
        if problems.is_empty() { Ok(Self { phases, plans, rollback_on_failure: true }) } else { Err(problems) }
    }

    /// The migration that stays where it is when a phase fails, and waits for a person.
    #[must_use]
    pub fn without_rollback(mut self) -> Self {
        self.rollback_on_failure = false;
        self
    }

    /// The phases, at least one.
    #[must_use]
    pub fn phases(&self) -> &[PhaseDefinition] {
        &self.phases
    }

    /// What judges the health of a phase; `None` beyond the last.
    ///
    /// It is a plan of one stage at 100 percent with the guardrails of the phase, for
    /// [`Evidence`](crate::guardrail::Evidence) to be gathered by. Without guardrails it still has the catastrophe rule: a
    /// branch that nearly always fails is noticed.
    #[must_use]
    pub fn health(&self, phase: usize) -> Option<&Plan> {
        self.plans.get(phase)
    }

    /// Every flag that it names, each once: those of the phases, those they require, and those of rollbacks.
    #[must_use]
    pub fn flags(&self) -> Vec<&str> {
        let mut flags: Vec<&str> = vec![];
        for phase in &self.phases {
            let named = std::iter::once(&phase.flag).chain(&phase.requires).chain(&phase.rollback_flag);
            flags.extend(named.map(|flag| &**flag));
        }
        flags.sort_unstable();
        flags.dedup();
        flags
    }

    /// Whether a phase that fails is taken back.
    #[must_use]
    pub fn rolls_back_on_failure(&self) -> bool {
        self.rollback_on_failure
    }

    /// What tells this migration from another: the same for migrations that act alike, on every machine.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut text = String::new();
        let mut field = |value: &str| {
            text.push_str(&value.len().to_string());
            text.push(':');
            text.push_str(value);
        };
        for (index, phase) in self.phases.iter().enumerate() {
            field(&phase.name);
            field(&phase.flag);
            field(&phase.requires.join("\n"));
            field(&phase.hold.as_micros().to_string());
            field(phase.rollback_flag.as_deref().unwrap_or_default());
            field(&self.health(index).map_or_else(String::new, |plan| format!("{:016x}", plan.fingerprint())));
        }
        field(if self.rollback_on_failure { "rollback" } else { "" });
        let mut hasher = SipHasher13::new_with_keys(0, 0);
        hasher.write(text.as_bytes());
        hasher.finish()
    }
}

/// What judges the health of a phase, with everything that is wrong with it.
fn health(
    phase: usize,
    definition: &PhaseDefinition,
    surroundings: &Surroundings,
    problems: &mut Vec<MigrationProblem>,
) -> Option<Plan> {
    for (guardrail, written) in definition.guardrails.iter().enumerate() {
        if !matches!(written.metric, GuardMetric::ErrorRate | GuardMetric::Signal(_)) {
            let metric = written.metric.name().into();
            problems.push(MigrationProblem::GuardrailMetric { phase, guardrail, metric });
        }
        if written.max_increase.is_some() && written.metric.is_counted() {
            problems.push(MigrationProblem::NoControl { phase, guardrail });
        }
    }
    let mut plan = RolloutDefinition::new(Strategy::BlueGreen);
    plan.guardrails.clone_from(&definition.guardrails);
    match plan.check(surroundings) {
        Ok(plan) => Some(plan),
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| MigrationProblem::of_guardrail(phase, error)));
            None
        }
    }
}
