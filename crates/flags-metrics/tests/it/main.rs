//! Tests of flags-metrics as its users see it.

#[cfg(test)]
mod alerts;
#[cfg(all(test, feature = "channels"))]
mod channels;
