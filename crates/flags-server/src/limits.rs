//! How much the server takes on at once, and how long it waits.

use std::time::Duration;

/// Bounds on what a client may cost.
///
/// ```
/// use flags_server::Limits;
///
/// let mut limits = Limits::default();
/// limits.event_streams = 10_000;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest body of a request, in bytes; a longer one is answered with 413. 1 MiB by default.
    pub body_bytes: usize,
    /// The most names in one object of a context; more is an invalid context. 1000 by default.
    pub context_names: usize,
    /// Evaluations under way at once; further ones are answered with 429 and the advice to come back in a second. 256 by
    /// default.
    pub concurrent_evaluations: usize,
    /// Event streams open at once; further ones are answered with 503. 1024 by default.
    pub event_streams: usize,
    /// Connections open at once; further ones wait to be accepted. 4096 by default.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and how long a connection may lie idle between two. 30
    /// seconds by default.
    pub head_timeout: Duration,
    /// How long a request may take, its body included; then it is answered with 408. Event streams are excepted. 10 seconds
    /// by default.
    pub request_timeout: Duration,
    /// How long requests under way are waited for when the server stops. 10 seconds by default.
    pub drain: Duration,
    /// How often an event stream that has nothing to say shows that it is alive. 15 seconds by default.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            context_names: 1000,
            concurrent_evaluations: 256,
            event_streams: 1024,
            connections: 4096,
            head_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            heartbeat: Duration::from_secs(15),
        }
    }
}
