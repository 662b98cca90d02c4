//! config/prometheus/flags-rules.yml: recording and alerting rules for Prometheus.
//!
//! Errors are judged by burn rate over two windows, as in the Google SRE Workbook, chapter 5: the long window says that it matters, the
//! short one that it is still going on. The objective is 99.9 % of evaluations without an error over 30 days: 14.4 times the
//! permitted rate uses up 2 % of a month's errors in an hour, 6 times 5 % in six hours.

mod rollouts;

use std::fmt::Write;

use super::names::{
    ALERT_NOTIFICATIONS, CACHE_REQUESTS, CONFIG_INFO, CONFIG_LAST_RELOAD_SUCCESS, CONFIG_LAST_RELOAD_SUCCESSFUL,
    CONTROLS_IN_FORCE, CONTROLS_LAST_READ_SUCCESSFUL, CONTROLS_UNCONFIRMED, ERRORS, EVALUATION_DURATION, EVALUATIONS,
    EVENT_STORE_LAST_APPEND_SUCCESSFUL, EVENT_STREAMS_REFUSED, EVENTS_DROPPED, GUARD_LATENCY, GUARD_OUTCOMES,
    HTTP_REQUESTS, SERIES_DROPPED,
};

/// The share of evaluations that may meet an error.
const BUDGET: &str = "0.001";

/// A rule that records what it computes.
pub(super) struct Recording {
    /// `LEVEL:METRIC:OPERATIONS`, as Prometheus recommends.
    pub(super) name: String,
    pub(super) expression: String,
}

/// A rule that fires.
pub(super) struct Alerting {
    pub(super) name: &'static str,
    pub(super) expression: String,
    /// How long it has to hold.
    pub(super) hold: &'static str,
    pub(super) severity: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
}

/// What is recorded.
pub(super) fn recordings() -> Vec<Recording> {
    let mut all = vec![Recording {
        name: format!("job_flag:{}:rate5m", base(EVALUATIONS)),
        expression: format!("sum by (job, flag) (rate({EVALUATIONS}[5m]))"),
    }];
    for window in ["5m", "30m", "1h", "6h"] {
        all.push(Recording {
            name: errors_ratio(window),
            expression: format!(
                "sum by (job, flag) (rate({ERRORS}[{window}])) / (sum by (job, flag) (rate({EVALUATIONS}[{window}])) > 0)"
            ),
        });
    }
    for window in ["5m", "1h"] {
        all.push(Recording {
            name: branch_errors_ratio(window),
            expression: format!(
                "sum by (job, flag, variant) (rate({GUARD_OUTCOMES}{{outcome=\"error\"}}[{window}])) / \
                 (sum by (job, flag, variant) (rate({GUARD_OUTCOMES}[{window}])) > 0)"
            ),
        });
    }
    for (quantile, name) in [("0.5", "p50"), ("0.99", "p99")] {
        all.push(Recording {
            name: format!("job:{EVALUATION_DURATION}:{name}_5m"),
            expression: format!(
                "histogram_quantile({quantile}, sum by (job, le) (rate({EVALUATION_DURATION}_bucket[5m])))"
            ),
        });
    }
    all.push(Recording {
        name: format!("job_flag_variant:{GUARD_LATENCY}:p95_5m"),
        expression: format!(
            "histogram_quantile(0.95, sum by (job, flag, variant, le) (rate({GUARD_LATENCY}_bucket[5m])))"
        ),
    });
    all.push(Recording {
        name: format!("job_cache:{}:hit_ratio_rate5m", base(CACHE_REQUESTS)),
        expression: format!(
            "sum by (job, cache) (rate({CACHE_REQUESTS}{{result=\"hit\"}}[5m])) / \
             (sum by (job, cache) (rate({CACHE_REQUESTS}[5m])) > 0)"
        ),
    });
    all
}

fn errors_ratio(window: &str) -> String {
    format!("job_flag:{}:ratio_rate{window}", base(ERRORS))
}

fn branch_errors_ratio(window: &str) -> String {
    format!("job_flag_variant:{}:error_ratio_rate{window}", base(GUARD_OUTCOMES))
}

/// The name of a counter in that of a recording: rates are no totals.
fn base(counter: &str) -> &str {
    counter.trim_end_matches("_total")
}

/// What fires.
pub(super) fn alerts() -> Vec<Alerting> {
    let burn = |factor: &str, long: &str, short: &str| {
        let (long, short) = (errors_ratio(long), errors_ratio(short));
        format!("{long} > {factor} * {BUDGET} and {short} > {factor} * {BUDGET}")
    };
    let mut all = vec![
        Alerting {
            name: "FlagsAbsent",
            expression: format!("absent({CONFIG_INFO})"),
            hold: "5m",
            severity: "warning",
            summary: "No program shows metrics of flags",
            description: "Prometheus scrapes nothing that has flags. Is the program up, and is its /metrics among the targets?",
        },
        Alerting {
            name: "FlagsConfigReloadFailing",
            expression: format!("{CONFIG_LAST_RELOAD_SUCCESSFUL} == 0"),
            hold: "1m",
            severity: "warning",
            summary: "{{ $labels.instance }} refuses its definitions",
            description: "The files as they are were refused; the last good definitions stay in force, and no change to the files \
                          arrives. `flags check` on them says what is wrong.",
        },
        Alerting {
            name: "FlagsConfigStale",
            expression: format!(
                "{CONFIG_LAST_RELOAD_SUCCESSFUL} == 0 and time() - {CONFIG_LAST_RELOAD_SUCCESS} > 3600"
            ),
            hold: "5m",
            severity: "critical",
            summary: "{{ $labels.instance }} serves definitions that were replaced long ago",
            description: "Its files have been refused for more than an hour, or since it last read any. Whoever saves them believes that \
                          their changes are in force.",
        },
        Alerting {
            name: "FlagsRevisionSkew",
            expression: format!(
                "count by (job, environment) (count by (job, environment, digest) ({CONFIG_INFO})) > 1"
            ),
            hold: "10m",
            severity: "warning",
            summary: "Instances of {{ $labels.job }} serve different flags",
            description: "They have differed for ten minutes: {{ $value }} versions are in force. Compare flags_config_info of the instances; \
                          one of them may have lost its files, refuse them, or have controls the others lack.",
        },
        Alerting {
            name: "FlagsEvaluationErrorsFast",
            expression: burn("14.4", "1h", "5m"),
            hold: "2m",
            severity: "critical",
            summary: "{{ $value | humanizePercentage }} of the evaluations of {{ $labels.flag }} meet an error",
            description: "Callers get the off variant or their default. flags_evaluation_errors_total has the error by its type: \
                          TARGETING_KEY_MISSING is a context without a unit, TYPE_MISMATCH a caller who asks for another type.",
        },
        Alerting {
            name: "FlagsEvaluationErrorsSlow",
            expression: burn("6", "6h", "30m"),
            hold: "15m",
            severity: "warning",
            summary: "{{ $value | humanizePercentage }} of the evaluations of {{ $labels.flag }} have met an error for hours",
            description: "Callers get the off variant or their default. flags_evaluation_errors_total has the error by its type.",
        },
        Alerting {
            name: "FlagsBranchErrors",
            expression: format!("{} > 0.05 and {} > 0.05", branch_errors_ratio("1h"), branch_errors_ratio("5m")),
            hold: "2m",
            severity: "critical",
            summary: "{{ $value | humanizePercentage }} of the runs of {{ $labels.flag }}, variant {{ $labels.variant }}, fail",
            description: "The code behind this variant fails, panics, or is dropped before its end. `flags kill {{ $labels.flag }}` switches the \
                          flag off until the cause is found.",
        },
        Alerting {
            name: "FlagsControlsUnreadable",
            expression: format!("{CONTROLS_LAST_READ_SUCCESSFUL} == 0"),
            hold: "1m",
            severity: "critical",
            summary: "{{ $labels.instance }} cannot read its controls",
            description: "Those it knew stay in force, but a kill that is set now does not reach it. The log of the program says why.",
        },
        Alerting {
            name: "FlagsControlsUnconfirmed",
            expression: format!("{CONTROLS_UNCONFIRMED} > 0"),
            hold: "4h",
            severity: "info",
            summary: "Kills of protected flags wait for a second person on {{ $labels.instance }}",
            description: "They took effect at once, and nobody has confirmed them for four hours. `flags controls` lists them.",
        },
        Alerting {
            name: "FlagsKilledForLong",
            expression: format!("{CONTROLS_IN_FORCE}{{action=\"kill\"}} > 0"),
            hold: "1d",
            severity: "info",
            summary: "Flags have been killed on {{ $labels.instance }} for a day",
            description: "A kill is for emergencies: bring the flag back with `flags revive`, or switch it off in its definition. \
                          `flags controls` lists them.",
        },
        Alerting {
            name: "FlagsSeriesCapped",
            expression: format!("increase({SERIES_DROPPED}[15m]) > 0"),
            hold: "0m",
            severity: "warning",
            summary: "{{ $labels.instance }} has more series than its limit",
            description: "What is beyond the limit is summed up under the label __other__, so numbers by flag are incomplete. Remove \
                          flags that have served their time, or raise the limit.",
        },
        Alerting {
            name: "FlagsNotificationsLost",
            expression: format!("increase({ALERT_NOTIFICATIONS}{{result=~\"failed|dropped\"}}[15m]) > 0"),
            hold: "0m",
            severity: "warning",
            summary: "Alerts of {{ $labels.instance }} do not reach the channel {{ $labels.channel }}",
            description: "Its receiver refuses them or is not there; the log of the program says why.",
        },
        Alerting {
            name: "FlagsEventsDropped",
            expression: format!("increase({EVENTS_DROPPED}{{reason=~\"queue_full|store_full\"}}[15m]) > 0"),
            hold: "0m",
            severity: "warning",
            summary: "{{ $labels.instance }} drops events of experiments ({{ $labels.reason }})",
            description: "Exposures and tracked events are missing from the analysis. queue_full: the store is slower than the events come, or \
                          refuses them; store_full: it has reached its limit. The log of the program says more.",
        },
        Alerting {
            name: "FlagsEventStoreFailing",
            expression: format!("{EVENT_STORE_LAST_APPEND_SUCCESSFUL} == 0"),
            hold: "2m",
            severity: "critical",
            summary: "{{ $labels.instance }} cannot keep events of experiments",
            description: "They wait in memory until the store takes them, and are dropped when there are too many. The log of the program \
                          says why the store refuses them.",
        },
        Alerting {
            name: "FlagsServerErrors",
            expression: format!(
                "sum by (job, route) (rate({HTTP_REQUESTS}{{status=~\"5..\"}}[5m])) / \
                 (sum by (job, route) (rate({HTTP_REQUESTS}[5m])) > 0) > 0.01"
            ),
            hold: "5m",
            severity: "warning",
            summary: "{{ $value | humanizePercentage }} of the answers on {{ $labels.route }} are server errors",
            description: "Clients fall back to their defaults. 503 says that the definitions are not loaded yet.",
        },
        Alerting {
            name: "FlagsEventStreamsRefused",
            expression: format!("increase({EVENT_STREAMS_REFUSED}[15m]) > 0"),
            hold: "0m",
            severity: "warning",
            summary: "{{ $labels.instance }} refuses event streams",
            description: "More clients want to be told of changes than it has room for; those it refuses ask again and again instead.",
        },
    ];
    all.extend(rollouts::alerts());
    all
}

/// The names of all of them, recorded and alerting.
pub(crate) fn names() -> Vec<String> {
    let recorded = recordings().into_iter().map(|rule| rule.name);
    recorded.chain(alerts().into_iter().map(|rule| rule.name.to_owned())).collect()
}

/// The file.
pub(crate) fn file() -> String {
    let mut text = String::from(
        "# Recording and alerting rules for Prometheus. Written by `cargo xtask codegen` from the metrics that there are;\n\
         # flags-rules_test.yml, beside it, tests it: promtool test rules flags-rules_test.yml\n\
         groups:\n  - name: flags-recording\n    rules:\n",
    );
    for Recording { name, expression } in recordings() {
        // Writing to a string does not fail.
        let _ = write!(text, "      - record: {name}\n        expr: {}\n", quoted(&expression));
    }
    text.push_str("  - name: flags-alerting\n    rules:\n");
    for Alerting { name, expression, hold, severity, summary, description } in alerts() {
        let _ = write!(
            text,
            "      - alert: {name}\n        expr: {}\n        for: {hold}\n        labels:\n          severity: {severity}\n        \
             annotations:\n          summary: {}\n          description: {}\n",
            quoted(&expression),
            quoted(summary),
            quoted(description),
        );
    }
    text
}

/// A text in single quotes, in which YAML knows no escape but the doubled quote.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
