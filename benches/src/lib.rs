//! Benchmarks of flags.
