//! The evaluator before the oracle: a scenario as a compiled set, and a decision compared with what was expected.

use flags_core::{
    Assignment, CompileOptions, ControlAction, Decision, DefinitionErrors, Definitions, Detail, ErrorCode, FlagSet,
    Overlay, Predicates, ValueRef,
};

use crate::{
    generate::{PREDICATES, Question, Scenario},
    oracle::{self, Control, Expected, ExpectedArm},
};

impl Scenario {
    /// The scenario as a compiled set, with the predicates of [`PREDICATES`] registered.
    ///
    /// # Errors
    ///
    /// When the definitions are inconsistent; generated ones are not.
    pub fn compile(&self) -> Result<FlagSet, DefinitionErrors> {
        compile(&self.definitions, self.environment, &self.controls)
    }

    /// What the oracle says to a question.
    #[must_use]
    pub fn expected(&self, question: &Question) -> Expected {
        oracle::evaluate(
            &self.definitions,
            self.environment,
            &self.controls,
            &registered,
            &question.flag,
            &question.context,
            question.now,
        )
    }

    /// What the oracle says to a question if the circuit breaker of the flag were closed, those of other flags as they are.
    #[must_use]
    pub fn expected_despite_breaker(&self, question: &Question) -> Expected {
        let is_own = |control: &&Control| matches!(control, Control::BreakerOpen { flag } if *flag == question.flag);
        let controls: Vec<Control> = self.controls.iter().filter(|control| !is_own(control)).cloned().collect();
        oracle::evaluate(
            &self.definitions,
            self.environment,
            &controls,
            &registered,
            &question.flag,
            &question.context,
            question.now,
        )
    }

    /// What the oracle says to a question about an experiment.
    #[must_use]
    pub fn expected_arm(&self, experiment: &str, question: &Question) -> Option<ExpectedArm> {
        oracle::assign(
            &self.definitions,
            self.environment,
            &self.controls,
            &registered,
            experiment,
            &question.context,
            question.now,
        )
    }
}

/// An assignment in the oracle's terms.
#[must_use]
pub fn assigned(assignment: &Assignment<'_>) -> Option<ExpectedArm> {
    assignment.arm().map(|arm| ExpectedArm { arm: arm.name().to_owned(), decided: assignment.is_decided() })
}

/// Definitions, an environment and controls as a compiled set, with the predicates of [`PREDICATES`] registered.
///
/// # Errors
///
/// When the definitions are inconsistent.
pub fn compile(
    definitions: &Definitions,
    environment: &str,
    controls: &[Control],
) -> Result<FlagSet, DefinitionErrors> {
    let mut predicates = Predicates::new();
    for (name, answer) in PREDICATES {
        predicates.register(name, move |_| answer);
    }
    let mut options = CompileOptions::new(environment);
    options.predicates = predicates;
    options.overlay = overlay(controls);
    Ok(FlagSet::compile(&definitions.clone().check()?, &options))
}

/// The answers of the predicates in [`PREDICATES`], and `None` for any other.
#[must_use]
pub fn registered(name: &str) -> Option<bool> {
    PREDICATES.iter().find(|(known, _)| *known == name).map(|(_, answer)| *answer)
}

fn overlay(controls: &[Control]) -> Overlay {
    controls.iter().fold(Overlay::new(), |overlay, control| match control {
        Control::Kill { flag } => overlay.with(flag.as_str(), ControlAction::Kill),
        Control::OverrideAll { flag, variant } => {
            overlay.with(flag.as_str(), ControlAction::Override { variant: variant.as_str().into() })
        }
        Control::OverrideUnit { flag, unit, variant } => overlay.with(
            flag.as_str(),
            ControlAction::OverrideUnit { unit: unit.as_str().into(), variant: variant.as_str().into() },
        ),
        Control::BreakerOpen { flag } => overlay.with(flag.as_str(), ControlAction::BreakerOpen),
        Control::Percentage { flag, percentage } => overlay.with(flag.as_str(), ControlAction::Percentage(*percentage)),
        Control::Experiment { experiment, action } => overlay.with_experiment(experiment.as_str(), action.clone()),
    })
}

/// A decision in the oracle's terms.
#[must_use]
pub fn answer(decision: &Decision<'_>) -> Expected {
    let rule = decision.rule().map(|(number, name)| name.map_or_else(|| number.to_string(), str::to_owned));
    Expected {
        value: decision.value().map(ValueRef::to_value),
        variant: decision.variant().map(str::to_owned),
        reason: decision.reason().name(),
        cause: decision.cause().name(),
        named: decision.detail().and_then(|detail| name_of(&detail)),
        rule,
        error_code: decision.error().map(ErrorCode::name),
        on: decision.is_on(),
        off: matches!(decision.cause().step(), 1 | 2 | 4..=7 | 9 | 10 | 13),
        bucket: decision.bucket(),
    }
}

/// Everything in which a decision is not what was expected, in words; empty if it is right.
#[must_use]
pub fn differences(expected: &Expected, decision: &Decision<'_>) -> Vec<String> {
    let found = answer(decision);
    let mut differences = Vec::new();
    macro_rules! compare {
        ($($field:ident)*) => {$(
            if expected.$field != found.$field {
                differences.push(format!(
                    "{}: expected {:?}, found {:?}",
                    stringify!($field), expected.$field, found.$field
                ));
            }
        )*};
    }
    compare!(value variant reason cause named rule error_code on off bucket);
    differences
}

fn name_of(detail: &Detail<'_>) -> Option<String> {
    Some(match detail {
        Detail::Parent { flag } | Detail::Prerequisite { flag, .. } | Detail::Killed { flag } => (*flag).to_owned(),
        Detail::Condition { number, .. } => number.to_string(),
        Detail::Target { dimension } => (*dimension).to_owned(),
        Detail::Experiment { experiment, arm } => format!("{experiment}/{arm}"),
        _ => return None,
    })
}
