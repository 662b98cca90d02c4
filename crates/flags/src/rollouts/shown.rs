//! How rollouts stand, as metrics.

use flags_core::Percentage;
use flags_metrics::{Samples, table};
use flags_rollout::{
    controller::View,
    machine::{Observation, State, Verdict},
    plan::{Phase, Plan},
};

use super::{ArmRuns, Rollouts};

/// What clients with rollouts show.
pub(crate) const SHOWN: &[table::Metric] = &[
    table::ROLLOUT_STATE,
    table::ROLLOUT_PERCENTAGE,
    table::ROLLOUT_TRANSITIONS,
    table::ROLLOUT_GUARD_VERDICT,
    table::ROLLOUT_RUNS,
    table::ROLLOUT_CONTROLLER_LEADER,
    table::SIGNAL_UP,
];

impl Rollouts {
    /// Shows how rollouts stand.
    pub(crate) fn show(&self, samples: &mut Samples) {
        self.show_runs(samples);
        for signal in self.shared.signals.states() {
            samples.add_count(&table::SIGNAL_UP, &[&signal.key], u64::from(signal.is_up()));
        }
        if !self.is_to_drive() && self.shared.lock().defined.plans.is_empty() {
            return;
        }
        let leads = self.is_to_drive() && self.controller().is_ok_and(|controller| controller.is_leading());
        samples.add_count(&table::ROLLOUT_CONTROLLER_LEADER, &[], u64::from(leads));
        let transitions = self.shared.lock().transitions.clone();
        // A journal that cannot be read is told of by whoever drives.
        for view in self.controller().and_then(|controller| controller.views()).unwrap_or_default() {
            let View { flag, plan, state, observation, .. } = view;
            let Ok(state) = state else { continue };
            for phase in Phase::ALL {
                let is_in = u64::from(state.phase() == phase);
                samples.add_count(&table::ROLLOUT_STATE, &[&flag, phase.name()], is_in);
                let times = transitions.get(&(flag.clone(), phase.name())).copied().unwrap_or_default();
                samples.add_count(&table::ROLLOUT_TRANSITIONS, &[&flag, phase.name()], times);
            }
            // One that was taken back gives the flag to nobody, whatever it last asked for.
            let is_back = matches!(state.phase(), Phase::RollingBack | Phase::RolledBack);
            let share = state.asked.filter(|_| !is_back).unwrap_or(Percentage::ZERO);
            samples.add(&table::ROLLOUT_PERCENTAGE, &[&flag], f64::from(share.thousandths()) / 100_000.0);
            if let (Some(plan), Some(observation)) = (plan, observation) {
                show_verdicts(samples, &flag, &plan, &state, &observation);
            }
        }
    }

    fn show_runs(&self, samples: &mut Samples) {
        let ledger = self.shared.lock().ledger.clone();
        for (flag, counts) in ledger {
            let runs = counts.runs();
            for (arm, ArmRuns { runs, errors, slow, .. }) in [("control", runs.control), ("treatment", runs.treatment)]
            {
                let ok = runs.saturating_sub(errors).saturating_sub(slow);
                for (outcome, count) in [("ok", ok), ("error", errors), ("slow", slow)] {
                    samples.add_count(&table::ROLLOUT_RUNS, &[&flag, arm, outcome], count);
                }
            }
        }
    }
}

fn show_verdicts(samples: &mut Samples, flag: &str, plan: &Plan, state: &State, observation: &Observation) {
    if observation.epoch != state.epoch {
        return;
    }
    let check = |failed: bool| if failed { Verdict::Fail } else { Verdict::Pass };
    let own = [("sample_ratio", &observation.mismatch), ("catastrophe", &observation.catastrophe)];
    let own = own.into_iter().map(|(guard, why)| (guard, check(why.is_some())));
    let guardrails = plan.guardrails().iter().enumerate();
    let written = guardrails.map(|(index, guardrail)| (guardrail.metric.name(), observation.verdict(index)));
    // Several guardrails on one metric are one line, which says the worst of them.
    let mut worst: Vec<(&str, Verdict)> = vec![];
    for (guard, verdict) in written.chain(own) {
        match worst.iter_mut().find(|(known, _)| *known == guard) {
            Some((_, known)) => *known = known.and(verdict),
            None => worst.push((guard, verdict)),
        }
    }
    for (guard, said) in worst {
        for verdict in Verdict::ALL {
            let labels = [flag, guard, verdict.name()];
            samples.add_count(&table::ROLLOUT_GUARD_VERDICT, &labels, u64::from(verdict == said));
        }
    }
}
