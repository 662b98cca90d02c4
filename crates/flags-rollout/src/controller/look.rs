//! One look at all rollouts.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Controller, Incident, JournalError, Leadership,
    core::{Memory, lock},
    session::{News, Session},
};
use crate::{
    machine::{Alert, Event, Observation, State, Status, Step, StormBrake, StormChange, Verdict},
    plan::{OnBreach, Plan},
};

impl Controller {
    /// Looks at all rollouts, and does what is to be done, if this controller leads.
    ///
    /// What keeps a single rollout from being looked at is told through the port, and does not keep the others.
    ///
    /// # Errors
    ///
    /// When nobody can say who leads, or the journals cannot be taken for writing. Nothing was done then.
    pub fn look(&self) -> Result<Leadership, JournalError> {
        let leadership = self.journal.lead()?;
        self.leads.store(leadership == Leadership::Leading, std::sync::atomic::Ordering::Relaxed);
        if leadership != Leadership::Leading {
            // Taking over is as good as a restart.
            *lock(&self.memory) = Memory::default();
            lock(&self.observations).clear();
            return Ok(leadership);
        }
        let brake = self.options.brake;
        self.take_turn(|session| {
            let mut flags: BTreeSet<Box<str>> = session.journal.flags()?.into_iter().collect();
            flags.extend(session.plans.keys().cloned());
            session.remember_the_storm(&flags);
            for flag in &flags {
                if let Err(error) = session.look_at(flag, &flags, &brake) {
                    session.complain(flag, Incident::Journal { error });
                } else {
                    session.settled(flag, |incident| matches!(incident, Incident::Journal { .. }));
                }
            }
            session.time_passes(&flags, &brake);
            session.memory.rollouts.retain(|flag, _| flags.contains(flag) || flag.is_empty());
            let seen = session.memory.rollouts.iter();
            let seen = seen.filter_map(|(flag, rollout)| Some((flag.clone(), rollout.observation.clone()?)));
            *lock(&self.observations) = seen.collect();
            Ok(Leadership::Leading)
        })?
    }
}

impl Session<'_> {
    fn look_at(&mut self, flag: &str, flags: &BTreeSet<Box<str>>, brake: &StormBrake) -> Result<(), JournalError> {
        let state = self.state(flag)?;
        if self.rollout(flag).is_unfinished {
            self.tell_again(flag, &state);
            self.finish(flag);
        }
        let Some(plan) = self.plans.get(flag).cloned() else { return self.look_without_a_plan(flag) };
        self.tell_of_the_storm(flag)?;
        match self.state(flag)?.status {
            Status::Planned => self.due(flag, &plan),
            Status::Running(_) | Status::Paused(_) => self.look_under_way(flag, &plan, flags, brake),
            Status::RollingBack { .. } => self.insist(flag),
            Status::RolledBack { .. } | Status::Complete => {
                self.rest(flag);
                Ok(())
            }
        }
    }

    fn look_under_way(
        &mut self,
        flag: &str,
        plan: &Arc<Plan>,
        flags: &BTreeSet<Box<str>>,
        brake: &StormBrake,
    ) -> Result<(), JournalError> {
        if matches!(self.state(flag)?.status, Status::Running(_)) && !plan.definition().dry_run {
            self.read_back(flag);
        }
        let state = self.state(flag)?;
        let is_current = |rollout: &super::rollout::Rollout| {
            rollout.gathering.as_ref().is_some_and(|gathering| gathering.is_of(plan, &state))
        };
        if !is_current(self.rollout(flag)) {
            self.gather_anew(flag);
        }
        let (now, port) = (self.now(flag), self.port);
        let gathering = self.rollout(flag).gathering.as_mut();
        let observation = match gathering {
            Some(gathering) => gathering.observe(port, flag, plan, now),
            None => Observation::nothing(state.epoch),
        };
        if wants_rollback(plan, &observation) {
            self.wish(flag, flags, brake);
        }
        self.rollout(flag).observation = Some(observation.clone());
        self.turn(flag, &Event::Tick(observation.clone()))?;
        let state = self.state(flag)?;
        self.tell(flag, News::Look(Box::new((state, observation))));
        Ok(())
    }

    /// A rollback that has not been read back yet.
    fn insist(&mut self, flag: &str) -> Result<(), JournalError> {
        self.read_back(flag);
        let state = self.state(flag)?;
        let Status::RollingBack { to, .. } = state.status else { return Ok(()) };
        self.rollout(flag).observation = None;
        let event = Event::Tick(Observation::nothing(state.epoch));
        if let Err(error) = self.turn(flag, &event) {
            // That it is to be taken back stands in the journal already: only the number of the attempt cannot be added.
            self.restore(flag, to);
            return Err(error);
        }
        Ok(())
    }

    fn look_without_a_plan(&mut self, flag: &str) -> Result<(), JournalError> {
        match self.state(flag)?.status {
            Status::Running(_) => {
                self.rest(flag);
                self.turn(flag, &Event::Withdrawn).map(|_| ())
            }
            Status::RollingBack { .. } => self.insist(flag),
            _ => {
                self.rest(flag);
                Ok(())
            }
        }
    }

    /// Starts a rollout whose date has come.
    fn due(&mut self, flag: &str, plan: &Plan) -> Result<(), JournalError> {
        self.rest(flag);
        let now = self.now(flag);
        let is_due = plan.definition().not_before.is_some_and(|date| date <= now) && plan.definition().auto_advance;
        if !is_due {
            return Ok(());
        }
        if self.port.is_protected(flag) {
            self.complain(flag, Incident::NeedsPeople);
            return Ok(());
        }
        match self.port.controls(flag) {
            Ok(before) => self.turn(flag, &Event::Due { before }).map(|_| ()),
            Err(error) => {
                self.complain(flag, Incident::Unreadable { error });
                Ok(())
            }
        }
    }

    /// Nothing is gathered for a rollout that is not under way.
    fn rest(&mut self, flag: &str) {
        let rollout = self.rollout(flag);
        rollout.gathering = None;
        rollout.observation = None;
    }

    /// Tells what a controller that is gone may not have told any more. Twice is better than never.
    fn tell_again(&mut self, flag: &str, state: &State) {
        let because = state.because.clone();
        let alert = match state.status {
            Status::RollingBack { .. } => Alert::RollingBack { because },
            Status::Paused(reason) if reason != crate::machine::Pause::Manual => Alert::Paused { because },
            Status::Running(Step::AwaitingApproval) => match state.asked {
                Some(percentage) => Alert::ApprovalNeeded { percentage },
                None => return,
            },
            _ => return,
        };
        self.tell(flag, News::Alert(alert));
    }

    /// A flag wants to be rolled back, which may be one too many.
    fn wish(&mut self, flag: &str, flags: &BTreeSet<Box<str>>, brake: &StormBrake) {
        let now = self.port_time();
        let (storm, change) = brake.transition(&self.memory.storm, Some(flag), now);
        self.memory.storm = storm;
        self.storm_changed(flags, brake, change);
    }

    fn time_passes(&mut self, flags: &BTreeSet<Box<str>>, brake: &StormBrake) {
        let now = self.port_time();
        let (storm, change) = brake.transition(&self.memory.storm, None, now);
        self.memory.storm = storm;
        self.storm_changed(flags, brake, change);
    }

    fn storm_changed(&mut self, flags: &BTreeSet<Box<str>>, brake: &StormBrake, change: Option<StormChange>) {
        let incident = match change {
            None => return,
            Some(StormChange::Began) => Incident::StormBegan { flags: brake.flags },
            Some(StormChange::Over) => Incident::StormOver,
        };
        self.tell("", News::Incident(incident));
        for flag in flags {
            if let Err(error) = self.tell_of_the_storm(flag) {
                self.complain(flag, Incident::Journal { error });
            }
        }
    }

    /// Tells a rollout under way whether there is a storm, if it does not know.
    fn tell_of_the_storm(&mut self, flag: &str) -> Result<(), JournalError> {
        let raging = self.memory.storm.raging;
        let state = self.state(flag)?;
        if matches!(state.status, Status::Running(_) | Status::Paused(_)) && state.storm != raging {
            self.turn(flag, &Event::Storm { raging })?;
        }
        Ok(())
    }

    /// After a restart, what the journals say of a storm: it lasts until it has been calm for long enough.
    fn remember_the_storm(&mut self, flags: &BTreeSet<Box<str>>) {
        let now = self.port_time();
        for flag in flags {
            let is_new = !self.memory.rollouts.contains_key(flag);
            let Ok(state) = self.state(flag) else { continue };
            if is_new && state.storm && !state.status.is_terminal() {
                self.memory.storm.raging = true;
                self.memory.storm.wishes.retain(|(known, _)| known != flag);
                self.memory.storm.wishes.push((flag.clone(), now));
            }
        }
    }

    /// The time by which storms are counted, which are nobody's own.
    fn port_time(&self) -> flags_core::Timestamp {
        flags_core::Timestamp::from_millis(0).saturating_add(self.port.uptime())
    }
}

/// Whether what is seen is a reason to roll back by itself, were there no storm.
fn wants_rollback(plan: &Plan, observation: &Observation) -> bool {
    let mut judged = plan.guardrails().iter().zip(&observation.judgements);
    let fails = judged
        .any(|(guardrail, judgement)| judgement.verdict == Verdict::Fail && guardrail.on_breach == OnBreach::Rollback);
    let is_mismatched = observation.mismatch.is_some() && plan.definition().on_mismatch == OnBreach::Rollback;
    fails || observation.catastrophe.is_some() || is_mismatched
}
