//! The audit log.

mod log;
mod support;
