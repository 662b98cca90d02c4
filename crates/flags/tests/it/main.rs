//! The facade's tests, in one program.

mod allocations;
mod events;
mod files;
mod forces;
mod reading;
mod runtime;
