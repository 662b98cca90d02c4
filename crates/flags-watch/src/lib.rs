//! flags-watch.
