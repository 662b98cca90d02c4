//! Scenarios: another kind of file, of its own, in which simulated rollouts run.

use super::{ListShape, SHARE, Shape, TableShape, exactly_one, field, table};

/// A whole file.
pub(crate) static SCENARIO: TableShape = table(
    "scenario",
    "A scenario",
    "What a simulated rollout meets: how many runs there are, how the arms fare over time, and what can be seen of it.",
    &[
        field("description", Shape::Text, "What it is to show."),
        field("look", Shape::Duration, "How often it is looked.").default("`\"5s\"`").also(&["interval", "every"]),
        field("limit", Shape::Duration, "When the simulation ends at the latest.")
            .default("`\"24h\"`")
            .also(&["duration", "until", "end"]),
        field("traffic", Shape::Table(&TRAFFIC), "How many runs there are between two looks.")
            .default("`{ total = 2000 }`")
            .also(&["calls", "runs"]),
        field(
            "concentration",
            Shape::Number { least: 1.0, most: 1e9 },
            "How much the rates of single looks vary beyond chance: each is drawn from a beta distribution around the rate, whose \
             parameters sum to this. The smaller, the more they vary.",
        )
        .default("they do not vary")
        .also(&["dispersion"]),
        field(
            "approve_after",
            Shape::Duration,
            "How long it takes a simulated person to approve a stage that waits for it.",
        )
        .default("nobody approves")
        .also(&["approval"]),
        field("spans", Shape::List(&SPANS), "How the arms fare, each from its beginning to that of the next.")
            .required()
            .also(&["span", "phases"]),
        field("clock_jumps", Shape::List(&JUMPS), "Jumps of the clock that the rollout is told.").also(&["clock_jump"]),
    ],
);

static TRAFFIC: TableShape = table(
    "traffic",
    "`traffic`",
    "How many runs there are between two looks.",
    &[
        field(
            "per_arm",
            RUNS,
            "As many in each arm, whatever the percentage; whether the arms get their shares is not looked at then.",
        )
        .also(&["arm"]),
        field("total", RUNS, "As many of all units; each arm has its share of them.").also(&["all"]),
    ],
)
.groups(&[exactly_one(&["per_arm", "total"])]);

/// More would take too long to draw.
const RUNS: Shape = Shape::Integer { least: 0, most: 1_000_000 };

const SPANS: ListShape = ListShape { item: Shape::Table(&SPAN), least: 1, most: usize::MAX };

static SPAN: TableShape = table(
    "span",
    "An element of `spans`",
    "How the arms fare from some time on.",
    &[
        field("from", Shape::Duration, "From when on, counted from the start.")
            .default("`\"0s\"`")
            .also(&["at", "start"]),
        field("errors", RATES, "The share of runs that fail.").default("`0`").also(&["error_rate", "error"]),
        field("slow", RATES, "The share of runs that take longer than a latency guardrail allows.")
            .default("`0`")
            .also(&["latency"]),
        field(
            "data",
            Shape::Word(&["fine", "missing", "unreadable"]),
            "What can be seen of it: everything, nothing, or answers that are errors.",
        )
        .default("`\"fine\"`"),
    ],
);

/// One share for both arms, or one for each.
const RATES: Shape = Shape::OneOf(&[SHARE, Shape::Table(&ARMS)]);

static ARMS: TableShape = table(
    "rate of both arms",
    "`errors` and `slow`",
    "A share of runs, from 0 to 1, for each arm.",
    &[
        field("control", SHARE, "The share of those who do not have the flag.").required(),
        field("treatment", SHARE, "The share of those who have it.").required().also(&["flag"]),
    ],
);

const JUMPS: ListShape = ListShape { item: Shape::Table(&JUMP), least: 1, most: usize::MAX };

static JUMP: TableShape = table(
    "clock jump",
    "An element of `clock_jumps`",
    "A jump of the clock.",
    &[
        field("at", Shape::Duration, "When, counted from the start.").required(),
        field("forward", Shape::Duration, "By how much it goes forward."),
        field("back", Shape::Duration, "By how much it goes back.").also(&["backward"]),
    ],
)
.groups(&[exactly_one(&["forward", "back"])]);
