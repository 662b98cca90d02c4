//! The state machine: one pure function from a plan, a state, an event and the time to the next state and what is to be done.
//!
//! [`transition`] reads no clock and changes nothing. Whoever runs it journals the event together with the new state, and
//! only then carries out the [`Action`]s; [`Event::ReadBack`] tells what has become of them.
//!
//! # What decides, in this order
//!
//! 1. a [`Command`] of a person;
//! 2. a definition that has changed under the plan: paused, until a person resumes it by the new one;
//! 3. a catastrophe: rolled back;
//! 4. a guardrail that [fails](Verdict::Fail): what its `on_breach` says;
//! 5. arms that do not get their shares: what the plan's `on_mismatch` says;
//! 6. missing or unreadable data: held, and after the grace what `on_missing` says;
//! 7. the change of the percentage has not been read back: held, repeated, told;
//! 8. the stage's hold is not over, or it has too few samples: held;
//! 9. an inconclusive guardrail: held, and paused after the grace;
//! 10. a freeze window, or a storm of rollbacks: held;
//! 11. an approval: waited for;
//! 12. the next stage.
//!
//! Steps 3 to 5 stand before everything that waits: a minimum of samples, a gate or a pause keeps a plan from advancing,
//! never from protecting. Only [`Verdict::Pass`] advances, only [`Verdict::Fail`] rolls back.

mod action;
mod command;
mod dependants;
mod estimate;
mod event;
mod look;
mod observe;
mod read_back;
mod state;
mod storm;
mod timekeeper;
mod transition;
mod verdict;

pub use self::{
    action::{Action, Alert, Entry, Rejection},
    dependants::rollback_order,
    estimate::Estimate,
    event::{Author, Command, ControlsInForce, Event, Judgement, Observation},
    state::{Hold, Pause, State, Status, Step},
    storm::{StormBrake, StormChange, StormState},
    timekeeper::Timekeeper,
    transition::{replay, transition},
    verdict::Verdict,
};
