//! Who hears of decisions: what the application has asked for, and the audit of evaluations.

use std::{path::Path, sync::Arc};

use flags_control::audit::{Evaluated, EvaluationAudit, EvaluationOptions};
use flags_core::{Attributes, Decision, Observer};

use crate::live::Live;

/// Those who hear of every decision. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Observers {
    observers: Arc<[Arc<dyn Observer>]>,
    audit: Option<Arc<EvaluationAudit>>,
}

impl Observers {
    pub(crate) fn new(observers: Vec<Arc<dyn Observer>>) -> Self {
        Self { observers: observers.into(), audit: None }
    }

    /// Whether nobody wants to hear anything.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.observers.is_empty() && self.audit.is_none()
    }

    /// The same with one more.
    pub(crate) fn with(&self, observer: impl Observer + 'static) -> Self {
        let observers = self.observers.iter().cloned().chain([Arc::new(observer) as Arc<dyn Observer>]).collect();
        Self { observers, audit: self.audit.clone() }
    }

    /// Writes a sample of decisions down below the state folder from now on, or no longer.
    pub(crate) fn audit(&mut self, wanted: bool, state_folder: Option<&Path>) {
        match (wanted, state_folder) {
            (false, _) => self.audit = None,
            (true, _) if self.audit.is_some() => {}
            (true, None) => {
                tracing::warn!(
                    "settings.audit_evaluations is on, and there is no state folder to write evaluations in"
                );
            }
            (true, Some(folder)) => {
                let started = EvaluationAudit::start(folder.join("evaluations"), EvaluationOptions::default());
                let started = started.inspect_err(|error| tracing::error!("evaluations are not audited: {error}"));
                self.audit = started.ok().map(Arc::new);
            }
        }
    }

    /// Tells everybody of a decision made against `live`.
    pub(crate) fn tell(&self, live: &Live, key: &str, context: &dyn Attributes, decision: &Decision<'_>) {
        for observer in &*self.observers {
            observer.evaluated(key, context, decision);
        }
        let Some(audit) = &self.audit else { return };
        let record = |unit: Option<&str>| {
            audit.record(|| Evaluated {
                at: live.clock.now(),
                flag: key,
                variant: decision.variant(),
                reason: decision.reason(),
                cause: decision.cause(),
                unit,
                revision: live.revision,
            });
        };
        let flag = decision.outcome().flag();
        if flag.and_then(|flag| live.set.with_unit(flag, context, |unit| record(Some(unit)))).is_none() {
            record(None);
        }
    }
}
