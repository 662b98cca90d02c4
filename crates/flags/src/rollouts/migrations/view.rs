//! A migration as a program shows it.

use std::{sync::Arc, time::Duration};

use flags_core::Timestamp;
use flags_rollout::{
    controller::JournalError,
    machine::Author,
    migration::{Agreement, Migration, MigrationView as Seen, PhaseStatus, Stand, State},
};

use crate::rollouts::GuardrailView;

/// A migration as [`MigrationDesk::list`](crate::MigrationDesk::list) tells of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MigrationView {
    /// Its key.
    pub migration: Box<str>,
    /// What it is about, in its author's words.
    pub description: Option<Box<str>>,
    /// What it is doing.
    pub stand: Stand,
    /// Its phases, in order; empty if it is not defined any more.
    pub phases: Vec<MigrationPhase>,
    /// How much of the way is done, from 0 to 1: phases in force, and of the present one the time it has been well.
    pub progress: f64,
    /// What each guardrail of the present phase said at the last look, in the order they are written.
    pub guardrails: Vec<GuardrailView>,
    /// When it will be complete at the earliest, if nothing but time is waited for.
    pub estimated_completion: Option<Timestamp>,
    /// What one person has asked for and another has to agree to.
    pub requested: Option<Agreement>,
    /// Who brought it where it is.
    pub by: Author,
    /// Why it is there, for people.
    pub because: Box<str>,
    /// Since when it has been doing that.
    pub since: Timestamp,
    /// Its definition as it is now; `None` if it is not defined any more.
    pub definition: Option<Arc<Migration>>,
    /// Everything about where it stands.
    pub state: State,
}

/// One phase of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationPhase {
    /// Its name.
    pub name: Box<str>,
    /// The flag that guards it.
    pub flag: Box<str>,
    /// Where it stands.
    pub status: PhaseStatus,
    /// How long it has to be healthy before the next one.
    pub hold: Duration,
}

impl MigrationView {
    pub(super) fn new(seen: Seen, description: Option<Box<str>>, now: Timestamp) -> Result<Self, JournalError> {
        let Seen { migration, definition, state, observation, .. } = seen;
        let state = state?;
        let views = definition.as_ref().map(|definition| state.view(definition)).unwrap_or_default();
        let holds = definition.as_ref().map(|definition| definition.phases()).unwrap_or_default();
        let phases = views.into_iter().zip(holds).map(|(view, phase)| MigrationPhase {
            name: view.name,
            flag: view.flag,
            status: view.status,
            hold: phase.hold,
        });
        let judgements = observation.filter(|seen| seen.epoch == state.epoch).map(|seen| seen.judgements);
        let guardrails = holds.get(state.phase).map(|phase| &*phase.guardrails).unwrap_or_default().iter().enumerate();
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
            description,
            stand: state.stand,
            phases: phases.collect(),
            progress: definition.as_ref().map_or(0.0, |definition| progress(definition, &state, now)),
            guardrails: guardrails.collect(),
            estimated_completion: definition
                .as_ref()
                .and_then(|definition| state.estimated_completion(definition, now)),
            requested: state.requested.clone().filter(|request| now < request.expires_at()),
            by: state.by.clone(),
            because: state.because.clone(),
            since: state.since,
            migration,
            definition,
            state,
        })
    }
}

/// How much of the way is done: each phase counts by its hold, and all alike where none has one.
fn progress(migration: &Migration, state: &State, now: Timestamp) -> f64 {
    let weight = |hold: Duration, whole: f64| if whole > 0.0 { hold.as_secs_f64() / whole } else { 0.0 };
    let holds: Vec<Duration> = migration.phases().iter().map(|phase| phase.hold).collect();
    let whole: f64 = holds.iter().map(Duration::as_secs_f64).sum();
    if whole <= 0.0 {
        return state.phase as f64 / holds.len().max(1) as f64;
    }
    let done: f64 = holds.iter().take(state.phase).map(|hold| weight(*hold, whole)).sum();
    let watched = match state.stand {
        Stand::Watching => state.healthy.saturating_add(now.saturating_since(state.since)),
        Stand::Paused | Stand::Waiting | Stand::Settling => state.healthy,
        _ => Duration::ZERO,
    };
    let present = holds.get(state.phase).copied().unwrap_or_default();
    (done + weight(watched.min(present), whole)).min(1.0)
}
