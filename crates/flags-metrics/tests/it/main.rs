//! The integration tests of `flags-metrics`, one module for each promise.
