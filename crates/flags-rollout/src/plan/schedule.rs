//! A plan without a controller: percentages by date, which the evaluator itself applies.

use flags_core::{ScheduleStep, Timestamp};

use super::Plan;

impl Plan {
    /// The plan as the schedule of a flag: each stage at its date, if it starts at `start`.
    ///
    /// A schedule needs no process to go on, survives everything, and reacts to nothing: it has no guardrails, waits for no
    /// samples, and for no approval. `None` where a stage asks for an approval or the plan does not advance by itself,
    /// since a schedule cannot wait for a person.
    #[must_use]
    pub fn schedule(&self, start: Timestamp) -> Option<Vec<ScheduleStep>> {
        let waits = self.stages.iter().any(|stage| stage.approval) || !self.definition.auto_advance;
        (!waits).then(|| {
            let dates = self.stages.iter().scan(start, |at, stage| {
                let step = ScheduleStep::at(*at).rollout(stage.percentage);
                *at = at.saturating_add(stage.hold);
                Some(step)
            });
            dates.collect()
        })
    }
}
