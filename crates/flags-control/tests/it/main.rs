//! The integration tests of `flags-control`, one module for each promise.
