//! The channels of a program.

use std::{
    fmt,
    sync::{Arc, Once},
    thread,
    time::{Duration, Instant},
};

use super::{
    Channel, ChannelKind,
    alertmanager::AlertmanagerOutbox,
    http::Endpoint,
    log,
    outbox::Outbox,
    webhook::WebhookOutbox,
    worker::{self, Mailbox},
};
use crate::alerts::Notification;

/// The channels of a program, and their threads. Dropping it has each thread try once what it has not tried yet, and end;
/// nobody waits for that ([`flush`](Self::flush) does).
///
/// ```
/// use flags_metrics::channels::{Channel, ChannelKind, Channels};
///
/// let channels = Channels::new([Channel::new("log", ChannelKind::Log)], "production");
/// assert_eq!(channels.status()[0].kind, "log");
/// ```
pub struct Channels {
    environment: Box<str>,
    channels: Vec<Running>,
}

/// How a channel has done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelStatus {
    /// Its key.
    pub key: Box<str>,
    /// What it is, such as `webhook`.
    pub kind: &'static str,
    /// How many notifications were delivered.
    pub sent: u64,
    /// How many were given up: refused, or failed more often than they are tried again.
    pub failed: u64,
    /// How many were dropped because too many waited.
    pub dropped: u64,
    /// Why a delivery failed, the last time one did.
    pub last_error: Option<Box<str>>,
}

struct Running {
    channel: Channel,
    mailbox: Arc<Mailbox>,
    start: Once,
}

impl Channels {
    /// Channels of a program that runs in `environment`, which is told to receivers; empty where there is none. The thread of a
    /// channel starts with the first notification for it.
    pub fn new(channels: impl IntoIterator<Item = Channel>, environment: &str) -> Self {
        let channels = channels.into_iter().map(Running::new).collect();
        Self { environment: environment.into(), channels }
    }

    /// Hands a notification to the channels it names, and waits for none of them.
    pub fn send(&self, notification: &Notification) {
        for running in self.channels.iter().filter(|running| notification.notify.contains(&running.channel.key)) {
            running.send(notification, &self.environment);
        }
    }

    /// Goes on with other channels. One that stays as it is keeps what waits; the others are dropped.
    pub fn replace(&mut self, channels: impl IntoIterator<Item = Channel>) {
        let mut before = std::mem::take(&mut self.channels);
        for channel in channels {
            let same = before.iter().position(|running| running.channel == channel);
            self.channels.push(same.map_or_else(|| Running::new(channel), |at| before.swap_remove(at)));
        }
    }

    /// Waits until everything was delivered or given up, but no longer than `patience`; whether it was.
    pub fn flush(&self, patience: Duration) -> bool {
        self.flusher()(patience)
    }

    /// What [`flush`](Self::flush) does, to be called later or elsewhere, for the channels there are now.
    pub fn flusher(&self) -> impl Fn(Duration) -> bool + Send + use<> {
        let mailboxes: Vec<Arc<Mailbox>> = self.channels.iter().map(|running| Arc::clone(&running.mailbox)).collect();
        move |patience| wait(&mailboxes, patience)
    }

    /// How each channel has done so far, in their order.
    #[must_use]
    pub fn status(&self) -> Vec<ChannelStatus> {
        let status = |running: &Running| {
            let mut status = ChannelStatus {
                key: running.channel.key.clone(),
                kind: running.channel.kind.name(),
                sent: 0,
                failed: 0,
                dropped: 0,
                last_error: None,
            };
            running.mailbox.report(&mut status);
            status
        };
        self.channels.iter().map(status).collect()
    }
}

/// Waits until all of them are settled, but no longer than `patience`.
fn wait(mailboxes: &[Arc<Mailbox>], patience: Duration) -> bool {
    let now = Instant::now();
    // A patience beyond all clocks is a day's.
    let deadline = now.checked_add(patience).unwrap_or_else(|| now + Duration::from_secs(86_400));
    mailboxes.iter().all(|mailbox| mailbox.wait_until_settled(deadline))
}

impl Running {
    fn new(channel: Channel) -> Self {
        Self { channel, mailbox: Mailbox::new(), start: Once::new() }
    }

    fn send(&self, notification: &Notification, environment: &str) {
        if self.channel.kind == ChannelKind::Log {
            log::write(notification);
            self.mailbox.count_sent();
            return;
        }
        self.mailbox.put(notification.clone());
        self.start.call_once(|| self.start(environment));
    }

    fn start(&self, environment: &str) {
        let Channel { key, kind, retries, link, .. } = self.channel.clone();
        let outbox = match kind {
            ChannelKind::Log => return,
            ChannelKind::Webhook { .. } => {
                Outbox::Webhook(WebhookOutbox::new(environment, link, retries, fastrand::Rng::new()))
            }
            ChannelKind::Alertmanager { .. } => {
                Outbox::Alertmanager(AlertmanagerOutbox::new(environment, link, retries))
            }
        };
        let Some(endpoint) = Endpoint::of(&self.channel) else { return };
        let mailbox = Arc::clone(&self.mailbox);
        let run = move || worker::run(&key, &mailbox, &endpoint, outbox);
        if let Err(error) = thread::Builder::new().name("flags-alerts".into()).spawn(run) {
            tracing::error!(channel = &*self.channel.key, %error, "no thread for a channel: its alerts are lost");
            self.mailbox.lose_all(&format!("there is no thread for it: {error}"));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.mailbox.close();
    }
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.channels.iter().map(|running| &running.channel)).finish()
    }
}
