//! What analytics make of events. // F10

mod anomaly;
mod events;
mod everything;
mod funnel;
mod lifetime;
mod segments;
mod time_series;
