//! Counting evaluations: cells of each thread's own, laid out for one set of flags.

mod kept;
mod layout;
mod slab;
mod thread;

pub(crate) use self::layout::{Cells, ERROR_CODES, Layout, REASONS};
pub use self::{
    layout::CounterLayout,
    thread::{Sample, ThreadCounts},
};
