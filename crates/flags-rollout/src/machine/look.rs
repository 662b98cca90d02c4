//! What an observation says about the guardrails of a plan.

use super::{Hold, Judgement, Observation, Verdict};
use crate::plan::{GuardrailDefinition, OnBreach, OnMissing, Plan};

/// A guardrail, its index, and what it says in words.
pub(super) type Said<'a> = (usize, &'a GuardrailDefinition, &'a str);

/// An observation together with the plan it is about.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    plan: &'a Plan,
    observation: &'a Observation,
}

impl<'a> Look<'a> {
    pub(super) fn new(plan: &'a Plan, observation: &'a Observation) -> Self {
        Self { plan, observation }
    }

    /// The guardrails that fail, with their evidence.
    pub(super) fn failing(self) -> impl Iterator<Item = (usize, &'a GuardrailDefinition, &'a Judgement)> {
        let judged = self.plan.guardrails().iter().zip(&self.observation.judgements).enumerate();
        judged.filter_map(|(index, (guardrail, judgement))| {
            (judgement.verdict == Verdict::Fail).then_some((index, guardrail, judgement))
        })
    }

    /// The first guardrail without data, and whether there are none or they cannot be read.
    pub(super) fn missing(self) -> Option<(Hold, Said<'a>)> {
        let mut missing = self.all_missing().filter(|((_, guardrail, _), _)| guardrail.on_missing != OnMissing::Ignore);
        let (said, verdict) = missing.next()?;
        Some((if verdict == Verdict::Error { Hold::Unreadable } else { Hold::NoData }, said))
    }

    /// Whether one of those without data is to roll back.
    pub(super) fn missing_wants_rollback(self) -> bool {
        self.all_missing().any(|((_, guardrail, _), _)| guardrail.on_missing == OnMissing::Rollback)
    }

    /// The first guardrail that does not let a stage go on although there are data. A failure that could not act, in a
    /// storm for example, is one of them.
    pub(super) fn unsettled(self) -> Option<Said<'a>> {
        let wanted = |verdict| matches!(verdict, Verdict::Inconclusive | Verdict::Fail);
        self.trusted().find(|(_, verdict)| wanted(*verdict)).map(|(said, _)| said)
    }

    fn all_missing(self) -> impl Iterator<Item = (Said<'a>, Verdict)> {
        self.trusted().filter(|(_, verdict)| verdict.is_missing())
    }

    /// The guardrails that do more than tell.
    fn trusted(self) -> impl Iterator<Item = (Said<'a>, Verdict)> {
        let guardrails = self.plan.guardrails().iter().enumerate();
        guardrails.filter(|(_, guardrail)| guardrail.on_breach != OnBreach::Notify).map(move |(index, guardrail)| {
            let text = self.observation.judgements.get(index).map_or("", |judgement| &*judgement.text);
            ((index, guardrail, text), self.observation.verdict(index))
        })
    }
}
