//! What alerts hear of rollouts.

use flags_metrics::alerts::Event;
use flags_rollout::{
    machine::{Alert, Entry},
    plan::Phase,
};

use crate::client::Inner;

impl Inner {
    /// A rollout wants somebody to hear of something.
    pub(crate) fn alert_of_rollout(&self, flag: &str, alert: &Alert) {
        let flag = flag.into();
        let event = match alert {
            Alert::RollingBack { because } => Event::RolledBack { flag, detail: because.clone() },
            Alert::Paused { because } => Event::RolloutPaused { flag, detail: because.clone() },
            Alert::ApprovalNeeded { percentage } => {
                Event::ApprovalNeeded { flag, detail: format!("{percentage} % has passed").into() }
            }
            Alert::ChangeUnconfirmed { percentage } => {
                Event::ChangeUnconfirmed { flag, detail: format!("{percentage} % has been asked for").into() }
            }
            Alert::RollbackUnconfirmed { attempts } => {
                Event::RollbackUnconfirmed { flag, detail: format!("it has been asked for {attempts} times").into() }
            }
            Alert::GuardrailFailed { guardrail, because } => {
                Event::GuardrailFailed { flag, guardrail: guardrail.clone(), detail: because.clone() }
            }
            _ => return,
        };
        self.record_event(&event);
    }

    /// There is a line in the history of a rollout.
    pub(crate) fn alert_of_progress(&self, flag: &str, entry: &Entry) {
        match entry.to {
            Phase::Planned | Phase::Canary | Phase::Gradual | Phase::Majority => self.alert_of_going_on(flag),
            Phase::Complete | Phase::RolledBack => self.record_event(&Event::RolloutOver { flag: flag.into() }),
            _ => {}
        }
    }

    /// A rollout goes on: what it asked for is in force.
    pub(crate) fn alert_of_going_on(&self, flag: &str) {
        self.record_event(&Event::RolloutResumed { flag: flag.into() });
    }

    /// The circuit breaker of a flag has opened.
    pub(crate) fn alert_of_open_breaker(&self, flag: &str, why: &str) {
        self.record_event(&Event::BreakerOpened { flag: flag.into(), detail: why.into() });
    }

    /// The circuit breaker of a flag is closed, or a person holds it, or another process has it.
    pub(crate) fn alert_of_closed_breaker(&self, flag: &str) {
        self.record_event(&Event::BreakerClosed { flag: flag.into() });
    }
}
