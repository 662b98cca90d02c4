//! The audit log: what was done, by whom, when and why, in a chain that shows every later touch.

mod draft;

pub use self::draft::Draft;
