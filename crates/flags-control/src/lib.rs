//! What operators and automation set while programs run: controls, approvals, their durable store, the audit log.

mod actor;
pub mod audit;
mod origin;

pub use self::{
    actor::{Actor, ActorError, MAX_ACTOR_CHARS},
    origin::Origin,
};
