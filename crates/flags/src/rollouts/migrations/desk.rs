//! The migrations of a client: to look at, and to decide about.

use flags_control::{Actor, ActorError};
use flags_rollout::{controller::JournalError, wire::MigrationRecord};

use super::{MigrationOperator, MigrationView};
use crate::{Flags, rollouts::RolloutError};

impl Flags {
    /// The migrations that this client's definitions hold: where they stand, and what people may do.
    ///
    /// ```
    /// use flags::rollout::migration::Stand;
    /// use flags::{Context, Flags, RolloutOptions};
    ///
    /// let text = r#"
    /// [features.new_store]
    /// enabled = false
    /// [migrations.store]
    /// phases = [{ name = "read", flag = "new_store" }]
    /// "#;
    /// // A client that drives looks by itself; here it does when it is told to.
    /// let options = RolloutOptions::new().drive(true).look_every(None);
    /// let flags = Flags::builder().toml(text).rollouts(options).build()?;
    /// flags.migrations().by("ada")?.because("the store is ready").start("store")?;
    /// for _ in 0..3 {
    ///     flags.migrations().look()?;
    /// }
    /// assert!(flags.is_enabled("new_store", &Context::anonymous()));
    /// assert_eq!(flags.migrations().view("store")?.map(|store| store.stand), Some(Stand::Complete));
    ///
    /// flags.migrations().by("ada")?.because("orders are missing").roll_back("store")?;
    /// assert!(!flags.is_enabled("new_store", &Context::anonymous()));
    /// assert!(flags.control().of("new_store").is_empty(), "nothing is left behind");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn migrations(&self) -> MigrationDesk<'_> {
        MigrationDesk { flags: self }
    }
}

/// The migrations of a client.
#[derive(Clone, Copy, Debug)]
pub struct MigrationDesk<'f> {
    flags: &'f Flags,
}

impl<'f> MigrationDesk<'f> {
    /// Somebody who decides about migrations, by name.
    ///
    /// # Errors
    ///
    /// When the name is empty, longer than 128 characters, or holds control characters.
    pub fn by(self, name: &str) -> Result<MigrationOperator<'f>, ActorError> {
        Ok(MigrationOperator::new(self.flags, Actor::new(name)?))
    }

    /// All migrations, those that are not defined any more included, in the order of their keys.
    ///
    /// # Errors
    ///
    /// When a journal cannot be read.
    pub fn list(self) -> Result<Vec<MigrationView>, JournalError> {
        let rollouts = &self.flags.inner().rollouts;
        let views = rollouts.migrations()?.views()?.into_iter();
        views.map(|view| self.shown(view)).collect()
    }

    /// A migration; `None` if it is not defined and never was started.
    ///
    /// # Errors
    ///
    /// When its journal cannot be read.
    pub fn view(self, key: &str) -> Result<Option<MigrationView>, JournalError> {
        let rollouts = &self.flags.inner().rollouts;
        rollouts.migrations()?.view(key).map(|view| self.shown(view)).transpose()
    }

    fn shown(self, mut view: flags_rollout::migration::MigrationView) -> Result<MigrationView, JournalError> {
        let rollouts = &self.flags.inner().rollouts;
        if view.observation.is_none() {
            view.observation = rollouts.seen_elsewhere().and_then(|look| look.migration(&view.migration).cloned());
        }
        let description = rollouts.migrations.defined.description(&view.migration);
        MigrationView::new(view, description, self.flags.now())
    }

    /// Everything that has become of a migration, the oldest first.
    ///
    /// # Errors
    ///
    /// When its journal cannot be read.
    pub fn history(self, key: &str) -> Result<Vec<MigrationRecord>, JournalError> {
        self.flags.inner().rollouts.migrations()?.history(key)
    }

    /// Looks at all migrations now, as a client that drives does by itself: goes on with what has passed, takes back what fails.
    ///
    /// # Errors
    ///
    /// When this client is not to drive, or the journals cannot be used.
    pub fn look(self) -> Result<(), RolloutError> {
        let rollouts = &self.flags.inner().rollouts;
        if !rollouts.is_to_drive() {
            return Err(RolloutError::NotDriving);
        }
        Ok(rollouts.look_at_migrations(self.flags.current().unforced().set.environment())?)
    }
}
