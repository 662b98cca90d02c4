//! What has become of the controls, and storms.

use super::{Author, ControlsInForce, Pause, Status, Step, transition::Turn};

impl Turn<'_> {
    pub(super) fn read_back(&mut self, found: ControlsInForce) {
        match self.next.status {
            Status::RollingBack { to, .. } => {
                if found.percentage == to.percentage && (found.killed || !to.killed) {
                    let from = self.next.phase();
                    self.next.status = Status::RolledBack { rearm_after: self.rearm_after() };
                    self.next.since = self.now;
                    // The reason stays the one it is rolled back for.
                    let (because, by) = (self.next.because.clone(), self.next.by.clone());
                    self.record(from, by.clone(), format!("the rollback is in force ({because})"));
                    (self.next.because, self.next.by) = (because, by);
                }
            }
            // A dry run has set nothing. What is being taken back was set all the same, before it became one.
            Status::Running(_) if self.is_dry() => {}
            Status::Running(step) => self.compare(step, found),
            Status::Planned | Status::Paused(_) | Status::RolledBack { .. } | Status::Complete => {}
        }
    }

    fn compare(&mut self, step: Step, found: ControlsInForce) {
        let was_killed = self.next.before.is_some_and(|before| before.killed);
        if found.killed && !was_killed {
            let text = "the flag has been killed: nobody gets it, so nothing can be learned; revive it, then resume";
            self.pause(Pause::Interference, Author::Plan, text);
            return;
        }
        let matches = found.percentage == self.next.asked;
        match step {
            // What has been asked for may not have arrived yet; `observe` asks again.
            Step::Settling if matches => {
                self.next.status = Status::Running(Step::Baking);
                self.next.since = self.now;
            }
            Step::Settling => {}
            Step::Baking | Step::AwaitingApproval if !matches => {
                let percentage = |share: Option<flags_core::Percentage>| {
                    share.map_or_else(|| "no percentage".to_owned(), |share| format!("{share} %"))
                };
                let text = format!(
                    "somebody else has changed what this rollout set: {} is in force, and it asked for {}; resume to set it \
                     again, or roll back",
                    percentage(found.percentage),
                    percentage(self.next.asked)
                );
                self.pause(Pause::Interference, Author::Plan, text);
            }
            Step::Baking | Step::AwaitingApproval => {}
        }
    }

    pub(super) fn storm(&mut self, raging: bool) {
        if self.next.status.is_terminal() {
            // It counts for the next attempt only, which hears of the storms of its time.
            return;
        }
        self.next.storm = raging;
        if !raging && self.next.status == Status::Paused(Pause::Storm) {
            self.resume(Author::Plan, "resumed: the storm of rollbacks is over, and data are gathered anew");
        }
    }
}
