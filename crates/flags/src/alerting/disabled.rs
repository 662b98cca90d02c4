//! Without the feature `alerts`, nobody is told.

use std::sync::Weak;

use crate::client::Inner;

/// Tells nobody.
#[derive(Debug)]
pub(crate) struct Alerting;

impl Alerting {
    pub(crate) fn new() -> Self {
        Self
    }

    /// Says that nothing will come of alerts that definitions hold.
    #[cfg(feature = "config")]
    pub(crate) fn plan(&self, document: &flags_config::Document) {
        if !document.alerts.is_empty() {
            tracing::warn!("definitions have alerts, and this program was built without them (feature `alerts`)");
        }
    }

    pub(crate) fn start(&self, _environment: &str, _client: &Weak<Inner>) {}
}

#[cfg(feature = "watch")]
impl Inner {
    pub(crate) fn alert_of_reload(&self, _document: Option<&flags_config::Document>) {}

    pub(crate) fn alert_of_refusal(&self, _failure: &str) {}

    pub(crate) fn alert_of_unsigned(&self, _flags: &[Box<str>]) {}

    pub(crate) fn wants_changes(&self) -> bool {
        false
    }

    pub(crate) fn alert_of_changes(&self, _old: &flags_core::Definitions, _new: &flags_core::Definitions) {}
}

#[cfg(feature = "experiments")]
impl Inner {
    pub(crate) fn alert_of_verdict(&self, _experiment: &str, _detail: &str) {}

    pub(crate) fn alert_of_conclusion(&self, _experiment: &str) {}
}

#[cfg(feature = "rollouts")]
impl Inner {
    pub(crate) fn alert_of_rollout(&self, _flag: &str, _alert: &flags_rollout::machine::Alert) {}

    pub(crate) fn alert_of_going_on(&self, _flag: &str) {}

    pub(crate) fn alert_of_open_breaker(&self, _flag: &str, _why: &str) {}

    pub(crate) fn alert_of_closed_breaker(&self, _flag: &str) {}

    pub(crate) fn alert_of_progress(&self, _flag: &str, _entry: &flags_rollout::machine::Entry) {}
}
