//! With the feature `rollouts`: what a client knows of plans, and the controller that follows them.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

use flags_config::Document;
use flags_control::ControlState;
use flags_core::{CheckedDefinitions, Definitions, FlagSet, Overlay, Timestamp};
use flags_rollout::{
    breaker::BreakerOptions,
    controller::{Controller, ControllerOptions, Driver, FolderJournal, JournalError, Leadership, MemoryJournal, Port},
    migration::MigrationDriver,
    plan::RolloutDefinition,
};

use super::{
    LastLook, RolloutOptions,
    arms::FlagArms,
    breakers::Breakers,
    migrations::{Drive, Migrations},
    plans::{self, Defined},
    port::ClientPort,
    shared::Shared,
    watch::Watch,
};
use crate::{BuildError, client::Inner, live::SharedClock};

/// The folder of the journals in a state folder.
pub(super) const FOLDER: &str = "rollouts";

/// What is chosen about the rollouts of a client that is not built yet.
#[derive(Debug, Default)]
pub(crate) struct PlannedRollouts {
    pub(super) options: RolloutOptions,
    /// Plans that the program gives.
    pub(super) given: Vec<(Box<str>, RolloutDefinition)>,
    /// Circuit breakers that the program gives.
    pub(super) breakers: Vec<(Box<str>, BreakerOptions)>,
    is_own_clock: bool,
}

impl PlannedRollouts {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The time is told by a clock of the program's own.
    pub(crate) fn take_clock(&mut self) {
        self.is_own_clock = true;
    }

    /// Opens the journals, where this client is to write them by itself.
    pub(crate) fn open(self, state_folder: Option<&Path>, clock: &SharedClock) -> Result<Rollouts, BuildError> {
        let rollouts = Rollouts {
            shared: Arc::new(Shared::new(Arc::clone(clock), self.is_own_clock, self.options.drive)),
            folder: state_folder.map(|folder| folder.join(FOLDER)),
            options: self.options,
            given: self.given,
            breakers: Breakers::new(self.breakers),
            client: OnceLock::new(),
            opening: Mutex::default(),
            controller: OnceLock::new(),
            driver: OnceLock::new(),
            migrations: Migrations::default(),
        };
        if let (true, Some(folder)) = (rollouts.options.drive, &rollouts.folder) {
            // A client that is to drive and cannot must not look as if it did.
            FolderJournal::open(folder).map_err(BuildError::Rollouts)?;
        }
        Ok(rollouts)
    }
}

/// What a client knows of rollouts, and how it follows them.
pub(crate) struct Rollouts {
    pub(super) shared: Arc<Shared>,
    options: RolloutOptions,
    folder: Option<PathBuf>,
    given: Vec<(Box<str>, RolloutDefinition)>,
    pub(super) breakers: Breakers,
    client: OnceLock<Weak<Inner>>,
    /// Held while the controller is made.
    opening: Mutex<()>,
    controller: OnceLock<Arc<Controller>>,
    driver: OnceLock<Driver>,
    pub(super) migrations: Migrations,
}

impl Rollouts {
    /// Checks the plans that the program has given, after [`plan`](Self::plan).
    pub(crate) fn check(&self, definitions: &Definitions) -> Result<(), BuildError> {
        for (flag, definition) in &self.given {
            if definitions.flag(flag).is_none() {
                return Err(BuildError::UnknownRollout { flag: flag.clone() });
            }
            let mut state = self.shared.lock();
            let plan = plans::check(definition, &state.signals)
                .map_err(|errors| BuildError::Rollout { flag: flag.clone(), errors })?;
            state.chosen.insert(flag.clone(), Arc::new(plan));
        }
        Ok(())
    }

    /// Takes the plans and signals that definitions hold, for [`define`](Self::define).
    pub(crate) fn plan(&self, document: &Document) {
        self.shared.follow(document);
        self.breakers.plan(document);
        self.migrations.follow(document);
    }

    /// Goes on with the plans of flags as they are defined now.
    pub(crate) fn define(&self, definitions: &CheckedDefinitions, environment: &str) {
        let mut state = self.shared.lock();
        let plans = state.plans(environment);
        state.defined = Defined::new(plans, definitions, environment);
        drop(state);
        self.breakers.define(definitions, environment);
    }

    /// What is watched of the runs of a set with those controls. To be made once for each set that is put in force.
    pub(crate) fn watch(&self, set: &FlagSet, overlay: &Overlay) -> Watch {
        let mut watched = self.shared.watched(set, overlay);
        self.breakers.watch(set, &mut watched);
        Watch::new(watched)
    }

    /// Holds the breakers that people hold by these controls. To be called when they are other ones.
    pub(crate) fn follow(&self, controls: &ControlState, now: Timestamp) {
        self.breakers.follow(controls, now);
    }

    /// What was measured of a flag.
    pub(super) fn arms(&self, flag: &str) -> Option<Arc<FlagArms>> {
        self.shared.lock().ledger.get(flag).cloned()
    }

    /// Follows the plans of a client from now on, if it is to.
    pub(crate) fn start(&self, client: &Weak<Inner>) {
        // The cell is empty: this is the one time a client starts.
        let _ = self.client.set(Weak::clone(client));
        self.breakers.start(client);
        let (true, Some(interval)) = (self.options.drive, self.options.interval) else { return };
        match self.controller() {
            Ok(controller) => {
                self.drive(controller, interval);
                self.drive_migrations(client, interval);
            }
            Err(error) => tracing::error!("no rollout is driven: {error}"),
        }
    }

    fn drive(&self, controller: &Arc<Controller>, interval: Duration) {
        match Driver::start(Arc::clone(controller), interval) {
            // The cell is empty: this is the one time a client starts.
            Ok(driver) => drop(self.driver.set(driver)),
            Err(error) => tracing::error!(%error, "no thread for rollouts: none is driven"),
        }
    }

    /// Looks at migrations while this client leads, on a thread of its own, and tells the others on the folder what it sees.
    fn drive_migrations(&self, client: &Weak<Inner>, interval: Duration) {
        let client = Weak::clone(client);
        let look = move || {
            if let Some(client) = client.upgrade() {
                client.rollouts.look_beside(client.current.unforced().set.environment());
            }
        };
        match Drive::start(interval, look) {
            Ok(drive) => self.migrations.drive(drive),
            Err(error) => tracing::error!(%error, "no thread for migrations: none is driven"),
        }
    }

    /// What is looked at beside rollouts, by the client that leads.
    fn look_beside(&self, environment: &str) {
        let leads = self.controller().is_ok_and(|controller| controller.is_leading());
        if leads && let Err(error) = self.look_at_migrations(environment) {
            tracing::error!("migrations cannot be looked at: {error}");
        }
    }

    /// Looks at migrations now, and tells the others on the folder what this client sees.
    pub(super) fn look_at_migrations(&self, environment: &str) -> Result<(), JournalError> {
        let (controller, migrations) = (self.controller()?, self.migrations()?);
        migrations.look()?;
        let Some(folder) = &self.folder else { return Ok(()) };
        let rollouts = controller.views().unwrap_or_default().into_iter();
        let rollouts = rollouts.filter_map(|view| Some((view.flag, view.observation?)));
        let seen = migrations.views().unwrap_or_default().into_iter();
        let seen = seen.filter_map(|view| Some((view.migration, view.observation?)));
        if let Err(error) = LastLook::write(folder, (self.shared.now(), environment), rollouts, seen) {
            tracing::warn!("what was seen of rollouts cannot be told: {error}");
        }
        Ok(())
    }

    /// What the program that drives has seen, where this client is none that looks.
    pub(super) fn seen_elsewhere(&self) -> Option<LastLook> {
        LastLook::read_in(self.folder.as_ref()?).ok().flatten()
    }

    /// What drives migrations, made when somebody first asks for it.
    pub(super) fn migrations(&self) -> Result<&Arc<MigrationDriver>, JournalError> {
        let client = self.client.get().cloned().unwrap_or_default();
        self.migrations.driver(&self.shared, &client, self.folder.as_deref())
    }

    /// Looks now, as a client that drives does by itself.
    pub(super) fn look(&self) -> Result<Leadership, JournalError> {
        self.controller()?.look()
    }

    /// Whether this client is to drive.
    pub(super) fn is_to_drive(&self) -> bool {
        self.options.drive
    }

    /// The controller, made when somebody first asks for it.
    pub(super) fn controller(&self) -> Result<&Arc<Controller>, JournalError> {
        if let Some(controller) = self.controller.get() {
            return Ok(controller);
        }
        // What is done under the lock is done wholly or not at all.
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(controller) = self.controller.get() {
            return Ok(controller);
        }
        let client = self.client.get().cloned().unwrap_or_default();
        let port = Arc::new(ClientPort::new(Arc::clone(&self.shared), client));
        let seen: Arc<dyn Port> = Arc::<ClientPort>::clone(&port);
        let options = ControllerOptions::default();
        let controller = match &self.folder {
            Some(folder) => Controller::open(seen, FolderJournal::open(folder)?, options),
            None => Controller::open(seen, MemoryJournal::new(), options),
        };
        let controller = Arc::new(controller);
        port.belongs_to(&controller);
        Ok(self.controller.get_or_init(|| controller))
    }
}

impl fmt::Debug for Rollouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rollouts").field("options", &self.options).field("folder", &self.folder).finish_non_exhaustive()
    }
}
