//! Health signals from outside the process.

use super::{MapShape, NAME, Shape, TableShape, at_most_one, exactly_one, field, map, table};

pub(super) static SIGNALS: MapShape = map("signal", Shape::Table(&SIGNAL));

static SIGNAL: TableShape = table(
    "signal",
    "[signals.KEY]",
    "A health signal from outside the process, which guardrails name by its key. It comes from a Prometheus server, from an \
     address that answers with a status, or from the application, which pushes it.",
    &[
        field("prometheus", Shape::Url, "The address of the Prometheus server.").also(&["prometheus_url"]),
        field("query", NAME, "The query in PromQL that yields the one number the signal is; with `prometheus` only.")
            .also(&["promql", "expr"]),
        field(
            "treatment",
            Shape::Table(&COUNT_QUERIES),
            "In place of `query`: what counts the runs of the units that have the flag, so that a guardrail can compare them \
             with `control`.",
        ),
        field("control", Shape::Table(&COUNT_QUERIES), "What counts the runs of the control group; goes with `treatment`."),
        field("http", Shape::Url, "The address of a health check: the signal is 0 where it is healthy, and 1 where not.")
            .also(&["url", "address", "health"]),
        field(
            "status",
            Shape::Integer { least: 100, most: 599 },
            "The status a healthy address answers with; with `http` only.",
        )
        .default("any from 200 to 299"),
        field(
            "unreachable",
            Shape::Word(&["unknown", "unhealthy"]),
            "What no answer at all means; with `http` only.",
        )
        .default("`\"unknown\"`"),
        field("source", Shape::Word(&["application"]), "`application`: the application pushes the signal."),
        field(
            "counts",
            Shape::Boolean,
            "Whether the application pushes counts of both arms, which can be compared, in place of one number.",
        )
        .default("`false`"),
        field("interval", Shape::Duration, "How often it is asked for.").default("`\"15s\"`").also(&["every"]),
        field("timeout", Shape::Duration, "How long an answer may take.").default("`\"5s\"`"),
        field("token_file", NAME, "The file that holds a bearer token.").also(&["token"]),
        field("token_env", NAME, "The environment variable that holds a bearer token."),
        field("user", NAME, "The user, where it takes a user and a password.").also(&["username"]),
        field("password_file", NAME, "The file that holds the password of `user`.").also(&["password"]),
        field("password_env", NAME, "The environment variable that holds the password of `user`."),
    ],
)
.groups(&[
    exactly_one(&["prometheus", "http", "source"]),
    at_most_one(&["query", "treatment"]),
    at_most_one(&["token_file", "token_env", "password_file", "password_env"]),
]);

static COUNT_QUERIES: TableShape = table(
    "count queries",
    "A signal's `treatment` and `control`",
    "What counts the runs of one arm: two queries, each of which yields one counter that only rises.",
    &[
        field("bad", NAME, "The query in PromQL that counts the bad runs.").required().also(&["errors", "failed"]),
        field("runs", NAME, "The query in PromQL that counts all runs.").required().also(&["total", "all"]),
    ],
);
