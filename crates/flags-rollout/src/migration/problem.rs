//! What is wrong with a migration, and where.

use flags_core::PathPart;
use thiserror::Error;

use crate::plan::{PlanError, PlanProblem};

/// What is wrong with a migration; each names the phase by its position, counted from 0.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MigrationProblem {
    /// There are no phases.
    #[error("a migration needs at least one phase")]
    NoPhases,
    /// Another phase has that name.
    #[error("phases[{phase}].name: another phase is called `{name}`, too")]
    DuplicateName {
        /// The phase.
        phase: usize,
        /// The name.
        name: Box<str>,
    },
    /// Another phase is guarded by that flag.
    #[error("phases[{phase}].flag: `{flag}` guards another phase already")]
    DuplicateFlag {
        /// The phase.
        phase: usize,
        /// The flag.
        flag: Box<str>,
    },
    /// It requires a flag that only it, or a later phase, switches on.
    #[error("phases[{phase}].requires: `{flag}` is switched on by phase `{by}` only, which does not come before")]
    RequiresLater {
        /// The phase.
        phase: usize,
        /// The flag.
        flag: Box<str>,
        /// The phase that switches it on.
        by: Box<str>,
    },
    /// Taking it back switches on what it has just switched off.
    #[error("phases[{phase}].rollback_flag: it is the flag of the phase itself")]
    RollbackIsFlag {
        /// The phase.
        phase: usize,
    },
    /// Taking it back switches on the flag of a phase, which that phase alone may do.
    #[error("phases[{phase}].rollback_flag: `{flag}` guards a phase; a rollback needs a flag of its own")]
    RollbackIsPhase {
        /// The phase.
        phase: usize,
        /// The flag.
        flag: Box<str>,
    },
    /// A guardrail measures what a migration cannot.
    #[error(
        "phases[{phase}].guardrails[{guardrail}].metric: a migration watches `error_rate` and signals that are one number; \
         `{metric}` needs a rollout"
    )]
    GuardrailMetric {
        /// The phase.
        phase: usize,
        /// The guardrail.
        guardrail: usize,
        /// What it measures.
        metric: Box<str>,
    },
    /// A guardrail compares with a control group, and there is none.
    #[error(
        "phases[{phase}].guardrails[{guardrail}].max_increase: everybody has the flag of a phase, so there is no control group \
         to compare with: use `max`"
    )]
    NoControl {
        /// The phase.
        phase: usize,
        /// The guardrail, by its position, counted from 0.
        guardrail: usize,
    },
    /// A guardrail without a bound.
    #[error("phases[{phase}].guardrails[{guardrail}]: a guardrail of a phase needs `max`")]
    NoBound {
        /// The phase.
        phase: usize,
        /// The guardrail, by its position, counted from 0.
        guardrail: usize,
    },
    /// Something else is wrong with a guardrail.
    #[error("phases[{phase}].guardrails[{guardrail}]{}: {problem}", below(field.as_deref()))]
    Guardrail {
        /// The phase.
        phase: usize,
        /// The guardrail, by its position, counted from 0.
        guardrail: usize,
        /// The field of the guardrail it is about; `None` for the whole of it.
        field: Option<Box<str>>,
        /// What is wrong.
        problem: PlanProblem,
    },
}

fn below(field: Option<&str>) -> String {
    field.map_or_else(String::new, |field| format!(".{field}"))
}

impl MigrationProblem {
    /// What is wrong with a guardrail of a phase, by what is wrong with the plan that judges the phase.
    pub(super) fn of_guardrail(phase: usize, error: PlanError) -> Self {
        let guardrail = error.path.iter().find_map(|part| match part {
            PathPart::Index(index) => Some(*index),
            PathPart::Key(_) => None,
        });
        let field = match error.path.last() {
            Some(PathPart::Key(field)) => Some(field.clone()),
            _ => None,
        };
        match (guardrail.unwrap_or_default(), error.problem) {
            (guardrail, PlanProblem::NoBound) => Self::NoBound { phase, guardrail },
            (guardrail, PlanProblem::SignalWithoutControl) => Self::NoControl { phase, guardrail },
            (guardrail, problem) => Self::Guardrail { phase, guardrail, field, problem },
        }
    }

    /// Where it is: fields and positions below the migration, such as `phases`, `[1]`, `flag`.
    #[must_use]
    pub fn path(&self) -> Vec<PathPart> {
        let at = |phase: usize, field: &str| vec!["phases".into(), phase.into(), field.into()];
        let guard = |phase: usize, guardrail: usize, field: Option<&str>| {
            let mut path = at(phase, "guardrails");
            path.push(guardrail.into());
            path.extend(field.map(PathPart::from));
            path
        };
        match self {
            Self::NoPhases => vec!["phases".into()],
            Self::DuplicateName { phase, .. } => at(*phase, "name"),
            Self::DuplicateFlag { phase, .. } => at(*phase, "flag"),
            Self::RequiresLater { phase, .. } => at(*phase, "requires"),
            Self::RollbackIsFlag { phase } | Self::RollbackIsPhase { phase, .. } => at(*phase, "rollback_flag"),
            Self::GuardrailMetric { phase, guardrail, .. } => guard(*phase, *guardrail, Some("metric")),
            Self::NoControl { phase, guardrail } => guard(*phase, *guardrail, Some("max_increase")),
            Self::NoBound { phase, guardrail } => guard(*phase, *guardrail, None),
            Self::Guardrail { phase, guardrail, field, .. } => guard(*phase, *guardrail, field.as_deref()),
        }
    }
}
