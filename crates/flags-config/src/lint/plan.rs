//! Rollout plans that nothing watches, that move nobody, or that something else is in the way of.

use flags_core::{FlagDefinition, PathPart, Percentage, State};
use flags_rollout::plan::{OnBreach, Plan};

use super::{
    Finding, LintCode,
    canary::LARGEST as LARGEST_CANARY,
    sections::{Sections, below},
    subject::{Subject, forms},
};
use crate::{RolloutSection, duration::duration_text};

pub(super) fn check(subject: &Subject<'_>, sections: &Sections<'_>, findings: &mut Vec<Finding>) {
    for section in sections.rollouts {
        let Some(flag) = subject.flag(&section.flag) else { continue };
        let Some(form) = form_of(flag, section.environment.as_deref()) else { continue };
        let lint = PlanLint { subject, sections, section, flag, form, plan: &section.plan };
        let found = [
            lint.unwatched(),
            lint.schedule_beside(),
            lint.without_effect(),
            lint.starts_lower(),
            lint.short_deadline(),
            lint.large_canary(),
        ];
        findings.extend(found.into_iter().flatten());
    }
}

/// The flag as it is in an environment, or the flag itself.
pub(super) fn form_of<'d>(flag: &'d FlagDefinition, environment: Option<&str>) -> Option<&'d FlagDefinition> {
    match environment {
        None => Some(flag),
        Some(environment) => flag.environments.iter().find(|(name, _)| **name == *environment).map(|(_, form)| form),
    }
}

struct PlanLint<'l, 'd> {
    subject: &'l Subject<'d>,
    sections: &'l Sections<'d>,
    section: &'l RolloutSection,
    flag: &'d FlagDefinition,
    form: &'d FlagDefinition,
    plan: &'l Plan,
}

impl PlanLint<'_, '_> {
    /// A path below the plan.
    fn path<const N: usize>(&self, rest: [PathPart; N]) -> Vec<PathPart> {
        [vec!["rollout".into()], rest.into()].concat()
    }

    /// A finding at a path below the flag, in the environment of the plan.
    fn finding(&self, code: LintCode, path: Vec<PathPart>, message: String) -> Finding {
        let start = below(&self.section.flag, self.section.environment.as_deref());
        Finding::new(code, [start, path].concat(), message)
    }

    fn unwatched(&self) -> Option<Finding> {
        let key = &self.flag.key;
        let guardrails = self.plan.guardrails();
        if guardrails.iter().all(|guardrail| guardrail.on_breach == OnBreach::Notify) {
            let definition = self.plan.definition();
            let advances = self.plan.stages().iter().rev().skip(1).any(|stage| !stage.approval);
            if !definition.auto_advance || definition.dry_run || !advances {
                return None;
            }
            let (path, why) = if guardrails.is_empty() {
                (self.path([]), "nothing watches it")
            } else {
                (self.path(["guardrails".into()]), "its guardrails only notify")
            };
            let message = format!("the plan of `{key}` advances by itself, and {why}");
            return Some(self.finding(LintCode::UnwatchedPlan, path, message).help(
                "add a guardrail such as `{ metric = \"error_rate\", max_increase = 0.1, max = 0.05 }`, or let people decide: \
                 `auto_advance = false`",
            ));
        }
        self.plan.is_unwatched_at_the_end().then(|| {
            let message = format!(
                "nothing watches the plan of `{key}` at 100 %: its guardrails compare with a control group, of which there is \
                 none then"
            );
            self.finding(LintCode::UnwatchedEnd, self.path(["guardrails".into()]), message)
                .help("add a `max` beside a `max_increase`, or a guardrail with one")
        })
    }

    fn schedule_beside(&self) -> Option<Finding> {
        let later = |step: &flags_core::ScheduleStep| step.at > self.subject.now && step.rollout_percentage.is_some();
        let at = self.form.schedule.iter().position(later)?;
        let message = format!("the schedule of `{}` sets its percentage, and so does its rollout plan", self.flag.key);
        Some(self.finding(LintCode::ScheduleBesidePlan, vec!["schedule".into(), at.into()], message).help(
            "as long as the plan is under way, its percentage replaces that of the flag and of its schedule; keep one of the two",
        ))
    }

    fn without_effect(&self) -> Option<Finding> {
        let key = &self.flag.key;
        let catch_all = |rule: &flags_core::RuleDefinition| {
            rule.when.is_empty() && rule.rollout_percentage.is_none_or(|share| share == Percentage::HUNDRED)
        };
        if let Some(at) = self.form.rules.iter().position(catch_all) {
            let name = self.form.rules[at].name.as_deref().map_or_else(|| at.to_string(), |name| format!("`{name}`"));
            let message = format!("rule {name} of `{key}` takes everybody, so nobody is left for its rollout plan");
            return Some(
                self.finding(LintCode::PlanWithoutEffect, vec!["rules".into(), at.into()], message)
                    .help("a plan moves those whom no rule takes; remove the rule, or give it conditions"),
            );
        }
        let own = |environment: &str| {
            let mut sections = self.sections.rollouts.iter().filter(|section| section.flag == self.section.flag);
            sections.any(|section| section.environment.as_deref() == Some(environment))
        };
        // The plan of the flag itself counts in every environment that has none.
        let elsewhere = self.section.environment.is_none()
            && self.flag.environments.iter().any(|(name, form)| !own(name) && self.subject.form_can_be_on(form));
        if elsewhere || self.subject.form_can_be_on(self.form) {
            return None;
        }
        let message = format!("`{key}` is switched off, so its rollout plan moves nobody");
        Some(self.finding(LintCode::PlanWithoutEffect, self.path([]), message).help(
            "a plan raises the percentage of a flag that is on: write `enabled = true` and `rollout_percentage = 0`",
        ))
    }

    fn starts_lower(&self) -> Option<Finding> {
        let present = self.subject.present(self.form);
        let (share, start) = (present.share(), self.plan.stage(0).percentage);
        if share <= start {
            return None;
        }
        let now = if share == Percentage::HUNDRED { "everybody".to_owned() } else { format!("{share} %") };
        let message = format!(
            "`{}` is on for {now} before its rollout plan starts, and the plan starts with {start} %",
            self.flag.key
        );
        let field = if self.form.rollout_percentage.is_some() { "rollout_percentage" } else { "rollout" };
        Some(self.finding(LintCode::PlanStartsLower, vec![field.into()], message).help(
            "starting it would take the flag away from most, and a rollback would give it back to them: write \
             `rollout_percentage = 0`; if the rollout is complete, remove the plan",
        ))
    }

    /// The state `canary` says that there are few, and the plan leads to more.
    fn large_canary(&self) -> Option<Finding> {
        let target = self.plan.stage(self.plan.last_stage()).percentage;
        (self.form.state == State::Canary && target.thousandths() > LARGEST_CANARY).then(|| {
            let message = format!("`{}` is a canary, and its rollout plan leads to {target} %", self.flag.key);
            self.finding(LintCode::LargeCanary, vec!["state".into()], message)
                .help("write `state = \"rollout\"`, or let the plan end at 5 % or less")
        })
    }

    fn short_deadline(&self) -> Option<Finding> {
        let deadline = self.plan.definition().deadline?;
        let shortest = self.plan.shortest();
        (deadline < shortest).then(|| {
            let message = format!(
                "the plan of `{}` takes {} at least, and its deadline pauses it after {}",
                self.flag.key,
                duration_text(shortest),
                duration_text(deadline)
            );
            self.finding(LintCode::ShortDeadline, self.path(["deadline".into()]), message)
                .help("write a longer `deadline`, or shorter holds")
        })
    }
}

/// Whether a flag is on for everybody in every environment, before anything drives it.
pub(super) fn is_on_for_all(subject: &Subject<'_>, flag: &FlagDefinition) -> bool {
    forms(flag).all(|form| subject.present(form).share() == Percentage::HUNDRED)
}
