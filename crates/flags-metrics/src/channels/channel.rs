//! A channel, as it is configured.

use std::{fmt, time::Duration};

use super::SecretSource;

/// Where alerts go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Channel {
    /// Its key, by which rules name it.
    pub key: Box<str>,
    /// What it is.
    pub kind: ChannelKind,
    /// How long one delivery may take, from looking up the host to the end of the answer; five seconds unless said otherwise.
    pub timeout: Duration,
    /// How often a delivery is tried again; three times unless said otherwise.
    pub retries: u32,
    /// A page where whoever is told can see more.
    pub link: Option<Box<str>>,
}

/// What a channel is.
///
/// Its `Debug` form shows no more of an address than the host: the rest is often as good as a password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelKind {
    /// The program's own log.
    Log,
    /// An address that takes JSON by POST.
    Webhook {
        /// The address, `http` or `https`.
        url: Box<str>,
        /// Where the key is that deliveries are signed with; without it, they are not signed.
        secret: Option<SecretSource>,
        /// Where the bearer token is.
        token: Option<SecretSource>,
    },
    /// A Prometheus Alertmanager.
    Alertmanager {
        /// Its address, `http` or `https`, to which `/api/v2/alerts` is added unless it is there.
        url: Box<str>,
        /// Where the bearer token is.
        token: Option<SecretSource>,
    },
}

impl Channel {
    /// A channel with the usual patience.
    pub fn new(key: impl Into<Box<str>>, kind: ChannelKind) -> Self {
        Self { key: key.into(), kind, timeout: Duration::from_secs(5), retries: 3, link: None }
    }

    /// The channel with another time limit for a delivery.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The channel with that many retries.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The channel with a page to look at.
    #[must_use]
    pub fn link(mut self, link: impl Into<Box<str>>) -> Self {
        self.link = Some(link.into());
        self
    }
}

impl ChannelKind {
    /// Its name in definitions: `log`, `webhook` or `alertmanager`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Webhook { .. } => "webhook",
            Self::Alertmanager { .. } => "alertmanager",
        }
    }
}

impl fmt::Debug for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log => f.write_str("Log"),
            Self::Webhook { url, .. } => write!(f, "Webhook({})", host(url)),
            Self::Alertmanager { url, .. } => write!(f, "Alertmanager({})", host(url)),
        }
    }
}

/// The part of an address that may be shown.
fn host(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let length = url[start..].find(['/', '?', '#']).unwrap_or(url.len() - start);
    &url[..start + length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_not_shown() {
        let kind = ChannelKind::Webhook { url: "https://hooks.example/T0/secret".into(), secret: None, token: None };
        let shown = format!("{:?}", Channel::new("ops", kind));
        assert!(shown.contains("https://hooks.example") && !shown.contains("secret"), "{shown}");
    }
}
