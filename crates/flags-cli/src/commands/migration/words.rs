//! Migrations in words and as JSON.

use anstyle::Style;
use flags::{
    MigrationView, Timestamp,
    rollout::migration::{Agreement, PhaseStatus, Stand},
};
use serde_json::{Value as Json, json};

use crate::{
    commands::rollout::{author, guardrail, lasting},
    operate::seconds,
    output::{BAD, DIM, GOOD, WARN},
};

/// What it is doing, in a word or two.
pub(super) fn stand(view: &MigrationView) -> String {
    view.stand.name().replace('_', " ")
}

/// What a stand looks like.
pub(super) fn style(stand: Stand) -> Style {
    match stand {
        Stand::Complete => GOOD,
        Stand::RollingBack { .. } | Stand::RolledBack => BAD,
        Stand::Paused => WARN,
        Stand::Planned => DIM,
        _ => Style::new(),
    }
}

/// Where a phase stands, in a word or two, and what that looks like.
pub(super) fn phase(status: PhaseStatus) -> (&'static str, Style) {
    match status {
        PhaseStatus::Ahead => ("ahead", DIM),
        PhaseStatus::Waiting => ("waiting", WARN),
        PhaseStatus::UnderWay => ("under way", Style::new().bold()),
        PhaseStatus::Paused => ("paused", WARN),
        PhaseStatus::RollingBack => ("rolling back", BAD),
        PhaseStatus::RolledBack => ("rolled back", BAD),
        PhaseStatus::Done => ("in force", GOOD),
        _ => ("-", DIM),
    }
}

/// When it will be complete.
pub(super) fn completion(view: &MigrationView) -> String {
    match (view.estimated_completion, view.stand) {
        (Some(at), _) => format!("not before {}", seconds(at)),
        (None, Stand::Complete | Stand::RolledBack) => "over".to_owned(),
        _ => "nobody can say".to_owned(),
    }
}

/// What it is doing, and what it waits for.
pub(super) fn doing(view: &MigrationView, now: Timestamp) -> String {
    let since = seconds(view.since);
    match view.stand {
        Stand::Planned => "has not been started".to_owned(),
        Stand::Waiting => format!("waits since {since}"),
        Stand::Settling => "its flag has been switched on, and has not been read back yet".to_owned(),
        Stand::Watching => {
            let hold = view.phases.get(view.state.phase).map(|phase| phase.hold).unwrap_or_default();
            let healthy = view.state.healthy.saturating_add(now.saturating_since(view.since)).min(hold);
            format!("is being watched: {} of {}", lasting(healthy), lasting(hold))
        }
        Stand::Paused => format!("stays where it is since {since}; a phase that fails is taken back all the same"),
        Stand::RollingBack { .. } => "is being taken back".to_owned(),
        Stand::RolledBack if view.state.phase == 0 => {
            "has been taken back as a whole; it can be started again".to_owned()
        }
        Stand::RolledBack => {
            "the phase has been taken back, those before it stay; it can be started again there".to_owned()
        }
        Stand::Complete => format!("has been complete since {since}"),
        _ => stand(view),
    }
}

/// A migration as JSON.
pub(super) fn migration(view: &MigrationView) -> Json {
    let phases = view.phases.iter().map(|phase| {
        json!({
            "name": phase.name,
            "flag": phase.flag,
            "status": self::phase(phase.status).0.replace(' ', "_"),
            "hold_seconds": phase.hold.as_secs(),
        })
    });
    json!({
        "migration": view.migration,
        "description": view.description,
        "stand": view.stand.name(),
        "phase": view.phases.get(view.state.phase).map(|phase| &phase.name),
        "phases": phases.collect::<Vec<_>>(),
        "progress": view.progress,
        "complete_not_before": view.estimated_completion.map(|at| at.to_string()),
        "started_at": view.state.started_at.map(|at| at.to_string()),
        "since": view.since.to_string(),
        "by": author(&view.by),
        "because": view.because,
        "guardrails": view.guardrails.iter().map(guardrail).collect::<Vec<_>>(),
        "requested": view.requested.as_ref().map(agreement),
    })
}

/// What waits for a second person, as JSON.
pub(super) fn agreement(request: &Agreement) -> Json {
    json!({
        "command": super::word(request.command),
        "by": request.by,
        "because": request.because,
        "at": request.at.to_string(),
        "expires_at": request.expires_at().to_string(),
    })
}
