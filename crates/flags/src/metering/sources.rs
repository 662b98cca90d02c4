//! How a client stands, as metrics: what is served, how the files and the controls are.

use std::{collections::BTreeMap, sync::Weak, time::SystemTime};

use flags_metrics::{Metrics, Samples, table};

use crate::{Flags, Status, client::Inner};

/// Has `metrics` ask the client at each scrape, for as long as it is there.
pub(super) fn show(metrics: &Metrics, client: &Weak<Inner>) {
    #[cfg(feature = "alerts")]
    let alerting = client.clone();
    #[cfg(feature = "experiments")]
    let recording = client.clone();
    #[cfg(feature = "rollouts")]
    let rollouts = client.clone();
    let client = client.clone();
    let shown = metrics.add_source(
        &[
            table::CONFIG_INFO,
            table::CONFIG_REVISION,
            table::CONFIG_FLAGS,
            table::CONFIG_CHANGED,
            table::CONFIG_LAST_RELOAD_SUCCESSFUL,
            table::CONFIG_LAST_RELOAD_SUCCESS,
            table::CONFIG_RELOADS,
            table::CONTROLS_IN_FORCE,
            table::CONTROLS_ORPHANED,
            table::CONTROLS_UNCONFIRMED,
            table::CONTROLS_LAST_READ_SUCCESSFUL,
            table::PROPOSALS,
        ],
        move |samples| {
            if let Some(inner) = client.upgrade() {
                read(&Flags::from_inner(inner), samples);
            }
        },
    );
    if shown.is_err() {
        // Clients may share what they count with; it is the first whose state is shown.
        tracing::debug!("the metrics show how another client stands already");
    } else {
        #[cfg(feature = "alerts")]
        show_alerts(metrics, alerting);
        #[cfg(feature = "experiments")]
        show_recording(metrics, recording);
        #[cfg(feature = "rollouts")]
        show_rollouts(metrics, rollouts.clone());
        #[cfg(feature = "rollouts")]
        show_breakers(metrics, rollouts);
    }
}

/// Of clients that record.
#[cfg(feature = "experiments")]
fn show_recording(metrics: &Metrics, client: Weak<Inner>) {
    if client.upgrade().is_none_or(|inner| !inner.recorder.records()) {
        return;
    }
    let shown = metrics.add_source(crate::recording::SHOWN, move |samples| {
        if let Some(inner) = client.upgrade() {
            inner.recorder.show(samples);
        }
    });
    if let Err(error) = shown {
        tracing::debug!("the metrics do not show how recording stands: {error}");
    }
}

/// Of clients whose definitions have plans, now or later.
#[cfg(feature = "rollouts")]
fn show_rollouts(metrics: &Metrics, client: Weak<Inner>) {
    let shown = metrics.add_source(crate::rollouts::SHOWN, move |samples| {
        if let Some(inner) = client.upgrade() {
            inner.rollouts.show(samples);
        }
    });
    if let Err(error) = shown {
        tracing::debug!("the metrics do not show how rollouts stand: {error}");
    }
}

/// Of clients whose flags have circuit breakers, now or later.
#[cfg(feature = "rollouts")]
fn show_breakers(metrics: &Metrics, client: Weak<Inner>) {
    let shown = metrics.add_source(crate::rollouts::SHOWN_OF_BREAKERS, move |samples| {
        if let Some(inner) = client.upgrade() {
            inner.show_breakers(samples);
        }
    });
    if let Err(error) = shown {
        tracing::debug!("the metrics do not show how circuit breakers stand: {error}");
    }
}

#[cfg(feature = "alerts")]
fn show_alerts(metrics: &Metrics, client: Weak<Inner>) {
    let shown = metrics.add_source(&[table::ALERTS_FIRING, table::ALERT_NOTIFICATIONS], move |samples| {
        if let Some(inner) = client.upgrade() {
            inner.alerting.show(samples);
        }
    });
    if let Err(error) = shown {
        tracing::debug!("the metrics do not show how alerts stand: {error}");
    }
}

fn read(flags: &Flags, samples: &mut Samples) {
    let status = flags.status();
    samples.add_count(&table::CONFIG_INFO, &[&status.digest, &status.environment], 1);
    samples.add_count(&table::CONFIG_REVISION, &[], status.revision);
    samples.add_count(&table::CONFIG_FLAGS, &[], status.flags as u64);
    samples.add(&table::CONFIG_CHANGED, &[], seconds(status.changed_at.as_millis()));
    read_source(&status, samples);
    let state = flags.control().state();
    let mut kinds: BTreeMap<&str, u64> =
        ["kill", "override", "override_unit", "percentage", "breaker"].into_iter().map(|kind| (kind, 0)).collect();
    for control in state.controls() {
        *kinds.entry(control.action.kind()).or_default() += 1;
    }
    for (kind, count) in kinds {
        samples.add_count(&table::CONTROLS_IN_FORCE, &[kind], count);
    }
    samples.add_count(&table::CONTROLS_ORPHANED, &[], status.controls.orphaned as u64);
    samples.add_count(&table::CONTROLS_UNCONFIRMED, &[], status.controls.unconfirmed as u64);
    samples.add_count(&table::CONTROLS_LAST_READ_SUCCESSFUL, &[], u64::from(status.controls.error.is_none()));
    samples.add_count(&table::PROPOSALS, &[], status.controls.proposals as u64);
}

fn read_source(status: &Status, samples: &mut Samples) {
    let Some(source) = &status.source else { return };
    samples.add_count(&table::CONFIG_LAST_RELOAD_SUCCESSFUL, &[], u64::from(source.error.is_none()));
    if let Some(loaded) = source.loaded_at.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()) {
        samples.add(&table::CONFIG_LAST_RELOAD_SUCCESS, &[], loaded.as_secs_f64());
    }
    for (result, count) in [("ok", source.loads_ok), ("failed", source.loads_failed)] {
        samples.add_count(&table::CONFIG_RELOADS, &["file", result], count);
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of an instant are exact in a float for a long time yet")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
