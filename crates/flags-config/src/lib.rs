//! flags-config.
