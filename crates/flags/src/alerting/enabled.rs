//! With the feature `alerts`: the rules and channels of a client, and the thread that has them look.
//!
//! The thread decides nothing: it waits, and has the rules look. What happens in between (a reload that is refused, an event the
//! application reports) is recorded by whoever notices it, on its own thread; channels have threads of their own, so neither
//! waits for a receiver.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::Duration,
};

use flags_config::Document;
use flags_control::{Control, Revision};
use flags_core::{FlagSet, Timestamp};
use flags_metrics::{
    Samples,
    alerts::{AlertPhase, AlertRule, AlertState, Alerts, Event, Notification},
    channels::{Channel, ChannelStatus, Channels},
    table,
};

use super::measured::Measured;
use crate::{Builder, client::Inner, wiring};

/// How often the rules look at what is measured, unless the program says otherwise.
const INTERVAL: Duration = Duration::from_secs(5);

/// The alerts of a client.
#[derive(Debug)]
pub(crate) struct Alerting {
    interval: Duration,
    state: Mutex<State>,
    stop: Arc<Stop>,
}

#[derive(Debug)]
struct State {
    alerts: Alerts,
    channels: Channels,
    /// What the client is to start with.
    planned: Option<(Vec<AlertRule>, Vec<Channel>)>,
    /// Controls that waited for a second person when they were last looked at, and which flags they change.
    unconfirmed: BTreeMap<Revision, Vec<Box<str>>>,
    /// The client, for the thread; until that runs.
    client: Option<Weak<Inner>>,
}

/// Ends the thread.
#[derive(Debug, Default)]
struct Stop {
    stopped: Mutex<bool>,
    wake: Condvar,
}

impl Alerting {
    pub(crate) fn new() -> Self {
        let state = State {
            alerts: Alerts::default(),
            channels: Channels::new([], ""),
            planned: None,
            unconfirmed: BTreeMap::new(),
            client: None,
        };
        Self { interval: INTERVAL, state: Mutex::new(state), stop: Arc::default() }
    }

    /// Takes the alerts and channels that definitions hold, for the start.
    pub(crate) fn plan(&self, document: &Document) {
        self.lock().planned = Some(wiring::rules_and_channels(document));
    }

    /// Puts what was planned in force. The thread starts with the first rule.
    pub(crate) fn start(&self, environment: &str, client: &Weak<Inner>) {
        let mut state = self.lock();
        let (rules, channels) = state.planned.take().unwrap_or_default();
        state.alerts = Alerts::new(rules);
        state.channels = Channels::new(channels, environment);
        state.client = Some(Weak::clone(client));
        self.run_if_needed(&mut state);
    }

    /// Goes on with the alerts and channels of other definitions.
    fn replace(&self, document: &Document, now: Timestamp) {
        let (rules, channels) = wiring::rules_and_channels(document);
        let mut state = self.lock();
        let told = state.alerts.replace_rules(rules, now);
        state.tell(&told);
        state.channels.replace(channels);
        self.run_if_needed(&mut state);
    }

    pub(super) fn record(&self, event: &Event, now: Timestamp) {
        let mut state = self.lock();
        let told = state.alerts.record(event, now);
        state.tell(&told);
    }

    pub(super) fn states(&self) -> Vec<AlertState> {
        self.lock().alerts.states()
    }

    pub(super) fn channels(&self) -> Vec<ChannelStatus> {
        self.lock().channels.status()
    }

    pub(super) fn flush(&self, patience: Duration) -> bool {
        // Waits without the lock.
        let flush = self.lock().channels.flusher();
        flush(patience)
    }

    /// Shows how the alerts and channels stand.
    pub(crate) fn show(&self, samples: &mut Samples) {
        let state = self.lock();
        let mut firing: BTreeMap<(Box<str>, &str), u64> = BTreeMap::new();
        for alert in state.alerts.states() {
            *firing.entry((alert.rule, alert.severity.name())).or_default() +=
                u64::from(alert.phase == AlertPhase::Firing);
        }
        for ((rule, severity), count) in firing {
            samples.add_count(&table::ALERTS_FIRING, &[&rule, severity], count);
        }
        for channel in state.channels.status() {
            for (result, count) in [("sent", channel.sent), ("failed", channel.failed), ("dropped", channel.dropped)] {
                samples.add_count(&table::ALERT_NOTIFICATIONS, &[&channel.key, result], count);
            }
        }
    }

    fn run_if_needed(&self, state: &mut State) {
        if state.alerts.rules().next().is_none() {
            return;
        }
        let Some(client) = state.client.take() else { return };
        let (stop, interval) = (Arc::clone(&self.stop), self.interval);
        let run = move || {
            while stop.wait(interval) {
                let Some(client) = client.upgrade() else { return };
                client.check_alerts();
            }
        };
        if let Err(error) = thread::Builder::new().name("flags-alerting".into()).spawn(run) {
            tracing::error!(%error, "no thread for alerts: what is measured will alert nobody");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alerting {
    fn drop(&mut self) {
        *self.stop.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.wake.notify_one();
    }
}

impl Stop {
    /// Waits so long; whether to go on after that.
    fn wait(&self, interval: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.wake.wait_timeout_while(stopped, interval, |stopped| !*stopped);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl State {
    fn tell(&self, told: &[Notification]) {
        for notification in told {
            self.channels.send(notification);
        }
    }
}

impl Inner {
    /// Has the rules look at what was measured, and at what waits for a second person.
    pub(super) fn check_alerts(&self) {
        let now = self.lock().now();
        let controls = self.controls.state();
        let live = self.current.unforced();
        let mut state = self.alerting.lock();
        let known = std::mem::take(&mut state.unconfirmed);
        let waiting: BTreeMap<Revision, Vec<Box<str>>> = controls
            .unconfirmed()
            .map(|control| {
                (control.id, known.get(&control.id).cloned().unwrap_or_else(|| changed_by(control, &live.set)))
            })
            .collect();
        let mut told = vec![];
        for flag in known.iter().filter(|(id, _)| !waiting.contains_key(id)).flat_map(|(_, flags)| flags) {
            // Confirmed, or taken back, which is as good; unless another change of it waits still.
            if !waiting.values().flatten().any(|waits| waits == flag) {
                told.extend(state.alerts.record(&Event::ChangeConfirmed { flag: flag.clone() }, now));
            }
        }
        for control in controls.unconfirmed().filter(|control| !known.contains_key(&control.id)) {
            for flag in waiting.get(&control.id).into_iter().flatten() {
                let because = control.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
                let what = match control.target.flag_key() {
                    Some(_) => control.action.to_string(),
                    None => format!("{} of {}", control.action, control.target),
                };
                let detail = format!("{what} by {}, which nobody else has confirmed{because}", control.author);
                let event = Event::UnexpectedChange { flag: flag.clone(), detail: detail.into() };
                told.extend(state.alerts.record(&event, now));
            }
        }
        state.unconfirmed = waiting;
        told.extend(state.alerts.tick(&Measured { client: self }, now));
        state.tell(&told);
    }

    pub(super) fn record_event(&self, event: &Event) {
        let now = self.lock().now();
        self.alerting.record(event, now);
    }
}

/// The flags that a control changes: its own, or those that its experiment serves.
fn changed_by(control: &Control, set: &FlagSet) -> Vec<Box<str>> {
    let key = control.target.key();
    match control.target.flag_key() {
        Some(flag) => vec![flag.into()],
        None => set.experiment(key).map(|view| view.flags().map(Into::into).collect()).unwrap_or_default(),
    }
}

#[cfg(feature = "watch")]
impl Inner {
    /// Definitions were accepted; `document` where they are new.
    pub(crate) fn alert_of_reload(&self, document: Option<&Document>) {
        self.record_event(&Event::ReloadSucceeded);
        if let Some(document) = document {
            let now = self.lock().now();
            self.alerting.replace(document, now);
        }
    }

    /// Changed definitions were refused.
    pub(crate) fn alert_of_refusal(&self, failure: &str) {
        self.record_event(&Event::ReloadFailed { detail: failure.into() });
    }

    /// Flags whose definition changed while nobody signed it, or no program ran.
    pub(crate) fn alert_of_unsigned(&self, flags: &[Box<str>]) {
        for flag in flags {
            self.record_event(&wiring::unsigned(flag));
        }
    }

    /// Whether a rule asks for unexpected changes: to find them means to read the former definitions again.
    pub(crate) fn wants_changes(&self) -> bool {
        use flags_metrics::alerts::AlertCondition;
        self.alerting.lock().alerts.rules().any(|rule| rule.condition == AlertCondition::UnexpectedChange)
    }

    /// Definitions were replaced by others.
    pub(crate) fn alert_of_changes(&self, old: &flags_core::Definitions, new: &flags_core::Definitions) {
        for event in wiring::unexpected_changes(old, new) {
            self.record_event(&event);
        }
    }
}

#[cfg(feature = "experiments")]
impl Inner {
    /// An experiment has another verdict than before.
    pub(crate) fn alert_of_verdict(&self, experiment: &str, detail: &str) {
        self.record_event(&Event::ExperimentSignificant { experiment: experiment.into(), detail: detail.into() });
    }

    /// Somebody has acted on the verdict of an experiment.
    pub(crate) fn alert_of_conclusion(&self, experiment: &str) {
        self.record_event(&Event::ExperimentConcluded { experiment: experiment.into() });
    }
}

impl Builder {
    /// How often the rules of alerts look at what is measured; every five seconds unless said otherwise. What happens at an
    /// instant is not waited for.
    pub fn alert_interval(mut self, interval: Duration) -> Self {
        self.alerting.interval = interval;
        self
    }
}
