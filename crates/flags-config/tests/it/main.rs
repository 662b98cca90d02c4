//! What the crate promises, seen from outside.

mod diff;
mod edit;
