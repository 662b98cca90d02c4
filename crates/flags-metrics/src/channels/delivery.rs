//! One request of a channel, and what became of it.

use std::{fmt, time::Duration};

/// What is posted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Delivery {
    /// JSON.
    pub(super) body: String,
    /// How many notifications are in it.
    pub(super) notifications: u64,
}

/// Why a delivery failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeliveryError {
    /// For people: a clause without the address, which may be a secret.
    pub(super) message: String,
    /// Whether it may go well another time.
    pub(super) retry: Retry,
}

/// Whether a failed delivery is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// Not at all: it was understood and refused.
    Never,
    /// After a while.
    Later,
    /// After that long at least, as the receiver asked.
    After(Duration),
}

impl DeliveryError {
    pub(super) fn later(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), retry: Retry::Later }
    }

    /// The receiver answered with that status, no success.
    pub(super) fn status(status: u16, retry_after: Option<Duration>, answer: &str) -> Self {
        let retry = match (status, retry_after) {
            (408 | 429 | 500..=599, Some(after)) => Retry::After(after),
            (408 | 429 | 500..=599, None) => Retry::Later,
            _ => Retry::Never,
        };
        let meaning = match status {
            300..=399 => " (a redirect, which is not followed: write the address it leads to)",
            401 | 403 => " (not allowed: is the token or the key right?)",
            404 | 410 => " (nothing there: is the address right?)",
            _ => "",
        };
        let answer = if answer.is_empty() { String::new() } else { format!(": {answer}") };
        Self { message: format!("it answered {status}{meaning}{answer}"), retry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_accidents_are_tried_again() {
        let retry = |status| DeliveryError::status(status, None, "").retry;
        for status in [408, 429, 500, 502, 503, 504, 599] {
            assert_eq!(retry(status), Retry::Later, "{status}");
        }
        for status in [301, 302, 304, 400, 401, 403, 404, 410, 413, 422, 600] {
            assert_eq!(retry(status), Retry::Never, "{status}");
        }
        let asked = DeliveryError::status(503, Some(Duration::from_secs(7)), "busy");
        assert_eq!(asked.retry, Retry::After(Duration::from_secs(7)));
        assert_eq!(asked.message, "it answered 503: busy");
        assert!(DeliveryError::status(302, None, "").message.contains("redirect"));
    }
}
