//! Requests over HTTP: bounded in time and size, never sent on to somewhere else.

use std::time::{Duration, Instant};

use thiserror::Error;
use ureq::{
    Agent, Body,
    http::Response,
    tls::{RootCerts, TlsConfig},
};

use super::{
    Credentials,
    secret::{SecretError, authorization},
};

/// How much of an answer is read, in bytes: plenty for one number, and for what is wrong with a query.
const MOST: u64 = 256 * 1024;

/// Asks servers in somebody's name.
pub(super) struct Client {
    agent: Agent,
    credentials: Option<Credentials>,
}

/// What is sent.
pub(super) enum Method<'a> {
    Get,
    /// A body of form fields.
    Post(&'a str),
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum HttpError {
    /// It could not even be asked.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It could not be reached, or did not answer in time. `why` follows the name of the server.
    #[error("{why}")]
    Unreachable { why: String },
    /// Its answer is too long.
    #[error("answered with more than {} KiB: the query has too many series, and one is needed", MOST / 1024)]
    TooLarge,
}

impl Client {
    pub(super) fn new(credentials: Option<Credentials>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would carry the credentials to somewhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A connection that was kept may be dead, and a server that was started anew would look down once more.
            .max_idle_connections(0)
            .user_agent(concat!("flags/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .build()
            .new_agent();
        Self { agent, credentials }
    }

    /// The answer, as far as its body; it has to be there by the deadline.
    pub(super) fn ask(&self, method: &Method<'_>, url: &str, deadline: Deadline) -> Result<Response<Body>, HttpError> {
        let left = deadline.left().ok_or_else(|| deadline.missed())?;
        let authorization = self.credentials.as_ref().map(authorization).transpose()?;
        let answer = match method {
            Method::Get => {
                let request = self.agent.get(url).config().timeout_global(Some(left)).build();
                match authorization {
                    Some(authorization) => request.header("Authorization", authorization).call(),
                    None => request.call(),
                }
            }
            Method::Post(form) => {
                let request = self.agent.post(url).config().timeout_global(Some(left)).build();
                let request = request.header("Content-Type", "application/x-www-form-urlencoded");
                match authorization {
                    Some(authorization) => request.header("Authorization", authorization).send(*form),
                    None => request.send(*form),
                }
            }
        };
        answer.map_err(|error| deadline.failed(error))
    }

    /// The body of an answer.
    pub(super) fn body(answer: &mut Response<Body>, deadline: Deadline) -> Result<Vec<u8>, HttpError> {
        answer.body_mut().with_config().limit(MOST).read_to_vec().map_err(|error| deadline.failed(error))
    }
}

/// Until when something has to be answered.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    timeout: Duration,
}

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        let now = Instant::now();
        // A timeout beyond what the platform can count is none that will ever come.
        Self { at: now.checked_add(timeout).unwrap_or(now + Duration::from_secs(86_400)), timeout }
    }

    fn left(self) -> Option<Duration> {
        Some(self.at.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }

    fn missed(self) -> HttpError {
        HttpError::Unreachable { why: format!("did not answer within {} s", self.timeout.as_secs_f64()) }
    }

    fn failed(self, error: ureq::Error) -> HttpError {
        let why = match error {
            ureq::Error::Timeout(_) => return self.missed(),
            ureq::Error::BodyExceedsLimit(_) => return HttpError::TooLarge,
            ureq::Error::BadUri(_) => "has an address that cannot be asked".into(),
            ureq::Error::HostNotFound => "cannot be found: its host is not known".into(),
            ureq::Error::Io(error) => format!("cannot be reached: {error}"),
            other => format!("cannot be asked: {other}"),
        };
        HttpError::Unreachable { why }
    }
}

/// The server of an address, for people and to tell servers apart: scheme, host and port, nothing that may be secret.
pub(super) fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_all_before_the_path() {
        for (url, expected) in [
            ("https://prometheus.example:9090/prefix?token=x", "https://prometheus.example:9090"),
            ("http://[::1]:9090", "http://[::1]:9090"),
            ("http://health.example?x=1", "http://health.example"),
            ("", ""),
        ] {
            assert_eq!(origin(url), expected);
        }
    }
}
