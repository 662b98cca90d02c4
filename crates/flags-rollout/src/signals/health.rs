//! Checks of an address: 0 where it is healthy, 1 where it is not.

use std::time::Duration;

use flags_core::Timestamp;

use super::{
    Answer, HealthCheck, SignalReader,
    http::{Client, Deadline, HttpError, Method, origin},
};
use crate::guardrail::Sample;

/// A health check over HTTP.
pub struct Http {
    client: Client,
    check: HealthCheck,
    timeout: Duration,
}

impl Http {
    /// A check of an address, with so long for an answer.
    #[must_use]
    pub fn new(check: HealthCheck, timeout: Duration) -> Self {
        Self { client: Client::new(check.credentials.clone()), check, timeout }
    }
}

impl SignalReader for Http {
    fn read(&self, now: Timestamp) -> Answer {
        let healthy = |healthy| Answer::Value(Sample { value: if healthy { 0.0 } else { 1.0 }, at: now });
        match self.client.ask(&Method::Get, &self.check.url, Deadline::after(self.timeout)) {
            Ok(answer) => {
                let status = answer.status().as_u16();
                healthy(self.check.status.map_or((200..300).contains(&status), |expected| status == expected))
            }
            // What is missing here says nothing about the server there.
            Err(HttpError::Secret(error)) => Answer::error(error.to_string()),
            Err(_) if self.check.unreachable_is_unhealthy => healthy(false),
            Err(error) => Answer::error(format!("{} {error}", origin(&self.check.url))),
        }
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("origin", &origin(&self.check.url)).finish_non_exhaustive()
    }
}
