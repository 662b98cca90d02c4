//! The statistics of experiments: pure functions from sufficient statistics to estimates, intervals and p-values.
//!
//! Arm a is the control, arm b the treatment, and every effect is b minus a. Each function says its formula, its source, its
//! domain and its error bound. Where a number is not defined for an input, the answer is an [`Undefined`] that says why:
//! never NaN, never a panic. Arguments that are checked once have types of their own: [`Alpha`], [`Proportion`], [`Summary`].

pub mod bayes;
mod cuped;
mod exact;
mod level;
mod mann_whitney;
mod moments;
mod multiple_testing;
mod non_inferiority;
mod outcome;
mod power;
mod proportion_interval;
mod ratio_metric;
mod relative_lift;
mod sample;
mod sample_ratio;
pub mod sequential;
pub mod special;
mod two_proportion_z;
mod welch_t;
mod winsorize;

pub use self::{
    cuped::{Cuped, cuped},
    exact::{ConversionMethod, ConversionTest, barnard, boschloo, conversion_test, fisher_exact},
    level::{Alpha, Interval, PValue, PValues, Sides},
    mann_whitney::{MannWhitney, UTest, mann_whitney},
    moments::{JointMoments, Moments},
    multiple_testing::{AdjustedPValues, Correction, adjust_p_values},
    non_inferiority::{Direction, Margin, NonInferiority, non_inferiority},
    outcome::{Arm, Estimate, Undefined},
    power::{
        DetectableRate, MeansDesign, MeansPower, ProportionsPower, ProportionsSize, minimum_detectable_mean,
        minimum_detectable_rate, power_means, power_two_proportions, sample_size_means, sample_size_two_proportions,
    },
    proportion_interval::{DifferenceIntervals, difference_intervals, wilson_interval},
    ratio_metric::ratio_metric,
    relative_lift::{Fieller, LiftIntervals, RelativeLift, relative_lift},
    sample::{Proportion, Summary},
    sample_ratio::{SampleRatio, sample_ratio},
    two_proportion_z::{TwoProportionZ, ZTest, two_proportion_z},
    welch_t::{TTest, WelchT, welch_t},
    winsorize::{CapOver, Winsorized, quantile, upper_cap, winsorize},
};
