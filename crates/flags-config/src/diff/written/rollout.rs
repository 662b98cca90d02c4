//! Rollout plans and circuit breakers in the notation of the file.

use flags_rollout::{
    breaker::{BreakerOptions, Window},
    plan::{Freeze, GuardMetric, GuardrailDefinition, RolloutDefinition, StageDefinition},
};

use super::{Field, duration, inline, list, number, percentage, text};

/// Every field of a plan but its lists, in the order of the documentation.
pub(in crate::diff) fn plan_fields(plan: &RolloutDefinition) -> Vec<Field> {
    let default = RolloutDefinition::new(plan.strategy);
    // Taken apart without `..`, so that a field that is added cannot be forgotten here.
    let RolloutDefinition {
        strategy,
        start,
        target,
        duration: whole,
        stages: _,
        auto_advance,
        guardrails: _,
        not_before,
        freezes: _,
        min_samples,
        grace,
        settle_timeout,
        deadline,
        cooldown,
        on_rollback,
        on_mismatch,
        alpha,
        catastrophe,
        dry_run,
    } = plan;
    vec![
        Field::new("strategy", text(strategy.name())),
        Field::new("start", start.map(percentage)),
        Field::new("target", target.map(percentage)),
        Field::new("duration", whole.map(duration)),
        Field::or("auto_advance", auto_advance.to_string(), default.auto_advance.to_string()),
        Field::or("min_samples", min_samples.to_string(), default.min_samples.to_string()),
        Field::new("not_before", not_before.map(|at| at.to_string())),
        Field::or("grace", duration(*grace), duration(default.grace)),
        Field::or("settle_timeout", duration(*settle_timeout), duration(default.settle_timeout)),
        Field::new("deadline", deadline.map(duration)),
        Field::or("cooldown", duration(*cooldown), duration(default.cooldown)),
        Field::or("on_rollback", text(on_rollback.name()), text(default.on_rollback.name())),
        Field::or("on_mismatch", text(on_mismatch.name()), text(default.on_mismatch.name())),
        Field::or("alpha", number(*alpha), number(default.alpha)),
        Field::or("catastrophe", number(*catastrophe), number(default.catastrophe)),
        Field::or("dry_run", dry_run.to_string(), default.dry_run.to_string()),
    ]
}

/// The lists of a plan: its stages, guardrails and freeze windows, each element an inline table.
pub(in crate::diff) fn plan_parts(plan: &RolloutDefinition) -> [(&'static str, Vec<String>); 3] {
    [
        ("stages", plan.stages.iter().map(stage).collect()),
        ("guardrails", plan.guardrails.iter().map(guardrail).collect()),
        ("freezes", plan.freezes.iter().map(freeze).collect()),
    ]
}

fn stage(stage: &StageDefinition) -> String {
    let StageDefinition { percentage: share, hold, min_samples, approval } = stage;
    inline([
        Field::new("percentage", percentage(*share)),
        Field::new("hold", hold.map(duration)),
        Field::new("min_samples", min_samples.map(|samples| samples.to_string())),
        Field::or("approval", approval.to_string(), false.to_string()),
    ])
}

/// A guardrail of a plan, or of a phase of a migration.
pub(super) fn guardrail(guardrail: &GuardrailDefinition) -> String {
    let default = GuardrailDefinition::new(guardrail.metric.clone());
    let GuardrailDefinition { metric, max, max_increase, window, min_samples, on_breach, on_missing } = guardrail;
    let name = if matches!(metric, GuardMetric::Rule(_)) { "rule" } else { "metric" };
    inline([
        Field::new(name, text(metric.name())),
        Field::new("max", max.map(|max| bound(metric, max))),
        Field::new("max_increase", max_increase.map(number)),
        Field::or("window", duration(*window), duration(default.window)),
        Field::or("min_samples", min_samples.to_string(), default.min_samples.to_string()),
        Field::or("on_breach", text(on_breach.name()), text(default.on_breach.name())),
        Field::or("on_missing", text(on_missing.name()), text(default.on_missing.name())),
    ])
}

/// A latency is written as a duration where that says it exactly.
fn bound(metric: &GuardMetric, max: f64) -> String {
    let time = std::time::Duration::try_from_secs_f64(max).ok().filter(|time| time.as_secs_f64() == max);
    match time {
        Some(time) if matches!(metric, GuardMetric::Latency(_)) => duration(time),
        _ => number(max),
    }
}

fn freeze(freeze: &Freeze) -> String {
    match freeze {
        Freeze::Between { from, until } => {
            inline([Field::new("from", from.to_string()), Field::new("until", until.to_string())])
        }
        Freeze::Weekly { days, from, until, offset_minutes } => {
            let time = |minutes: u16| format!("\"{:02}:{:02}\"", minutes / 60, minutes % 60);
            let ahead = offset_minutes.unsigned_abs();
            let sign = if *offset_minutes < 0 { '-' } else { '+' };
            let offset = format!("\"{sign}{:02}:{:02}\"", ahead / 60, ahead % 60);
            inline([
                Field::new("days", list(days.iter().map(|day| text(day.name())))),
                Field::new("from", time(from.minutes())),
                Field::new("until", time(until.minutes())),
                Field::or("utc_offset", offset, "\"+00:00\"".to_owned()),
            ])
        }
        // What a later version of the format may add is told apart at least.
        other => format!("{other:?}"),
    }
}

/// Every field of a circuit breaker.
pub(in crate::diff) fn breaker_fields(options: &BreakerOptions) -> Vec<Field> {
    let default = BreakerOptions::new(options.rate);
    let BreakerOptions { rate, window, min_samples, cooldown, permits, half_open_for } = options;
    let span = |window: &Window| match window {
        Window::Count(runs) => runs.to_string(),
        Window::Time(time) => duration(*time),
    };
    vec![
        Field::new("rate", number(*rate)),
        Field::or("window", span(window), span(&default.window)),
        Field::or("min_samples", min_samples.to_string(), default.min_samples.to_string()),
        Field::or("cooldown", duration(*cooldown), duration(default.cooldown)),
        Field::or("permits", permits.to_string(), default.permits.to_string()),
        Field::or("half_open_for", duration(*half_open_for), duration(default.half_open_for)),
    ]
}
