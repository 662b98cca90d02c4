//! flags-testkit.
