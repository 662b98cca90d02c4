//! flags-server.
