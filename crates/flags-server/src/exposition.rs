//! `/metrics`: what there is to count, in the text format of Prometheus.

use std::{fmt::Write as _, sync::atomic::Ordering};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};

use crate::{router::SharedState, shared::Shared, shared::timestamp};

/// Answers `GET /metrics`.
pub(crate) async fn metrics(State(shared): State<SharedState>) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, exposition(&shared)).into_response()
}

fn exposition(shared: &Shared) -> String {
    let status = shared.flags.status();
    let mut page = Page(String::with_capacity(4096));
    page.family("flags_build_info", "gauge", "The version of the program, as a label; always 1.");
    page.sample("flags_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    page.family("flags_config_info", "gauge", "What is served, as labels; always 1.");
    page.sample("flags_config_info", &[("digest", &status.digest), ("environment", &status.environment)], 1);
    page.family("flags_config_revision", "gauge", "The revision that is served, counted from 1 since the start.");
    page.sample("flags_config_revision", &[], status.revision);
    page.family("flags_config_flags", "gauge", "How many flags are served.");
    page.sample("flags_config_flags", &[], status.flags);
    page.family("flags_config_changed_timestamp_seconds", "gauge", "When the revision that is served took effect.");
    page.sample("flags_config_changed_timestamp_seconds", &[], seconds(status.changed_at));
    if let Some(source) = &status.source {
        let good = u8::from(source.error.is_none());
        page.family("flags_config_last_reload_successful", "gauge", "Whether the files as they are were accepted.");
        page.sample("flags_config_last_reload_successful", &[], good);
        let help = "When the content that is served was read.";
        page.family("flags_config_last_reload_success_timestamp_seconds", "gauge", help);
        if let Some(loaded) = source.loaded_at {
            page.sample("flags_config_last_reload_success_timestamp_seconds", &[], seconds(timestamp(loaded)));
        }
        page.family("flags_config_reloads_total", "counter", "How many times files were accepted or refused.");
        for (result, count) in [("ok", source.loads_ok), ("failed", source.loads_failed)] {
            page.sample("flags_config_reloads_total", &[("source", "file"), ("result", result)], count);
        }
    }
    page.family("flags_http_requests_total", "counter", "Requests answered, by route and status.");
    for (route, status, count) in shared.metrics.requests() {
        page.sample("flags_http_requests_total", &[("route", route.label()), ("status", &status)], count);
    }
    page.family("flags_event_streams", "gauge", "Event streams that are open.");
    page.sample("flags_event_streams", &[], shared.open_streams());
    page.family("flags_event_streams_refused_total", "counter", "Event streams refused because too many were open.");
    page.sample("flags_event_streams_refused_total", &[], shared.metrics.streams_refused.load(Ordering::Relaxed));
    page.family("flags_event_stream_events_total", "counter", "Events sent on event streams.");
    page.sample("flags_event_stream_events_total", &[], shared.metrics.stream_events.load(Ordering::Relaxed));
    page.0
}

/// An instant as Prometheus wants it: in seconds, to the millisecond.
fn seconds(instant: flags::Timestamp) -> String {
    let millis = instant.as_millis();
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        if labels.is_empty() {
            return self.line(format_args!("{name} {value}"));
        }
        let labels: Vec<String> = labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut page = Page(String::new());
        page.sample("m", &[("l", "a\"b\\c\nd")], 1);
        assert_eq!(page.0, "m{l=\"a\\\"b\\\\c\\nd\"} 1\n");
    }

    #[test]
    fn instants_keep_their_milliseconds() {
        assert_eq!(seconds(flags::Timestamp::from_millis(1_500)), "1.500");
        assert_eq!(seconds(flags::Timestamp::from_millis(-250)), "-0.250");
    }
}
