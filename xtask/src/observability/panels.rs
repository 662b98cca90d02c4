//! What the dashboard shows: rows of panels with their expressions.

mod rollouts;

use super::names::{
    ALERT_NOTIFICATIONS, ALERTS_FIRING, BUILD_INFO, CACHE_REQUESTS, CHANGES, CONFIG_CHANGED, CONFIG_FLAGS, CONFIG_INFO,
    CONFIG_LAST_RELOAD_SUCCESS, CONFIG_LAST_RELOAD_SUCCESSFUL, CONFIG_RELOADS, CONFIG_REVISION, CONTROLS_IN_FORCE,
    CONTROLS_LAST_READ_SUCCESSFUL, CONTROLS_ORPHANED, CONTROLS_UNCONFIRMED, ERRORS, EVALUATION_DURATION, EVALUATIONS,
    EVENT_QUEUE_CAPACITY, EVENT_QUEUE_LENGTH, EVENT_STORE_LAST_APPEND_SUCCESSFUL, EVENT_STORE_SIZE,
    EVENT_STREAM_EVENTS, EVENT_STREAMS, EVENT_STREAMS_REFUSED, EVENTS_DROPPED, EXPOSURES, GUARD_FALLBACKS,
    GUARD_LATENCY, GUARD_OUTCOMES, HTTP_REQUESTS, PROPOSALS, SERIES_DROPPED, SHADOW_COMPARISONS, TRACKED_EVENTS,
    UNIQUE_UNITS,
};

/// Panels under one heading.
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) panels: Vec<Panel>,
}

/// One panel.
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) look: Look,
    /// The unit in Grafana's words.
    pub(crate) unit: &'static str,
    /// Out of 24 columns.
    pub(crate) width: u32,
    pub(crate) queries: Vec<Query>,
}

/// How a panel looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// One number.
    Stat,
    /// Lines over time.
    TimeSeries,
    /// A table of the series as they are.
    Table,
}

/// One expression of a panel.
pub(crate) struct Query {
    pub(crate) expression: String,
    pub(crate) legend: &'static str,
    /// Whether every server that evaluates flags has data for it, from its first minute on.
    pub(crate) always: bool,
}

fn query(expression: String, legend: &'static str) -> Query {
    Query { expression, legend, always: false }
}

fn always(expression: String, legend: &'static str) -> Query {
    Query { always: true, ..query(expression, legend) }
}

fn stat(title: &'static str, unit: &'static str, description: &'static str, query: Query) -> Panel {
    Panel { title, description, look: Look::Stat, unit, width: 4, queries: vec![query] }
}

fn lines(
    title: &'static str,
    unit: &'static str,
    width: u32,
    description: &'static str,
    queries: impl IntoIterator<Item = Query>,
) -> Panel {
    Panel { title, description, look: Look::TimeSeries, unit, width, queries: queries.into_iter().collect() }
}

/// The rows, from above.
pub(crate) fn rows() -> Vec<Row> {
    vec![overview(), evaluations(), branches(), rollouts::row(), experiments(), definitions(), operations(), server()]
}

/// What a query looks at: the programs, and where it makes sense the flags, that are chosen above the panels.
const OF_JOB: &str = "job=~\"$job\"";
const OF_FLAG: &str = "job=~\"$job\",flag=~\"$flag\"";
const RATE: &str = "$__rate_interval";

fn overview() -> Row {
    Row {
        title: "Overview",
        panels: vec![
            stat(
                "Evaluations",
                "ops",
                "Evaluations in a second, all flags together.",
                always(format!("sum(rate({EVALUATIONS}{{{OF_JOB}}}[{RATE}]))"), ""),
            ),
            stat(
                "Errors",
                "percentunit",
                "The share of evaluations that meet an error.",
                always(
                    format!(
                        "(sum(rate({ERRORS}{{{OF_JOB}}}[{RATE}])) or vector(0)) / \
                         sum(rate({EVALUATIONS}{{{OF_JOB}}}[{RATE}]))"
                    ),
                    "",
                ),
            ),
            stat("Flags", "none", "How many flags are served.", always(format!("max({CONFIG_FLAGS}{{{OF_JOB}}})"), "")),
            stat(
                "Killed",
                "none",
                "Kills in force, on the instance that has most.",
                always(format!("max({CONTROLS_IN_FORCE}{{{OF_JOB},action=\"kill\"}})"), ""),
            ),
            stat(
                "Refused files",
                "none",
                "Instances whose files as they are were refused.",
                always(format!("sum({CONFIG_LAST_RELOAD_SUCCESSFUL}{{{OF_JOB}}} == bool 0)"), ""),
            ),
            stat(
                "Alerts",
                "none",
                "Alerts of the programs' own rules that fire.",
                query(format!("sum({ALERTS_FIRING}{{{OF_JOB}}})"), ""),
            ),
        ],
    }
}

fn evaluations() -> Row {
    let quantile = |quantile: &str| {
        format!("histogram_quantile({quantile}, sum by (le) (rate({EVALUATION_DURATION}_bucket{{{OF_JOB}}}[{RATE}])))")
    };
    Row {
        title: "Evaluations",
        panels: vec![
            lines(
                "By flag",
                "ops",
                12,
                "The twenty flags that are evaluated most.",
                [always(format!("topk(20, sum by (flag) (rate({EVALUATIONS}{{{OF_FLAG}}}[{RATE}])))"), "{{flag}}")],
            ),
            lines(
                "By variant",
                "ops",
                12,
                "Who gets what, of the flags that are chosen above.",
                [always(
                    format!("sum by (flag, variant) (rate({EVALUATIONS}{{{OF_FLAG}}}[{RATE}]))"),
                    "{{flag}} {{variant}}",
                )],
            ),
            lines(
                "By reason",
                "ops",
                8,
                "Why they get it.",
                [always(format!("sum by (reason) (rate({EVALUATIONS}{{{OF_FLAG}}}[{RATE}]))"), "{{reason}}")],
            ),
            lines(
                "Errors",
                "ops",
                8,
                "Evaluations that meet an error: callers get the off variant or their default.",
                [query(
                    format!("sum by (flag, error_type) (rate({ERRORS}{{{OF_FLAG}}}[{RATE}])) > 0"),
                    "{{flag}} {{error_type}}",
                )],
            ),
            lines(
                "Units",
                "short",
                8,
                "How many different units each flag was evaluated for since the start, to within a few percent.",
                [query(format!("max by (flag) ({UNIQUE_UNITS}{{{OF_FLAG}}})"), "{{flag}}")],
            ),
            lines(
                "Time of an evaluation",
                "s",
                12,
                "By a sample of them.",
                [query(quantile("0.5"), "p50"), query(quantile("0.95"), "p95"), query(quantile("0.99"), "p99")],
            ),
            lines(
                "Answered by a cache",
                "percentunit",
                12,
                "Of the questions at call sites and of bound handles, the share that a cache answered.",
                [query(
                    format!(
                        "sum by (cache) (rate({CACHE_REQUESTS}{{{OF_JOB},result=\"hit\"}}[{RATE}])) / \
                         (sum by (cache) (rate({CACHE_REQUESTS}{{{OF_JOB}}}[{RATE}])) > 0)"
                    ),
                    "{{cache}}",
                )],
            ),
        ],
    }
}

fn branches() -> Row {
    Row {
        title: "Measured branches",
        panels: vec![
            lines(
                "Failed runs",
                "percentunit",
                8,
                "The share of the runs of each variant that fail, panic, or are dropped before their end.",
                [query(
                    format!(
                        "sum by (flag, variant) (rate({GUARD_OUTCOMES}{{{OF_FLAG},outcome=\"error\"}}[{RATE}])) / \
                         (sum by (flag, variant) (rate({GUARD_OUTCOMES}{{{OF_FLAG}}}[{RATE}])) > 0)"
                    ),
                    "{{flag}} {{variant}}",
                )],
            ),
            lines(
                "Runs",
                "ops",
                8,
                "How runs end.",
                [query(
                    format!("sum by (flag, variant, outcome) (rate({GUARD_OUTCOMES}{{{OF_FLAG}}}[{RATE}]))"),
                    "{{flag}} {{variant}} {{outcome}}",
                )],
            ),
            lines(
                "Time of a run, p95",
                "s",
                8,
                "Failed runs included.",
                [query(
                    format!(
                        "histogram_quantile(0.95, sum by (flag, variant, le) (rate({GUARD_LATENCY}_bucket{{{OF_FLAG}}}[{RATE}])))"
                    ),
                    "{{flag}} {{variant}}",
                )],
            ),
            lines(
                "Fall-backs to the old branch",
                "ops",
                12,
                "Runs of the old branch after the new one had failed, by how they end.",
                [query(
                    format!("sum by (flag, outcome) (rate({GUARD_FALLBACKS}{{{OF_FLAG}}}[{RATE}]))"),
                    "{{flag}} {{outcome}}",
                )],
            ),
            lines(
                "Comparisons of both branches that differ",
                "percentunit",
                12,
                "The share of comparisons in which the branches came to something else, or the shadow failed.",
                [query(
                    format!(
                        "sum by (flag, result) (rate({SHADOW_COMPARISONS}{{{OF_FLAG},result!=\"match\"}}[{RATE}])) / \
                         on (flag) group_left() (sum by (flag) (rate({SHADOW_COMPARISONS}{{{OF_FLAG}}}[{RATE}])) > 0)"
                    ),
                    "{{flag}} {{result}}",
                )],
            ),
        ],
    }
}

fn experiments() -> Row {
    Row {
        title: "Experiments",
        panels: vec![
            lines(
                "New units",
                "ops",
                8,
                "First exposures that were recorded, by experiment and arm. Arms of equal weight should grow alike.",
                [query(
                    format!("sum by (experiment, arm) (rate({EXPOSURES}{{{OF_JOB}}}[{RATE}]))"),
                    "{{experiment}} {{arm}}",
                )],
            ),
            lines(
                "Tracked events",
                "ops",
                8,
                "What units did, by event.",
                [query(format!("sum by (event) (rate({TRACKED_EVENTS}{{{OF_JOB}}}[{RATE}]))"), "{{event}}")],
            ),
            lines(
                "Events that were not recorded",
                "ops",
                8,
                "By reason. Whatever is dropped is missing from every analysis.",
                [query(format!("sum by (reason) (rate({EVENTS_DROPPED}{{{OF_JOB}}}[{RATE}]))"), "{{reason}}")],
            ),
            lines(
                "Events that wait for their store",
                "percentunit",
                8,
                "Of those that may wait; what comes beyond is dropped.",
                [query(
                    format!(
                        "max by (instance) ({EVENT_QUEUE_LENGTH}{{{OF_JOB}}} / {EVENT_QUEUE_CAPACITY}{{{OF_JOB}}})"
                    ),
                    "{{instance}}",
                )],
            ),
            lines(
                "Store keeps events",
                "none",
                8,
                "1 is as it should be; at 0 events wait until the store is well again.",
                [query(
                    format!("min by (instance) ({EVENT_STORE_LAST_APPEND_SUCCESSFUL}{{{OF_JOB}}})"),
                    "{{instance}}",
                )],
            ),
            lines(
                "Size of the store",
                "bytes",
                8,
                "What events take below the state folder.",
                [query(format!("max by (instance) ({EVENT_STORE_SIZE}{{{OF_JOB}}})"), "{{instance}}")],
            ),
        ],
    }
}

fn definitions() -> Row {
    Row {
        title: "Definitions",
        panels: vec![
            Panel {
                title: "What is served",
                description: "More than one digest in an environment: instances serve different flags.",
                look: Look::Table,
                unit: "none",
                width: 12,
                queries: vec![always(format!("{CONFIG_INFO}{{{OF_JOB}}}"), "")],
            },
            lines(
                "Age of what is served",
                "s",
                6,
                "Since the revision took effect, and since its content was read.",
                [
                    always(
                        format!("time() - max by (instance) ({CONFIG_CHANGED}{{{OF_JOB}}})"),
                        "{{instance}} changed",
                    ),
                    always(
                        format!("time() - max by (instance) ({CONFIG_LAST_RELOAD_SUCCESS}{{{OF_JOB}}})"),
                        "{{instance}} read",
                    ),
                ],
            ),
            lines(
                "Revision",
                "none",
                6,
                "Counted from 1 since the start of each instance.",
                [always(format!("{CONFIG_REVISION}{{{OF_JOB}}}"), "{{instance}}")],
            ),
            lines(
                "Reloads",
                "none",
                12,
                "How many times files were accepted or refused.",
                [always(
                    format!("sum by (source, result) (increase({CONFIG_RELOADS}{{{OF_JOB}}}[{RATE}]))"),
                    "{{source}} {{result}}",
                )],
            ),
            lines(
                "Changes of flags",
                "none",
                12,
                "Flags that changed while the programs ran, by where the change came from.",
                [always(format!("sum by (source) (increase({CHANGES}{{{OF_JOB}}}[{RATE}]))"), "{{source}}")],
            ),
        ],
    }
}

fn operations() -> Row {
    Row {
        title: "Operation",
        panels: vec![
            lines(
                "Controls in force",
                "none",
                8,
                "What operators and automation have laid over the definitions.",
                [always(format!("max by (action) ({CONTROLS_IN_FORCE}{{{OF_JOB}}})"), "{{action}}")],
            ),
            lines(
                "Waiting for a second person",
                "none",
                8,
                "Proposals, kills of protected flags that nobody has confirmed, and controls whose flag is not defined at present.",
                [
                    always(format!("max({PROPOSALS}{{{OF_JOB}}})"), "proposals"),
                    always(format!("max({CONTROLS_UNCONFIRMED}{{{OF_JOB}}})"), "unconfirmed"),
                    always(format!("max({CONTROLS_ORPHANED}{{{OF_JOB}}})"), "without a flag"),
                ],
            ),
            lines(
                "Controls that cannot be read",
                "none",
                8,
                "Instances that could not bring their controls up to date.",
                [always(format!("sum({CONTROLS_LAST_READ_SUCCESSFUL}{{{OF_JOB}}} == bool 0)"), "instances")],
            ),
            lines(
                "Alerts that fire",
                "none",
                12,
                "By rule of the programs' own.",
                [query(format!("sum by (rule, severity) ({ALERTS_FIRING}{{{OF_JOB}}})"), "{{rule}} {{severity}}")],
            ),
            lines(
                "Notifications",
                "none",
                12,
                "By channel and what became of them.",
                [query(
                    format!("sum by (channel, result) (increase({ALERT_NOTIFICATIONS}{{{OF_JOB}}}[{RATE}]))"),
                    "{{channel}} {{result}}",
                )],
            ),
        ],
    }
}

fn server() -> Row {
    Row {
        title: "Server",
        panels: vec![
            lines(
                "Requests",
                "reqps",
                12,
                "By route and status.",
                [always(
                    format!("sum by (route, status) (rate({HTTP_REQUESTS}{{{OF_JOB}}}[{RATE}]))"),
                    "{{route}} {{status}}",
                )],
            ),
            lines(
                "Event streams",
                "none",
                6,
                "Open ones, and those refused because too many were open.",
                [
                    always(format!("sum({EVENT_STREAMS}{{{OF_JOB}}})"), "open"),
                    always(format!("sum(increase({EVENT_STREAMS_REFUSED}{{{OF_JOB}}}[{RATE}]))"), "refused"),
                    always(format!("sum(increase({EVENT_STREAM_EVENTS}{{{OF_JOB}}}[{RATE}]))"), "events sent"),
                ],
            ),
            lines(
                "Series beyond the limit",
                "none",
                6,
                "Summed up under the label __other__.",
                [always(format!("sum by (instance) (increase({SERIES_DROPPED}{{{OF_JOB}}}[{RATE}]))"), "{{instance}}")],
            ),
            Panel {
                title: "Versions",
                description: "The program's version on each instance.",
                look: Look::Table,
                unit: "none",
                width: 24,
                queries: vec![always(format!("{BUILD_INFO}{{{OF_JOB}}}"), "")],
            },
        ],
    }
}
