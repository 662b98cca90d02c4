//! What the crate promises, seen from outside.

#[cfg(test)]
mod diff;
#[cfg(test)]
mod edit;
#[cfg(test)]
mod lint;
