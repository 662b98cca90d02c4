//! The check of rollout plans, with the place, the label and the help of everything that is wrong with one.

use std::{ops::Range, sync::Arc};

use flags_core::PathPart;
use flags_rollout::plan::{GuardMetric, GuardrailDefinition, PlanError, PlanProblem, Surroundings};

use super::Context;
use crate::{
    Code, Diagnostic, RolloutSection,
    duration::duration_text,
    knock_on::Known,
    leaf,
    place::{Index, Place},
    problems::Problems,
    read::{BUILT_IN, Signals, WrittenPlan},
    shape::{on_separate_lines, percent_as_share, quoted},
    suggest::closest,
};

/// A plan that was refused.
pub(crate) struct Refused {
    flag: Box<str>,
    environment: Option<Box<str>>,
    errors: Vec<PlanError>,
}

/// The plans that hold together, and those that do not.
pub(crate) fn check_plans(plans: Vec<WrittenPlan>, signals: &Signals<'_>) -> (Vec<RolloutSection>, Vec<Refused>) {
    let (mut sections, mut refused) = (vec![], vec![]);
    for WrittenPlan { flag, environment, definition } in plans {
        match definition.check(&surroundings(&definition.guardrails, signals)) {
            Ok(plan) => sections.push(RolloutSection { flag, environment, plan: Arc::new(plan) }),
            Err(mut errors) => {
                // What a signal that is not there can be compared with is nobody's guess.
                let unknown: Vec<Vec<PathPart>> = errors
                    .iter()
                    .filter(|error| matches!(error.problem, PlanProblem::UnknownSignal { .. }))
                    .filter_map(|error| error.path.get(..2).map(<[PathPart]>::to_vec))
                    .collect();
                errors.retain(|error| {
                    error.problem != PlanProblem::SignalWithoutControl
                        || !error.path.get(..2).is_some_and(|guardrail| unknown.iter().any(|other| other == guardrail))
                });
                refused.push(Refused { flag, environment, errors });
            }
        }
    }
    (sections, refused)
}

/// What there is of what the guardrails name. Which rules the application brings along is not known until it runs.
pub(crate) fn surroundings<'g>(
    guardrails: impl IntoIterator<Item = &'g GuardrailDefinition>,
    signals: &Signals<'_>,
) -> Surroundings {
    let mut found = Surroundings::default();
    for guardrail in guardrails {
        match &guardrail.metric {
            GuardMetric::Signal(name) if signals.contains(name) => found.signals.push(name.clone()),
            GuardMetric::SignalCounts(name) => found.counted.push(name.clone()),
            GuardMetric::Rule(name) => found.rules.push(name.clone()),
            _ => {}
        }
    }
    found
}

impl Refused {
    /// Where the plan starts.
    fn path(&self) -> Vec<PathPart> {
        let mut path = vec!["features".into(), PathPart::Key(self.flag.clone())];
        if let Some(environment) = &self.environment {
            path.extend(["environments".into(), PathPart::Key(environment.clone())]);
        }
        path.push("rollout".into());
        path
    }

    /// Drops what only follows from other problems.
    pub(crate) fn forget(&mut self, known: &Known<'_, '_>, whole: bool) {
        let plan = self.path();
        self.errors.retain(|PlanError { path, problem, .. }| {
            let broken = |name: &str| known.has_error_in(&plan, &[name.into()]);
            let misspelled = |below: &[PathPart]| known.has_wrong_key_in(&[&*plan, below].concat());
            // Of a guardrail as a whole, a wrong value in it says nothing.
            let here = !matches!(problem, PlanProblem::NoBound) && known.has_error_in(&plan, path);
            let by_others = match problem {
                PlanProblem::NoStages => misspelled(&[]) || broken("strategy"),
                PlanProblem::NoBound => misspelled(path),
                PlanProblem::StagesComputed { .. } | PlanProblem::StartUnused { .. } => broken("strategy"),
                PlanProblem::StartBeyondTarget { .. } => broken("target") || broken("strategy"),
                PlanProblem::NotRising { .. }
                | PlanProblem::TargetMissed { .. }
                | PlanProblem::HoldsExceedDuration { .. } => broken("stages") || broken("strategy"),
                PlanProblem::SignalWithoutControl => path
                    .get(..2)
                    .is_some_and(|guardrail| known.has_error_in(&plan, &[guardrail, &["metric".into()]].concat())),
                // The name may stand in a file, or a line, that could not be read.
                PlanProblem::UnknownSignal { name, .. } => !whole || known.may_define(name),
                _ => false,
            };
            !here && !by_others
        });
    }
}

impl Context<'_, '_> {
    /// Reports what is wrong with plans.
    pub(crate) fn report_plans(&self, refused: &[Refused], problems: &mut Problems) {
        for plan in refused {
            for error in &plan.errors {
                if problems.room() == 0 {
                    problems.count_more(1);
                } else if let Some(diagnostic) = self.plan_diagnostic(plan, error) {
                    problems.push(diagnostic);
                }
            }
        }
    }

    fn plan_diagnostic(&self, plan: &Refused, error: &PlanError) -> Option<Diagnostic> {
        let start = plan.path();
        let path = [&*start, &*error.path].concat();
        let place = self.index.locate(&path, self.texts)?;
        let whose = match &plan.environment {
            Some(environment) => format!("flag `{}` in environment `{environment}`", plan.flag),
            None => format!("flag `{}`", plan.flag),
        };
        let diagnostic = match &error.problem {
            PlanProblem::NoStages => {
                let span = self.index.locate(&start, self.texts)?.value;
                let message = format!("the rollout plan of {whose} needs `stages`");
                Diagnostic::new(Code::MISSING_KEY, place.source, span, message)
                    .label("`stages` is missing")
                    .help(
                        "a `custom` plan takes its stages from `stages = [{ percentage = 1, hold = \"1h\" }, …]`; the other \
                         strategies compute them",
                    )
            }
            PlanProblem::StagesComputed { strategy } => {
                let message = format!("strategy `{strategy}` computes its stages");
                let diagnostic = Diagnostic::new(Code::PLAN_KEY, place.source, place.key.clone(), message)
                    .label("not taken from here")
                    .help("remove `stages`, or write `strategy = \"custom\"`");
                self.with_field(diagnostic, &start, "strategy", "by this")
            }
            PlanProblem::StartUnused { strategy } => {
                let message = format!("strategy `{strategy}` has no `start`");
                let diagnostic = Diagnostic::new(Code::PLAN_KEY, place.source, place.key.clone(), message)
                    .label("not taken from here")
                    .help(if *strategy == "custom" {
                        "remove `start`: the first of the `stages` is where it starts"
                    } else {
                        "remove `start`: everybody gets the flag at once"
                    });
                self.with_field(diagnostic, &start, "strategy", "by this")
            }
            PlanProblem::StartBeyondTarget { target } => {
                let message = format!("the start of a rollout has to be above 0 and below its target of {target} %");
                let diagnostic = self
                    .at_value(Code::PLAN_PERCENTAGES, &place, message)
                    .label(format!("expected a percentage between 0 and {target}"))
                    .help("leave `start` out for the strategy's own");
                self.with_field(diagnostic, &start, "target", "the target")
            }
            PlanProblem::TargetIsZero => self
                .at_value(Code::PLAN_PERCENTAGES, &place, "the target of a rollout has to be above 0")
                .label("nobody would get the flag")
                .help("what a rollout leads to is somebody; to take a flag away, roll its plan back, or kill it"),
            PlanProblem::NotRising { before } => {
                let (message, label) = if before.thousandths() == 0 {
                    (
                        "the first stage of a rollout has to be above 0".to_owned(),
                        "nobody would get the flag".to_owned(),
                    )
                } else {
                    let message = format!("each stage has to be above the one before, which has {before} %");
                    (message, format!("not above {before}"))
                };
                let help =
                    "a unit that has the flag in one stage keeps it in the next; going back is what a rollback is for";
                self.at_value(Code::PLAN_PERCENTAGES, &place, message).label(label).help(help)
            }
            PlanProblem::TargetMissed { last, target } => self
                .at_value(
                    Code::PLAN_PERCENTAGES,
                    &place,
                    format!("the target is {target} %, and the last stage has {last} %"),
                )
                .label("never reached")
                .help(format!("leave `target` out, or add a stage {{ percentage = {target} }} at the end")),
            PlanProblem::HoldsExceedDuration { holds_seconds, duration_seconds } => {
                let text = |seconds: &u64| duration_text(std::time::Duration::from_secs(*seconds));
                let message = format!(
                    "the stages hold for {} together, and the whole plan is to last {}",
                    text(holds_seconds),
                    text(duration_seconds)
                );
                let diagnostic = self
                    .at_value(Code::PLAN_DURATION, &place, message)
                    .label(format!("less than {}", text(holds_seconds)))
                    .help("write a longer `duration`, shorter holds, or leave `duration` out");
                self.with_field(diagnostic, &start, "stages", "what takes longer")
            }
            problem => self.guardrail_diagnostic(problem, &error.path, &place, &whose),
        };
        Some(self.within(diagnostic, &place, plan.environment.is_some()))
    }

    /// What is wrong with a guardrail of a plan or of a phase, `whose` telling whose it is, or with a number.
    pub(super) fn guardrail_diagnostic(
        &self,
        problem: &PlanProblem,
        path: &[PathPart],
        place: &Place<'_>,
        whose: &str,
    ) -> Diagnostic {
        match problem {
            PlanProblem::NoBound => self
                .at_value(Code::MISSING_KEY, place, format!("a guardrail of {whose} needs `max` or `max_increase`"))
                .label("`max` or `max_increase` is missing")
                .help(
                    "`max` bounds the metric itself, such as `max = 0.05`; `max_increase` compares with the control group, such \
                     as `max_increase = 0.1` for a tenth more. Both together have to hold",
                ),
            PlanProblem::UnknownSignal { name, .. } => {
                let message = format!("there is no metric or signal `{name}`");
                let diagnostic = self.at_value(Code::UNKNOWN_SIGNAL, place, message).label("watches nothing");
                self.meant_metric(diagnostic, name, &place.value, place.source)
            }
            PlanProblem::SignalWithoutControl => {
                let span = place.key.clone();
                let message = "a signal of one number for all units has no control group to compare with";
                Diagnostic::new(Code::GUARDRAIL_BOUND, place.source, span, message).label("compared with what?").help(
                    "use `max`, or let the signal count the runs of both arms, with `treatment` and `control` in place of \
                     `query`, or with `counts = true`",
                )
            }
            PlanProblem::BoundOfRule => {
                let message = "a rule of the application has its bounds itself";
                Diagnostic::new(Code::GUARDRAIL_BOUND, place.source, place.key.clone(), message)
                    .label("not for a rule")
                    .help("remove `max` and `max_increase`, or name a `metric` in place of the `rule`")
            }
            PlanProblem::OutOfRange { .. } if matches!(path, [PathPart::Key(list), _] if **list == *"freezes") => self
                .at_value(Code::OUT_OF_RANGE, place, "a freeze window has to end after it begins")
                .label("never holds")
                .help("exchange `from` and `until`, or mend the year"),
            PlanProblem::OutOfRange { expected } => {
                let subject = match path.last() {
                    Some(PathPart::Key(name)) => format!("`{name}`"),
                    _ => "it".to_owned(),
                };
                let diagnostic = self
                    .at_value(Code::OUT_OF_RANGE, place, format!("{subject} must be {expected}"))
                    .label(format!("expected {expected}"));
                let written = expected.contains("share").then(|| leaf::float(place.node.get_ref())).flatten();
                match written.filter(|number| *number > 1.0).and_then(percent_as_share) {
                    Some(share) => {
                        diagnostic.help(format!("did you mean `{share}`?")).suggest(place.value.clone(), share)
                    }
                    None => diagnostic,
                }
            }
            // The rules that are written are those there are, and the problems of plans are told apart above.
            other => self.at_value(Code::OUT_OF_RANGE, place, other.to_string()),
        }
    }

    /// Suggests the metric or signal that was probably meant.
    fn meant_metric(&self, diagnostic: Diagnostic, name: &str, span: &Range<usize>, source: usize) -> Diagnostic {
        let built_in = closest(name, BUILT_IN);
        let meant = built_in.or_else(|| self.closest(name, "signals"));
        match meant {
            Some(meant) => self.suggest_name(diagnostic, meant, span, source),
            None => diagnostic.help(format!(
                "a guardrail is on {}, or on a signal, which is defined by a table `[signals.{name}]`; a rule of the application \
                 is named by `rule`",
                quoted(&BUILT_IN)
            )),
        }
    }

    pub(super) fn at_value(&self, code: Code, place: &Place<'_>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, place.source, place.value.clone(), message)
    }

    /// Adds another field of the same table, if it is written.
    fn with_field(&self, diagnostic: Diagnostic, table: &[PathPart], name: &str, label: &str) -> Diagnostic {
        match field(self.index, self.texts, table, name) {
            Some(span) => {
                let source = diagnostic.source;
                diagnostic.related(source, span, label)
            }
            None => diagnostic,
        }
    }

    /// Adds the header of the flag or migration, and of the environment, unless it is on the same line.
    pub(super) fn within(&self, diagnostic: Diagnostic, place: &Place<'_>, environment: bool) -> Diagnostic {
        let apart = on_separate_lines(self.texts[place.source], &place.header, &diagnostic.span);
        if apart && !environment {
            let label = format!("in this {}", super::noun_of(place.section));
            return diagnostic.related(place.source, place.header.clone(), label);
        }
        diagnostic
    }
}

/// The value of a field of the table at a path, if it is written.
fn field(index: &Index<'_>, texts: &[&str], table: &[PathPart], name: &str) -> Option<Range<usize>> {
    let table = index.locate(table, texts)?;
    table.node.get_ref().as_table()?.get(name).map(|value| {
        let text = texts[table.source];
        crate::shape::header_span(text, None, value)
    })
}
