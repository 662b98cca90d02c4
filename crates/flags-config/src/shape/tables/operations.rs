//! Alerts, channels and migrations.

use super::{
    COUNT, ListShape, MapShape, NAME, SHARE, SOME_NAMES, Shape, TableShape, at_most_one, exactly_one, field, map,
    rollout::{MOST_PARTS, PHASE_GUARDRAIL},
    table,
};

pub(super) static ALERTS: MapShape = map("alert", Shape::Table(&ALERT));
pub(super) static CHANNELS: MapShape = map("channel", Shape::Table(&CHANNEL));
pub(super) static MIGRATIONS: MapShape = map("migration", Shape::Table(&MIGRATION));

static ALERT: TableShape = table(
    "alert",
    "[alerts.KEY]",
    "Something somebody should hear of.",
    &[
        field("when", Shape::Table(&ALERT_CONDITION), "What sets it off; exactly one of the keys.").required(),
        field("severity", Shape::Word(&["info", "warning", "critical"]), "How serious it is.").default("`\"warning\"`"),
        field(
            "for",
            Shape::Duration,
            "How long the condition has to hold before the alert fires; not for what happens at an instant.",
        )
        .default("`\"0s\"`")
        .also(&["hold", "pending"]),
        field("cooldown", Shape::Duration, "How long it stays silent after it fired.").default("`\"10m\"`"),
        field("notify", SOME_NAMES, "The channels it goes to, by key.")
            .default("every channel; the log if there is none")
            .also(&["channels"]),
        field("description", Shape::Text, "What to do about it.").also(&["runbook"]),
    ],
);

static ALERT_CONDITION: TableShape = table(
    "alert condition",
    "An alert's `when`",
    "What sets an alert off; exactly one of the keys.",
    &[
        field("evaluation_latency", Shape::Table(&LATENCY), "Evaluations take long."),
        field("flag_error_rate", Shape::Table(&ERROR_RATE), "Too many outcomes of a flag are errors."),
        field("rollback", Shape::True, "A rollout was rolled back."),
        field(
            "rollout_attention",
            Shape::True,
            "A rollout is paused, waits for an approval or is not in force, a guardrail that only tells has failed, or a circuit breaker \
             is open.",
        ),
        field("experiment_significant", Shape::True, "An experiment has a verdict."),
        field("unexpected_change", Shape::True, "A flag changed outside of the usual way."),
        field("reload_failed", Shape::True, "A changed file was refused."),
    ],
)
.groups(&[exactly_one(&[
    "evaluation_latency",
    "flag_error_rate",
    "rollback",
    "rollout_attention",
    "experiment_significant",
    "unexpected_change",
    "reload_failed",
])]);

static LATENCY: TableShape = table(
    "latency bound",
    "An alert's `evaluation_latency`",
    "A quantile of the evaluation time, and the bound it has to stay at or below.",
    &[
        field("percentile", Shape::Quantile, "The quantile: `0.99` for the 99th percentile.").required(),
        field("above", Shape::Duration, "The bound; evaluations are measured up to 10 ms.").required(),
        field("window", Shape::Duration, "Over how long evaluations are measured.").default("`\"5m\"`"),
        field(
            "min_samples",
            COUNT,
            "How many measured evaluations it takes to judge; of about a thousand evaluations, one is measured.",
        )
        .default("20"),
    ],
);

static ERROR_RATE: TableShape = table(
    "error rate bound",
    "An alert's `flag_error_rate`",
    "The share of errors among the outcomes reported for a flag, and the bound it has to stay at or below.",
    &[
        field("above", SHARE, "The bound, from 0 to 1.").required(),
        field("flag", NAME, "The flag.").default("every flag, each with an alert of its own"),
        field("window", Shape::Duration, "Over how long outcomes are counted.").default("`\"5m\"`"),
        field("min_samples", COUNT, "How many outcomes it takes to judge.").default("10"),
    ],
);

static CHANNEL: TableShape = table(
    "channel",
    "[channels.KEY]",
    "Where alerts go. A `log` takes no other key, and only a `webhook` is signed.",
    &[
        field("kind", Shape::Word(&["log", "webhook", "alertmanager"]), "What it is.").required().also(&["type"]),
        field("url", Shape::Url, "Where it is; required but for `log`.").also(&["address", "endpoint"]),
        field("secret_file", NAME, "The file that holds the key deliveries are signed with.").also(&["secret", "key"]),
        field("secret_env", NAME, "The environment variable that holds the key deliveries are signed with."),
        field("token_file", NAME, "The file that holds the bearer token.").also(&["token", "password"]),
        field("token_env", NAME, "The environment variable that holds the bearer token."),
        field("link", Shape::Url, "A page where whoever is told can see more, such as a dashboard."),
        field("timeout", Shape::Duration, "How long a delivery may take.").default("`\"5s\"`"),
        field("retries", Shape::Integer { least: 0, most: 100 }, "How often a delivery is tried again.").default("3"),
    ],
)
.groups(&[at_most_one(&["secret_file", "secret_env"]), at_most_one(&["token_file", "token_env"])]);

static MIGRATION: TableShape = table(
    "migration",
    "[migrations.KEY]",
    "A migration in phases that flags guard, one after the other. Nothing happens until somebody starts it.",
    &[
        field("description", Shape::Text, "What it is about."),
        field(
            "phases",
            Shape::List(&ListShape { item: Shape::Table(&PHASE), least: 1, most: MOST_PARTS }),
            "The phases, in order.",
        )
        .required()
        .also(&["phase", "steps", "stages"]),
        field("rollback_on_failure", Shape::Boolean, "Whether a failed phase is taken back by itself.")
            .default("`true`"),
    ],
);

static PHASE: TableShape = table(
    "phase",
    "An element of `phases`",
    "One phase of a migration.",
    &[
        field("name", NAME, "Its name.").required(),
        field("flag", NAME, "The flag that guards it: it is switched on when the phase begins.").required(),
        field(
            "requires",
            Shape::List(&ListShape { item: Shape::Name, least: 1, most: MOST_PARTS }),
            "Flags that have to be on before it starts.",
        ),
        field("hold", Shape::Duration, "How long it has to be healthy before the next one.")
            .default("`\"0s\"`")
            .also(&["duration", "wait", "bake"]),
        field("rollback_flag", NAME, "The flag that is switched on when the phase is taken back.").also(&["rollback"]),
        field(
            "guardrails",
            Shape::List(&ListShape { item: Shape::Table(&PHASE_GUARDRAIL), least: 0, most: MOST_PARTS }),
            "What has to stay well while it is watched.",
        )
        .default("none: time alone decides")
        .also(&["guardrail", "health", "signal", "signals"]),
    ],
);
