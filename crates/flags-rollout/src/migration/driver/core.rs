//! The driver itself: what it has, what it shows, and how it looks.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use flags_core::Timestamp;

use super::{MigrationJournal, MigrationPort, MigrationTold, MigrationWriter, Order, gather};
use crate::{
    controller::JournalError,
    machine::Observation,
    migration::{Action, Event, Migration, State, transition},
    wire::MigrationRecord,
};

/// Drives the migrations of a [`MigrationPort`], and keeps a [`MigrationJournal`] of what becomes of them.
///
/// It does nothing by itself: whoever leads [looks](Self::look), again and again.
pub struct MigrationDriver {
    pub(super) port: Arc<dyn MigrationPort>,
    pub(super) journal: Box<dyn MigrationJournal>,
    pub(super) memory: Mutex<BTreeMap<Box<str>, Memory>>,
    /// What was seen at the last look; apart from the memory, so that it can be read during a look.
    observations: Mutex<BTreeMap<Box<str>, Observation>>,
}

/// What a driver remembers of a migration. All of it can be forgotten.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) gathering: Option<gather::Gathering>,
    /// What keeps the driver from its work, as it was told of.
    trouble: Option<Box<str>>,
}

/// A migration, as anybody may see it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MigrationView {
    /// Its key.
    pub migration: Box<str>,
    /// Its definition; `None` if it is not defined any more.
    pub definition: Option<Arc<Migration>>,
    /// Where it stands; why nobody knows, if its journal cannot be read.
    pub state: Result<State, JournalError>,
    /// What was seen at the last look of this driver; `None` if it has not looked.
    pub observation: Option<Observation>,
}

/// What is told once the journals are free again.
pub(super) enum News {
    Record(Box<MigrationRecord>),
    Trouble(String),
}

/// What a transition came to.
pub(super) struct Turned {
    pub(super) state: State,
    pub(super) refused: Option<&'static str>,
    pub(super) unconfirmed: Option<Box<str>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that happens under the lock leaves anything half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MigrationDriver {
    /// A driver on these journals.
    #[must_use]
    pub fn new(port: Arc<dyn MigrationPort>, journal: impl MigrationJournal + 'static) -> Self {
        Self { port, journal: Box::new(journal), memory: Mutex::default(), observations: Mutex::default() }
    }

    /// All migrations: those that are defined, and those that have a journal, in the order of their keys.
    ///
    /// # Errors
    ///
    /// When nobody can say which have a journal.
    pub fn views(&self) -> Result<Vec<MigrationView>, JournalError> {
        let mut keys = self.journal.migrations()?;
        keys.extend(self.port.migrations().keys().cloned());
        keys.sort();
        keys.dedup();
        Ok(keys.iter().filter_map(|key| self.view(key)).collect())
    }

    /// A migration; `None` if it has neither a definition nor a journal.
    #[must_use]
    pub fn view(&self, key: &str) -> Option<MigrationView> {
        let definition = self.port.migrations().get(key).cloned();
        let state = match (self.journal.last(key), &definition) {
            (Ok(Some(state)), _) => Ok(state),
            (Ok(None), Some(definition)) => Ok(State::planned(definition, self.port.now())),
            (Ok(None), None) => return None,
            (Err(error), _) => Err(error),
        };
        let observation = lock(&self.observations).get(key).cloned();
        Some(MigrationView { migration: key.into(), definition, state, observation })
    }

    /// Everything that has happened to a migration, the oldest first.
    ///
    /// # Errors
    ///
    /// When its journal cannot be read.
    pub fn history(&self, key: &str) -> Result<Vec<MigrationRecord>, JournalError> {
        self.journal.history(key)
    }

    /// Looks at every migration, and does what follows. To be called by whoever leads, and by nobody else.
    ///
    /// What keeps one migration from going on does not keep the others; it is told.
    ///
    /// # Errors
    ///
    /// When the journals cannot be taken for writing.
    pub fn look(&self) -> Result<(), JournalError> {
        let migrations = self.port.migrations();
        let mut keys: Vec<Box<str>> = self.journal.migrations()?;
        // One without a journal has not been started: there is nothing to look at.
        keys.sort();
        for key in keys {
            let news = self.look_at(&key, migrations.get(&key))?;
            self.tell(&key, &news);
        }
        Ok(())
    }

    fn look_at(&self, key: &str, definition: Option<&Arc<Migration>>) -> Result<Vec<News>, JournalError> {
        let mut memory = lock(&self.memory);
        let memory = memory.entry(key.into()).or_default();
        let mut writer = self.journal.write()?;
        let mut news = vec![];
        let trouble = match writer.last(key) {
            Ok(Some(state)) => self.tick(key, definition, &state, memory, (&mut *writer, &mut news)).err(),
            Ok(None) => None,
            Err(error) => Some(error.to_string()),
        };
        if let Some(trouble) = trouble {
            if memory.trouble.as_deref() != Some(&*trouble) {
                memory.trouble = Some((*trouble).into());
                news.push(News::Trouble(trouble));
            }
        } else {
            memory.trouble = None;
        }
        Ok(news)
    }

    /// One look at one migration; what kept it from going on, if anything did.
    fn tick(
        &self,
        key: &str,
        definition: Option<&Arc<Migration>>,
        state: &State,
        memory: &mut Memory,
        (writer, news): (&mut dyn MigrationWriter, &mut Vec<News>),
    ) -> Result<(), String> {
        let Some(definition) = definition else {
            memory.gathering = None;
            let is_going = state.stand.is_under_way() || state.stand == crate::migration::Stand::Paused;
            let text =
                "it is not defined any more, so nobody knows its flags: it stays as it is until its definition is back";
            return if is_going { Err(text.to_owned()) } else { Ok(()) };
        };
        let now = self.now(state);
        let seen = gather::look(&*self.port, key, definition, state, &mut memory.gathering, now);
        let (on, health) = seen.map_err(String::from)?;
        lock(&self.observations).insert(key.into(), health.clone());
        let turned = self.turn(key, definition, state, Event::Tick { on, health }, (writer, news));
        let turned = turned.map_err(|error| error.to_string())?;
        turned.unconfirmed.map_or(Ok(()), |why| Err(why.into()))
    }

    /// The present time, which never goes back behind what the journal has.
    pub(super) fn now(&self, state: &State) -> Timestamp {
        self.port.now().max(state.at)
    }

    /// Works out a transition, journals it, and carries its actions out, in this order.
    pub(super) fn turn(
        &self,
        key: &str,
        definition: &Migration,
        state: &State,
        event: Event,
        (writer, news): (&mut dyn MigrationWriter, &mut Vec<News>),
    ) -> Result<Turned, JournalError> {
        let now = self.now(state);
        let (next, actions) = transition(definition, state, &event, now);
        let refused = actions.iter().find_map(|action| match action {
            Action::Refuse { text } => Some(*text),
            _ => None,
        });
        if next != *state {
            let told = actions.iter().filter_map(|action| match action {
                Action::Tell { text, urgent } => Some((text.clone(), *urgent)),
                _ => None,
            });
            let record = MigrationRecord { now, event, state: next.clone(), told: told.collect() };
            writer.append(key, &record)?;
            news.push(News::Record(Box::new(record)));
        }
        let order = Order { migration: key, because: &next.because, second: next.second.as_deref() };
        let mut unconfirmed = None;
        for action in &actions {
            let done = match action {
                Action::SwitchOn { flag } => self.port.switch_on(flag, &order),
                Action::SwitchOff { flag } => self.port.switch_off(flag, &order),
                Action::Release { flag } => self.port.release(flag, &order),
                Action::Tell { .. } | Action::Refuse { .. } => Ok(()),
            };
            if let Err(error) = done {
                unconfirmed.get_or_insert_with(|| error.message.clone());
            }
        }
        Ok(Turned { state: next, refused, unconfirmed })
    }

    pub(super) fn tell(&self, key: &str, news: &[News]) {
        for news in news {
            match news {
                News::Record(record) => self.port.tell(key, &MigrationTold::Record(record)),
                News::Trouble(text) => self.port.tell(key, &MigrationTold::Trouble(text)),
            }
        }
    }
}

impl fmt::Debug for MigrationDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationDriver").field("journal", &self.journal).finish_non_exhaustive()
    }
}
