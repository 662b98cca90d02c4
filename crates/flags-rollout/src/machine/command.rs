//! What a person wants comes first.

use std::time::Duration;

use super::{
    Action, Author, Command, ControlsInForce, Pause, Rejection, Status, Step,
    transition::{Turn, with_reason},
};

impl Turn<'_> {
    pub(super) fn command(&mut self, command: Command, by: &str, because: &str) {
        let by = Author::Person(by.into());
        let refused = match command {
            Command::Start { before } => self.start_by(before, by, because),
            Command::Pause => self.pause_by(by, because),
            Command::Resume => self.resume_by(by, because),
            Command::Promote => self.promote_by(by, because),
            Command::RollBack => self.roll_back_by(by, because),
            Command::Approve => self.approve_by(by, because),
            Command::Rearm => self.rearm_by(by, because),
        };
        if let Err(rejection) = refused {
            self.actions.push(Action::Reject(rejection));
        }
    }

    /// Its date has come, if it has one; a plan without a date is started by people only.
    pub(super) fn due(&mut self, before: ControlsInForce) {
        let date = self.plan.definition().not_before;
        let is_due = date.is_some_and(|date| date <= self.now) && self.plan.definition().auto_advance;
        if self.next.status == Status::Planned && is_due && !self.plan.is_frozen(self.now) && !self.next.storm {
            self.start(before, Author::Plan, "its date has come");
        }
    }

    /// What keeps commands from a rollout that is not under way.
    fn under_way(&self) -> Result<(), Rejection> {
        match self.next.status {
            Status::Planned => Err(Rejection::NotStarted),
            Status::RollingBack { .. } => Err(Rejection::RollingBack),
            Status::RolledBack { .. } | Status::Complete => Err(Rejection::Over { phase: self.next.phase() }),
            Status::Running(_) | Status::Paused(_) => Ok(()),
        }
    }

    fn start_by(&mut self, before: ControlsInForce, by: Author, because: &str) -> Result<(), Rejection> {
        match self.next.status {
            Status::Planned => {
                self.start(before, by, because);
                Ok(())
            }
            Status::Running(_) | Status::Paused(_) => Err(Rejection::AlreadyStarted),
            _ => self.under_way(),
        }
    }

    fn pause_by(&mut self, by: Author, because: &str) -> Result<(), Rejection> {
        self.under_way()?;
        if self.next.status == Status::Paused(Pause::Manual) {
            return Err(Rejection::AlreadyPaused);
        }
        self.pause(Pause::Manual, by, with_reason("paused", because));
        Ok(())
    }

    fn resume_by(&mut self, by: Author, because: &str) -> Result<(), Rejection> {
        self.under_way()?;
        let Status::Paused(reason) = self.next.status else { return Err(Rejection::NotPaused) };
        if reason == Pause::Deadline {
            // A new span from here; else it would be paused again at once.
            self.next.started_at = Some(self.now);
        }
        self.resume(by, &with_reason("resumed", because));
        Ok(())
    }

    /// Goes on in the stage it is in, by the plan as it is now, with data gathered anew.
    pub(super) fn resume(&mut self, by: Author, text: &str) {
        let (stage, baked) = if self.is_changed() {
            self.next.plan = self.plan.fingerprint();
            // The highest stage of the new plan that is not above what units have now, or the first.
            let fits = |share| self.next.asked.is_some_and(|asked| share <= asked);
            let stage = self.plan.stages().iter().rposition(|stage| fits(stage.percentage));
            (stage.unwrap_or(0), Duration::ZERO)
        } else {
            (self.next.stage, self.next.baked)
        };
        let approved = self.next.approved && stage == self.next.stage;
        self.enter(stage, baked, by, text);
        self.next.approved = approved;
    }

    fn promote_by(&mut self, by: Author, because: &str) -> Result<(), Rejection> {
        self.under_way()?;
        if self.is_changed() {
            return Err(Rejection::DefinitionChanged);
        }
        if self.next.stage >= self.plan.last_stage() {
            // Complete means that it is in force, and nobody asks for it again then.
            match (self.next.status, self.next.asked) {
                (Status::Running(Step::Settling), _) => return Err(Rejection::NotInForce),
                (Status::Paused(_), Some(percentage)) => {
                    self.actions.push(Action::Set { percentage, dry_run: self.is_dry() });
                }
                _ => {}
            }
        }
        let because = with_reason("promoted", because);
        self.advance(self.next.stage + 1, Duration::ZERO, by, &because);
        Ok(())
    }

    fn roll_back_by(&mut self, by: Author, because: &str) -> Result<(), Rejection> {
        if self.next.status != Status::Planned {
            self.under_way()?;
        }
        self.roll_back(by, with_reason("rolled back by hand", because), false);
        Ok(())
    }

    fn approve_by(&mut self, by: Author, because: &str) -> Result<(), Rejection> {
        self.under_way()?;
        let asks = self.plan.stage(self.next.stage).approval || !self.plan.definition().auto_advance;
        if !asks || self.next.approved {
            return Err(Rejection::NoApprovalNeeded);
        }
        let from = self.next.phase();
        self.next.approved = true;
        if self.next.status == Status::Running(Step::AwaitingApproval) {
            self.next.baked = self.next.baked_at(self.now);
            self.next.since = self.now;
            self.next.status = Status::Running(Step::Baking);
        }
        if matches!(self.next.status, Status::Running(_)) {
            self.record(from, by, with_reason("approved", because));
        } else {
            // It stays paused, for the reason that is there.
            let (reason, author) = (self.next.because.clone(), self.next.by.clone());
            self.record(from, by, with_reason("approved", because));
            (self.next.because, self.next.by) = (reason, author);
        }
        Ok(())
    }

    fn rearm_by(&mut self, by: Author, because: &str) -> Result<(), Rejection> {
        match self.next.status {
            Status::RolledBack { rearm_after } if self.now < rearm_after => {
                return Err(Rejection::CoolingDown { until: rearm_after });
            }
            Status::RolledBack { .. } | Status::Complete => {}
            _ => return Err(Rejection::NotOver),
        }
        let from = self.next.phase();
        let next = &mut self.next;
        next.plan = self.plan.fingerprint();
        next.status = Status::Planned;
        next.stage = 0;
        next.asked = None;
        next.before = None;
        next.started_at = None;
        next.since = self.now;
        next.baked = Duration::ZERO;
        next.approved = false;
        next.told = 0;
        next.storm = false;
        // What was gathered before says nothing about the next attempt.
        next.epoch = next.epoch.saturating_add(1);
        self.record(from, by, with_reason("armed again", because));
        Ok(())
    }
}
