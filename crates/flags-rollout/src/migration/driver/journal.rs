//! What a driver keeps: the journal of each migration.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{controller::JournalError, migration::State, wire::MigrationRecord};

/// How many records of a migration are kept in memory, the newest ones.
const MOST_RECORDS: usize = 10_000;

/// The journals of all migrations. Whoever wants to change one takes the [writer](MigrationJournal::write); everybody may read at
/// any time.
pub trait MigrationJournal: fmt::Debug + Send + Sync {
    /// Takes the journals for writing: until the writer is dropped nobody else writes, in this process or in another.
    ///
    /// # Errors
    ///
    /// When somebody else has had them for too long, or the lock cannot be taken.
    fn write(&self) -> Result<Box<dyn MigrationWriter + '_>, JournalError>;

    /// The migrations that have a journal.
    ///
    /// # Errors
    ///
    /// When nobody can say.
    fn migrations(&self) -> Result<Vec<Box<str>>, JournalError>;

    /// The state the journal of a migration ends with; `None` without one.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or a whole line of it is damaged.
    fn last(&self, migration: &str) -> Result<Option<State>, JournalError>;

    /// Everything that is known of a migration, the oldest first.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or a whole line of it is damaged.
    fn history(&self, migration: &str) -> Result<Vec<MigrationRecord>, JournalError>;
}

/// The journals, while nobody else writes.
pub trait MigrationWriter {
    /// The state the journal of a migration ends with; `None` without one.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or a whole line of it is damaged.
    fn last(&mut self, migration: &str) -> Result<Option<State>, JournalError>;

    /// Adds a record to the journal of a migration. Once it returns, the record lasts, whatever happens.
    ///
    /// # Errors
    ///
    /// When it cannot be kept; the journal is what it was.
    fn append(&mut self, migration: &str, record: &MigrationRecord) -> Result<(), JournalError>;
}

/// Journals in memory: for programs that keep nothing, and for tests. A clone is the same journals.
#[derive(Clone, Debug, Default)]
pub struct MemoryMigrations {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whoever has it writes. Reading needs only what is kept, for a moment.
    turn: Mutex<()>,
    kept: Mutex<BTreeMap<Box<str>, Vec<MigrationRecord>>>,
}

impl MemoryMigrations {
    /// Journals with nothing in them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is made at once, so what a panic leaves behind is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MigrationJournal for MemoryMigrations {
    fn write(&self) -> Result<Box<dyn MigrationWriter + '_>, JournalError> {
        Ok(Box::new(Writer { kept: &self.shared.kept, _turn: lock(&self.shared.turn) }))
    }

    fn migrations(&self) -> Result<Vec<Box<str>>, JournalError> {
        Ok(lock(&self.shared.kept).keys().cloned().collect())
    }

    fn last(&self, migration: &str) -> Result<Option<State>, JournalError> {
        Ok(lock(&self.shared.kept).get(migration).and_then(|records| Some(records.last()?.state.clone())))
    }

    fn history(&self, migration: &str) -> Result<Vec<MigrationRecord>, JournalError> {
        Ok(lock(&self.shared.kept).get(migration).cloned().unwrap_or_default())
    }
}

struct Writer<'a> {
    kept: &'a Mutex<BTreeMap<Box<str>, Vec<MigrationRecord>>>,
    _turn: MutexGuard<'a, ()>,
}

impl MigrationWriter for Writer<'_> {
    fn last(&mut self, migration: &str) -> Result<Option<State>, JournalError> {
        Ok(lock(self.kept).get(migration).and_then(|records| Some(records.last()?.state.clone())))
    }

    fn append(&mut self, migration: &str, record: &MigrationRecord) -> Result<(), JournalError> {
        let mut kept = lock(self.kept);
        let records = kept.entry(migration.into()).or_default();
        if records.len() >= MOST_RECORDS {
            records.drain(..MOST_RECORDS / 10);
        }
        records.push(record.clone());
        Ok(())
    }
}
