//! The integration tests of `flags-ab`, one module for each promise.

mod vectors;
