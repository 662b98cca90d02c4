//! The integration tests of `flags-ab`, one module for each promise.
