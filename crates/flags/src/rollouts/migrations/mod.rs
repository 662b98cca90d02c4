//! Migrations over a client: their definitions, what drives them, and the desk.
//!
//! A client that drives rollouts drives migrations as well, on a thread of their own and only while it leads. Whoever does not
//! drive looks, and takes commands: what is asked for is in the journal, and the program that leads goes on from there.

mod desk;
mod operator;
mod port;
mod thread;
mod view;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
};

use flags_config::Document;
use flags_rollout::{
    controller::JournalError,
    migration::{FolderMigrations, MemoryMigrations, Migration, MigrationDriver, MigrationPort},
};

use self::port::ClientMigrations;
pub(super) use self::thread::Drive;
pub use self::{
    desk::MigrationDesk,
    operator::MigrationOperator,
    view::{MigrationPhase, MigrationView},
};
use super::shared::Shared;
use crate::client::Inner;

/// What a client knows of migrations, and what drives them.
#[derive(Default)]
pub(crate) struct Migrations {
    defined: Arc<Defined>,
    /// Held while the driver is made.
    opening: Mutex<()>,
    driver: OnceLock<Arc<MigrationDriver>>,
    drive: OnceLock<Drive>,
}

/// The migrations as they are defined now.
#[derive(Debug, Default)]
pub(super) struct Defined(Mutex<ByKey>);

#[derive(Debug, Default)]
struct ByKey {
    migrations: Arc<BTreeMap<Box<str>, Arc<Migration>>>,
    descriptions: BTreeMap<Box<str>, Box<str>>,
}

impl Defined {
    fn lock(&self) -> MutexGuard<'_, ByKey> {
        // Nothing that happens under the lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn migrations(&self) -> Arc<BTreeMap<Box<str>, Arc<Migration>>> {
        Arc::clone(&self.lock().migrations)
    }

    fn description(&self, key: &str) -> Option<Box<str>> {
        self.lock().descriptions.get(key).cloned()
    }
}

impl Migrations {
    /// Goes on with the migrations that definitions hold.
    pub(super) fn follow(&self, document: &Document) {
        let sections = &document.migrations;
        let migrations = sections.iter().map(|section| (section.key.clone(), Arc::new(section.migration.clone())));
        let described = sections.iter().filter_map(|section| Some((section.key.clone(), section.description.clone()?)));
        let by_key = ByKey { migrations: Arc::new(migrations.collect()), descriptions: described.collect() };
        *self.defined.lock() = by_key;
    }

    /// The driver, made when somebody first asks for it.
    pub(super) fn driver(
        &self,
        shared: &Arc<Shared>,
        client: &Weak<Inner>,
        folder: Option<&Path>,
    ) -> Result<&Arc<MigrationDriver>, JournalError> {
        if let Some(driver) = self.driver.get() {
            return Ok(driver);
        }
        // What is done under the lock is done wholly or not at all.
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(driver) = self.driver.get() {
            return Ok(driver);
        }
        let port: Arc<dyn MigrationPort> =
            Arc::new(ClientMigrations::new(Arc::clone(shared), Arc::clone(&self.defined), Weak::clone(client)));
        let driver = match folder {
            Some(folder) => MigrationDriver::new(port, FolderMigrations::open(folder)?),
            None => MigrationDriver::new(port, MemoryMigrations::new()),
        };
        Ok(self.driver.get_or_init(|| Arc::new(driver)))
    }

    /// Has something drive them from now on; ended with the client.
    pub(super) fn drive(&self, drive: Drive) {
        // The cell is empty: this is the one time a client starts.
        let _ = self.drive.set(drive);
    }

    /// Has whoever drives them here look at once.
    pub(super) fn wake(&self) {
        if let Some(drive) = self.drive.get() {
            drive.wake();
        }
    }
}
