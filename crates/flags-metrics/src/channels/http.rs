//! Posting JSON over HTTP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

use super::{
    ChannelKind, SecretSource, alertmanager, channel::Channel, delivery::DeliveryError, secret::Secret, signature,
};

/// How much of an answer is read, in bytes.
const ANSWER: u64 = 8 * 1024;
/// How much of an answer is shown, in characters.
const SHOWN: usize = 200;

/// Where a channel posts to, and how.
pub(super) struct Endpoint {
    agent: Agent,
    url: String,
    secret: Option<SecretSource>,
    token: Option<SecretSource>,
}

impl Endpoint {
    /// That of a channel; `None` for the log.
    pub(super) fn of(channel: &Channel) -> Option<Self> {
        let (url, secret, token) = match &channel.kind {
            ChannelKind::Log => return None,
            ChannelKind::Webhook { url, secret, token } => (url.to_string(), secret.clone(), token.clone()),
            ChannelKind::Alertmanager { url, token } => (alertmanager::endpoint(url), None, token.clone()),
        };
        let agent = Agent::config_builder()
            .timeout_global(Some(channel.timeout))
            .http_status_as_error(false)
            // A redirect would carry the token, the signature and what is wrong here to somewhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Deliveries are rare: a connection would be stale by the next.
            .max_idle_connections(0)
            .user_agent(concat!("flags/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .build()
            .new_agent();
        Some(Self { agent, url, secret, token })
    }

    /// Posts a body. A secret that cannot be read is a failure: nothing is sent unsigned that should be signed.
    pub(super) fn post(&self, body: &str) -> Result<(), DeliveryError> {
        let read = |source: &SecretSource| source.read().map_err(DeliveryError::later);
        let secret: Option<Secret> = self.secret.as_ref().map(read).transpose()?;
        let token: Option<Secret> = self.token.as_ref().map(read).transpose()?;
        let mut request = self.agent.post(&self.url).header("Content-Type", "application/json");
        if let Some(secret) = &secret {
            let signature = signature::sign(secret.expose(), seconds_since_1970(), body.as_bytes());
            request = request.header(signature::HEADER, signature);
        }
        if let Some(token) = &token {
            request = request.header("Authorization", format!("Bearer {}", token.expose()));
        }
        let mut response = request.send(body).map_err(|error| DeliveryError::later(described(&error)))?;
        if response.status().is_success() {
            return Ok(());
        }
        let asked = response.headers().get("Retry-After").and_then(|value| value.to_str().ok());
        let asked = asked.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        let status = response.status().as_u16();
        // An answer that is too long or breaks off is as good as none.
        let answer = response.body_mut().with_config().limit(ANSWER).read_to_string().unwrap_or_default();
        Err(DeliveryError::status(status, asked, &shown(&answer)))
    }
}

/// What went wrong, without the address.
fn described(error: &ureq::Error) -> String {
    match error {
        ureq::Error::BadUri(_) => "the address is not one that can be posted to".into(),
        ureq::Error::Timeout(_) => "there was no answer in time".into(),
        ureq::Error::HostNotFound => "its host is not known".into(),
        ureq::Error::Io(error) => format!("the connection failed: {error}"),
        other => format!("the request failed: {other}"),
    }
}

/// The beginning of an answer, on one line.
fn shown(answer: &str) -> String {
    let words: Vec<&str> = answer.split_whitespace().collect();
    words.join(" ").chars().filter(|character| !character.is_control()).take(SHOWN).collect()
}

fn seconds_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
