//! What a person wants of a rollout, carried out at once by whichever controller is asked.

use super::{CommandError, Controller, Incident, JournalError, Outcome, Request, request, session::Session};
use crate::machine::{Action, Command, Event, State, Status, transition};

impl Controller {
    /// Carries out the command of a person, or of a program on behalf of one. It lasts once it is done, and whoever leads goes on
    /// from there.
    ///
    /// What [`Command::Start`] says of the controls before does not count: they are read.
    ///
    /// # Errors
    ///
    /// When there is no plan, the command makes no sense as things stand, the name is none, the same person has asked for it
    /// before, or the journal cannot be used. Nothing has changed then.
    pub fn command(&self, flag: &str, command: Command, by: &str, because: &str) -> Result<Outcome, CommandError> {
        let Some(by) = request::name(by) else { return Err(CommandError::Name { name: by.into() }) };
        let outcome = self.take_turn(|session| session.command(flag, command, by, because))??;
        self.wake();
        Ok(outcome)
    }

    /// Takes a request back that waits for a second person; whether there was one.
    ///
    /// # Errors
    ///
    /// When the journal cannot be used.
    pub fn withdraw(&self, flag: &str, command: Command) -> Result<bool, JournalError> {
        self.take_turn(|session| session.take_request(|request| request.is_for(flag, command.name())))?
    }
}

impl Session<'_> {
    fn command(&mut self, flag: &str, command: Command, by: &str, because: &str) -> Result<Outcome, CommandError> {
        let state = self.state(flag)?;
        self.may_be_commanded(flag, command, &state)?;
        self.finish(flag);
        let command = match command {
            Command::Start { .. } => {
                let before = self.port.controls(flag);
                Command::Start { before: before.map_err(|error| CommandError::Controls { flag: flag.into(), error })? }
            }
            other => other,
        };
        let said = |by: &str, because: &str| Event::Command { command, by: by.into(), because: because.into() };
        let event = said(by, because);
        self.would_be_refused(flag, &event)?;
        let event = if request::takes_two(command) && self.port.is_protected(flag) {
            match self.second(flag, command, by, because)? {
                Ok(first) => said(&request::both(&first.by, by), &first.reason_with(because)),
                Err(request) => return Ok(Outcome::Requested(request)),
            }
        } else {
            event
        };
        let done = self.turn(flag, &event)?;
        // What waited for a second person is done, by whatever way.
        if let Err(error) = self.take_request(|request| request.is_for(flag, command.name())) {
            self.complain(flag, Incident::Journal { error });
        }
        if let Some(rejection) = done.rejection {
            return Err(CommandError::Rejected { flag: flag.into(), rejection });
        }
        Ok(Outcome::Done { state: Box::new(self.state(flag)?), unconfirmed: done.unconfirmed })
    }

    /// Without a plan it can only be taken back, if there is anything to take back.
    fn may_be_commanded(&self, flag: &str, command: Command, state: &State) -> Result<(), CommandError> {
        let is_under_way = matches!(state.status, Status::Running(_) | Status::Paused(_) | Status::RollingBack { .. });
        match self.plans.contains_key(flag) {
            true => Ok(()),
            false if is_under_way && command == Command::RollBack => Ok(()),
            false if is_under_way => Err(CommandError::PlanWithdrawn { flag: flag.into() }),
            false => Err(CommandError::NoPlan { flag: flag.into() }),
        }
    }

    /// Refuses at once what would be refused anyway, before a second person is asked.
    fn would_be_refused(&mut self, flag: &str, event: &Event) -> Result<(), CommandError> {
        let (state, plan, now) = (self.state(flag)?, self.plan(flag), self.now(flag));
        let (_, actions) = transition(&plan, &state, event, now);
        let rejection = actions.into_iter().find_map(|action| match action {
            Action::Reject(rejection) => Some(rejection),
            _ => None,
        });
        rejection.map_or(Ok(()), |rejection| Err(CommandError::Rejected { flag: flag.into(), rejection }))
    }

    /// The request of the first person, now that a second one wants the same; or else the request that this one makes.
    fn second(
        &mut self,
        flag: &str,
        command: Command,
        by: &str,
        because: &str,
    ) -> Result<Result<Request, Request>, CommandError> {
        let (state, plan, now) = (self.state(flag)?, self.plan(flag).fingerprint(), self.port.now());
        let request = Request::new(flag, command, (by, because), &state, plan, now);
        let mut waiting = self.journal.requests()?;
        waiting.retain(|request| request.waits_at(now));
        match waiting.iter().find(|first| first.is_same(&request)) {
            Some(first) if first.is_by(by) => Err(CommandError::SamePerson { request: first.clone() }),
            Some(first) => Ok(Ok(first.clone())),
            None => {
                // What was asked for at another stage, or under another plan, is not what is asked for now.
                waiting.retain(|other| !other.is_for(flag, command.name()));
                waiting.push(request.clone());
                self.writer.set_requests(&waiting)?;
                Ok(Err(request))
            }
        }
    }

    fn take_request(&mut self, is_meant: impl Fn(&Request) -> bool) -> Result<bool, JournalError> {
        let now = self.port.now();
        let requests = self.journal.requests()?;
        let kept: Vec<Request> =
            requests.iter().filter(|request| request.waits_at(now) && !is_meant(request)).cloned().collect();
        let found = requests.iter().any(is_meant);
        if kept.len() != requests.len() {
            self.writer.set_requests(&kept)?;
        }
        Ok(found)
    }
}
