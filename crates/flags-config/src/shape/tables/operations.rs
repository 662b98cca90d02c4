//! Signals, alerts, channels and migrations.

use super::{COUNT, ListShape, MapShape, NAME, SHARE, SOME_NAMES, Shape, TableShape, exactly_one, field, map, table};

pub(super) static SIGNALS: MapShape = map("signal", Shape::Table(&SIGNAL));
pub(super) static ALERTS: MapShape = map("alert", Shape::Table(&ALERT));
pub(super) static CHANNELS: MapShape = map("channel", Shape::Table(&CHANNEL));
pub(super) static MIGRATIONS: MapShape = map("migration", Shape::Table(&MIGRATION));

static SIGNAL: TableShape = table(
    "signal",
    "[signals.KEY]",
    "A health signal from outside the process.",
    &[
        field("prometheus", NAME, "The address of the Prometheus server.").required().also(&["url", "address"]),
        field("query", NAME, "The query in PromQL; it has to yield one number.").required(),
        field("interval", Shape::Duration, "How often it is asked.").default("`\"15s\"`"),
    ],
);

static ALERT: TableShape = table(
    "alert",
    "[alerts.KEY]",
    "Something somebody should hear of.",
    &[
        field("when", Shape::Table(&ALERT_CONDITION), "What sets it off; exactly one of the keys.").required(),
        field("severity", Shape::Word(&["info", "warning", "critical"]), "How serious it is.").default("`\"warning\"`"),
        field("cooldown", Shape::Duration, "How long it stays silent after it went off.").default("`\"10m\"`"),
        field("notify", SOME_NAMES, "The channels it goes to, by key.").also(&["channels"]),
        field("description", Shape::Text, "What to do about it."),
    ],
);

static ALERT_CONDITION: TableShape = table(
    "alert condition",
    "An alert's `when`",
    "What sets an alert off; exactly one of the keys.",
    &[
        field("evaluation_latency", Shape::Table(&LATENCY), "Evaluations take long."),
        field("flag_error_rate", Shape::Table(&ERROR_RATE), "Too many outcomes of a flag are errors."),
        field("rollback", Shape::Boolean, "A rollout was rolled back."),
        field("experiment_significant", Shape::Boolean, "An experiment has a verdict."),
        field("unexpected_change", Shape::Boolean, "A definition changed outside of the usual way."),
        field("reload_failed", Shape::Boolean, "A changed file was refused."),
    ],
)
.groups(&[exactly_one(&[
    "evaluation_latency",
    "flag_error_rate",
    "rollback",
    "experiment_significant",
    "unexpected_change",
    "reload_failed",
])]);

static LATENCY: TableShape = table(
    "latency bound",
    "An alert's `evaluation_latency`",
    "A quantile of the evaluation time, and the bound it has to stay below.",
    &[
        field("percentile", SHARE, "The quantile, from 0 to 1.").required(),
        field("above", Shape::Duration, "The bound.").required(),
    ],
);

static ERROR_RATE: TableShape = table(
    "error rate bound",
    "An alert's `flag_error_rate`",
    "The share of errors among the outcomes reported for a flag, and its bound.",
    &[
        field("above", SHARE, "The bound, from 0 to 1.").required(),
        field("flag", NAME, "The flag.").default("every flag"),
        field("window", Shape::Duration, "Over how long errors are counted.").default("`\"5m\"`"),
        field("min_samples", COUNT, "How many outcomes it takes to judge.").default("10"),
    ],
);

static CHANNEL: TableShape = table(
    "channel",
    "[channels.KEY]",
    "Where alerts go.",
    &[
        field("kind", Shape::Word(&["log", "webhook", "alertmanager"]), "What it is.").required().also(&["type"]),
        field("url", NAME, "Where it is; not for `log`."),
        field("timeout", Shape::Duration, "How long a delivery may take.").default("`\"5s\"`"),
        field("retries", COUNT, "How often a delivery is tried again.").default("3"),
    ],
);

static MIGRATION: TableShape = table(
    "migration",
    "[migrations.KEY]",
    "A migration in phases that flags guard.",
    &[
        field("description", Shape::Text, "What it is about."),
        field(
            "phases",
            Shape::List(&ListShape { item: Shape::Table(&PHASE), least: 1, most: usize::MAX }),
            "The phases, in order.",
        )
        .required(),
        field("rollback_on_failure", Shape::Boolean, "Whether a failed phase is taken back.").default("`true`"),
    ],
);

static PHASE: TableShape = table(
    "phase",
    "An element of `phases`",
    "One phase of a migration.",
    &[
        field("name", NAME, "Its name.").required(),
        field("flag", NAME, "The flag that guards it.").required(),
        field("requires", SOME_NAMES, "Flags that have to be on before it starts."),
        field("hold", Shape::Duration, "How long it has to be healthy before the next one."),
        field("rollback_flag", NAME, "The flag that is switched on when the phase is taken back."),
    ],
);
