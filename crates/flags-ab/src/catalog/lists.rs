//! Arguments that many functions have, and the values of users as sums.

use super::arguments::{Argument, ArgumentError, Arguments, Kind, Presence, in_range};
use crate::statistics::{JointMoments, Moments};

pub(super) const CONVERSIONS_A: Argument =
    Argument::required("conversions_a", Kind::Count, "users of the control that converted");
pub(super) const USERS_A: Argument = Argument::required("users_a", Kind::Count, "users of the control");
pub(super) const CONVERSIONS_B: Argument =
    Argument::required("conversions_b", Kind::Count, "users of the treatment that converted");
pub(super) const USERS_B: Argument = Argument::required("users_b", Kind::Count, "users of the treatment");
pub(super) const MEAN_A: Argument = Argument::required("mean_a", Kind::Number, "mean of the control");
pub(super) const VAR_A: Argument =
    Argument::required("var_a", Kind::Number, "sample variance of the control, divisor n - 1");
pub(super) const N_A: Argument = Argument::required("n_a", Kind::Count, "users of the control");
pub(super) const MEAN_B: Argument = Argument::required("mean_b", Kind::Number, "mean of the treatment");
pub(super) const VAR_B: Argument =
    Argument::required("var_b", Kind::Number, "sample variance of the treatment, divisor n - 1");
pub(super) const N_B: Argument = Argument::required("n_b", Kind::Count, "users of the treatment");
pub(super) const ALPHA: Argument =
    Argument::required("alpha", Kind::Number, "significance level, two-sided; 1 - alpha is the coverage of intervals")
        .or(Presence::Default("0.05"));
pub(super) const SIDES: Argument =
    Argument::required("sides", Kind::Choice(&["two-sided", "one-sided"]), "which effects the test is for")
        .or(Presence::Default("two-sided"));
pub(super) const POWER: Argument =
    Argument::required("power", Kind::Number, "the chance to find the effect").or(Presence::Default("0.8"));

/// The values of users, two of each, as sums. The lists belong together and are of one length.
pub(super) fn joint(
    arguments: &Arguments<'_>,
    x: &'static str,
    y: &'static str,
) -> Result<JointMoments, ArgumentError> {
    sum_both((x, &arguments.numbers(x)?), (y, &arguments.numbers(y)?))
}

pub(super) fn sum_both(x: (&'static str, &[f64]), y: (&'static str, &[f64])) -> Result<JointMoments, ArgumentError> {
    same_length(x.1.len(), y.0, y.1.len())?;
    let mut moments = JointMoments::default();
    for (first, second) in x.1.iter().zip(y.1) {
        in_range(x.0, moments.push(*first, *second))?;
    }
    Ok(moments)
}

pub(super) fn same_length(expected: usize, name: &'static str, found: usize) -> Result<(), ArgumentError> {
    use crate::statistics::Undefined::LengthMismatch;
    if expected == found {
        return Ok(());
    }
    in_range(name, Err(LengthMismatch { what: "values", found, expected }))
}

/// The mean of values.
pub(super) fn mean(name: &'static str, values: impl Iterator<Item = f64>) -> Result<Option<f64>, ArgumentError> {
    let mut moments = Moments::default();
    for value in values {
        in_range(name, moments.push(value))?;
    }
    Ok(moments.mean())
}
