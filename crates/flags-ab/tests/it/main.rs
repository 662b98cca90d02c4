//! The integration tests of `flags-ab`, one module for each promise.

#![expect(clippy::unwrap_used, reason = "the helpers of tests, which are no tests themselves, fail in the same way")]

mod always_valid;
mod analysis;
mod analytics;
mod bayes;
mod collect;
mod error_rates;
mod error_rates_fixed;
mod group_sequential;
mod import;
mod properties;
mod report;
mod shop;
mod sql;
mod stores;
mod summary;
mod totality;
mod vectors;
