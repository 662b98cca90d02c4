//! Exact comparison of integers and floats.

use core::cmp::Ordering;

use crate::ValueRef;

/// A number as it stands in a definition or a context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    /// The number a value is, if it is one.
    #[inline]
    pub(crate) fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(value) => Some(Self::Integer(value)),
            ValueRef::Float(value) => Some(Self::Float(value)),
            _ => None,
        }
    }

    /// Compares by value, without rounding either side; `None` if one of them is not a number.
    #[inline]
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Integer(a), Self::Float(b)) => compare_mixed(a, b),
            (Self::Float(a), Self::Integer(b)) => compare_mixed(b, a).map(Ordering::reverse),
        }
    }
}

/// An integer against a float: `a as f64` would round beyond 2^53, so the whole part is compared as an integer and the
/// fraction decides a tie.
fn compare_mixed(a: i64, b: f64) -> Option<Ordering> {
    /// 2^63, the first float above every `i64`.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        None
    } else if b >= LIMIT {
        Some(Ordering::Less)
    } else if b < -LIMIT {
        Some(Ordering::Greater)
    } else {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "in range by the checks above; cutting off the fraction is meant"
        )]
        let whole = b as i64;
        #[expect(clippy::cast_precision_loss, reason = "`whole` came from a float and is exact as one")]
        let fraction = b - whole as f64;
        Some(a.cmp(&whole).then(0.0_f64.partial_cmp(&fraction)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_what_floats_can_tell_apart() {
        use Ordering::{Equal, Greater, Less};
        for (integer, float, order) in [
            (9_007_199_254_740_993, 9_007_199_254_740_992.0, Greater),
            (9_007_199_254_740_992, 9_007_199_254_740_992.0, Equal),
            (i64::MAX, 9_223_372_036_854_775_807.0, Less),
            (i64::MIN, -9_223_372_036_854_775_808.0, Equal),
            (0, -0.0, Equal),
            (1, 1.5, Less),
            (-1, -1.5, Greater),
            (-2, -1.5, Less),
            (5, f64::INFINITY, Less),
            (5, f64::NEG_INFINITY, Greater),
            (0, 5e-324, Less),
        ] {
            assert_eq!(Number::Integer(integer).compare(Number::Float(float)), Some(order), "{integer} {float}");
            assert_eq!(
                Number::Float(float).compare(Number::Integer(integer)),
                Some(order.reverse()),
                "{float} {integer}"
            );
        }
        assert_eq!(Number::Integer(1).compare(Number::Float(f64::NAN)), None);
    }
}
