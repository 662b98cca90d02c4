//! The commands of people.

use std::sync::Arc;

use flags_core::Timestamp;

use super::{
    MigrationDriver, MigrationError, MigrationOutcome, MigrationWriter,
    core::{News, lock},
};
use crate::migration::{Agreement, Command, Event, Migration, Stand, State};

/// The longest name of a person, in characters.
const MAX_NAME_CHARS: usize = 128;

impl MigrationDriver {
    /// Carries out the command of a person, or of a program on behalf of one. It lasts once it is done, and whoever leads goes on
    /// from there.
    ///
    /// Of a migration with protected flags, to start and to resume takes two people: the first command is kept for a week, and
    /// the same one by somebody else carries it out. One person may pause it and take it back.
    ///
    /// # Errors
    ///
    /// When there is no such migration, the command makes no sense as things stand, the name is none, the same person has asked
    /// for it before, or the journal cannot be used. Nothing has changed then.
    pub fn command(
        &self,
        key: &str,
        command: Command,
        by: &str,
        because: &str,
    ) -> Result<MigrationOutcome, MigrationError> {
        let by = name(by).ok_or_else(|| MigrationError::Name { name: by.into() })?;
        let mut news = vec![];
        let outcome = {
            // Nobody looks meanwhile.
            let _memory = lock(&self.memory);
            let mut writer = self.journal.write()?;
            self.carry_out(key, command, (by, because), (&mut *writer, &mut news))
        };
        self.tell(key, &news);
        outcome
    }

    fn carry_out(
        &self,
        key: &str,
        command: Command,
        (by, because): (&str, &str),
        (writer, news): (&mut dyn MigrationWriter, &mut Vec<News>),
    ) -> Result<MigrationOutcome, MigrationError> {
        let known = writer.last(key)?;
        let definition = self.definition(key, known.as_ref())?;
        let state = known.unwrap_or_else(|| State::planned(&definition, self.port.now()));
        let takes_two = command.takes_two() && definition.flags().iter().any(|flag| self.port.is_protected(flag));
        let first = state.requested.clone().filter(|request| waits(request, command, self.now(&state)));
        let event = match (takes_two, first) {
            (false, _) => Event::command(command, by, because),
            (true, Some(first)) if first.by.to_lowercase() == by.to_lowercase() => {
                return Err(MigrationError::SamePerson { migration: key.into(), request: first });
            }
            (true, Some(first)) => {
                let because = both(&first.because, because);
                Event::Command { command, by: first.by, because: because.into(), second: Some(by.into()) }
            }
            (true, None) => Event::Requested { command, by: by.into(), because: because.into() },
        };
        let turned = self.turn(key, &definition, &state, event, (writer, news))?;
        match (turned.refused, &turned.state.requested) {
            (Some(why), _) => Err(MigrationError::Refused { migration: key.into(), why }),
            (None, Some(request)) if takes_two => Ok(MigrationOutcome::Requested(request.clone())),
            _ => Ok(MigrationOutcome::Done { state: Box::new(turned.state), unconfirmed: turned.unconfirmed }),
        }
    }

    fn definition(&self, key: &str, known: Option<&State>) -> Result<Arc<Migration>, MigrationError> {
        let is_going = known.is_some_and(|state| state.stand.is_under_way() || state.stand == Stand::Paused);
        self.port.migrations().get(key).cloned().ok_or_else(|| match is_going {
            true => MigrationError::Withdrawn { migration: key.into() },
            false => MigrationError::Unknown { migration: key.into() },
        })
    }
}

fn waits(request: &Agreement, command: Command, now: Timestamp) -> bool {
    request.command == command && now < request.expires_at()
}

/// The reasons of both, the first one's first.
fn both(first: &str, second: &str) -> String {
    match (first, second) {
        ("", only) | (only, "") => only.to_owned(),
        (first, second) if first == second => first.to_owned(),
        (first, second) => format!("{first}; {second}"),
    }
}

/// The name of a person without white space around it; `None` for what is no name.
fn name(by: &str) -> Option<&str> {
    let name = by.trim();
    let is_sound = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    is_sound.then_some(name)
}
