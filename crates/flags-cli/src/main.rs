//! The `flags` program.
fn main() {}
