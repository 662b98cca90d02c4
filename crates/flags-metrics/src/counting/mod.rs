//! Counting evaluations: cells of each thread's own, laid out for one set of flags.

mod kept;
mod layout;
mod slab;
mod thread;

pub use self::{
    layout::CounterLayout,
    thread::{Sample, ThreadCounts},
};
pub(crate) use self::{
    layout::{ERROR_CODES, Layout},
    slab::{DURATIONS, ERRORS, REASONS, Sums, UNKNOWN},
};
