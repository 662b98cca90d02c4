//! What a driver of migrations sees and acts on. The client implements it; tests have one in memory.

use std::{collections::BTreeMap, sync::Arc};

use flags_core::Timestamp;

use crate::{
    controller::PortError,
    guardrail::{Counts, Reading},
    migration::Migration,
    wire::MigrationRecord,
};

/// What a driver of migrations sees and acts on.
///
/// Every method may be called from one thread at a time, and may take as long as a write to a disk; none waits for a network.
pub trait MigrationPort: Send + Sync {
    /// The present instant, by the wall clock.
    fn now(&self) -> Timestamp;

    /// The migrations as they are defined now, by their keys.
    fn migrations(&self) -> Arc<BTreeMap<Box<str>, Arc<Migration>>>;

    /// Whether a flag is on for everybody: for a unit of which nothing is known, by the definitions and the controls as they
    /// are kept, changes by other programs included.
    ///
    /// # Errors
    ///
    /// When the controls cannot be read.
    fn is_on(&self, flag: &str) -> Result<bool, PortError>;

    /// Whether a change of a flag takes two people.
    fn is_protected(&self, flag: &str) -> bool;

    /// Switches a flag on, for everybody: by a control, where it is not on without.
    ///
    /// # Errors
    ///
    /// When it is refused or cannot be kept.
    fn switch_on(&self, flag: &str, order: &Order<'_>) -> Result<(), PortError>;

    /// Switches a flag off: by taking away the control that switched it on, and by one of its own where it is on without.
    ///
    /// # Errors
    ///
    /// When it is refused or cannot be kept.
    fn switch_off(&self, flag: &str, order: &Order<'_>) -> Result<(), PortError>;

    /// Takes away what a migration has laid over a flag, and nothing that a person has.
    ///
    /// # Errors
    ///
    /// When it is refused or cannot be kept.
    fn release(&self, flag: &str, order: &Order<'_>) -> Result<(), PortError>;

    /// The runs of those who have the flag since the program began, the failed ones being the bad; both only rise.
    fn runs(&self, flag: &str) -> Counts;

    /// What a signal has told since it was last taken for that migration; [`Reading::Nothing`] where there is nothing new.
    /// `since` is when the phase began.
    fn signal(&self, migration: &str, signal: &str, since: Timestamp) -> Reading;

    /// Tells of what has happened: the alerts, the log.
    fn tell(&self, migration: &str, told: &MigrationTold<'_>);
}

/// On whose behalf a flag is switched, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<'a> {
    /// The migration.
    pub migration: &'a str,
    /// Why, for the audit log.
    pub because: &'a str,
    /// Who agreed to the migration as the second person, where that was needed.
    pub second: Option<&'a str>,
}

/// Something that a driver has to tell.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MigrationTold<'a> {
    /// A transition, with the lines of the history that it wrote.
    Record(&'a MigrationRecord),
    /// Something keeps the driver from its work; told once while it lasts.
    Trouble(&'a str),
}
