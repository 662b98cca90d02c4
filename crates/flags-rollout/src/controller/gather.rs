//! What is measured of one stage: from counters that only rise to the evidence of an epoch.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use flags_core::{Percentage, Timestamp};

use super::{Measured, Port};
use crate::{
    guardrail::{Arms, Batch, Counts, Evidence, Reading, Rule, RuleLook},
    machine::{Judgement, Observation, State, Verdict},
    plan::{GuardMetric, Plan},
};

/// The evidence of one epoch of one flag, and what its counters showed when they were last read.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    evidence: Evidence,
    plan: u64,
    /// When it began, by the wall clock, which is what the samples of signals are dated by.
    since: Timestamp,
    seen: Measured,
}

impl Gathering {
    /// Begins anew: what was counted so far does not count.
    pub(super) fn begin(port: &dyn Port, flag: &str, plan: &Plan, state: &State, now: Timestamp) -> Self {
        let since = port.now();
        for guardrail in plan.guardrails() {
            if let GuardMetric::SignalCounts(signal) = &guardrail.metric {
                // Counts of a signal are those since it was last taken.
                let _ = port.signal(flag, signal, since);
            }
        }
        let percentage = state.asked.unwrap_or(Percentage::ZERO);
        let evidence = Evidence::new(plan, percentage, state.epoch, now);
        Self { evidence, plan: plan.fingerprint(), since, seen: port.measured(flag, plan) }
    }

    /// Whether it is what that state needs.
    pub(super) fn is_of(&self, plan: &Plan, state: &State) -> bool {
        self.evidence.epoch() == state.epoch && self.plan == plan.fingerprint()
    }

    /// Takes in what was measured since the last time, and says what all of it shows.
    pub(super) fn observe(&mut self, port: &dyn Port, flag: &str, plan: &Plan, now: Timestamp) -> Observation {
        let batch = self.batch(port, flag, plan);
        self.evidence.record(plan, &batch, now);
        let rules: Vec<Careful> = port.rules().into_iter().map(Careful).collect();
        let rules: Vec<&dyn Rule> = rules.iter().map(|rule| rule as &dyn Rule).collect();
        self.evidence.observe(plan, &rules, now)
    }

    fn batch(&mut self, port: &dyn Port, flag: &str, plan: &Plan) -> Batch {
        let measured = port.measured(flag, plan);
        let seen = std::mem::replace(&mut self.seen, measured.clone());
        // A signal is taken once, for all guardrails that name it.
        let mut taken: BTreeMap<&str, Reading> = BTreeMap::new();
        let readings = plan.guardrails().iter().enumerate().map(|(index, guardrail)| match &guardrail.metric {
            GuardMetric::ErrorRate => Reading::Counts(since(measured.runs, seen.runs)),
            GuardMetric::Latency(_) => {
                let slow = |of: &Measured| of.slow.get(index).copied().flatten();
                match slow(&measured) {
                    Some(slow_now) => Reading::Counts(since(slow_now, slow(&seen).unwrap_or_default())),
                    None => Reading::Missing(Verdict::NoData, "latencies are not measured".into()),
                }
            }
            GuardMetric::Signal(signal) | GuardMetric::SignalCounts(signal) => {
                taken.entry(signal).or_insert_with(|| port.signal(flag, signal, self.since)).clone()
            }
            GuardMetric::Rule(_) => Reading::Nothing,
        });
        let readings = readings.collect();
        Batch { runs: since(measured.runs, seen.runs), units: new_units(measured.units, seen.units), readings }
    }
}

fn since(now: Arms<Counts>, then: Arms<Counts>) -> Arms<Counts> {
    Arms::new(now.control.since(then.control), now.treatment.since(then.treatment))
}

/// The units that have come. Both arms are counted from zero when the percentage changes, so where one of them has fallen the
/// other has begun anew too, however many there are in it by now.
fn new_units(now: Arms<u64>, then: Arms<u64>) -> Arms<u64> {
    if now.control < then.control || now.treatment < then.treatment {
        return now;
    }
    Arms::new(now.control - then.control, now.treatment - then.treatment)
}

/// A rule of the application, which may panic without taking the controller along.
struct Careful(Arc<dyn Rule + Send + Sync>);

impl Rule for Careful {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn judge(&self, look: &RuleLook) -> Judgement {
        let judged = catch_unwind(AssertUnwindSafe(|| self.0.judge(look)));
        judged.unwrap_or_else(|_| Judgement::new(Verdict::Error, "the rule panicked"))
    }
}
