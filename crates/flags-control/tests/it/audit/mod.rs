//! The audit log.

mod evaluations;
mod log;
mod page;
mod properties;
mod support;
mod tampering;
mod torn;
