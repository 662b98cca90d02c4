//! Tests of flags-metrics as its users see it.

#[cfg(test)]
mod alerts;
