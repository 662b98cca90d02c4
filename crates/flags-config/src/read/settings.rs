//! `[settings]`: what holds for the whole set.

use std::time::Duration;

use toml::de::DeTable;

use super::{entries, name_or_names, names};
use crate::leaf;

/// What a file says about the program rather than about a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Where the program runs, unless it says so itself.
    pub environment: Option<Box<str>>,
    /// How long call sites and actors may keep a decision; 5 seconds unless written.
    pub cache_ttl: Duration,
    /// Whether evaluations, too, go to the audit log.
    pub audit_evaluations: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { environment: None, cache_ttl: Duration::from_secs(5), audit_evaluations: false }
    }
}

/// The table as it is read: the settings, and what the definitions hold of it.
#[derive(Debug, Default)]
pub(crate) struct SettingsTable {
    pub(crate) settings: Settings,
    /// The attributes units are taken from.
    pub(crate) bucket_by: Vec<Box<str>>,
    /// The events the application tracks.
    pub(crate) events: Vec<Box<str>>,
}

impl SettingsTable {
    pub(crate) fn read(table: &DeTable<'_>) -> Self {
        let mut read = Self::default();
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match name {
                "environment" => read.settings.environment = leaf::text(value),
                "bucket_by" => read.bucket_by = name_or_names(value),
                "events" => read.events = names(value),
                "cache_ttl" => {
                    if let Some(duration) = value.as_str().and_then(leaf::duration) {
                        read.settings.cache_ttl = duration;
                    }
                }
                "audit_evaluations" => read.settings.audit_evaluations = value.as_bool().unwrap_or_default(),
                _ => {}
            }
        }
        read
    }
}
