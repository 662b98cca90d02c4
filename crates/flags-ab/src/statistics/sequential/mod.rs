//! Inference that stays valid however often one looks.
//!
//! | method | looks | what it gives |
//! | --- | --- | --- |
//! | [`ConfidenceSequence`], [`MixtureTest`] | after every user | interval, p-value, e-value |
//! | [`OneSidedConfidenceSequence`] | after every user | a bound in the direction of harm |
//! | [`GroupSequential`] | some, at times free of the data | boundaries; adjusted p-value, estimate and interval |
//! | [`SequentialSampleRatio`] | after every user | whether the arms get their shares |
//!
//! Group-sequential designs need fewer users, the always-valid methods need no plan of looks.

mod confidence_sequence;
mod dispersion;
mod estimate;
mod group;
mod msprt;
mod one_sided;
mod running;
mod sample_ratio;

pub use self::confidence_sequence::{AlwaysValid, ConfidenceSequence};
pub use self::dispersion::{Dispersion, VarianceInflation};
pub use self::estimate::EffectEstimate;
pub use self::group::{
    AdjustedResult, Boundaries, Crossing, GroupSequential, Look, MAXIMUM_LOOKS, Shape, Side, Spending,
};
pub use self::msprt::MixtureTest;
pub use self::one_sided::{OneSidedBounds, OneSidedConfidenceSequence};
pub use self::running::Running;
pub use self::sample_ratio::{SampleRatioLook, SequentialSampleRatio};
