//! What the tests of flags share.
//!
//! - [`oracle`]: a naive evaluator written from the published description, to judge the fast one by.
//! - [`generate`]: consistent definition sets, controls, contexts and instants, out of random bytes.
//! - [`ManualClock`]: time that moves only when a test says so.

mod clock;
pub mod generate;
mod judge;
pub mod oracle;
pub mod reader;
pub mod suite;
pub mod vectors;

pub use self::{
    clock::ManualClock,
    judge::{answer, compile, differences, registered},
};
