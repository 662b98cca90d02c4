//! What is shown to Prometheus, and to whoever else reads its registry.

mod collector;
mod samples;

pub use self::samples::Samples;
pub(crate) use self::{
    collector::{Counted, REASONS},
    samples::Source,
};
