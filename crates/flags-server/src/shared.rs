//! What every request sees.

use std::{sync::Arc, time::SystemTime};

use flags::{Flags, Subscription, Timestamp};
use tokio::sync::{Semaphore, watch};

use crate::{Limits, Server, Token, exposition, metrics::Metrics};

/// What the handlers of one server share.
pub(crate) struct Shared {
    pub(crate) flags: Flags,
    pub(crate) token: Option<Token>,
    pub(crate) limits: Limits,
    pub(crate) public_metrics: bool,
    pub(crate) base_path: String,
    pub(crate) metrics: Metrics,
    /// What `/metrics` shows.
    pub(crate) exposed: flags::metrics::Metrics,
    /// One permit for each evaluation that may be under way.
    pub(crate) evaluations: Semaphore,
    /// One permit for each event stream that may be open.
    pub(crate) streams: Arc<Semaphore>,
    /// When the flags last changed. Only the newest is kept, so a stream that lags costs nothing.
    pub(crate) changed: watch::Receiver<Timestamp>,
    /// Whether the server is stopping.
    pub(crate) stopping: watch::Sender<bool>,
    _subscription: Subscription,
}

impl Shared {
    pub(crate) fn start(server: &Server) -> Arc<Self> {
        let shared = Arc::new(Self::new(server));
        exposition::show(&shared);
        shared
    }

    fn new(server: &Server) -> Self {
        let flags = server.flags.clone();
        let (tell, changed) = watch::channel(flags.status().changed_at);
        let subscription = flags.on_change(move |changes| {
            tell.send_replace(changes.at);
        });
        Self {
            flags,
            token: server.token.clone(),
            limits: server.limits.clone(),
            public_metrics: server.public_metrics,
            base_path: server.base_path.clone(),
            metrics: Metrics::default(),
            exposed: exposition::exposed(&server.flags),
            evaluations: Semaphore::new(server.limits.concurrent_evaluations.min(Semaphore::MAX_PERMITS)),
            streams: Arc::new(Semaphore::new(server.limits.event_streams.min(Semaphore::MAX_PERMITS))),
            changed,
            stopping: watch::Sender::new(false),
            _subscription: subscription,
        }
    }

    /// Whether the server is stopping.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the server is stopping.
    pub(crate) async fn stopped(&self) {
        // It fails only when the sender is gone, and the sender is a field of `self`.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// How many event streams are open.
    pub(crate) fn open_streams(&self) -> usize {
        self.limits.event_streams.min(Semaphore::MAX_PERMITS).saturating_sub(self.streams.available_permits())
    }
}

/// A moment of the machine's clock as an instant.
pub(crate) fn timestamp(moment: SystemTime) -> Timestamp {
    let micros = match moment.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    };
    Timestamp::from_micros(micros)
}
