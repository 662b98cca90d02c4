//! Rollouts as JSON, with every name there and null where it does not apply.

use flags::{
    GuardrailView, RolloutView, Timestamp,
    rollout::{
        controller::Request,
        machine::{Author, Estimate, Pause, Status, Verdict},
        wire::Record,
    },
};
use serde_json::{Value as Json, json};

use crate::operate::Driven;

fn instant(at: Timestamp) -> String {
    at.to_string()
}

fn percent(share: flags::Percentage) -> f64 {
    // Exact: a percentage has three decimals, far within what a float can tell apart.
    f64::from(share.thousandths()) / 1_000.0
}

/// A rollout as JSON.
pub(super) fn rollout(view: &RolloutView, now: Timestamp) -> Json {
    let (step, paused, rearm_after) = match view.status {
        Status::Running(step) => (Some(step.name()), None, None),
        Status::Paused(reason) => (None, Some(reason.name()), None),
        Status::RolledBack { rearm_after } => (None, None, Some(instant(rearm_after))),
        _ => (None, None, None),
    };
    let breach = match view.status {
        Status::Paused(Pause::Breach(guardrail)) => view.guardrails.get(guardrail).map(|guard| guard.metric.name()),
        _ => None,
    };
    let complete_not_before = match view.estimate {
        Estimate::NotBefore(at) => Some(instant(at)),
        _ => None,
    };
    let stages = view.plan.as_ref().map(|plan| plan.stages()).unwrap_or_default().iter();
    json!({
        "flag": view.flag,
        "phase": view.phase.name(),
        "status": view.status.name(),
        "step": step,
        "paused": paused,
        "breach": breach,
        "percentage": view.percentage.map(percent),
        "stage": view.stage,
        "stages": stages.map(|stage| json!({
            "percentage": percent(stage.percentage),
            "hold_seconds": stage.hold.as_secs(),
            "min_samples": stage.min_samples,
            "approval": stage.approval,
        })).collect::<Vec<_>>(),
        "stage_seconds": view.state.baked_at(now).as_secs(),
        "approved": view.state.approved,
        "progress": view.progress,
        "complete_not_before": complete_not_before,
        "started_at": view.state.started_at.map(instant),
        "since": instant(view.since),
        "rearm_after": rearm_after,
        "by": author(&view.by),
        "because": view.because,
        "guardrails": view.guardrails.iter().map(guardrail).collect::<Vec<_>>(),
    })
}

/// A guardrail as JSON.
pub(crate) fn guardrail(view: &GuardrailView) -> Json {
    json!({
        "metric": view.metric.name(),
        "on_breach": view.on_breach.name(),
        "verdict": view.verdict.map(Verdict::name),
        "text": view.text,
    })
}

/// A request as JSON.
pub(super) fn request(request: &Request) -> Json {
    json!({
        "flag": request.flag,
        "command": super::word(&request.command),
        "by": request.by,
        "because": request.because,
        "at": instant(request.at),
        "expires_at": instant(request.expires_at),
    })
}

/// Who drives as JSON.
pub(crate) fn leader(driven: &Driven) -> Json {
    driven.leader.map_or(Json::Null, |leader| json!({ "pid": leader.pid, "since": instant(leader.since) }))
}

/// Who did something: null for the plan itself.
pub(crate) fn author(author: &Author) -> Json {
    match author {
        Author::Plan => Json::Null,
        Author::Person(name) => (**name).into(),
    }
}

/// A record of the history that wrote a line, as JSON.
pub(super) fn record(record: &Record) -> Option<Json> {
    let entry = record.entry.as_ref()?;
    Some(json!({
        "version": entry.version,
        "at": instant(entry.at),
        "by": author(&entry.by),
        "from": entry.from.name(),
        "to": entry.to.name(),
        "percentage": entry.percentage.map(percent),
        "text": entry.text,
    }))
}
