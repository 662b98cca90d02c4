//! Every special function the statistics need, and the only place where one comes from.
//!
//! They take and return plain floats. Each says its domain, its source and its error bound; outside of the domain, and only
//! there, the answer is NaN, as with the functions of the standard library, so whoever calls them has checked the arguments.
//! Tails are computed as tails and never as `1 - cdf`, with logarithms for those too small for a double. Every loop has a
//! bound. Elementary functions come from `libm`, so that the answers are the same on every platform.

pub mod beta;
pub mod binomial;
pub mod chi_squared;
pub(crate) mod elementary;
pub mod gamma;
pub mod hypergeometric;
pub mod noncentral_t;
pub mod normal;
pub mod quadrature;
pub mod solve;
pub mod student_t;

#[cfg(test)]
mod tests;
