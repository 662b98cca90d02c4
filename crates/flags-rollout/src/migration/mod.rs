//! Migrations: phases that flags guard, one after the other, taken back where they fail.
//!
//! A phase waits until the flags it requires are on, switches its own flag on, and is watched for its hold. Only a pass lets
//! it go on, only a failure takes it back; what is not known holds it. Like the [`machine`](crate::machine) of rollouts,
//! [`transition`] is a pure function, and what it wants is read back before it counts. With the feature `controller`, a
//! `MigrationDriver` keeps its journal and carries out what it wants.
//!
//! ```
//! use flags_core::Timestamp;
//! use flags_rollout::machine::Observation;
//! use flags_rollout::migration::{Action, Command, Event, Migration, PhaseDefinition, State, transition};
//!
//! let migration = Migration::new([
//!     PhaseDefinition::new("actors", "migration_phase_actors").requires("actor_system"),
//!     PhaseDefinition::new("sync", "migration_phase_sync"),
//! ]).map_err(|problems| format!("{problems:?}"))?;
//! let now = Timestamp::from_millis(0);
//! let start = Event::command(Command::Start, "ada", "");
//! let (state, actions) = transition(&migration, &State::planned(&migration, now), &start, now);
//! let on = Action::SwitchOn { flag: "migration_phase_actors".into() };
//! assert!(!actions.contains(&on), "`actor_system` has to be on first");
//! let (_, actions) = transition(&migration, &state, &Event::tick(["actor_system"], Observation::nothing(0)), now);
//! assert!(actions.contains(&on));
//! # Ok::<(), String>(())
//! ```

mod definition;
#[cfg(feature = "controller")]
mod driver;
mod event;
mod problem;
mod state;
mod status;
mod transition;
mod watch;

#[cfg(feature = "controller")]
pub use self::driver::{
    FolderMigrations, MemoryMigrations, MigrationDriver, MigrationError, MigrationJournal, MigrationOutcome,
    MigrationPort, MigrationTold, MigrationView, MigrationWriter, Order,
};
pub use self::{
    definition::{Migration, PhaseDefinition},
    event::{Action, Command, Event},
    problem::MigrationProblem,
    state::{Agreement, Stand, State},
    status::{PhaseStatus, PhaseView},
    transition::transition,
};
