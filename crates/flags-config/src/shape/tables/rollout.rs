//! Rollout plans with their stages, guardrails and freeze windows, and circuit breakers.

use super::{COUNT, ListShape, NAME, NOT_NEGATIVE, POSITIVE, SHARE, Shape, TableShape, exactly_one, field, table};

pub(super) static ROLLOUT: TableShape = table(
    "rollout plan",
    "[features.KEY.rollout]",
    "A plan that raises the rollout percentage in stages while the guardrails hold, and takes it back where they do not. A \
     controller carries it out; until one is told to start it, nothing changes.",
    &[
        field(
            "strategy",
            Shape::Word(&["linear", "exponential", "canary", "blue_green", "stepped", "custom"]),
            "How the stages are computed; `custom` takes them from `stages`.",
        )
        .required(),
        field(
            "start",
            Shape::Percentage,
            "The percentage of the first stage, where the stages are computed; for `stepped` the size of a step.",
        )
        .default("10 for `linear`, 1 for `exponential` and `canary`, 20 for `stepped`"),
        field("target", Shape::Percentage, "The percentage it ends at.").default("100, or that of the last stage"),
        field(
            "duration",
            Shape::Duration,
            "How long all of it lasts at least: shared out over the stages that say no `hold` of their own.",
        )
        .default("10 minutes for each of them"),
        field("stages", STAGES, "The stages of a plan of one's own.").also(&["steps", "stage"]),
        field("auto_advance", Shape::Boolean, "Whether it goes on by itself when a stage has passed.").default("`true`"),
        field("guardrails", GUARDRAILS, "What has to stay well.").also(&["guardrail", "guards", "metrics"]),
        field(
            "min_samples",
            COUNT,
            "How many runs each arm needs in a stage that says no number of its own, if a guardrail counts runs.",
        )
        .default("500"),
        field("not_before", Shape::Instant, "From when on it starts by itself; people may start it before.")
            .also(&["start_at", "starts_at"]),
        field("freezes", FREEZES, "When it does not advance. It rolls back all the same.").also(&["freeze", "blackouts"]),
        field(
            "grace",
            Shape::Duration,
            "How long a stage may wait for data, or for a clear verdict once its hold is over, before the plan is paused.",
        )
        .default("`\"15m\"`"),
        field(
            "settle_timeout",
            Shape::Duration,
            "How long a change of the percentage may take to be read back before somebody is alerted.",
        )
        .default("`\"1m\"`"),
        field("deadline", Shape::Duration, "How long all of it may take before it is paused, whatever it waits for.")
            .default("none")
            .also(&["timeout", "max_duration"]),
        field(
            "cooldown",
            Shape::Duration,
            "How long after a rollback it cannot be armed again; doubled with each further one.",
        )
        .default("`\"1h\"`"),
        field("on_rollback", Shape::Word(&["previous", "zero", "kill"]), ON_ROLLBACK).default("`\"previous\"`"),
        field(
            "on_mismatch",
            Shape::Word(&["rollback", "pause", "notify"]),
            "What to do when the arms do not get their shares of the units, so that comparisons mean nothing.",
        )
        .default("`\"pause\"`"),
        field(
            "alpha",
            Shape::Number { least: 0.000_001, most: 0.5 },
            "How often, at most, a harmless flag may be rolled back by its comparisons, over all of them; below 0.5.",
        )
        .default("0.05"),
        field(
            "catastrophe",
            SHARE,
            "The share of failed runs no branch may surely be above, from its twentieth run on, whatever the guardrails \
             say; above 0.",
        )
        .default("0.5"),
        field("dry_run", Shape::Boolean, "Whether everything is judged and told, and nothing is done.").default("`false`"),
    ],
);

const ON_ROLLBACK: &str =
    "What a rollback goes back to: what was in force before, nobody, or nobody with the flag killed.";

/// How many stages, guardrails or freeze windows a plan may have, and how many phases a migration.
pub(super) const MOST_PARTS: usize = 100;

const STAGES: Shape = Shape::List(&ListShape { item: Shape::Table(&STAGE), least: 1, most: MOST_PARTS });

static STAGE: TableShape = table(
    "stage",
    "An element of `stages`",
    "One stage of a rollout plan.",
    &[
        field("percentage", Shape::Percentage, "The share of units.")
            .required()
            .also(&["percent", "rollout_percentage"]),
        field("hold", Shape::Duration, "How long it lasts at least.")
            .default("a share of the plan's `duration`")
            .also(&["duration", "wait", "bake"]),
        field("min_samples", COUNT, "How many runs each arm needs before the stage is left.")
            .default("that of the plan"),
        field("approval", Shape::Boolean, "Whether a person has to let it go on.").default("`false`"),
    ],
);

const GUARDRAILS: Shape = Shape::List(&ListShape { item: Shape::Table(&GUARDRAIL), least: 0, most: MOST_PARTS });

static GUARDRAIL: TableShape = table(
    "guardrail",
    "[[features.KEY.rollout.guardrails]]",
    "A metric that has to stay within bounds while a rollout advances. A `metric` needs `max`, `max_increase`, or both.",
    &[
        field("metric", NAME, METRIC),
        field("rule", NAME, RULE),
        field("max", BOUND, MAX).also(&["maximum", "limit", "threshold"]),
        field(
            "max_increase",
            NOT_NEGATIVE,
            "The largest increase allowed, relative to the control group: 0.1 for a tenth more.",
        )
        .also(&["increase", "max_relative_increase"]),
        field("window", Shape::Duration, WINDOW).default("`\"5m\"`"),
        field("min_samples", COUNT, "How many runs each arm needs before it can pass; it can fail before.").default("100"),
        field("on_breach", Shape::Word(&["rollback", "pause", "notify"]), "What to do when it breaks.")
            .default("`\"rollback\"`")
            .also(&["action", "on_failure"]),
        field("on_missing", Shape::Word(&["hold", "rollback", "ignore"]), ON_MISSING).default("`\"hold\"`"),
    ],
)
.groups(&[exactly_one(&["metric", "rule"])]);

/// A guardrail of a phase: there is no control group to compare with, and the migration says what a failure means.
pub(super) static PHASE_GUARDRAIL: TableShape = table(
    "phase guardrail",
    "A guardrail of a phase",
    "A metric of the phase's flag that has to stay within a bound while the phase is watched.",
    &[
        field("metric", NAME, "`error_rate`, or a signal that is one number, from `[signals]`.").required(),
        field("max", NOT_NEGATIVE, "The largest value allowed: a share of runs for `error_rate`, else the signal's unit.")
            .required()
            .also(&["maximum", "limit", "threshold"]),
        field("window", Shape::Duration, WINDOW).default("`\"5m\"`"),
        field("min_samples", COUNT, "How many runs it takes to pass; it can fail before.").default("100"),
        field("on_missing", Shape::Word(&["hold", "rollback", "ignore"]), ON_MISSING).default("`\"hold\"`"),
    ],
)
.hint(
    "a guardrail of a phase takes `metric`, `max`, `window`, `min_samples` and `on_missing`: everybody has the flag of a phase, so \
     there is no control group to compare with, and `rollback_on_failure` of the migration says what follows",
);

const METRIC: &str = "`error_rate`, `latency_p50`, `latency_p95`, `latency_p99`, or a name from `[signals]`.";
const RULE: &str = "A rule that the application registers, by its name; in place of `metric`.";
const BOUND: Shape = Shape::OneOf(&[NOT_NEGATIVE, Shape::Duration]);
const MAX: &str = "The largest value allowed: a share of runs for `error_rate`, a duration or seconds for a latency, the signal's \
     unit for a signal.";
const WINDOW: &str = "Over how long a bound on a signal is looked at; older data are missing data.";
const ON_MISSING: &str =
    "What to do without data: stay and pause after the grace, stay and roll back after it, or go on.";

const FREEZES: Shape = Shape::List(&ListShape { item: Shape::Table(&FREEZE), least: 0, most: MOST_PARTS });

static FREEZE: TableShape = table(
    "freeze window",
    "An element of `freezes`",
    "When a plan does not advance: once, from one instant until another, or each week, on `days` from one time of the day until \
     another.",
    &[
        field("from", Shape::InstantOrTime, "When it begins: an instant, or with `days` a time of the day.")
            .required()
            .also(&["start", "begin", "after"]),
        field(
            "until",
            Shape::InstantOrTime,
            "When it is over: an instant, or with `days` a time of the day; one at or before `from` is on the next day.",
        )
        .required()
        .also(&["end", "to", "before"]),
        field("days", DAYS, "The days of the week on which it begins.").also(&["day", "weekdays"]),
        field("utc_offset", Shape::UtcOffset, "By how much the clock of `days` is ahead of UTC, such as `\"+01:00\"`.")
            .default("`\"Z\"`")
            .also(&["offset", "timezone"]),
    ],
);

const DAYS: Shape = Shape::List(&ListShape {
    item: Shape::Word(&["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
    least: 1,
    most: 7,
});

pub(super) static ERROR_THRESHOLD: TableShape = table(
    "error threshold",
    "[features.KEY.error_threshold]",
    "The circuit breaker: it takes the flag off while too many of its runs fail, and tries it again after a while.",
    &[
        field("rate", SHARE, "The share of failed runs, from 0 to 1, above which it opens.").required().also(&[
            "threshold",
            "error_rate",
            "max",
        ]),
        field(
            "window",
            Shape::OneOf(&[Shape::Duration, Shape::Integer { least: 1, most: 100_000 }]),
            "Over what the share is taken: a time, or a number of runs.",
        )
        .default("`\"5m\"`"),
        field("min_samples", POSITIVE, "How many runs it takes to judge.").default("10"),
        field("cooldown", Shape::Duration, "How long it stays open before it is tried again.").default("`\"1m\"`"),
        field(
            "permits",
            Shape::Integer { least: 1, most: 1_000_000 },
            "How many runs try it out while it is half-open.",
        )
        .default("10"),
        field(
            "half_open_for",
            Shape::Duration,
            "How long it may be half-open; what has not been decided by then opens it again.",
        )
        .default("`\"1m\"`"),
    ],
);
