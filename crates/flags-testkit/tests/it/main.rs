//! The testkit's own tests: what the others trust in has to be right itself.

#[cfg(test)]
mod generators;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod vectors;
