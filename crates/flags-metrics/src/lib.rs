//! Counts and times evaluations and outcomes, shows them to Prometheus, and raises alerts.

pub mod alerts;
