//! `[channels.KEY]`: where alerts go, as plain data.

use std::time::Duration;

/// Where alerts go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelDefinition {
    /// Its key.
    pub key: Box<str>,
    /// What it is.
    pub kind: ChannelKind,
    /// How long one delivery may take; five seconds unless written, longer than nothing.
    pub timeout: Duration,
    /// How often a delivery is tried again; three times unless written.
    pub retries: u32,
    /// A page where whoever is told can see more, such as a dashboard: a checked `http` or `https` address.
    pub link: Option<Box<str>>,
}

/// What a channel is. Addresses are checked: `http` or `https`, with a host, without a password, in ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelKind {
    /// The program's own log.
    Log,
    /// An address that takes JSON by POST.
    Webhook {
        /// The address.
        url: Box<str>,
        /// Where the key is that deliveries are signed with.
        secret: Option<SecretSource>,
        /// Where the bearer token is.
        token: Option<SecretSource>,
    },
    /// A Prometheus Alertmanager.
    Alertmanager {
        /// Its address, to which `/api/v2/alerts` is added.
        url: Box<str>,
        /// Where the bearer token is.
        token: Option<SecretSource>,
    },
}

/// Where a secret is; a definition never holds one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretSource {
    /// In a file, by path; white space at its ends does not count.
    File(Box<str>),
    /// In an environment variable, by name.
    Environment(Box<str>),
}
