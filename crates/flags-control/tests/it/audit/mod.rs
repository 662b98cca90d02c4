//! The audit log.

mod log;
mod properties;
mod support;
mod tampering;
mod torn;
