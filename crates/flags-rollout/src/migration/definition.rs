//! Migrations as people write them, and their check.

use std::time::Duration;

use thiserror::Error;

/// A migration that has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    phases: Vec<PhaseDefinition>,
    rollback_on_failure: bool,
}

/// One phase of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

impl PhaseDefinition {
    /// A phase guarded by a flag, without requirements or hold.
    #[must_use]
    pub fn new(name: impl Into<Box<str>>, flag: impl Into<Box<str>>) -> Self {
        Self { name: name.into(), flag: flag.into(), requires: vec![], hold: Duration::ZERO, rollback_flag: None }
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
}

/// What is wrong with a migration; each names the phase by its position, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
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
}

impl Migration {
    /// The migration of these phases, in order, which takes back a phase that fails.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn new(phases: impl IntoIterator<Item = PhaseDefinition>) -> Result<Self, Vec<MigrationProblem>> {
        let phases: Vec<_> = phases.into_iter().collect();
        let mut problems = vec![];
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
            if definition.rollback_flag.as_ref() == Some(flag) {
                problems.push(MigrationProblem::RollbackIsFlag { phase });
            }
        }
        if problems.is_empty() { Ok(Self { phases, rollback_on_failure: true }) } else { Err(problems) }
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

    /// Whether a phase that fails is taken back.
    #[must_use]
    pub fn rolls_back_on_failure(&self) -> bool {
        self.rollback_on_failure
    }
}
