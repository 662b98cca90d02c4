//! What the tests of flags share.
//!
//! - [`oracle`]: a naive evaluator written from the published description, to judge the fast one by.
//! - [`ManualClock`]: time that moves only when a test says so.

mod clock;
pub mod oracle;

pub use self::clock::ManualClock;
