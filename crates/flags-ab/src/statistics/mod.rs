//! The statistics of experiments: pure functions from sufficient statistics to estimates, intervals and p-values.
//!
//! Arm a is the control, arm b the treatment, and every effect is b minus a. Each function says its formula, its source, its
//! domain and its error bound. Where a number is not defined for an input, the answer is an [`Undefined`] that says why:
//! never NaN, never a panic. Arguments that are checked once have types of their own: [`Alpha`], [`Proportion`], [`Summary`].

pub mod bayes;
mod level;
mod outcome;
mod proportion_interval;
mod sample;
pub mod sequential;
pub mod special;
mod two_proportion_z;
mod welch_t;

pub use self::{
    level::{Alpha, Interval, PValue, PValues, Sides},
    outcome::{Arm, Estimate, Undefined},
    proportion_interval::{DifferenceIntervals, difference_intervals, wilson_interval},
    sample::{Proportion, Summary},
    two_proportion_z::{TwoProportionZ, ZTest, two_proportion_z},
    welch_t::{TTest, WelchT, welch_t},
};
