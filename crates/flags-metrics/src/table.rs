//! Every metric there is: name, kind, help, labels and unit, in one table.
//!
//! What is shown is built from these entries, and so are the dashboards and rules that are shipped. Names follow the
//! conventions of Prometheus: seconds and not milliseconds, ratios and not percent, `_total` on counters and on nothing else.
//! No label ever holds what a user of the application sent; those that name a flag or a variant hold what definitions name,
//! or one of [`OTHER`], [`UNKNOWN_FLAG`] and [`NO_VARIANT`].

mod rollouts;

pub use self::rollouts::{
    BREAKER_STATE, BREAKER_TRANSITIONS, ROLLOUT_CONTROLLER_LEADER, ROLLOUT_GUARD_VERDICT, ROLLOUT_PERCENTAGE,
    ROLLOUT_RUNS, ROLLOUT_STATE, ROLLOUT_TRANSITIONS, SIGNAL_UP,
};

/// The label of everything that found no place among the series, and of variants that a flag no longer has.
///
/// Keys of flags start with a letter or a digit, so no flag is called that.
pub const OTHER: &str = "__other__";

/// The flag's label where the application asked for a flag that does not exist. The name it asked for is not shown.
pub const UNKNOWN_FLAG: &str = "__unknown__";

/// The variant's label where none was served, but the caller's default.
///
/// A variant that is called that, or [`OTHER`], is shown with an underscore more.
pub const NO_VARIANT: &str = "__none__";

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its full name.
    pub name: &'static str,
    /// What sort of numbers it has.
    pub kind: Kind,
    /// What it says, in a sentence.
    pub help: &'static str,
    /// The names of its labels, in the order of their values.
    pub labels: &'static [&'static str],
    /// What its numbers are measured in; `None` for counts and for numbers without a unit.
    pub unit: Option<Unit>,
    /// Who shows it.
    pub shown_by: ShownBy,
}

/// What sort of numbers a metric has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A number that only rises, until the program starts anew.
    Counter,
    /// A number that rises and falls.
    Gauge,
    /// Counts of measurements by size.
    Histogram,
}

impl Kind {
    /// The word of the text format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What the numbers of a metric are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds; of an instant, since 1970-01-01T00:00:00Z.
    Seconds,
    /// Bytes.
    Bytes,
}

/// Which part of the system shows a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShownBy {
    /// Every [`Metrics`](crate::Metrics).
    Metrics,
    /// A client that counts with one.
    Client,
    /// The server.
    Server,
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, help, labels, unit: None, shown_by: ShownBy::Metrics }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, help, labels, unit: None, shown_by: ShownBy::Metrics }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, help, labels, unit: Some(Unit::Seconds), shown_by: ShownBy::Metrics }
}

impl Metric {
    const fn seconds(mut self) -> Self {
        self.unit = Some(Unit::Seconds);
        self
    }

    const fn bytes(mut self) -> Self {
        self.unit = Some(Unit::Bytes);
        self
    }

    const fn of(mut self, shown_by: ShownBy) -> Self {
        self.shown_by = shown_by;
        self
    }
}

/// Evaluations, by the variant served and the reason.
pub const EVALUATIONS: Metric = counter(
    "flags_evaluations_total",
    &["flag", "variant", "reason"],
    "Evaluations, by flag, variant served and reason.",
);

/// Evaluations that met an error, by its code.
pub const EVALUATION_ERRORS: Metric = counter(
    "flags_evaluation_errors_total",
    &["flag", "error_type"],
    "Evaluations that met an error, by flag and error code.",
);

/// How long evaluations take, by a sample of them.
pub const EVALUATION_DURATION: Metric =
    histogram("flags_evaluation_duration_seconds", &[], "How long one evaluation takes, by a sample of them.");

/// How many units each flag was evaluated for.
pub const UNIQUE_UNITS: Metric = gauge(
    "flags_unique_units",
    &["flag"],
    "How many different units the flag was evaluated for since the start, to within a few percent.",
);

/// Questions that a cache could have answered, and whether it did.
pub const CACHE_REQUESTS: Metric = counter(
    "flags_cache_requests_total",
    &["cache", "result"],
    "Questions to the caches at call sites and of bound handles, by whether the cache answered.",
);

/// How measured branches ended.
pub const GUARD_OUTCOMES: Metric = counter(
    "flags_guard_outcomes_total",
    &["flag", "variant", "outcome"],
    "Runs of measured branches, by flag, variant and outcome: ok, error (failed, panicked, dropped) or slow.",
);

/// How long measured branches ran.
pub const GUARD_LATENCY: Metric = histogram(
    "flags_guard_latency_seconds",
    &["flag", "variant"],
    "How long measured branches ran, by flag and variant, failed runs included.",
);

/// How runs ended that fell back to the old branch.
pub const GUARD_FALLBACKS: Metric = counter(
    "flags_guard_fallbacks_total",
    &["flag", "outcome"],
    "Runs of the old branch after the new one had failed, by flag and outcome: ok, error or slow.",
);

/// How comparisons of two branches ended.
pub const SHADOW_COMPARISONS: Metric = counter(
    "flags_shadow_comparisons_total",
    &["flag", "result"],
    "Calls that ran both branches to compare them, by flag and result: match, mismatch or error (the shadow failed).",
);

/// Flags that changed while the program ran.
pub const CHANGES: Metric = counter(
    "flags_changes_total",
    &["source"],
    "Flags that changed while the program ran, by where the change came from.",
);

/// Series that found no place.
pub const SERIES_DROPPED: Metric = counter(
    "flags_metric_series_dropped_total",
    &[],
    "Series that found no place below the limit and are summed up in the series labelled __other__.",
);

/// What is served.
pub const CONFIG_INFO: Metric =
    gauge("flags_config_info", &["digest", "environment"], "What is served, as labels; always 1.").of(ShownBy::Client);

/// The revision that is served.
pub const CONFIG_REVISION: Metric =
    gauge("flags_config_revision", &[], "The revision that is served, counted from 1 since the start.")
        .of(ShownBy::Client);

/// How many flags there are.
pub const CONFIG_FLAGS: Metric = gauge("flags_config_flags", &[], "How many flags are served.").of(ShownBy::Client);

/// When the revision that is served took effect.
pub const CONFIG_CHANGED: Metric =
    gauge("flags_config_changed_timestamp_seconds", &[], "When the revision that is served took effect.")
        .seconds()
        .of(ShownBy::Client);

/// Whether the last reload was accepted.
pub const CONFIG_LAST_RELOAD_SUCCESSFUL: Metric =
    gauge("flags_config_last_reload_successful", &[], "Whether the files as they are were accepted.")
        .of(ShownBy::Client);

/// When the content that is served was read.
pub const CONFIG_LAST_RELOAD_SUCCESS: Metric =
    gauge("flags_config_last_reload_success_timestamp_seconds", &[], "When the content that is served was read.")
        .seconds()
        .of(ShownBy::Client);

/// Reloads, by where they came from and whether they were accepted.
pub const CONFIG_RELOADS: Metric =
    counter("flags_config_reloads_total", &["source", "result"], "How many times files were accepted or refused.")
        .of(ShownBy::Client);

/// Controls that are in force.
pub const CONTROLS_IN_FORCE: Metric =
    gauge("flags_controls_in_force", &["action"], "Controls laid over the definitions, by what they do.")
        .of(ShownBy::Client);

/// Controls that wait for their flag or variant.
pub const CONTROLS_ORPHANED: Metric = gauge(
    "flags_controls_orphaned",
    &[],
    "Controls of flags or with variants that are not defined at present; they wait until they are.",
)
.of(ShownBy::Client);

/// Controls that wait for a second person.
pub const CONTROLS_UNCONFIRMED: Metric = gauge(
    "flags_controls_unconfirmed",
    &[],
    "Controls that took effect on a protected flag at once and wait for a second person to confirm them.",
)
.of(ShownBy::Client);

/// Whether the controls could be read.
pub const CONTROLS_LAST_READ_SUCCESSFUL: Metric = gauge(
    "flags_controls_last_read_successful",
    &[],
    "Whether the controls could be brought up to date when they were last looked at.",
)
.of(ShownBy::Client);

/// Proposals that wait for a second person.
pub const PROPOSALS: Metric =
    gauge("flags_proposals", &[], "Proposals of changes that wait for a second person.").of(ShownBy::Client);

/// Alerts that fire.
pub const ALERTS_FIRING: Metric =
    gauge("flags_alerts_firing", &["rule", "severity"], "Alerts of the program's own rules that fire, by rule.")
        .of(ShownBy::Client);

/// What became of what channels were told.
pub const ALERT_NOTIFICATIONS: Metric = counter(
    "flags_alert_notifications_total",
    &["channel", "result"],
    "Notifications of alerts, by channel and what became of them: sent, failed or dropped.",
)
.of(ShownBy::Client);

/// Exposures that were recorded.
pub const EXPOSURES: Metric = counter(
    "flags_exposures_total",
    &["experiment", "arm"],
    "First exposures of units to arms that were recorded, by experiment and arm.",
)
.of(ShownBy::Client);

/// Events that were tracked and recorded.
pub const TRACKED_EVENTS: Metric =
    counter("flags_tracked_events_total", &["event"], "Events that were tracked and recorded, by name.")
        .of(ShownBy::Client);

/// Events that were not recorded.
pub const EVENTS_DROPPED: Metric = counter(
    "flags_events_dropped_total",
    &["reason"],
    "Exposures and tracked events that were not recorded, by reason.",
)
.of(ShownBy::Client);

/// Events that wait for their store.
pub const EVENT_QUEUE_LENGTH: Metric =
    gauge("flags_event_queue_length", &[], "Exposures and tracked events that wait for their store.")
        .of(ShownBy::Client);

/// How many events may wait.
pub const EVENT_QUEUE_CAPACITY: Metric = gauge(
    "flags_event_queue_capacity",
    &[],
    "How many exposures and tracked events may wait for their store before they are dropped.",
)
.of(ShownBy::Client);

/// Whether the store of events took what it was last given.
pub const EVENT_STORE_LAST_APPEND_SUCCESSFUL: Metric = gauge(
    "flags_event_store_last_append_successful",
    &[],
    "Whether the store of exposures and tracked events kept what it was last given.",
)
.of(ShownBy::Client);

/// What the store of events takes on disk.
pub const EVENT_STORE_SIZE: Metric =
    gauge("flags_event_store_size_bytes", &[], "What exposures and tracked events take below the state folder.")
        .bytes()
        .of(ShownBy::Client);

/// The version of the program.
pub const BUILD_INFO: Metric =
    gauge("flags_build_info", &["version"], "The version of the program, as a label; always 1.").of(ShownBy::Server);

/// Requests the server answered.
pub const HTTP_REQUESTS: Metric =
    counter("flags_http_requests_total", &["route", "status"], "Requests answered, by route and status.")
        .of(ShownBy::Server);

/// Event streams that are open.
pub const EVENT_STREAMS: Metric = gauge("flags_event_streams", &[], "Event streams that are open.").of(ShownBy::Server);

/// Event streams that were refused.
pub const EVENT_STREAMS_REFUSED: Metric =
    counter("flags_event_streams_refused_total", &[], "Event streams refused because too many were open.")
        .of(ShownBy::Server);

/// Events that were sent on event streams.
pub const EVENT_STREAM_EVENTS: Metric =
    counter("flags_event_stream_events_total", &[], "Events sent on event streams.").of(ShownBy::Server);

/// Every metric, by who shows it.
pub const ALL: &[Metric] = &[
    EVALUATIONS,
    EVALUATION_ERRORS,
    EVALUATION_DURATION,
    UNIQUE_UNITS,
    CACHE_REQUESTS,
    GUARD_OUTCOMES,
    GUARD_LATENCY,
    GUARD_FALLBACKS,
    SHADOW_COMPARISONS,
    CHANGES,
    SERIES_DROPPED,
    CONFIG_INFO,
    CONFIG_REVISION,
    CONFIG_FLAGS,
    CONFIG_CHANGED,
    CONFIG_LAST_RELOAD_SUCCESSFUL,
    CONFIG_LAST_RELOAD_SUCCESS,
    CONFIG_RELOADS,
    CONTROLS_IN_FORCE,
    CONTROLS_ORPHANED,
    CONTROLS_UNCONFIRMED,
    CONTROLS_LAST_READ_SUCCESSFUL,
    PROPOSALS,
    ALERTS_FIRING,
    ALERT_NOTIFICATIONS,
    EXPOSURES,
    TRACKED_EVENTS,
    EVENTS_DROPPED,
    EVENT_QUEUE_LENGTH,
    EVENT_QUEUE_CAPACITY,
    EVENT_STORE_LAST_APPEND_SUCCESSFUL,
    EVENT_STORE_SIZE,
    ROLLOUT_STATE,
    ROLLOUT_PERCENTAGE,
    ROLLOUT_TRANSITIONS,
    ROLLOUT_GUARD_VERDICT,
    ROLLOUT_RUNS,
    ROLLOUT_CONTROLLER_LEADER,
    BREAKER_STATE,
    BREAKER_TRANSITIONS,
    SIGNAL_UP,
    BUILD_INFO,
    HTTP_REQUESTS,
    EVENT_STREAMS,
    EVENT_STREAMS_REFUSED,
    EVENT_STREAM_EVENTS,
];

/// The metric of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// What `promtool check metrics` asks of names, for those that no scrape of a test shows.
    // D5
    #[test]
    fn names_follow_the_conventions() {
        let mut names = HashSet::new();
        for metric in ALL {
            let Metric { name, kind, help, labels, unit, .. } = metric;
            assert!(names.insert(name), "{name} is there twice");
            assert!(name.starts_with("flags_"), "{name}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(help.ends_with('.') && !help.contains(['\n', '\\']), "{name}: {help}");
            assert!(
                !["_count", "_sum", "_bucket", "_info_total", "_ms"].iter().any(|end| name.ends_with(end)),
                "{name}"
            );
            assert_eq!(name.ends_with("_seconds"), *unit == Some(Unit::Seconds), "{name}");
            assert_eq!(name.ends_with("_bytes"), *unit == Some(Unit::Bytes), "{name}");
            let distinct: HashSet<_> = labels.iter().collect();
            assert_eq!(distinct.len(), labels.len(), "{name}");
            assert!(
                labels.iter().all(|label| label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')),
                "{name}"
            );
        }
        assert_eq!(find("flags_unique_units"), Some(&UNIQUE_UNITS));
    }

    #[test]
    fn no_flag_has_a_name_of_ours() {
        for label in [OTHER, UNKNOWN_FLAG, NO_VARIANT] {
            assert!(!flags_core::definition::is_key(label));
        }
    }
}
