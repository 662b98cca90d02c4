//! Signals as people write them.

use std::time::Duration;

use crate::guardrail::Arms;

/// A health signal from outside the process.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SignalDefinition {
    /// Its key, which guardrails name.
    pub key: Box<str>,
    /// Where it comes from.
    pub source: SignalSource,
    /// How often it is asked for; fifteen seconds unless written, longer than nothing.
    pub interval: Duration,
    /// How long an answer may take; five seconds unless written, longer than nothing.
    pub timeout: Duration,
}

/// Where a signal comes from. Addresses are checked: `http` or `https`, with a host, without a password, in ASCII.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SignalSource {
    /// A query of a Prometheus server, which has to yield one number.
    Prometheus {
        /// The server's address, to which `/api/v1/query` is added.
        url: Box<str>,
        /// The query, in `PromQL`.
        query: Box<str>,
        /// Who asks.
        credentials: Option<Credentials>,
    },
    /// Queries of a Prometheus server that count the runs of both arms, as counters that only rise.
    PrometheusCounts {
        /// The server's address, to which `/api/v1/query` is added.
        url: Box<str>,
        /// The queries of each arm, in `PromQL`.
        queries: Arms<CountQueries>,
        /// Who asks.
        credentials: Option<Credentials>,
    },
    /// An address that answers with a status: 0 where it is healthy, 1 where it is not.
    Http(HealthCheck),
    /// The application, which pushes values.
    Pushed,
    /// The application, which pushes counts of both arms.
    PushedCounts,
}

/// What counts the runs of one arm: two queries, each of which has to yield one number that only rises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountQueries {
    /// The bad runs.
    pub bad: Box<str>,
    /// All runs.
    pub runs: Box<str>,
}

/// A check of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// The address.
    pub url: Box<str>,
    /// The status that a healthy one answers with; `None` for any of 200 to 299.
    pub status: Option<u16>,
    /// Whether no answer at all means that it is not healthy; otherwise nothing is known then.
    pub unreachable_is_unhealthy: bool,
    /// Who asks.
    pub credentials: Option<Credentials>,
}

/// Who asks. A definition never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credentials {
    /// A bearer token.
    Bearer(SecretSource),
    /// A user and a password.
    Basic {
        /// The user.
        user: Box<str>,
        /// Where the password is.
        password: SecretSource,
    },
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretSource {
    /// In a file, by path; white space at its ends does not count.
    File(Box<str>),
    /// In an environment variable, by name.
    Environment(Box<str>),
}

impl SignalDefinition {
    /// The signal of a source, asked for every fifteen seconds, with five seconds for an answer.
    #[must_use]
    pub fn new(key: impl Into<Box<str>>, source: SignalSource) -> Self {
        Self { key: key.into(), source, interval: Duration::from_secs(15), timeout: Duration::from_secs(5) }
    }

    /// Whether it counts the runs of both arms, so that they can be compared.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        matches!(self.source, SignalSource::PrometheusCounts { .. } | SignalSource::PushedCounts)
    }
}
