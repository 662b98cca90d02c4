//! A rollout as a program shows it.

use std::sync::Arc;

use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    controller::{JournalError, View},
    machine::{Author, Estimate, State, Status, Verdict},
    plan::{GuardMetric, OnBreach, Phase, Plan},
};

/// A rollout as [`RolloutDesk::list`](crate::RolloutDesk::list) tells of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RolloutView {
    /// The key of its flag.
    pub flag: Box<str>,
    /// The phase it is in.
    pub phase: Phase,
    /// What it is doing.
    pub status: Status,
    /// The stage it is in, counted from 1; 0 before the start.
    pub stage: usize,
    /// How many stages its plan has; 0 without a plan.
    pub stages: usize,
    /// The percentage it last asked for; `None` before the start.
    pub percentage: Option<Percentage>,
    /// How much of the way is done, from 0 to 1, by the times its stages last at least: 0 before the start and after it was
    /// taken back.
    pub progress: f64,
    /// What each guardrail said at the last look, in the order of the plan.
    pub guardrails: Vec<GuardrailView>,
    /// When it will be complete.
    pub estimate: Estimate,
    /// Who brought it where it is.
    pub by: Author,
    /// Why it is there, for people.
    pub because: Box<str>,
    /// Since when it has been in its step, or waits.
    pub since: Timestamp,
    /// Its plan as it is defined now; `None` if it is not defined any more.
    pub plan: Option<Arc<Plan>>,
    /// Everything about where it stands.
    pub state: State,
}

/// A guardrail of a rollout, and what it says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GuardrailView {
    /// What it measures.
    pub metric: GuardMetric,
    /// What is done when it fails.
    pub on_breach: OnBreach,
    /// What it said at the last look; `None` if nobody has looked in this process.
    pub verdict: Option<Verdict>,
    /// The evidence, in words; empty if nobody has looked in this process.
    pub text: Box<str>,
}

impl RolloutView {
    pub(super) fn new(view: View, now: Timestamp) -> Result<Self, JournalError> {
        let View { flag, plan, state, observation, .. } = view;
        let state = state?;
        let judgements = observation.filter(|seen| seen.epoch == state.epoch).map(|seen| seen.judgements);
        let guardrails = plan.as_ref().map(|plan| plan.guardrails()).unwrap_or_default().iter().enumerate();
        let guardrails = guardrails.map(|(index, guardrail)| {
            let said = judgements.as_ref().and_then(|judgements| judgements.get(index));
            GuardrailView {
                metric: guardrail.metric.clone(),
                on_breach: guardrail.on_breach,
                verdict: said.map(|judgement| judgement.verdict),
                text: said.map_or_else(Box::default, |judgement| judgement.text.clone()),
            }
        });
        Ok(Self {
            guardrails: guardrails.collect(),
            phase: state.phase(),
            status: state.status,
            stage: if state.status == Status::Planned { 0 } else { state.stage + 1 },
            stages: plan.as_ref().map_or(0, |plan| plan.stages().len()),
            percentage: state.asked,
            progress: plan.as_ref().map_or(0.0, |plan| progress(plan, &state, now)),
            estimate: plan.as_ref().map_or(Estimate::Unknown, |plan| Estimate::of(plan, &state, now)),
            by: state.by.clone(),
            because: state.because.clone(),
            since: state.since,
            flag,
            plan,
            state,
        })
    }
}

/// How much of the way is done.
fn progress(plan: &Plan, state: &State, now: Timestamp) -> f64 {
    match state.status {
        Status::Complete => 1.0,
        Status::Running(_) | Status::Paused(_) => {
            let passed = plan.stages().iter().take(state.stage);
            let hold = plan.stage(state.stage).hold;
            let whole = plan.shortest().as_secs_f64();
            if whole > 0.0 {
                let baked = state.baked_at(now).min(hold).as_secs_f64();
                (passed.map(|stage| stage.hold.as_secs_f64()).sum::<f64>() + baked) / whole
            } else {
                passed.count() as f64 / plan.stages().len().max(1) as f64
            }
        }
        _ => 0.0,
    }
}
