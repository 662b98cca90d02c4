//! The names of metrics in expressions, each from the table of `flags-metrics`: one that is renamed there is renamed here, and
//! one that is removed does not compile.

use flags_metrics::table;

pub(super) const ALERTS_FIRING: &str = table::ALERTS_FIRING.name;
pub(super) const ALERT_NOTIFICATIONS: &str = table::ALERT_NOTIFICATIONS.name;
pub(super) const BUILD_INFO: &str = table::BUILD_INFO.name;
pub(super) const CACHE_REQUESTS: &str = table::CACHE_REQUESTS.name;
pub(super) const CHANGES: &str = table::CHANGES.name;
pub(super) const CONFIG_CHANGED: &str = table::CONFIG_CHANGED.name;
pub(super) const CONFIG_FLAGS: &str = table::CONFIG_FLAGS.name;
pub(super) const CONFIG_INFO: &str = table::CONFIG_INFO.name;
pub(super) const CONFIG_LAST_RELOAD_SUCCESS: &str = table::CONFIG_LAST_RELOAD_SUCCESS.name;
pub(super) const CONFIG_LAST_RELOAD_SUCCESSFUL: &str = table::CONFIG_LAST_RELOAD_SUCCESSFUL.name;
pub(super) const CONFIG_RELOADS: &str = table::CONFIG_RELOADS.name;
pub(super) const CONFIG_REVISION: &str = table::CONFIG_REVISION.name;
pub(super) const CONTROLS_LAST_READ_SUCCESSFUL: &str = table::CONTROLS_LAST_READ_SUCCESSFUL.name;
pub(super) const CONTROLS_ORPHANED: &str = table::CONTROLS_ORPHANED.name;
pub(super) const CONTROLS_UNCONFIRMED: &str = table::CONTROLS_UNCONFIRMED.name;
pub(super) const CONTROLS_IN_FORCE: &str = table::CONTROLS_IN_FORCE.name;
pub(super) const ERRORS: &str = table::EVALUATION_ERRORS.name;
pub(super) const EVALUATIONS: &str = table::EVALUATIONS.name;
pub(super) const EVALUATION_DURATION: &str = table::EVALUATION_DURATION.name;
pub(super) const EVENT_STREAMS: &str = table::EVENT_STREAMS.name;
pub(super) const EVENT_STREAMS_REFUSED: &str = table::EVENT_STREAMS_REFUSED.name;
pub(super) const EVENT_STREAM_EVENTS: &str = table::EVENT_STREAM_EVENTS.name;
pub(super) const EVENTS_DROPPED: &str = table::EVENTS_DROPPED.name;
pub(super) const EVENT_QUEUE_CAPACITY: &str = table::EVENT_QUEUE_CAPACITY.name;
pub(super) const EVENT_QUEUE_LENGTH: &str = table::EVENT_QUEUE_LENGTH.name;
pub(super) const EVENT_STORE_LAST_APPEND_SUCCESSFUL: &str = table::EVENT_STORE_LAST_APPEND_SUCCESSFUL.name;
pub(super) const EVENT_STORE_SIZE: &str = table::EVENT_STORE_SIZE.name;
pub(super) const EXPOSURES: &str = table::EXPOSURES.name;
pub(super) const GUARD_FALLBACKS: &str = table::GUARD_FALLBACKS.name;
pub(super) const GUARD_LATENCY: &str = table::GUARD_LATENCY.name;
pub(super) const GUARD_OUTCOMES: &str = table::GUARD_OUTCOMES.name;
pub(super) const HTTP_REQUESTS: &str = table::HTTP_REQUESTS.name;
pub(super) const PROPOSALS: &str = table::PROPOSALS.name;
pub(super) const SERIES_DROPPED: &str = table::SERIES_DROPPED.name;
pub(super) const SHADOW_COMPARISONS: &str = table::SHADOW_COMPARISONS.name;
pub(super) const TRACKED_EVENTS: &str = table::TRACKED_EVENTS.name;
pub(super) const UNIQUE_UNITS: &str = table::UNIQUE_UNITS.name;
