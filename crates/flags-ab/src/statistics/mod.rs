//! The statistics of experiments: pure functions from sufficient statistics to estimates, intervals and p-values.
//!
//! ```
//! use flags_ab::statistics::{Alpha, Proportion, conversion_test, difference_intervals, relative_lift};
//!
//! let (control, treatment) = (Proportion::new(250, 5000)?, Proportion::new(350, 5000)?);
//! let test = conversion_test(control, treatment)?;
//! assert!(test.p.two_sided.value() < 1e-4);
//! println!("{:+.4} by {}", test.difference, test.method);
//!
//! let interval = difference_intervals(control, treatment, Alpha::FIVE_PERCENT)?.newcombe;
//! assert!(interval.lower > 0.01 && interval.upper < 0.03);
//! let lift = relative_lift(control.summary(), treatment.summary(), Alpha::FIVE_PERCENT)?.lift;
//! assert!((lift - 0.4).abs() < 1e-12);
//! # Ok::<(), flags_ab::statistics::Undefined>(())
//! ```
//!
//! # Which one
//!
//! | question | function | given |
//! | --- | --- | --- |
//! | are the arms as large as they should be? ask this first | [`sample_ratio`] | users and weights |
//! | do more users convert? | [`conversion_test`]; by name [`two_proportion_z`], [`boschloo`], [`barnard`], [`fisher_exact`] | [`Proportion`] |
//! | how many, how many more? | [`wilson_interval`], [`difference_intervals`] | [`Proportion`] |
//! | is the mean larger? | [`welch_t`] | [`Summary`] |
//! | the same for revenue per order | [`ratio_metric`], then as for a mean | [`JointMoments`] |
//! | the same with less noise, from what was known before | [`cuped`] | [`JointMoments`] |
//! | with heavy tails | [`winsorize`] or [`upper_cap`] first, or [`mann_whitney`] | values |
//! | by how many percent? | [`relative_lift`] | [`Summary`] |
//! | is it at least not worse? | [`non_inferiority`] | [`Summary`] |
//! | one of many tests | [`adjust_p_values`] | p-values |
//! | how many users, how long, how small an effect? | [`sample_size_two_proportions`], [`power_two_proportions`], [`minimum_detectable_rate`] and their kin for means | a plan |
//! | may I look before the end? | [`sequential`]; everything above is for one look at a size fixed before | |
//! | how likely is it better? | [`bayes`] | |
//!
//! # What holds for all of them
//!
//! Arm a is the control, arm b the treatment, and every effect is b minus a. Each function says its formula, its source, its
//! domain and its error bound. Where a number is not defined for an input, the answer is an [`Undefined`] that says why:
//! never NaN, never an infinity, never a panic. Arguments that are checked once have types of their own: [`Alpha`],
//! [`Proportion`], [`Summary`]. Sums are gathered in parts and merged: [`Proportion`], [`Moments`], [`JointMoments`]. Tails are
//! computed as tails, with their logarithm ([`PValue`]), and every special function comes from one module, [`special`].

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

pub(crate) use self::welch_t::Spread;
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
