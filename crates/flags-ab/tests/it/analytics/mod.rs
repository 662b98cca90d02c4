//! What analytics make of events. // F10

mod events;
mod funnel;
mod lifetime;
