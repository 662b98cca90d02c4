//! Group-sequential designs: a few planned looks, each with a boundary, and one level for all of them.

mod adjusted;
mod boundaries;
mod design;
mod recursion;
mod spending;

pub use self::adjusted::AdjustedResult;
pub use self::boundaries::{Boundaries, Look, Side};
pub use self::design::{GroupSequential, MAXIMUM_LOOKS, Shape};
pub use self::recursion::Crossing;
pub use self::spending::Spending;
