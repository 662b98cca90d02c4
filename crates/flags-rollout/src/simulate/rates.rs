//! Many simulated rollouts: how often what becomes of them, and how soon.

use std::{fmt, time::Duration};

use super::{Outcome, Scenario, simulate};
use crate::plan::Plan;

/// What became of many runs of one scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// How many there were.
    pub runs: u64,
    /// Those that passed their first stage, whatever became of them later.
    pub advanced: u64,
    /// Those that passed their last stage.
    pub completed: u64,
    /// Those that were rolled back.
    pub rolled_back: u64,
    /// Those that were paused when time was up.
    pub paused: u64,
    /// Those that were under way when time was up.
    pub unfinished: u64,
    /// Of those rolled back after harm had begun: how long after, shortest first.
    pub detection: Vec<Duration>,
    /// Those that were rolled back without harm, or before it.
    pub false_rollbacks: u64,
    /// How many were rolled back in each stage, in the order of the plan.
    pub rolled_back_at: Vec<u64>,
}

impl Rates {
    /// Takes in what became of other runs of the same plan and scenario.
    pub fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.advanced += other.advanced;
        self.completed += other.completed;
        self.rolled_back += other.rolled_back;
        self.paused += other.paused;
        self.unfinished += other.unfinished;
        self.false_rollbacks += other.false_rollbacks;
        if self.rolled_back_at.len() < other.rolled_back_at.len() {
            self.rolled_back_at.resize(other.rolled_back_at.len(), 0);
        }
        self.rolled_back_at.iter_mut().zip(other.rolled_back_at).for_each(|(count, more)| *count += more);
        self.detection.extend(other.detection);
        self.detection.sort_unstable();
    }

    /// The time after which that share (0 to 1) of the detections had been made; `None` without any.
    #[must_use]
    pub fn detection_quantile(&self, share: f64) -> Option<Duration> {
        let last = self.detection.len().checked_sub(1)?;
        // From 0 to the last by the clamp; the cast cuts off what `round` has left.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the indices there are")]
        let index = libm::round(share.clamp(0.0, 1.0) * last as f64) as usize;
        self.detection.get(index.min(last)).copied()
    }
}

/// Runs a plan on a scenario from each of `runs` seeds, from `seed` on.
#[must_use]
pub fn rates(plan: &Plan, scenario: &Scenario, seed: u64, runs: u64) -> Rates {
    let mut rates = Rates { runs, rolled_back_at: vec![0; plan.stages().len()], ..Rates::default() };
    let harm = scenario.harm_begins();
    for number in 0..runs {
        let run = simulate(plan, scenario, seed.wrapping_add(number));
        rates.advanced += u64::from(run.state.stage > 0 || run.outcome == Outcome::Completed);
        match run.outcome {
            Outcome::Completed => rates.completed += 1,
            Outcome::Paused => rates.paused += 1,
            Outcome::Unfinished => rates.unfinished += 1,
            Outcome::RolledBack => {
                rates.rolled_back += 1;
                if let Some(count) = rates.rolled_back_at.get_mut(run.state.stage) {
                    *count += 1;
                }
                match harm.and_then(|harm| run.after.checked_sub(harm)) {
                    Some(after) => rates.detection.push(after),
                    None => rates.false_rollbacks += 1,
                }
            }
        }
    }
    rates.detection.sort_unstable();
    rates
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} runs: {} completed, {} rolled back ({} without harm), {} paused, {} unfinished",
            self.runs, self.completed, self.rolled_back, self.false_rollbacks, self.paused, self.unfinished
        )?;
        if let (Some(half), Some(most)) = (self.detection_quantile(0.5), self.detection_quantile(0.99)) {
            write!(f, "; harm found after {} s in half of them, {} s in 99 %", half.as_secs_f64(), most.as_secs_f64())?;
        }
        Ok(())
    }
}
