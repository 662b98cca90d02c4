//! Automation of the flags workspace.
fn main() {}
