//! Migrations: phases that flags guard, one after the other, taken back where they fail.
//!
//! A phase waits until the flags it requires are on, switches its own flag on, and is watched for its hold. Only a pass lets
//! it go on, only a failure takes it back; what is not known holds it. Like the [`machine`](crate::machine) of rollouts,
//! [`transition`] is a pure function, and what it wants is read back before it counts.
//!
//! ```
//! use flags_core::Timestamp;
//! use flags_rollout::migration::{Action, Event, Migration, PhaseDefinition, State, transition};
//!
//! let migration = Migration::new([
//!     PhaseDefinition::new("actors", "migration_phase_actors").requires("actor_system"),
//!     PhaseDefinition::new("sync", "migration_phase_sync"),
//! ]).map_err(|problems| format!("{problems:?}"))?;
//! let now = Timestamp::from_millis(0);
//! let (state, actions) = transition(&migration, &State::planned(now), &Event::Start, now);
//! assert!(actions.is_empty(), "`actor_system` has to be on first");
//! let event = Event::tick(["actor_system"], None);
//! let (_, actions) = transition(&migration, &state, &event, now);
//! assert!(actions.contains(&Action::SwitchOn { flag: "migration_phase_actors".into() }));
//! # Ok::<(), String>(())
//! ```

mod definition;
mod state;
mod status;
mod transition;

pub use self::{
    definition::{Migration, MigrationProblem, PhaseDefinition},
    state::{Action, Event, Stand, State},
    status::{PhaseStatus, PhaseView},
    transition::transition,
};
