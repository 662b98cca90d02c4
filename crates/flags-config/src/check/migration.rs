//! The check of migrations, with the place, the label and the help of everything that is wrong with one.

use std::ops::Range;

use flags_core::{FlagDefinition, PathPart, ValueType};
use flags_rollout::{
    migration::{Migration, MigrationProblem, PhaseDefinition},
    plan::PlanProblem,
};
use toml::Spanned;

use super::{Context, rollout::surroundings};
use crate::{
    Code, Diagnostic, MigrationSection,
    knock_on::Known,
    place::Place,
    problems::Problems,
    read::{BUILT_IN, Flags, Signals, WrittenMigration},
};

/// A migration that was refused.
pub(crate) struct Refused {
    key: Box<str>,
    problems: Vec<Problem>,
}

/// What is wrong with a migration.
enum Problem {
    /// With the migration itself.
    Own(MigrationProblem),
    /// A flag that cannot be switched on and off: where, and why not.
    NotASwitch { path: Vec<PathPart>, flag: Box<str>, value_type: ValueType },
}

impl Problem {
    fn path(&self) -> Vec<PathPart> {
        match self {
            Self::Own(problem) => problem.path(),
            Self::NotASwitch { path, .. } => path.clone(),
        }
    }
}

/// The migrations that hold together, and those that do not.
pub(crate) fn check_migrations(
    migrations: Vec<WrittenMigration>,
    signals: &Signals<'_>,
    flags: &Flags<'_>,
) -> (Vec<MigrationSection>, Vec<Refused>) {
    let (mut sections, mut refused) = (vec![], vec![]);
    for WrittenMigration { key, description, phases, rollback_on_failure } in migrations {
        let around = surroundings(phases.iter().flat_map(|phase| &phase.guardrails), signals);
        let mut problems: Vec<Problem> = no_switches(&phases, flags);
        match Migration::within(phases, &around) {
            Ok(migration) if problems.is_empty() => {
                let migration = if rollback_on_failure { migration } else { migration.without_rollback() };
                sections.push(MigrationSection { key, description, migration });
            }
            Ok(_) => refused.push(Refused { key, problems }),
            Err(own) => {
                problems.extend(own.into_iter().map(Problem::Own));
                refused.push(Refused { key, problems });
            }
        }
    }
    (sections, refused)
}

/// The flags that phases would switch and that cannot be: a phase serves the variant `on` to everybody.
fn no_switches(phases: &[PhaseDefinition], flags: &Flags<'_>) -> Vec<Problem> {
    let is_switch = |flag: &FlagDefinition| {
        let has_on = flag.variants.is_empty() || flag.variants.iter().any(|variant| &*variant.name == "on");
        flag.value_type == ValueType::Boolean && has_on
    };
    let mut found = vec![];
    for (phase, definition) in phases.iter().enumerate() {
        let named = [("flag", Some(&definition.flag)), ("rollback_flag", definition.rollback_flag.as_ref())];
        for (field, flag) in named.into_iter().filter_map(|(field, flag)| Some((field, flag?))) {
            if let Some(flag) = flags.get(&**flag).filter(|flag| !is_switch(flag)) {
                let path = vec!["phases".into(), phase.into(), field.into()];
                found.push(Problem::NotASwitch { path, flag: flag.key.clone(), value_type: flag.value_type });
            }
        }
    }
    found
}

impl Refused {
    fn path(&self) -> [PathPart; 2] {
        ["migrations".into(), PathPart::Key(self.key.clone())]
    }

    /// Drops what only follows from other problems.
    pub(crate) fn forget(&mut self, known: &Known<'_, '_>, whole: bool) {
        let migration = self.path();
        self.problems.retain(|problem| {
            let by_others = match problem {
                // What is missing was reported where the shapes were checked.
                Problem::Own(MigrationProblem::NoPhases | MigrationProblem::NoBound { .. }) => true,
                Problem::Own(MigrationProblem::DuplicateName { name, .. }) => name.is_empty(),
                Problem::Own(
                    MigrationProblem::DuplicateFlag { flag, .. }
                    | MigrationProblem::RequiresLater { flag, .. }
                    | MigrationProblem::RollbackIsPhase { flag, .. },
                ) => flag.is_empty(),
                Problem::Own(MigrationProblem::Guardrail {
                    problem: PlanProblem::UnknownSignal { name, .. }, ..
                }) => !whole || known.may_define(name),
                Problem::NotASwitch { flag, .. } => known.variants_are_broken(flag),
                Problem::Own(_) => false,
            };
            !by_others && !known.has_error_in(&migration, &problem.path())
        });
    }
}

impl Context<'_, '_> {
    /// Reports what is wrong with migrations.
    pub(crate) fn report_migrations(&self, refused: &[Refused], problems: &mut Problems) {
        for migration in refused {
            for problem in &migration.problems {
                if problems.room() == 0 {
                    problems.count_more(1);
                } else if let Some(diagnostic) = self.migration_diagnostic(migration, problem) {
                    problems.push(diagnostic);
                }
            }
        }
    }

    fn migration_diagnostic(&self, migration: &Refused, problem: &Problem) -> Option<Diagnostic> {
        let start = migration.path();
        let below = problem.path();
        let place = self.index.locate(&[&start[..], &below].concat(), self.texts)?;
        let diagnostic = match problem {
            Problem::Own(problem) => self.own_diagnostic(&start, &below, problem, &place),
            Problem::NotASwitch { flag, value_type, .. } => {
                let what = if *value_type == ValueType::Boolean {
                    "has variants, and none of them is called `on`".to_owned()
                } else {
                    format!("is of type {value_type}")
                };
                self.at_value(
                    Code::MIGRATION_PHASE,
                    &place,
                    format!("a phase is switched on, and flag `{flag}` {what}"),
                )
                .label("not a switch")
                .help("name a boolean flag; what it guards may require others")
            }
        };
        Some(self.within(diagnostic, &place, false))
    }

    fn own_diagnostic(
        &self,
        start: &[PathPart; 2],
        below: &[PathPart],
        problem: &MigrationProblem,
        place: &Place<'_>,
    ) -> Diagnostic {
        let new = |code, message: String| self.at_value(code, place, message);
        let key = match &start[1] {
            PathPart::Key(key) => &**key,
            PathPart::Index(_) => "",
        };
        match problem {
            MigrationProblem::DuplicateName { name, .. } => {
                new(Code::DUPLICATE_NAME, format!("there is another phase called `{name}`"))
                    .label("named again here")
                    .help("give one of the two another name")
            }
            MigrationProblem::DuplicateFlag { flag, .. } => {
                new(Code::MIGRATION_PHASE, format!("flag `{flag}` guards another phase already"))
                    .label("switched on twice")
                    .help("give each phase a flag of its own, so that one can be taken back without the other")
            }
            MigrationProblem::RequiresLater { phase, flag, by } => {
                let path = [&start[..], &["phases".into(), (*phase).into(), "name".into()]].concat();
                let own = self.index.locate(&path, self.texts);
                let (message, help) = if own.is_some_and(|name| name.node.get_ref().as_str() == Some(by)) {
                    (
                        format!("phase `{by}` requires its own flag `{flag}`"),
                        "it would wait for itself; remove the flag from `requires`",
                    )
                } else {
                    (
                        format!("`{flag}` is switched on by phase `{by}`, which does not come before"),
                        "it would wait for ever; change the order of the phases, or remove the flag from `requires`",
                    )
                };
                let span = required(place, flag).unwrap_or_else(|| place.value.clone());
                Diagnostic::new(Code::MIGRATION_PHASE, place.source, span, message).label("not on by then").help(help)
            }
            MigrationProblem::RollbackIsFlag { .. } => {
                new(Code::MIGRATION_PHASE, "taking the phase back would switch its own flag on again".to_owned())
                    .label("the flag of the phase itself")
                    .help("name the flag of what was there before, or leave `rollback_flag` out")
            }
            MigrationProblem::RollbackIsPhase { flag, .. } => new(
                Code::MIGRATION_PHASE,
                format!("taking the phase back would switch on `{flag}`, which guards a phase"),
            )
            .label("switched on by that phase alone")
            .help("name the flag of what was there before the migration, or leave `rollback_flag` out"),
            MigrationProblem::GuardrailMetric { metric, .. } => {
                let message = format!("a migration cannot watch `{metric}`");
                let diagnostic = new(Code::GUARDRAIL_BOUND, message).label("needs the two arms of a rollout");
                diagnostic.help(if BUILT_IN.contains(&&**metric) {
                    "a phase is watched by `error_rate` and by signals of one number; give the flag a rollout plan for more"
                } else {
                    "a phase is watched by `error_rate` and by signals of one number: let the signal have a `query`, or push one \
                     value"
                })
            }
            MigrationProblem::Guardrail { problem, .. } => {
                self.guardrail_diagnostic(problem, below, place, &format!("migration `{key}`"))
            }
            // The shapes see to the rest.
            other => new(Code::MIGRATION_PHASE, other.to_string()),
        }
    }
}

/// Where a flag stands among those that are required.
fn required(place: &Place<'_>, flag: &str) -> Option<Range<usize>> {
    let items = place.node.get_ref().as_array()?;
    items.iter().find(|item| item.get_ref().as_str() == Some(flag)).map(Spanned::span)
}
