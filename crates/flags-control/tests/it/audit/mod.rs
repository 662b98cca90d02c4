//! The audit log.

mod evaluations;
mod log;
mod properties;
mod support;
mod tampering;
mod torn;
